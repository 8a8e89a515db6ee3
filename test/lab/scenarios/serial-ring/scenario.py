# SPDX-License-Identifier: Apache-2.0
"""Three nodes on a ring of serial lines and nothing else, one of them the original: when a line is cut, its two ends hear
each other through the node between, if that is one of ours. The original was made to pass on what it hears, and does not."""
import os

from common import cable
from rig.plan import director

TITLE = "A ring of serial lines, one seat of it the original's"
STACKS = ("upbeat",)
LIMIT = 200
ALL = ("alice", "bob", "carol")
VIPS = {"alice": "10.77.0.100", "bob": "10.77.0.101"}
# Each calls the next one; the names of their network cards are those of the wire.
WIRES = {("alice", "bob"): "ab", ("bob", "carol"): "bc", ("carol", "alice"): "ca"}
ADDRESSES = {"ab": {"alice": "192.0.2.1", "bob": "192.0.2.2"}, "bc": {"bob": "192.0.2.17", "carol": "192.0.2.18"},
             "ca": {"carol": "192.0.2.33", "alice": "192.0.2.34"}}
DEADTIME = 5
HA_CF = f"""logfile /var/log/ha-log
debugfile /var/log/ha-debug
keepalive 1
warntime 4
deadtime {DEADTIME}
initdead 30
baud 115200
serial /dev/ttyS0 /dev/ttyS1
auto_failback on
node alice bob carol
"""


def links(name):
    return {wire: (wire, [f"{ends[name]}/28"]) for wire, ends in ADDRESSES.items() if name in ends}


HOSTS = [director(name, f"10.77.0.{n}/24", links=links(name), stack="debian" if name == "bob" else "tested")
         for n, name in enumerate(ALL, 1)]


def play(lab):
    for name in ALL:
        folder = f"/proc/{lab.hosts[name].pid}/root/etc/ha.d"
        write(f"{folder}/ha.cf", HA_CF)
        write(f"{folder}/haresources", "".join(f"{node} IPaddr::{vip}/24/eth0\n" for node, vip in VIPS.items()))
        write(f"{folder}/authkeys", "auth 1\n1 sha1 around-the-ring\n", 0o600)
    for (caller, called), wire in WIRES.items():
        cable.plug(lab, called, "/dev/ttyS0")
        cable.plug(lab, caller, "/dev/ttyS1", ADDRESSES[wire][called])
    for name in ALL:
        for tty in ("/dev/ttyS0", "/dev/ttyS1"):
            cable.expect_line(lab, name, tty)

    lab.step("all three start, and hear each other")
    lab.start(*ALL, timeout=120)
    everybody_is_heard(lab, within=60)
    for name, vip in VIPS.items():
        lab.expect_only_holder(name, vip, ALL, within=60)

    for between, ends in (("carol", ("alice", "bob")), ("alice", ("bob", "carol"))):
        lab.step(f"the line from {ends[0]} to {ends[1]} is cut: they hear each other through {between}")
        lab.cut(ends[0], WIRES[ends])
        lab.expect_stays("each hears the others", lambda: heard(lab), seconds=3 * DEADTIME)
        lab.check("no address has moved", all(lab.watch.holders(vip) == [name] for name, vip in VIPS.items()))
        for name in ALL:
            lab.expect_no_log(name, "is dead|returning after partition|replay attack|claims to come from this node")
        lab.heal(ends[0], WIRES[ends])
        lab.expect(f"{ends[1]} can be reached by the line again",
                   lambda: lab.hosts[ends[0]].run(f"ping -c 1 -W 1 {ADDRESSES[WIRES[ends]][ends[1]]}").rc == 0, within=20)

    lab.step("the line from carol to alice is cut: the original between them hears both, and passes nothing on")
    lab.cut("carol", WIRES["carol", "alice"])
    lab.expect_log("alice", "node carol: is dead", within=4 * DEADTIME)
    lab.expect_log("carol", "node alice: is dead", within=4 * DEADTIME)
    for node in ("alice", "carol"):
        lab.expect_output("bob", f"cl_status nodestatus {node}", "^active$", 0)

    lab.step("so is the one from bob to carol: who has none left is alone")
    lab.cut("carol", WIRES["bob", "carol"])
    lab.expect_log("carol", "node bob: is dead", within=4 * DEADTIME)
    lab.expect_output("alice", "cl_status nodestatus bob", "^active$", 0)


def heard(lab):
    seen = {(who, node): lab.hosts[who].run(f"cl_status nodestatus {node}").out.strip() for who in ALL for node in ALL}
    return all(status == "active" for status in seen.values()), str({k: v for k, v in seen.items() if v != "active"})


def everybody_is_heard(lab, within):
    lab.expect("each hears the others, and all are active", lambda: heard(lab), within=within)


def write(path, text, mode=0o644):
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)
