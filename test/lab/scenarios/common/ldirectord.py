# SPDX-License-Identifier: Apache-2.0
"""Plays cases of ldirectord: a configuration, then events, and after each the IPVS table.

An event is a verb of ldirectord, "on HOST[:PORT]", "off ...", "silent ...", "error ...", "process" (which "runs" or is
"gone"), or a command to type. What is looked at after it: `ipvsadm -Sn` text, a list of several that may be, what a command
prints (Says), the last thing that a web server was told (Told), None for nothing; and where both differ Differs(ours,
original, why, row). A third word: the seconds that it may take, where 12 are not enough. LAB_PARTS=D13,E29 plays the cases
that begin so.
"""
import dataclasses
import os
import re
import runpy
import shutil

from rig import ipvs

HEAD = 'checkinterval=1\nchecktimeout=3\nlogfile="/var/log/ldirectord.log"\n'


def cases_beside(scenario):
    """CASES of the cases.py in the folder of a scenario's file; every folder has its own module of that name."""
    cases = runpy.run_path(os.path.join(os.path.dirname(os.path.abspath(scenario)), "cases.py"))["CASES"]
    chosen = tuple(part for part in os.environ.get("LAB_PARTS", "").split(",") if part)
    return [case for case in cases if not chosen or case[0].startswith(chosen)]


@dataclasses.dataclass
class Differs:
    """row: the decision, by the first cell of its row in the tables of ldirectord.cf(5), COMPATIBILITY. A test looks
    whether there is one."""
    ours: object
    original: object
    why: str
    row: str


@dataclasses.dataclass
class Says:
    """What a command prints on a host."""
    command: str
    text: str
    host: str = "dir"


@dataclasses.dataclass
class Told:
    """What the web server of a host was told in the last request that a pattern is found in: its first group."""
    pattern: str
    text: str
    host: str = "r1"


def real_servers_speak(lab):
    """r1 has every service as it should be, r2 as it should not (common/ldirectord-real)."""
    lab.hosts["r1"].run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=wrong.example "
                        "-keyout /lab/key.pem -out /lab/cert.pem 2>&1")
    shutil.copy(f"/proc/{lab.hosts['r1'].pid}/root/lab/cert.pem", f"/proc/{lab.hosts['dir'].pid}/root/etc/ha.d/ca.pem")
    lab.hosts["r1"].spawn("/lab/speak.py good")
    lab.hosts["r2"].spawn("/lab/speak.py bad")
    for name in ("r1", "r2"):
        lab.expect(f"{name} speaks", lambda: (lab.hosts[name].run("bash -c '</dev/tcp/127.0.0.1/812' 2> /dev/null").rc == 0, ""),
                   within=20, poll=0.5)


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

    def process(self):
        return self.lab.hosts["dir"].run(
            "pid=$(cat /run/ldirectord.case.cf.pid 2> /dev/null); kill -0 $pid 2> /dev/null && echo runs || echo gone").out.strip()

    def seen(self, look):
        if isinstance(look, Says):
            return self.lab.hosts[look.host].run(look.command).out.strip()
        found = re.findall(look.pattern, self.servers[look.host].heads(), re.M)
        return found[-1] if found else ""

    def is_one_of(self, tables):
        found = self.lab.hosts["dir"].run("ipvsadm -Sn").out
        return sorted(ipvs.saved_lines(found)) in [sorted(ipvs.saved_lines(table)) for table in tables], found

    def event(self, text):
        words = text.split()
        if words[0] in ("start", "stop", "reload", "restart"):
            self.lab.run("dir", f"ldirectord case.cf {words[0]}", timeout=60)
        elif words[0] == "process":
            pass
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
        for text, table, *longer in events:
            self.event(text)
            short = text if len(text) < 20 else "prepared"
            done += (", " if done else "") + short
            if isinstance(table, Differs):
                table = table.ours if lab.stack == "upbeat" else table.original
            if table is None:
                continue
            within = longer[0] if longer else 12
            if isinstance(table, (Says, Told)):
                lab.expect(f"{name}: {done}, and {table.text or 'nothing'!r} is {'said' if isinstance(table, Says) else 'asked for'}",
                           lambda: (self.seen(table) == table.text, self.seen(table)), within=within, poll=0.3)
                done = short
            elif text == "process":
                lab.expect(f"{name}: the process {'still runs' if table == 'runs' else 'has gone'}",
                           lambda: (self.process() == table, self.process()), within=12)
            elif isinstance(table, list):
                lab.expect(f"{name}: {done}, one of {len(table)} tables", lambda: self.is_one_of(table), within=within, poll=0.3)
                done = short
            elif lab.expect_table("dir", table, within=within, what=f"{name}: {done}"):
                done = short
        lab.hosts["dir"].run("ldirectord case.cf stop", timeout=60)
        # What the original has lost sight of by an error in the file.
        if lab.stack != "upbeat":
            lab.hosts["dir"].run("for p in $(pgrep -f 'ldirectord.*case.cf'); do kill -9 $p; done; rm -f /run/ldirectord.case.cf.pid")
