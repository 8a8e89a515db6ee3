# SPDX-License-Identifier: Apache-2.0
"""What the lab prints: one line per check, a story where asked for, a summary.

The lab's inner process also sends each finished scenario as one marked line of JSON, which the
outer process takes out of the stream again.
"""
import json
import sys
import textwrap
import time

MARK = "\x1e"
_COLOURS = {"ok": "32", "FAIL": "31", "known": "33", "skip": "33", "head": "1;36", "host": "1"}


class Report:
    def __init__(self, story=False, verbose=False, colour=False, out=sys.stdout):
        self.story_on, self.verbose, self.colour, self.out = story, verbose, colour, out
        self.started = time.monotonic()
        self.name = ""
        self.passed = self.failed = self.known = 0
        self.rows = []       # the story's summary table

    def paint(self, kind, text):
        return f"\x1b[{_COLOURS[kind]}m{text}\x1b[0m" if self.colour else text

    def line(self, text=""):
        self.out.write(text + "\n")
        self.out.flush()

    def emit(self, record):
        self.line(MARK + json.dumps(record))

    # -- a scenario ------------------------------------------------------------------------

    def begin(self, name, title, backend):
        self.name = name
        self.passed = self.failed = self.known = 0
        self.began = time.monotonic()
        self.emit({"begin": name})
        self.line()
        self.line(self.paint("head", f"== {name}: {title} ({backend})"))

    def end(self):
        self.emit({"scenario": self.name, "passed": self.passed, "failed": self.failed,
                   "known": self.known, "seconds": round(time.monotonic() - self.began, 1)})

    def skip(self, name, why):
        self.emit({"begin": name})
        self.line(f"{self.paint('skip', 'skip ')} {name}: {why}")
        self.emit({"scenario": name, "skipped": 1, "why": why})

    def ok(self, what, seen="", detail=False):
        self.passed += 1
        if detail and self.story_on and not self.verbose:
            return
        self.line(f"{self.paint('ok', 'ok   ')} {what}" + (f"  ({seen})" if seen else ""))

    def fail(self, what, seen):
        self.failed += 1
        self.line(f"{self.paint('FAIL', 'FAIL ')} {what}")
        self.line(textwrap.indent(f"seen: {seen}", " " * 6))

    def differs(self, what, seen, original):
        self.known += 1
        self.line(f"{self.paint('known', 'known')} {what}")
        self.line(f"      the original: {original}")
        if self.verbose:
            self.line(textwrap.indent(f"seen: {seen}", " " * 6))

    # -- the story -------------------------------------------------------------------------

    def step(self, title):
        if self.story_on:
            self.line()
            self.line(self.paint("head", f"-- {title}"))
        elif self.verbose:
            self.line(f"   -- {title}   [{time.monotonic() - self.began:.1f} s]")

    def say(self, text):
        if self.story_on:
            for line in textwrap.wrap(" ".join(text.split()), 92, break_on_hyphens=False):
                self.line("   " + line)

    def shown(self, host, command, output):
        if self.story_on or self.verbose:
            self.line(self.paint("host", f"   [root@{host} ~]# {command}"))
            for line in output.rstrip("\n").split("\n") if output.strip() else ():
                self.line("   " + line)

    def note(self, text):
        if self.story_on or self.verbose:
            self.line("   " + text)

    def row(self, what, seen, wanted=""):
        self.rows.append((what, seen, wanted))

    def table(self):
        if not (self.story_on and self.rows):
            return
        rows = [("what happened", "what clients saw", ""), *self.rows]
        wide = [max(len(str(r[i])) for r in rows) for i in range(3)]
        self.line()
        self.line(self.paint("head", "-- In short"))
        for row in rows:
            self.line("   " + "  ".join(str(c).ljust(w) for c, w in zip(row, wide)).rstrip())
        self.rows = []
