# SPDX-License-Identifier: Apache-2.0
"""What the records of the drills mean: outages, verdicts, a summary. Pure."""
import dataclasses

from . import agents

MOST_STRETCHED = 6.0        # how much slower scripts may be for a slow lab
OVERLAP_GRACE = 0.5         # seconds for which two nodes may hold an address while it moves


@dataclasses.dataclass
class Outage:
    eye: str
    began: float            # seconds since the drill began
    ended: float
    ms: float               # less what the lab itself stood still
    phase: str


@dataclasses.dataclass
class Drilled:
    name: str
    title: str
    what: str
    skipped: str = ""
    record: dict = dataclasses.field(default_factory=dict)
    worst: Outage = None
    phases: dict = dataclasses.field(default_factory=dict)      # phase -> longest outage in ms
    allowed: tuple = None           # (seconds, why)
    verdict: str = ""               # good, long, weak (it shows a weakness of the files), bad, skipped
    words: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Result:
    drills: list
    broken: str = ""
    badly: bool = False
    pace: float = 1.0           # how much slower than usual programs started in the lab

    def played(self):
        return [d for d in self.drills if not d.skipped]

    def count(self, verdict):
        return sum(d.verdict == verdict for d in self.drills)


def judge(setup, job, records, complaint, factor):
    by_name = {r["drill"]: r for r in records if "drill" in r}
    broken = next((f"{r['broken']}\n{r['trace']}" for r in records if "broken" in r and "drill" not in r), "")
    finished = any(r.get("finished") for r in records)
    if not finished:
        broken = broken or complaint or "the lab ended early"
    found = []
    for drill in job.drills:
        drilled = Drilled(drill["name"], drill["title"], drill["what"])
        record = by_name.get(drill["name"])
        if drill["allowed"]:
            drilled.allowed = _stretched(drill["allowed"], record)
        if drill["unfit"] or (record and record.get("skipped")):
            drilled.skipped, drilled.verdict = drill["unfit"] or record["skipped"], "skipped"
        elif record is None:
            drilled.skipped, drilled.verdict = "not played: the lab ended before", "skipped"
        else:
            _judge_one(setup, drilled, record)
        found.append(drilled)
    paces = [r["pace"] for r in by_name.values() if "pace" in r]
    result = Result(found, broken, pace=max(paces, default=1.0))
    result.badly = bool(broken) or any(d.verdict == "bad" for d in found)
    return result


def _stretched(allowed, record):
    """What scripts take is stretched by the pace that this lab had; what waits for a timer is not."""
    waits, scripts, why = allowed
    return waits + scripts * min(MOST_STRETCHED, max(1.0, (record or {}).get("pace", 1.0))), why


def _judge_one(setup, drilled, record):
    drilled.record = record
    outages = [Outage(eye["label"], gap[0], gap[1], max(0.0, (gap[1] - gap[0] - gap[2]) * 1000), _phase(record, gap[0]))
               for eye in record["eyes"] for gap in eye["gaps"]]
    if drilled.name == "start":     # nothing was served before
        outages = []
    drilled.worst = max(outages, key=lambda o: o.ms, default=None)
    for outage in outages:
        drilled.phases[outage.phase] = max(drilled.phases.get(outage.phase, 0.0), outage.ms)
    drilled.words += record["problems"]
    drilled.verdict = "bad" if record["problems"] else "good"
    both = _double(record)
    if record["weak"]:
        drilled.words += record["weak"]
        if drilled.verdict == "good":
            drilled.verdict = "weak"
    if both and drilled.name == "link" and any(r["script"] in agents.STORAGE for _, r in setup.resources()):
        drilled.words.append("both nodes had the shared data at the same time: on real disks it is lost now")
        drilled.verdict = "bad"
    elif both and drilled.name != "link":
        drilled.words.append("two holders: " + ", ".join(f"{a} for {t - f:.1f} s" for a, f, t in both))
        drilled.verdict = "bad"
    if record["unserved"]:
        drilled.words.append("not answered at the end: " + ", ".join(record["unserved"]))
        drilled.verdict = "bad"
    if drilled.allowed and drilled.worst and drilled.worst.ms > drilled.allowed[0] * 1000 and not (
            drilled.name == "reals" and record["weak"]):
        drilled.verdict = "long" if drilled.verdict == "good" else drilled.verdict
        drilled.words.append(f"a client waited {drilled.worst.ms:.0f} ms; {drilled.allowed[0]:.1f} s were expected ({drilled.allowed[1]})")
    if drilled.name == "start":
        if record["events"]:
            drilled.words.append(f"everything was up after {record['events'][-1][0]:.1f} s")


def _phase(record, moment):
    name = "before"
    for at, title in record["phases"]:
        if moment >= at - 0.3:
            name = title
    return name


def _double(record):
    """[address, from, to] in which two directors held one address for longer than a move takes."""
    found = []
    held = record["held"]
    for i, (address, node, since, until) in enumerate(held):
        for other_address, other, begins, ends in held[i + 1:]:
            if address == other_address and node != other:
                a, b = max(since, begins), min(until, ends)
                if b - a > OVERLAP_GRACE:
                    found.append([address, a, b])
    return found
