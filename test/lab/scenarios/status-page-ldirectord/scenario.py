# SPDX-License-Identifier: Apache-2.0
"""/metrics, /status.json and the page of a running ldirectord, while a real server goes down and comes back."""
import json

from common import openmetrics
from rig.plan import director, host

TITLE = "ldirectord's status page and metrics, while a real server goes down and comes back"
NEEDS = ["ip_vs"]
STACKS = ("upbeat",)
LIMIT = 240
HOSTS = [director("dir", "10.9.9.1/24", "10.9.9.100/24"), host("r1", "10.9.9.2/24"), host("r2", "10.9.9.3/24")]
CONFIG, SOCKET = "/etc/ha.d/t.cf", "/var/run/ldirectord.t.cf.sock"
URL = "http://127.0.0.1:9695"
VIRTUAL = {"virtual": "tcp:10.9.9.100:80"}
HTTP = {**VIRTUAL, "checktype": "negotiate", "service": "http"}
HEAD = "-A -t 10.9.9.100:80 -s wrr\n"
R1, R2 = (f"-a -t 10.9.9.100:80 -r 10.9.9.{n}:80 -g -w {n}\n" for n in (2, 3))


class Play:
    def __init__(self, lab):
        self.lab, self.box = lab, lab.hosts["dir"]

    def get(self, path, how=f"--unix-socket {SOCKET} http://localhost"):
        """(status, body)"""
        done = self.box.run(f"curl -s -m 10 -w '%{{http_code}}' {how}{path}")
        body, code = done.out[:-3], done.out[-3:]
        return code, body

    def metrics(self, what):
        code, text = self.get("/metrics")
        try:
            samples = openmetrics.read(text)
        except openmetrics.Bad as bad:
            self.lab.check(f"{what}: the metrics are OpenMetrics to the letter", False, f"{code} {bad}")
            return {}
        self.lab.check(f"{what}: the metrics are OpenMetrics to the letter", True, f"{sum(map(len, samples.values()))} samples")
        return samples

    def counts(self, what, **expected):
        samples = self.metrics(what)
        for name, (labels, wanted) in expected.items():
            name = "ldirectord_" + name
            seen = openmetrics.pick(samples, name, **labels)
            good = seen is not None and (wanted(seen) if callable(wanted) else seen == wanted)
            self.lab.check(f"{what}: {name}", good, f"{seen}")

    def status(self):
        return json.loads(self.get("/status.json")[1] or '{"services": []}')

    def entry(self, name):
        return next((e for s in self.status()["services"] for e in s["entries"] if e["name"] == name), {})

    def expect_state(self, name, state):
        self.lab.expect(f"/status.json: {name} is {state}", lambda: (self.entry(name).get("state") == state, self.entry(name)),
                        within=10)

    def both_up(self):
        lab = self.lab
        lab.step("both real servers work")
        self.r1 = lab.serve("r1", 80, "hello\n")
        lab.serve("r2", 80, "hello\n")
        lab.run("dir", f"ldirectord {CONFIG} start", timeout=60)
        lab.expect_table("dir", HEAD + R1 + R2, within=20)
        lab.expect_output("dir", f"stat -c '%a %U %F' {SOCKET}", r"^600 root socket$")
        lab.expect_output("dir", f"curl -s -m 5 -o /dev/null -w '%{{http_code}}' {URL}/", "^200$")
        lab.expect_output("dir", f"curl -s -m 5 -X POST -w '%{{http_code}}' {URL}/", "405$")
        lab.check("another machine does not reach it",
                  lab.hosts["r1"].run("curl -s -m 2 http://10.9.9.1:9695/").rc == 7)
        lab.check("without scripts the page says the same", "10.9.9.2:80" in self.get("/")[1])
        printed = json.loads(self.box.run(f"ldirectord {CONFIG} status --json 2> /dev/null").out)
        served = self.status()
        lab.check("status --json prints what /status.json serves", [s["service"] for s in printed["services"]] ==
                  [s["service"] for s in served["services"]] and printed.keys() == served.keys(), f"{printed.keys()}")
        self.counts("both up", real_servers=({**VIRTUAL, "state": "up"}, 2), virtual_weight=(VIRTUAL, 5),
                    table_entries=(VIRTUAL, 2), fallback_in_use=(VIRTUAL, 0), phase=({"phase": "running"}, 1),
                    checks_total=({**HTTP, "result": "passed"}, lambda n: n >= 2),
                    check_duration_seconds_count=({**HTTP, "result": "passed"}, lambda n: n >= 2),
                    real_limit_reached=({"real": "10.9.9.3:80"}, 0),
                    operations_total=({**VIRTUAL, "result": "done"}, 3))

    def one_down(self):
        lab = self.lab
        lab.step("r1 stops matching")
        self.r1.stop()
        self.r1 = lab.serve("r1", 80, "sorry\n")
        lab.expect_table("dir", HEAD + R2, within=10)
        self.expect_state("10.9.9.2:80", "down")
        lab.expect("/status.json says why", lambda: ("hello" in self.entry("10.9.9.2:80").get("reason", ""),
                                                     self.entry("10.9.9.2:80").get("reason")), within=10)
        turns = [t["turn"] for t in self.entry("10.9.9.2:80").get("timeline", [])]
        lab.check("and what has happened", turns == ["up", "down"], f"{turns}")
        self.counts("one down", real_up=({"real": "10.9.9.2:80"}, 0), real_servers=({**VIRTUAL, "state": "down"}, 1),
                    real_weight=({"real": "10.9.9.2:80"}, 0), virtual_weight=(VIRTUAL, 3),
                    transitions_total=({**VIRTUAL, "to": "down"}, 1),
                    checks_total=({**HTTP, "result": "application"}, lambda n: n >= 1),
                    check_duration_seconds_count=({**HTTP, "result": "failed"}, lambda n: n >= 1))

    def back(self):
        lab = self.lab
        lab.step("r1 works again; r2 goes into maintenance")
        self.r1.stop()
        self.r1 = lab.serve("r1", 80, "hello\n")
        lab.run("dir", "touch /etc/ha.d/maint/10.9.9.3")
        lab.expect_table("dir", HEAD + R1, within=10)
        self.expect_state("10.9.9.2:80", "up")
        self.expect_state("10.9.9.3:80", "maintenance")
        lab.check("the timelines tell it", [[t["turn"] for t in self.entry(f"10.9.9.{n}:80").get("timeline", [])] for n in (2, 3)] ==
                  [["up", "down", "up"], ["up", "maintenance"]], f"{self.entry('10.9.9.2:80')} {self.entry('10.9.9.3:80')}")
        lab.run("dir", "ipvsadm -d -t 10.9.9.100:80 -r 10.9.9.2:80")
        lab.expect_table("dir", HEAD + R1, within=10)
        self.counts("back", transitions_total=({**VIRTUAL, "to": "up"}, 3), drift_repairs_total=(VIRTUAL, 1),
                    real_servers=({**VIRTUAL, "state": "maintenance"}, 1))

    def reload(self):
        lab = self.lab
        lab.step("an address that all can reach is refused, and without the line nobody is served there")
        lab.run("dir", f"sed -i 's/^statuspage=.*/statuspage=0.0.0.0:9695/' {CONFIG} && kill -HUP $(cat /run/ldirectord.t.cf.pid)")
        lab.expect_log("dir", r"line 5: .*0\.0\.0\.0 is not a loopback address", file="/var/log/ldirectord.log")
        lab.expect("the refused reload is counted",
                   lambda: (self.status().get("reloads_refused") == 1, self.status().get("reloads_refused")), within=5)
        lab.expect_output("dir", f"curl -s -m 5 -o /dev/null -w '%{{http_code}}' {URL}/", "^200$")
        lab.run("dir", f"sed -i '/^statuspage/d' {CONFIG} && ldirectord {CONFIG} reload")
        lab.expect("the page is gone from the TCP port", lambda: (self.box.run(f"curl -s -m 2 {URL}/").rc == 7, ""), within=10)
        self.counts("reloaded", reloads_total=({"result": "good"}, 1), transitions_total=({**VIRTUAL, "to": "up"}, 3))
        lab.run("dir", f"ldirectord {CONFIG} stop", timeout=60)
        lab.check("the end takes the socket away", self.box.run(f"test -e {SOCKET}").rc == 1)


def play(lab):
    plays = Play(lab)
    plays.both_up()
    plays.one_down()
    plays.back()
    plays.reload()
