# SPDX-License-Identifier: Apache-2.0
"""What ldirectord does beside checking: maintenance, other instances, commands, mail, monitor files, status; what it
leaves alone, what it repairs; and its OCF agent. The same with --stack debian shows what the original does of it.
"""
import json

from rig.plan import director, host

TITLE = "ldirectord's errands: maintenance, execute, callback, fallbackcommand, mail, status, drift, OCF"
NEEDS = ["ip_vs"]
LIMIT = 300
HOSTS = [director("dir", "10.9.9.1/24", "10.9.9.100/24"), host("r1", "10.9.9.2/24"),
         host("r2", "10.9.9.3/24")]
CONFIG = "/etc/ha.d/t.cf"
AGENT = "/usr/lib/ocf/resource.d/heartbeat/ldirectord"
HEAD = "-A -t 10.9.9.100:80 -s wrr\n"
R1, R2 = (f"-a -t 10.9.9.100:80 -r 10.9.9.{n}:80 -g -w 2\n" for n in (2, 3))
FALLBACK = "-a -t 10.9.9.100:80 -r 127.0.0.1:80 -g -w 1\n"
OTHER = "-A -t 10.9.9.100:81 -s wrr\n-a -t 10.9.9.100:81 -r 10.9.9.2:80 -m -w 1\n"
FOREIGN = "-A -t 10.9.9.100:443 -s rr\n-a -t 10.9.9.100:443 -r 10.9.9.2:443 -m -w 9\n"


def play(lab):
    box, ours = lab.hosts["dir"], lab.stack == "upbeat"
    for real in ("r1", "r2"):
        lab.serve(real, 80, "hello\n")
    lab.hosts["r2"].spawn("/usr/local/bin/smtpd")
    lab.run("dir", "ipvsadm -A -t 10.9.9.100:443 -s rr && ipvsadm -a -t 10.9.9.100:443 -r 10.9.9.2:443 -m -w 9")

    lab.step("start, with another instance")
    lab.run("dir", f"ldirectord {CONFIG} start", timeout=60)
    lab.expect_table("dir", HEAD + R1 + R2 + OTHER + FOREIGN, within=20)

    lab.step("maintenance")
    lab.run("dir", "touch /etc/ha.d/maint/r1")
    lab.expect_table("dir", HEAD + R2 + OTHER + FOREIGN)
    lab.expect_log("dir", r"^\[.*\] \[\d+\] connect tcp 10\.9\.9\.2 80 2 gate /  \[down\] Server in maintenance$",
                   file="/var/log/monitor")
    lab.expect_log("dir", r"^\[.*\] \[\d+\] connect tcp 10\.9\.9\.3 80 2 gate /  \[up\] ", file="/var/log/monitor")
    lab.expect_log("r2", r"^Subject: \[Shop\] Deleted real server: 10\.9\.9\.2:80 \(10\.9\.9\.100:80\)$",
                   file="/var/log/mail.heard")
    lab.expect_log("r2", r"^RCPT TO: ?<admin@example\.com>", file="/var/log/mail.heard")
    lab.expect_log("r2", r"^From: director@example\.com$", file="/var/log/mail.heard")
    lab.expect_log("r2", r"^Log-Message: \[Shop\] Deleted real server: 10\.9\.9\.2:80 \(10\.9\.9\.100:80\)\n"
                   r"Daemon-Status: running\n\nService name: Shop$", file="/var/log/mail.heard")
    lab.run("dir", "touch /etc/ha.d/maint/10.9.9.3")
    lab.expect_table("dir", HEAD + FALLBACK + OTHER + FOREIGN)
    lab.expect_log("dir", r"^start 10\.9\.9\.100:80 tcp$", file="/var/log/noted")
    lab.run("dir", "rm /etc/ha.d/maint/*")
    lab.expect_table("dir", HEAD + R1 + R2 + OTHER + FOREIGN)
    lab.expect_log("dir", r"^stop 10\.9\.9\.100:80 tcp$", file="/var/log/noted")

    lab.step("the file changes, and is wrong")
    pid = box.read("/run/ldirectord.t.cf.pid")
    good = box.read(CONFIG)
    lab.run("dir", f"echo junk >> {CONFIG}")
    lab.expect_log("dir", rf"^{CONFIG}$", file="/var/log/noted")
    lab.expect_output("dir", f"ldirectord {CONFIG} status", f"is running with pid: {pid.strip()}$", rc=0,
                      original="exit code 2, and the pid file is removed")
    lab.expect_output("dir", f"OCF_RESKEY_configfile={CONFIG} OCF_ROOT=/usr/lib/ocf {AGENT} monitor; echo code $?",
                      "^code 0$", original="code 1: the cluster recovers a director that works")
    lab.check("the pid file stays", box.read("/run/ldirectord.t.cf.pid") == pid,
              original="gone: stop and reload no longer find the daemon")
    box.run(f"cat > {CONFIG}", stdin=good)
    if not ours:
        return  # the original has lost its daemon here

    lab.step("status")
    lab.expect_output("dir", f"ldirectord {CONFIG} status", r"^  real +10\.9\.9\.2:80 +gate +weight 2 +up +20", rc=0)
    lab.expect_output("dir", f"ldirectord {CONFIG} status --explain", "^ +not needed: a real server is up$", rc=0)
    found = json.loads(box.run(f"ldirectord {CONFIG} status --json 2> /dev/null").out)
    lab.check("--json has all of it", [e["state"] for e in found["services"][0]["entries"]] == ["up", "up", "off"],
              str(found["services"][0]["entries"]))
    lab.expect_output("dir", f"ldirectord {CONFIG} status", r"ldirectord for /etc/ha.d/b.cf is running", rc=0)
    lab.expect_output("dir", f"grep Cap[EP] /proc/{pid.strip()}/status",
                      r"^CapPrm:\s+0000000000003000\nCapEff:\s+0000000000003000$")

    lab.step("a name server that is silent")
    silent = box.spawn("exec python3 -c 'import socket, time; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
                       """s.bind(("127.0.0.1", 53)); time.sleep(600)'""")
    names, known = box.read("/etc/resolv.conf"), box.read("/etc/nsswitch.conf")
    box.run("cat > /etc/resolv.conf", stdin="nameserver 127.0.0.1\noptions timeout:5 attempts:2\n")
    box.run("cat > /etc/nsswitch.conf", stdin="hosts: files dns\n")
    box.run(f"cat >> {CONFIG}", stdin="virtual=nowhere.example:82\n\treal=nobody.example:80 masq\n")
    lab.expect("it keeps who asks it for a name waiting", lambda: (
        box.run("timeout 2 getent ahostsv4 nowhere.example").rc == 124, "an answer"), within=10)

    def in_time(what, command, pattern):
        begun = lab.now()
        lab.expect_output("dir", command, pattern, rc=0)
        lab.expect_time(f"{what} asks nobody", lab.now() - begun, 4, begun, lab.now())

    in_time("status", f"ldirectord {CONFIG} status", f"is running with pid: {pid.strip()}$")
    in_time("the agent's monitor", f"OCF_RESKEY_configfile={CONFIG} OCF_ROOT=/usr/lib/ocf {AGENT} monitor; echo code $?", "^code 0$")
    in_time("stop", f"(echo logfile=local3; sed -n '/nowhere/,$p' {CONFIG}) > /etc/ha.d/n.cf; ldirectord n.cf stop; echo code $?",
            "^code 0$")
    box.run("cat > /etc/resolv.conf", stdin="nameserver 127.0.0.1\noptions timeout:2 attempts:1\n")
    box.run("cat > /etc/ha.d/n.cf", stdin="virtual=10.9.9.100:82\n" + "".join(
        f"\treal=n{n}.example:80 masq\n" for n in range(12)))
    begun = lab.now()
    lab.expect_output("dir", "ldirectord -t n.cf", r"n\.cf:13:7: error: invalid address \(n11\.example\)", rc=2)
    lab.expect_time("twelve names wait no longer than one", lab.now() - begun, 12, begun, lab.now())
    box.run(f"cat > {CONFIG}", stdin=good)
    box.run("cat > /etc/resolv.conf", stdin=names)
    box.run("cat > /etc/nsswitch.conf", stdin=known)
    silent.kill()

    lab.step("hands on the table")
    lab.run("dir", "ipvsadm -e -t 10.9.9.100:80 -r 10.9.9.2:80 -g -w 55 && ipvsadm -d -t 10.9.9.100:80 -r 10.9.9.3:80")
    changed = HEAD + R1.replace("-w 2", "-w 55") + R2 + OTHER + FOREIGN
    lab.expect_table("dir", changed, what="the entry is back, the weight stays as the operator set it")
    lab.expect_log("dir", r"Repairing the table of 10\.9\.9\.100:80", file="/var/log/ldirectord.log")
    lab.run("dir", f"ldirectord {CONFIG} reload")
    lab.expect_table("dir", HEAD + R1 + R2 + OTHER + FOREIGN)
    lab.run("dir", "ipvsadm -C")
    lab.expect_table("dir", HEAD + R1 + R2 + OTHER)

    lab.step("stop, with the other instance")
    lab.run("dir", f"ldirectord {CONFIG} stop", timeout=60)
    lab.expect_table("dir", "")
    lab.expect_output("dir", "ldirectord b.cf status", "is stopped", rc=3)

    lab.step("a mail server that is silent does not hold up a stop")
    lab.serve("r1", 25, behaviour="silent")
    box.run("cat > /etc/ha.d/m.cf", stdin="checkinterval=1\nemailalert=admin@example.com\nsmtp=10.9.9.2\n" + box.read("/etc/ha.d/b.cf"))
    lab.run("dir", "ldirectord m.cf start", timeout=60)
    lab.expect_table("dir", OTHER)
    begun = lab.now()
    lab.run("dir", "ldirectord m.cf stop", timeout=60)
    lab.expect_time("the stop is through", lab.now() - begun, 10, begun, lab.now())
    lab.expect_log("dir", r"Exiting before [1-9]\d* mails were taken", file="/var/log/ldirectord.log")
    lab.expect_table("dir", "", within=1)

    lab.step("supervised: in the foreground, its log on standard output, no pid file")
    box.run("(echo supervised=yes; cat /etc/ha.d/b.cf) > /etc/ha.d/s.cf")
    job = box.spawn("exec ldirectord s.cf start > /var/log/supervised 2>&1")
    lab.expect_table("dir", OTHER)
    lab.expect_log("dir", r"^\[[A-Z][a-z]{2} .*\d{4}\] Added real server: 10\.9\.9\.2:80 \(10\.9\.9\.100:81\)", file="/var/log/supervised")
    lab.check("there is no pid file", box.read("/run/ldirectord.s.cf.pid") == "", box.read("/run/ldirectord.s.cf.pid"))
    job.kill()
    lab.check("SIGTERM ends it", job.wait(30).rc == 0, job.result and job.result.rc)
    lab.expect_table("dir", "")

    lab.step("as a resource of Pacemaker")
    lab.expect_output("dir", f"ocf-tester -n ld -o configfile=/etc/ha.d/b.cf {AGENT}; echo code $?", "^code 0$")
    lab.run("dir", "ldirectord b.cf stop", timeout=60)
    box.run("echo junk > /etc/ha.d/broken.cf")
    # Of a failed start the cluster tries another node; what is wrong by 6 is wrong on all of them.
    for verb, code in (("start", 1), ("validate-all", 6), ("monitor", 7), ("stop", 0)):
        lab.expect_output("dir", f"OCF_RESKEY_configfile=/etc/ha.d/broken.cf OCF_ROOT=/usr/lib/ocf {AGENT} {verb}; echo code $?",
                          f"^code {code}$")
