# SPDX-License-Identifier: Apache-2.0
"""use_logd with the real ha_logd of cluster-glue: what goes there and what does not, when it is stopped, dies and returns. The
original plays it, too; of its heartbeats nothing is measured."""
import os
import re
import time

from common.ear import Ear, longest_gap
from rig.plan import director, host

TITLE = "log lines go through ha_logd; while it is stopped, dead or back, nothing is lost and no heartbeat waits"
LOGD = "/usr/lib/heartbeat/ha_logd"
PAIR, VIP = ("alice", "bob"), "10.77.0.100"
HOSTS = [director("alice", "10.77.0.1/24", files=["common/logd"]), director("bob", "10.77.0.2/24", files=["common/logd"]),
         host("client", "10.77.0.50/24")]
SECONDS, APART = 3.0, 0.3
# What a start and a stop of the group say, by whom.
DAEMON = r"^\w+ +\d+ [\d:]+ alice heartbeat: \[\d+\]: info: "
MANAGER = r"^\w+ +\d+ [\d:]+ alice ResourceManager\(default\)\[\d+\]: \[\d+\]: info: Running /etc/ha\.d/resource\.d/speaker +{}$"
SCRIPT = r"^\w+ +\d+ [\d:]+ alice speaker\(default\)\[\d+\]: \[\d+\]: info: speaker {}$"
THERE, HERE, DEBUG = "/var/log/logd-log", "/var/log/ha-log", "/var/log/ha-debug"


def play(lab):
    if not os.path.exists(LOGD):
        return lab.report.line("   left out: it needs apt-get install cluster-glue")
    ear = Ear(lab.hosts["client"])
    alice = lab.hosts["alice"]
    for name in PAIR:
        lab.run(name, f"{LOGD} -d -c /etc/logd.cf")
        lab.expect(f"{name}: ha_logd is there", lambda name=name: lab.hosts[name].run("test -S /var/lib/heartbeat/log_daemon").rc == 0)

    lab.step("both start: all lines are there, none is here")
    lab.start(*PAIR)
    lab.expect_only_holder("alice", VIP, PAIR, within=30)
    lab.expect_log("alice", DAEMON + "Local status now set to: 'active'", THERE)
    for pattern in (MANAGER, SCRIPT):
        lab.expect_log("alice", pattern.format("starts?"), THERE)
    lab.check("the log file has none of them", not re.search("heartbeat: |ResourceManager|speaker", alice.read(HERE)), alice.read(HERE))
    lab.expect_log("alice", "^raw words$", DEBUG)

    lab.step("alice's ha_logd is stopped while the group moves there and back")
    lab.run("alice", "kill -STOP $(cat /run/logd.pid)")
    heard, stalled = moves(lab, ear)
    if lab.stack != "debian":
        for node, address in (("alice", "10.77.0.1"), ("bob", "10.77.0.2")):
            gap = longest_gap(heard.get(address, []), SECONDS)
            lab.expect_time(f"{node}'s heartbeats are never {APART * 1000:.0f} ms apart", gap, APART, *stalled)
    lab.check("the log file has nothing of it", "speaker" not in alice.read(HERE), alice.read(HERE))
    lab.run("alice", "kill -CONT $(cat /run/logd.pid)")
    for verb in ("stops?", "starts?"):
        for pattern in (MANAGER, SCRIPT):
            lab.expect_log("alice", pattern.format(verb), THERE)

    lab.step("alice's ha_logd dies: lines are here")
    lab.run("alice", "kill -9 $(cat /run/logd.pid)")
    moves(lab, ear)
    for verb in ("stop", "start"):
        lab.expect_log("alice", rf"ResourceManager\(default\)\[\d+\]: +info: Running /etc/ha\.d/resource\.d/speaker +{verb}$", HERE)
        lab.expect_log("alice", rf"speaker\(default\)\[\d+\]: +info: speaker {verb}s$", HERE)
    if lab.stack != "debian":
        lab.expect_log("alice", "WARN: ha_logd is gone: until it is back, log lines are written here", HERE)

    lab.step("it is started again: lines are there again")
    lab.run("alice", f"rm -f /run/logd.pid; {LOGD} -d -c /etc/logd.cf")
    lab.expect_log("alice", "logd started", THERE)
    lab.pause_until(time.monotonic() + 2.1)     # conn_logd_time
    moves(lab, ear)
    for verb in ("stops?", "starts?"):
        for pattern in (MANAGER, SCRIPT):
            lab.expect_log("alice", pattern.format(verb), THERE)
    lab.check("and none is here", "speaker" not in alice.read(HERE)[lab.log_marks["alice"].get(HERE, 0):], alice.read(HERE)[-500:])

    lab.step("alice stops while its ha_logd is stopped: nothing is lost")
    lab.run("alice", "kill -STOP $(cat /run/logd.pid)")
    lab.stop("alice")
    lab.run("alice", "kill -CONT $(cat /run/logd.pid)")
    for pattern in (MANAGER, SCRIPT):
        lab.expect_log("alice", pattern.format("stops?"), THERE)
    lab.expect_log("alice", DAEMON + "alice Heartbeat shutdown complete", THERE)
    return None


def moves(lab, ear):
    """To bob and back. What was heard meanwhile, and from when to when."""
    since = lab.now()
    heard = None
    for giver, taker in (PAIR, PAIR[::-1]):
        lab.expect_output(giver, "cl_status rscstatus", "^(all|local)$", within=20)
        lab.hosts[giver].run("/usr/share/heartbeat/hb_standby all")
        lab.expect_only_holder(taker, VIP, PAIR, within=20)
        heard = heard or ear.hear(SECONDS)
    lab.expect_output("alice", "cl_status rscstatus", "^(all|local)$", within=20)
    return heard, (since, lab.now())
