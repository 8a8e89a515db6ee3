# SPDX-License-Identifier: Apache-2.0
"""Three thousand bad datagrams of all kinds at each heartbeat port of a running pair: a few lines in the log, each with the
reason, and nothing else. All but the garbage are made of a packet that bob could have sent, and one thing is wrong with each,
so that it comes as far as the check that is to refuse it; in the end that packet itself, which is believed."""
import json
import os
import re

from common import forge
from common.pair import PAIR, VIP, hosts, start_pair

TITLE = "garbage, forged, cut and oversized packets at a running pair"
HOSTS = hosts("common/pair-deadtime-1")
STACKS = ("upbeat",)
KEY = b"between-alice-and-bob"
LOGS = ("/var/log/ha-log", "/var/log/ha-debug")
IGNORED = r"WARN: Packet from 10\.77\.0\.50 on eth0 ignored: "
BAD = {
    "a wrong key": IGNORED + "not signed with our key 1: ",
    "a key that authkeys does not list": IGNORED + "signed with key 9, which authkeys does not list: ",
    "no MAC": IGNORED + r"not signed \(no MAC after %%%\)",
    "a stranger": r"ERROR: process_status_message: bad node \[eve\] in message",
}
# Of all that is no message the log has the first, and so the two nodes are sent another one first.
NO_MESSAGE = {"alice": ("cut", IGNORED + r"not a whole heartbeat message \(shorter than its lengths say\)"),
              "bob": ("too many fields", IGNORED + r"too big for a heartbeat message \(too many fields\)")}
ADDRESS = {"alice": "10.77.0.1", "bob": "10.77.0.2"}


def made(status):
    """One of each kind, and the packet that they are made of, with which nothing is wrong: it says that bob has started again,
    and whoever believes it says so at once."""
    fields = forge.as_of(status, "status", ("st", "active"), ("dt", "3e8"), ("protocol", "1"), generation=1, ahead=2)
    stranger = forge.as_of(status, "status", ("st", "active"), ("dt", "3e8"), ("protocol", "1"), name="eve", uuid=b"nobody-you-know!")
    whole = forge.packet(fields, KEY)
    return {
        "a wrong key": forge.packet(fields, b"between-eve-and-nobody"),
        "a key that authkeys does not list": forge.packet(fields, KEY, number=9),
        "no MAC": whole[:whole.index(b"%%%\n") + 4],
        "a stranger": forge.packet(stranger, KEY),
        "cut": whole[:-7],
        "too many fields": forge.packet([*fields, *((f"x{n}", "y") for n in range(600))], KEY),
        "as long as a datagram can be, a wrong key": forge.packet([*fields, ("x", "y" * 60000)], b"between-eve-and-nobody"),
        "garbage": os.urandom(700),
    }, whole


def play(lab):
    start_pair(lab)
    lab.expect_log("alice", "Status update for node bob: status active", within=20)
    wire = forge.Wire(lab.hosts["client"])
    packets, whole = made(wire.newest("bob"))
    since = lab.step("one of each kind")
    for node in PAIR:
        first, line = NO_MESSAGE[node]
        for what, pattern in {**BAD, first: line}.items():
            wire.send(packets[what], ADDRESS[node])
            lab.expect_log(node, pattern, detail=False)

    lab.step("three thousand of them to each")
    for number in range(3000):
        for node in PAIR:
            wire.send(list(packets.values())[number % len(packets)], ADDRESS[node])
    lab.expect_stays("alice keeps the address", lambda: (lab.watch.holders(VIP) == ["alice"], lab.watch.holders(VIP)), seconds=3)
    for node in PAIR:
        ignored = json.loads(lab.hosts[node].run("cl_status --json").out)["ignored_packets"]
        lab.check(f"{node} has heard most of them", ignored > 1500, f"{ignored} are ignored")      # its socket does not hold them all
        lines = lab.hosts[node].read(LOGS[0])[lab.log_marks[node].get(LOGS[0], 0):].splitlines()
        lab.check(f"{node}: they cost the log no more lines", len(lines) < 10, f"{len(lines)} lines")
        said = "".join(lab.hosts[node].read(log) for log in LOGS)
        macs, believed = forge.HEX.findall(said), re.findall("is dead|Heartbeat restart|replay attack", said)
        lab.check(f"{node}: no line has a MAC", not macs, macs[:2] or "")
        lab.check(f"{node}: nobody is dead, or has started again", not believed, believed or "")
        lab.expect_output(node, "cl_status listnodes", r"\A(alice|bob)\s+(alice|bob)\s*\Z", 0)
    lab.check("the address never moved", not lab.watch.since(since, address=VIP))

    lab.step("the packet that they were made of, signed with the key")
    for node in PAIR:
        wire.send(whole, ADDRESS[node])
    lab.expect_log("alice", "Heartbeat restart on node bob", detail=False)
