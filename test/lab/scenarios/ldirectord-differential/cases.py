# SPDX-License-Identifier: Apache-2.0
"""Configurations, events and the tables after them: one table where both agree, else both and why.

Dnn are cases that were observed from the original before; Enn are more of the kind.
"""
from common.ldirectord import Differs

V = "-t 10.9.9.100:80"
CONF = "/etc/ha.d/case.cf"
HUP = "kill -HUP $(cat /run/ldirectord.case.cf.pid)"
PAIR = """
virtual=10.9.9.100:80
	real=10.9.9.2:80 masq
	real=10.9.9.3:80 masq
	checktype=connect
"""
M1, M2 = "10.9.9.2:80 -m -w 1", "10.9.9.3:80 -m -w 1"
BACKUP = "127.0.0.1:80 -g -w 1"


def table(*reals, key=V, options="-s wrr"):
    return "\n".join([f"-A {key} {options}", *[f"-a {key} -r {r}" for r in reals]])


def one(lines, virtual="10.9.9.100:80", head=""):
    return head + f"virtual={virtual}\n" + "".join(f"\t{line}\n" for line in lines.split("; "))


def on(name, lines, wanted, **kwargs):
    """A case without checks: what is written is what the table has."""
    return (name, one(lines + "; checktype=on", **kwargs), [("start", wanted), ("stop", "")])


def external(name, script, wanted):
    write = f"printf '#!/bin/sh\\n{script}\\n' > /etc/ha.d/check; chmod 755 /etc/ha.d/check"
    return (name, one("real=10.9.9.2:80 gate 2; checktype=external; checkcommand=/etc/ha.d/check"),
            [(write, None), ("start", wanted), ("stop", "")])


def exposure(quiescent, readd, wanted):
    return (f"D52 quiescent={quiescent}, readdquiescent={readd}: a server dead from the start",
            f"quiescent={quiescent}\nreaddquiescent={readd}\n" + PAIR,
            [("off r1", None), ("start", wanted), ("reload", wanted), ("on r1", table(M1, M2)), ("stop", "")])


MATRIX_1 = """quiescent=yes
virtual=10.9.9.100:80
	real=10.9.9.2:80 gate
	real=10.9.9.3:80 gate
	fallback=127.0.0.1:80
	scheduler=wlc
	persistent=60
	checktype=connect
"""
MATRIX_2 = """quiescent=no
virtual=10.9.9.100:80
	real=10.9.9.2:80 masq 4
	real=10.9.9.3:80 masq 9
	fallback=127.0.0.2:80
	scheduler=rr
	checktype=connect
"""
MATRIX_3 = "quiescent=yes\n" + one("real=10.9.9.3:80 masq 9; checktype=connect")


def becomes(config):
    """A command that replaces the file, below the lines that every case begins with."""
    return f"{{ head -n 3 {CONF}; cat <<'END'; }} > /tmp/new; cat /tmp/new > {CONF}\n{config}END"


SCHEDULERS = {"rr": "", "lc": "", "wlc": "", "lblc": "", "lblcr": "", "dh": "", "sed": "", "nq": "", "fo": "", "ovf": "",
              "sh": "sh-fallback,sh-port", "mh": "mh-fallback,mh-port"}
ALL_SCHEDULERS = "".join(one(f"real=10.9.9.2 masq; checktype=on; scheduler={name}"
                             + (f"; schedflags={flags}" if flags else ""), virtual=str(mark))
                         for mark, (name, flags) in enumerate(SCHEDULERS.items(), 11))
ALL_TABLES = "\n".join(table("10.9.9.2:0 -m -w 1", key=f"-f {mark}", options=f"-s {name}" + (f" -b {flags}" if flags else ""))
                       for mark, (name, flags) in enumerate(SCHEDULERS.items(), 11))

CASES = [
    on("D03 port mismatch, gate and ipip", "real=10.9.9.2:8080 gate 3; real=10.9.9.3:8080 ipip 4",
       table("10.9.9.2:80 -g -w 3", "10.9.9.3:80 -i -w 4 --tun-type ipip")),
    ("D04 port mismatch and quiescent", "quiescent=yes\n" + one("real=10.9.9.2:8080 gate 3; checktype=connect"), [
        ("on r1:8080", None),
        ("start", Differs(table("10.9.9.2:80 -g -w 3"), table("10.9.9.2:80 -g -w 0"), "it looks for an entry with port 8080")),
        ("off r1:8080", table("10.9.9.2:80 -g -w 0")),
        ("on r1:8080", Differs(table("10.9.9.2:80 -g -w 3"), table("10.9.9.2:80 -g -w 0"), "the same")), ("stop", "")]),
    ("D07 mark with a global fallback", one("real=10.9.9.2 gate 2; checktype=off", virtual="5", head="fallback=127.0.0.1\n"), [
        ("start", Differs(table("127.0.0.1:0 -g -w 1", key="-f 5"), table(key="-f 5"), "it has none for marks")), ("stop", "")]),
    ("D08 off, global fallback without port",
     one("real=10.9.9.2:81 gate 2; checktype=off", virtual="10.9.9.100:81", head="fallback=127.0.0.1\n"),
     [("start", table("127.0.0.1:81 -g -w 1", key="-t 10.9.9.100:81")), ("stop", "")]),
    ("D09 off, quiescent, masq fallback", "quiescent=yes\n" + one(
        "real=10.9.9.2:81 gate 2; checktype=off; fallback=127.0.0.1 masq", virtual="10.9.9.100:81"), [
        ("start", table("127.0.0.1:81 -m -w 1", "10.9.9.2:81 -g -w 0", key="-t 10.9.9.100:81")), ("stop", "")]),
    ("D10 an address without port", one("real=10.9.9.2:80 gate; checktype=on", virtual="10.9.9.100"), [
        ("start", Differs("", table("10.9.9.2:80 -g -w 1", key="-f 10"), "ours refuses the line")), ("stop", "")]),
    on("D11 udp by port, ops", "real=10.9.9.2:53 masq; scheduler=rr; ops=yes",
       table("10.9.9.2:53 -m -w 1", key="-u 10.9.9.100:53", options="-s rr -o"), virtual="10.9.9.100:53"),
    on("D12 ops means nothing for tcp", "real=10.9.9.2:443 masq; ops=yes; persistent=60; netmask=255.255.255.0",
       table("10.9.9.2:443 -m -w 1", key="-t 10.9.9.100:443", options="-s wrr -p 60 -M 255.255.255.0"), virtual="10.9.9.100:443"),
    on("D13 names, service names, a range", "real=10.9.9.2->10.9.9.4:http gate 5; scheduler=wlc; fallback=localhost:http",
       table("10.9.9.2:80 -g -w 5", "10.9.9.3:80 -g -w 5", "10.9.9.4:80 -g -w 5", options="-s wlc"), virtual="vip:http"),
    ("D14 two colons", one("real=10.9.9.2::5060 gate; checktype=on", virtual="10.9.9.100:5060"), [
        ("start", Differs("", table("0.0.19.196:5060 -g -w 1", key="-t 10.9.9.100:5060"), "ours refuses the line")), ("stop", "")]),
    ("D17 IPv6, masq, another port, quiescent", "quiescent=yes\nvirtual6=[fd00::100]:80\n\treal6=[fd00::2]:8080 masq 2\n"
     "\tchecktype=connect\n", [
         ("on r1:8080", None), ("start", table("[fd00::2]:8080 -m -w 2", key="-t [fd00::100]:80")),
         ("off r1:8080", table("[fd00::2]:8080 -m -w 0", key="-t [fd00::100]:80")),
         ("on r1:8080", table("[fd00::2]:8080 -m -w 2", key="-t [fd00::100]:80")), ("stop", "")]),
    ("D18 thresholds", "quiescent=yes\n" + one("real=10.9.9.2:80 gate 2 l:10 u:20; checktype=connect"), [
        ("start", table("10.9.9.2:80 -g -w 2")), ("off r1", table("10.9.9.2:80 -g -w 0")),
        ("on r1", table("10.9.9.2:80 -g -w 2")), ("stop", "")]),
    ("D21 failurecount", "failurecount=3\n" + PAIR, [
        ("start", table(M1, M2)), ("off r1", table(M2)), ("on r1", table(M1, M2)), ("stop", "")]),
    ("D22 readdquiescent and quiescent, deleted by hand", "readdquiescent=yes\nquiescent=yes\n" + PAIR, [
        ("start", table(M1, M2)), ("off r1", table("10.9.9.2:80 -m -w 0", M2)),
        ("ipvsadm -d -t 10.9.9.100:80 -r 10.9.9.2:80",
         Differs(table("10.9.9.2:80 -m -w 0", M2), table(M2), "only ours repairs")), ("stop", "")]),
    ("D23 readdquiescent without quiescent", "readdquiescent=yes\n" + PAIR, [
        ("start", table(M1, M2)), ("off r1", table(M2)), ("stop", "")]),
    ("D24 an error at the end of the file, HUP", PAIR, [
        ("start", table(M1, M2)), (f"echo foo=bar >> {CONF}; {HUP}", None), ("off r1", table(M2))]),
    ("D26 autoreload", "autoreload=yes\n" + one("real=10.9.9.2:80 gate 2; persistent=60; checktype=connect")
     + one("real=10.9.9.2:80 masq 2; checktype=connect", virtual="10.9.9.100:81"), [
        ("start", table("10.9.9.2:80 -g -w 2", options="-s wrr -p 60") + "\n" + table("10.9.9.2:80 -m -w 2", key="-t 10.9.9.100:81")),
        ("sleep 1.1; " + becomes("autoreload=yes\n" + one("real=10.9.9.2:80 masq 5; real=10.9.9.3:80 gate 2; scheduler=rr; checktype=connect")
                 + one("real=10.9.9.2:80 masq 2; checktype=connect", virtual="10.9.9.100:82")),
         table("10.9.9.2:80 -m -w 5", "10.9.9.3:80 -g -w 2", options="-s rr") + "\n"
         + table("10.9.9.2:80 -m -w 2", key="-t 10.9.9.100:82")), ("stop", "")]),
    external("D28 external, exit 0", "exit 0", table("10.9.9.2:80 -g -w 2")),
    external("D28 external, exit 1", "exit 1", table()),
    external("D28 external, killed", "kill -9 $$",
             Differs(table(), table("10.9.9.2:80 -g -w 2"), "it takes the death by a signal for exit code 0")),
    ("D29 checkcommand with an argument", one('real=10.9.9.2:80 gate; checktype=external; checkcommand="/bin/true foo"'),
     [("start", table()), ("stop", "")]),
    ("D30 external on a mark", one("real=10.9.9.2 gate 2; checktype=external; checkcommand=/etc/ha.d/check", virtual="5"), [
        ("printf '#!/bin/sh\\n[ \"$*\" = \"5 0 10.9.9.2 0\" ]\\n' > /etc/ha.d/check; chmod 755 /etc/ha.d/check", None),
        ("start", table("10.9.9.2:0 -g -w 2", key="-f 5")), ("stop", "")]),
    ("D39 checkport, weight 0, the same server twice", "quiescent=yes\n" + one(
        "real=10.9.9.2:8081 masq 0; real=10.9.9.3:80 masq 1; real=10.9.9.3:80 masq 9; checkport=80; checktype=connect"), [
        ("start", table("10.9.9.2:8081 -m -w 0", "10.9.9.3:80 -m -w 9")), ("stop", "")]),
    on("D41 a scheduler that does not exist", "real=10.9.9.2:80 masq; scheduler=foo", ""),
    on("D41 persistent=0", "real=10.9.9.2:80 masq; persistent=0", Differs(table(M1), "", "ipvsadm refuses -p 0")),
    on("D42 all ports, persistent", "real=10.9.9.2 masq; persistent=60",
       table("10.9.9.2:0 -m -w 1", key="-t 10.9.9.100:0", options="-s wrr -p 60"), virtual="10.9.9.100:0"),
    on("D43 flags of sh, masq without port", "real=10.9.9.2 masq; scheduler=sh; schedflags=sh-port,sh-fallback",
       table("10.9.9.2:0 -m -w 1", options="-s sh -b sh-fallback,sh-port")),
    ("D44 drift", one("real=10.9.9.2:80 gate; real=10.9.9.3:80 gate; fallback=127.0.0.1:80; checktype=connect"), [
        ("start", table("10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 1")),
        ("ipvsadm -d -t 10.9.9.100:80 -r 10.9.9.2:80; ipvsadm -e -t 10.9.9.100:80 -r 10.9.9.3:80 -g -w 55",
         Differs(table("10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 55"), table("10.9.9.3:80 -g -w 55"), "only ours repairs")),
        ("ipvsadm -C", Differs(table("10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 55"), "", "the same")),
        ("reload", table("10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 1")), ("stop", "")]),
    ("D45 what a reload changes", MATRIX_1, [
        ("start", table("10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 1", options="-s wlc -p 60")),
        ("off r2", table("10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 0", options="-s wlc -p 60")),
        (becomes(MATRIX_2), None), ("reload", table("10.9.9.2:80 -m -w 4", options="-s rr")),
        ("off r1", table("127.0.0.2:80 -g -w 1", options="-s rr")),
        (becomes(MATRIX_3), None), ("reload", table("10.9.9.3:80 -m -w 0")),
        ("on r2", table("10.9.9.3:80 -m -w 9")), ("off r2", table("10.9.9.3:80 -m -w 0")), ("stop", "")]),
    ("D46 what a section overrides", "quiescent=yes\ncleanstop=no\nfallback=127.0.0.1:8888\n"
     + one("real=10.9.9.2:80 gate; checktype=connect; quiescent=no; cleanstop=yes")
     + one("real=10.9.9.2:80 masq; checktype=connect; fallback=127.0.0.1", virtual="10.9.9.100:81"), [
        ("start", None), ("off r1", table("127.0.0.1:80 -g -w 1") + "\n"
                          + table("10.9.9.2:80 -m -w 0", "127.0.0.1:81 -g -w 1", key="-t 10.9.9.100:81")),
        ("stop", table("10.9.9.2:80 -m -w 0", "127.0.0.1:81 -g -w 1", key="-t 10.9.9.100:81"))]),
    ("D47 fork", "fork=yes\n" + PAIR, [
        ("start", table(M1, M2)), ("off r1", table(M2)), ("reload", table(M2)), ("on r1", table(M1, M2)), ("stop", "")]),
    exposure("yes", "no", table("10.9.9.2:80 -m -w 0", M2)),
    exposure("no", "no", table(M2)),
    exposure("yes", "yes", table("10.9.9.2:80 -m -w 0", M2)),
    exposure("no", "yes", table(M2)),

    ("E01 every scheduler, sh and mh with their flags", ALL_SCHEDULERS, [("start", ALL_TABLES), ("stop", "")]),
    on("E02 the heaviest weight and none", "real=10.9.9.2:80 masq 65535; real=10.9.9.3:80 masq 0",
       table("10.9.9.2:80 -m -w 65535", "10.9.9.3:80 -m -w 0")),
    ("E03 tcp and udp on one address and port",
     one("real=10.9.9.2:80 masq; checktype=on") + one("real=10.9.9.3:80 masq; protocol=udp; checktype=on"),
     [("start", table(M1) + "\n" + table(M2, key="-u 10.9.9.100:80")), ("stop", "")]),
    on("E04 netmask without persistent", "real=10.9.9.2:80 masq; netmask=255.255.255.0", table(M1)),
    on("E05 a mark with a port that differs", "real=10.9.9.2:8080 gate; real=10.9.9.3:8081 masq",
       table("10.9.9.2:8080 -g -w 1", "10.9.9.3:8081 -m -w 1", key="-f 9"), virtual="9"),
    ("E06 an IPv6 mark, persistent", "virtual6=8\n\treal6=[fd00::2] gate\n\tpersistent=30\n\tnetmask=64\n\tchecktype=on\n",
     [("start", table("[fd00::2]:0 -g -w 1", key="-f 8 -6", options="-s wrr -p 30 -M 64")), ("stop", "")]),
    ("E07 HTTP, and what the page must say", one('real=10.9.9.2:80 masq; real=10.9.9.3:80 masq; request="x"; receive="hel+o"'), [
        ("start", table(M1, M2)), ("error r1", table(M2)), ("silent r2", table()), ("on r1", table(M1)), ("stop", "")]),
    ("E08 each server its own page", one('real=10.9.9.2:80 masq 1 "a", "hello"; real=10.9.9.3:80 masq 1 "b", "nothing"'), [
        ("start", table(M1)), ("stop", "")]),
    ("E09 a page that never matches, with fallback", one('real=10.9.9.2:80 masq; receive="^x"; fallback=127.0.0.1:80'), [
        ("start", table(BACKUP)), ("stop", "")]),
    ("E10 one negotiation, two connects", one('real=10.9.9.2:80 masq; checktype=2; service=http; receive="hello"'), [
        ("start", table(M1)), ("error r1", table()), ("on r1", table(M1)), ("stop", "")]),
    ("E11 ping", one("real=10.9.9.2:80 masq; real=10.9.9.50:80 masq; checktype=ping"), [("start", table(M1)), ("stop", "")]),
    ("E12 udp connect is a ping", one("real=10.9.9.2:53 masq; real=10.9.9.50:53 masq; checktype=connect", virtual="10.9.9.100:53"),
     [("start", table("10.9.9.2:53 -m -w 1", key="-u 10.9.9.100:53")), ("stop", "")]),
    ("E13 a mark without service is always up", one("real=10.9.9.50 gate", virtual="5"),
     [("start", table("10.9.9.50:0 -g -w 1", key="-f 5")), ("stop", "")]),
    ("E14 a mark that is checked", one("real=10.9.9.2 gate; real=10.9.9.3 gate; checkport=80; checktype=connect", virtual="5"), [
        ("start", table("10.9.9.2:0 -g -w 1", "10.9.9.3:0 -g -w 1", key="-f 5")),
        ("off r2", table("10.9.9.2:0 -g -w 1", key="-f 5")), ("stop", "")]),
    ("E15 a fallback by tunnel", one("real=10.9.9.2:80 masq; fallback=10.9.9.3:80 ipip; checktype=connect"), [
        ("start", table(M1)), ("off r1", table("10.9.9.3:80 -i -w 1 --tun-type ipip")), ("on r1", table(M1)), ("stop", "")]),
    ("E16 a fallback with a port of its own, masq", one("real=10.9.9.2:80 masq; fallback=10.9.9.3:8080 masq; checktype=connect"), [
        ("start", table(M1)), ("off r1", table("10.9.9.3:8080 -m -w 1")), ("on r1", table(M1)), ("stop", "")]),
    ("E17 one server in two services, other weights", one("real=10.9.9.2:80 masq 1; checktype=connect")
     + one("real=10.9.9.2:80 masq 7; checktype=connect", virtual="10.9.9.100:81"), [
        ("start", table(M1) + "\n" + table("10.9.9.2:80 -m -w 7", key="-t 10.9.9.100:81")),
        ("off r1", table() + "\n" + table(key="-t 10.9.9.100:81")), ("stop", "")]),
    ("E18 failurecount of a section", one("real=10.9.9.2:80 masq; failurecount=2; checktype=connect"), [
        ("start", table(M1)), ("off r1", table()), ("on r1", table(M1)), ("stop", "")]),
    ("E19 a global fallback with a port", one("real=10.9.9.2:80 masq; checktype=connect", head="fallback=127.0.0.1:80 gate\n"), [
        ("start", table(M1)), ("off r1", table(BACKUP)), ("on r1", table(M1)), ("stop", "")]),
    ("E20 the section's fallback comes first", one("real=10.9.9.2:80 masq; fallback=10.9.9.3:80; checktype=connect",
                                                   head="fallback=127.0.0.1:80\n"), [
        ("start", table(M1)), ("off r1", table("10.9.9.3:80 -g -w 1")), ("stop", "")]),
    ("E21 stop while servers are down", "quiescent=yes\n" + PAIR, [
        ("start", table(M1, M2)), ("off r1", table("10.9.9.2:80 -m -w 0", M2)), ("stop", "")]),
    ("E22 a reload with one more server", PAIR.replace("\treal=10.9.9.3:80 masq\n", ""), [
        ("start", table(M1)), (becomes(PAIR.lstrip()), None), ("reload", table(M1, M2)), ("stop", "")]),
    ("E23 a reload with one server less", PAIR, [
        ("start", table(M1, M2)), (becomes(PAIR.lstrip().replace("\treal=10.9.9.3:80 masq\n", "")), None),
        ("reload", table(M1)), ("stop", "")]),
    ("E24 a reload with another weight and method", PAIR, [
        ("start", table(M1, M2)), (becomes(PAIR.lstrip().replace("10.9.9.3:80 masq", "10.9.9.3:80 gate 7")), None),
        ("reload", table(M1, "10.9.9.3:80 -g -w 7")), ("stop", "")]),
    ("E25 restart", PAIR, [("start", table(M1, M2)), ("off r1", table(M2)), ("restart", table(M2)), ("stop", "")]),
    ("E26 weight by hand, then a transition", PAIR, [
        ("start", table(M1, M2)), ("ipvsadm -e -t 10.9.9.100:80 -r 10.9.9.2:80 -m -w 9", table("10.9.9.2:80 -m -w 9", M2)),
        ("off r1", table(M2)), ("on r1", table(M1, M2)), ("stop", "")]),
    ("E27 an error before the sections, HUP", "quiescent=yes\n" + PAIR, [
        ("start", table(M1, M2)), (f"sed -i '2i junk' {CONF}; {HUP}", None),
        ("off r2", Differs(table(M1, "10.9.9.3:80 -m -w 0"), table(M1, M2), "it throws away what its checks say (D25)"))]),
    ("E28 comments, blanks around =, four blanks",
     "# a comment\nvirtual = 10.9.9.100:80\n# in the section\n    real = 10.9.9.2:80 masq # why not\n    checktype = on\n",
     [("start", table(M1)), ("stop", "")]),
    ("E29 a blank line inside a section", "virtual=10.9.9.100:80\n\treal=10.9.9.2:80 masq\n\n\tchecktype=on\n",
     [("start", Differs(table(M1), "", "it refuses what follows")), ("stop", "")]),
    ("E30 a comment after a global value", "quiescent=no # not now\n" + one("real=10.9.9.2:80 masq; checktype=on"),
     [("start", Differs(table(M1), "", "it refuses the value")), ("stop", "")]),
    ("E31 nothing to do", "", [("start", ""), ("stop", "")]),
]
