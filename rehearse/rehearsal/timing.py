# SPDX-License-Identifier: Apache-2.0
"""How long things take: the factor of --fast, and the estimate that is told before the lab is built. Pure."""

FAST_DEADTIME = 3.0         # seconds that --fast makes of deadtime
FAST_KEEPALIVE = 0.1        # and not less than this of keepalive
BUILD = 12.0                # boot of the guest, hosts, first start


def fast_factor(setup):
    """By what --fast divides: deadtime becomes 3 s, checks every second; 1.0 where nothing is gained."""
    wishes = []
    if setup.cluster:
        wishes.append(setup.deadtime() / FAST_DEADTIME)
    intervals = [r["check"]["interval"] for s in setup.services for r in s["reals"]]
    if intervals and not setup.cluster:
        wishes.append(max(intervals))
    factor = max(wishes, default=1.0)
    if setup.cluster and setup.keepalive() / factor < FAST_KEEPALIVE:
        factor = setup.keepalive() / FAST_KEEPALIVE
    return round(factor, 1) if factor > 1.2 else 1.0


def check_seconds(setup, factor=1.0):
    """How long it takes at worst until a real server that refuses connections is out of the table."""
    worst = 0.0
    for service in setup.services:
        for real in service["reals"]:
            worst = max(worst, max(1.0, real["check"]["interval"] / factor) * service["failurecount"])
    return worst


def hang_seconds(service, real):
    """The same for one that hangs."""
    return (real["check"]["timeout"] + real["check"]["interval"]) * service["failurecount"]


def words(seconds):
    seconds = int(round(seconds))
    return f"{seconds} s" if seconds < 90 else f"{seconds // 60} min {seconds % 60:02d} s"
