# SPDX-License-Identifier: Apache-2.0
"""The gap that a client sees at 500 probes a second when the holder of one address goes: power cut and
graceful stop; and how long a pair started together takes to serve. Same timers for all: keepalive 200 ms,
deadtime 1 s. All three suites in one run, round by round, so that the machine's mood hits them alike.
"""
import os
import statistics
import time

from rig.plan import director, host

TITLE = "the gap when the holder of an address goes, and the way to the first address"
LIMIT = 1500
STACKS = ("upbeat",)
VIP = "10.77.0.100"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))


class Suite:
    def __init__(self, name, stack, files, start, stop):
        self.name, self.stack, self.files = name, stack, files
        self.start, self.stop = start, stop
        self.pair = (f"{name}-a", f"{name}-b")
        self.cuts, self.stops, self.colds = [], [], []


HA = ("/etc/init.d/heartbeat start", "/etc/init.d/heartbeat stop")
# keepalived's own stop is a SIGTERM to its parent, as its init script does.
KA = ("keepalived", "kill $(cat /run/keepalived.pid) && while [ -e /run/keepalived.pid ]; do sleep 0.02; done")
SUITES = [Suite("upbeat", "upbeat", ("failover/ha",) * 2, *HA),
          Suite("heartbeat", "debian", ("failover/ha",) * 2, *HA),
          Suite("keepalived", "debian", ("failover/keepalived-a", "failover/keepalived-b"), *KA)]


def _hosts():
    found = [host("client", "10.77.0.50/24")]
    for number, suite in enumerate(SUITES):
        for side, name in enumerate(suite.pair):
            # Heartbeat's node names are a and b; each suite has a segment to itself in time, not in space.
            found.append(director(name, f"10.77.0.{10 + 2 * number + side}/24", stack=suite.stack,
                                  files=[suite.files[side]], boot=[f"hostname {'ab'[side]}"]))
    return found


HOSTS = _hosts()


def play(lab):
    for number in range(ROUNDS):
        for suite in SUITES:
            one_round(lab, suite)
        lab.report.line(f"   round {number + 1} of {ROUNDS}: " + "; ".join(
            f"{s.name} cut {s.cuts[-1]:.0f} stop {s.stops[-1]:.0f} ms, cold {s.colds[-1]:.1f} s" for s in SUITES))
    lab.report.line()
    lab.report.line(f"   median (lowest..highest) of {ROUNDS} rounds      power cut, ms      graceful stop, ms"
                    "   cold start to address, s")
    for suite in SUITES:
        lab.report.line(f"   {suite.name:12}" + "".join(f"{shown(v):>24}" for v in (suite.cuts, suite.stops))
                        + f"{shown(suite.colds, 2):>24}")
    upbeat, heartbeat, keepalived = SUITES
    for peer in (heartbeat, keepalived):
        lab.report.line(f"   {peer.name} / upbeat: power cut x{ratio(peer.cuts, upbeat.cuts)}, graceful stop "
                        f"x{ratio(peer.stops, upbeat.stops)}, cold start x{ratio(peer.colds, upbeat.colds)}")
    med = statistics.median
    lab.check("power cut: at most deadtime + 30 ms", med(upbeat.cuts) <= 1030, f"{med(upbeat.cuts):.0f} ms")
    lab.check("graceful stop: at most 10 ms", med(upbeat.stops) <= 10, f"{med(upbeat.stops):.0f} ms")
    # Both are seen as soon as the second one has been started: from its start command on, its start included.
    lab.check("cold start: at most 1 s", med(upbeat.colds) <= 1, f"{med(upbeat.colds):.2f} s")


def one_round(lab, suite):
    a, b = suite.pair
    holder = start_both(lab, suite)
    other = b if holder == a else a

    probe = settled_probe(lab)
    stopped = time.monotonic()
    must(lab, holder, suite.stop)
    wait_holder(lab, other, suite.pair, 30)
    suite.stops.append(tail(lab, probe, stopped))

    must(lab, holder, suite.start)
    wait(lambda: joined(lab, suite, holder, other), 40, f"{suite.name}: {holder} joined again")
    current = a if lab.watch.holds(a, VIP) else b
    survivor = b if current == a else a
    probe = settled_probe(lab)
    cut = lab.power_cut(current)
    wait_holder(lab, survivor, suite.pair, 30)
    suite.cuts.append(tail(lab, probe, cut))
    must(lab, survivor, suite.stop)
    wait(lambda: not lab.watch.holders(VIP), 30, "the address is gone")
    lab.power_on(current)


def start_both(lab, suite):
    began = time.monotonic()
    jobs = [lab.hosts[name].spawn(suite.start) for name in suite.pair]
    holders = []

    def look():
        holders[:] = [h for h in lab.watch.holders(VIP) if h in suite.pair]
        return len(holders) == 1
    # Counted from the moment the second one's start command has been given.
    wait(look, 60, f"{suite.name}: somebody holds the address")
    suite.colds.append(time.monotonic() - began)
    for job in jobs:
        job.wait(60)
    wait(lambda: joined(lab, suite, *suite.pair), 40, f"{suite.name}: both joined")
    return holders[0]


def joined(lab, suite, *names):
    """Both sides are stable, so that what follows measures the failover and not the start."""
    if suite.name == "keepalived":
        # The higher priority preempts; before that has happened a cut would measure something else.
        return [h for h in lab.watch.holders(VIP) if h in suite.pair] == [suite.pair[0]]
    for name in suite.pair:
        for node in ("a", "b"):
            if lab.hosts[name].run(f"cl_status nodestatus {node}").out.strip() != "active":
                return False
        if lab.hosts[name].run("cl_status rscstatus").out.strip() not in ("all", "none", "local", "foreign"):
            return False
    return True


def settled_probe(lab):
    probe = lab.probe("client", "icmp", VIP, rate=500)
    lab.expect("the client is being answered", probe.has_answer, 10)
    end = time.monotonic() + 0.5       # half a second of undisturbed answers before the event
    lab.pause_until(end)
    return probe


def tail(lab, probe, since):
    """Wait until the client is served again, then the longest gap since the event."""
    lab.pause_until(time.monotonic() + 1.0)
    return lab.end_probe(probe).gap_ms(since=since - 0.1)


def must(lab, name, command):
    result = lab.hosts[name].run(command, timeout=120)
    if result.rc:
        raise RuntimeError(f"{name}: {command}: exit {result.rc}: {result.out}")


def wait_holder(lab, name, pair, within):
    wait(lambda: [h for h in lab.watch.holders(VIP) if h in pair] == [name], within, f"{name} holds the address")


def wait(look, within, what):
    deadline = time.monotonic() + within
    while not look():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not within {within} s: {what}")
        time.sleep(0.005)


def shown(values, digits=0):
    if not values:
        return "-"
    return (f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}.."
            f"{max(values):.{digits}f})")


def ratio(theirs, ours):
    return f"{statistics.median(theirs) / max(0.001, statistics.median(ours)):.1f}"
