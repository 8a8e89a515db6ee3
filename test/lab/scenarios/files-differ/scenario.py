# SPDX-License-Identifier: Apache-2.0
"""Files that are not alike on both nodes: each tells of the other, in the log once and in cl_status as long as it is so, and
what scripts read of cl_status stays as it is."""
from common.pair import PAIR, VIP, start_pair
from rig.plan import director, host

TITLE = "haresources and ha.cf that differ: what log and cl_status say of it on both nodes"
LIMIT = 180
STACKS = ("upbeat",)
_FILES = ["common/pair-ping", "common/pair-deadtime-1"]
HOSTS = [director("alice", "10.77.0.1/24", files=_FILES), director("bob", "10.77.0.2/24", files=_FILES),
         host("gate1", "10.77.0.11/24"), host("gate2", "10.77.0.12/24"), host("client", "10.77.0.50/24")]
BOTH = (PAIR, PAIR[::-1])
WARNS = ("listnodes", "listnodes -v", "hbstatus -v", "explain")
SILENT = ("hbstatus", "hbstatus -m", "rscstatus", "rscstatus -m", "nodestatus {}", "nodestatus -m {}")
ETC = "/etc/ha.d"


def play(lab):
    start_pair(lab, within=25)
    lab.step("the files are alike")
    for name, other in BOTH:
        warns(lab, name, other, False)

    lab.step("bob has a group more")
    lab.run("bob", f"cp {ETC}/haresources /root/haresources; echo 'bob IPaddr::10.77.0.101/24/eth0' >> {ETC}/haresources")
    again(lab)
    for name, other in BOTH:
        lab.expect_log(name, f"ERROR: haresources of node {other} differs from this node's: groups will not move as they should")
        warns(lab, name, other)

    lab.step("the files are alike again")
    lab.run("bob", f"cp /root/haresources {ETC}/haresources")
    again(lab)
    for name, other in BOTH:
        warns(lab, name, other, False)

    lab.step("bob pings one gate only: with ipfail it would give way to alice")
    lab.run("bob", f"sed -i '/ping 10.77.0.12/d' {ETC}/ha.cf")
    lab.expect_output("bob", "hbd -r", "Signalling", 0)
    one, two = "10.77.0.11", "10.77.0.11,10.77.0.12"
    for (name, other), (there, here) in zip(BOTH, ((one, two), (two, one))):
        lab.expect_log(name, f"ERROR: ha.cf of node {other} differs from this node's: ping is {there} there, {here} here")
        warns(lab, name, other)
    lab.expect_output("alice", "cl_status --json", '"name": "bob", "type": "normal", "status": "active", "files_differ": true', 0)
    lab.expect_only_holder("alice", VIP, PAIR)


def again(lab):
    """bob starts anew, as other groups want it."""
    lab.stop("bob")
    lab.start("bob")
    for name, other in BOTH:
        lab.expect_output(name, f"cl_status nodestatus {other}", "^active$", 0, within=20)
        lab.expect_output(name, "cl_status rscstatus", "^(all|local|none)$", 0, within=20)


def warns(lab, name, other, expected=True):
    """On standard error, and with the exit code of every day; never in what scripts ask most, with both outputs in one."""
    text = f"^WARNING: haresources or ha.cf of node {other} differs from this node's: " if expected else r"\A\Z"
    for call in WARNS:
        lab.expect_output(name, f"cl_status {call} 2>&1 >/dev/null", text, 0, within=10)
    for call in SILENT:
        done = lab.hosts[name].run(f"cl_status {call.format(other)} 2>&1 >/dev/null")
        lab.check(f"{name}: cl_status {call.format(other)} warns of nothing", (done.rc, done.out) == (0, ""), done.out, detail=True)
