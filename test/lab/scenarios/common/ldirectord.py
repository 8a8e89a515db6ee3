# SPDX-License-Identifier: Apache-2.0
"""Plays cases of ldirectord: a configuration, then events, and after each the IPVS table.

An event is a verb of ldirectord, "on HOST[:PORT]", "off ...", "silent ...", "error ...", or a command to type. The
table after it is `ipvsadm -Sn` text, None for "not looked at", or Differs(ours, original, why).
"""
import dataclasses
import os
import runpy

HEAD = 'checkinterval=1\nchecktimeout=3\nlogfile="/var/log/ldirectord.log"\n'


def cases_beside(scenario):
    """CASES of the cases.py in the folder of a scenario's file; every folder has its own module of that name."""
    return runpy.run_path(os.path.join(os.path.dirname(os.path.abspath(scenario)), "cases.py"))["CASES"]


@dataclasses.dataclass
class Differs:
    ours: str
    original: str
    why: str


class Play:
    def __init__(self, lab):
        self.lab = lab
        self.servers = {}

    def behave(self, name, behaviour):
        if name in self.servers:
            self.servers.pop(name).stop()
        if behaviour != "off":
            host, _, port = name.partition(":")
            self.servers[name] = self.lab.serve(host, int(port or 80), "hello\n", behaviour)

    def event(self, text):
        words = text.split()
        if words[0] in ("start", "stop", "reload", "restart"):
            self.lab.run("dir", f"ldirectord case.cf {words[0]}", timeout=60)
        elif words[0] in ("on", "off", "silent", "error"):
            self.behave(words[1], "good" if words[0] == "on" else words[0])
        else:
            self.lab.run("dir", text)

    def case(self, name, config, events):
        lab = self.lab
        lab.step(name)
        for server in list(self.servers):
            if ":" in server:
                self.behave(server, "off")
        for real in ("r1", "r2"):
            self.behave(real, "good")
        lab.hosts["dir"].run("ipvsadm -C")
        lab.hosts["dir"].run("cat > /etc/ha.d/case.cf", stdin=HEAD + config.lstrip("\n"))
        done = ""
        for text, table in events:
            self.event(text)
            short = text if len(text) < 20 else "prepared"
            done += (", " if done else "") + short
            if isinstance(table, Differs):
                table = table.ours if lab.stack == "upbeat" else table.original
            if table is None:
                continue
            if lab.expect_table("dir", table, within=8, what=f"{name}: {done}"):
                done = short
        lab.hosts["dir"].run("ldirectord case.cf stop", timeout=60)
        # What the original has lost sight of by an error in the file.
        if lab.stack != "upbeat":
            lab.hosts["dir"].run("for p in $(pgrep -f 'ldirectord.*case.cf'); do kill -9 $p; done; rm -f /run/ldirectord.case.cf.pid")
