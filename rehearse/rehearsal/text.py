# SPDX-License-Identifier: Apache-2.0
"""The report as text. Pure."""
import textwrap

from . import figure, timing

VERDICTS = {"good": "as it should be", "long": "longer than it should", "weak": "a weakness", "bad": "BAD", "skipped": "not played"}


def render(meta, setup, plan, job, advice, result):
    lines = [headline(setup), "=" * len(headline(setup)), ""]
    lines += [f"files: {meta['folder']}", f"when:  {meta['when']}, {timing.words(meta['seconds'])} in the lab "
              f"({place(meta)}), upbeat {meta['version']}", ""]
    for note in remarks(meta, result):
        lines += textwrap.wrap(note, 96) + [""]
    lines += ["In short", "--------", summary(meta, setup, plan, job, advice, result), ""]
    for drilled in result.played():
        lines += _drill(drilled, job)
    lines += ["Advice", "------"]
    for item in advice:
        lines += ["", f"[{item.level}] {item.title}: {item.about}", *textwrap.wrap(item.why, 92, initial_indent="    ", subsequent_indent="    "),
                  *textwrap.wrap("-> " + item.do, 92, initial_indent="    ", subsequent_indent="       ")]
    if not advice:
        lines += ["", "None."]
    lines += ["", "What was rehearsed, and what stood in for what", "----------------------------------------------", ""]
    for title, rows in standing_in(meta, setup, job, plan):
        lines += [title + ":", *(f"    {row}" for row in rows), ""]
    return "\n".join(lines).rstrip() + "\n"


def headline(setup):
    return "Rehearsal of " + " and ".join(n.name for n in setup.nodes)


def place(meta):
    return "User-Mode Linux" if meta["where"] == "uml" else "namespaces of this kernel"


def remarks(meta, result):
    """What has to be known before a figure is read."""
    found = []
    if meta["factor"] > 1:
        found.append(f"--fast: all timings of the files were divided by {meta['factor']:g}. What waits for deadtime or a check takes "
                     f"{meta['factor']:g} times as long on the real pair.")
    if result.pace > 1.5:
        found.append(f"This machine was busy or slow: programs started {result.pace:.1f} times slower than a lab usually does. What "
                     "scripts take is longer here than on a director; the limits were stretched accordingly.")
    if result.broken:
        found.append("The rehearsal ended early: " + result.broken.strip().splitlines()[0])
    return found


def summary(meta, setup, plan, job, advice, result):
    width = max((len(d.title) for d in result.drills), default=10)
    lines = []
    for drilled in result.drills:
        if drilled.skipped:
            lines.append(f"{drilled.title:{width}}  {'':>9}  not played: {drilled.skipped}")
            continue
        lines.append(f"{drilled.title:{width}}  {outage_words(drilled):>9}  {VERDICTS[drilled.verdict]}")
    serious = sum(a.level == "serious" for a in advice)
    lines.append(f"\n{len(result.played())} drills: {result.count('good')} as they should be, {result.count('long')} longer, {result.count('weak')} with a weakness, "
                 f"{result.count('bad')} bad. Advice: {len(advice)}, of which serious: {serious}.")
    return "\n".join(lines)


def outage_words(drilled):
    if drilled.name == "start":
        return f"{drilled.record['events'][-1][0]:.1f} s up" if drilled.record["events"] else ""
    return f"{drilled.worst.ms:.0f} ms" if drilled.worst else "none seen"


def _drill(drilled, job):
    lines = [drilled.title, "-" * len(drilled.title), *textwrap.wrap(drilled.what, 96), ""]
    record = drilled.record
    lines.append(f"Verdict: {VERDICTS[drilled.verdict]}. Longest outage seen by a client: {outage_words(drilled)}" +
                 (f" (expected: {drilled.allowed[0]:.1f} s at most, {drilled.allowed[1]})" if drilled.allowed else "") + ".")
    lines += [f"  - {word}" for word in drilled.words]
    for phase, ms in drilled.phases.items():
        lines.append(f"  {phase}: {ms:.0f} ms")
    lines += ["", f"What clients saw, over {record['seconds']:.1f} s (# answered, . not):"]
    wide = max((len(e["label"]) for e in record["eyes"]), default=0)
    for eye in record["eyes"]:
        who = "  " + ", ".join(f"{n}: {c}" for n, c in sorted(eye["who"].items())) if eye["who"] else ""
        lines.append(f"  {eye['label']:{wide}}  {figure.strip(eye, record['seconds'])}{who}")
    lines += ["", "What happened:", *(f"  {at:7.2f} s  {text}" for at, text in record["events"])]
    for title, rows in (("Who held which address:", record["held"]), ("Which stand-in agents ran where:", record["agents"])):
        if rows:
            lines += ["", title, *(f"  {since:7.2f} s to {until:7.2f} s  {what} on {node}" if until > since else
                                   f"  {since:7.2f} s  {what} did not start on {node}" for what, node, since, until in
                                   sorted(rows, key=lambda r: (r[2], r[0])))]
    if record["tables"]:
        lines += ["", "Real servers in the table:", *(f"  {since:7.2f} s to {until:7.2f} s  {real} with weight {weight} on {node}" for
                                                      real, node, since, until, weight in sorted(record["tables"], key=lambda r: (r[2], r[0])))]
    if record["log"]:
        lines += ["", "Log lines that mattered:", *(f"  {node}: {line}" for node, line in record["log"])]
    return lines + [""]


def standing_in(meta, setup, job, plan):
    """(title, rows): what was rehearsed, and everything in the lab that is not as on the operator's machines."""
    found = []
    if setup.groups:
        found.append(("Groups", [f"{g['node']}: " + " ".join(r["text"] for r in g["resources"]) for g in setup.groups]))
    if setup.services:
        found.append(("Virtual services", [_service(s) for s in setup.services[:MOST_SERVICES]] +
                      ([f"and {len(setup.services) - MOST_SERVICES} more"] if len(setup.services) > MOST_SERVICES else [])))
    if meta["notes"]:
        found.append(("Assumed", meta["notes"]))
    if setup.serial_lines():
        found.append(("Serial lines", [f"{tty}: a pseudo terminal on each director, joined by a wire of its own" for tty in setup.serial_lines()]))
    if job.standins:
        found.append(("Agents that were stood in for", [f"{name}: {why}" for name, why in job.standins.items()]))
    if job.checks:
        found.append(("Checks that only connect here", [f"{virtual}, {real}: {why}" for virtual, real, why in job.checks]))
    if job.remarks:
        found.append(("Lines left out or changed", [f"{file}:{line}: {content}: {why}" for file, line, content, why in job.remarks]))
    found.append(("Hosts of the lab", [f"{h.name} ({ROLE[h.role]}): " + ", ".join(
        f"{nic} {' '.join(a)}" for nic, a in h.links.items()) for h in plan.hosts]))
    return found


def _service(service):
    reals = ", ".join(f"{r['address']}:{r['port']} {r['method']} {r['weight']}" for r in service["reals"])
    check = service["reals"][0]["check"] if service["reals"] else None
    words = f"{service['name']} ({service['protocol']}, {service['scheduler']}): {reals or 'no real server'}"
    if check:
        words += f"; check {check['type']}" + (f" {check['service']}" if check["type"] == "negotiate" else "")
        words += (f" {check['request']}" if check["request"] else "") + (f" must match “{check['receive']}”" if check["receive"] else "")
    return words + (f"; fallback {service['fallback']['address']}:{service['fallback']['port']}" if service["fallback"] else "")


MOST_SERVICES = 40
ROLE = {"director": "director", "real": "stands in for a real server", "ping": "stands in for a ping node", "client": "asks all the time"}
