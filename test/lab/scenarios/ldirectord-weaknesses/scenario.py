# SPDX-License-Identifier: Apache-2.0
"""The known weaknesses of the Perl ldirectord, by their numbers in the list of them: each check says that ours is without
one, and with --stack debian the same check shows the original to have it (known differences). Long, so only when named;
LAB_PARTS=one_loop,unbounded plays some.

Number 21, errors of its manual page, is no matter for a lab: a unit test holds ours against the program. Of 11 the even
spread of checks is ldirectord-many's; of 16 the name in TLS is check-services', where smtp, ftp, pop and imap that drip, too,
are asked of both. http_proxy waits for no name server in either.
"""
import json
import os
import re

from common.ldirectord import real_servers_speak
from rig.plan import director, host

TITLE = "the weaknesses of the original, one by one"
NEEDS = ["ip_vs"]
LIMIT = 600
LONG = True
HOSTS = [director("dir", "10.9.9.1/24", "10.9.9.100/24", "fd00::1/64", files=["common/ldirectord-hosts"]),
         host("r1", "10.9.9.2/24", "fd00::2/64", files=["common/ldirectord-real"]),
         host("r2", "10.9.9.3/24", "fd00::3/64", files=["common/ldirectord-real"]),
         host("mail", "10.9.9.5/24", files=["ldirectord-errands/hosts/r2"])]
HEAD = 'checkinterval=1\nchecktimeout=3\nnegotiatetimeout=3\nlogfile="/var/log/ldirectord.log"\n'
CONFIG, PID, LOG = "/etc/ha.d/w.cf", "/run/ldirectord.w.cf.pid", "/var/log/ldirectord.log"
UP, ACCOUNT = "10.9.9.2", 'login="u"; passwd="p"'


def section(port, lines, six=False):
    head = f"virtual6=[fd00::100]:{port}" if six else f"virtual=10.9.9.100:{port}"
    return head + "\n" + "".join(f"\t{line}\n" for line in lines.split("; "))


class Weaknesses:
    def __init__(self, lab):
        self.lab, self.box, self.ours = lab, lab.hosts["dir"], lab.stack == "upbeat"

    # -- what a part is made of

    def write(self, text, head=HEAD):
        self.box.run(f"cat > {CONFIG}", stdin=head + text)

    def begin(self, title, text, head=HEAD, verb="start"):
        self.lab.step(title)
        self.write(text, head)
        return self.lab.run("dir", f"ldirectord w.cf {verb}", timeout=120)

    def end(self):
        if self.ours:
            self.box.run("ldirectord w.cf stop", timeout=60)
        else:
            self.box.run("for p in $(pgrep -f 'ldirectord.*w[.]cf'); do kill -9 $p; done", timeout=60)
        self.box.run(f"ipvsadm -C; rm -f {PID}")

    def runs(self):
        return self.box.run(f"kill -0 \"$(cat {PID} 2> /dev/null)\" 2> /dev/null && echo runs").out.strip() == "runs"

    def table(self):
        return self.box.run("ipvsadm -Sn").out

    def has(self, real, service=""):
        return any(f"-r {real} " in line and service in line for line in self.table().splitlines())

    def is_so(self, what, look, original, within=15):
        """Becomes so; where the original never does, it is given the same time."""
        self.lab.expect(what, lambda: (bool(look()), self.table()), within=within if self.ours else within / 3, poll=0.3,
                        original=original)

    def settled(self, what, look):
        """So, and so for a while: the original puts servers in before it checks them, and takes them out again."""
        since = [None]

        def steady():
            if not look():
                since[0] = None
            elif since[0] is None:
                since[0] = self.lab.now()
            return since[0] is not None and self.lab.now() - since[0] >= (0.5 if self.ours else 8), self.table()
        self.lab.expect(what, steady, within=40, poll=0.2)

    def first_check(self, *says):
        """The original puts a server in before it has been checked, and only then finds it down: what it says then is waited for."""
        if not self.ours:
            self.lab.settle(lambda: (all(line in self.box.read(LOG) for line in says), ""), 60, 0.3)

    def stays_so(self, what, look, seconds, original):
        return self.lab.expect_stays(what, lambda: (bool(look()), self.table()), seconds, original=original)

    def check(self, what, good, seen, original):
        self.lab.check(what, good, "" if good else str(seen), original=original)

    # -- the list

    def one_loop(self):
        self.begin("1, 2, 15: a POP server accepts and says nothing", section(
            110, f"real={UP}:7780 masq; service=pop; {ACCOUNT}; monitorfile=/var/log/m1") + section(80, "real=10.9.9.3:80 masq; checktype=connect"))
        # The original puts it in unchecked, and takes it out again until its check, which never comes.
        self.lab.settle(lambda: (self.has("10.9.9.3:80"), ""), 10, 0.3)
        self.stays_so("1 another server is checked meanwhile, and serves", lambda: self.has("10.9.9.3:80"), 4 if self.ours else 15,
                      "one check after the other: it waits for the first")
        self.is_so("2 the silent one is down after its timeout", lambda: "[down]" in self.box.read("/var/log/m1"), "it waits for ever")
        done = self.box.run("timeout 20 ldirectord w.cf restart; echo code $?", timeout=60)
        self.check("15 restart comes to an end", "code 0" in done.out, done.out, "it waits for the pid file for ever")
        self.end()

    def unbounded(self):
        """2: what waits without a limit, and who waits for it: a server of another service, that fails meanwhile."""
        # What is sent there is heard by nobody, and nobody says so.
        nowhere = "10.9.9.60"
        self.box.run(f"ip neigh replace {nowhere} lladdr 02:00:00:00:00:60 dev eth0 nud permanent; mkdir -p /etc/ha.d/nobody")
        # Addresses that /etc/hosts has no names for.
        strangers = range(22, 28)
        self.lab.hosts["r1"].run("; ".join(f"ip address add 10.9.9.{n}/24 dev eth0" for n in strangers))
        account = 'login="u"; passwd="p"; request="SELECT 1"'
        for what, names, head, first, original in (
                ("nntp, its host drops all packets", False, "", section(119, f"real={nowhere}:119 masq; service=nntp"), "it connects for minutes"),
                ("mysql, silent", False, "", section(3306, f"real={UP}:7780 masq; service=mysql; {account}"), "it waits for ever"),
                ("pgsql, silent", False, "", section(5432, f"real={UP}:7780 masq; service=pgsql; {account}"), None),
                ("http_proxy, the name server is silent", True, "",
                 section(3128, f'real={UP}:3128 masq; service=http_proxy; request="http://www.example.com/"'), None),
                ("maintenancedir, the name server is silent", True, "maintenancedir=/etc/ha.d/nobody\n",
                 section(81, "".join(f"real=10.9.9.{n}:801 masq; " for n in strangers) + "checktype=connect"), "it asks for the name of each server in each round"),
                ("mail, its server drops all packets", False, f"emailalert=one@example.com\nsmtp={nowhere}\n",
                 section(82, f"real={UP}:7999 masq; checktype=connect"), "it waits for the mail server")):
            server = self.lab.serve("r2", 81)
            if names:
                self.box.run(f"printf 'nameserver {nowhere}\\n' > /etc/resolv.conf")
            self.begin(f"2: {what}", first + section(80, "real=10.9.9.3:81 masq; checktype=connect"), HEAD + head)
            # The original puts all in unchecked, and takes them out again until their check: whether that comes is asked.
            since = []

            def serves_for_a_while():
                since[:] = (since or [self.lab.now()]) if self.has("10.9.9.3:81") else []
                return bool(since) and self.lab.now() - since[0] >= (0 if self.ours else 4), ""
            self.lab.settle(serves_for_a_while, 10, 0.3)
            serves = self.stays_so(f"2 {what}: another server is checked meanwhile, and serves", lambda: self.has("10.9.9.3:81"),
                                   4 if self.ours else 15, original)
            server.stop()
            if self.ours or serves:
                self.is_so(f"2 {what}: and is out when it fails", lambda: not self.has("10.9.9.3:81"), original)
            self.end()
            self.box.run("rm -f /etc/resolv.conf")

    def exposure(self):
        weight = []

        def look(job):
            """Until the good one has served for a while; no program is started for it, so nothing is missed."""
            end = None
            limit = self.lab.now() + 60
            while self.lab.now() < (end or limit):
                table = self.box.proc_net("ip_vs")
                found = re.search(r"-> 0A090902:1F3F +\S+ +[1-9]", table)
                if found:
                    weight.append(found.group(0))
                if job.result is None:
                    self.box.pump(0.001)
                elif end is None and re.search(r"-> 0A090902:0321 +\S+ +1", table):
                    end = self.lab.now() + (3 if self.ours else 12)
        self.lab.step("3: a server that is dead from the start")
        self.write("quiescent=yes\n" + section(80, f"real={UP}:801 masq; real={UP}:7999 masq; checktype=connect"))
        for verb in ("start", "reload"):
            del weight[:]
            job = self.box.spawn(f"ldirectord w.cf {verb}")
            look(job)
            job.wait(60)
            self.check(f"3 a dead server gets no client for a moment at {verb}", not weight, weight[:1], "its full weight until the first check")
        self.end()

    def broken_file(self):
        server = self.lab.serve("r2", 81)
        self.begin("4, 5: an error gets into the file", section(80, f"real={UP}:801 masq; real=10.9.9.3:81 masq; checktype=connect"),
                   HEAD + "quiescent=yes\n")
        self.settled("both serve", lambda: self.table().count(" -w 1") == 2)
        self.box.run(f"sed -i 2ijunk {CONFIG}; kill -HUP $(cat {PID})")
        self.lab.expect_log("dir", "junk", file=LOG)
        server.stop()
        self.is_so("4 after the reload that failed checks count as before", lambda: re.search(r"10\.9\.9\.3:81 -m -w 0", self.table()),
                   "globals are reset, all verdicts thrown away")
        pid = self.box.read(PID)
        done = self.box.run("ldirectord w.cf status; echo code $?")
        self.check("5 status with the broken file tells that it runs", "code 0" in done.out, done.out, "exit code 2")
        self.check("5 the pid file is still there", pid and self.box.read(PID) == pid, self.box.read(PID), "removed")
        self.box.run(f"echo {pid.strip()} > {PID}")
        done = self.box.run(f"OCF_RESKEY_configfile={CONFIG} OCF_ROOT=/usr/lib/ocf /usr/lib/ocf/resource.d/heartbeat/ldirectord monitor; echo code $?")
        self.check("5 the OCF agent's monitor finds it running", "code 0" in done.out, done.out, "code 1: a failover")
        self.end()

    def deaths(self):
        done = self.begin("6: what ends the daemon", section(80, f'real={UP}:801 masq; service=http; receive="hello("'))
        self.check("6 a pattern that is wrong is refused at start, with its place", done.rc == 2 and "w.cf:8:" in done.out, done.out,
                   "accepted: the first check ends the daemon")
        self.end()
        self.begin("6: services that its library lacks", section(80, f'real6=[fd00::2]:801 masq; service=http', six=True)
                   + section(1812, 'real6=[fd00::2]:1812 masq; protocol=udp; service=radius; login="ru"; passwd="rp"; secret="s3cret"', six=True)
                   + section(3306, f'real={UP}:3306 masq; service=mysql; request="SELECT 1"; {ACCOUNT}'))
        self.stays_so("6 it lives on with IPv6 http, IPv6 radius and a data base", self.runs, 6 if self.ours else 20, "it has died, unseen")
        self.check("6 and finds the IPv6 servers up", self.has("[fd00::2]:801") and self.has("[fd00::2]:1812"), self.table(), "dead")
        self.end()
        self.box.run("mkdir /var/log/away")
        self.begin("6: a monitorfile that cannot be written", section(80, f"real={UP}:801 masq; checktype=connect; monitorfile=/var/log/away/m"))
        self.lab.expect("it serves", lambda: (self.has(f"{UP}:801"), self.table()), within=20, poll=0.3)
        self.box.run("rm -r /var/log/away")
        self.stays_so("6 it lives on", self.runs, 4 if self.ours else 12, "it has died")
        self.end()
        self.box.run("echo 'die \"oh\";' > /etc/ha.d/die.pl")
        self.begin("6: an external-perl script that dies", section(80, f"real={UP}:801 masq; checktype=external-perl; checkcommand=/etc/ha.d/die.pl"),
                   HEAD.replace("checkinterval=1", "checkinterval=8"))
        self.stays_so("6 it lives on, longer than the script's time", self.runs, 6 if self.ours else 20, "killed by its own alarm")
        self.end()

    def false_up(self):
        self.box.run("printf '#!/bin/sh\\nkill -9 $$\\n' > /etc/ha.d/killed; chmod 755 /etc/ha.d/killed")
        self.begin("7: servers that do not work", section(109, f"real={UP}:109 masq; service=pop") + section(21, f"real={UP}:7780 masq; service=ftp")
                   + section(83, f"real={UP}:801 masq; checktype=external; checkcommand=/etc/ha.d/killed") + section(84, f"real={UP}:801 masq; checktype=connect"))
        # The last of them is checked last.
        self.settled("all have been checked", lambda: self.has(f"{UP}:801", ":84 "))
        for what, real, port, original in (("pop without login, nobody there", f"{UP}:109", ":109 ", "always up"),
                                           ("ftp without receive, not a word", f"{UP}:7780", ":21 ", "always up"),
                                           ("an external check that was killed", f"{UP}:801", ":83 ", "a signal is exit code 0")):
            self.check(f"7 {what}: down", not self.has(real, port), self.table(), original)
        self.end()

    def false_down(self):
        rows = [("dns without receive", f"{UP}:53", 53, 'request="www.example.com"', 0), ("simpletcp with a line feed", f"{UP}:7777", 7777, 'service=simpletcp; request="ping\\n"', 0),
                ("imaps by address", f"{UP}:993", 993, f"service=imaps; {ACCOUNT}", 0), ("pops by address", f"{UP}:995", 995, f"service=pops; {ACCOUNT}", 0),
                ("https with an authority of one's own", f"{UP}:443", 443, "service=https", 0),
                ("IPv6 pop", "[fd00::2]:110", 110, f"service=pop; {ACCOUNT}", 1), ("IPv6 imap", "[fd00::2]:143", 143, f"service=imap; {ACCOUNT}", 1),
                ("IPv6 ftp", "[fd00::2]:21", 21, 'service=ftp; request="welcome.msg"; receive="welcome"', 1), ("IPv6 ping", "[fd00::2]:99", 99, "checktype=ping", 1)]
        self.begin("8: servers that do work", "".join(
            section(port, f"real{'6' if six else ''}={real} masq; {lines}", six) for _, real, port, lines, six in rows)
            + section(84, f"real={UP}:801 masq; checktype=connect"))
        self.lab.expect("all have been checked", lambda: (self.has(f"{UP}:801", ":84 "), self.table()), within=60, poll=0.3)
        self.first_check(*(f"Deleted real server: {real} " for _, real, *_ in rows))
        for what, real, *_ in rows:
            self.check(f"8 {what}: up", self.has(real), self.table(), "down")
        self.end()

    def kernel(self):
        self.begin("9, 10: ports and marks", section(80, f"real={UP}:801 gate 3; checktype=connect") + "virtual=5\n\treal=10.9.9.50 gate\n\tchecktype=off\n"
                   + section(85, f"real={UP}:801 masq; checktype=on; scheduler=foo"), HEAD + "quiescent=yes\nfallback=127.0.0.1\n")
        self.is_so("9 gate with a port of its own, quiescent: it serves", lambda: re.search(r":80 -r 10\.9\.9\.2:80 -g -w 3", self.table()), None, within=60)
        self.is_so("10 a global fallback serves a mark, too", lambda: "-f 5 -r 127.0.0.1" in self.table(), "it is never added")
        self.lab.expect_log("dir", "10.9.9.100:85" if self.ours else "Added virtual server: 10.9.9.100:85", file=LOG, within=20)
        said = self.box.read(LOG)
        self.check("10 what the kernel refuses is not logged as done", "Added virtual server: 10.9.9.100:85" not in said and
                   re.search("scheduler", said), said[-300:], "logged as added")
        self.end()

    def counting(self):
        server = self.lab.serve("r2", 81)
        self.begin("11: failurecount with a server that two services share", section(80, "real=10.9.9.3:81 masq; checktype=connect")
                   + section(86, "real=10.9.9.3:81 masq; checktype=connect"), HEAD + "failurecount=3\n")
        self.lab.expect("both serve", lambda: (self.has("10.9.9.3:81", ":80 ") and self.has("10.9.9.3:81", ":86 "), self.table()), within=20, poll=0.3)
        server.stop()
        self.lab.expect("it is out", lambda: (not self.has("10.9.9.3:81"), self.table()), within=20, poll=0.3)
        said = re.findall(r"Soft failure real server: \S+ \(tcp:10\.9\.9\.100:(\d+)\) failure (\d)/3", self.box.read(LOG))
        self.check("11 each service counts to three for itself", ("80", "2") in said and ("86", "2") in said, said, "counted twice: out too early")
        self.end()

    def ownership(self):
        both = section(80, f"real={UP}:801 masq; checktype=connect") + section(87, f"real={UP}:801 masq; checktype=connect")
        self.begin("12: the table, and who it belongs to", both)
        self.lab.expect("both stand", lambda: (self.has(f"{UP}:801", ":80 ") and self.has(f"{UP}:801", ":87 "), self.table()), within=20, poll=0.3)
        self.box.run("ipvsadm -C")
        self.is_so("12 a table that was cleared is repaired", lambda: self.has(f"{UP}:801", ":80 "), "it stays empty")
        self.box.run("ldirectord w.cf reload", timeout=60)
        self.settled("both stand again", lambda: self.has(f"{UP}:801", ":80 ") and self.has(f"{UP}:801", ":87 "))
        self.box.run(f"kill -9 $(cat {PID})")
        self.lab.run("dir", "ipvsadm -A -t 10.9.9.100:443 -s rr")
        self.write(both[:both.index("virtual=10.9.9.100:87")])
        self.lab.run("dir", "ldirectord w.cf start", timeout=60)
        self.settled("the first stands", lambda: self.has(f"{UP}:801", ":80 "))
        self.check("12 a service that left the file while nobody ran is gone", ":87 " not in self.table(), self.table(), "it stays for ever")
        self.check("12 a foreign one is not", ":443 " in self.table(), self.table(), None)
        self.end()

    def processes(self):
        self.box.run("cp /usr/sbin/ipvsadm /usr/sbin/ipvsadm.real && printf '#!/bin/sh\\necho x >> /var/log/counted\\nexec /usr/sbin/ipvsadm.real \"$@\"\\n' "
                     "> /usr/sbin/ipvsadm.new && chmod 755 /usr/sbin/ipvsadm.new && mv /usr/sbin/ipvsadm.new /usr/sbin/ipvsadm")
        done = self.begin("13, 15, 22: start and stop", section(80, f"real={UP}:801 masq; checktype=connect"))
        found = self.box.run("/usr/sbin/ipvsadm.real -Sn").out
        self.check("15 start returns when the table is right", done.rc == 0 and f"{UP}:801" in found, found, "before anything is configured")
        self.lab.expect("it serves", lambda: (f"{UP}:801" in self.box.run("/usr/sbin/ipvsadm.real -Sn").out, ""), within=20, poll=0.3)
        counted = len(self.box.read("/var/log/counted").splitlines())
        self.check("13 no process is started for the table", counted == 0, f"{counted} runs of ipvsadm", "two lists for each change")
        resident = self.box.run(f"sed -n 's/VmRSS:\\t *\\([0-9]*\\).*/\\1/p' /proc/$(cat {PID})/status").out.strip()
        self.check("22 resident memory below 20 MB", 0 < int(resident or 0) < 20000, f"{resident} kB", "above 30 MB")
        pid = self.box.read(PID).strip()
        self.box.run("ldirectord w.cf stop", timeout=60)
        left = self.box.run(f"kill -0 {pid} 2> /dev/null && echo lives; /usr/sbin/ipvsadm.real -Sn").out.strip()
        self.check("15 stop returns when all is gone", left == "", left, "at once, with everything there")
        self.box.run("mv /usr/sbin/ipvsadm.real /usr/sbin/ipvsadm")
        self.end()

    def traps(self):
        for what, text, code, original in (
                ("an address without port", "virtual=10.9.9.100\n\treal=10.9.9.2:80 masq\n\tchecktype=on\n", 2, "becomes firewall mark 10"),
                ("two colons", section(5060, "real=10.9.9.2::5060 gate; checktype=on"), 2, "becomes 0.0.19.196"),
                ("a blank line in a section", "virtual=10.9.9.100:80\n\treal=10.9.9.2:80 masq\n\n\tchecktype=on\n", 0, "refused"),
                ("a blank at the end of a line", "quiescent=yes \n" + section(80, "real=10.9.9.2:80 masq; checktype=on"), 0, "refused"),
                ("a # in quotation marks", section(80, 'real=10.9.9.2:80 masq; request="a#b"; checktype=on'), 0, "refused")):
            done = self.begin(f"14: {what}", text)
            self.check(f"14 {what} is {'an error' if code else 'accepted'}", done.rc == code, f"exit {done.rc}: {done.out}", original)
            self.end()

    def web(self):
        self.begin("16: what http says and tells", section(80, f'real={UP}:801 masq; service=http; receive="nothing"; monitorfile=/var/log/m16')
                   + section(81, f'real={UP}:811 masq; service=http; request="/"; virtualhost=vh.example'))
        self.is_so("16 a page is not copied into the monitorfile", lambda: re.search(r"\[down\] (?!.*world)", self.box.read("/var/log/m16")), "all of it")
        asked = self.lab.hosts["r1"].read("/var/log/asked")
        self.lab.expect("the page was asked for", lambda: ("Host: 10.9.9.2" in self.lab.hosts["r1"].read("/var/log/asked"), asked), within=10)
        found = set(re.findall(r"Host: (10\.9\.9\.2\S*)", self.lab.hosts["r1"].read("/var/log/asked")))
        self.check("16 the Host header has the port", "10.9.9.2:801" in found, found, "the address alone")
        self.end()

    def names(self):
        self.box.run("printf '10.9.9.2 many\\n10.9.9.3 many\\n' >> /etc/hosts")
        self.begin("17: a name with two addresses", section(80, "real=many:80 masq; checktype=on"))
        self.is_so("17 both serve", lambda: self.has("10.9.9.2:80") and self.has("10.9.9.3:80"), "the first only")
        self.box.run("sed -i 's/^10.9.9.3 many/10.9.9.4 many/' /etc/hosts; ldirectord w.cf reload")
        self.is_so("17 a reload asks for the name anew", lambda: self.has("10.9.9.4:80") and not self.has("10.9.9.3:80"), "the first only")
        self.end()
        if self.ours:
            self.lab.step("-t reads the file, says what is wrong, and does nothing else")
            self.lab.expect_output("dir", "ldirectord -t w.cf", "^$", rc=0)
            self.box.run(f"sed -i '1i junk\\nquiescent=perhaps' {CONFIG}")
            self.lab.expect_output("dir", "ldirectord -t w.cf", r"w.cf:1:1: error(.|\n)*w.cf:2:11: error", rc=2)
            self.lab.check("nothing stands, nobody runs", self.table() == "" and not self.runs(), self.table())

    def mail(self):
        self.lab.hosts["mail"].spawn("/usr/local/bin/smtpd")
        self.lab.expect("the mail server is up", lambda: (self.lab.hosts["mail"].run("bash -c '</dev/tcp/127.0.0.1/25' 2> /dev/null").rc == 0, ""),
                        within=30, poll=0.5)
        heard = "/var/log/mail.heard"
        self.begin("18: mail", section(80, f"real={UP}:801 masq; checktype=connect; fallback=127.0.0.1:80"),
                   HEAD + "emailalert=one@example.com,two@example.com\nsmtp=10.9.9.5\nemailalertfrom=ld@example.com\n")
        self.lab.expect("a mail arrives", lambda: ("Added real" in self.lab.hosts["mail"].read(heard), self.lab.hosts["mail"].read(heard)), within=30)
        self.lab.pause_until(self.lab.now() + 3)
        said = self.lab.hosts["mail"].read(heard)
        self.check("18 each recipient is one", re.search(r"^RCPT TO: ?<one@example\.com>\s*$", said, re.M) and
                   re.search(r"^RCPT TO: ?<two@example\.com>\s*$", said, re.M), re.findall("RCPT.*", said), "one that is both")
        self.check("18 there is a Date", re.search(r"^Date: ", said, re.M), said[:300], "none")
        subjects = re.findall(r"^Subject: .*", said, re.M)
        self.check("18 a healthy start is one event to each", len(subjects) <= 2, subjects, "seven")
        self.end()
        self.begin("18: mail without a mail server", section(80, f"real={UP}:801 masq; checktype=connect"), HEAD + "emailalert=one@example.com\n")
        self.lab.expect("it serves", lambda: (self.has(f"{UP}:801"), self.table()), within=20, poll=0.3)
        self.lab.pause_until(self.lab.now() + 2)
        if self.box.run("command -v sendmail").rc:
            self.check("18 nothing is written to /", self.box.run("ls /mailer.testfile").rc != 0, "", "/mailer.testfile, reported as sent")
        self.end()

    def status(self):
        self.begin("19: status", section(80, f"real={UP}:801 masq; checktype=connect"))
        self.lab.expect("it serves", lambda: (self.has(f"{UP}:801"), self.table()), within=20, poll=0.3)
        said = self.box.run("ldirectord w.cf status --json 2> /dev/null").out
        try:
            state = json.loads(said)["services"][0]["entries"][0]["state"]
        except (ValueError, KeyError, IndexError):
            state = "none"
        self.check("19 status tells each server's state, to programs as well", state == "up", said[:200], "that it runs, no more")
        self.end()

    def fork(self):
        server = self.lab.serve("r2", 81)
        self.begin("20: fork=yes, and the parent is killed", section(80, "real=10.9.9.3:81 masq; checktype=connect"), HEAD + "fork=yes\n")
        self.lab.expect("it serves", lambda: (self.has("10.9.9.3:81"), self.table()), within=20, poll=0.3)
        self.lab.expect("its child runs", lambda: (self.ours or "ldirectord tcp:" in self.box.run("ps ax -o args").out, ""), within=20)
        self.box.run(f"kill -9 $(cat {PID})")
        server.stop()
        self.stays_so("20 nobody goes on changing the table", lambda: self.has("10.9.9.3:81"), 4 if self.ours else 15, "orphans do")
        self.end()


def play(lab):
    lab.step("the real servers")
    real_servers_speak(lab)
    lab.serve("r2", 80)
    list_of_them = Weaknesses(lab)
    chosen = [part for part in os.environ.get("LAB_PARTS", "").split(",") if part]
    for part in chosen or ("one_loop", "unbounded", "exposure", "broken_file", "deaths", "false_up", "false_down", "kernel", "counting", "ownership",
                 "processes", "traps", "web", "names", "mail", "status", "fork"):
        getattr(list_of_them, part)()
