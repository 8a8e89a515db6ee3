# SPDX-License-Identifier: Apache-2.0
"""Configurations, events and the tables after them: one table where both agree, else both, why, and the row of the manual's
tables of decisions that says so.

Dnn are cases that were observed from the original before; Enn are more of the kind.
"""
from common.ldirectord import Differs, Says, Told

# Rows of the manual page.
OUTSIDE = "entries changed from outside"
SIX_ROW, SIX_DEAD = "IPv6: ftp, pop, imap, ping, udp connect", "IPv6: http, radius"

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

UP, BAD = "10.9.9.2", "10.9.9.3"


def matrix(rows):
    """A service for each row (virtual port, its lines), with the good server and the bad one behind it. D31."""
    config, wanted = "quiescent=yes\n", []
    for port, lines, *rest in rows:
        reals = f"real={UP}:{port} masq; real={BAD}:{port} masq; "
        config += one(reals + lines, virtual=f"10.9.9.100:{port}")
        key = ("-u" if "protocol=udp" in lines or port in (53,) else "-t") + f" 10.9.9.100:{port}"
        wanted.append(table(f"{UP}:{port} -m -w {rest[0] if rest else 1}", f"{BAD}:{port} -m -w 0", key=key))
    return config, "\n".join(wanted)


ACCOUNT = 'login="u"; passwd="p"'
SERVICES = [
    (21, 'request="welcome.msg"; receive="welcome"'), (25, "service=smtp"), (587, "service=submission"),
    (53, 'request="www.example.com"; receive="1.2.3.4"'),
    (54, 'service=dns; request="www.example.com"; receive="1\\.2\\.[3]"'),
    (110, ACCOUNT), (143, ACCOUNT), (119, "service=nntp"), (389, 'request="dc=x,dc=y"; receive="dc=x"'),
    (5060, "protocol=udp; service=sip"),
    (1812, 'protocol=udp; service=radius; login="ru"; passwd="rp"; secret="s3cret"'),
    (7777, 'service=simpletcp; request="ping\\nfoo"; receive="^hello"'),
    (3128, 'service=http_proxy; request="http://www.foo.bar/x"; receive="hello"'),
]
MATRIX_CONFIG, MATRIX_TABLE = matrix(SERVICES)


def served(name, port, lines, up, more="", udp=False, start="start"):
    """One service on r1 alone; up: whether its server is in the table, or Differs of that. Looked at
    twice: the first table of the original is from before its first check."""
    key = f"{'-u' if udp else '-t'} 10.9.9.100:{port}"

    def wanted(is_up):
        return table(f"{UP}:{port} -m -w 1", key=key) if is_up else table(key=key)
    look = Differs(wanted(up.ours), wanted(up.original), up.why, up.row) if isinstance(up, Differs) else wanted(up)
    return (name, one(f"real={UP}:{port} masq{more}; {lines}", virtual=f"10.9.9.100:{port}"),
            [(start, None), ("sleep 4", look), ("stop", "")])


PAGES = [  # D36: port on r1, receive, up
    (801, "hello", False), (801, "(?i)hello", True), (801, "^world", False), (801, "(?m)^world$", True),
    (801, "Hello.world", False), (801, "(?s)Hello.world", True), (801, "last$", True), (801, "W\\x6frld|wor(?=ld)", True),
    (801, "", True), (802, "", True), (803, "", False), (804, "", False), (805, "hello", True), (806, "hello", True),
    (807, "hello", True), (808, "", False), (809, "", False), (800, "", False)]
PAGES_CONFIG = "".join(
    one(f"real={UP}:{port} masq {n}; service=http; request=\"x\"" + (f'; receive="{receive}"' if receive else ""),
        virtual=f"10.9.9.100:{9000 + n}") for n, (port, receive, _) in enumerate(PAGES, 1))
PAGES_TABLE = "\n".join(table(*([f"{UP}:{port} -m -w {n}"] if up else []), key=f"-t 10.9.9.100:{9000 + n}")
                        for n, (port, _, up) in enumerate(PAGES, 1))

# D50: what of IPv6 the original can check. Name, port, lines, in the original's table.
SIX = [("connect", 801, "checktype=connect", True), ("nntp", 119, "service=nntp", True), ("smtp", 25, "service=smtp", True),
       ("pop", 110, "service=pop; " + ACCOUNT, False), ("imap", 143, "service=imap; " + ACCOUNT, False),
       ("ftp", 21, 'service=ftp; request="welcome.msg"; receive="welcome"', False),
       ("ldap", 389, 'service=ldap; request="dc=x,dc=y"; receive="dc=x"', True),
       ("dns", 53, 'service=dns; request="www.example.com"; receive="1.2.3.4"', True),
       ("sip", 5060, "protocol=udp; service=sip", True),
       ("simpletcp", 7777, 'service=simpletcp; request="ping"; receive="^hello"', True),
       ("ping", 7780, "checktype=ping", False), ("external", 7781, "checktype=external", True),
       ("udp connect", 5353, "protocol=udp; checktype=connect", False)]


def six(config_of, original=True):
    config = "".join(one(f"real6=[fd00::2]:{port} masq; {lines}", virtual=f"[fd00::100]:{port}").replace("virtual=", "virtual6=")
                     for _, port, lines, _ in config_of)
    def tables(ours):
        return "\n".join(table(*([f"[fd00::2]:{port} -m -w 1"] if ours or good else []),
                               key=("-u" if port in (53, 5060, 5353) else "-t") + f" [fd00::100]:{port}")
                         for _, port, _, good in config_of)
    return config, Differs(tables(True), tables(False), "its checks do not understand the address", SIX_ROW) if original else tables(True)


SIX_CONFIG, SIX_TABLES = six(SIX)


# A module that is installed for other scenarios is none here; nothing of the machine is changed.
NO_DRIVER = "for f in /usr/lib/*/perl5/*/DBD/mysql.pm; do [ ! -e $f ] || mount --bind /dev/null $f; done"
DRIVER_AGAIN = "for f in /usr/lib/*/perl5/*/DBD/mysql.pm; do umount $f 2>/dev/null; done; true"


def fatal(name, lines, port, ours_table, ours_process, why, row, before="true", after="true"):
    """Checks that end the original's process (D51): the services stay, nobody is told."""
    key = f"-t 10.9.9.100:{port}"
    return (name, one(f"real={UP}:{port} masq; {lines}", virtual=f"10.9.9.100:{port}"),
            [(before, None), ("start", None), ("process", Differs(ours_process, "gone", why, row)),
             ("true", Differs(ours_table, table(key=key), why, row)), (after, None), ("ipvsadm -C", None)])


def reloads(name, before, at_first, after, then, *more, prepare=()):
    """A configuration, another one, and the table after each; `prepare`: events in between."""
    return (name, before, [("start", at_first), *prepare, (becomes(after.lstrip("\n")), None), ("reload", then), *more])


CHECKED = "real=10.9.9.2:80 masq; real=10.9.9.3:80 masq; checktype=connect"
BOTH = table(M1, M2)
OTHER_PORT = one("real=10.9.9.2:80 masq; checktype=connect", virtual="10.9.9.100:81")
OTHER_TABLE = table("10.9.9.2:80 -m -w 1", key="-t 10.9.9.100:81")
TOGGLED = "printf '#!/bin/sh\\nexit $(cat /etc/ha.d/code)\\n' > /etc/ha.d/check; chmod 755 /etc/ha.d/check; echo 0 > /etc/ha.d/code"
KILLED = "kill -9 $(cat /run/ldirectord.case.cf.pid)"

LOG, PARENT = "/var/log/ldirectord.log", "$(cat /run/ldirectord.case.cf.pid)"
D13_FIRST, D13_LAST = (table("10.9.9.2:80 -g -w 5", "10.9.9.3:80 -g -w 5", r3, options="-s wlc")
                       for r3 in ("10.9.9.4:80 -g -w 5", "10.9.9.4:80 -i -w 1 --tun-type ipip"))


def thresholds(upper, lower):
    return Says("ipvsadm -Ln --thresholds | awk '/->.*:80/ && !/Remote/ {print $3, $4}'", f"{upper} {lower}")


# Which services counted the failures of their servers up to where, in words like ":80 1".
SOFT = (f"sed -n 's/.*Soft failure real server: .*(tcp:10.9.9.100\\(:8.\\)) failure \\([12]\\)\\/3.*/\\1 \\2/p' {LOG} | sort -u | paste -sd ' '")
SHARED_UP = "\n".join(table(f"{real}:80 -m -w 1", key=f"-t 10.9.9.100:{port}") for port, real in ((80, UP), (81, UP), (82, BAD)))
SHARED_DOWN = "\n".join(table(key=f"-t 10.9.9.100:{port}") for port in (80, 81, 82))
D26_HEAD = "autoreload=yes\ncallback=\"/etc/ha.d/called\"\n"
D26_AFTER = (table("10.9.9.2:80 -m -w 5", "10.9.9.3:80 -g -w 2", options="-s rr") + "\n"
             + table("10.9.9.2:80 -m -w 2", key="-t 10.9.9.100:82"))
D47_CONFIG = ("fork=yes\ncheckinterval=2\n" + one("real=10.9.9.2:80 gate; real=10.9.9.3:80 gate; fallback=127.0.0.1:80; checkinterval=1; service=http")
              + OTHER_PORT)
D47_DOWN = table("10.9.9.3:80 -g -w 1") + "\n" + table(key="-t 10.9.9.100:81")
CHILDREN = Differs(Says(f"pgrep -cP {PARENT}", "0"), Says(f"pgrep -cP {PARENT}", "2"), "one process does all", "fork=yes")


def perl(what, script, up):
    """external-perl. D28"""
    return (f"D28 external-perl, {what}", one("real=10.9.9.2:80 masq; checktype=external-perl; checkcommand=/etc/ha.d/check.pl"),
            [(f"echo '{script}' > /etc/ha.d/check.pl", None), ("start", None), ("sleep 4", table(*([M1] if up else []))), ("stop", "")])


FOREIGN = "-A -t 10.9.9.100:443 -s rr"
G1, G2 = "10.9.9.2:80 -g -w 2", "10.9.9.3:80 -g -w 2"
MARK = table(G2, key="-f 3")
D27_ALL, D27_NO_R1 = table(G1, G2) + "\n" + MARK, table(G2) + "\n" + MARK
D27_NO_R2, D27_NONE = (table(left) + "\n" + table(key="-f 3") for left in (G1, BACKUP))

CASES = [
    on("D03 port mismatch, gate and ipip", "real=10.9.9.2:8080 gate 3; real=10.9.9.3:8080 ipip 4",
       table("10.9.9.2:80 -g -w 3", "10.9.9.3:80 -i -w 4 --tun-type ipip")),
    ("D04 port mismatch and quiescent", "quiescent=yes\n" + one("real=10.9.9.2:8080 gate 3; checktype=connect"), [
        ("on r1:8080", None),
        ("start", Differs(table("10.9.9.2:80 -g -w 3"), table("10.9.9.2:80 -g -w 0"), "it looks for an entry with port 8080",
                          "gate or ipip, other port")),
        ("off r1:8080", table("10.9.9.2:80 -g -w 0")),
        ("on r1:8080", Differs(table("10.9.9.2:80 -g -w 3"), table("10.9.9.2:80 -g -w 0"), "the same",
                               "gate or ipip, other port")), ("stop", "")]),
    ("D07 mark with a global fallback", one("real=10.9.9.2 gate 2; checktype=off", virtual="5", head="fallback=127.0.0.1\n"), [
        ("start", Differs(table("127.0.0.1:0 -g -w 1", key="-f 5"), table(key="-f 5"), "it has none for marks",
                          "global fallback with a mark")), ("stop", "")]),
    ("D08 off, global fallback without port",
     one("real=10.9.9.2:81 gate 2; checktype=off", virtual="10.9.9.100:81", head="fallback=127.0.0.1\n"),
     [("start", table("127.0.0.1:81 -g -w 1", key="-t 10.9.9.100:81")), ("stop", "")]),
    ("D09 off, quiescent, masq fallback", "quiescent=yes\n" + one(
        "real=10.9.9.2:81 gate 2; checktype=off; fallback=127.0.0.1 masq", virtual="10.9.9.100:81"), [
        ("start", table("127.0.0.1:81 -m -w 1", "10.9.9.2:81 -g -w 0", key="-t 10.9.9.100:81")), ("stop", "")]),
    ("D10 an address without port", one("real=10.9.9.2:80 gate; checktype=on", virtual="10.9.9.100"), [
        ("start", Differs("", table("10.9.9.2:80 -g -w 1", key="-f 10"), "ours refuses the line", "virtual=ADDRESS, no port")), ("stop", "")]),
    on("D11 udp by port, ops", "real=10.9.9.2:53 masq; scheduler=rr; ops=yes",
       table("10.9.9.2:53 -m -w 1", key="-u 10.9.9.100:53", options="-s rr -o"), virtual="10.9.9.100:53"),
    on("D12 ops means nothing for tcp", "real=10.9.9.2:443 masq; ops=yes; persistent=60; netmask=255.255.255.0",
       table("10.9.9.2:443 -m -w 1", key="-t 10.9.9.100:443", options="-s wrr -p 60 -M 255.255.255.0"), virtual="10.9.9.100:443"),
    on("D13 names, service names, a range", "real=10.9.9.2->10.9.9.4:http gate 5; scheduler=wlc; fallback=localhost:http",
       table("10.9.9.2:80 -g -w 5", "10.9.9.3:80 -g -w 5", "10.9.9.4:80 -g -w 5", options="-s wlc"), virtual="vip:http"),
    ("D13 a second server comes to the same address and port", one(
        "real=10.9.9.2->10.9.9.4:http gate 5; real=r3:8080 ipip 1; scheduler=wlc; checktype=on; fallback=localhost:http", virtual="vip:http"), [
            ("start", Differs(D13_LAST, [D13_FIRST, D13_LAST], "the order of a hash decides", "same real server twice")), ("stop", "")]),
    ("D14 two colons", one("real=10.9.9.2::5060 gate; checktype=on", virtual="10.9.9.100:5060"), [
        ("start", Differs("", table("0.0.19.196:5060 -g -w 1", key="-t 10.9.9.100:5060"), "ours refuses the line",
                          "real=ADDRESS::PORT")), ("stop", "")]),
    ("D17 IPv6, masq, another port, quiescent", "quiescent=yes\nvirtual6=[fd00::100]:80\n\treal6=[fd00::2]:8080 masq 2\n"
     "\tchecktype=connect\n", [
         ("on r1:8080", None), ("start", table("[fd00::2]:8080 -m -w 2", key="-t [fd00::100]:80")),
         ("off r1:8080", table("[fd00::2]:8080 -m -w 0", key="-t [fd00::100]:80")),
         ("on r1:8080", table("[fd00::2]:8080 -m -w 2", key="-t [fd00::100]:80")), ("stop", "")]),
    ("D18 thresholds", "quiescent=yes\n" + one("real=10.9.9.2:80 gate 2 l:10 u:20; checktype=connect"), [
        ("start", table("10.9.9.2:80 -g -w 2")), ("true", thresholds(20, 10)),
        ("off r1", table("10.9.9.2:80 -g -w 0")), ("true", thresholds(0, 0)),
        ("on r1", table("10.9.9.2:80 -g -w 2")), ("true", thresholds(20, 10)), ("stop", "")]),
    ("D21 failurecount", "failurecount=3\n" + PAIR, [
        ("start", table(M1, M2)), ("off r1", table(M2)), ("on r1", table(M1, M2)), ("stop", "")]),
    ("D21 failurecount, a server that two services share", "failurecount=3\n" + "".join(
        one(f"real={real}:80 masq; checktype=connect", virtual=f"10.9.9.100:{port}") for port, real in ((80, UP), (81, UP), (82, BAD))), [
            (f"true > {LOG}", None), ("start", SHARED_UP), ("off r1", None), ("off r2", SHARED_DOWN),
            ("true", Differs(Says(SOFT, ":80 1 :80 2 :81 1 :81 2 :82 1 :82 2"), Says(SOFT, ":80 1 :81 2 :82 1 :82 2"),
                             "it counts each of them: the shared one leaves after two rounds", "failurecount, server shared by services")),
            ("stop", "")]),
    ("D22 readdquiescent and quiescent, deleted by hand", "readdquiescent=yes\nquiescent=yes\n" + PAIR, [
        ("start", table(M1, M2)), ("off r1", table("10.9.9.2:80 -m -w 0", M2)),
        ("ipvsadm -d -t 10.9.9.100:80 -r 10.9.9.2:80",
         Differs(table("10.9.9.2:80 -m -w 0", M2), table(M2), "only ours repairs", OUTSIDE)), ("stop", "")]),
    ("D23 readdquiescent without quiescent", "readdquiescent=yes\n" + PAIR, [
        ("start", table(M1, M2)), ("off r1", table(M2)), ("stop", "")]),
    ("D24 an error at the end of the file, HUP", PAIR, [
        ("start", table(M1, M2)), (f"echo foo=bar >> {CONF}; {HUP}", None), ("off r1", table(M2))]),
    ("D26 autoreload", D26_HEAD + one("real=10.9.9.2:80 gate 2; persistent=60; checktype=connect")
     + one("real=10.9.9.2:80 masq 2; checktype=connect", virtual="10.9.9.100:81"), [
        ("printf '#!/bin/sh\\necho \"$@\" >> /var/log/called\\n' > /etc/ha.d/called; chmod 755 /etc/ha.d/called; rm -f /var/log/called", None),
        ("start", table("10.9.9.2:80 -g -w 2", options="-s wrr -p 60") + "\n" + table("10.9.9.2:80 -m -w 2", key="-t 10.9.9.100:81")),
        ("sleep 1.1; " + becomes(D26_HEAD + one("real=10.9.9.2:80 masq 5; real=10.9.9.3:80 gate 2; scheduler=rr; checktype=connect")
                 + one("real=10.9.9.2:80 masq 2; checktype=connect", virtual="10.9.9.100:82")), D26_AFTER),
        ("true", Says("sort -u /var/log/called", CONF)),
        (f"rm -f /var/log/called; sleep 1.1; echo junk >> {CONF}", Says("sort -u /var/log/called", CONF)), ("true", D26_AFTER),
        (f"sed -i /junk/d {CONF}", None), ("reload", D26_AFTER), ("stop", "")]),
    external("D28 external, exit 0", "exit 0", table("10.9.9.2:80 -g -w 2")),
    external("D28 external, exit 1", "exit 1", table()),
    external("D28 external, killed", "kill -9 $$",
             Differs(table(), table("10.9.9.2:80 -g -w 2"), "it takes the death by a signal for exit code 0", "external ended by a signal")),
    ("D28 external, sleeps", one("real=10.9.9.2:80 gate; checktype=external; checkcommand=/etc/ha.d/check"), [
        ("printf '#!/bin/sh\\nsleep 100\\n' > /etc/ha.d/check; chmod 755 /etc/ha.d/check", None), ("start", None), ("sleep 4", table()), ("stop", "")]),
    perl("exits with 0", "exit 0;", True), perl("exits with 1", "exit 1;", False), perl("sleeps", "sleep 100;", False),
    perl("dies", 'die "oh";', False),
    ("D28 external-perl, dies, and its time passes before the next check", "checkinterval=8\n" + one(
        "real=10.9.9.2:80 masq; checktype=external-perl; checkcommand=/etc/ha.d/check.pl"), [
            ("echo 'die \"oh\";' > /etc/ha.d/check.pl", None), ("start", None), ("sleep 6", table()),
            ("process", Differs("runs", "gone", "its alarm rings when nobody waits for it any more", "external-perl that dies"), 20),
            ("ipvsadm -C", None)]),
    ("D29 checkcommand with an argument", one('real=10.9.9.2:80 gate; checktype=external; checkcommand="/bin/true foo"'),
     [("start", table()), ("stop", "")]),
    ("D30 external on a mark", one("real=10.9.9.2 gate 2; checktype=external; checkcommand=/etc/ha.d/check", virtual="5"), [
        ("printf '#!/bin/sh\\n[ \"$*\" = \"5 0 10.9.9.2 0\" ]\\n' > /etc/ha.d/check; chmod 755 /etc/ha.d/check", None),
        ("start", table("10.9.9.2:0 -g -w 2", key="-f 5")), ("stop", "")]),
    ("D39 checkport, weight 0, the same server twice", "quiescent=yes\n" + one(
        "real=10.9.9.2:8081 masq 0; real=10.9.9.3:80 masq 1; real=10.9.9.3:80 masq 9; checkport=80; checktype=connect"), [
        ("start", table("10.9.9.2:8081 -m -w 0", "10.9.9.3:80 -m -w 9")), ("stop", "")]),
    on("D41 a scheduler that does not exist", "real=10.9.9.2:80 masq; scheduler=foo", ""),
    on("D41 persistent=0", "real=10.9.9.2:80 masq; persistent=0", Differs(table(M1), "", "ipvsadm refuses -p 0", "persistent=0")),
    on("D42 all ports, persistent", "real=10.9.9.2 masq; persistent=60",
       table("10.9.9.2:0 -m -w 1", key="-t 10.9.9.100:0", options="-s wrr -p 60"), virtual="10.9.9.100:0"),
    on("D43 flags of sh, masq without port", "real=10.9.9.2 masq; scheduler=sh; schedflags=sh-port,sh-fallback",
       table("10.9.9.2:0 -m -w 1", options="-s sh -b sh-fallback,sh-port")),
    ("D44 drift", one("real=10.9.9.2:80 gate; real=10.9.9.3:80 gate; fallback=127.0.0.1:80; checktype=connect"), [
        ("start", table("10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 1")),
        ("ipvsadm -d -t 10.9.9.100:80 -r 10.9.9.2:80; ipvsadm -e -t 10.9.9.100:80 -r 10.9.9.3:80 -g -w 55",
         Differs(table("10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 55"), table("10.9.9.3:80 -g -w 55"), "only ours repairs", OUTSIDE)),
        ("ipvsadm -C", Differs(table("10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 55"), "", "the same", OUTSIDE)),
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
    ("D47 fork", D47_CONFIG, [
        ("start", table("10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 1") + "\n" + OTHER_TABLE), ("true", CHILDREN),
        ("off r1", D47_DOWN),
        (f"kill -9 $(pgrep -P {PARENT} | head -n 1)", None), ("sleep 3", D47_DOWN), ("true", CHILDREN), ("reload", D47_DOWN),
        ("on r1", table("10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 1") + "\n" + OTHER_TABLE), ("stop", "")]),
    ("D47 fork, the parent is killed", D47_CONFIG, [
        ("start", table("10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 1") + "\n" + OTHER_TABLE), (KILLED, None), ("off r1", None),
        ("sleep 6", Differs(table("10.9.9.2:80 -g -w 1", "10.9.9.3:80 -g -w 1") + "\n" + OTHER_TABLE, D47_DOWN,
                            "its children go on", "fork=yes")), ("ipvsadm -C", None)]),
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
    ("D25 an error before the sections, HUP", "quiescent=yes\n" + PAIR, [
        ("start", table(M1, M2)), (f"sed -i '2i junk' {CONF}; {HUP}", None),
        ("off r2", Differs(table(M1, "10.9.9.3:80 -m -w 0"), table(M1, M2), "it throws away what its checks say (D25)",
                           "reload with an error"))]),
    ("E28 comments, blanks around =, four blanks",
     "# a comment\nvirtual = 10.9.9.100:80\n# in the section\n    real = 10.9.9.2:80 masq # why not\n    checktype = on\n",
     [("start", table(M1)), ("stop", "")]),
    ("E29 a blank line inside a section", "virtual=10.9.9.100:80\n\treal=10.9.9.2:80 masq\n\n\tchecktype=on\n",
     [("start", Differs(table(M1), "", "it refuses what follows", "blank line inside a section")), ("stop", "")]),
    ("E30 a comment after a global value", "quiescent=no # not now\n" + one("real=10.9.9.2:80 masq; checktype=on"),
     [("start", Differs(table(M1), "", "it refuses the value", "comment after a global value")), ("stop", "")]),
    ("E31 nothing to do", "", [("start", ""), ("stop", "")]),

    ("D27 maintenance, by each of its names", "maintenancedir=/etc/ha.d/maint\n"
     + one("real=10.9.9.2:80 gate 2; real=10.9.9.3:80 gate 2; checktype=connect; fallback=127.0.0.1:80")
     + one("real=10.9.9.3:80 gate 2; checktype=connect", virtual="3"),
     [("mkdir -p /etc/ha.d/maint; rm -f /etc/ha.d/maint/*", None), ("start", D27_ALL),
      *[step for name in ("10.9.9.2:80", "10.9.9.2", "r1", "r1:80")
        for step in ((f"touch /etc/ha.d/maint/{name}", D27_NO_R1), (f"rm /etc/ha.d/maint/{name}", D27_ALL))],
      *[step for name in ("r2", "r2.example.com", "r2.example.com:80")
        for step in ((f"touch /etc/ha.d/maint/{name}", D27_NO_R2), (f"rm /etc/ha.d/maint/{name}", D27_ALL))],
      ("touch /etc/ha.d/maint/10.9.9.2 /etc/ha.d/maint/10.9.9.3", D27_NONE), ("rm /etc/ha.d/maint/*", D27_ALL), ("stop", "")]),
    ("D31 every service, with a good server and a bad one", MATRIX_CONFIG, [("start", None), ("true", MATRIX_TABLE, 60), ("stop", "", 40)]),
    ("D31 HEAD and a pattern: never up", "quiescent=yes\n" + one(
        'real=10.9.9.2:80 masq 1 "http://10.9.9.2:80/abs/path", "hel+o"; service=http; httpmethod=HEAD'),
     [("start", None), ("sleep 3", table("10.9.9.2:80 -m -w 0")), ("stop", "")]),
    served("D32 pop without login, nobody there", 109, "service=pop", Differs(False, True, "any pop without login is up", "pop without login")),
    served("D32 pop with login, nobody there", 109, "service=pop; " + ACCOUNT, False),
    served("D33 dns without receive", 53, 'request="www.example.com"', Differs(True, False, "no pattern matches nothing", "dns without receive"), udp=True),
    served("D33 dns, the name of an address", 53, 'request="10.9.9.2"; receive="^host\\."', True, udp=True),
    served("D34 simpletcp, request only", 7777, 'service=simpletcp; request="ping"', True),
    served("D34 simpletcp, nothing to ask", 7777, "service=simpletcp", True),
    served("D34 simpletcp, a line feed and no receive", 7777, 'service=simpletcp; request="ping\\n"',
           Differs(True, False, "the empty pattern is the one before", "\\n and no receive in simpletcp")),
    served("D34 simpletcp, closes without a word", 7778, 'service=simpletcp; request="ping"', False),
    served("D34 simpletcp, the second of three lines", 7779, 'service=simpletcp; request="ping"; receive="^two hello$"', True),
    served("D35 ftp without receive", 21, "service=ftp", True),
    served("D35 ftp without receive, a silent server", 7780, "service=ftp", Differs(False, True, "no receive is always up", "ftp without receive")),
    ("D36 what receive matches", PAGES_CONFIG, [("start", None), ("sleep 3", PAGES_TABLE, 60), ("stop", "", 40)]),
    ("D36 blanks in a request, and a virtual host",
     one('real=10.9.9.2:801 masq; service=http; request="a b?x=1&y=%20z"; virtualhost="my.host:8080"', virtual="10.9.9.100:801"),
     [("start", table("10.9.9.2:801 -m -w 1", key="-t 10.9.9.100:801")),
      ("true", Says("sed -n 's/\\r//; s/^GET //p; s/^Host: //p' /var/log/asked | tail -n 2", "/a%20b?x=1&y=%20z HTTP/1.1\nmy.host:8080", "r1")),
      ("stop", "")]),
    ("D37 a redirect: who is asked for the page that it leads to",
     one('real=10.9.9.2:811 masq; service=http; request="/"; receive="hello"; virtualhost=vh.example', virtual="10.9.9.100:811"),
     [("start", table("10.9.9.2:811 -m -w 1", key="-t 10.9.9.100:811")),
      ("true", Differs(Told("^GET /x HTTP/1.1\n(?:.+\n)*?Host: (.*)", "10.9.9.2"), Told("^GET /x HTTP/1.1\n(?:.+\n)*?Host: (.*)", "10.9.9.2:80"),
                       "the usual port is left out", "Host header without virtualhost")), ("stop", "")]),
    served("D37 a redirect to a page that is good", 811, 'service=http; request="/"; receive="hello"; virtualhost=vh.example', True),
    served("D37 a redirect to nowhere", 812, 'service=http; request="/"; receive="hello"', False),
    ("D38 combined, the page goes wrong", one('real=10.9.9.2:80 gate; checktype=2; service=http; receive="hello"'), [
        ("start", table("10.9.9.2:80 -g -w 1")), ("error r1", table()), ("on r1", table("10.9.9.2:80 -g -w 1")), ("stop", "")]),
    served("D40 https, an authority that nobody knows", 443, 'service=https; receive="hello"; virtualhost=www.v.h',
           Differs(True, False, "verified only with sslverify", "https with an unknown certificate")),
    served("D40 https, a known one", 443, 'service=https; receive="hello"; virtualhost=www.v.h', True,
           start="SSL_CERT_FILE=/etc/ha.d/ca.pem ldirectord case.cf start"),
    ("D48 one file, two pid names", one("real=10.9.9.2:80 masq; checktype=on"), [
        ("cp /etc/ha.d/case.cf /etc/ha.d/ldirectord.cf; ldirectord start; ldirectord ldirectord.cf start", table(M1)),
        ("ldirectord ldirectord.cf stop; sleep 2", Differs(table(M1), "", "only ours puts back what the other took out", OUTSIDE)), ("ldirectord stop; sleep 2; rm /etc/ha.d/ldirectord.cf", "")]),
    ("D49 execute", "execute=b.cf\n" + one("real=10.9.9.2:80 masq; checktype=on"), [
        ("printf 'virtual=10.9.9.100:81\\n\\treal=10.9.9.2:80 masq\\n\\tchecktype=on\\n' > /etc/ha.d/b.cf", None),
        ("start", table(M1) + "\n" + OTHER_TABLE), ("stop", "")]),
    ("D50 IPv6, service by service", SIX_CONFIG, [("start", None), ("sleep 12", SIX_TABLES, 60), ("stop", "", 40)]),
    ("D50 IPv6 http", one('real6=[fd00::2]:80 masq; service=http; receive="hello"').replace("virtual=10.9.9.100", "virtual6=[fd00::100]"),
     [("start", None), ("process", Differs("runs", "gone", "it wants Net::INET6Glue", SIX_DEAD)),
      ("true", Differs(table("[fd00::2]:80 -m -w 1", key="-t [fd00::100]:80"), table(key="-t [fd00::100]:80"), "the same", SIX_DEAD))]),
    ("D50 IPv6 radius", one('real6=[fd00::2]:1812 masq; service=radius; protocol=udp; login="ru"; passwd="rp"; secret="s3cret"',
                            virtual="[fd00::100]:1812").replace("virtual=", "virtual6="),
     [("start", None), ("process", Differs("runs", "gone", "the address ends it", SIX_DEAD)),
      ("true", Differs(table("[fd00::2]:1812 -m -w 1", key="-u [fd00::100]:1812"), table(key="-u [fd00::100]:1812"), "the same", SIX_DEAD))]),
    fatal("D51 a pattern that is wrong", 'service=http; receive="hello("', 80, "", "gone", "ours refuses the file, with the place",
          "regular expression that is wrong"),
    fatal("D51 a data base without its driver", f'service=mysql; request="SELECT 1"; {ACCOUNT}', 3306,
          table(key="-t 10.9.9.100:3306"), "runs", "ours brings what it needs, and takes a server that is down for one",
          "data bases", NO_DRIVER, DRIVER_AGAIN),
    ("D53 one server in two services, quiescent, one check failing", "quiescent=yes\n"
     + one('real=10.9.9.2:80 masq; service=http; receive="nothing"')
     + one('real=10.9.9.2:80 masq; service=http; receive="hello"', virtual="10.9.9.100:81"), [
         ("start", None), ("sleep 4", Differs(table("10.9.9.2:80 -m -w 0") + "\n" + OTHER_TABLE, table() + "\n" + OTHER_TABLE,
                                             "at start it knows servers by address and port alone",
                                             "same real server in several services")), ("stop", "")]),
    served("D54 ldaps, an authority that nobody knows", 636, 'service=ldaps; request="dc=x,dc=y"; receive="dc=x"', True),
    served("D54 imaps, the same", 993, "service=imaps; " + ACCOUNT, Differs(True, False, "verified only with sslverify", "imaps, pops")),
    served("D54 pops, the same", 995, "service=pops; " + ACCOUNT, Differs(True, False, "verified only with sslverify", "imaps, pops")),

    on("E32 netmask of half an address", "real=10.9.9.2:80 masq; persistent=300; netmask=255.255.0.0",
       table(M1, options="-s wrr -p 300 -M 255.255.0.0")),
    on("E33 a port by name, udp by that", "real=10.9.9.2:domain masq; real=10.9.9.3:domain masq 4",
       table("10.9.9.2:53 -m -w 1", "10.9.9.3:53 -m -w 4", key="-u 10.9.9.100:53"), virtual="10.9.9.100:domain"),
    on("E34 tunnels with weights", "real=10.9.9.2:80 ipip 3; real=10.9.9.3:80 ipip 5",
       table("10.9.9.2:80 -i -w 3 --tun-type ipip", "10.9.9.3:80 -i -w 5 --tun-type ipip")),
    on("E35 names and port names of real servers", "real=r1:http masq; real=r2.example.com:http masq 2", table(M1, "10.9.9.3:80 -m -w 2")),
    on("E36 a range behind a mark, without ports", "real=10.9.9.2->10.9.9.3 gate 2",
       table("10.9.9.2:0 -g -w 2", "10.9.9.3:0 -g -w 2", key="-f 12"), virtual="12"),
    on("E37 a range of one", "real=10.9.9.2->10.9.9.2:80 masq", table(M1)),
    ("E38 a global fallback by masq without port", one("real=10.9.9.2:80 masq; checktype=connect", head="fallback=10.9.9.3 masq\n"), [
        ("start", table(M1)), ("off r1", table("10.9.9.3:80 -m -w 1")), ("on r1", table(M1)), ("stop", "")]),
    ("E39 a global fallback6", "fallback6=[::1]:80\nvirtual6=[fd00::100]:80\n\treal6=[fd00::2]:80 masq\n\tchecktype=connect\n", [
        ("start", table("[fd00::2]:80 -m -w 1", key="-t [fd00::100]:80")),
        ("off r1", table("[::1]:80 -g -w 1", key="-t [fd00::100]:80")), ("stop", "")]),
    ("E40 quiescent in one section only", one(CHECKED + "; quiescent=yes") + OTHER_PORT, [
        ("start", BOTH + "\n" + OTHER_TABLE),
        ("off r1", table("10.9.9.2:80 -m -w 0", M2) + "\n" + table(key="-t 10.9.9.100:81")), ("stop", "")]),
    ("E41 cleanstop=no in one section only", one(CHECKED + "; cleanstop=no") + OTHER_PORT, [
        ("start", BOTH + "\n" + OTHER_TABLE), ("stop", BOTH)]),
    ("E42 off and quiescent, no fallback", "quiescent=yes\n" + one("real=10.9.9.2:80 masq; checktype=off"), [
        ("start", None), ("sleep 2", table("10.9.9.2:80 -m -w 0")), ("stop", "")]),
    reloads("E43 a reload from on to off", one("real=10.9.9.2:80 masq; checktype=on"), table(M1),
            one("real=10.9.9.2:80 masq; checktype=off; fallback=127.0.0.1:80"),
            Differs(table(BACKUP), table(M1), "what is in the table is up, and nobody looks again until it is restarted",
                    "a reload to checktype=off")),
    reloads("E44 a reload from off to on", one("real=10.9.9.2:80 masq; checktype=off; fallback=127.0.0.1:80"), table(BACKUP),
            one("real=10.9.9.2:80 masq; checktype=on"), table(M1)),
    reloads("E45 quiescent goes while one is down", "quiescent=yes\n" + PAIR, BOTH, "quiescent=no\n" + PAIR, table(M2),
            prepare=[("off r1", table("10.9.9.2:80 -m -w 0", M2))]),
    reloads("E46 quiescent comes while one is down", PAIR, BOTH, "quiescent=yes\n" + PAIR, table("10.9.9.2:80 -m -w 0", M2),
            prepare=[("off r1", table(M2))]),
    reloads("E47 a fallback comes while all are down", PAIR, BOTH, one(CHECKED + "; fallback=127.0.0.1:80"), table(BACKUP),
            prepare=[("off r1", table(M2)), ("off r2", table())]),
    reloads("E48 the fallback goes while it is on", one(CHECKED + "; fallback=127.0.0.1:80"), BOTH, PAIR, table(),
            prepare=[("off r1", table(M2)), ("off r2", table(BACKUP))]),
    reloads("E49 another fallback while it is on", one(CHECKED + "; fallback=127.0.0.1:80"), BOTH,
            one(CHECKED + "; fallback=127.0.0.2:80"), table("127.0.0.2:80 -g -w 1"),
            prepare=[("off r1", table(M2)), ("off r2", table(BACKUP))]),
    reloads("E50 another scheduler", PAIR, BOTH, one(CHECKED + "; scheduler=lc"), table(M1, M2, options="-s lc")),
    reloads("E51 persistence comes", PAIR, BOTH, one(CHECKED + "; persistent=120"), table(M1, M2, options="-s wrr -p 120")),
    reloads("E52 persistence goes", one(CHECKED + "; persistent=120"), table(M1, M2, options="-s wrr -p 120"), PAIR, BOTH),
    reloads("E53 one service more", PAIR, BOTH, PAIR + OTHER_PORT, BOTH + "\n" + OTHER_TABLE),
    reloads("E54 one service less", PAIR + OTHER_PORT, BOTH + "\n" + OTHER_TABLE, PAIR, BOTH),
    reloads("E55 a service at another port", OTHER_PORT, OTHER_TABLE, OTHER_PORT.replace(":81", ":82"),
            table("10.9.9.2:80 -m -w 1", key="-t 10.9.9.100:82")),
    reloads("E56 from tcp to udp", one("real=10.9.9.2:80 masq; checktype=on"), table(M1),
            one("real=10.9.9.2:80 masq; checktype=on; protocol=udp"), table(M1, key="-u 10.9.9.100:80")),
    ("E57 restart while one is quiesced", "quiescent=yes\n" + PAIR, [
        ("start", BOTH), ("off r1", table("10.9.9.2:80 -m -w 0", M2)), ("restart", table("10.9.9.2:80 -m -w 0", M2)),
        ("on r1", BOTH), ("stop", "")]),
    ("E58 the port that is checked is another", one("real=10.9.9.2:80 masq; checkport=7778; checktype=connect"), [
        ("start", table(M1)), ("off r1", None), ("sleep 3", table(M1)), ("stop", "")]),
    ("E59 the port that is checked is closed", one("real=10.9.9.2:80 masq; checkport=7999; checktype=connect; fallback=127.0.0.1:80"), [
        ("start", None), ("sleep 3", table(BACKUP)), ("stop", "")]),
    ("E60 two services share one check", PAIR + OTHER_PORT, [
        ("start", BOTH + "\n" + OTHER_TABLE), ("off r1", table(M2) + "\n" + table(key="-t 10.9.9.100:81")),
        ("on r1", BOTH + "\n" + OTHER_TABLE), ("stop", "")]),
    ("E61 IPv6, quiescent, both ways", "quiescent=yes\nvirtual6=[fd00::100]:80\n\treal6=[fd00::2]:80 gate 2\n\tchecktype=connect\n", [
        ("start", table("[fd00::2]:80 -g -w 2", key="-t [fd00::100]:80")), ("off r1", table("[fd00::2]:80 -g -w 0", key="-t [fd00::100]:80")),
        ("on r1", table("[fd00::2]:80 -g -w 2", key="-t [fd00::100]:80")), ("stop", "")]),
    ("E62 an IPv6 mark that is checked", "virtual6=9\n\treal6=[fd00::2] gate\n\treal6=[fd00::3] gate 3\n\tcheckport=80\n\tchecktype=connect\n", [
        ("start", table("[fd00::2]:0 -g -w 1", "[fd00::3]:0 -g -w 3", key="-f 9 -6")),
        ("off r1", table("[fd00::3]:0 -g -w 3", key="-f 9 -6")), ("stop", "")]),
    ("E63 HTTP 500 and silence, quiescent", "quiescent=yes\n" + one('real=10.9.9.2:80 masq; real=10.9.9.3:80 masq; request="x"'), [
        ("start", BOTH), ("error r1", table("10.9.9.2:80 -m -w 0", M2)), ("silent r2", table("10.9.9.2:80 -m -w 0", "10.9.9.3:80 -m -w 0")),
        ("on r2", table("10.9.9.2:80 -m -w 0", M2)), ("stop", "")]),
    ("E64 an external check that changes its mind", one("real=10.9.9.2:80 masq; checktype=external; checkcommand=/etc/ha.d/check"), [
        (TOGGLED, None), ("start", table(M1)), ("echo 7 > /etc/ha.d/code", table()), ("echo 0 > /etc/ha.d/code", table(M1)), ("stop", "")]),
    ("E65 an external-perl check that changes its mind",
     one("real=10.9.9.2:80 masq; checktype=external-perl; checkcommand=/etc/ha.d/check.pl"), [
         ("echo 'exit(-e \"/etc/ha.d/stopped\" ? 1 : 0);' > /etc/ha.d/check.pl; rm -f /etc/ha.d/stopped", None),
         ("start", table(M1)), ("touch /etc/ha.d/stopped", table()), ("rm /etc/ha.d/stopped", table(M1)), ("stop", "")]),
    ("E66 combined, the port goes away", one('real=10.9.9.2:80 masq; checktype=3; service=http; receive="hello"'), [
        ("start", table(M1)), ("off r1", table()), ("on r1", table(M1)), ("stop", "")]),
    ("E67 autoreload of a file that is wrong, then right", "autoreload=yes\n" + PAIR, [
        ("start", BOTH), ("sleep 1.1; " + becomes("autoreload=yes\n" + PAIR.lstrip() + "junk\n"), BOTH), ("sleep 3", BOTH),
        ("sleep 1.1; " + becomes("autoreload=yes\n" + PAIR.lstrip().replace("10.9.9.3:80 masq", "10.9.9.3:80 masq 6")),
         table(M1, "10.9.9.3:80 -m -w 6")), ("stop", "")]),
    ("E68 a foreign service through reload and stop", PAIR, [
        ("ipvsadm -A -t 10.9.9.100:443 -s rr", None), ("start", BOTH + "\n" + FOREIGN), ("reload", BOTH + "\n" + FOREIGN), ("stop", FOREIGN)]),
    ("E69 killed, started again", PAIR, [
        ("start", BOTH), (f"{KILLED}; sleep 1", BOTH), ("off r1", BOTH), ("start", table(M2)), ("stop", "")]),
    ("E70 one-packet scheduling and quiescent", "quiescent=yes\n" + one(
        "real=10.9.9.2:53 masq; ops=yes; checktype=off; fallback=127.0.0.1:53", virtual="10.9.9.100:53"), [
            ("start", None), ("sleep 2", table("10.9.9.2:53 -m -w 0", "127.0.0.1:53 -g -w 1", key="-u 10.9.9.100:53", options="-s wrr -o")),
            ("stop", "")]),
    ("E71 weight 0, down and up", one("real=10.9.9.2:80 masq 0; real=10.9.9.3:80 masq; checktype=connect"), [
        ("start", table("10.9.9.2:80 -m -w 0", M2)), ("off r1", table(M2)), ("on r1", table("10.9.9.2:80 -m -w 0", M2)), ("stop", "")]),
    ("E72 no fallback as long as one is left", one("real=10.9.9.2:80 masq; real=10.9.9.3:80 masq; real=10.9.9.50:80 masq; "
                                                   "checktype=connect; fallback=127.0.0.1:80"), [
        ("start", None), ("true", table(M1, M2)), ("off r1", table(M2)), ("off r2", table(BACKUP)), ("on r2", table(M2)), ("stop", "")]),
    ("E73 gate, ipip and masq side by side", one("real=10.9.9.2:80 gate 2; real=10.9.9.3:80 ipip 3; real=10.9.9.4:80 masq 4; checktype=on"), [
        ("start", table("10.9.9.2:80 -g -w 2", "10.9.9.3:80 -i -w 3 --tun-type ipip", "10.9.9.4:80 -m -w 4")), ("stop", "")]),
    ("E74 a fallback that is one of the servers", one(CHECKED + "; fallback=10.9.9.2:80 masq"), [
        ("start", BOTH), ("off r2", table(M1)), ("off r1", table(M1)), ("on r2", None), ("sleep 2", table(M2)), ("stop", "")]),
]
