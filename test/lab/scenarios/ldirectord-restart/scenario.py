# SPDX-License-Identifier: Apache-2.0
"""Restarts, reloads, an upgrade and a death of ldirectord while a client never stops asking and another one keeps its connection, and
files that are refused. All commands to the kernel's table are heard: what is right is not touched."""
import os
import re

from rig.plan import director, host
from rig.tap import TableTap

TITLE = "ldirectord restarts, reloads, is upgraded and dies under a client's eyes: not one request is lost, no entry is touched"
NEEDS = ["ip_vs"]
STACKS = ("upbeat",)
VIP = "172.16.0.100"
CONFIG, PID = "/etc/ha.d/ldirectord.cf", "/run/ldirectord.ldirectord.pid"
HOSTS = [director("dir", links={"eth0": ("lan", ["10.9.9.1/24"]), "eth1": ("out", ["172.16.0.1/24", f"{VIP}/24"])},
                  boot=["sysctl -qw net.ipv4.ip_forward=1"]),
         host("r1", "10.9.9.2/24", gateway="10.9.9.1"), host("r2", "10.9.9.3/24", gateway="10.9.9.1"),
         host("client", links={"eth0": ("out", ["172.16.0.2/24"])}, gateway="172.16.0.1")]
WEB = f"""
-A -t {VIP}:80 -s wrr
-a -t {VIP}:80 -r 10.9.9.2:80 -m -w 1
-a -t {VIP}:80 -r 10.9.9.3:80 -m -w 1
-A -t {VIP}:82 -s wrr
-a -t {VIP}:82 -r 10.9.9.2:82 -m -w 1
-a -t {VIP}:82 -r 10.9.9.3:82 -m -w 1
"""
SECOND = f"-A -t {VIP}:81 -s wrr\n-a -t {VIP}:81 -r 10.9.9.2:80 -m -w 1\n"
# As dpkg does it: the new program takes the old one's name, then the package's own script has its say.
POSTINST = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../../debian/upbeat-ldirectord.postinst")
UPGRADE = ["cp -p /usr/sbin/ldirectord /usr/sbin/ldirectord.dpkg-new", "mv /usr/sbin/ldirectord.dpkg-new /usr/sbin/ldirectord",
           "sh /root/postinst configure 0.1"]
# What goes wrong in the file: its line, and what is said about it.
BROKEN = [("quiesient=yes", r':1:1: error: Unknown command "quiesient": did you mean "quiescent"'),
          ('logfile="/nowhere/ldirectord.log"', r":1:10: error: unable to open logfile: /nowhere/ldirectord.log")]


def play(lab):
    box = lab.hosts["dir"]
    lab.serve("r1", 80, "hello 1")
    lab.serve("r2", 80, "hello 2")
    for real in ("r1", "r2"):
        lab.serve(real, 82, behaviour="echo")
    with TableTap(box) as tap:
        under_the_tap(lab, box, tap)


def under_the_tap(lab, box, tap):
    lab.run("dir", "ldirectord start")
    lab.expect_table("dir", WEB + SECOND)
    heard = tap.changes()
    lab.check("every command of the start was heard", sorted((command, service, server) for _, command, service, server in heard) ==
              sorted([("new service", f"{VIP}:{port}", "") for port in (80, 81, 82)] + [
                  ("new server", f"{VIP}:{port}", f"10.9.9.{real}:{80 if port == 81 else port}")
                  for port, real in ((80, 2), (80, 3), (81, 2), (82, 2), (82, 3))]), heard)
    stream = lab.probe("client", "stream", VIP, port=82, rate=25)
    lab.expect_traffic(stream)
    moment = lab.now()

    def counted():
        listing = box.run(f"ipvsadm -Ln --stats -t {VIP}:80").out
        return sum(int(conns) for conns in re.findall(r"^TCP +\S+ +(\d+)", listing, re.M))

    def under_load(what, *commands, wanted=()):
        mark = lab.step(what)
        probe = lab.probe("client", "http", VIP, rate=100)
        lab.expect_traffic(probe)
        before = counted()
        for command in commands:
            lab.run("dir", command)
        lab.wait_answers(probe, 1.5)
        # The kernel sums them up every two seconds only.
        after = counted()
        lab.check("no counter was reset", after >= before, f"{before}, then {after} connections")
        lab.expect("the kernel's counters go on", lambda: (counted() > before, f"{counted()} after {before}"), within=10)
        found = lab.end_probe(probe)
        lab.check("not one request fails", found.failed() == 0, f"{found.failed()} of {found.sent}")
        lab.expect_table("dir", WEB + ("" if "without" in what else SECOND))
        heard = [change[1:] for change in tap.changes(since=mark)]
        lab.check("the kernel was told of what has left the file, of nothing else" if wanted else "the kernel was told nothing",
                  heard == list(wanted), heard)

    under_load("ldirectord restart", "ldirectord restart")
    under_load("three reloads", *["ldirectord reload"] * 3)
    with open(POSTINST, encoding="utf-8") as script:
        box.run("cat > /root/postinst", stdin=script.read())
    before = box.read(PID).strip()
    under_load("an upgrade", *UPGRADE)
    lab.check("another process serves, with the new program", box.read(PID).strip() != before and
              "deleted" not in box.run(f"ls -l /proc/$(cat {PID})/exe").out, box.run(f"ls -l /proc/$(cat {PID})/exe").out)
    under_load("kill -9, then start", f"kill -9 $(cat {PID})", "ldirectord status", "ldirectord start")
    under_load("a restart without the second service", f"sed -i '/:81$/,$d' {CONFIG}", "ldirectord restart",
               wanted=[("delete service", f"{VIP}:81", "")])

    lab.step("the client that kept its connection through all of it")
    found = lab.end_probe(stream)
    lab.check("it is the same connection, and every number came back in its turn", not found.broken and found.failed() == 0 and
              len(found.answers) > 100, f"{found.broken or 'never broken'}; {len(found.answers)} of {found.sent}")
    gap = lab.expect_gap("it never waited for longer than 500 ms", found, 0.5, since=moment)
    stood = found.stalled(found.started, found.ended)
    # A machine that stands still makes TCP impatient; nothing was lost all the same.
    lab.check("not a packet had to be sent again", found.retransmitted == 0 or stood > 0.2,
              f"{found.retransmitted} were, the probe stood still for {stood:.1f} s")
    lab.report.row("one connection through all restarts and reloads", f"{gap:.0f} ms gap", f"{len(found.answers)} numbers")
    lab.check("every command was heard", tap.missed() == 0, "")

    lab.step("a broken file")
    pid, good = box.read(PID), box.read(CONFIG)
    began = lab.now()
    for line, words in BROKEN:
        box.run(f"cat > {CONFIG}", stdin=f"{line}\n" + "".join(
            kept + "\n" for kept in good.splitlines() if not kept.startswith(line.split("=")[0])))
        for verb in ("start", "restart", "reload"):
            lab.expect_output("dir", f"ldirectord {verb}", words, rc=2)
        lab.expect_output("dir", "ldirectord status", f"is running with pid: {pid.strip()}$", rc=0)
    lab.check("the daemon is the same", box.read(PID) == pid, pid.strip())
    lab.check("the kernel was told nothing", not tap.changes(since=began), tap.changes(since=began))
    lab.expect_table("dir", WEB)
    lab.expect_output("dir", "ldirectord stop", "", rc=0)
    lab.expect_table("dir", "")
