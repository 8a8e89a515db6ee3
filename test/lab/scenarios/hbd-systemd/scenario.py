# SPDX-License-Identifier: Apache-2.0
"""A pair whose nodes have a systemd as pid 1 (common/systemd boots it): a unit of it is a resource, and heartbeat.service
outlives the death and the hanging of its parent process."""
from common.booted import switch_off
from rig.plan import director, host

TITLE = "under systemd: nginx.service moves with the address, and a parent that dies or hangs is started again"
STACKS = ("upbeat",)
LIMIT = 300
_FILES = ["common/pair-systemd", "common/systemd"]
_PAGE = "mkdir -p /var/www/html && uname -n > /var/www/html/index.html"
HOSTS = [director("alice", "10.77.0.1/24", files=_FILES, boot=[_PAGE]),
         director("bob", "10.77.0.2/24", files=_FILES, boot=[_PAGE]),
         host("client", "10.77.0.50/24")]
PAIR = ("alice", "bob")
VIP = "10.77.0.100"


class Play:
    def __init__(self, lab):
        self.lab = lab

    def boot(self, name):
        self.lab.run(name, "/lab/boot")
        self.lab.expect_output(name, "/lab/in systemctl is-system-running", "^(running|degraded)$", within=90)

    def systemctl(self, name, words):
        done = self.lab.run(name, f"/lab/in systemctl {words}", timeout=120)
        self.lab.check(f"{name}: systemctl {words}", done.rc == 0, done.out)

    def shown(self, name, what, unit="heartbeat"):
        return self.lab.hosts[name].run(f"/lab/in systemctl show --value -p {what} {unit}").out.strip()

    def state(self, name, unit="nginx.service"):
        return self.shown(name, "ActiveState", unit)

    def served_by(self, name, within=30):
        lab = self.lab
        lab.expect_only_holder(name, VIP, PAIR, within=within)
        lab.expect_http("client", f"http://{VIP}/index.html", f"^{name}$", within=within, what=f"nginx on {name} serves")
        other = PAIR[1 - PAIR.index(name)]
        if lab.hosts[other].is_on:
            lab.expect(f"nginx.service is active on {name} only",
                       lambda: ((self.state(name), self.state(other)) == ("active", "inactive"), f"{self.state(name)} {self.state(other)}"),
                       within=20, poll=0.3)

    def goes_on(self, title, signal, within):
        """Something befalls the parent on alice: systemd starts another, and what it held stays."""
        lab = self.lab
        lab.step(title)
        before, pid, restarts = lab.now(), self.shown("alice", "MainPID"), int(self.shown("alice", "NRestarts"))
        nginx = self.shown("alice", "MainPID", "nginx.service")
        lab.run("alice", f"/lab/in kill -{signal} {pid}")
        lab.expect("systemd has started another one", lambda: (
            self.state("alice", "heartbeat") == "active" and self.shown("alice", "MainPID") not in (pid, "0"),
            self.state("alice", "heartbeat")), within=within, poll=0.5)
        lab.check("once", int(self.shown("alice", "NRestarts")) == restarts + 1, self.shown("alice", "NRestarts"))
        lab.expect_log("alice", r"Found the cluster process of a master that died; continuing with what it held\.")
        lab.expect_output("alice", "/lab/in cl_status rscstatus", "^(local|all)$", 0, within=20)
        lab.check("the address never moved", not lab.watch.since(before, address=VIP), lab.watch.since(before, address=VIP))
        lab.check("nginx is the same process", self.shown("alice", "MainPID", "nginx.service") == nginx, nginx)
        lab.expect_no_log("bob", "node alice: is dead")
        lab.expect_http("client", f"http://{VIP}/index.html", "^alice$", what="nginx on alice serves")


def play(lab):
    if lab.hosts["alice"].run("ls /lib/systemd/systemd /lib/systemd/system/nginx.service").rc:
        return lab.report.line("   left out: it needs apt-get install systemd nginx-light")
    if lab.hosts["alice"].run("unshare -m mount -t cgroup2 cgroup2 /mnt").rc:
        return lab.report.line("   left out: no cgroup2 can be mounted here")
    try:
        drill(lab, Play(lab))
    finally:
        switch_off(lab, *PAIR)
    return None


def drill(lab, plays):
    lab.step("both boot a systemd, and start heartbeat.service")
    for name in PAIR:
        plays.boot(name)
        lab.run(name, "mkdir -p /etc/systemd/system/heartbeat.service.d && "
                "printf '[Service]\\nWatchdogSec=6\\n' > /etc/systemd/system/heartbeat.service.d/lab.conf")
        plays.systemctl(name, "daemon-reload")
    for name in PAIR:
        plays.systemctl(name, "start heartbeat")
    plays.served_by("alice", 60)

    lab.step("standby, and back")
    lab.run("alice", "/lab/in /usr/share/heartbeat/hb_standby all")
    plays.served_by("bob")
    lab.run("bob", "/lab/in /usr/share/heartbeat/hb_standby failback")
    plays.served_by("alice")

    plays.goes_on("the parent on alice is killed", "KILL", 30)
    plays.goes_on("the parent on alice hangs: systemd's watchdog ends it", "STOP", 60)

    lab.step("systemctl stop on alice: bob takes over, and the unit is stopped there")
    plays.systemctl("alice", "stop heartbeat")
    plays.served_by("bob")
    lab.check("it was a success", plays.shown("alice", "Result") == "success", plays.shown("alice", "Result"))
    plays.systemctl("alice", "start heartbeat")
    plays.served_by("alice", 60)

    lab.step("a unit that cannot start on alice: the whole group goes to bob")
    lab.run("alice", "/lab/in /usr/share/heartbeat/hb_standby all")
    plays.served_by("bob")
    lab.run("alice", "echo nonsense > /etc/nginx/nginx.conf")
    lab.run("bob", "/lab/in /usr/share/heartbeat/hb_standby failback")
    lab.expect_log("alice", r"ERROR: .*systemd could not start nginx\.service", within=30)
    lab.expect_only_holder("bob", VIP, PAIR, within=60)
    lab.expect_http("client", f"http://{VIP}/index.html", "^bob$", within=30, what="nginx on bob serves")

    lab.step("bob loses power")
    lab.run("alice", "printf 'events {}\\nhttp { server { listen 80; root /var/www/html; } }\\n' > /etc/nginx/nginx.conf")
    lab.power_cut("bob")
    plays.served_by("alice", 60)
