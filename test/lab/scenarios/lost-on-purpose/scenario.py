# SPDX-License-Identifier: Apache-2.0
"""OnlyForTesting: a director that loses packets on purpose, told so by a reload, beside one that does not."""
import os

from rig.plan import director

TITLE = "Packets lost on purpose: /etc/ha.d/OnlyForTesting"
STACKS = ("upbeat",)
LIMIT = 120
PAIR = ("alice", "bob")
VIPS = {"alice": "10.77.0.100"}
HOSTS = [director(name, f"10.77.0.{n}/24", files=["common/pair-deadtime-1"]) for n, name in enumerate(PAIR, 1)]
DEADTIME = 1
RELOAD = "/etc/init.d/heartbeat reload"


def play(lab):
    lab.start(*PAIR)
    for name, vip in VIPS.items():
        lab.expect_only_holder(name, vip, PAIR, within=30)
    for name in PAIR:
        lab.expect_output(name, "cl_status rscstatus", "^local$", 0, within=20)

    lab.step("all is lost but what the other node says: nothing happens")
    lose(lab, "alice", "xmitloss=1\nrcvloss=1\nallownodes=bob;\n")
    lab.expect_log("alice", r"WARN: Enabling Test Code: Xmit loss probability = 1\.000, Receive loss probability = 1\.000, "
                            r"Allow nodes = bob \(OnlyForTesting\)")
    lab.expect_output("alice", "hbd -t", "warning: this node loses packets on purpose", 0)
    lab.expect_stays("each has its own", lambda: each_its_own(lab), seconds=3 * DEADTIME)
    for name in PAIR:
        lab.expect_no_log(name, "is dead")

    lab.step("every tenth packet is lost, both ways: a standby comes to its end all the same")
    lose(lab, "alice", "xmitloss=0.1\nrcvloss=0.1\n")
    lab.expect_log("alice", r"Xmit loss probability = 0\.100, Receive loss probability = 0\.100 \(OnlyForTesting\)")
    lab.run("alice", "/usr/share/heartbeat/hb_standby all")
    for vip in VIPS.values():
        lab.expect_only_holder("bob", vip, PAIR, within=20)
    lab.run("bob", "/usr/share/heartbeat/hb_standby failback")
    for name, vip in VIPS.items():
        lab.expect_only_holder(name, vip, PAIR, within=20)

    lab.step("nothing is received any more: the other one is dead here, and only here")
    lose(lab, "alice", "rcvloss=1\n")
    lab.expect_log("alice", "WARN: node bob: is dead", within=10 * DEADTIME)
    lab.expect_output("bob", "cl_status nodestatus alice", "^active$", 0)

    lab.step("the file is gone: each has its own again")
    os.unlink(path(lab, "alice"))
    lab.run("alice", RELOAD)
    lab.expect_log("alice", r"info: Test Code Now disabled\.")
    for name, vip in VIPS.items():
        lab.expect_only_holder(name, vip, PAIR, within=30)

    lab.step("a mistake in it is told, and stops nothing")
    lose(lab, "alice", "recvloss=1\nrcvloss=lots\n")
    lab.expect_log("alice", r"Cannot recognize test param \[recvloss\]: rcvloss, xmitloss or allownodes")
    lab.expect_log("alice", 'rcvloss is a probability from 0 to 1, not "lots"')
    lab.expect_stays("each has its own", lambda: each_its_own(lab), seconds=2 * DEADTIME)


def path(lab, name):
    return f"/proc/{lab.hosts[name].pid}/root/etc/ha.d/OnlyForTesting"


def lose(lab, name, text):
    with open(path(lab, name), "w") as file:
        file.write(text)
    lab.run(name, RELOAD)


def each_its_own(lab):
    seen = {vip: lab.watch.holders(vip) for vip in VIPS.values()}
    return seen == {vip: [name] for name, vip in VIPS.items()}, str(seen)
