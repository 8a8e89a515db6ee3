# SPDX-License-Identifier: Apache-2.0
"""The drill with /etc/sysconfig/ipvsadm as distributions package it: a file of rules."""
from common.article import hosts
from common.drill import Drill

TITLE = "the article, with a rules file for the ipvsadm resource"
NEEDS = ["ip_vs"]
HOSTS = hosts(["common/article-rules", "common/article-director"])
LIMIT = 300


def play(lab):
    Drill(lab, script=False).play()
