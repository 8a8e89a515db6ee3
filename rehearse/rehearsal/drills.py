# SPDX-License-Identifier: Apache-2.0
"""The table of drills: what each is, when it makes sense, how long it takes. How it is played is in player. Pure."""
import dataclasses

from . import timing

ALONE = "there is only one director"
QUICK_REALS = 1


@dataclasses.dataclass
class Drill:
    name: str
    title: str
    what: str
    unfit: object               # setup -> why it makes no sense here, or ""
    seconds: object             # (setup, factor) -> estimate
    quick: bool = True
    alone: str = ""             # what it is where there is only one director
    allowed: object = None      # (setup, factor) -> seconds that clients may wait for timers, and for scripts, and why


def _no_pair(setup):
    return "" if setup.pair else ALONE


def _no_reals(setup):
    return "" if setup.reals() else "no ldirectord.cf, so no real servers"


def _dead(setup, factor):
    return setup.deadtime() / factor


SLACK = 2.5     # seconds for scripts, ARP and the lab itself
DRILLS = [
    Drill("start", "Both directors start", "Both nodes boot and their daemons start at the same moment.",
          lambda s: "", lambda s, f: 8.0, alone="The director boots and its daemon starts."),
    Drill("stop", "A planned stop, and the way back",
          "The operator stops the daemon of the holder, and later starts it again.",
          _no_pair, lambda s, f: 12.0,
          allowed=lambda s, f: (0.0, SLACK, "a planned move takes no more than the scripts")),
    Drill("power", "The holder loses its power",
          "The holder vanishes from one moment to the next. The other hears no heartbeat for deadtime and takes over.",
          _no_pair, lambda s, f: _dead(s, f) + 16,
          allowed=lambda s, f: (_dead(s, f), SLACK, f"deadtime is {_dead(s, f):g} s, and the scripts take their time")),
    Drill("link", "The directors no longer hear each other",
          "Every heartbeat path is cut for longer than deadtime, then mended. Clients still reach both nodes.",
          _no_pair, lambda s, f: 2 * _dead(s, f) + 14, quick=False,
          allowed=lambda s, f: (_dead(s, f), SLACK, "while both hold the addresses either may answer")),
    Drill("path", "One of several heartbeat paths is cut",
          "The first path is cut, the others carry on. Nothing may move.",
          lambda s: _no_pair(s) or ("" if len(s.paths()) > 1 else "there is only one heartbeat path"),
          lambda s, f: _dead(s, f) + 8, quick=False, allowed=lambda s, f: (0.0, 1.0, "nothing may move")),
    Drill("daemon", "A daemon is killed",
          "The working process of the holder's daemon is killed, then its master; the init system starts it again.",
          lambda s: "", lambda s, f: 10.0, quick=False, alone="ldirectord is killed, and started again. The table stays meanwhile.",
          allowed=lambda s, f: (0.0, 1.0, "nothing may move")),
    Drill("real", "A real server fails, and returns", "Its service refuses connections, and later answers again.",
          _no_reals, lambda s, f: 2 * timing.check_seconds(s, f) + 5,
          allowed=lambda s, f: (timing.check_seconds(s, f), SLACK, "until its check has failed")),
    Drill("reals", "All real servers fail, and return", "Every real server refuses connections at once.",
          _no_reals, lambda s, f: 2 * timing.check_seconds(s, f) + 8,
          allowed=lambda s, f: (timing.check_seconds(s, f), SLACK, "until the checks have failed and the fallback answers")),
    Drill("ping", "The holder loses its ping nodes; then both do",
          "The holder no longer reaches what ha.cf pings, the other still does; ipfail should move the groups. Then the "
          "ping nodes are down for both: nothing should move.",
          lambda s: _no_pair(s) or ("" if s.ping_hosts() else "ha.cf names no ping node"),
          lambda s, f: 3 * s.cluster["timing"]["deadping"] / 1000 / f + 22, quick=False,
          allowed=lambda s, f: (0.0, SLACK, "a planned move takes no more than the scripts")),
    Drill("fail", "A resource does not start",
          "The groups are asked over to the other node, where one resource refuses to start.",
          lambda s: _no_pair(s) or ("" if s.resources() else "no resource is named"), lambda s, f: 24.0, quick=False,
          allowed=lambda s, f: (0.0, 15.0, "until the groups are back where they start")),
]


def names():
    return [d.name for d in DRILLS]


def find(name):
    return next((d for d in DRILLS if d.name == name.split(":")[0]), None)


@dataclasses.dataclass
class Chosen:
    """One drill of a rehearsal. name: its row's, and the address of the real server where it is about one."""
    name: str
    drill: Drill
    title: str
    unfit: str = ""
    seconds: float = 0.0


def choose(setup, factor=1.0, quick=False, wanted=()):
    """The drills to play in the order of the table, those that make no sense here with the reason."""
    found, notes = [], []
    addresses = list(setup.reals())
    if not setup.pair and not wanted:
        notes.append(f"The drills of a pair are not played: {ALONE}.")
    for drill in DRILLS:
        if drill.name == "start":
            if not setup.pair and not setup.director:
                continue
        elif wanted and not any(w.split(":")[0] == drill.name for w in wanted):
            continue
        elif quick and not drill.quick and not wanted:
            continue
        why = drill.unfit(setup)
        if why == ALONE and not wanted:
            continue
        seconds = drill.seconds(setup, factor) if not why else 0.0
        if drill.name == "real" and not why:
            named = [w.split(":", 1)[1] for w in wanted if w.startswith("real:")]
            chosen = addresses if "real" in wanted else named or addresses[:QUICK_REALS if quick else None]
            left = len(addresses) - len(chosen)
            if left and not named:
                notes.append(f"{left} of {len(addresses)} real servers are not tried one by one "
                             f"(--drill real tries them all, --drill real:ADDRESS one).")
            found += [Chosen(f"real:{a}", drill, f"Real server {a} fails, and returns", "", seconds) for a in chosen]
            continue
        found.append(Chosen(drill.name, drill, drill.title if setup.pair or drill.name != "start" else
                            "The director starts", why, seconds))
    return found, notes


def estimate(chosen):
    return timing.BUILD + sum(c.seconds for c in chosen)
