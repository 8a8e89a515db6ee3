# SPDX-License-Identifier: Apache-2.0
"""hb_standby, hb_takeover, hb_addnode, hb_delnode, hb_setweight and hb_setsite of either stack at either daemon: what they
print, how they exit, and who holds what after each call; whom both daemons list then, with which weight and site, and a third
node that joins; and what there is of it with auto_failback legacy. Long, so only when named."""
import os
import re

from common.foreign import lend
from rig.plan import director

TITLE = "hb_standby, hb_takeover, hb_addnode, hb_delnode, hb_setweight, hb_setsite: each of both stacks at each daemon"
LIMIT = 900
LONG = True
STACKS = ("upbeat",)
_FILES = ["hb-tools/three", "common/pair-api"]
HOSTS = [director("alice", "10.77.0.1/24", files=_FILES),
         director("bob", "10.77.0.2/24", files=_FILES, stack="debian"),
         director("carol", "10.77.0.3/24", files=_FILES)]
PAIR = ("alice", "bob")
VIPS = ("10.77.0.100", "10.77.0.101")
TOOLS = ("hb_standby", "hb_takeover", "hb_addnode", "hb_delnode", "hb_setweight", "hb_setsite")
STACKS_OF_TOOLS = {"real": "/usr/share/heartbeat", "ours": None}
DATE = re.compile(r"^(\w{3} [ \d]\d \d\d:\d\d:\d\d|\d{4}/\d\d/\d\d_\d\d:\d\d:\d\d)", re.M)
# At this node or at the other one, and who of the two then holds (this node's own, the other one's).
HERE, THERE = 0, 1
MOVES = [(HERE, "hb_standby foreign", (HERE, THERE)), (HERE, "hb_standby local", (THERE, THERE)),
         (HERE, "hb_takeover local", (HERE, THERE)), (HERE, "hb_standby all", (THERE, THERE)),
         (THERE, "hb_standby failback", (HERE, THERE)), (HERE, "hb_standby", (THERE, THERE)),
         (HERE, "hb_takeover", (HERE, HERE)), (HERE, "hb_standby failback", (HERE, THERE)),
         (HERE, "hb_takeover foreign", (HERE, HERE)), (THERE, "hb_takeover local", (HERE, THERE)),
         (HERE, "hb_takeover all", (HERE, HERE)), (HERE, "hb_standby foreign", (HERE, THERE))]
# Not the empty word: there the original's have errors of the shell. Nor hb_takeover failback, which is all to the original's.
WRONG = ["hb_standby nonsense", "hb_standby all local", "hb_takeover nonsense", "hb_takeover all local", "hb_addnode", "hb_delnode",
         "hb_setweight", "hb_setsite"]


def play(lab):
    for name in PAIR:
        for stack, folder in STACKS_OF_TOOLS.items():
            lab.run(name, f"mkdir -p /root/lent/{stack}")
            folder = folder or os.path.join(lab.stage, "usr/share/heartbeat")
            for tool in TOOLS + (("hb_message",) if stack == "ours" else ()):
                lend(lab, name, os.path.join(folder, tool), f"{stack}/{tool}")
    lab.step("both start")
    lab.start(*PAIR)
    for name, vip in zip(PAIR, VIPS):
        lab.expect_only_holder(name, vip, PAIR, within=60)
    at_rest(lab)

    lab.step("wrong calls")
    for name in PAIR:
        for call in WRONG:
            compare(lab, name, call, *(said(lab, name, stack, call) for stack in STACKS_OF_TOOLS))

    printed = {}
    for number, (name, stack) in enumerate((n, s) for n in PAIR for s in STACKS_OF_TOOLS):
        lab.step(f"hb_setweight and hb_setsite of {stack}, at {name}")
        other = PAIR[1 - PAIR.index(name)]
        weights, sites = {name: 10 + number, other: 20 + number}, {name: f"room {number}", other: f"lab={number}"}
        for node in PAIR:
            printed[name, f"label {node}", stack] = [said(lab, name, stack, f"hb_setweight {node} {weights[node]}"),
                                                     said(lab, name, stack, f"hb_setsite {node} '{sites[node]}'")]
        printed[name, "label nobody", stack] = [said(lab, name, stack, f"hb_set{what} nobody 1") for what in ("weight", "site")]
        for node in PAIR:
            for asked in PAIR:
                lab.expect_output(asked, f"cl_status nodeweight {node}", f"^{weights[node]}$", 0, within=5)
                lab.expect_output(asked, f"cl_status nodesite {node}", f"^{sites[node]}$", 0, within=5)
        for what in ("weight", "site"):
            lab.expect_log("alice", f"set {what} to non-existing node nobody", within=5)     # the original does not say it
    for name in PAIR:
        for call in ("label alice", "label bob", "label nobody"):
            compare(lab, name, f"hb_setweight, hb_setsite: {call}", *(printed[name, call, stack] for stack in STACKS_OF_TOOLS))
    for name in PAIR:
        for stack in STACKS_OF_TOOLS:
            lab.step(f"each move, asked with the tools of {stack}, at {name}")
            both = (name, PAIR[1 - PAIR.index(name)])
            own = VIPS if name == "alice" else VIPS[::-1]
            for number, (where, call, holders) in enumerate(MOVES):
                printed[name, number, stack] = said(lab, both[where], stack, call)
                for vip, holder in zip(own, holders):
                    lab.expect_only_holder(both[holder], vip, PAIR, within=40)
                at_rest(lab)
    lab.step("and each says the same")
    for name in PAIR:
        for number, (where, call, _) in enumerate(MOVES):
            compare(lab, f"{name} {number}", call, *(printed[name, number, stack] for stack in STACKS_OF_TOOLS))

    # Last: the original takes the end of a third node for a failover, and says that it holds what it does not.
    for name in PAIR:
        for stack in STACKS_OF_TOOLS:
            lab.step(f"hb_addnode and hb_delnode of {stack}, at {name}")
            printed[name, "there", stack] = said(lab, name, stack, "hb_addnode alice")
            printed[name, "add", stack] = said(lab, name, stack, "hb_addnode carol")
            known(lab, "alice bob carol")
            printed[name, "too early", stack] = said(lab, name, stack, "hb_delnode carol")
            for node in PAIR:
                lab.expect_log(node, "Adding new node.carol. to configuration", within=10)
                lab.expect_log(node, "node carol: is dead", within=30)
                lab.expect_output(node, "cl_status nodestatus carol", "^dead$", 1)
            known(lab, "alice bob carol")
            printed[name, "del", stack] = said(lab, name, stack, "hb_delnode carol")
            for node in PAIR:
                lab.expect_log(node, "Removing node .carol. from configuration", within=20)
            known(lab, "alice bob")
            serving(lab)
    for name in PAIR:
        for call in ("there", "add", "too early", "del"):
            compare(lab, name, f"hb_addnode, hb_delnode: {call}", *(printed[name, call, stack] for stack in STACKS_OF_TOOLS))

    lab.step("a third node, of ours, joins the pair")
    said(lab, "alice", "ours", "hb_addnode carol")
    known(lab, "alice bob carol")
    lab.start("carol")
    for node in PAIR + ("carol",):
        lab.expect_output(node, "cl_status nodestatus carol", "^active$", 0, within=30)
    known(lab, "alice bob carol", PAIR + ("carol",))
    serving(lab, 5)
    lab.stop("carol")
    for node in PAIR:
        lab.expect_output(node, "cl_status nodestatus carol", "^dead$", 1, within=30)
    said(lab, "bob", "real", "hb_delnode carol")
    known(lab, "alice bob")
    serving(lab, 2)
    legacy(lab)


def legacy(lab):
    """auto_failback legacy has no standby: the tools speak and exit as ever, the daemons refuse in their logs."""
    refusal = "(WARN|info): Standby mode only implemented when nice_failback on"      # ours warns of it
    lab.step("both start anew, with auto_failback legacy")
    for name in PAIR:
        lab.power_cut(name)     # an original that has seen a third node may not want to stop
    for name in PAIR:
        lab.power_on(name)
        lab.run(name, "sed -i 's/^auto_failback .*/auto_failback legacy/' /etc/ha.d/ha.cf")
    lab.start(*PAIR)
    for name, vip in zip(PAIR, VIPS):
        lab.expect_only_holder(name, vip, PAIR, within=60)
    began = lab.now()
    printed = {}
    for name in PAIR:
        other = PAIR[1 - PAIR.index(name)]
        for stack in STACKS_OF_TOOLS:
            for call, refusing in [(f"hb_standby{what}", name) for what in ("", " all", " local", " foreign", " failback")] + [
                    ("hb_takeover", other)]:
                lab.step(f"legacy: {call} of {stack} at {name}")
                printed[name, call, stack] = said(lab, name, stack, call)
                lab.expect_log(refusing, refusal, within=20)
                for node in PAIR:
                    lab.expect_no_log(node, "wants to go standby")
    serving(lab, 15)    # longer than anybody waits for an answer to a standby
    moves = [move for vip in VIPS for move in lab.watch.since(began, address=vip)]
    lab.check("no address has moved", not moves, moves)
    for name in PAIR:
        for call in sorted({call for _, call, _ in printed}):
            compare(lab, f"legacy: {name}", call, *(printed[name, call, stack] for stack in STACKS_OF_TOOLS))


def known(lab, names, who=PAIR):
    """The same list on both."""
    for name in who:
        def listed(name=name):
            seen = " ".join(sorted(lab.hosts[name].run("cl_status listnodes -n").out.split()))
            return seen == names, f"{name}: {seen}"
        lab.expect(f"{name} lists {names}", listed, within=15)


def serving(lab, seconds=1):
    lab.expect_stays("each goes on serving its own", lambda: (all(lab.watch.holders(vip) == [name] for name, vip in zip(PAIR, VIPS)),
                                                              str([lab.watch.holders(vip) for vip in VIPS])), seconds)


def at_rest(lab):
    for name in PAIR:
        lab.expect_output(name, "cl_status rscstatus", "^(local|foreign|all|none)$", 0, within=30)


def said(lab, name, stack, call):
    """(what it printed, without the date and the place it lies at; exit code)"""
    done = lab.run(name, f"timeout 20 /root/lent/{stack}/{call}")
    return DATE.sub("DATE", done.out.replace(f"/root/lent/{stack}/", "")), done.rc


def compare(lab, where, call, real, ours):
    lab.check(f"{where}: {call}", real == ours, "" if real == ours else f"original: {real}\nours: {ours}", detail=True)
