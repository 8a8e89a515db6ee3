# SPDX-License-Identifier: Apache-2.0
"""ldirectord by itself: configuration and events in, IPVS table out, as the original has it.

The same cases with --stack debian show that the expectations are the original's own; ldirectord-differential has more.
"""
from common.ldirectord import Play, cases_beside
from rig.plan import director, host

TITLE = "configurations and events, and the table that the original makes of them"
NEEDS = ["ip_vs"]
LIMIT = 240
HOSTS = [director("dir", "10.9.9.1/24", "10.9.9.100/24", "fd00::1/64", files=["common/ldirectord-hosts"]),
         host("r1", "10.9.9.2/24", "fd00::2/64"), host("r2", "10.9.9.3/24", "fd00::3/64")]


def play(lab):
    plays = Play(lab)
    for name, config, events in cases_beside(__file__):
        plays.case(name, config, events)
