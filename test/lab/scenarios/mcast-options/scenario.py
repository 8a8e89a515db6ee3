# SPDX-License-Identifier: Apache-2.0
"""What ttl and loop of mcast and mcast6 make of a packet: read off the wire, and heard, or not, by another program of the sender's
own machine. The original plays it, too."""
import socket
import struct
import time

from common.pair import PAIR, VIP, hosts

TITLE = "ttl and loop of mcast and mcast6, on the wire and at home"
LIMIT = 150
HOSTS = hosts("common/pair-deadtime-1")
GROUP, GROUP6 = "239.7.7.7", "ff02::694"
IP_MULTICAST_ALL, IPV6_MULTICAST_ALL = 49, 29


def play(lab):
    for ttl, loop, hops, loop6 in ((1, 0, 3, 1), (4, 1, 1, 0)):
        media = f"mcast eth0 {GROUP} 694 {ttl} {loop}\\nmcast6 eth0 {GROUP6} 694 {hops} {loop6}"
        lab.step(f"mcast with ttl {ttl} and loop {loop}, mcast6 with ttl {hops} and loop {loop6}")
        for name in PAIR:
            lab.power_cut(name)
            lab.power_on(name)
            lab.run(name, f"sed -i '/cast/d; /^auto_failback/i {media}' /etc/ha.d/ha.cf")
        lab.start(*PAIR)
        lab.expect_only_holder("alice", VIP, PAIR, within=40)
        for name, peer in (PAIR, PAIR[::-1]):
            lab.expect_output(name, f"cl_status nodestatus {peer}", "^active$", 0, within=20)
        wire = heard_by(listen(lab.hosts["client"]), 20)
        for name in PAIR:
            for kind, wanted in ((4, ttl), (6, hops)):
                seen = sorted({left for version, sender, left in wire if (version, sender) == (kind, name)})
                lab.check(f"{name}'s IPv{kind} packets leave with {wanted} hops to go", seen == [wanted], seen)
        ears = {4: join(lab.hosts["alice"], socket.AF_INET), 6: join(lab.hosts["alice"], socket.AF_INET6)}
        for kind, wanted in ((4, loop), (6, loop6)):
            senders = senders_of(ears[kind], lambda found, all_of_it=bool(wanted): len(found) == 2 and all_of_it)
            lab.check(f"at alice another program hears bob by IPv{kind}, and alice {'too' if wanted else 'not'}",
                      senders == ({"alice", "bob"} if wanted else {"bob"}), senders)


def listen(host):
    """Everything that goes over the wire of this host."""
    with host.inside_net():
        ear = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
        ear.bind(("eth0", 3))
        promiscuous = struct.pack("iHH8s", socket.if_nametoindex("eth0"), 1, 0, b"")
        ear.setsockopt(263, 1, promiscuous)      # SOL_PACKET, PACKET_ADD_MEMBERSHIP
    return ear


def heard_by(ear, seconds):
    """[(4 or 6, sender's name, hops left)] of heartbeats to the groups: of each kind from each, at least five."""
    heard, until = [], time.monotonic() + seconds
    ear.settimeout(1)
    while time.monotonic() < until and not all(sum(h[:2] == (kind, name) for h in heard) >= 5 for kind in (4, 6) for name in PAIR):
        try:
            data = ear.recv(65536)
        except TimeoutError:
            continue
        sender = sender_in(data)
        if data[0] >> 4 == 4 and data[16:20] == socket.inet_aton(GROUP) and sender:
            heard.append((4, sender, data[8]))
        elif data[0] >> 4 == 6 and data[24:40] == socket.inet_pton(socket.AF_INET6, GROUP6) and sender:
            heard.append((6, sender, data[7]))
    ear.close()
    return heard


def join(host, family):
    """Another program's ear in a host: it has joined the group, as the daemon has."""
    with host.inside_net():
        ear = socket.socket(family, socket.SOCK_DGRAM)
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        index = socket.if_nametoindex("eth0")
        if family == socket.AF_INET:
            ear.bind((GROUP, 694))
            ear.setsockopt(socket.IPPROTO_IP, IP_MULTICAST_ALL, 0)
            ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                           socket.inet_aton(GROUP) + struct.pack("=4si", b"\0\0\0\0", index))
        else:
            ear.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            ear.bind((GROUP6, 694, 0, index))
            ear.setsockopt(socket.IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0)
            ear.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                           socket.inet_pton(socket.AF_INET6, GROUP6) + struct.pack("=I", index))
    return ear


def senders_of(ear, enough, seconds=3.0):
    """Whose heartbeats come within so long: many beats of each."""
    found, until = set(), time.monotonic() + seconds
    while time.monotonic() < until and not enough(found):
        ear.settimeout(max(0.01, until - time.monotonic()))
        try:
            sender = sender_in(ear.recv(65536))
        except TimeoutError:
            break
        if sender:
            found.add(sender)
    ear.close()
    return found


def sender_in(data):
    return next((name for name in PAIR if b"t=status" in data and b"src=" + name.encode() in data), "")
