# SPDX-License-Identifier: Apache-2.0
"""The figure of one drill: what clients saw, who held what, which real servers were in the table, on one time axis. SVG,
without a script or an outside resource. Pure."""
from html import escape

WIDTH, LEFT, RIGHT, ROW, BAR = 960, 190, 14, 22, 14
MOST_LANES = 10
STANDSTILL = 0.3        # a gap of which less than this part remains is the lab's own


class Figure:
    def __init__(self, seconds):
        self.seconds, self.y, self.parts = max(seconds, 0.5), 8, []

    def x(self, t):
        t = min(max(t, 0.0), self.seconds)
        return LEFT + (WIDTH - LEFT - RIGHT) * t / self.seconds

    def bar(self, since, until, y, height, css, title, least=1.5):
        a, b = self.x(since), self.x(until)
        self.parts.append(f'<rect x="{a:.1f}" y="{y:.1f}" width="{max(b - a, least):.1f}" height="{height}" class="{css}">'
                          f"<title>{escape(title)}</title></rect>")

    def label(self, text, y):
        shown = text if len(text) <= 27 else text[:26] + "…"
        self.parts.append(f'<text x="{LEFT - 8}" y="{y + BAR - 3:.1f}" class="lane"><title>{escape(text)}</title>{escape(shown)}</text>')

    def heading(self, text):
        self.parts.append(f'<text x="4" y="{self.y + 11}" class="head">{escape(text)}</text>')
        self.y += 17

    def more(self, left):
        if left > 0:
            self.parts.append(f'<text x="{LEFT}" y="{self.y + 10}" class="tick">and {left} more</text>')
            self.y += ROW - 4

    def svg(self, events, title):
        bottom = self.y + 4
        step = next(s for s in (0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600) if self.seconds / s <= 12 or s == 600)
        axis, t = [], 0.0
        while t <= self.seconds:
            axis.append(f'<line x1="{self.x(t):.1f}" x2="{self.x(t):.1f}" y1="24" y2="{bottom}" class="grid"/>'
                        f'<text x="{self.x(t):.1f}" y="{bottom + 13}" class="tick" text-anchor="middle">{t:g} s</text>')
            t = round(t + step, 3)
        marks, last = [], -100.0
        for number, (at, text) in enumerate(events, 1):
            x = self.x(at)
            shown = max(x, last + 17)
            last = shown
            marks.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="24" y2="{bottom}" class="event"/>'
                         f'<circle cx="{shown:.1f}" cy="14" r="8" class="mark"/>'
                         f'<text x="{shown:.1f}" y="17.5" class="number" text-anchor="middle">{number}'
                         f"<title>{escape(text)}</title></text>")
        height = bottom + 20
        return (f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">' + "".join(axis) +
                "".join(self.parts) + "".join(marks) + "</svg>")


def drill(record, nodes, title=""):
    """The figure of one record."""
    figure = Figure(record["seconds"])
    figure.y = 30
    if record["eyes"]:
        figure.heading("What clients saw")
        for eye in record["eyes"]:
            figure.label(eye["label"], figure.y)
            figure.bar(eye["from"], eye["to"], figure.y, BAR, "answered", f"{eye['answered']} of {eye['sent']} answered")
            for since, until, stalled in eye["gaps"]:
                ms = max(0.0, (until - since - stalled) * 1000)
                standstill = ms < STANDSTILL * (until - since) * 1000
                figure.bar(since, until, figure.y, BAR, "stall" if standstill else "gap", f"no answer for {ms:.0f} ms, from {since:.2f} s to {until:.2f} s" +
                           (f"; the lab itself stood still for {stalled * 1000:.0f} ms" if stalled > 0.005 else ""))
                width = figure.x(until) - figure.x(since)
                if width > 52 and not standstill:
                    figure.parts.append(f'<text x="{figure.x(since) + width / 2:.1f}" y="{figure.y + 11}" class="ms" '
                                        f'text-anchor="middle">{ms:.0f} ms</text>')
            figure.y += ROW
    _held(figure, "Who held which address", record["held"], nodes)
    _held(figure, "Which stand-in agents ran where", record["agents"], nodes)
    _tables(figure, record["tables"], nodes)
    return figure.svg(record["events"], title)


def _held(figure, heading, rows, nodes):
    """One lane per thing; in it the first node above, the second below, so that two holders are seen."""
    names = list(dict.fromkeys(r[0] for r in rows))
    if not names:
        return
    figure.heading(heading)
    for name in names[:MOST_LANES]:
        figure.label(name.replace("::", " "), figure.y)
        figure.parts.append(f'<rect x="{LEFT}" y="{figure.y}" width="{WIDTH - LEFT - RIGHT}" height="{BAR}" class="lane-bed"/>')
        for what, node, since, until in (r for r in rows if r[0] == name):
            index = nodes.index(node) if node in nodes else 0
            y, height = (figure.y, BAR) if len(nodes) == 1 else (figure.y + index * (BAR / 2), BAR / 2)
            css = f"node{index}" if until > since else "failed"
            figure.bar(since, until, y, height, css, f"{what} on {node}, {since:.2f} s to {until:.2f} s" if until > since else
                       f"{what} did not start on {node} at {since:.2f} s", 3)
        figure.y += ROW
    figure.more(len(names) - MOST_LANES)


def _tables(figure, rows, nodes):
    names = sorted(dict.fromkeys(r[0] for r in rows))
    if not names:
        return
    figure.heading("Real servers in the table")
    for name in names[:MOST_LANES]:
        figure.label(name, figure.y)
        figure.parts.append(f'<rect x="{LEFT}" y="{figure.y}" width="{WIDTH - LEFT - RIGHT}" height="{BAR}" class="lane-bed"/>')
        for real, node, since, until, weight in (r for r in rows if r[0] == name):
            index = nodes.index(node) if node in nodes else 0
            y, height = (figure.y, BAR) if len(nodes) == 1 else (figure.y + index * (BAR / 2), BAR / 2)
            figure.bar(since, until, y, height, f"node{index}" if weight else "quiescent",
                       f"{real} in {node}'s table with weight {weight}, {since:.2f} s to {until:.2f} s")
        figure.y += ROW
    figure.more(len(names) - MOST_LANES)


def strip(eye, seconds, columns=64):
    """The same for a text: # answered, . not."""
    cells = ["#"] * columns
    for since, until, _ in eye["gaps"]:
        a = int(columns * max(0.0, since) / seconds)
        b = max(a + 1, round(columns * until / seconds))
        for i in range(a, min(b, columns)):
            cells[i] = "."
    before = int(columns * max(0.0, eye["from"]) / seconds)
    return " " * before + "".join(cells[before:])


def bar(ms, worst_ms, allowed_ms, css):
    """A small bar for the table of drills, with a tick where the expected time ends."""
    scale = 150 / max(worst_ms, allowed_ms or 0, 1.0)
    tick = f'<line x1="{allowed_ms * scale:.1f}" x2="{allowed_ms * scale:.1f}" y1="0" y2="14" class="tick-line"/>' if allowed_ms else ""
    return (f'<svg class="small" viewBox="0 0 154 14" width="154" height="14" role="img" aria-label="{ms:.0f} ms">'
            f'<rect x="0" y="3" width="{max(ms * scale, 1):.1f}" height="8" rx="2" class="{css}"/>{tick}</svg>')
