# SPDX-License-Identifier: Apache-2.0
"""The packages under a systemd that runs as pid 1 (common/systemd boots it): from Debian's over to Upbeat's, an upgrade under
load, a removal; and lvs-realserver.service. dpkg runs for real; the packages are those of $LAB_DEBS, or of `./dev deb`."""
import re

from common import packages
from common.booted import switch_off
from common.packages import DEBIAN, SMALL, UPBEAT
from rig.plan import host

TITLE = "packages under systemd: over Debian's, upgraded while clients ask, removed; the real server's unit"
NEEDS = ["ip_vs", "ipip"]
STACKS = ("upbeat",)
LIMIT = 900
LONG = True
HOSTS = [host("dir", "10.9.9.1/24", "10.9.9.100/24", files=["common/systemd"], stack="debian"),
         host("r1", "10.9.9.2/24", "2001:db8::2/64", files=["common/systemd"], stack="upbeat"), host("r2", "10.9.9.3/24")]
VIP = "10.9.9.110"
TABLE = ("-A -t 10.9.9.100:80 -s wrr\n-a -t 10.9.9.100:80 -r 10.9.9.2:80 -m -w 1\n"
         "-a -t 10.9.9.100:80 -r 10.9.9.3:80 -m -w 1\n")
ARP = "/proc/sys/net/ipv4/conf/all/arp_ignore /proc/sys/net/ipv4/conf/all/arp_announce"


def boot(lab, name):
    lab.run(name, "/lab/boot")
    lab.expect_output(name, "/lab/in systemctl is-system-running", "^(running|degraded)$", within=90)


def systemctl(lab, name, words):
    return lab.run(name, f"/lab/in systemctl {words}", timeout=120)


def shown(lab, unit, what):
    return lab.hosts["dir"].run(f"/lab/in systemctl show --value -p {what} {unit}").out.strip()


def director(lab):
    lab.step("systemd boots; Debian's heartbeat and ldirectord run")
    boot(lab, "dir")
    packages.be_a_machine(lab, "dir")
    lab.run("dir", "/lab/in mkdir -p /run/lock/subsys")     # Debian's unit counts on it
    for unit in ("heartbeat", "ldirectord"):
        done = systemctl(lab, "dir", f"start {unit}")
        lab.check(f"systemctl start {unit}", done.rc == 0, done.out)
    lab.expect_vip("dir", VIP, within=60)
    lab.expect_table("dir", TABLE, within=60)

    lab.step("Upbeat's packages over them, while they run")
    ours = [packages.found(lab, name) for name in UPBEAT]
    packages.dpkg(lab, "dir", "-i", packages.lend(lab, "dir", ours), way="/lab/in")
    for unit, program in (("heartbeat", "hbd"), ("ldirectord", "ldirectord")):
        lab.expect(f"{unit}.service runs {program}", lambda u=unit, p=program: runs(lab, u, p), within=60, poll=0.5)
        lab.expect_output("dir", f"/lab/in systemctl is-enabled {unit}", "^enabled$", 0)
    lab.expect_vip("dir", VIP, within=60)
    lab.expect_table("dir", TABLE, within=60)

    moment = lab.step("a newer version, while they run")
    before = {unit: shown(lab, unit, "MainPID") for unit in DEBIAN}
    wrong = []
    said = lab.hosts["dir"].spawn(f"/lab/in env {packages.DPKG} -i " + " ".join(packages.lend(lab, "dir", packages.newer(ours))))

    def over():
        """The table as the kernel has it, read without a program: two destinations all the while."""
        if lab.hosts["dir"].proc_net("ip_vs").count("->") != 3:
            wrong.append(lab.hosts["dir"].proc_net("ip_vs"))
        lab.hosts["dir"].pump(0.01)
        return said.result is not None
    lab.expect("dpkg has ended", over, within=240)
    lab.check("and succeeded", said.result and said.result.rc == 0, said.result and said.result.out)
    for unit in DEBIAN:
        lab.expect(f"{unit}.service has a new process", lambda u=unit: (
            shown(lab, u, "ActiveState") == "active" and shown(lab, u, "MainPID") not in ("0", before[u]), before[u]), within=60, poll=0.5)
    lab.expect_output("dir", "ls -l /proc/[0-9]*/exe 2> /dev/null | grep -c '/hbd$'", "^2$", within=30)
    lab.expect_output("dir", "ls -l /proc/[0-9]*/exe 2> /dev/null | grep -c 'deleted'", "^0$", within=30)
    lab.check("the address stayed", not lab.watch.since(moment, "dir", VIP), lab.watch.since(moment, "dir", VIP))
    lab.check("the table was never without a real server", not wrong, "\n".join(wrong[:1]))

    lab.step("the two small packages come and go beside them")
    small = [packages.found(lab, name) for name in SMALL]
    packages.dpkg(lab, "dir", "-i", packages.lend(lab, "dir", small), way="/lab/in")
    lab.expect_output("dir", "upbeat --version", r"^upbeat \d", 0)
    lab.expect_output("dir", "upbeat rehearse --help", "^usage: upbeat rehearse", 0)
    lab.expect_output("dir", "lvs-realserver status", "lvs-realserver.conf: error: there is no such file; write one VIP per line", 6)
    packages.dpkg(lab, "dir", "-r", SMALL, way="/lab/in")
    lab.expect_vip("dir", VIP, within=0)

    lab.step("removed: everything is given up")
    packages.dpkg(lab, "dir", "-r", UPBEAT, way="/lab/in")
    lab.expect_no_vip("dir", VIP, within=20)
    lab.expect_table("dir", "", within=20)
    lab.expect_output("dir", "ls -l /proc/[0-9]*/exe 2> /dev/null | grep -c 'hbd\\|ldirectord'", "^0$", within=20)


def runs(lab, unit, program):
    pid = shown(lab, unit, "MainPID")
    seen = lab.hosts["dir"].run(f"/lab/in readlink /proc/{pid}/exe").out.strip()
    return seen == f"/usr/sbin/{program}", f"{pid} {seen}"


def real_server(lab):
    lab.step("lvs-realserver.service: start, reload, stop")
    boot(lab, "r1")
    before = lab.hosts["r1"].run(f"cat {ARP}").out
    done = systemctl(lab, "r1", "start lvs-realserver")
    lab.check("systemctl start succeeds", done.rc == 0, done.out + lab.hosts["r1"].run("tail -n 20 /var/log/systemd.log").out)
    lab.expect_output("r1", "lvs-realserver status", "lvs-realserver is running", 0)
    for device, addresses in (("lo", r"192\.0\.2\.111/32 .*2001:db8::111/128"), ("vip0", r"192\.0\.2\.112/32"),
                              ("tunl0", r"192\.0\.2\.113/32")):
        lab.expect_output("r1", f"ip -br addr show dev {device}", addresses)
    lab.expect_output("r1", f"cat {ARP}", r"^1\n2$")
    lab.run("r1", "sed -i '/^192.0.2.112/d' /etc/lvs-realserver.conf")
    lab.check("systemctl reload succeeds", systemctl(lab, "r1", "reload lvs-realserver").rc == 0)
    lab.expect_no_vip("r1", "192.0.2.112", within=10)
    lab.expect_vip("r1", "192.0.2.111", within=0)
    lab.check("systemctl stop succeeds", systemctl(lab, "r1", "stop lvs-realserver").rc == 0)
    lab.expect_output("r1", "lvs-realserver status", "lvs-realserver is stopped", 3)
    lab.expect_output("r1", "ip -br link", r"\A(?!(?s:.*)vip0)")
    after = lab.hosts["r1"].run(f"cat {ARP}").out
    lab.check("the kernel's settings are as before", after == before, after)
    said = lab.hosts["r1"].run("/lab/in systemd-analyze security --no-pager lvs-realserver.service").out
    score = re.search(r"exposure level for \S+: ([0-9.]+)", said)
    lab.check("systemd-analyze calls it closed", score and float(score.group(1)) <= 4.0, score.group(1) if score else said[-300:])


def play(lab):
    servers = [lab.serve(real, 80, "hello") for real in ("r1", "r2")]
    real_server(lab)
    director(lab)
    for server in servers:
        server.stop()
    switch_off(lab, "dir", "r1")
