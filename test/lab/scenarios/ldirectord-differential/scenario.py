# SPDX-License-Identifier: Apache-2.0
"""ldirectord by itself: configuration and events in, IPVS table out, as the original has it.

Long, so only when named. With --stack debian the original plays it: the tables of both are pinned in cases.py.
"""
from common.ldirectord import Play, cases_beside, real_servers_speak
from rig.plan import director, host

TITLE = "every case of the reference that ldirectord-tables has not, and sixty more, with the tables of ldirectord and of the original"
NEEDS = ["ip_vs"]
LIMIT = 2400
LONG = True
HOSTS = [director("dir", "10.9.9.1/24", "10.9.9.100/24", "fd00::1/64", files=["common/ldirectord-hosts"]),
         host("r1", "10.9.9.2/24", "fd00::2/64", files=["common/ldirectord-real"]),
         host("r2", "10.9.9.3/24", "fd00::3/64", files=["common/ldirectord-real"])]


def play(lab):
    lab.step("the real servers")
    real_servers_speak(lab)
    plays = Play(lab)
    for name, config, events in cases_beside(__file__):
        plays.case(name, config, events)
