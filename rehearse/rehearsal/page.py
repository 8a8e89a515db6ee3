# SPDX-License-Identifier: Apache-2.0
"""The report as one HTML page that needs nothing else: no script, no font, no picture from outside. Pure."""
from html import escape

from . import figure, text, timing

CSS = """
:root{--ink:#1b2733;--soft:#5b6b7a;--line:#dde3e9;--bed:#f1f4f7;--card:#fff;--page:#f6f8fa;--good:#2b8a57;--goodbg:#e3f4ea;
--long:#a86500;--longbg:#fdf0d8;--bad:#b3261e;--badbg:#fbe5e3;--n0:#3667b5;--n1:#c77d1e;--accent:#1f4e79}
@media (prefers-color-scheme:dark){:root{--ink:#e4eaf0;--soft:#9fb0c0;--line:#33404d;--bed:#26313c;--card:#1c252e;--page:#141b22;
--good:#5cc98d;--goodbg:#173526;--long:#e9b14c;--longbg:#3a2c10;--bad:#f28b82;--badbg:#43201e;--n0:#6f9ff0;--n1:#e2a250;--accent:#9cc3ea}}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1040px;margin:0 auto;padding:28px 20px 60px}h1{font-size:27px;margin:0 0 2px}h2{font-size:19px;margin:38px 0 12px}
h3{font-size:16px;margin:0}p{margin:6px 0}.sub{color:var(--soft)}.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:16px 18px;margin:14px 0}
.banner{border-left:6px solid var(--good);font-size:17px}.banner.long{border-color:var(--long)}.banner.bad{border-color:var(--bad)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:12px;margin:16px 0}.figures .card{margin:0;padding:13px 16px}
.figures b{display:block;font-size:25px;line-height:1.2;font-variant-numeric:tabular-nums}.figures span{color:var(--soft);font-size:13px}
table{border-collapse:collapse;width:100%}th{text-align:left;font-weight:600;color:var(--soft);font-size:13px}td,th{padding:7px 10px;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child td{border-bottom:0}td.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}a{color:var(--accent)}td a{text-decoration:none}
.pill{display:inline-block;border-radius:20px;padding:1px 10px;font-size:13px;font-weight:600;white-space:nowrap}.pill.good{color:var(--good);background:var(--goodbg)}
.pill.long,.pill.weak,.pill.advice{color:var(--long);background:var(--longbg)}.pill.bad,.pill.serious{color:var(--bad);background:var(--badbg)}.pill.skipped,.pill.note{color:var(--soft);background:var(--bed)}
.drill header{display:flex;justify-content:space-between;gap:14px;align-items:baseline}.drill ol{margin:8px 0;padding-left:24px;columns:2;column-gap:34px;font-size:14px}
.drill ol span{color:var(--soft);font-variant-numeric:tabular-nums}.drill ul{margin:6px 0;padding-left:22px}svg{display:block;width:100%;height:auto;margin:10px 0}svg.small{width:154px;margin:3px 0}
svg text{font-family:system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:var(--ink)}.lane{font-size:11.5px;text-anchor:end}.head{font-size:11px;font-weight:600;fill:var(--soft)!important}
.tick{font-size:10.5px;fill:var(--soft)!important}.ms{font-size:10.5px;font-weight:600;fill:#fff!important}.grid{stroke:var(--line);stroke-width:1}.event{stroke:var(--ink);stroke-width:1;stroke-dasharray:3 3;opacity:.55}
.mark{fill:var(--ink)}.number{font-size:10.5px;font-weight:700;fill:var(--card)!important}.answered{fill:var(--good);opacity:.85}.gap{fill:var(--bad)}.stall{fill:var(--soft);opacity:.55}.lane-bed{fill:var(--bed)}
.node0{fill:var(--n0)}.node1{fill:var(--n1)}.failed{fill:var(--bad)}.quiescent{fill:var(--soft);opacity:.45}.bar-good{fill:var(--good)}.bar-long,.bar-weak{fill:var(--long)}.bar-bad{fill:var(--bad)}.tick-line{stroke:var(--ink);stroke-width:1.5}
.key{display:inline-block;width:11px;height:11px;border-radius:2px;margin:0 5px 0 14px;vertical-align:-1px}.legend{font-size:13px;color:var(--soft)}.legend .key:first-child{margin-left:0}
pre{background:var(--bed);border-radius:8px;padding:10px 12px;overflow-x:auto;font:12.5px/1.5 ui-monospace,"DejaVu Sans Mono",monospace;margin:8px 0}details{margin:8px 0}summary{cursor:pointer;color:var(--accent)}
footer{color:var(--soft);font-size:13px;margin-top:40px}
@media print{body{background:#fff}.card{break-inside:avoid}details{display:none}}@media (max-width:700px){.drill ol{columns:1}}
"""
WORD = {"good": "as it should be", "long": "longer than it should", "weak": "a weakness", "bad": "bad", "skipped": "not played"}


def render(meta, setup, plan, job, advice, result):
    nodes = [n.name for n in setup.nodes]
    title = text.headline(setup)
    parts = [f"<!DOCTYPE html><html lang=en><head><meta charset=utf-8><meta name=viewport content='width=device-width'>"
             f"<title>{escape(title)}</title><style>{CSS}</style></head><body><main>",
             f"<h1>{escape(title)}</h1><p class=sub>{escape(meta['folder'])} · {escape(meta['when'])} · "
             f"{timing.words(meta['seconds'])} in a lab ({text.place(meta)}) · upbeat {escape(meta['version'])}</p>",
             _banner(result, advice), _cards(result, advice)]
    for remark in text.remarks(meta, result):
        parts.append(f"<p class=card>{escape(remark)}</p>")
    parts += [_table(result), _advice(advice), "<h2>The drills</h2>", _legend(nodes, setup)]
    parts += [_drill(d, nodes) for d in result.drills if not d.skipped]
    parts += [_lab(meta, setup, job, plan), _files(meta),
              "<footer>Played on copies, in a lab that is gone. Nothing outside of it was touched, and no file of the folder was "
              "written. Times are of this lab; those of real machines and switches differ.</footer></main></body></html>\n"]
    return "\n".join(parts)


def _banner(result, advice):
    bad, long_, weak = result.count("bad"), result.count("long"), result.count("weak")
    css = "bad" if result.badly else "long" if long_ or weak else "good"
    played = len(result.played())
    if result.broken:
        words = "The rehearsal ended early; what was played is below."
    elif bad:
        words = f"{bad} of {played} drills went badly."
    elif long_ or weak:
        words = f"Service came back in all {played} drills."
        words += f" In {long_} of them clients waited longer than they should." if long_ else ""
        words += f" {weak} of them showed a weakness of the files." if weak else ""
    else:
        words = f"All {played} drills went as they should."
    serious = sum(a.level == "serious" for a in advice)
    if serious:
        words += f" The files deserve attention: {serious} serious remark{'s' if serious > 1 else ''}."
    return f'<div class="card banner {css}"><b>{escape(words)}</b></div>'


def _cards(result, advice):
    found = []
    by_name = {d.name: d for d in result.played()}
    for name, phase, words in (("stop", "stop", "longest wait in a planned move"), ("power", "power cut", "longest wait when the holder loses power"),
                               ("reals", "failed", "longest wait when all real servers fail")):
        drilled = by_name.get(name)
        if drilled:
            found.append((ms_words(drilled.phases.get(phase, 0.0)), words))
    real = [d for d in result.played() if d.name.startswith("real:")]
    if real:
        found.append((ms_words(max(d.worst.ms if d.worst else 0 for d in real)), "longest wait when one real server fails"))
    found.append((str(len(result.played())), "drills played"))
    return '<div class="figures">' + "".join(f"<div class=card><b>{escape(a)}</b><span>{escape(b)}</span></div>" for a, b in found) + "</div>"


def ms_words(ms):
    return "none seen" if ms < 1 else f"{ms:.0f} ms" if ms < 10000 else f"{ms / 1000:.1f} s"


def _table(result):
    worst = max([d.worst.ms for d in result.played() if d.worst] + [1.0])
    rows = []
    for d in result.drills:
        if d.skipped:
            rows.append(f"<tr><td class=sub>{escape(d.title)}<td colspan=3 class=sub>{escape(d.skipped)}<td><span class='pill skipped'>not played</span></tr>")
            continue
        ms = d.worst.ms if d.worst else 0.0
        allowed = d.allowed[0] * 1000 if d.allowed else 0.0
        if d.name == "start":
            cells = f"<td class=n>{escape(text.outage_words(d))}<td><td>"
        else:
            cells = (f"<td class=n>{ms_words(ms)}<td>{figure.bar(ms, worst, allowed, 'bar-' + d.verdict)}"
                     f"<td class=n>{allowed / 1000:.1f} s")
        rows.append(f"<tr><td><a href='#{_anchor(d.name)}'>{escape(d.title)}</a>{cells}<td><span class='pill {d.verdict}'>{WORD[d.verdict]}</span></tr>")
    return ("<h2>What clients noticed</h2><div class=card><table><tr><th>Drill<th style='text-align:right'>Longest wait<th><th style='text-align:right'>Expected"
            f"<th>Verdict</tr>{''.join(rows)}</table></div>")


def _anchor(name):
    return "drill-" + "".join(c if c.isalnum() else "-" for c in name)


def _advice(advice):
    if not advice:
        return "<h2>Advice</h2><p class=card>None: the files are as one would write them.</p>"
    rows = "".join(f"<tr><td><span class='pill {a.level}'>{a.level}</span><td><b>{escape(a.title)}</b><br>{escape(a.about)}.<td>{escape(a.why)}<td>{escape(a.do)}</tr>"
                   for a in advice)
    return f"<h2>Advice</h2><div class=card><table><tr><th><th>In these files<th>Why it matters<th>What to do</tr>{rows}</table></div>"


def _legend(nodes, setup):
    keys = [("var(--good)", "answered"), ("var(--bad)", "not answered"), ("var(--soft)", "the lab itself stood still")] + [(f"var(--n{i})", n) for i, n in enumerate(nodes)]
    return "<p class=legend>" + "".join(f"<span class=key style='background:{colour}'></span>{escape(name)}" for colour, name in keys) + "</p>"


def _drill(d, nodes):
    record = d.record
    events = "".join(f"<li>{escape(words)} <span>{at:.1f} s</span></li>" for at, words in record["events"])
    words = "".join(f"<li>{escape(w)}</li>" for w in d.words)
    phases = " · ".join(f"{escape(p)}: {ms_words(ms)}" for p, ms in d.phases.items())
    who = {}
    for eye in record["eyes"]:
        for name, count in eye["who"].items():
            who[name] = who.get(name, 0) + count
    answered = ", ".join(f"{escape(n)} {c}" for n, c in sorted(who.items()))
    log = "\n".join(f"{node}: {line}" for node, line in record["log"])
    return (f"<section class='card drill' id='{_anchor(d.name)}'><header><h3>{escape(d.title)}</h3><span class='pill {d.verdict}'>{WORD[d.verdict]}</span></header>"
            f"<p class=sub>{escape(d.what)}</p>{f'<ul>{words}</ul>' if words else ''}"
            f"{figure.drill(record, nodes, d.title)}<ol>{events}</ol>"
            f"{f'<p class=sub>Longest wait by part: {phases}.</p>' if phases and d.name != 'start' else ''}"
            f"{f'<p class=sub>Pages answered by: {answered}.</p>' if answered else ''}"
            f"{f'<details><summary>The log lines that mattered</summary><pre>{escape(log)}</pre></details>' if log else ''}</section>")


def _lab(meta, setup, job, plan):
    parts = ["<h2>What was rehearsed, and what stood in for what</h2><div class=card>"]
    for title, rows in text.standing_in(meta, setup, job, plan):
        parts.append(f"<h3>{escape(title)}</h3><ul>" + "".join(f"<li>{escape(r)}</li>" for r in rows) + "</ul>")
    return "".join(parts) + "</div>"


def _files(meta):
    parts = ["<h2>The files</h2><div class=card>"]
    for node, name, content, given in meta["files"]:
        label = f"{name}{f' of {node}' if node else ''}{'' if given else ' (derived)'}"
        parts.append(f"<details><summary>{escape(label)}</summary><pre>{escape(content)}</pre></details>")
    return "".join(parts) + "<p class=sub>authkeys and passwords are left out.</p></div>"
