# SPDX-License-Identifier: Apache-2.0
"""The holder loses its power: the other takes over within deadtime, and gives back later."""
from common.pair import PAIR, VIP, hosts, start_pair
from rig.expect import at_times

TITLE = "the holder loses power, and comes back"
HOSTS = hosts("common/pair-deadtime-1")
DEADTIME = 1.0


def play(lab):
    start_pair(lab)

    lab.step("alice loses power")
    probe = lab.probe("client", "icmp", VIP, rate=200)
    lab.expect_traffic(probe)
    cut = lab.power_cut("alice")
    lab.expect_only_holder("bob", VIP, PAIR, within=3)
    lab.expect_log("bob", r"WARN: node alice: is dead")
    lab.expect_log("bob", r"Resources being acquired from alice\.")
    lab.expect_ping("client", VIP)
    gap = lab.expect_gap("the client's gap is at most deadtime + 250 ms", lab.end_probe(probe), DEADTIME + 0.25,
                         since=cut, original=at_times("about 1600 ms"))
    lab.report.row("power cut of the holder", f"{gap:.0f} ms gap", "deadtime 1 s")

    lab.step("alice is back")
    lab.power_on("alice")
    lab.start("alice")
    lab.expect_only_holder("alice", VIP, PAIR, within=20)
    lab.expect_log("bob", r"foreign HA resource release completed \(standby\)\.")
    lab.expect_ping("client", VIP)
