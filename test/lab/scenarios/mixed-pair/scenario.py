# SPDX-License-Identifier: Apache-2.0
"""One director of each kind: the packaged original next to the stack under test."""
from common.pair import PAIR, VIP, start_pair
from rig.plan import director, host

TITLE = "alice runs the stack under test, bob the packaged original"
_FILES = ["common/pair-deadtime-5"]
HOSTS = [director("alice", "10.77.0.1/24", files=_FILES),
         director("bob", "10.77.0.2/24", files=_FILES, stack="debian"),
         host("client", "10.77.0.50/24")]


def play(lab):
    start_pair(lab, within=40)

    lab.step("heartbeat stops on alice")
    lab.stop("alice")
    lab.expect_only_holder("bob", VIP, PAIR, within=10)
    lab.expect_log("bob", r"Received shutdown notice from 'alice'\.")

    lab.step("alice is back")
    lab.start("alice")
    lab.expect_only_holder("alice", VIP, PAIR, within=30)
    lab.expect_log("bob", r"foreign HA resource release completed \(standby\)\.")

    lab.step("alice loses power")
    lab.power_cut("alice")
    lab.expect_only_holder("bob", VIP, PAIR, within=15)
    lab.power_on("alice")
    lab.start("alice")
    lab.expect_only_holder("alice", VIP, PAIR, within=30)

    lab.step("bob loses power and returns")
    lab.power_cut("bob")
    lab.expect_log("alice", r"WARN: node bob: is dead", within=15)
    lab.power_on("bob")
    lab.start("bob")
    lab.expect_log("alice", r"Status update for node bob: status active", within=30)
    lab.expect_only_holder("alice", VIP, PAIR, within=5)
    lab.expect_ping("client", VIP)
