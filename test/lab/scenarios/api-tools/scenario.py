# SPDX-License-Identifier: Apache-2.0
"""The original's cl_status, ipfail and api_test against our socket; our tools against the original's; a small client of
our own, and hostile ones."""
import os
import re

from common.foreign import lend, said
from rig.plan import director, host

TITLE = "client tools of either stack against either daemon say the same"
LIMIT = 240
STACKS = ("upbeat",)
_FILES = ["common/pair-api"]
HOSTS = [director("alice", "10.77.0.1/24", files=_FILES),
         director("bob", "10.77.0.2/24", files=_FILES, stack="debian"),
         host("gateway", "10.77.0.50/24")]
PAIR = ("alice", "bob")
VIPS = ("10.77.0.100", "10.77.0.101")

# Of every sub-command, with each option, and what is wrong with a call.
ASKED = """hbstatus|hbstatus -m|hbstatus -v|hbstatus -m -v|hbstatus -x
listnodes|listnodes -n|listnodes -p|listnodes -v|listnodes -m|listnodes -n -v -m
nodestatus alice|nodestatus BOB|nodestatus -m bob|nodestatus 10.77.0.50|nodestatus nobody|nodestatus
nodeweight alice|nodeweight -m bob|nodeweight nobody|nodesite alice|nodesite -m bob|nodesite nobody
nodetype alice|nodetype 10.77.0.50|nodetype -m bob|nodetype nobody|nodetype
listhblinks alice|listhblinks bob|listhblinks -v bob|listhblinks -m -v 10.77.0.50|listhblinks nobody|listhblinks
hblinkstatus bob eth0|hblinkstatus -m bob eth0|hblinkstatus 10.77.0.50 10.77.0.50|hblinkstatus bob eth9|hblinkstatus bob
clientstatus alice nosuch 4000|clientstatus bob nosuch 4000
clientstatus nobody x|clientstatus bob|rscstatus -m|rscstatus|hbparameter -p deadtime|hbparameter -p keepalive
hbparameter -m -p auto_failback|hbparameter -p nosuch|hbparameter -p udpport|hbparameter -p deadping|hbparameter
hbparameter -p warntime|hbparameter -p logfile|hbparameter -p crm|hbparameter -p initdead|hbparameter -p node
nosuchcommand""".replace("\n", "|").split("|")


def play(lab):
    real = {h: lend(lab, h, "/usr/bin/cl_status", "cl_status.original") for h in PAIR}
    ours = {h: lend(lab, h, os.path.join(lab.stage, "usr/bin/cl_status"), "cl_status.ours") for h in PAIR}

    lab.step("both daemons are down: what the tools say then")
    for call in ("hbstatus", "hbstatus -v", "rscstatus", "listnodes"):
        equal(lab, "alice", call, real["alice"], ours["alice"])

    lab.step("both daemons run")
    lab.start(*PAIR)
    for name, vip in zip(PAIR, VIPS):
        lab.expect_only_holder(name, vip, PAIR, within=60)
    for name in PAIR:
        lab.expect_output(name, f"{real[name]} rscstatus", "^local$", 0, within=40)
        lab.expect_output(name, f"{real[name]} nodestatus 10.77.0.50", "^ping$", 0, within=10)

    lab.step("cl_status: each call, each daemon, both programs")
    answers = {(name, call): equal(lab, name, call, real[name], ours[name]) for name in PAIR for call in ASKED}
    lab.step("one daemon answers as the other does")
    for call in [c for c in ASKED if not c.startswith("hbparameter -p udp")]:
        # Each names its own build.
        one, other = ((re.sub(r"3\.0\.6 \(.*\)", "3.0.6", text), rc) for text, rc in (answers[name, call] for name in PAIR))
        lab.check(f"cl_status {call}", one == other, "" if one == other else f"ours: {one}\noriginal: {other}", detail=True)

    lab.step("hb_standby and hb_takeover of each stack, at each daemon")
    scripts = os.path.join(lab.stage, "usr/share/heartbeat")
    for name in ("hb_standby", "hb_takeover", "hb_addnode", "hb_delnode", "hb_message"):
        lend(lab, "bob", os.path.join(scripts, name), name)
    for name in ("hb_standby", "hb_takeover", "hb_addnode", "hb_delnode"):
        lend(lab, "alice", f"/usr/share/heartbeat/{name}", name)
    for name, command, holder in (("alice", "/root/lent/hb_standby", "bob"),
                                  ("bob", "/root/lent/hb_standby foreign", None),
                                  ("alice", "/root/lent/hb_takeover", "alice"),
                                  ("bob", "/root/lent/hb_takeover local", None)):
        lab.expect_output(name, command, "", 0)
        wanted = (holder, holder) if holder else PAIR
        for vip, who in zip(VIPS, wanted):
            lab.expect_only_holder(who, vip, PAIR, within=40)
        for peer in PAIR:
            lab.expect_output(peer, f"{ours[peer]} rscstatus", "^(local|all|none)$", 0, within=20)
    for name in PAIR:
        lab.expect_output(name, "/root/lent/hb_standby nonsense", r"wrong resources\(nonsense\)", 1)
        lab.expect_output(name, "/root/lent/hb_addnode", "usage: ", 1)

    lab.step("api_test of the original, against both")
    for name, seconds, wanted in (("alice", 8, ("node alice: intf: eth0 ifstatus: up", "Cluster node: bob: status: active",
                                                "Current resource status: local", "Waiting for messages")),
                                  ("bob", 5, ())):       # the original takes half a second for each answer
        test = lend(lab, name, "/usr/libexec/heartbeat/api_test", "api_test")
        out = lab.hosts[name].run(f"timeout {seconds} setpriv --regid haclient --clear-groups {test} 2>&1 || true", timeout=30).out
        for text in (*wanted, "Setting message filter mode", r"Parameter keepalive is \[500ms\]"):
            lab.expect_text(f"api_test at {name}: {text}", out, text)
        # Two parameters it wants no Heartbeat 3 has.
        bad = [line for line in out.splitlines() if "ERROR" in line and not line.endswith("is not available!")]
        if name == "alice":   # the other is interrupted in the middle
            lab.check(f"api_test at {name} has nothing to complain of", not bad, "\n".join(bad))

    clients(lab, ours, real)
    ipfail(lab, ours)
    nodes(lab, ours)


def equal(lab, name, call, real, ours):
    found = [said(lab.hosts[name].run(f"{program} {call}")) for program in (real, ours)]
    words = [(text.replace(".original", "").replace(".ours", ""), rc) for text, rc in found]
    lab.check(f"at {name}: cl_status {call}", words[0] == words[1], "" if words[0] == words[1] else
              f"original: {words[0]}\nours: {words[1]}", detail=True)
    return words[0]


def clients(lab, ours, real):
    lab.step("a small client: its messages reach those of its name on the other node, its coming and going too")
    code = os.path.join(os.path.dirname(os.path.abspath(__file__)), "client.py")
    for name in PAIR:
        lend(lab, name, code, "client.py")
    listener = lab.hosts["bob"].spawn("python3 /root/lent/client.py listen tester 3")
    lab.expect_output("alice", f"{ours['alice']} clientstatus bob tester 3000", "^online$", 0, within=10)
    lab.expect_output("alice", f"{real['alice']} clientstatus bob tester 3000", "^online$", 0, within=5)
    lab.expect_output("alice", "python3 /root/lent/client.py say tester hello", "echo hello", 0)
    heard = listener.wait(30)
    for wanted in ("join alice", "hello from alice", "leave alice"):
        lab.expect_text(f"bob's client hears: {wanted}", heard.out, wanted)
    lab.step("long messages cross, compressed, and come whole")
    for giver, taker in (PAIR, PAIR[::-1]):
        listener = lab.hosts[taker].spawn("python3 /root/lent/client.py listen tester 3")
        lab.expect_output(giver, f"{ours[giver]} clientstatus {taker} tester 3000", "^online$", 0, within=10)
        lab.expect_output(giver, "python3 /root/lent/client.py say tester long 40000", "echo long", 0)
        lab.expect_text(f"{taker}'s client hears 40000 bytes", listener.wait(30).out, f"long from {giver} 40000")

    lab.step("hostile clients are cut off, each kind with its line, and nobody else notices")
    # Who asks and does not wait for the answer is none of them. It may have gone before the answer or after it: several.
    lab.run("alice", "for i in $(seq 10); do python3 /root/lent/client.py hasty || echo failed; done", timeout=60)
    lab.expect_output("alice", f"{ours['alice']} nodestatus bob", "^active$", 0, within=3)
    lab.expect_no_log("alice", "cut off")
    # One at once after another: no kind's line hides that of the next.
    for kind, line in (("garbage", "cut off: not a client frame"), ("huge", "cut off: a frame of 1073741824 bytes"),
                       ("half", "did not sign on; closed"), ("forged-pid", "bad pid"),
                       ("forged-uid", "incorrect/false credentials"), ("forged-name", "client failed authorization"),
                       ("unknown-name", "no default client auth"), ("forged-from", "may not send num_ping_nodes"),
                       ("status", "may not send shutdone"), ("flood", "sends too much"), ("slow", "cut off: does not read"),
                       ("many", "cut off: too many clients")):
        out = lab.hosts["alice"].run(f"python3 /root/lent/client.py {kind}", timeout=60)
        lab.check(f"a client that is {kind} comes to its end", out.rc == 0, out.out)
        lab.expect_log("alice", line, within=15)
        lab.expect_output("alice", f"{ours['alice']} nodestatus bob", "^active$", 0, within=3)
    told = lab.hosts["alice"].read("/var/log/ha-log").count("cut off: too many clients")
    lab.check("fifty at once that are too many are told once per ten seconds", 1 <= told <= 2, f"{told} lines")
    lab.expect_no_log("alice", "ERROR|CRIT|Late heartbeat|cluster process")
    lab.expect_no_log("bob", "Late heartbeat|is dead")
    for name, vip in zip(PAIR, VIPS):
        lab.expect_only_holder(name, vip, PAIR, within=1)


def ipfail(lab, ours):
    lab.step("the original's ipfail at both: alice loses her way to the ping node and gives up")
    for name in PAIR:
        program = lend(lab, name, "/usr/libexec/heartbeat/ipfail", "ipfail")
        lab.hosts[name].spawn(f"chmod 755 /root /root/lent; exec setpriv --reuid hacluster --regid haclient --clear-groups {program}")
    for name in PAIR:
        lab.expect_output("alice", f"{ours['alice']} clientstatus {name} ipfail 3000", "^online$", 0, within=15)
    lab.hosts["alice"].run("ip route add blackhole 10.77.0.50/32")
    for vip in VIPS:
        lab.expect_only_holder("bob", vip, PAIR, within=60)
    lab.hosts["alice"].run("ip route del blackhole 10.77.0.50/32")


def nodes(lab, ours):
    # Last: the original takes the end of a third node for a failover, and says that it holds what it does not.
    lab.step("hb_addnode and hb_delnode")
    lab.expect_output("bob", "/root/lent/hb_addnode carol", "", 0)
    lab.expect_output("bob", f"{ours['bob']} listnodes -n", "carol", 0, within=10)
    lab.expect_output("alice", f"{ours['alice']} listnodes -n", "carol", 0, within=10)
    lab.expect_output("bob", "/root/lent/hb_delnode carol", "", 0)
