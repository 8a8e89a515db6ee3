# SPDX-License-Identifier: Apache-2.0
"""A third node is added with hb_addnode, joins, and is taken out again, and by the node lines of ha.cf and a reload: nothing
is started anew for it, and no address moves but for a node that fails."""
from rig.plan import director

TITLE = "hb_addnode, hb_delnode and other node lines in a running cluster"
_FILES = ["add-node/trio", "common/pair-deadtime-1"]
HOSTS = [director(name, f"10.77.0.{n}/24", files=_FILES) for n, name in enumerate(("alice", "bob", "carol"), 1)]
STACKS = ("upbeat",)
LIMIT = 180
PAIR, ALL = ("alice", "bob"), ("alice", "bob", "carol")
VIPS = {"alice": "10.77.0.100", "bob": "10.77.0.101"}
CHILD = "pgrep -f '^heartbeat: cluster process'"
TOOLS = "/usr/share/heartbeat"


class Play:
    def __init__(self, lab):
        self.lab = lab
        self.since = 0.0

    def holders(self):
        seen = {vip: self.lab.watch.holders(vip) for vip in VIPS.values()}
        return seen == {vip: [name] for name, vip in VIPS.items()}, str(seen)

    def from_here(self):
        self.since = self.lab.now()

    def nothing_moved(self, seconds=0.0):
        if seconds:
            self.lab.expect_stays("each has its own address", self.holders, seconds)
        moves = [move for vip in VIPS.values() for move in self.lab.watch.since(self.since, address=vip)]
        good, seen = self.holders()
        self.lab.check("no address has moved", good and not moves, f"{seen} {moves}")

    def known(self, names, who=PAIR, status=None):
        """Each of `who` lists exactly these nodes, and the last of them with this status."""
        for host in who:
            def listed(host=host):
                seen = sorted(self.lab.hosts[host].run("cl_status listnodes -n").out.split())
                return seen == sorted(names), f"{host}: {seen}"
            self.lab.expect(f"{host} lists {', '.join(names)}", listed, within=5)
            if status:
                self.lab.expect_output(host, f"cl_status nodestatus {names[-1]}", f"^({status})$", 0, within=10)

    def children(self):
        return [self.lab.hosts[name].run(CHILD).out.strip() for name in PAIR]


def play(lab):
    p = Play(lab)
    lab.step("two nodes, each with its own address")
    lab.start(*PAIR)
    for name, vip in VIPS.items():
        lab.expect_only_holder(name, vip, ALL, within=30)
    for name in PAIR:
        lab.expect_output(name, "cl_status rscstatus", "^local$", 0, within=20)
    children = p.children()
    p.from_here()

    lab.step("hb_addnode carol on bob: both know her at once, and when she does not come, she is dead and has had nothing")
    lab.run("bob", f"{TOOLS}/hb_addnode carol")
    p.known(ALL)
    for name in PAIR:
        lab.expect_log(name, r"info: hb_add_one_node: Adding new node\[carol\] to configuration\.", within=5)
        lab.expect_output(name, "cl_status nodestatus carol", "^dead$", 1, within=10)
        lab.expect_output(name, "cl_status rscstatus", "^local$", 0)
    lab.run("alice", f"{TOOLS}/hb_addnode carol")
    lab.expect_log("alice", "WARN: Add node carol failed: it is in the list here already; the others were told", within=5)
    p.nothing_moved(1.5)
    lab.check("nothing was started anew", p.children() == children, f"{children}, then {p.children()}")

    lab.step("she comes, and is one of them")
    lab.start("carol")
    p.known(ALL, ALL, status="active")
    p.nothing_moved(1)

    lab.step("alice's cluster process is killed: its successor knows her")
    lab.run("alice", f"kill -9 $({CHILD})")
    lab.expect_log("alice", "Continuing generation", within=5)
    p.known(ALL, ALL, status="active")
    p.nothing_moved(1.5)

    lab.step("the others fail: she takes over, and gives back to whoever returns, who has heard of her by then")
    cut = [lab.power_cut(name) for name in PAIR]
    for vip in VIPS.values():
        lab.expect_only_holder("carol", vip, ALL, within=15)
    lab.check("not before they were dead", all(cut), cut)
    lab.power_on("alice")
    lab.start("alice")
    lab.expect_only_holder("alice", VIPS["alice"], ALL, within=20)
    lab.power_on("bob")
    lab.start("bob")
    lab.expect_only_holder("bob", VIPS["bob"], ALL, within=20)
    p.known(ALL, ALL, status="active")
    for name in ALL:
        lab.expect_no_log(name, "holds it as well|Both machines own")
    p.from_here()

    lab.step("hb_delnode: not while she lives")
    lab.expect_output("alice", f"{TOOLS}/hb_delnode carol", r"\A\Z", 0)     # what comes of it is in the logs, as hb_addnode(1) says
    lab.expect_log("alice", "WARN: deletion failed: node carol is not dead", within=5)
    p.known(ALL)
    p.nothing_moved()
    lab.stop("carol")
    for name in PAIR:
        lab.expect_output(name, "cl_status nodestatus carol", "^dead$", 1, within=10)

    lab.step("nor while bob is away, who could not hear of it")
    lab.stop("bob")
    lab.expect_only_holder("alice", VIPS["bob"], ALL, within=15)
    lab.expect_output("alice", "cl_status nodestatus bob", "^dead$", 1, within=10)
    lab.expect_output("alice", f"{TOOLS}/hb_delnode carol", r"\A\Z", 0)
    lab.expect_log("alice", r"WARN: deletion failed\. We don't have all required nodes alive \(bob is dead\)", within=5)
    lab.expect_no_log("alice", "Removing node")
    p.known(ALL, ("alice",))
    lab.start("bob")
    lab.expect_only_holder("bob", VIPS["bob"], ALL, within=20)
    p.known(ALL)
    for name in PAIR:
        lab.expect_output(name, "cl_status nodestatus carol", "^dead$", 1, within=10)
        lab.expect_output(name, "cl_status rscstatus", "^local$", 0, within=20)

    lab.step("hb_delnode: she is dead, and all others are there")
    p.from_here()
    lab.run("bob", f"{TOOLS}/hb_delnode carol")
    p.known(PAIR)
    for name in PAIR:
        lab.expect_log(name, r"info: Removing node \[carol\] from configuration\.", within=5)
    p.nothing_moved(1)
    lab.start("carol")
    lab.expect_output("carol", "cl_status nodestatus alice", "^active$", 0, within=15)
    p.known(PAIR)
    lab.expect_stays("she takes nothing", lambda: (not lab.watch.holders(VIPS["alice"])[1:] and "carol" not in
                                                   lab.watch.holders(VIPS["bob"]), p.holders()[1]), 3)
    p.nothing_moved()

    lab.step("the node lines of ha.cf: with her again, by a reload on one node after the other")
    for name in PAIR:
        lab.run(name, "echo 'node carol' >> /etc/ha.d/ha.cf")
        lab.expect_output(name, "/etc/init.d/heartbeat reload", r"Done\.")
    p.known(ALL, status="active")
    p.nothing_moved(1)

    lab.step("and without her: whoever lives stays, whatever the file says")
    for name in PAIR:
        lab.run(name, "sed -i '/node carol/d' /etc/ha.d/ha.cf")
        lab.expect_output(name, "/etc/init.d/heartbeat reload", r"Done\.")
        lab.expect_log(name, "WARN: node carol is not in ha.cf any more, but may still hold resources: it stays", within=10)
    p.known(ALL, status="active")
    lab.stop("carol")
    for name in PAIR:
        lab.expect_output(name, "cl_status nodestatus carol", "^dead$", 1, within=10)
    lab.run("alice", f"{TOOLS}/hb_delnode carol")
    p.known(PAIR)
    p.nothing_moved(1)
    for name in PAIR:
        lab.expect_no_log(name, "ERROR: (?!process_status_message: bad node)|CRIT")
