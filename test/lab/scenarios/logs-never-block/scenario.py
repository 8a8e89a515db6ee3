# SPDX-License-Identifier: Apache-2.0
"""A full disk, a FIFO without a reader and a syslog that has stopped: lines are lost and counted, heartbeats are not."""
import re

from common.ear import Ear, longest_gap
from rig.plan import director, host

TITLE = "logs that cannot be written do not delay a heartbeat, at a deadtime of 100 ms"
STACKS = ("upbeat",)
PAIR = ("alice", "bob")
DEADTIME, SECONDS = 0.1, 3.0
_FULL = ("mkdir /small && mount -t tmpfs -o size=64k none /small && "
         "{ dd if=/dev/zero of=/small/fill bs=4k count=100 2>/dev/null; true; }")
# Bound and never read: what fills it makes a send fail or wait.
_STOPPED_SYSLOG = ("rm -f /dev/log; exec python3 -c 'import socket, time; s = socket.socket(socket.AF_UNIX, "
                   "socket.SOCK_DGRAM); s.bind(\"/dev/log\"); time.sleep(600)'")
HOSTS = [director("alice", "10.77.0.1/24", boot=[_FULL]),
         director("bob", "10.77.0.2/24", boot=["mkfifo /var/log/ha-fifo"]),
         host("client", "10.77.0.50/24")]


def play(lab):
    ear = Ear(lab.hosts["client"])
    syslog = lab.hosts["bob"].spawn(_STOPPED_SYSLOG)
    lab.expect("bob's syslog has stopped", lambda: lab.hosts["bob"].run(
        "python3 -c 'import socket; s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.connect(\"/dev/log\")'").rc == 0)
    lab.step("both start, and neither can write what it says")
    lab.start(*PAIR)
    lab.expect("one holds the chatterbox", lambda: bool(holder(lab)), within=20)

    lab.step("the group moves to and fro, with thousands of lines each time")
    for _ in range(8):
        since, mover = lab.now(), holder(lab)
        job = lab.hosts[mover].spawn("/usr/share/heartbeat/hb_standby all") if mover else None
        heard = ear.hear(SECONDS)
        until = lab.now()
        if job:
            job.wait(30)
        # A wish to move is refused while one of them is still at work: then once more.
        moved = mover and lab.settle(lambda: (holder(lab) not in ("", mover), ""), 2)[0]
        longest = {node: longest_gap(heard.get(address, []), SECONDS) for node, address in
                   (("alice", "10.77.0.1"), ("bob", "10.77.0.2"))}
        stalled = lab.yardstick.stalled(since, until)
        if moved and (max(longest.values()) <= DEADTIME or stalled < 0.02):
            break
        lab.say(f"Moved: {'yes' if moved else 'no'}; the machine itself stood still for {stalled * 1000:.0f} ms: once more.")
    for node, gap in longest.items():
        lab.expect_time(f"{node}'s heartbeats are never {DEADTIME * 1000:.0f} ms apart", gap, DEADTIME, since, until)
    lab.check("the group has moved", moved, f"from {mover} to {holder(lab)}")

    lab.step("there is room again, and somebody reads")
    lab.run("alice", "rm /small/fill")
    reader = lab.hosts["bob"].spawn("exec cat /var/log/ha-fifo > /var/log/ha-read")
    for node, log in (("alice", "/small/ha-log"), ("bob", "/var/log/ha-read")):
        def told(node=node, log=log):
            lab.hosts[node].run("kill -USR1 $(cat /run/heartbeat.pid); kill -USR2 $(cat /run/heartbeat.pid)")
            lost = re.findall(r"(\d+) log lines could not be written and are lost", lab.hosts[node].read(log))
            return lost and int(lost[0]) > 10, lost
        lab.expect(f"{node} says how many lines are lost", told, within=10, poll=0.2)
    reader.kill()
    syslog.kill()


def holder(lab):
    return next((n for n in PAIR if lab.hosts[n].read("/run/chatter") == "on\n"), "")
