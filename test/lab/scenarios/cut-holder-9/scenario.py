# SPDX-License-Identifier: Apache-2.0
"""The holder is cut off from everybody for 9 s: the other serves, and one of them remains."""
from common import cut
from common.pair import hosts

TITLE = "the holder is cut off from everybody for 9 s, deadtime is 1 s"
HOSTS = hosts("common/pair-deadtime-1")


def play(lab):
    cut.play(lab, seconds=9, deadtime=1, whole=True)
