# SPDX-License-Identifier: Apache-2.0
"""A pair that only speaks IPv6, from link-local address to link-local address, with ping nodes at a global and at a link-local
one. Another host has the same link-local address as bob's, behind another interface: the scope decides who is meant."""
from common.pair import PAIR, VIP
from rig.plan import director, host

TITLE = "ucast6 and ping6 with link-local scopes: takeover by power cut, ipfail"
STACKS = ("upbeat",)
LIMIT = 120
HOSTS = [director("alice", "10.77.0.1/24", "fe80::1/64", "fd77::1/64", links={"eth1": ("other", ["fe80::1/64"])}),
         director("bob", "10.77.0.2/24", "fe80::2/64", "fd77::2/64", links={"eth1": ("other", ["fe80::3/64"])}),
         host("gate", "fe80::50/64", "fd77::50/64"),
         host("double", links={"eth0": ("other", ["fe80::2/64", "fe80::50/64"])}),
         host("client", "10.77.0.50/24")]
PINGED = ("fd77::50", "fe80::50%eth0")


def play(lab):
    lab.step("both start")
    lab.start(*PAIR)
    lab.expect_only_holder("alice", VIP, PAIR, within=20)
    for name, peer in (PAIR, PAIR[::-1]):
        lab.expect_log(name, rf"ucast6: .* fe80::{1 + PAIR.index(peer)}\b", anywhen=True)
        lab.expect_output(name, f"cl_status nodestatus {peer}", "^active$", 0, within=20)
        lab.expect_output(name, f"cl_status hblinkstatus {peer} eth0", "^up$", 0, within=5)
        for node in PINGED:
            lab.expect_output(name, f"cl_status nodestatus {node}", "^ping$", 0, within=10)
        lab.expect_output(name, "cl_status listnodes -p", "^fd77::50\nfe80::50%eth0$|^fe80::50%eth0\nfd77::50$", 0)

    lab.step("alice no longer reaches the gate: ipfail gives her group to bob, and nobody dies")
    lab.part("alice", "gate")
    lab.expect_only_holder("bob", VIP, PAIR, within=30)
    for node in PINGED:
        lab.expect_output("alice", f"cl_status nodestatus {node}", "^dead$", 1, within=10)
        lab.expect_output("bob", f"cl_status nodestatus {node}", "^ping$", 0)
    for name in PAIR:
        lab.expect_no_log(name, "node (alice|bob): is dead")
    lab.join()
    for node in PINGED:
        lab.expect_output("alice", f"cl_status nodestatus {node}", "^ping$", 0, within=10)

    lab.step("bob loses power, though what has his address on the other wire does not")
    lab.power_cut("bob")
    lab.expect_vip("alice", VIP, within=10)
    lab.expect_log("alice", "node bob: is dead")
    lab.power_on("bob")
    lab.start("bob")
    lab.expect_output("alice", "cl_status nodestatus bob", "^active$", 0, within=20)
    lab.expect_ping("client", VIP)
