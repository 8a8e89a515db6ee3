#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The lines that docs/troubleshoot.md and docs/drills.md quote are lines that the programs write, and the metrics that the
manual pages name are those that are served. usage: documents.py SOURCE"""
import glob
import os
import re
import sys
import unittest

SOURCE = sys.argv[1]
FILLED_IN = r"\b(?:NAME|LINK|SCRIPT|N|our|foreign)\b"     # what a placeholder of the source stands for in the documents


def read(path):
    with open(os.path.join(SOURCE, path), encoding="utf-8") as f:
        return f.read()


EVENT = re.compile(r"inline constexpr EventKind (k\w+)\{.*?\};", re.S)


def without_unused_events(sources):
    """The texts of {path: text}, less the rows of the tables of events that nothing but the tables names: nobody says them."""
    used = set()
    for path, text in sources.items():
        if not path.endswith(("events.h", "events.cc")):
            used.update(re.findall(r"\bk[A-Z]\w*", EVENT.sub("", text)))
    return [EVENT.sub(lambda row: row.group() if row.group(1) in used else "", text) for text in sources.values()]


def said():
    """All that programs may say: string literals with their neighbours joined, and the scripts as they are."""
    sources = {}
    for folder in ("base", "io", "hbd", "ldir"):
        for path in glob.glob(os.path.join(SOURCE, folder, "**", "*.[hc]*"), recursive=True):
            with open(path, encoding="utf-8") as f:
                sources[path] = f.read()
    texts = [re.sub(r'"\s*\n\s*"', "", text) for text in without_unused_events(sources)]
    for pattern in ("etc/**/*", "resource.d/*", "hbd/tools/*", "realserver/*"):
        for path in glob.glob(os.path.join(SOURCE, pattern), recursive=True):
            if os.path.isfile(path):
                with open(path, encoding="utf-8") as f:
                    texts.append(f.read())
    return "\n".join(texts)


def quotes():
    """(document, line) for each line of a log or of a terminal that is quoted."""
    text = read("docs/troubleshoot.md")
    for section in ("Nothing starts", "Nobody holds the address", "Lines of ha-log"):
        body = text.split(f"## {section}\n")[1].split("\n## ")[0]
        for row in re.findall(r"^\| (`.*?) \|", body, re.M):
            for quote in re.findall(r"`([^`]+)`", row):
                if not quote.startswith(("cl_status", "none")):
                    yield "docs/troubleshoot.md", quote
    for quote in re.findall(r"`([^`]*(?:shutdown notice|release completed|is dead|Taking over)[^`]*)`", read("docs/drills.md")):
        yield "docs/drills.md", quote


class Documents(unittest.TestCase):
    def test_quotes(self):
        everything = said()
        found = list(quotes())
        self.assertGreater(len(found), 20)
        for document, quote in found:
            with self.subTest(document=document, quote=quote):
                text = quote.removeprefix("WARN: ").replace(" ...", "")
                pattern = r"(?:\{[a-z_]*\}|%s|\S+)".join(re.escape(part) for part in re.split(FILLED_IN, text))
                self.assertTrue(re.search(pattern, everything), "no program of ours says this")


    def test_metrics(self):
        for source, page, prefix, least in (("hbd/api/metrics.cc", "man/hbd.8", "hbd", 20),
                                            ("ldir/core/metrics.cc", "man/ldirectord.8", "ldirectord", 25)):
            served = set(re.findall(rf'\((?:out|)\s*"({prefix}(?:_[a-z_]+)?)",', read(source)))
            told = {re.sub(r"_(total|info)$", "", name) for line in re.findall(r"^\.(?:It (?:Ic|Sy)|Pq Sy) (.*)$", read(page), re.M)
                    for name in re.findall(rf"\b{prefix}_[a-z_]+", line)}
            self.assertGreaterEqual(len(served), least, sorted(served))
            self.assertEqual(sorted(served), sorted(told), page)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
