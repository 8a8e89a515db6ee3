# SPDX-License-Identifier: Apache-2.0
"""A file in rc.d for each type of message, on one node of either stack: both daemons call the same ones, and leave what they
say to each other alone."""
from rig.plan import director

TITLE = "hooks in rc.d: which messages call one, here and at the original"
LIMIT = 120
STACKS = ("upbeat",)
HOSTS = [director("alice", "10.77.0.1/24", files=["common/pair-api"]),
         director("bob", "10.77.0.2/24", files=["common/pair-api"], stack="debian")]
PAIR = ("alice", "bob")
VIPS = ("10.77.0.100", "10.77.0.101")
# Not `status` and `hb_takeover`: those of the original's package do its work.
SILENT = ("resource", "starting", "ask_resources", "reqnodes", "repnodes", "query-cstatus", "setweight", "setsite", "hbapi-clstat",
          "NS_st")
CALLED = ("respond-cstatus", "shop-closed")
HOOK = "printf '#!/bin/sh\\necho $1 >> /root/called\\n' > /etc/ha.d/rc.d/{0}; chmod 755 /etc/ha.d/rc.d/{0}"


def play(lab):
    for name in PAIR:
        lab.run(name, "touch /root/called; mkdir -p /etc/ha.d/rc.d; " + "; ".join(HOOK.format(t) for t in SILENT + CALLED))
    lab.step("both start; each asks the other for a client, says a weight and a site, hands over and takes back")
    lab.start(*PAIR)
    for name, vip in zip(PAIR, VIPS):
        lab.expect_only_holder(name, vip, PAIR, within=60)
    for name, other in (PAIR, PAIR[::-1]):
        lab.expect_output(name, "cl_status rscstatus", "^local$", 0, within=40)
        lab.expect_output(name, f"cl_status clientstatus {other} nosuch 4000", "^offline$", within=10)
        lab.run(name, f"/usr/share/heartbeat/hb_setweight {other} 7; /usr/share/heartbeat/hb_setsite {other} cellar")
        lab.expect_output(other, f"cl_status nodeweight {other}", "^7$", 0, within=5)
        lab.expect_output(other, f"cl_status nodesite {other}", "^cellar$", 0, within=5)
    lab.run("alice", "/usr/share/heartbeat/hb_standby all")
    lab.expect_only_holder("bob", VIPS[0], PAIR, within=30)

    lab.step("the operator's own message, said last, and the answer that a client waits for have called their hooks")
    lab.run("alice", ". /etc/ha.d/shellfuncs; printf 't=shop-closed\\n' | ha_clustermsg")
    for name in PAIR:
        lab.expect(f"{name}: the hook of shop-closed was called", lambda name=name: ("shop-closed" in called(lab, name), called(lab, name)), 20)
        lab.check(f"{name}: and only these", called(lab, name) == sorted(CALLED), called(lab, name))


def called(lab, name):
    return lab.run(name, "sort -u /root/called").out.split()
