# SPDX-License-Identifier: Apache-2.0
"""The two younger tunnels of IPVS, which the original does not know: gue (UDP, with and without checksums) and gre.

What stands in the kernel's table is read back by ipvsadm, and what a real server gets is looked at as it comes off its wire, bit by
bit. Where a kernel cannot unwrap one of them (modules fou and ip_gre), the table alone is shown, and told so. What is said of
a kernel that knows neither (before Linux 5.3) is shown in test/unit/ldir/ipvs/tunnel_guard_test.cc: there is none of them here.
"""
import re
import socket
import struct
import threading

from rig import features
from rig.plan import director, host
from rig.tap import TableTap

TITLE = "LVS-TUN by gue and gre: the right entries, the right packets, drift is mended, a restart changes nothing"
NEEDS = ["ip_vs", "ipip"]
STACKS = ("upbeat",)
LIMIT = 200
VIP = "172.16.60.111"
CONFIG, LOG = "/etc/ha.d/ldirectord.cf", "/var/log/ldirectord.log"


def _real(name, last):
    return host(name, links={"eth0": ("far", [f"10.9.0.{last}/24"])}, gateway="10.9.0.1", stack="upbeat")


HOSTS = [director("dir", "172.16.60.206/24", f"{VIP}/32", gateway="172.16.60.1"),
         _real("rs-gue", 11), _real("rs-gre", 12), _real("rs-gre-csum", 13),
         host("router", "172.16.60.1/24", links={"eth1": ("far", ["10.9.0.1/24"])}, boot=["echo 1 > /proc/sys/net/ipv4/ip_forward"]),
         host("client", "172.16.60.50/24", gateway="172.16.60.1")]
# What a real server does to unwrap: an administrator's one or two lines, then our script holds the VIP.
# A device of gre takes packets with a checksum or those without, as it was made.
UNWRAP = {"rs-gue": "ip fou add port 6080 gue", "rs-gre": "ip link add gre1 type gre local 10.9.0.12",
          "rs-gre-csum": "ip link add gre1 type gre local 10.9.0.13 icsum"}
# The checksum of what each gets, by the port that the client asks for.
GETS = {"rs-gue": {80: "nocsum", 81: "csum", 82: "remcsum"}, "rs-gre": {80: "nocsum"}, "rs-gre-csum": {81: "csum"}}
TABLE = f"""
-A -t {VIP}:80 -s rr
-a -t {VIP}:80 -r 10.9.0.11:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum
-a -t {VIP}:80 -r 10.9.0.12:80 -i -w 1 --tun-type gre --tun-nocsum
-A -t {VIP}:81 -s rr
-a -t {VIP}:81 -r 10.9.0.11:81 -i -w 2 --tun-type gue --tun-port 6080 --tun-csum
-a -t {VIP}:81 -r 10.9.0.13:81 -i -w 2 --tun-type gre --tun-csum
-A -t {VIP}:82 -s rr
-a -t {VIP}:82 -r 10.9.0.11:82 -i -w 1 --tun-type gue --tun-port 6080 --tun-remcsum
"""
# What somebody else does with ipvsadm.
DRIFT = [("-e -t {vip}:80 -r 10.9.0.11:80 -i -w 1 --tun-type ipip", "makes ipip of gue"),
         ("-e -t {vip}:80 -r 10.9.0.12:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum", "makes gue of gre"),
         ("-e -t {vip}:80 -r 10.9.0.11:80 -i -w 1 --tun-type gue --tun-port 6090 --tun-nocsum", "changes the port"),
         ("-e -t {vip}:81 -r 10.9.0.13:81 -i -w 2 --tun-type gre --tun-nocsum", "leaves out the checksum"),
         ("-e -t {vip}:82 -r 10.9.0.11:82 -g -w 1", "takes the tunnel away"),
         ("-d -t {vip}:81 -r 10.9.0.11:81", "deletes an entry")]


class Wire:
    """What comes off a host's wire from the director, by the port that the client asked for: (wrapping, its checksum)."""

    def __init__(self, box):
        with box.inside_net():
            self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
        self.sock.bind(("eth0", 0x0800))
        self.sock.settimeout(0.2)
        self.seen, self.stopping = {}, False
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self):
        while not self.stopping:
            try:
                packet = self.sock.recv(65536)
            except TimeoutError:
                continue
            found = unwrapped(packet)
            if found:
                self.seen.setdefault(found[0], set()).add(found[1:])

    def close(self):
        self.stopping = True
        self.thread.join()
        self.sock.close()


def unwrapped(packet):
    """(port of the VIP, wrapping, checksum) or None. RFC 791, 768, 2784; GUE: draft-ietf-intarea-gue, as linux/gue.h has it."""
    protocol, rest = packet[9], packet[(packet[0] & 15) * 4:]
    if protocol == 47:                                              # GRE
        flags, kind = struct.unpack_from(">HH", rest)
        if kind != 0x0800:
            return None
        wrapping, checksum, rest = "gre", "csum" if flags & 0x8000 else "nocsum", rest[8 if flags & 0x8000 else 4:]
    elif protocol == 17 and struct.unpack_from(">H", rest, 2)[0] == 6080:
        outer = struct.unpack_from(">H", rest, 6)[0]
        first, inner, flags = struct.unpack_from(">BBH", rest, 8)
        if first >> 5 or inner != 4:                                # version 0, no control message; IPv4 inside
            return None
        private = rest[12:16] if flags & 1 else b""
        remote = len(private) == 4 and private[0] & 0x80
        wrapping, checksum = "gue", "remcsum" if remote else "csum" if outer else "nocsum"
        rest = rest[12 + (first & 31) * 4:]
    elif protocol == 4:
        wrapping, checksum = "ipip", ""
    else:
        return None
    if len(rest) < 24 or rest[0] >> 4 != 4 or socket.inet_ntoa(rest[16:20]) != VIP or rest[9] != 6:
        return None
    return struct.unpack_from(">H", rest, (rest[0] & 15) * 4 + 2)[0], wrapping, checksum


def play(lab):
    can = {name for name in GETS if features.here(kind(name))}
    for name, ports in GETS.items():
        for port in ports:
            lab.serve(name, port, f"the page of {name}")
        if name in can:
            lab.run(name, UNWRAP[name])
            lab.expect_output(name, "lvs-realserver start", rf"{VIP} is on", rc=0)
            lab.expect_output(name, "lvs-realserver status", "lvs-realserver is running", rc=0)
        else:
            lab.say(f"This kernel cannot unwrap what {name} would get: its entry in the table is all that is shown.")
    with TableTap(lab.hosts["dir"]) as tap:
        under_the_tap(lab, tap, can)


def under_the_tap(lab, tap, can):
    lab.step("ldirectord starts")
    lab.expect_output("dir", "ldirectord -t", "", rc=0)
    lab.expect_output("dir", "ldirectord start", "", rc=0)
    lab.expect_table("dir", TABLE)
    told = lab.run("dir", "ipvsadm -Ln --tun-info").out
    lab.expect_text("ipvsadm -Ln --tun-info says the same", told, r"10\.9\.0\.11:80 +Tunnel +gue:6080:-c ")
    lab.expect_text("with a checksum, too", told, r"10\.9\.0\.13:81 +Tunnel +gre:\+c ")
    traffic(lab, can)

    for command, what in DRIFT:
        mark = lab.step(f"somebody {what}")
        changed = lab.run("dir", f"ipvsadm {command.format(vip=VIP)}")
        lab.check("the kernel took it", changed.rc == 0, changed.out)
        lab.expect_table("dir", TABLE)
        heard = [change[1:] for change in tap.changes(since=mark)]
        real, at = re.search(r"(10\.9\.0\.\d+:(\d+))", command).groups()
        hand = "delete server" if command.startswith("-d") else "set server"
        mended = ("new server" if command.startswith("-d") else "set server", f"{VIP}:{at}", real)
        lab.check("it was that command and one that mends it", heard == [(hand, f"{VIP}:{at}", real), mended], heard)
    traffic(lab, can)

    mark = lab.step("ldirectord restarts and reloads, and finds the table as it should be")
    lab.expect_output("dir", "ldirectord restart", "", rc=0)
    lab.expect_output("dir", "ldirectord reload", "", rc=0)
    traffic(lab, can)
    lab.expect_table("dir", TABLE)
    lab.check("the kernel was told nothing", not tap.changes(since=mark), tap.changes(since=mark))

    lab.step("the file names another tunnel: the entry that stands is changed, it does not go")
    mark = lab.now()
    lab.run("dir", f"sed -i 's/^.real=10.9.0.11:82 .*/\\treal=10.9.0.11:82 gue:6080:csum/' {CONFIG} && ldirectord reload")
    lab.expect_table("dir", TABLE.replace("remcsum", "csum"))
    heard = [change[1:] for change in tap.changes(since=mark)]
    lab.check("it was one command", heard == [("set server", f"{VIP}:82", "10.9.0.11:82")], heard)
    lab.expect_output("dir", "ldirectord stop", "", rc=0)
    lab.expect_table("dir", "")
    lab.check("every command was heard", tap.missed() == 0, "")


def traffic(lab, can):
    """The client's requests arrive, in the wrapping and with the checksum that the file says."""
    wires = {name: Wire(lab.hosts[name]) for name in can}
    for name in can:
        for port in GETS[name]:
            lab.expect_http("client", f"http://{VIP}:{port}/", f"the page of {name}$")
    for name, wire in wires.items():
        wire.close()
        wanted = {port: {(kind(name), checksum)} for port, checksum in GETS[name].items()}
        lab.check(f"{name} got {kind(name)} and nothing else, with the checksum that the file says", wire.seen == wanted, wire.seen)


def kind(name):
    return name.split("-")[1]
