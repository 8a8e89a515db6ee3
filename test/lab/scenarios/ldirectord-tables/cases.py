# SPDX-License-Identifier: Apache-2.0
"""Configurations, events and the tables that the original ldirectord makes of them.

An event is a verb of ldirectord, "off HOST", "on HOST", or a command to type. The table
after it is `ipvsadm -Sn` text.
"""
V = "-t 10.9.9.100:80"
W = "-t [fd00::100]:80"

D01_CONFIG = """
quiescent=yes
virtual=10.9.9.100:80
	real=10.9.9.2:80 gate
	real=10.9.9.3:80 gate
	fallback=127.0.0.1:80 gate
	service=http
	scheduler=wlc
	persistent=600
	checktype=negotiate
	request="index.html"
	receive="hello"
	virtualhost=www.x.y.z
"""
D02_CONFIG = "\n".join(line for line in D01_CONFIG.replace("quiescent=yes", "quiescent=no").split("\n")
                       if "virtualhost" not in line)
D19_CONFIG = """
virtual=10.9.9.100:80
	real=10.9.9.2:80 gate 2
	real=10.9.9.3:80 gate 2
	fallback=127.0.0.1:80
	checktype=connect
"""


def wlc(*reals):
    return "\n".join([f"-A {V} -s wlc -p 600", *[f"-a {V} -r {r}" for r in reals]])


def wrr(*reals):
    return "\n".join([f"-A {V} -s wrr", *[f"-a {V} -r {r}" for r in reals]])


def six(*reals):
    return "\n".join([f"-A {W} -s wrr -p 60 -M 64", *[f"-a {W} -r {r}" for r in reals]])


FOREIGN = "-A -t 10.9.9.100:443 -s rr\n-a -t 10.9.9.100:443 -r 10.9.9.2:443 -m -w 9"
MARKS = """
-A -f 7 -s wrr
-a -f 7 -r 10.9.9.2:0 -g -w 2
-A -f 7 -6 -s wrr
-a -f 7 -6 -r [fd00::2]:0 -g -w 2
"""

CASES = [
    ("D01 classic, quiescent=yes", D01_CONFIG, [
        ("start", wlc("10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 1")),
        ("off r1", wlc("10.9.9.2:80 -g -w 0", "10.9.9.3:80 -g -w 1")),
        ("off r2", wlc("10.9.9.2:80 -g -w 0", "10.9.9.3:80 -g -w 0", "127.0.0.1:80 -g -w 1")),
        ("on r1", wlc("10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 0")),
        ("on r2", wlc("10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 1")),
        ("reload", wlc("10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 1")),
        ("stop", ""),
    ]),
    ("D02 classic, quiescent=no", D02_CONFIG, [
        ("start", wlc("10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 1")),
        ("off r1", wlc("10.9.9.3:80 -g -w 1")),
        ("off r2", wlc("127.0.0.1:80 -g -w 1")),
        ("on r1", wlc("10.9.9.2:80 -g -w 1")),
        ("reload", wlc("10.9.9.2:80 -g -w 1")),
        ("on r2", wlc("10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 1")),
        ("silent r1", wlc("10.9.9.3:80 -g -w 1")),
        ("on r1", wlc("10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 1")),
        ("error r1", wlc("10.9.9.3:80 -g -w 1")),
        ("stop", ""),
    ]),
    ("D05 port mismatch, masq", """
virtual=10.9.9.100:80
	real=10.9.9.2:8080 masq 3
	real=10.9.9.3:80 masq
	checktype=on
""", [("start", wrr("10.9.9.2:8080 -m -w 3", "10.9.9.3:80 -m -w 1")), ("stop", "")]),
    ("D06 fwmark with fallback, persistence and netmask", """
virtual=5
	real=10.9.9.2 gate 2
	real=10.9.9.3:80 masq
	fallback=127.0.0.1:80 gate
	checktype=on
	persistent=30
	netmask=255.255.255.0
""", [("start", "-A -f 5 -s wrr -p 30 -M 255.255.255.0\n-a -f 5 -r 10.9.9.2:0 -g -w 2\n"
       "-a -f 5 -r 10.9.9.3:80 -m -w 1"), ("stop", "")]),
    ("D15 IPv6, connect, fallback6", """
virtual6=[fd00::100]:80
	real6=[fd00::2]:80 gate 2
	real6=[fd00::3]:80 masq
	fallback6=[::1]:80 gate
	checktype=connect
	persistent=60
	netmask=64
""", [
        ("start", six("[fd00::2]:80 -g -w 2", "[fd00::3]:80 -m -w 1")),
        ("off r1", six("[fd00::3]:80 -m -w 1")),
        ("off r2", six("[::1]:80 -g -w 1")),
        ("on r1", six("[fd00::2]:80 -g -w 2")),
        ("on r2", six("[fd00::2]:80 -g -w 2", "[fd00::3]:80 -m -w 1")),
        ("stop", ""),
    ]),
    ("D16 the same mark in both families", """
virtual6=7
	real6=[fd00::2] gate 2
	checktype=on
virtual=7
	real=10.9.9.2 gate 2
	checktype=on
""", [("start", MARKS), ("reload", MARKS), ("stop", "")]),
    ("D19 foreign entries", D19_CONFIG, [
        ("ipvsadm -A -t 10.9.9.100:80 -s lc -p 99 && "
         "ipvsadm -a -t 10.9.9.100:80 -r 10.9.9.2:80 -m -w 7 && "
         "ipvsadm -a -t 10.9.9.100:80 -r 10.9.9.3:80 -g -w 0 && "
         "ipvsadm -a -t 10.9.9.100:80 -r 10.9.9.77:80 -g -w 3 && "
         "ipvsadm -a -t 10.9.9.100:80 -r 127.0.0.1:80 -g -w 1 && "
         "ipvsadm -A -t 10.9.9.100:443 -s rr && "
         "ipvsadm -a -t 10.9.9.100:443 -r 10.9.9.2:443 -m -w 9", None),
        ("start", wrr("10.9.9.2:80 -g -w 2", "10.9.9.3:80 -g -w 2") + "\n" + FOREIGN),
        ("stop", FOREIGN),
    ]),
    ("D20 cleanstop=no and restart", "cleanstop=no" + D19_CONFIG, [
        ("start", wrr("10.9.9.2:80 -g -w 2", "10.9.9.3:80 -g -w 2")),
        ("off r2", wrr("10.9.9.2:80 -g -w 2")),
        ("stop", wrr("10.9.9.2:80 -g -w 2")),
        ("start", wrr("10.9.9.2:80 -g -w 2")),
        ("off r1", wrr("127.0.0.1:80 -g -w 1")),
        ("stop", wrr("127.0.0.1:80 -g -w 1")),
        ("on r1", None),
        ("on r2", None),
        ("start", wrr("10.9.9.2:80 -g -w 2", "10.9.9.3:80 -g -w 2")),
        ("stop", None),
    ]),
]
