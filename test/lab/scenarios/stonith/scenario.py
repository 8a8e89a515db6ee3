# SPDX-License-Identifier: Apache-2.0
"""cluster-glue's stonith in the hands of both daemons: its null device, and a power switch of the lab (external/lab) that takes
its time, fails, and works. What the dead node had is taken once it is off, and not before."""
import re

from common.pair import PAIR, VIP, hosts

TITLE = "a takeover waits for the reset of who is dead; without one nothing is taken"
LIMIT = 200
HOSTS = hosts("common/pair-stonith")
SWITCH = "/var/log/power-switch"
LOG = "/var/log/ha-log"


def play(lab):
    null_device(lab)
    for name in PAIR:
        lab.power_cut(name)
        lab.power_on(name)
        lab.run(name, "mkfifo /run/power; sed -i 's|^stonith_host .*|stonith_host * external/lab alice,bob /run/power|' /etc/ha.d/ha.cf")
    start(lab, "both start again, with a power switch")
    switch(lab)
    back_in_time(lab)


def start(lab, title):
    lab.step(title)
    lab.start(*PAIR)
    lab.expect_only_holder("alice", VIP, PAIR, within=40)
    for name in PAIR:       # who has never been heard does not die
        lab.expect_output(name, f"cl_status nodestatus {PAIR[1 - PAIR.index(name)]}", "^active$", 0, within=30)
        lab.expect_output(name, "cl_status rscstatus", "^(local|none)$", 0, within=40)


def null_device(lab):
    start(lab, "both start; their device is stonith's null")
    lab.step("alice loses power")
    lab.power_cut("alice")
    lab.expect_vip("bob", VIP, within=20)
    text = since(lab, "bob")
    good = in_order(text, "node alice: is dead", "Resetting node alice with", "node alice now reset",
                    "Acquiring resource group: alice|IPaddr.* start")
    lab.check("bob has her reset before he takes anything over", good, "" if good else text)


def switch(lab):
    lab.step("alice is cut off, and goes on holding; the switch takes its time")
    lab.cut("alice")
    asked(lab, 1)
    stays(lab, "bob takes nothing meanwhile", 4)

    lab.step("the switch says that it could not")
    answer(lab, 1)
    lab.expect_log("bob", r"STONITH of alice failed\.  Retrying\.\.\.")
    lab.expect_log("bob", "Nothing of node alice is taken over before it is reset; attempts that failed: 1",
                   original="it says no more")
    asked(lab, 2, within=20)
    stays(lab, "and bob takes nothing", 2)

    lab.step("the second time it works: alice is off")
    lab.power_cut("alice")
    lab.check("until now bob did not have it", not lab.watch.holds("bob", VIP))
    answer(lab, 0)
    lab.expect_log("bob", r"node alice now reset\.")
    lab.expect_vip("bob", VIP, within=10)

    lab.step("alice boots and has her group back")
    lab.heal("alice")
    lab.power_on("alice")
    lab.run("alice", "mkfifo /run/power")
    lab.start("alice")
    lab.expect_only_holder("alice", VIP, PAIR, within=40)
    for name in PAIR:
        lab.expect_output(name, "cl_status rscstatus", "^(local|none)$", 0, within=40)


def back_in_time(lab):
    lab.step("alice is cut off again, and back before the switch has answered; it fails")
    before = len(lab.hosts["bob"].read(SWITCH).splitlines())
    lab.cut("alice")
    asked(lab, 1, before=before)
    lab.heal("alice")
    lab.expect_log("bob", "Cluster node alice returning after partition", within=10)
    answer(lab, 1)
    stays(lab, "alice keeps what she has, bob takes nothing", 7, original="it is reset whatever it says")
    lab.check("and the switch was asked once", len(lab.hosts["bob"].read(SWITCH).splitlines()) == before + 2,
              lab.hosts["bob"].read(SWITCH), original="it is asked until it works")


def asked(lab, times, within=15, before=0):
    def look():
        lines = lab.hosts["bob"].read(SWITCH).splitlines()[before:]
        return [line for line in lines if ":" not in line] == ["reset alice"] * times, lines
    lab.expect(f"bob's switch is asked to reset alice ({times})", look, within=within)


def answer(lab, code):
    lab.run("bob", f"echo {code} > /run/power")


def stays(lab, what, seconds, **kwargs):
    lab.expect_stays(what, lambda: (lab.watch.holders(VIP) == ["alice"], lab.watch.holders(VIP)), seconds, **kwargs)


def since(lab, name):
    return lab.hosts[name].read(LOG)[lab.log_marks.get(name, {}).get(LOG, 0):]


def in_order(text, *patterns):
    at = 0
    for pattern in patterns:
        found = re.compile(pattern).search(text, at)
        if not found:
            return False
        at = found.end()
    return True
