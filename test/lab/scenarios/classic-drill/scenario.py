# SPDX-License-Identifier: Apache-2.0
"""The article with its own files unchanged, its /etc/sysconfig/ipvsadm script included."""
from common.article import hosts
from common.drill import Drill

TITLE = "the article from start to end, with its own files"
NEEDS = ["ip_vs"]
HOSTS = hosts()
LIMIT = 400


def play(lab):
    Drill(lab, script=True).play()
