# SPDX-License-Identifier: Apache-2.0
"""Every way a file can be wrong: the start is refused with file, line and what was expected, and nothing runs."""
import re
import time

from rig.plan import director

TITLE = "files with mistakes: each is told with its place, the exit code is the historic one, nothing is started"
HOSTS = [director("alice", "10.77.0.1/24", files=["common/pair-deadtime-1"])]
STACKS = ("upbeat",)
ETC = "/etc/ha.d"
HBD = "/usr/libexec/heartbeat/heartbeat"
VIP = "10.77.0.100"
NOT_CONFIGURED, NOT_ALLOWED = 6, 4
CHECK_LIMIT = 15      # of a check, in seconds: it gives name servers 6

GARBAGE = "head -c 3000 /dev/urandom > {}"
ENDLESS = "head -c 3000000 /dev/zero | tr '\\0' x > {}"

# What happens to which file; what is said; the exit code of the daemon. The init script's is the same, but for a missing
# ha.cf: it says `Heartbeat not configured` and ends with 0, as ever.
HEARTBEAT = [
    ("no ha.cf", f"rm {ETC}/ha.cf", [r"Cannot open config file \[/etc/ha\.d/ha\.cf\]"], NOT_CONFIGURED),
    ("no authkeys", f"rm {ETC}/authkeys", [r"Cannot open keyfile \[/etc/ha\.d/authkeys\]"], NOT_CONFIGURED),
    ("no haresources", f"rm {ETC}/haresources", [r"Cannot open resources file \[/etc/ha\.d/haresources\]"], NOT_CONFIGURED),
    ("a folder called ha.cf", f"rm {ETC}/ha.cf && mkdir {ETC}/ha.cf", [r"ha\.cf\].*(?i:directory)"], NOT_CONFIGURED),
    ("a folder called haresources", f"rm {ETC}/haresources && mkdir {ETC}/haresources", [r"haresources\].*(?i:directory)"],
     NOT_CONFIGURED),
    ("a pipe called authkeys", f"rm {ETC}/authkeys && mkfifo -m 600 {ETC}/authkeys", [r"Cannot open keyfile \[/etc/ha\.d/authkeys\]"], NOT_CONFIGURED),
    ("a link to nowhere", f"ln -sf /nowhere {ETC}/ha.cf", [r"Cannot open config file"], NOT_CONFIGURED),
    ("authkeys that others can read", f"chmod 644 {ETC}/authkeys", [r"/etc/ha\.d/authkeys: error: .*(?i:mode|permission)"],
     NOT_CONFIGURED),
    ("authkeys without the key it names", f"echo 'auth 7' > {ETC}/authkeys", [r"/etc/ha\.d/authkeys:1"], NOT_CONFIGURED),
    ("garbage in ha.cf", GARBAGE.format(f"{ETC}/ha.cf"), [r"/etc/ha\.d/ha\.cf:\d+"], NOT_CONFIGURED),
    ("garbage in authkeys", GARBAGE.format(f"{ETC}/authkeys"), [r"/etc/ha\.d/authkeys:\d+"], NOT_CONFIGURED),
    ("garbage in haresources", GARBAGE.format(f"{ETC}/haresources"), [r"/etc/ha\.d/haresources:\d+"], NOT_CONFIGURED),
    ("a line that does not end", ENDLESS.format(f"{ETC}/ha.cf"), [r"ha\.cf\]: File too large"], NOT_CONFIGURED),
    ("a line of haresources that does not end", ENDLESS.format(f"{ETC}/haresources"), [r"haresources\]: File too large"],
     NOT_CONFIGURED),
    ("mistakes in all three files, all told at once",
     f"sed -i 's/^deadtime 1/deadtiem 1/; s/^udpport 694/udpport 70000/' {ETC}/ha.cf && echo 'node alice' >> {ETC}/ha.cf && "
     f"echo 'auth one' > {ETC}/authkeys && echo 'carol NoSuchScript::x' >> {ETC}/haresources",
     [r"/etc/ha\.d/ha\.cf:5:1: error: .*did you mean \"deadtime\"\?\n +5 \| deadtiem 1\n +\| \^~+",
      r"/etc/ha\.d/ha\.cf:7:9: error: .*\n +7 \| udpport 70000\n +\| +\^~+",
      r"/etc/ha\.d/ha\.cf:12:6: error: .*alice.*\n +12 \| node alice\n +\| +\^~+",
      r"/etc/ha\.d/authkeys:1:",
      r"/etc/ha\.d/haresources:2:1: error: .*carol",
      r"/etc/ha\.d/haresources:2:7: error: Cannot locate resource script NoSuchScript"], NOT_CONFIGURED),
    ("resources that no script of ours takes", f"echo 'alice IPaddr::{VIP}/xx/24 Filesystem OCF::heartbeat::NoSuch::a=b' > {ETC}/haresources",
     [r"haresources:1:7: error: .*Invalid", r"haresources:1:\d+: error: Filesystem is not called so: write `Filesystem::device",
      r"haresources:1:\d+: error: there is no such OCF agent"], NOT_CONFIGURED),
    ("a file that begins with a byte order mark", f"sed -i '1s/^/\\xef\\xbb\\xbf/' {ETC}/ha.cf",
     [r"/etc/ha\.d/ha\.cf:1:1: error: the file begins with a byte order mark"], NOT_CONFIGURED),
    ("a cluster that we are not in", f"sed -i 's/^node alice/node carol/' {ETC}/ha.cf",
     [r"Current node \[alice\] not in configuration!"], NOT_CONFIGURED),
    ("all files as Windows writes them, and one mistake", f"sed -i 's/^keepalive 200ms/keepalive soon/; s/$/\\r/' {ETC}/*",
     [r"/etc/ha\.d/ha\.cf:\d+:\d+: error: .*soon", r"ha\.cf:1.*warning: lines end in CR LF"], NOT_CONFIGURED),
]

# The same for ldirectord.cf; the exit code of `start`.
LDIRECTORD = [
    ("no file", "true", [r"Config file ldirectord\.cf not found|ldirectord\.cf: error: no such file"], 1),
    ("a folder", "mkdir {}", [r"/etc/ha\.d/ldirectord\.cf: error: .*(?i:directory)"], 2),
    ("garbage", GARBAGE, [r"/etc/ha\.d/ldirectord\.cf:\d+(:\d+)?: error: "], 2),
    ("a line that does not end", ENDLESS, [r"/etc/ha\.d/ldirectord\.cf:1: error: "], 2),
    ("mistakes, all told at once",
     "printf 'checkintervall=5\\nvirtual=10.77.0.100:80\\n\\treal=10.77.0.2:80 gates 70000\\n\\tservice=htpp\\n' > {}",
     [r"ldirectord\.cf:1:1: error: .*did you mean \"checkinterval\"\?\n +1 \| checkintervall=5\n +\| \^~+",
      r"ldirectord\.cf:3:\d+: error: forward method must be", r"ldirectord\.cf:3:\d+: error: invalid weight",
      r"ldirectord\.cf:4:\d+: error: .*did you mean \"http\"\?"], 2),
]


def play(lab):
    alice = lab.hosts["alice"]
    good = {name: alice.read(f"{ETC}/{name}") for name in ("ha.cf", "authkeys", "haresources")}

    def restore():
        for name, text in good.items():
            alice.run(f"rm -rf {ETC}/{name}; umask 077; cat > {ETC}/{name}", stdin=text)

    def refused(command, rc, wanted):
        result = alice.run(command, timeout=60)
        lab.report.shown("alice", command, result.out)
        missing = [pattern for pattern in wanted if not re.search(pattern, result.out)]
        good = result.rc == rc and not missing
        lab.check(f"`{command}` exits {rc} and says where and what", good, "" if good else f"exit {result.rc}; not said: {missing}; said:\n{result.out[:3000]}")
        lab.check("what it says stays readable", len(result.out) < 60000, f"{len(result.out)} characters")

    def nothing_runs():
        running = alice.run("ps -eo args= | grep -E '^(heartbeat|/usr/(sbin|libexec/heartbeat)/(hbd|heartbeat)|ldirectord|"
                            "/usr/sbin/ldirectord)' | grep -v grep").out
        pids = alice.run("ls /run/heartbeat.pid /run/ldirectord.*.pid 2>/dev/null").out
        lab.check("nothing was started", not running and not pids, running + pids)
        lab.expect_no_vip("alice", VIP, within=1)

    for what, command, wanted, rc in HEARTBEAT:
        lab.step(f"heartbeat: {what}")
        restore()
        lab.run("alice", command)
        refused(HBD, rc, wanted)
        if alice.run(f"test -e {ETC}/ha.cf").rc == 0:
            refused("/etc/init.d/heartbeat start", rc, wanted)
        else:
            refused("/etc/init.d/heartbeat start", 0, [r"Heartbeat not configured: /etc/ha\.d/ha\.cf not found\."])
        nothing_runs()
    restore()

    cf = f"{ETC}/ldirectord.cf"
    for what, command, wanted, rc in LDIRECTORD:
        lab.step(f"ldirectord: {what}")
        alice.run(f"rm -rf {cf}")
        lab.run("alice", command.format(cf))
        refused("ldirectord start", rc, wanted)
        refused("ldirectord -t", 2, wanted)
        nothing_runs()

    lab.step("files that may not be read, as somebody else than root")
    restore()
    alice.run(f": > {cf}; chmod 600 {cf} {ETC}/ha.cf")
    somebody = "setpriv --reuid nobody --regid nogroup --clear-groups"
    refused(f"{somebody} {HBD}", NOT_ALLOWED, [r"Cannot open config file \[/etc/ha\.d/ha\.cf\]: Permission denied",
                                               r"Cannot open keyfile \[/etc/ha\.d/authkeys\].*Permission denied"])
    refused(f"{somebody} ldirectord -t", 2, [r"ldirectord\.cf: error: .*(?i:permission denied|not allowed)"])
    nothing_runs()

    lab.step("empty files say that they do nothing")
    alice.run(f": > {cf}; : > {ETC}/haresources")
    lab.expect_output("alice", "ldirectord -t", r"ldirectord\.cf: warning: no virtual service", rc=0)
    lab.expect_output("alice", f"{HBD} -t", r"haresources: warning: no resource groups", rc=0)

    lab.step("with the good files it starts")
    restore()
    lab.start("alice")
    lab.expect_vip("alice", VIP, within=20)
    lab.stop("alice")

    lab.step("names without an address, and a name server that is silent: a check tells each, a start does not mind")
    alice.run(f"printf 'ucast eth0 bob.invalid\\nping_group gates gate.invalid 10.77.0.9\\n' >> {ETC}/ha.cf; "
              "echo nameserver 10.77.0.9 > /etc/resolv.conf")
    told = r"(?s)ha\.cf:\d+:12: warning: ucast: cannot resolve hostname bob\.invalid: .*:18: warning: unknown host: gate\.invalid: "
    began = time.monotonic()
    lab.expect_output("alice", f"{HBD} -t", told, rc=0)
    lab.check("the check has its end", time.monotonic() - began < CHECK_LIMIT, f"{time.monotonic() - began:.1f} s")
    lab.start("alice")
    lab.expect_vip("alice", VIP, within=20)
    lab.expect_output("alice", f"{HBD} -r", told, rc=0)
    lab.expect_log("alice", "Configuration unchanged")
    lab.expect_vip("alice", VIP, within=1)
    lab.stop("alice")
