# SPDX-License-Identifier: Apache-2.0
"""ldirectord.service and heartbeat.service under a systemd that runs as pid 1 (common/systemd boots it). Long, so only when named."""
import re

from common.booted import switch_off
from rig.plan import director, host

TITLE = "the units under systemd: start, reload, death, watchdog, errors in the file, stop, and how closed they are"
NEEDS = ["ip_vs"]
STACKS = ("upbeat",)
LIMIT = 300
LONG = True
HOSTS = [director("dir", "10.9.9.1/24", "10.9.9.100/24", files=["common/systemd"]),
         host("r1", "10.9.9.2/24"), host("r2", "10.9.9.3/24")]
CONFIG = "/etc/ha.d/ldirectord.cf"
HEAD = "-A -t 10.9.9.100:80 -s wrr\n"
R1, R2 = (f"-a -t 10.9.9.100:80 -r 10.9.9.{n}:80 -m -w 1\n" for n in (2, 3))


def play(lab):
    box = lab.hosts["dir"]
    servers = {real: lab.serve(real, 80) for real in ("r1", "r2")}

    def systemctl(words):
        return lab.run("dir", f"/lab/in systemctl {words}", timeout=120)

    def shown(unit, what):
        return box.run(f"/lab/in systemctl show --value -p {what} {unit}").out.strip()

    def table():
        return sorted(line.strip() for line in box.run("ipvsadm -Sn").out.splitlines())

    def both():
        return table() == sorted((HEAD + R1 + R2).split("\n")[:-1])

    if box.run("ls /lib/systemd/systemd").rc:
        lab.check("systemd is installed: apt-get install systemd", False)
        return
    lab.step("systemd boots")
    lab.run("dir", "/lab/boot")
    lab.expect_output("dir", "/lab/in systemctl is-system-running", "^(running|degraded)$", within=90)

    lab.step("start: systemctl returns when the services stand")
    done = systemctl("start ldirectord")
    lab.check("systemctl start succeeds, and the table is right at once", done.rc == 0 and both(), f"{done.rc}: {table()}")
    pid = shown("ldirectord", "MainPID")
    lab.check("Type=notify, and systemd's pid is the one in the pid file",
              shown("ldirectord", "Type") == "notify" and
              box.run("/lab/in cat /run/ldirectord.ldirectord.pid").out.strip() == pid, pid)
    lab.expect_output("dir", f"/lab/in grep Cap[EP] /proc/{pid}/status", r"^CapPrm:\s+0000000000003000\nCapEff:\s+0000000000003000$")

    lab.step("reload")
    lab.run("dir", f"sed -i 's/10.9.9.3:80 masq/10.9.9.3:80 masq 7/' {CONFIG}")
    lab.check("systemctl reload succeeds", systemctl("reload ldirectord").rc == 0)
    lab.expect_table("dir", HEAD + R1 + R2.replace("-w 1", "-w 7"))
    lab.run("dir", f"sed -i 's/masq 7/masq/; 1i junk' {CONFIG}")
    done = systemctl("reload ldirectord")
    lab.check("with an error in the file systemctl reload fails", done.rc != 0, str(done.rc))
    lab.check("and the service goes on", shown("ldirectord", "ActiveState") == "active" and shown("ldirectord", "MainPID") == pid)
    lab.expect_table("dir", HEAD + R1 + R2.replace("-w 1", "-w 7"))
    lab.run("dir", f"sed -i 1d {CONFIG}")
    systemctl("reload ldirectord")
    lab.expect_table("dir", HEAD + R1 + R2)

    lab.step("it dies: systemd starts it again, and the table stands all the while")
    lab.run("dir", f"/lab/in kill -KILL {pid}")
    wrong = []

    def again():
        if not both():
            wrong.append(table())
        return shown("ldirectord", "NRestarts") == "1" and shown("ldirectord", "ActiveState") == "active"
    lab.expect("systemd has started another one", again, within=40)
    lab.check("the table was right all the while, and is", not wrong and both(), str(wrong[:1]))

    lab.step("it hangs: the watchdog ends it, and it is started again")
    lab.check("it has a watchdog", shown("ldirectord", "WatchdogUSec") == "30s", shown("ldirectord", "WatchdogUSec"))
    lab.run("dir", "mkdir -p /etc/systemd/system/ldirectord.service.d && "
            "printf '[Service]\\nWatchdogSec=4\\n' > /etc/systemd/system/ldirectord.service.d/lab.conf")
    systemctl("daemon-reload")
    systemctl("restart ldirectord")
    pid = shown("ldirectord", "MainPID")
    lab.expect_stays("while it works the watchdog is content", lambda: (shown("ldirectord", "MainPID") == pid, ""), 6)
    lab.run("dir", f"/lab/in kill -STOP {pid}")
    lab.expect("another one runs", lambda: (shown("ldirectord", "ActiveState") == "active"
                                            and shown("ldirectord", "MainPID") not in (pid, "0"), ""), within=60, poll=0.5)
    lab.check("it was the watchdog", shown("ldirectord", "NRestarts") == "1", shown("ldirectord", "NRestarts"))
    lab.check("the table is right", both())

    lab.step("what the unit closes does not touch the operator's programs")
    for server in servers.values():
        server.stop()
    lab.expect_log("dir", r"^start 10\.9\.9\.100:80 tcp [0-9a-f]{16}$", file="/var/log/noted", within=20)
    caps = int(re.search(r"tcp ([0-9a-f]{16})", box.read("/var/log/noted")).group(1), 16)
    lab.check("they may do what they could (change any file, configure networks, load modules, mount)",
              all(caps >> bit & 1 for bit in (1, 12, 16, 21)), f"{caps:x}")
    lab.check("but for what none of them needs (raw I/O, reboot)", not any(caps >> bit & 1 for bit in (17, 22)), f"{caps:x}")
    for unit in ("ldirectord", "heartbeat"):
        said = box.run(f"/lab/in systemd-analyze security --no-pager {unit}.service").out
        found = re.search(r"exposure level for \S+: ([0-9.]+)", said)
        lab.say(f"systemd-analyze security: {unit}.service {found.group(1) if found else said[-200:]}")
        if unit == "ldirectord":
            lab.check("systemd-analyze finds it less open than a plain service (9.6)", found and float(found.group(1)) <= 7.2,
                      found and found.group(1))

    lab.step("stop")
    done = systemctl("stop ldirectord")
    lab.check("systemctl stop returns when the table is empty", done.rc == 0 and table() == [], f"{done.rc}: {table()}")
    lab.check("and it was a success", shown("ldirectord", "Result") == "success", shown("ldirectord", "Result"))

    lab.step("start with an error in the file")
    lab.run("dir", f"sed -i 1ijunk {CONFIG}")
    lab.check("systemctl start fails", systemctl("start ldirectord").rc != 0)
    lab.check("and is not tried again and again: a person is needed", (shown("ldirectord", "ActiveState"), shown("ldirectord", "NRestarts"))
              == ("failed", "0"), f"{shown('ldirectord', 'ActiveState')} {shown('ldirectord', 'NRestarts')}")

    lab.step("heartbeat.service: start")
    lab.check("systemctl start succeeds", systemctl("start heartbeat").rc == 0)
    lab.expect_vip("dir", "10.9.9.110", within=40)
    lab.check("Type=notify", shown("heartbeat", "Type") == "notify")
    pid = shown("heartbeat", "MainPID")
    lab.check("reload succeeds", systemctl("reload heartbeat").rc == 0)

    lab.step("heartbeat.service: the master dies, systemd starts it again, the address stays")
    before = lab.now()
    lab.run("dir", f"/lab/in kill -KILL {pid}")
    lab.expect("another master runs", lambda: (shown("heartbeat", "ActiveState") == "active"
                                               and shown("heartbeat", "MainPID") not in (pid, "0"), shown("heartbeat", "MainPID")),
               within=60, poll=0.5)
    lab.check("the address never went", not lab.watch.since(before, "dir", "10.9.9.110"),
              str(lab.watch.since(before, "dir", "10.9.9.110")))
    lab.step("heartbeat.service: stop")
    lab.check("systemctl stop succeeds", systemctl("stop heartbeat").rc == 0)
    lab.expect_no_vip("dir", "10.9.9.110")
    switch_off(lab, "dir")
