# SPDX-License-Identifier: Apache-2.0
"""Replies of one host belong to several links, and each counts its own."""
from common.pair import start_pair
from rig.plan import director, host

TITLE = "one host is a ping node and a member of a ping_group"
_FILES = ["common/pair-deadtime-1"]
HOSTS = [director("alice", "10.77.0.1/24", files=_FILES),
         director("bob", "10.77.0.2/24", files=_FILES),
         host("gate1", "10.77.0.11/24"), host("gate2", "10.77.0.12/24"), host("client", "10.77.0.50/24")]


def play(lab):
    start_pair(lab, within=25)
    for name in ("gates", "10.77.0.12"):
        lab.expect_output("alice", f"cl_status nodestatus {name}", "^ping$", rc=0, within=5)
    lab.expect_no_log("alice", r"not an answer to our ping")
