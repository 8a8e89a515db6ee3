# SPDX-License-Identifier: Apache-2.0
"""What a real server sees of checks: how many pings before it is given up, and checktype N's order."""
import re

from rig.plan import director, host

TITLE = "checkcount's pings and checktype N's order, as a real server sees them"
NEEDS = ["ip_vs"]
STACKS = ("upbeat",)
HOSTS = [director("dir", "10.9.9.1/24", "10.9.9.100/24"), host("r1", "10.9.9.2/24"), host("r2", "10.9.9.3/24")]
CONFIG = "/etc/ha.d/ldirectord.cf"
BOTH = """
-A -t 10.9.9.100:80 -s wrr
-a -t 10.9.9.100:80 -r 10.9.9.2:80 -g -w 1
-a -t 10.9.9.100:80 -r 10.9.9.3:80 -g -w 1
"""
ONE = """
-A -t 10.9.9.100:80 -s wrr
-a -t 10.9.9.100:80 -r 10.9.9.3:80 -g -w 1
"""


def config(top, below):
    return (f"checkinterval=1\nchecktimeout=1\nquiescent=no\nlogfile=\"/var/log/ldirectord.log\"\n{top}"
            f"virtual=10.9.9.100:80\n\treal=10.9.9.2:80 gate\n\treal=10.9.9.3:80 gate\n\tscheduler=wrr\n{below}")


def echoes(box):
    """Echo requests that this host has received."""
    names, values = [line.split() for line in box.proc_net("snmp").splitlines() if line.startswith("IcmpMsg:")] or [[], []]
    return int(dict(zip(names, values)).get("InType8", 0))


def play(lab):
    box, real = lab.hosts["dir"], lab.hosts["r1"]

    lab.step("checktype=ping, checkcount=3")
    box.run(f"cat > {CONFIG}", stdin=config("checkcount=3\n", "\tchecktype=ping\n"))
    lab.run("dir", "ldirectord start")
    lab.expect_table("dir", BOTH)
    before = echoes(real)
    lab.expect("one ping follows the other", lambda: (echoes(real) >= before + 2, echoes(real) - before))
    real.run("echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all")
    silent = echoes(real)
    lab.expect_table("dir", ONE, within=20)
    tried = echoes(real) - silent
    # One may have been answered between the look and the silence; the next round may have begun.
    lab.check("it is given up after three pings, not after one", 3 <= tried <= 5, f"{tried} pings")
    real.run("echo 0 > /proc/sys/net/ipv4/icmp_echo_ignore_all")
    lab.expect_table("dir", BOTH, within=20)
    lab.run("dir", "ldirectord stop")
    lab.expect_table("dir", "")

    lab.step("checktype=3: one page, then three connections, and again")
    servers = [lab.serve(name, 80, "hello") for name in ("r1", "r2")]
    box.run(f"cat > {CONFIG}", stdin=config("", "\tchecktype=3\n\tservice=http\n\trequest=\"/\"\n\treceive=\"hello\"\n"))
    lab.run("dir", "ldirectord start")
    lab.expect_table("dir", BOTH)
    for name, server in zip(("r1", "r2"), servers):
        lab.expect(f"{name} sees N C C C, again and again",
                   lambda: (re.match("NCCCNCCCN", server.visits()), server.visits()), within=30)
    lab.run("dir", "ldirectord stop")
    lab.expect_table("dir", "")
