# SPDX-License-Identifier: Apache-2.0
"""A pair that does nothing but live, Upbeat and Heartbeat side by side: its share of a processor and its resident memory at a
keepalive of 10 ms, and how many false deaths there are at deadtimes of 1 s down to 100 ms while each processor and the disk
are busy. `BENCH_SECONDS=600 BENCH_DEADTIMES=100 ./dev bench steady` takes ten minutes for that deadtime; 15 s for each are the
default.
"""
import os
import re

from rig.plan import director

TITLE = "a pair at rest: processor and memory; and under full load, the smallest deadtime without a false death"
SECONDS = int(os.environ.get("BENCH_SECONDS", "15"))
AT_REST = min(SECONDS, 60)
DEADTIMES = tuple(int(ms) for ms in os.environ.get("BENCH_DEADTIMES", "1000,300,100").split(","))
LIMIT = 400 + (len(DEADTIMES) + 1) * (SECONDS + 40)
STACKS = ("upbeat",)
SUITES = {"upbeat": "upbeat", "heartbeat": "debian"}
HA_CF = """logfile /var/log/ha-log
keepalive {keepalive}ms
warntime {warntime}ms
deadtime {deadtime}ms
initdead 10
udpport 694
bcast eth0
auto_failback off
node {one} {two}
"""


def pair(name):
    return tuple(f"{name}-{side}" for side in "ab")


# Each suite has a segment of its own: all four live at once, so that the machine's mood hits them alike.
HOSTS = [director(host, links={"eth0": (name, [f"10.77.{number}.{side}/24"])}, stack=stack)
         for number, (name, stack) in enumerate(SUITES.items()) for side, host in enumerate(pair(name), 1)]


def write(lab, host, path, text, mode=0o644):
    real = f"/proc/{lab.hosts[host].pid}/root{path}"
    os.makedirs(os.path.dirname(real), exist_ok=True)
    with open(real, "w", encoding="utf-8") as out:
        out.write(text)
    os.chmod(real, mode)


def begin(lab, keepalive, deadtime):
    for name in SUITES:
        one, two = pair(name)
        for host in (one, two):
            lab.power_cut(host)
            lab.power_on(host)
            lab.run(host, "rm -f /var/log/ha-log")
            write(lab, host, "/etc/ha.d/ha.cf", HA_CF.format(keepalive=keepalive, deadtime=deadtime, warntime=deadtime * 3 // 4, one=one, two=two))
            write(lab, host, "/etc/ha.d/haresources", "")
            write(lab, host, "/etc/ha.d/authkeys", "auth 1\n1 sha1 side-by-side\n", 0o600)
        for result in lab.start(one, two):
            assert result.rc == 0, result.out
    for name in SUITES:
        for host, other in (pair(name), pair(name)[::-1]):
            lab.expect_output(host, f"cl_status nodestatus {other}", "^active$", 0, within=60)


def processes(lab, host):
    """[(ticks of processor time, resident kB)] of all that its daemon consists of."""
    out = lab.hosts[host].run("for p in $(ps -eo pid,args | awk '$2 ~ /^heartbeat:|heartbeat$/ && !/awk/ {print $1}'); do "
                              "awk '{print $14 + $15}' /proc/$p/stat; sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/$p/status; "
                              "sed -n 's/^Pss:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/$p/smaps_rollup; done").out.split()
    numbers = [int(word) for word in out]
    return list(zip(numbers[0::3], numbers[1::3], numbers[2::3]))


def at_rest(lab):
    lab.step(f"keepalive 10 ms, nothing else to do, for {AT_REST} s")
    begin(lab, 10, 1000)
    hosts = [host for name in SUITES for host in pair(name)]
    before = {host: sum(p[0] for p in processes(lab, host)) for host in hosts}
    began = lab.now()
    lab.pause_until(began + AT_REST)
    found = {}
    for name in SUITES:
        shares, memory = [], []
        for host in pair(name):
            now = processes(lab, host)
            shares.append((sum(p[0] for p in now) - before[host]) / os.sysconf("SC_CLK_TCK") / (lab.now() - began) * 100)
            memory.append((len(now), sum(p[1] for p in now), sum(p[2] for p in now)))
        found[name] = (sum(shares) / 2, memory[0])
        lab.report.line(f"   {name:10} {found[name][0]:6.2f} % of a processor, {memory[0][0]} processes, resident "
                        f"{memory[0][1] / 1024:.1f} MB, {memory[0][2] / 1024:.1f} MB where what they share counts once")
    lab.report.line(f"   heartbeat / upbeat: processor x{found['heartbeat'][0] / max(found['upbeat'][0], 0.01):.1f}, memory "
                    f"x{found['heartbeat'][1][2] / max(found['upbeat'][1][2], 1):.1f}")
    return found


def under_load(lab, deadtime):
    lab.step(f"deadtime {deadtime} ms, each processor and the disk busy, for {SECONDS} s")
    begin(lab, max(deadtime // 5, 10), deadtime)
    since = lab.now()
    worker = lab.hosts[pair("upbeat")[0]]
    jobs = [worker.spawn("exec nice -n 0 sh -c 'while :; do :; done'") for _ in range(2 * os.cpu_count())]
    jobs.append(worker.spawn("while :; do dd if=/dev/zero of=/var/tmp/load bs=1M count=64 conv=fsync 2> /dev/null; done"))
    lab.pause_until(lab.now() + SECONDS)
    for job in jobs:
        job.kill(9)
    stalled = lab.yardstick.stalled(since)
    deaths = {name: sum(len(re.findall("WARN: node .*: is dead", lab.hosts[host].read("/var/log/ha-log"))) for host in pair(name))
              for name in SUITES}
    late = {name: sum(len(re.findall("Late heartbeat", lab.hosts[host].read("/var/log/ha-log"))) for host in pair(name))
            for name in SUITES}
    for name in SUITES:
        lab.report.line(f"   {name:10} deadtime {deadtime:5} ms: {deaths[name]} false deaths, {late[name]} late heartbeats"
                        f"   (the machine itself stood still for {stalled * 1000:.0f} ms)")
    return deaths["upbeat"]


def play(lab):
    found = at_rest(lab)
    lab.check("at most a tenth of a processor, and not half as much again as the original",
              found["upbeat"][0] < min(10, 1.5 * found["heartbeat"][0]), found)
    for deadtime in DEADTIMES:
        deaths = under_load(lab, deadtime)
        lab.check(f"deadtime {deadtime} ms: nobody is declared dead", deaths == 0, f"{deaths} deaths")
