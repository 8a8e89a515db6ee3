# SPDX-License-Identifier: Apache-2.0
"""Three thousand bad datagrams at the heartbeat port of a running pair: a few lines in the log, and nothing else."""
import re

from common.pair import PAIR, VIP, hosts, start_pair

TITLE = "garbage, forged, cut and oversized packets at a running pair"
HOSTS = hosts("common/pair-deadtime-1")
STACKS = ("upbeat",)
LOG = "/var/log/ha-log"
SENDER = r'''
import os, socket
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def forged(src, key=b"1"):
    return (b"###\nt=status\nst=active\ndt=3e8\nprotocol=1\nsrc=" + src + b"\nseq=7f\nhg=1\nts=1\nld=0\nttl=3\nauth=" + key +
            b" " + b"0" * 40 + b"\n%%%\n")
packets = [os.urandom(700), forged(b"bob"), forged(b"bob")[:40], b"x" * 60000, forged(b"bob", b"9"), forged(b"eve")]
for number in range(3000):
    for address in ("10.77.0.1", "10.77.0.2"):
        sender.sendto(packets[number % len(packets)], (address, 694))
'''


def play(lab):
    start_pair(lab)
    lab.expect_log("alice", "Status update for node bob: status active", within=20)
    since = lab.now()
    lab.step("three thousand packets to each")
    sent = lab.hosts["client"].run("python3 -", stdin=SENDER, timeout=60)
    lab.check("they are sent", sent.rc == 0, sent.out)
    lab.expect_stays("alice keeps the address", lambda: (lab.watch.holders(VIP) == ["alice"], lab.watch.holders(VIP)), seconds=3)
    for node in PAIR:
        lab.expect_log(node, r"WARN: Packet from 10\.77\.0\.50 on eth0 ignored: ")
        lines = lab.hosts[node].read(LOG)[lab.log_marks.get(node, {}).get(LOG, 0):].splitlines()
        lab.check(f"{node}: they cost the log a few lines", len(lines) < 40, f"{len(lines)} lines")
        lab.check(f"{node}: no line has a MAC", not any(re.search(r"[0-9a-f]{40}", line) for line in lines))
        lab.expect_no_log(node, "is dead")
    lab.check("the address never moved", not lab.watch.since(since, address=VIP))
