# SPDX-License-Identifier: Apache-2.0
"""A cut of 9 s between the directors, with deadtime 1 s."""
from common import cut
from common.pair import hosts

TITLE = "the directors do not hear each other for 9 s, deadtime is 1 s"
HOSTS = hosts("common/pair-deadtime-1")


def play(lab):
    cut.play(lab, seconds=9, deadtime=1)
