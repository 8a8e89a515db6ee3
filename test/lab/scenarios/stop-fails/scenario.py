# SPDX-License-Identifier: Apache-2.0
"""A script that does not do what it says, with the real daemons: a start that succeeds and nothing runs, a status that says
nothing, a stop that fails and the reboot that follows. The reboot is a command of ours, so that the machine stays; the
original always calls /sbin/reboot, which is one of ours, too. Its play is shorter: it never notices a start that lies."""
import os

from common.pair import PAIR, VIP, hosts

TITLE = "scripts whose starts lie, whose stops fail, and whose status says nothing"
HOSTS = hosts("common/pair-deadtime-1")
LIMIT = 180
ETC = "/etc/ha.d"
# What it does is in /run/sticky.*: lies, sticks, quiet.
SCRIPT = """#!/bin/sh
for verb; do :; done
case $verb in
  start) [ -e /run/sticky.lies ] || : > /run/sticky ;;
  stop) [ ! -e /run/sticky.sticks ] || exit 1; rm -f /run/sticky ;;
  status)
    if [ -e /run/sticky.quiet ]; then echo 'ERROR:  Generic error'; exit 1; fi
    if [ -e /run/sticky ]; then echo running; else echo stopped; fi ;;
esac
"""


def play(lab):
    def write(name, path, text, mode=0o644):
        real = f"/proc/{lab.hosts[name].pid}/root{path}"
        os.makedirs(os.path.dirname(real), exist_ok=True)
        if os.path.islink(real):     # seen from here it leads to a file of this machine
            os.unlink(real)
        with open(real, "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(real, mode)

    ha_cf = lab.hosts["alice"].read(f"{ETC}/ha.cf")
    for name in PAIR:
        write(name, f"{ETC}/ha.cf", ha_cf + "env STOPRETRYMAX=2 REBOOT=/usr/local/bin/reboots\n")
        write(name, f"{ETC}/haresources", f"alice IPaddr::{VIP}/24/eth0 sticky\n")
        write(name, f"{ETC}/resource.d/sticky", SCRIPT, 0o755)
        for program in ("/usr/local/bin/reboots", "/usr/sbin/reboot"):
            write(name, program, "#!/bin/sh\necho once more >> /run/reboots\n", 0o755)
    if lab.stack == "debian":
        return original(lab)

    lab.step("a start on alice succeeds, and nothing runs")
    lab.run("alice", "touch /run/sticky.lies")
    lab.start(*PAIR)
    lab.expect_log("alice", r"ERROR: /etc/ha\.d/resource\.d/sticky start succeeded, and yet its status says that it does not run", within=30)
    lab.expect_log("alice", r"CRIT: Giving up resources due to failure of sticky")
    lab.expect_only_holder("bob", VIP, PAIR, within=10)
    lab.expect_output("bob", "cl_status rscstatus", "^all$", within=20)
    lab.expect_output("alice", "cl_status rscstatus", "^none$", within=20)

    lab.step("it runs there, though its status says nothing that counts: told, and held")
    lab.run("alice", "rm /run/sticky.lies; touch /run/sticky.quiet")
    lab.stop("alice")
    lab.start("alice")
    lab.expect_only_holder("alice", VIP, PAIR, within=20)
    lab.expect_output("alice", "cl_status rscstatus", "^(all|local)$", within=20)
    lab.expect_log("alice", r"WARN: /etc/ha\.d/resource\.d/sticky is started; whether it runs is not known", within=10)
    lab.expect_output("alice", "cl_status explain", r"their status does not say whether they run: sticky", within=10)

    lab.step("its stop fails, and its status says nothing: it may run, so nobody else takes the group")
    lab.run("alice", "touch /run/sticky.sticks")
    lab.run("alice", "/usr/share/heartbeat/hb_standby all")
    lab.expect_log("alice", r"WARN: \[sticky\] could not be stopped\. If 2 more attempts fail", within=10)
    lab.expect_log("alice", r"ERROR: Every stop of \[sticky\] failed, and its status says neither", within=20)
    lab.expect_log("alice", r"CRIT: Resource STOP failure\. Reboot required!")
    lab.expect_log("alice", r"CRIT: Rebooting this machine: sticky can not be stopped", within=10)
    lab.expect("the command of ha.cf is run instead of a reboot", lambda: (
        "once more" in lab.hosts["alice"].run("cat /run/reboots").out, lab.hosts["alice"].run("cat /run/reboots").out), within=10)
    lab.expect_stays("alice has the address, and nobody else", lambda: (
        lab.watch.holders(VIP) == ["alice"], lab.watch.holders(VIP)), seconds=5)

    lab.step("its status says that it runs: the same, again and again")
    lab.run("alice", "rm /run/sticky.quiet")
    lab.expect_log("alice", r"CRIT: Resource STOP failure\. Reboot required!", within=20)
    lab.expect("the command is run once more", lambda: (
        lab.hosts["alice"].run("cat /run/reboots").out.count("once more") >= 2, lab.hosts["alice"].run("cat /run/reboots").out), within=10)

    lab.step("its status says that it has stopped, though its stops still fail: that is believed, and the rest of the group is stopped")
    lab.run("alice", "rm /run/sticky")
    lab.expect_log("alice", r"ERROR: Resource script for sticky probably not LSB-compliant", within=30)
    lab.expect_log("alice", r"info: Running /etc/ha\.d/resource\.d/IPaddr \S+ stop", within=10)

    lab.step("a node that must not reset itself, and a device that can (cluster-glue's null): the other node has it reset")
    for name in PAIR:
        lab.power_cut(name)
        lab.power_on(name)
        write(name, f"{ETC}/ha.cf", ha_cf + "env STOPRETRYMAX=2 REBOOT=no\nstonith_host * null alice bob\n")
        lab.run(name, "rm -f /run/sticky*")
    lab.start(*PAIR)
    lab.expect_only_holder("alice", VIP, PAIR, within=40)
    lab.expect_output("alice", "cl_status rscstatus", "^(all|local)$", within=40)
    lab.run("alice", "touch /run/sticky.sticks")
    lab.run("alice", "/usr/share/heartbeat/hb_standby all")
    lab.expect_log("alice", r"CRIT: This node can not let go of what it holds, and does not reset itself", within=20)
    lab.expect_log("bob", r"CRIT: Node alice can not let go of what it holds, and asks to be reset", within=10)
    lab.expect_log("bob", r"info: Resetting node alice with \[null\]", within=10)
    lab.power_cut("alice")  # the null device only says so
    lab.expect_log("bob", r"info: node alice now reset\.", within=20)
    lab.expect_only_holder("bob", VIP, PAIR, within=20)


def original(lab):
    lab.step("both originals start; the stop of a script on alice fails, and its status says nothing")
    lab.start(*PAIR)
    lab.expect_only_holder("alice", VIP, PAIR, within=60)
    lab.expect_output("alice", "cl_status rscstatus", "^(all|local)$", within=60)
    lab.run("alice", "touch /run/sticky.sticks /run/sticky.quiet")
    lab.run("alice", "/usr/share/heartbeat/hb_standby all")
    lab.expect_log("alice", r"Retrying failed stop operation \[sticky\]", within=20)
    lab.expect_log("alice", r"Machine reboot narrowly avoided!", within=30)
    lab.expect("what was not stopped runs on both nodes", lambda: all(
        lab.hosts[name].run("ls /run/sticky").rc == 0 for name in PAIR), within=30)

    lab.step("the status of another that does not stop says that it runs: the original kills itself and reboots")
    lab.expect_only_holder("bob", VIP, PAIR, within=30)
    lab.expect_output("bob", "cl_status rscstatus", "^all$", within=60)
    lab.run("bob", "touch /run/sticky.sticks")
    lab.run("bob", "/usr/share/heartbeat/hb_standby all")
    lab.expect_log("bob", r"CRIT: Resource STOP failure\. Reboot required!", within=30)
    lab.expect_log("bob", r"CRIT: Killing heartbeat ungracefully!", within=10)
    lab.expect("it calls /sbin/reboot", lambda: "once more" in lab.hosts["bob"].run("cat /run/reboots").out, within=10)
