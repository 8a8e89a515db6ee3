# SPDX-License-Identifier: Apache-2.0
"""Groups of several scripts, an operator's own among them, an OCF agent, and hooks of Heartbeat's time."""
import re

from rig.plan import director, host

TITLE = "two groups of several scripts move by stop, failback and power cut; hooks hear of it"
STACKS = ("upbeat",)
HOSTS = [director("alice", "10.77.0.1/24", files=["common/res-groups"]),
         director("bob", "10.77.0.2/24", files=["common/res-groups"]),
         host("client", "10.77.0.50/24")]
PAIR = ("alice", "bob")
ONE, OTHER = "10.77.0.100", "10.77.0.101"


def shop_on(lab, holder):
    for name in PAIR:
        want = name == holder
        lab.expect(f"the shop is {'open' if want else 'shut'} on {name}",
                   lambda name=name, want=want: bool(lab.hosts[name].read("/srv/data/shop")) == want, within=20)


def dummy_on(lab, holder):
    for name in PAIR:
        want = name == holder
        lab.expect(f"the OCF agent {'runs' if want else 'rests'} on {name}",
                   lambda name=name, want=want: lab.hosts[name].run("test -e /run/dummy.state").rc == (0 if want else 1), within=20)


def hooks(lab, name):
    return re.findall(r"^== status (\S+) (\S+) seen by \S+, itself (\S+), in (\S+)", lab.hosts[name].read("/var/log/hooks"), re.M)


def play(lab):
    ours = lab.stack != "debian"
    lab.step("both start")
    lab.start(*PAIR)
    lab.expect_only_holder("alice", ONE, PAIR, within=40)
    shop_on(lab, "alice")
    if ours:
        lab.expect_only_holder("bob", OTHER, PAIR, within=20)
        dummy_on(lab, "bob")
        lab.expect("bob's packets bear the address of its group",
                   lambda: " src 10.77.0.101" in lab.hosts["bob"].run("ip -4 route show 10.77.0.0/24").out, within=20)
    env = lab.hosts["alice"].read("/var/log/shop.env")
    lab.check("the script was called with its arguments", "start red 2" in lab.hosts["alice"].read("/var/log/shop"), env)
    for entry in ("HA_CURHOST=alice", "HA_SITE=north", "HA_deadtime=1", "HA_auto_failback=on", "HA_NICEFAILBACK=yes",
                  "HA_LOGFILE=/var/log/ha-log", "HA_DEBUGLOG=/var/log/ha-debug", "HA_RCDIR=/etc/ha.d/rc.d",
                  "HA_RESOURCEDIR=/etc/ha.d/resource.d", "HA_FIFO=/var/lib/heartbeat/fifo", "OCF_ROOT=/usr/lib/ocf"):
        lab.check(f"its environment has {entry}", entry in env.splitlines(), env)
    lab.expect_log("alice", r"info: shop opens", within=5)

    lab.step("an operator's message")
    lab.run("alice", r"printf '>>>\nt=announce\ntext=hello\n<<<\n' > /var/lib/heartbeat/fifo")
    for name in PAIR:
        lab.expect(f"its hook ran on {name}",
                   lambda name=name: f"alice announces hello on {name}\n" == lab.hosts[name].read("/var/log/announced"), within=10)

    lab.step("alice is stopped")
    lab.stop("alice")
    lab.expect_only_holder("bob", ONE, PAIR, within=15)
    shop_on(lab, "bob")
    lab.check("stopped once, in order", lab.hosts["alice"].read("/var/log/shop") == "start red 2\nstop red 2\n",
              lab.hosts["alice"].read("/var/log/shop"))
    lab.check("nothing is left mounted", " /srv/data " not in lab.hosts["alice"].run("cat /proc/self/mounts").out, "/srv/data")

    lab.step("alice returns, and gets its group back")
    lab.start("alice")
    lab.expect_only_holder("alice", ONE, PAIR, within=40)
    shop_on(lab, "alice")

    lab.step("bob loses power")
    lab.power_cut("bob")
    if ours:
        lab.expect_only_holder("alice", OTHER, ("alice",), within=15)
        lab.expect("the OCF agent runs on alice", lambda: lab.hosts["alice"].run("test -e /run/dummy.state").rc == 0, within=15)
    lab.expect("alice's hook heard of it", lambda: ("bob", "dead") in [h[:2] for h in hooks(lab, "alice")], within=15)
    heard = hooks(lab, "alice")
    lab.check("and of all before, in order", [h[1] for h in heard if h[0] == "bob"][-1] == "dead" and
              {"up", "active"} & {h[1] for h in heard}, heard)
    lab.check("with its own status, in Heartbeat's folder",
              heard[-1][2:] == ("active", "/var/lib/heartbeat/cores/root"), heard[-1])
    last = lab.hosts["alice"].read("/var/log/hooks").rsplit("== ", 1)[1].splitlines()
    for entry in ("HA_t=status", "HA_src=bob", "HA_st=dead", "HA_CURHOST=alice", "HA_SITE=north", "HA_debug=0"):
        lab.check(f"the hook's environment has {entry}", entry in last, last)
    lab.expect_log("alice", r"info: Running /etc/ha\.d//?rc\.d/status status", within=5)
    lab.check("the old hook's mach_down did nothing twice",
              lab.hosts["alice"].read("/var/log/shop").count("start") == 2, lab.hosts["alice"].read("/var/log/shop"))
