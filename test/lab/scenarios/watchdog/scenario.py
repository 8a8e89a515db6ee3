# SPDX-License-Identifier: Apache-2.0
"""The kernel's software watchdog, told to say that it would reset the machine instead of doing it."""
import socket

from common.pair import PAIR, VIP
from rig.plan import director, host

TITLE = "the watchdog would reset the node when hbd cannot run, and only then"
NEEDS = ["softdog"]
STACKS = ("upbeat",)
HOSTS = [director("alice", "10.77.0.1/24"), director("bob", "10.77.0.2/24"), host("client", "10.77.0.50/24")]
MASTER, CHILD = "$(cat /run/heartbeat.pid)", "$(pgrep -f '^heartbeat: cluster process')"
GUARD = "$(pgrep -f '^heartbeat: guard process')"
TIMEOUT = 4      # the whole second above deadtime, as ever


def play(lab):
    def resets():
        return lab.hosts["alice"].run("dmesg").out.count("Triggered - Reboot ignored")

    def quiet(what):
        before = resets()
        lab.expect_stays(what, lambda: (resets() == before, "it was triggered"), seconds=TIMEOUT + 1.5)

    lab.step("both directors start, alice with a watchdog")
    lab.start(*PAIR)
    lab.expect_only_holder("alice", VIP, PAIR, within=30)
    lab.expect_log("alice", rf"info: Using watchdog device: /dev/watchdog, timeout {TIMEOUT} s\.")
    quiet("it is patted")

    lab.step("kill -9 of the child")
    lab.run("alice", f"kill -9 {CHILD}")
    quiet("the next child's signs of life pat it")

    lab.step("a reload with a name that no name server answers for")
    client = lab.hosts["client"]
    with client.inside_net():
        silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind(("10.77.0.50", 53))
    lab.run("alice", "rm -f /etc/resolv.conf; printf 'nameserver 10.77.0.50\\noptions timeout:5 attempts:3\\n' > /etc/resolv.conf")
    lab.run("alice", "echo 'ping gate.example' >> /etc/ha.d/ha.cf")
    lab.expect_output("alice", "/etc/init.d/heartbeat reload", r"Done\.")
    quiet("it is patted all the while")
    silent.settimeout(0)
    lab.check("the name was asked for", b"gate" in silent.recv(512), "")
    lab.expect_only_holder("alice", VIP, PAIR, within=1)
    lab.expect_output("alice", "cl_status nodestatus gate.example", "^(init|dead)$", 1)

    lab.step("another deadtime: another timeout")
    lab.run("alice", "sed -i '/^ping/d; s/^deadtime 3/deadtime 2/; s/^warntime 2/warntime 1/' /etc/ha.d/ha.cf")
    lab.expect_output("alice", "/etc/init.d/heartbeat reload", r"Done\.")
    lab.expect_log("alice", r"info: Using watchdog device: /dev/watchdog, timeout 3 s\.")
    quiet("it is patted")
    silent.close()

    lab.step("SIGSTOP of both processes")
    before = resets()
    lab.run("alice", f"kill -STOP {MASTER} {CHILD}")
    lab.expect_vip("bob", VIP, within=15)
    lab.expect("alice would be reset", lambda: resets() > before, within=20, poll=0.2)
    lab.run("alice", f"kill -CONT {MASTER} {CHILD}")
    lab.expect_only_holder("alice", VIP, PAIR, within=30)

    lab.step("a stop")
    lab.stop("alice")
    lab.expect_only_holder("bob", VIP, PAIR, within=10)
    quiet("nobody pats it, and it sleeps")

    lab.step("kill -9 of the guard and of the parent")
    lab.start("alice")
    lab.expect_only_holder("alice", VIP, PAIR, within=30)
    before = resets()
    lab.run("alice", f"kill -9 {GUARD} {MASTER}")
    lab.expect("alice would be reset, unless heartbeat is started again", lambda: resets() > before, within=20, poll=0.2)
