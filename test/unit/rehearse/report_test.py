# SPDX-License-Identifier: Apache-2.0
import html.parser
import re
import unittest

import samples
from rehearsal import advice, drills, figure, job, outcome, page, tables, text
from samples import read

VOID = {"meta", "br", "rect", "line", "circle", "col"}
OPEN_END = {"li", "p", "tr", "td", "th"}


def record(name, gaps=(), held=(), problems=(), seconds=20.0, phases=((1.0, "power cut"), (12.0, "return")), end=20.0, **more):
    return dict({"drill": name, "title": name, "seconds": seconds, "pace": 1.0, "events": [[1.0, "alice <loses> its power"], [12.0, "back"]],
                 "phases": [list(p) for p in phases], "problems": list(problems), "weak": [], "unserved": [], "broken": "",
                 "eyes": [{"label": "ping 192.0.2.100", "kind": "icmp", "sent": 100, "answered": 50, "gaps": [list(g) for g in gaps],
                           "who": {}, "from": 0.2, "to": end, "group": 0, "service": ""}],
                 "held": [list(h) for h in held], "agents": [["mysql", "alice", 0.0, 5.0], ["mysql", "bob", 7.0, 7.0]],
                 "tables": [["192.0.2.21:80", "alice", 0.0, 20.0, 0]], "log": [["bob", "WARN: node alice: is dead & gone"]]}, **more)


class Outcome(unittest.TestCase):
    def judged(self, *records, finished=True, wanted=()):
        self.setup, self.plan = read(samples.FILES)
        chosen, _ = drills.choose(self.setup, wanted=wanted)
        self.job = job.make(self.setup, self.plan, chosen)
        return outcome.judge(self.setup, self.job, [*records, *([{"finished": True}] if finished else [])], "", 1.0)

    def one(self, *records):
        result = self.judged(*records)
        return next(d for d in result.drills if d.name == records[-1]["drill"]), result

    def test_an_outage_as_long_as_deadtime(self):
        drilled, _ = self.one(record("power", gaps=[(1.0, 11.2, 0.0), (12.5, 12.9, 0.3)], held=[("192.0.2.100", "alice", 0, 1), ("192.0.2.100", "bob", 11, 20)]))
        self.assertEqual(drilled.verdict, "good")
        self.assertAlmostEqual(drilled.worst.ms, 10200, 0)
        self.assertAlmostEqual(drilled.phases["return"], 100, 0)

    def test_longer(self):
        drilled, result = self.one(record("power", gaps=[(1.0, 15.0, 0.0)]))
        self.assertEqual(drilled.verdict, "long")
        self.assertFalse([d for d in result.drills if d.verdict == "bad"])

    def test_a_slow_lab_stretches_scripts_and_no_timers(self):
        drilled, _ = self.one(record("power", gaps=[(1.0, 15.0, 0.0)], pace=2.0))
        self.assertEqual((drilled.verdict, drilled.allowed[0]), ("good", 15.0))

    def test_what_the_lab_stood_still_does_not_count(self):
        drilled, _ = self.one(record("stop", gaps=[(1.0, 6.0, 4.5)]))
        self.assertEqual((drilled.verdict, round(drilled.worst.ms)), ("good", 500))

    def test_two_holders(self):
        held = [("192.0.2.100", "alice", 0, 10), ("192.0.2.100", "bob", 5, 20)]
        self.assertEqual(self.one(record("stop", held=held))[0].verdict, "bad")
        drilled, result = self.one(record("link", held=held, weak=["both nodes ran everything"]))
        self.assertEqual((drilled.verdict, drilled.words, result.badly), ("weak", ["both nodes ran everything"], False))
        outcome._judge_one(read(samples.changed(haresources="alice Filesystem::/dev/sda1::/x::ext4 IPaddr::192.0.2.100/24/eth0 ldirectord\n"))[0],
                           drilled, record("link", held=held, weak=["both nodes ran everything"]))
        self.assertEqual(drilled.verdict, "bad")
        self.assertEqual(self.one(record("stop", held=[("192.0.2.100", "alice", 0, 5.3), ("192.0.2.100", "bob", 5, 20)]))[0].verdict, "good")

    def test_not_served_at_the_end(self):
        drilled, result = self.one(record("stop", gaps=[(18.0, 20.0, 0.0)], unserved=["ping 192.0.2.100"]))
        self.assertEqual(drilled.verdict, "bad")
        self.assertTrue(result.badly)

    def test_problems(self):
        self.assertEqual(self.one(record("daemon", problems=["the addresses moved"]))[0].verdict, "bad")

    def test_a_lab_that_broke(self):
        result = self.judged(record("start"), finished=False)
        self.assertTrue(result.badly)
        self.assertEqual(next(d for d in result.drills if d.name == "stop").verdict, "skipped")
        self.assertTrue(self.judged({"broken": "x", "trace": "y"}).badly)
        self.assertFalse(self.judged(record("start"), wanted=["start"]).badly)


class Report(Outcome):
    def rendered(self, *records):
        result = self.judged(*records)
        meta = {"version": "1", "folder": "/x/<pair>", "when": "today", "factor": 2.0, "notes": ["a note & more"], "estimate": 60.0, "quick": False,
                "where": "uml", "seconds": 61.0, "files": [("alice", "ha.cf", "node <alice>\n", True)]}
        given = dict(meta=meta, setup=self.setup, plan=self.plan, job=self.job, advice=advice.given(self.setup, self.plan), result=result)
        return text.render(**given), page.render(**given)

    def test_page(self):
        plain, made = self.rendered(record("start"), record("power", gaps=[(1.0, 11.2, 0.0)], held=[("192.0.2.100", "alice", 0, 1)]))
        self.assertNotRegex(made, r"(src|href)=['\"]?(https?:|//)")
        self.assertNotIn("<script", made)
        self.assertNotIn("@import", made)
        self.assertNotIn("url(", made)
        self.assertIn("&lt;loses&gt;", made)
        self.assertIn("/x/&lt;pair&gt;", made)
        self.assertIn("10200 ms", made)
        self.assertNotIn("a-long-secret-word", made + plain)
        for link in re.findall(r"href='#([^']*)'", made):
            self.assertIn(f"id='{link}'", made)
        opened = []

        class Balance(html.parser.HTMLParser):
            def handle_starttag(self, tag, attrs):
                if tag not in VOID and tag not in OPEN_END:
                    opened.append(tag)

            def handle_startendtag(self, tag, attrs):
                pass

            def handle_endtag(self, tag):
                if tag in OPEN_END or tag in VOID:
                    return
                assert opened and opened[-1] == tag, (tag, opened[-5:])
                opened.pop()
        Balance().feed(made)
        self.assertEqual(opened, [])

    def test_text(self):
        plain, _ = self.rendered(record("power", gaps=[(1.0, 11.2, 0.0)]))
        for word in ("--fast", "10200 ms", "mysql did not start on bob", "node alice: is dead", "a note & more", "not played", "192.0.2.21:80 with weight 0"):
            self.assertIn(word, plain)

    def test_the_labs_own_standstill_is_no_outage(self):
        made = figure.drill(record("stop", gaps=[(1.0, 4.0, 2.9), (6.0, 9.0, 0.2)]), ["alice", "bob"])
        self.assertEqual((made.count('class="stall"'), made.count('class="gap"')), (1, 1))
        self.assertIn("the lab itself stood still for 2900 ms", made)

    def test_strip(self):
        eye = {"from": 0.0, "gaps": [[2.0, 4.0, 0.0]]}
        self.assertEqual(figure.strip(eye, 10.0, 10), "##..######")


class Tables(unittest.TestCase):
    def test_proc(self):
        text_ = ("IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n"
                 "  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\nTCP  C0000264:0050 rr\n"
                 "  -> C0000215:0050      Route   1      0          0\n  -> C0000216:1F90      Masq    0      0          0\n"
                 "FWM  00000005 wrr\n  -> [2001:0db8:0000:0000:0000:0000:0000:0001]:0050      Tunnel  3      0          0\n")
        self.assertEqual(tables.entries(text_), {("192.0.2.21", 80): 1, ("192.0.2.22", 8080): 0, ("2001:db8::1", 80): 3})
        self.assertEqual(tables.entries(""), {})


if __name__ == "__main__":
    samples.main()
