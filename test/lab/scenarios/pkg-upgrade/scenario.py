# SPDX-License-Identifier: Apache-2.0
"""A running pair of Debian's packages becomes one of Upbeat's, node by node, is upgraded under load, and goes back.

dpkg runs for real, in each host's own root. The packages are those of $LAB_DEBS, or of `./dev deb`.
"""
import re

from common import packages
from common.article import BOTH, CLIENTS, PAIR, VIP, hosts
from common.packages import DEBIAN, UPBEAT

TITLE = "Debian's heartbeat and ldirectord to Upbeat and back, with the packages"
NEEDS = ["ip_vs"]
LONG = True
STACKS = ("upbeat",)
LIMIT = 1800
HOSTS = hosts(["common/article-rules", "common/article-director"])
for plan in HOSTS:
    if plan.stack:
        plan.stack = "debian"

CONFIG = "ha.cf haresources authkeys ldirectord.cf"
MASTER = "tr -d ' ' < /run/heartbeat.pid"
CHILD = "pgrep -f '^heartbeat: cluster process'"
COMPLAINT = r"(?i)warning|error|\bkept\b"
DIRECTOR = "cat /run/ldirectord.ldirectord.pid 2> /dev/null"


DEADTIME = 5


def seconds_between(log, first, second):
    """From the first line of the one kind to the next of the other, by the times that ha-log has; None if one is missing."""
    moments = []
    for line in log.splitlines():
        if [first, second][len(moments)] in line:
            hours, minutes, seconds = re.search(r"\b(\d\d):(\d\d):(\d\d)\b", line).groups()
            moments.append(int(hours) * 3600 + int(minutes) * 60 + int(seconds))
            if len(moments) == 2:
                return (moments[1] - moments[0]) % 86400
    return None


class Upgrade:
    def __init__(self, lab):
        self.lab = lab
        self.ours = [packages.found(lab, name) for name in UPBEAT]
        self.peers = [packages.found(lab, name, "peers") for name in DEBIAN]

    def dpkg(self, host, verb, what):
        return packages.dpkg(self.lab, host, verb, what)

    def lend(self, host, files):
        return packages.lend(self.lab, host, files)

    def installed(self, host, names, others):
        for name in names:
            self.lab.expect_output(host, f"dpkg-query -W -f '${{db:Status-Abbrev}}' {name}", "^ii ", 0)
        for name in others:
            self.lab.expect_output(host, f"dpkg-query -W -f '${{db:Status-Abbrev}}' {name}", "^.[cn] |no packages")
        audit = self.lab.hosts[host].run("dpkg --audit").out
        self.lab.check(f"{host}: nothing is half installed", not audit.strip(), audit)

    # -- the pair ---------------------------------------------------------------------------

    def config(self, host):
        return self.lab.hosts[host].run(f"cd /etc/ha.d && stat -c '%n %a %U' {CONFIG} && sha256sum {CONFIG}").out

    def untouched(self, host):
        now = self.config(host)
        self.lab.check(f"{host}: its configuration is untouched", now == self.before[host], "" if now == self.before[host] else now)

    def served_by(self, host, within=90):
        other = PAIR[1 - PAIR.index(host)]
        self.lab.expect_only_holder(host, VIP, PAIR, within=within)
        self.lab.expect_table(host, BOTH, within=60)
        self.lab.expect_table(other, "", within=60)
        self.lab.expect_http("client", f"http://{VIP}/", "this is test page", within=20)

    def settled(self):
        """Both see each other, and none is in the middle of something."""
        for host, other in (PAIR, PAIR[::-1]):
            self.lab.expect_output(host, f"cl_status nodestatus {other}", "^active$", 0, within=90)
        for host in PAIR:
            self.lab.settle(lambda h=host: (self.lab.hosts[h].run("cl_status rscstatus").out.strip() != "transition", ""),
                            20, 0.5)

    def drill(self, title):
        self.lab.step(f"{title}: heartbeat stops on ha-master")
        self.lab.stop("ha-master", timeout=180)
        self.served_by("ha-slave")
        self.lab.step(f"{title}: and starts again")
        self.lab.start("ha-master", timeout=180)
        self.served_by("ha-master", within=120)
        self.settled()

    # -- the story ---------------------------------------------------------------------------

    def debian(self):
        self.lab.step("Debian's packages are installed, and both start")
        for host in PAIR:
            # Both at once, later: the original may stay in transition for ever when a node starts while the other takes over.
            self.lab.run(host, "printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d")
            self.lab.run(host, "update-rc.d ldirectord disable")     # it is the cluster's
            self.dpkg(host, "-i", self.lend(host, self.peers))
            self.installed(host, DEBIAN, UPBEAT)
            packages.be_a_machine(self.lab, host)
        self.lab.start(*PAIR)
        self.before = {host: self.config(host) for host in PAIR}
        self.served_by("ha-master", within=120)
        self.settled()

    def swap(self, host, stop_first):
        lab = self.lab
        lab.step(f"{host}: Upbeat's packages " + ("over Debian's, after a stop" if stop_first else "as apt does it, while all runs"))
        if stop_first:
            lab.stop(host, timeout=180)
        else:
            self.dpkg(host, "--force-depends -r", DEBIAN)
        said = self.dpkg(host, "-i", self.lend(host, self.ours))
        self.installed(host, UPBEAT, DEBIAN)
        lab.check(f"{host}: dpkg asked nothing and complained of nothing", not re.search(COMPLAINT, said), "" if not re.search(COMPLAINT, said) else said)
        self.untouched(host)
        lab.expect_output(host, "hbd -t && ldirectord -t", "", 0)
        lab.expect_output(host, "/etc/init.d/heartbeat status", "is running", 0, within=30)
        lab.expect_output(host, f"ls -l /proc/$({MASTER})/exe", "/usr/sbin/hbd$")
        lab.expect_output(host, "ls -l /etc/ha.d/resource.d/IPaddr /etc/ha.d/shellfuncs /usr/bin/cl_status",
                          r"-rwxr-sr-x .* root +haclient .*cl_status")
        lab.expect_output(host, "readlink -f /etc/ha.d/resource.d/IPaddr /etc/ha.d/resource.d/ldirectord /etc/ha.d/shellfuncs",
                          "^/usr/libexec/heartbeat/ipaddr\n/usr/share/heartbeat/resource.d/ldirectord\n"
                          "/usr/share/heartbeat/shellfuncs$")
        lab.expect_output(host, "cat /etc/ha.d/resource.d/ipvsadm", "Debian's packages bring no such resource")
        self.served_by("ha-master", within=120)
        self.settled()

    def purge_the_old(self, host):
        """What remains of Debian's packages is thrown away by a tidy operator: nothing that is in use goes with it."""
        self.lab.step(f"{host}: the old packages are purged")
        self.dpkg(host, "--purge", DEBIAN)
        self.untouched(host)
        self.lab.expect_output(host, "dpkg --verify upbeat upbeat-ldirectord", r"\A\Z", 0)
        self.lab.expect_output(host, "ls /etc/systemd/system/multi-user.target.wants", "^heartbeat.service$")
        self.lab.expect_output(host, "ls /etc/rc2.d", r"^S\d\dheartbeat$")
        self.lab.expect_output(host, "/etc/init.d/heartbeat status", "is running", 0)

    def upgrade(self, host):
        """Nothing moves, whether this node holds the resources or not."""
        lab = self.lab
        moment = lab.step(f"{host}: upgraded to a newer Upbeat while it runs")
        old = {what: lab.hosts[host].run(what).out.strip() for what in (MASTER, CHILD, DIRECTOR)}
        probe = lab.probe("client", "http", VIP, rate=20, sources=CLIENTS)
        lab.expect_traffic(probe)
        self.dpkg(host, "-i", self.lend(host, self.newest))
        lab.expect_output(host, "dpkg-query -W upbeat upbeat-ldirectord", r"\+newer1\n.*\+newer1")
        lab.expect_output(host, "/etc/init.d/heartbeat status", "is running", 0, within=30)
        for what, pid in old.items():
            if pid:
                lab.expect(f"{host}: a new process serves ({what.split()[-1]})",
                           lambda w=what, p=pid: ((lab.hosts[host].run(w).out.strip() or p) != p, p), within=30)
        lab.expect_output(host, f"ls -l /proc/$({MASTER})/exe /proc/$({CHILD})/exe", r"\A(?!.*deleted)(.*/usr/sbin/hbd\n){2}\Z",
                          within=30)
        self.settled()
        self.served_by("ha-master")
        lab.wait_answers(probe, 6)     # longer than deadtime
        moves = lab.watch.since(moment, address=VIP)
        lab.check("the address did not move", not [m for m in moves if m[1] in PAIR], moves)
        # A node that holds nothing says goodbye when its master goes, and is back at once; a holder does not.
        idle = not lab.watch.holds(host, VIP)
        for node in PAIR:
            lab.expect_no_log(node, "CRIT" if idle else "is dead|Received shutdown notice|CRIT")
        if idle:
            self.was_away_shortly(host)
        found = lab.end_probe(probe)
        # dpkg itself takes the guest's one processor away from everybody for a while.
        gap = lab.expect_gap("clients notice nothing: the longest gap is at most 3000 ms", found, 3.0, since=moment)
        lab.report.row(f"{host} is upgraded", f"{gap:.0f} ms gap", f"{found.per_second():.0f} requests/s")

    def was_away_shortly(self, host):
        """How long dpkg's scripts take from the old process to the new one is this machine's affair; but who is called dead
        was away for all of the dead time."""
        other = PAIR[1 - PAIR.index(host)]
        log = self.lab.hosts[other].read("/var/log/ha-log")[self.lab.log_marks[other].get("/var/log/ha-log", 0):]
        away = seconds_between(log, f"Received shutdown notice from '{host}'", f"Heartbeat restart on node {host}")
        self.lab.check(f"{host} was back within 30 s", away is not None and away <= 30, f"{away} s")
        dead = f"node {host}: is dead" in log
        self.lab.check(f"{other} called {host} dead only if it was away for longer than deadtime", not dead or (away or 0) >= DEADTIME,
                       f"{away} s, {'called dead' if dead else 'not called dead'}")

    def back(self, host):
        lab = self.lab
        lab.step(f"{host}: back to Debian's packages")
        self.dpkg(host, "-r", UPBEAT)
        lab.expect_no_vip(host, VIP, within=20)
        self.dpkg(host, "-i", self.lend(host, self.peers))
        self.installed(host, DEBIAN, UPBEAT)
        self.untouched(host)
        # Only what this operator changed himself differs from what the packages brought.
        verified = lab.run(host, "dpkg --verify heartbeat resource-agents ldirectord", timeout=120).out.split()
        differ = [path for path in verified if path.startswith("/")]
        lab.check(f"{host}: every file of Debian's packages is back", set(differ) <= {
            "/etc/ha.d/ldirectord.cf", "/etc/default/ldirectord"}, verified)
        lab.expect_output(host, "/etc/init.d/heartbeat status", "OK|is running", 0, within=60)
        self.settled()


def play(lab):
    plays = Upgrade(lab)
    plays.debian()
    plays.drill("two of Debian's")
    plays.swap("ha-slave", stop_first=True)
    plays.drill("Debian's ha-master, Upbeat's ha-slave")
    plays.swap("ha-master", stop_first=False)
    plays.drill("two of Upbeat's")
    plays.purge_the_old("ha-slave")
    plays.newest = packages.newer(plays.ours)
    plays.upgrade("ha-slave")
    plays.upgrade("ha-master")
    plays.drill("two newer ones")
    plays.back("ha-master")
    plays.served_by("ha-master", within=120)
    plays.drill("Debian's ha-master again")
