# SPDX-License-Identifier: Apache-2.0
"""ldirectord by itself: configuration and events in, IPVS table out, as the original has it.

The same cases with --stack debian show that the expectations are the original's own.
"""
import importlib.util
import os

from rig.plan import director, host

TITLE = "configurations and events, and the table that the original makes of them"
NEEDS = ["ip_vs"]
LIMIT = 240
HOSTS = [director("dir", "10.9.9.1/24", "10.9.9.100/24", "fd00::1/64"),
         host("r1", "10.9.9.2/24", "fd00::2/64"), host("r2", "10.9.9.3/24", "fd00::3/64")]
HEAD = 'checkinterval=1\nchecktimeout=3\nlogfile="/var/log/ldirectord.log"\n'


def _cases():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases.py")
    spec = importlib.util.spec_from_file_location("ldirectord_cases", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CASES


class Play:
    def __init__(self, lab):
        self.lab = lab
        self.servers = {}

    def behave(self, name, behaviour):
        if name in self.servers:
            self.servers.pop(name).stop()
        if behaviour != "off":
            self.servers[name] = self.lab.serve(name, 80, "hello\n", behaviour)

    def event(self, text):
        words = text.split()
        if words[0] in ("start", "stop", "reload"):
            self.lab.run("dir", f"ldirectord case.cf {words[0]}", timeout=60)
        elif words[0] in ("on", "off", "silent", "error"):
            self.behave(words[1], "good" if words[0] == "on" else words[0])
        else:
            self.lab.run("dir", text)

    def case(self, name, config, events):
        lab = self.lab
        lab.step(name)
        for real in ("r1", "r2"):
            self.behave(real, "good")
        lab.hosts["dir"].run("ipvsadm -C")
        lab.hosts["dir"].run("cat > /etc/ha.d/case.cf", stdin=HEAD + config.lstrip("\n"))
        done = ""
        for text, table in events:
            self.event(text)
            short = text if len(text) < 20 else "prepared"
            done += (", " if done else "") + short
            if table is None:
                continue
            if lab.expect_table("dir", table, within=8, what=f"{name}: {done}"):
                done = short
        lab.hosts["dir"].run("ldirectord case.cf stop", timeout=60)


def play(lab):
    plays = Play(lab)
    for name, config, events in _cases():
        plays.case(name, config, events)
