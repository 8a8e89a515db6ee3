# SPDX-License-Identifier: Apache-2.0
"""Directives of ha.cf that nothing else shows at work: alice has one value, bob the other or none."""
import re
import socket
import time

from rig.plan import director, host

TITLE = "directives of ha.cf do what they say: logs, processes, memory, packets, clients"
STACKS = ("upbeat",)
HOSTS = [director("alice", "10.77.0.1/24", files=["common/directives"]),
         director("bob", "10.77.0.2/24", files=["common/directives"]),
         director("carol", "10.77.0.3/24", files=["common/pair-deadtime-1"], stack="debian"),
         host("client", "10.77.0.50/24")]
PAIR = ("alice", "bob")
MASTER, CHILD = "tr -d ' ' < /run/heartbeat.pid", "pgrep -f '^heartbeat: cluster process'"
LOG = "/var/log/ha-log"


class Ear:
    """Packets that both send to everybody."""

    def __init__(self, listener):
        with listener.inside_net():
            self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.sock.bind(("", 694))

    def next_from(self, address, pattern, seconds=10):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.sock.settimeout(max(0.01, until - time.monotonic()))
            try:
                data, sender = self.sock.recvfrom(65536)
            except TimeoutError:
                break
            if sender[0] == address and re.search(pattern, data, re.S):
                return data
        return b""


def field(packet, name):
    found = re.search(rb"\(0\)" + name.encode() + rb"=([^,]*),", packet)
    return found.group(1).decode() if found else ""


def play(lab):
    alice, bob = lab.hosts["alice"], lab.hosts["bob"]
    ear = Ear(lab.hosts["client"])

    lab.step("autojoin is refused beside haresources, by the original and by us")
    lab.run("carol", "sed -i '1i autojoin any' /etc/ha.d/ha.cf")
    lab.run("carol", "sed -i 's/^node alice/node carol/' /etc/ha.d/ha.cf /etc/ha.d/haresources; sed -i 's/^alice/carol/' /etc/ha.d/haresources")
    said = lab.run("carol", "/usr/libexec/heartbeat/heartbeat 2> /dev/null")
    lab.check("the original ends with 6", said.rc == 6, f"exit {said.rc}")
    lab.expect_log("carol", "R1 style resource management conflicts with  autojoin set")
    lab.run("alice", "mkdir /tmp/t && cp -a /etc/ha.d/. /tmp/t && sed -i '1i autojoin any' /tmp/t/ha.cf")
    said = lab.run("alice", "cp /tmp/t/ha.cf /etc/ha.d/ha.cf; /usr/libexec/heartbeat/heartbeat; rc=$?; "
                            "sed -i 1d /etc/ha.d/ha.cf; exit $rc")
    lab.check("so do we", said.rc == 6 and "R1 style resource management conflicts with  autojoin set" in said.out, said.out)

    lab.step("uuidfrom nodename: the original's uuid of a name is ours, too (identity_test)")
    lab.run("carol", "sed -i 's/^autojoin any/uuidfrom nodename/' /etc/ha.d/ha.cf")
    lab.start("carol")
    seen = ear.next_from("10.77.0.3", rb"srcuuid=")
    lab.check("carol's", bytes.fromhex("70b4945004cd40ef29d8e78c639476ee") in seen, seen)
    lab.stop("carol")

    lab.step("both start")
    lab.run("alice", f": > {LOG}")
    lab.start(*PAIR)
    for name in PAIR:
        lab.expect(f"{name} has its group", lambda n=name: lab.hosts[n].run(f"test -e /run/notes.{n}s").rc == 0, within=30)
        lab.expect_output(name, "cl_status nodestatus 10.77.0.50", "^ping$", 0, within=15)

    lab.step("logs: syslogmsgfmt, debug, use_logd")
    lines = [line for line in alice.read(LOG).splitlines() if " info: " in line and "heartbeat[" in line]
    lab.check("syslogmsgfmt off: lines in the other form", lines and
              all(re.match(r"heartbeat\[\d+\]: \d{4}/\d\d/\d\d_\d\d:\d\d:\d\d info: ", line) for line in lines), "")
    lab.check("debug 1: the debugfile has debug lines, the log file none",
              re.search(r"\]: \S+ debug: ", alice.read("/var/log/ha-debug")) and " debug: " not in alice.read(LOG),
              "" if " debug: " in alice.read("/var/log/ha-debug") else alice.read("/var/log/ha-debug")[-500:])
    lab.check("and what a script prints", "a word on stderr" in alice.read("/var/log/ha-debug"), "")
    lab.expect("use_logd alone: bob's lines go to syslog", lambda: re.search(
        r"heartbeat.*Local status now set to: 'active'", bob.read("/var/log/syslog")), within=5)
    lab.check("as they always looked there", not bob.read(LOG) and re.search(
        r"heartbeat: \[\d+\]: info: |heartbeat\[\d+\]: \[\d+\]: info: |\[\d+\]: info: ", bob.read("/var/log/syslog")), "")
    lab.expect_output("alice", "cl_status hbparameter -p conn_logd_time", "^7$", 0)

    lab.step("what scripts get: env, debug, use_logd, each recorded directive")
    for name, wanted in (("alice", ("HA_SITE=north", "HA_LOGD=no", "HA_debug=1", "HA_conn_logd_time=7", "HA_deadping=1",
                                    "HA_rtprio=7", "HA_compression=bz2", "HA_keepalive=200ms")),
                         ("bob", ("HA_LOGD=yes", "HA_debug=0", "HA_realtime=off", "HA_use_logd=yes"))):
        got = lab.hosts[name].read("/var/log/notes.env").splitlines()
        for entry in wanted:
            lab.check(f"{name}: {entry}", entry in got, "" if entry in got else [g for g in got if g.startswith("HA_")])
    lab.check("bob: no HA_SITE", "HA_SITE" not in bob.read("/var/log/notes.env"), "")

    lab.step("processes: realtime, rtprio, memreserve, coredumps, coreroot")
    allowed = alice.run("chrt -r 7 true").rc == 0
    seen = alice.run(f"ps -o cls=,rtprio= -p $({CHILD}),$({MASTER})").out
    if allowed:
        lab.check("rtprio 7: both of alice's run at it", len(re.findall(r"RR\s+7", seen)) == 2, seen)
    else:
        lab.expect_log("alice", r"Request to set pid \d+ to realtime ignored", anywhen=True)
    seen = bob.run(f"ps -o cls=,rtprio= -p $({CHILD}),$({MASTER})").out
    lab.check("realtime off: bob's are as all others", re.findall("RR|FF", seen) == [], seen)

    def resident(box):
        found = re.search(r"VmRSS:\s+(\d+)", box.run(f"cat /proc/$({CHILD})/status").out)
        return int(found.group(1)) if found else 0
    lab.check("memreserve: so much more is resident, with realtime only", resident(alice) > 30000 > resident(bob) > 0,
              f"{resident(alice)} and {resident(bob)} kB")
    for name, core in (("alice", "0 +0"), ("bob", r"(unlimited|[1-9]\d*) +\w+")):
        for which in (MASTER, CHILD):
            lab.expect_output(name, f"grep core /proc/$({which})/limits", rf"Max core file size +{core} ")
    lab.expect_output("bob", f"readlink /proc/$({MASTER})/cwd /proc/$({CHILD})/cwd",
                      r"^/srv/cores/root\n/srv/cores/(hacluster|nobody)$")

    lab.step("a core is left where it is said to be, or none")
    if "|" not in open("/proc/sys/kernel/core_pattern", encoding="ascii").read():
        lab.run("bob", f"kill -SEGV $({CHILD})")
        lab.expect_output("bob", "ls /srv/cores/*", "core", within=10)
        lab.run("alice", f"kill -SEGV $({CHILD})")
        lab.expect_log("alice", "cluster process .* was killed by signal 11")
        lab.expect_output("alice", "find /var/lib/heartbeat/cores -name 'core*' -type f", "^$", 0)

    lab.step("the node's identity: uuidfrom, hbgenmethod")
    one = alice.run("cl_status --json | grep -i uuid || true").out
    lab.check("uuidfrom nodename: no file keeps it", alice.run("test -e /var/lib/heartbeat/hb_uuid").rc != 0 and
              bob.run("test -s /var/lib/heartbeat/hb_uuid").rc == 0, one)
    packet = ear.next_from("10.77.0.2", rb"t=status")
    lab.check("hbgenmethod time: the generation is a time", abs(int(field(packet, "hg") or "0", 16) - time.time()) < 600, field(packet, "hg"))

    lab.step("packets: hopfudge, compression")
    lab.check("hopfudge: so many more than there are nodes, the ping node too", field(ear.next_from("10.77.0.1", rb"t=status"), "ttl") == "8" and
              field(packet, "ttl") == "4", "")
    words = "".join(f"w{n}={'hello ' * 60}\\n" for n in range(8))
    for name, address, compressed in (("alice", "10.77.0.1", True), ("bob", "10.77.0.2", False)):
        lab.run(name, f"printf '>>>\\nt=novel\\n{words}<<<\\n' > /var/lib/heartbeat/fifo")
        seen = ear.next_from(address, rb"_compressed_payload=" if compressed else rb"t=novel")
        lab.check(f"{name}: a long message is sent {'compressed' if compressed else 'as it is'}",
                  len(seen) > 0 and (len(seen) < 1500 and b"_compression_algorithm=bz2" in seen if compressed else len(seen) > 2500),
                  f"{len(seen)} bytes {seen[:80]}")

    lab.step("log_badpack: a packet of strangers is told by bob, not by alice")
    ear.sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    ear.sock.sendto(b"nonsense" * 10, ("10.77.0.255", 694))
    lab.expect_log("bob", "Packet from 10.77.0.50 on eth0 ignored", file="/var/log/syslog")
    lab.expect("alice counts it", lambda: '"ignored_packets": 0' not in alice.run("cl_status --json").out, within=5, poll=0.3)
    lab.expect_no_log("alice", "10.77.0.50 on eth0 ignored")

    lab.step("clients: exit 100, failfast")
    lab.expect_output("alice", "cat /tmp/leaves", "^hacluster north$")
    lab.run("alice", "touch /run/fail")
    lab.expect_log("alice", "CRIT: Client /usr/local/bin/fails failed: rebooting the system, as failfast asks")
    lab.expect("the reboot that env names is run", lambda: bool(alice.read("/var/log/reboots")), within=10)
    lab.check("a program that ended with 100 was started once", alice.run("cat /tmp/leaves").out.count("hacluster") == 1, "")

    lab.step("deadping: the ping host is silent")
    began = lab.power_cut("client")
    lab.expect_log("alice", r"WARN: node 10\.77\.0\.50: is dead", within=4)
    soon = lab.now() - began
    lab.expect_log("bob", r"WARN: node 10\.77\.0\.50: is dead", file="/var/log/syslog", within=15)
    late = lab.now() - began
    lab.check("alice after deadping 1, bob after its deadtime 4", soon < 2.5 * lab.slow and late > 3.5, f"{soon:.1f} and {late:.1f} s")
    for name in PAIR:
        lab.expect_output(name, "cl_status nodestatus " + ("bob" if name == "alice" else "alice"), "^active$", 0)

    lab.step("both are stopped")
    lab.stop("alice", "bob")
    lab.check("both stopped", all(lab.hosts[n].run(f"test -e /run/notes.{n}s").rc for n in PAIR), "")
