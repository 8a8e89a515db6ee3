# SPDX-License-Identifier: Apache-2.0
"""A full disk, a FIFO without a reader and a syslog that has stopped: lines are lost and counted, heartbeats are not."""
import re
import socket
import time

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


class Ear:
    """Hears what both send to everybody."""

    def __init__(self, listener):
        with listener.inside_net():
            self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        # Stamped by the kernel when they arrive: our own lateness is not the sender's.
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_TIMESTAMPNS if hasattr(socket, "SO_TIMESTAMPNS") else 35, 1)
        self.sock.bind(("", 694))

    def hear(self, seconds):
        """{sender: [when each of its heartbeats arrived, in seconds]}"""
        heard, until = {}, time.monotonic() + seconds
        self.sock.setblocking(True)
        while time.monotonic() < until:
            self.sock.settimeout(max(0.001, until - time.monotonic()))
            try:
                data, extra, _, sender = self.sock.recvmsg(65536, 256)
            except TimeoutError:
                break
            if b"t=status" not in data:
                continue
            stamp = next(e[2] for e in extra)
            when = int.from_bytes(stamp[:8], "little") + int.from_bytes(stamp[8:16], "little") / 1e9
            heard.setdefault(sender[0], []).append(when)
        return heard


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
        longest = {node: longest_gap(heard.get(address, [])) for node, address in
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


def longest_gap(times):
    return max((b - a for a, b in zip(times, times[1:])), default=SECONDS) if len(times) > 2 else SECONDS
