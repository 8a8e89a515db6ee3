# SPDX-License-Identifier: Apache-2.0
"""What checking 100, 1,000 and 10,000 real servers every second costs: http, one virtual service, one guest.

Each director runs alone for the same span against the same nginx, whose host counts the connections. CPU is the time on the
processor of all processes that the director started (schedstat, or stat where the kernel has none), and memory the
sum of their resident sets. Then one real server goes silent and the file is changed under the running daemon: how long
until the kernel's table shows it. The Perl program is left out of 10,000, where its first pass takes hours.
"""
import os
import re
import signal
import time

from rig.plan import director, host

TITLE = "checks per second, CPU per check, memory, removal and reload at 100, 1,000 and 10,000 real servers"
NEEDS = ["ip_vs"]
LIMIT = 1500
STACKS = ("upbeat",)
VIP = "10.78.255.100"
SPAN = 20              # seconds of each measurement
INTERVAL, TIMEOUT = 1, 3
SIZES = tuple(int(n) for n in os.environ.get("LAB_REALS", "100 1000 10000").split())
TICK = os.sysconf("SC_CLK_TCK")


class Suite:
    def __init__(self, name, stack, start, stop, pattern):
        self.name, self.stack, self.start, self.stop, self.pattern = name, stack, start, stop, pattern
        self.results = {}


SUITES = [Suite("upbeat", "upbeat", "ldirectord ldirectord.cf start", "ldirectord ldirectord.cf stop", "ldirectord"),
          Suite("keepalived", "debian", "keepalived -C", "kill $(cat /run/keepalived.pid)", "keepalived"),
          Suite("perl", "debian", "ldirectord ldirectord.cf start", "ldirectord ldirectord.cf stop", "ldirectord")]


def _hosts():
    found = [host("reals", "10.78.0.1/16", files=["checks/reals"], boot=["nginx"])]
    for number, suite in enumerate(SUITES):
        found.append(director(suite.name, f"10.78.254.{number + 1}/16", stack=suite.stack))
    return found


HOSTS = _hosts()


def play(lab):
    # All hosts share the kernel's one neighbour table, which holds 1024 entries unless told otherwise.
    for name in ("gc_thresh1", "gc_thresh2", "gc_thresh3"):
        with open(f"/proc/sys/net/ipv4/neigh/default/{name}", "w", encoding="ascii") as knob:
            knob.write("65536")
    for size in SIZES:
        addresses = [f"10.78.{1 + n // 250}.{1 + n % 250}" for n in range(size)]
        lab.hosts["reals"].run("ip -batch -", stdin="".join(
            f"addr replace {a}/16 dev eth0\n" for a in addresses), timeout=300)
        suites = [s for s in SUITES if size <= 1000 or s.name != "perl"]
        for suite in suites:
            suite.results[size] = measure(lab, suite, addresses)
            r = suite.results[size]
            lab.report.line(f"   {size:5} reals  {suite.name:11} {r['rate']:8.1f} checks/s  {r['cpu_ms']:8.3f} ms CPU "
                            f"each  {r['rss_mib']:6.1f} MiB  {r['share']:5.1f} % of the CPU, "
                            f"{r['note']}; a silent one is out after {told(r['removal'])}, a new weight is in after "
                            f"{told(r['reload'])}")
    for size in SIZES:
        ours, theirs, old = (s.results.get(size) for s in SUITES)
        lab.report.line(f"   {size} reals: CPU per check, keepalived / upbeat: {theirs['cpu_ms'] / ours['cpu_ms']:.2f}"
                        + (f"; perl / upbeat: {old['cpu_ms'] / ours['cpu_ms']:.0f}" if old and old["rate"] else "")
                        + f"; checks per second, upbeat / keepalived: {ours['rate'] / theirs['rate']:.2f}")
        # A guest is one processor: what it cannot do at all is no fault of the program that comes nearest to it.
        if ours["share"] < 60:
            lab.check(f"{size} reals: all of them every second", ours["rate"] >= 0.97 * size, f"{ours['rate']:.1f}/s")
            lab.check(f"{size} reals: a silent one is out after interval and timeout",
                      ours["removal"] is not None and ours["removal"] <= INTERVAL + TIMEOUT + 0.5, told(ours["removal"]))
        else:
            lab.check(f"{size} reals: at least as many checks per second as keepalived", ours["rate"] >= theirs["rate"],
                      f"{ours['rate']:.1f}/s against {theirs['rate']:.1f}/s")
        lab.check(f"{size} reals: CPU per check at most half of keepalived's", ours["cpu_ms"] <= theirs["cpu_ms"] / 2,
                  f"{ours['cpu_ms']:.3f} ms against {theirs['cpu_ms']:.3f} ms")


def told(seconds):
    return "never" if seconds is None else f"{seconds:.2f} s"


def measure(lab, suite, addresses):
    box = lab.hosts[suite.name]
    box.run("mkdir -p /etc/ha.d /etc/keepalived; cat > /etc/ha.d/ldirectord.cf", stdin=ldirectord_cf(addresses))
    box.run("cat > /etc/keepalived/keepalived.conf", stdin=keepalived_conf(addresses))
    started = box.run(suite.start, timeout=180)
    if started.rc:
        raise RuntimeError(f"{suite.name}: {started.out}")
    # Settled: what comes after the first pass. The Perl program's first pass over many reals takes minutes, since
    # it runs two ipvsadm before every change; then it is measured in the middle of that, and the line says so.
    settled, _, took = lab.settle(lambda: (in_table(box) == len(addresses), ""), 120)
    if suite.name != "perl":
        lab.check(f"{suite.name}: all {len(addresses)} are in the table", settled, f"{in_table(box)} after {took:.1f} s")
    lab.pause_until(time.monotonic() + 3)
    began, cpu, count = time.monotonic(), cpu_seconds(box, suite.pattern), requests(lab)
    lab.pause_until(began + SPAN)
    count, cpu = requests(lab) - count, cpu_seconds(box, suite.pattern) - cpu
    span = time.monotonic() - began
    result = {"note": f"after {took:.1f} s to the full table" if settled else "still in its first pass", "rate": count / span, "cpu_ms": 1000 * cpu / max(1, count), "share": 100 * cpu / span,
              "rss_mib": resident(box, suite.pattern) / 1024, "removal": None, "reload": None}
    if settled:
        result["reload"] = reload(lab, box, suite, addresses)
        result["removal"] = removal(lab, box, addresses)
    if suite.name == "perl":
        for pid in processes(box, suite.pattern):     # it does not hear a signal inside a pass
            os.kill(pid, 9)
    else:
        box.run(suite.stop, timeout=120)
    lab.expect(f"{suite.name} is gone", lambda: not processes(box, suite.pattern), 60)
    box.run("ipvsadm -C")
    return result


def reload(lab, box, suite, addresses):
    """The last real server gets another weight: seconds until the table has it."""
    box.run("cat > /etc/ha.d/ldirectord.cf", stdin=ldirectord_cf(addresses, 7))
    box.run("cat > /etc/keepalived/keepalived.conf", stdin=keepalived_conf(addresses, 7))
    entry = re.compile(rf"^\s+->\s+{hexed(addresses[-1])}:0050\s+\S+\s+7\s", re.M)
    began = time.monotonic()
    for pid in processes(box, suite.pattern):
        if parent_of(pid) not in processes(box, suite.pattern):
            os.kill(pid, signal.SIGHUP)
    seen, _, _ = lab.settle(lambda: (bool(entry.search(box.proc_net("ip_vs"))), ""), 60, 0.05)
    return time.monotonic() - began if seen else None


def removal(lab, box, addresses):
    """One real server goes silent: seconds until the table has it no more (or with weight 0)."""
    gone = addresses[len(addresses) // 2]
    entry = re.compile(rf"^\s+->\s+{hexed(gone)}:0050\s+\S+\s+[1-9]", re.M)
    began = time.monotonic()
    lab.hosts["reals"].run(f"ip addr del {gone}/16 dev eth0")
    out, _, _ = lab.settle(lambda: (not entry.search(box.proc_net("ip_vs")), ""), 60, 0.05)
    took = time.monotonic() - began
    lab.hosts["reals"].run(f"ip addr add {gone}/16 dev eth0")
    return took if out else None


def hexed(address):
    return "".join(f"{int(part):02X}" for part in address.split("."))


def parent_of(pid):
    return int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1])


def in_table(box):
    return sum(1 for line in box.proc_net("ip_vs").splitlines() if re.match(r"\s+->\s+[0-9A-F]", line))


def requests(lab):
    """Connections that the web server has accepted: one per check."""
    names, values = (line.split() for line in lab.hosts["reals"].proc_net("snmp").splitlines() if line.startswith("Tcp:"))
    return int(values[names.index("PassiveOpens")])


def processes(box, pattern):
    """Pids, as this place sees them, of the host's processes whose command line names the daemon."""
    ours, found = os.readlink(f"/proc/{box.pid}/ns/pid"), []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/ns/pid") == ours and pattern.encode() in open(f"/proc/{pid}/cmdline", "rb").read():
                found.append(int(pid))
        except OSError:
            continue
    return found


def cpu_seconds(box, pattern):
    total = 0.0
    for pid in processes(box, pattern):
        fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
        reaped = (int(fields[13]) + int(fields[14])) / TICK          # ipvsadm runs of the Perl program
        try:
            own = sum(int(open(f"/proc/{pid}/task/{t}/schedstat").read().split()[0])
                      for t in os.listdir(f"/proc/{pid}/task")) / 1e9
        except OSError:
            own = 0.0
        total += (own or (int(fields[11]) + int(fields[12])) / TICK) + reaped
    return total


def resident(box, pattern):
    return sum(int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read()).group(1))
               for pid in processes(box, pattern))


def ldirectord_cf(addresses, last_weight=1):
    return (f"checktimeout={TIMEOUT}\ncheckinterval={INTERVAL}\nquiescent=no\nvirtual={VIP}:80\n"
            + "".join(f"\treal={a}:80 gate\n" for a in addresses[:-1]) + f"\treal={addresses[-1]}:80 gate {last_weight}\n"
            + '\tservice=http\n\tscheduler=wlc\n\tprotocol=tcp\n\tchecktype=negotiate\n'
              '\trequest="check.html"\n\treceive="Test HA Page"\n')


def keepalived_conf(addresses, last_weight=1):
    # status_code only: keepalived then reads the body without matching it, which is in its favour.
    reals = "".join(f"""
    real_server {a} 80 {{
        weight {last_weight if a == addresses[-1] else 1}
        HTTP_GET {{
            url {{
                path /check.html
                status_code 200
            }}
            connect_timeout {TIMEOUT}
            retry 0
        }}
    }}""" for a in addresses)
    return f"""
virtual_server {VIP} 80 {{
    delay_loop {INTERVAL}
    lb_algo wlc
    lb_kind DR
    protocol TCP
{reals}
}}
"""
