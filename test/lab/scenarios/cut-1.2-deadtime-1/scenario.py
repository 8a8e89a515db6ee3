# SPDX-License-Identifier: Apache-2.0
"""A cut of 1.2 s between the directors, with deadtime 1 s."""
from common import cut
from common.pair import hosts

TITLE = "the directors do not hear each other for 1.2 s, deadtime is 1 s"
HOSTS = hosts("common/pair-deadtime-1")


def play(lab):
    cut.play(lab, seconds=1.2, deadtime=1)
