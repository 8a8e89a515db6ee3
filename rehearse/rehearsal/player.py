# SPDX-License-Identifier: Apache-2.0
"""Plays the drills in the lab and emits one record per drill. Runs inside (the guest or namespaces); what the records
mean is judged outside, by outcome."""
import os
import re
import signal
import time
import traceback
import types

from rig import fetch, root
from rig.lab import WORK, Lab
from rig.plan import HostPlan
from rig.report import Report

from . import agents
from .standin import Servers
from .tables import TableWatch

DWELL = 1.0             # seconds that a client still looks after it is over
AGENT_LOG = "/var/log/rehearsal-agents"
IMPORTANT = re.compile(r"WARN|ERROR|CRIT|is dead|akeover|Acquiring|Releasing|shutdown|Link .* (dead|up)|ipfail|standby|"
                       r"own our resources|restart|Quiescent|Deleted|Restored|Added|fallback|Removed|Changed virtual|"
                       r"Giving up|give up|Starting|Exiting|Return code|does not start|local resource", re.I)
# Said at every start, of no drill in particular.
NOISE = re.compile(r"Comparing|Checking status of STONITH|rehearsal-agents|logfile and logfacility|Logging daemon|"
                   r"Gmain_timeout|Cannot lock ourselves|Initial dead time|older programs|Exiting from ldirectord status|Core dumps could be lost|Auth keys|Signed|loaded from", re.I)
USUAL_START = {True: 0.035, False: 0.008}      # seconds that a program start takes in a guest, and else
MOST_LINES = 24
MOST_GAPS = 400


class TooLong(Exception):
    pass


def _alarm(*_):
    raise TooLong()


def play(job):
    """job: what command.py wrote: the Job as a dictionary, with stage, slow, where, folder."""
    report = Report(False, job["verbose"], job["colour"])
    signal.signal(signal.SIGALRM, _alarm)
    report.emit({"begin": "rehearsal"})
    stage = None
    if job["stage"]:
        stage = f"{WORK}/.stage"
        root.copy_stage(job["stage"], stage)
    hosts = [HostPlan(h["name"], h["links"], h["segments"], h["gateway"], (f"{job['folder']}/hosts/{h['name']}",)
                      if os.path.isdir(f"{job['folder']}/hosts/{h['name']}") else (),
                      tuple(h["boot"]), "tested" if h["role"] == "director" else "") for h in job["hosts"]]
    lab = Lab(types.SimpleNamespace(name="rehearsal", hosts=hosts, folder=f"{job['folder']}/none/none"), report,
              "upbeat", stage, job["slow"], guest=job["where"] == "UML")
    player = None
    try:
        player = Player(lab, job, report)
        signal.alarm(int(120 * job["slow"]))
        player.say("building the lab: " + ", ".join(h["name"] for h in job["hosts"]))
        player.boot()
        for drill in job["drills"]:
            signal.alarm(int((drill["seconds"] * 4 + 150) * job["slow"]))
            player.drill(drill)
    except TooLong:
        report.emit({"broken": "the lab took too long", "trace": traceback.format_exc(limit=-3)})
    except Exception as error:  # noqa: BLE001  what was played is reported all the same
        report.emit({"broken": str(error) or type(error).__name__, "trace": traceback.format_exc(limit=-4)})
    finally:
        signal.alarm(0)
        if player:
            player.close()
    report.emit({"finished": True})
    lab.close()


class Player:
    def __init__(self, lab, job, report):
        self.lab, self.job, self.facts, self.report = lab, job, job["facts"], report
        self.nodes = self.facts["nodes"]
        self.vips = [v["address"] for v in self.facts["vips"]]
        self.preferred = {g: n["node"] for g, n in enumerate(self.facts["groups"])}
        self.servers, self.tables = {}, None
        self.started = time.monotonic()
        self.problems, self.weak, self.events, self.phases = [], [], [], []
        self.now_zero = self.started

    def say(self, text):
        self.report.line(f"[{time.monotonic() - self.started:6.1f} s] {text}")

    # -- the lab ---------------------------------------------------------------------------

    def boot(self):
        self.lab.boot()
        for name in self.job["servers"]:
            self.serve(name)
        self.cable(*self.nodes)
        self.tables = TableWatch([self.lab.hosts[n] for n in self.nodes])

    def cable(self, *names):
        """A null-modem cable for each serial line: on both hosts a pseudo terminal, joined over a wire of its own."""
        for number, tty in enumerate(self.facts["serial"]):
            for name in names:
                host, peer = self.lab.hosts[name], self.lab.hosts[self.other(name)]
                with open(f"/proc/{host.pid}/root/root/null_modem.py", "w", encoding="utf-8") as out, \
                        open(null_modem_path(), encoding="utf-8") as program:
                    out.write(program.read())
                if peer.is_on:      # a host that has booted anew has another address on the wire
                    peer.run(f"ip neigh flush dev cable{number}")
                first = next(h for h in self.job["hosts"] if h["name"] == self.nodes[0])
                far = "" if name == self.nodes[0] else first["links"][f"cable{number}"][0].split("/")[0]
                host.spawn(f"exec python3 /root/null_modem.py {tty} {far}")
                self.wait(f"{name} has {tty}", lambda h=host, t=tty: h.run(f"test -c {t}").rc == 0, 20)

    def close(self):
        for servers in self.servers.values():
            servers.stop()
        if self.tables:
            self.tables.close()

    def serve(self, name):
        listeners = self.job["servers"].get(name)
        if not listeners or not self.lab.hosts[name].is_on:
            return
        self.silence(name)
        servers = Servers(self.lab.hosts[name], listeners, self.job["certificate"])
        self.servers[name] = servers
        for refused in servers.refused:
            self.say(f"{name}: stand-in server: {refused}")

    def silence(self, name):
        servers = self.servers.pop(name, None)
        if servers:
            servers.stop()

    def host_of(self, address):
        for host in self.job["hosts"]:
            if host["address"] == address or any(a.split("/")[0] == address for l in host["links"].values() for a in l):
                return host["name"]
        return None

    # -- what is seen ----------------------------------------------------------------------

    def wait(self, what, look, within, quiet=False):
        """True when look() became true in time; else it is a problem of this drill."""
        bound = within * self.job["slow"]
        deadline = time.monotonic() + bound
        while True:
            if look():
                return True
            if time.monotonic() >= deadline:
                if not quiet:
                    self.problems.append(f"{what}: not within {bound:.0f} s")
                    self.say(f"    NOT {what} (waited {bound:.0f} s)")
                return False
            time.sleep(0.05)

    def holders(self, address):
        return [n for n in self.lab.watch.holders(address) if n in self.nodes]

    def one_each(self):
        return all(len(self.holders(v)) == 1 for v in self.vips)

    def all_at(self, node):
        """Every address, and every resource that is stood in for."""
        return all(self.holders(v) == [node] for v in self.vips) and all(
            {n for n, what in self.agents_running() if what == resource} == {node} for resource in self.facts["standin_resources"])

    def at_home(self):
        return all(self.holders(v["address"]) == [self.preferred[v["group"]]] for v in self.facts["vips"])

    def holder(self):
        """The director under test: who holds the first address, else the preferred node of the first group."""
        for address in self.vips:
            found = self.holders(address)
            if found:
                return found[0]
        return self.preferred.get(0, self.nodes[0])

    def other(self, node):
        return next(n for n in self.nodes if n != node)

    def answered(self, eye, timeout=1.0):
        """Is this eye answered right now? One look."""
        client = self.lab.hosts["client"]
        if eye["kind"] == "icmp":
            return client.run(f"ping -n -c 1 -W 1 {eye['address']}", timeout=15).rc == 0
        address = f"[{eye['address']}]" if ":" in eye["address"] else eye["address"]
        if eye["kind"] == "http":
            return fetch.get(client, f"http://{address}:{eye['port']}{eye['path']}", None, timeout)[0] == 200
        return fetch.connects(client, eye["address"], eye["port"], timeout)

    def served(self, within, what="clients are answered", quiet=False):
        deadline = time.monotonic() + within * self.job["slow"]
        missing = []
        for eye in self.job["eyes"]:
            left = max(0.1, deadline - time.monotonic())
            if not self.wait(eye["label"], lambda eye=eye: self.answered(eye), left / self.job["slow"], quiet=True):
                missing.append(eye["label"])
        if missing and not quiet:
            self.problems.append(f"{what}: not {', '.join(missing)} within {within:.0f} s")
            self.say(f"    NOT {what}: {', '.join(missing)}")
        return not missing

    def table_has(self, real, present):
        """Is the real server, with all its ports, with a weight in the table of whoever has a table (or with none)?"""
        wanted = set(self.facts["real_ports"][real])
        for node in self.nodes:
            found = self.tables.now(node)
            if found:
                has = {port for (address, port), weight in found.items() if address == real and weight > 0}
                if (present and not wanted <= has) or (not present and has):
                    return False
        return any(self.tables.now(n) for n in self.nodes) or not present

    # -- the daemons -----------------------------------------------------------------------

    def start(self, *names):
        if self.facts["heartbeat"]:
            self.type(names, "/etc/init.d/heartbeat start")
        if self.facts["director"] and not self.facts["director_is_resource"]:
            self.type(names, "/etc/init.d/ldirectord start" if self.facts["director_file"] == "ldirectord.cf" else
                      f"ldirectord {self.facts['director_file']} start")

    def stop(self, *names):
        if self.facts["director"] and not self.facts["director_is_resource"]:
            self.type(names, "/etc/init.d/ldirectord stop" if self.facts["director_file"] == "ldirectord.cf" else
                      f"ldirectord {self.facts['director_file']} stop")
        if self.facts["heartbeat"]:
            self.type(names, "/etc/init.d/heartbeat stop")

    def type(self, names, command, timeout=120):
        jobs = [self.lab.hosts[n].spawn(command) for n in names]
        for name, job in zip(names, jobs):
            result = job.wait(timeout * self.job["slow"])
            if result.rc:
                self.problems.append(f"{name}: '{command}' ended with {result.rc}: {result.out.strip()[-300:]}")

    def settle(self, bound=None):
        """Everything as it should be before a drill: all servers up, both daemons running, groups where they belong."""
        for name in self.job["servers"]:
            if name not in self.servers:
                self.serve(name)
        if self.lab.switch.isolated:
            self.lab.join()
        for name in self.nodes:
            if not self.lab.hosts[name].is_on:
                self.power_on(name)
        if self.facts["heartbeat"]:
            bound = bound or self.facts["times"]["deadtime"] + 25
            if not self.wait("", self.at_home, 1 if self.facts["failback"] != "on" else 12, quiet=True) and self.vips:
                for node in dict.fromkeys(self.preferred.values()):
                    self.lab.hosts[node].spawn("/usr/share/heartbeat/hb_takeover local")
                self.wait("", self.at_home, bound, quiet=True)
        if self.facts["reals"]:
            self.wait("", lambda: all(self.table_has(r, True) for r in self.facts["reals"]),
                      self.facts["check_seconds"] * 2 + 10, quiet=True)
        return self.served(5, quiet=True)

    def power_on(self, name):
        self.lab.power_on(name)
        self.serve(name)
        self.cable(name)

    # -- a drill ---------------------------------------------------------------------------

    def drill(self, drill):
        if drill["unfit"]:
            self.report.emit({"drill": drill["name"], "skipped": drill["unfit"]})
            self.say(f"-- {drill['title']}: skipped, {drill['unfit']}")
            return
        self.say(f"-- {drill['title']}")
        name, _, argument = drill["name"].partition(":")
        if name != "start":
            self.settle()
        self.problems, self.weak, self.events, self.phases = [], [], [], []
        self.lab.step(drill["title"])
        agents_mark = {n: len(self.lab.hosts[n].read(AGENT_LOG)) for n in self.nodes}
        pace = self.pace()
        self.now_zero = began = time.monotonic()
        held_before = {(v, n) for v in self.vips for n in self.holders(v)}
        tables_before = {n: self.tables.now(n) for n in self.nodes}
        agents_before = self.agents_running()
        eyes = [self.lab.probe("client", e["kind"], e["address"], rate=e["rate"], port=e["port"] or 80, path=e["path"],
                               sources=self.sources(e)) for e in self.job["eyes"]]
        if name != "start":
            for eye, probe in zip(self.job["eyes"], eyes):
                self.wait(f"{eye['label']} is answered before the drill", probe.has_answer, 5)
            self.lab.wait_answers(eyes, 0.5)
        failed = ""
        try:
            getattr(self, "play_" + name)(argument) if argument else getattr(self, "play_" + name)()
        except TooLong:
            raise
        except Exception as error:  # noqa: BLE001
            failed = f"{type(error).__name__}: {error}"
            self.problems.append(f"the drill could not be played to its end: {failed}")
        self.lab.wait_answers(eyes, DWELL)
        found = [self.lab.end_probe(p) for p in eyes]
        ended = time.monotonic()
        unserved = [e["label"] for e in self.job["eyes"] if not self.wait("", lambda e=e: self.answered(e), 5, quiet=True)]
        record = {"drill": drill["name"], "title": drill["title"], "seconds": ended - began, "pace": pace, "events": self.events,
                  "phases": self.phases, "problems": self.problems, "weak": self.weak, "unserved": unserved, "broken": failed,
                  "eyes": [self.seen(e, f, began) for e, f in zip(self.job["eyes"], found)],
                  "held": self.held(held_before, began, ended), "agents": self.agent_times(agents_before, agents_mark, began, ended),
                  "tables": self.table_times(tables_before, began, ended), "log": self.log_lines()}
        self.report.emit(record)
        worst = max((g[1] - g[0] - g[2] for e in record["eyes"] for g in e["gaps"]), default=0)
        self.say(f"   the longest that a client waited: {worst * 1000:.0f} ms" +
                 (f"; {len(self.problems)} problems" if self.problems else ""))

    def pace(self):
        """How many times slower than usual a program starts here just now."""
        host, times = self.lab.hosts["client"], []
        for _ in range(7):
            began = time.monotonic()
            host.run("true")
            times.append(time.monotonic() - began)
        return round(max(1.0, sorted(times)[3] / USUAL_START[self.lab.guest]), 2)

    def sources(self, eye):
        if eye["kind"] == "icmp":
            return ()
        family = ":" in eye["address"]
        client = next(h for h in self.job["hosts"] if h["name"] == "client")
        return [a.split("/")[0] for a in client["links"]["eth0"] if (":" in a) == family]

    def mark(self, text):
        self.events.append([round(time.monotonic() - self.now_zero, 3), text])
        self.say("   " + text)

    def phase(self, name):
        self.phases.append([round(time.monotonic() - self.now_zero, 3), name])

    # -- what was seen, as values ----------------------------------------------------------

    def seen(self, eye, found, began):
        """Times from the drill's beginning; a gap: from, to, seconds that the lab itself stood still meanwhile."""
        times = sorted(t for t, _ in found.answers)
        pace = 1 / eye["rate"]
        least = max(2.5 * pace, 0.12)
        edges = [found.started, *times, found.ended]
        gaps = []
        for a, b in zip(edges, edges[1:]):
            if b - a - pace > least and len(gaps) < MOST_GAPS:
                stalled = min(max(self.lab.yardstick.stalled(a, b), found.stalled(a, b)), b - a)
                gaps.append([round(a - began, 3), round(b - began - (pace if b != found.ended else 0), 3), round(stalled, 3)])
        who = {}
        for _, name in found.answers:
            if name:
                who[name] = who.get(name, 0) + 1
        return {"label": eye["label"], "kind": eye["kind"], "sent": found.sent, "answered": len(times), "gaps": gaps,
                "who": who, "from": round(found.started - began, 3), "to": round(found.ended - began, 3),
                "group": eye["group"], "service": eye["service"]}

    def held(self, before, began, ended):
        """[address, node, from, to] of the virtual addresses on directors."""
        open_since = {key: began for key in before}
        found = []
        for moment, host, sign, address in sorted(self.lab.watch.since(began), key=lambda e: e[0]):
            if host not in self.nodes or address not in self.vips:
                continue
            key = (address, host)
            if sign == "+":
                open_since.setdefault(key, moment)
            elif key in open_since:
                found.append([address, host, open_since.pop(key) - began, moment - began])
        found += [[address, host, since - began, ended - began] for (address, host), since in open_since.items()]
        return sorted([a, h, round(f, 3), round(t, 3)] for a, h, f, t in found)

    def agents_running(self):
        return {(n, key): None for n in self.nodes if self.lab.hosts[n].is_on
                for key in self._agent_states(self.lab.hosts[n].read(AGENT_LOG), n)}

    def _agent_states(self, text, node):
        """What the stand-in agents' journal says is started: a power cut forgets."""
        running = {}
        for _, verb, what in _journal(text):
            if verb == "start":
                running[what] = True
            elif verb in ("stop", "lost"):
                running.pop(what, None)
        return running

    def agent_times(self, before, marks, began, ended):
        """[resource, node, from, to], and failed starts as [resource, node, at, at]."""
        found, open_since = [], {key: began for key in before}
        for node in self.nodes:
            for moment, verb, what in _journal(self.lab.hosts[node].read(AGENT_LOG)[marks[node]:]):
                key = (node, what)
                if verb == "start":
                    open_since.setdefault(key, moment)
                elif verb == "fails":
                    found.append([what, node, moment - began, moment - began])
                elif key in open_since:
                    found.append([what, node, open_since.pop(key) - began, moment - began])
        found += [[what, node, since - began, ended - began] for (node, what), since in open_since.items()]
        return sorted([w, n, round(f, 3), round(t, 3)] for w, n, f, t in found)

    def table_times(self, before, began, ended):
        """[real address, director, from, to, weight]."""
        open_since = {(n, a, p): (began, w) for n, t in before.items() for (a, p), w in t.items()}
        found = []
        for moment, node, address, port, weight in list(self.tables.changes):
            if moment < began:
                continue
            key = (node, address, port)
            if key in open_since:
                since, was = open_since.pop(key)
                found.append([f"{address}:{port}", node, since - began, moment - began, was])
            if weight is not None:
                open_since[key] = (moment, weight)
        found += [[f"{a}:{p}", n, since - began, ended - began, w] for (n, a, p), (since, w) in open_since.items()]
        return sorted([r, n, round(f, 3), round(t, 3), w] for r, n, f, t, w in found)

    def log_lines(self):
        """The lines that mattered since the drill began: [node, line]."""
        found = []
        files = list(dict.fromkeys([self.facts["logfile"], self.facts["director_log"]]))
        if self.facts["director"] and not self.facts["director_log"].startswith("/"):
            files.append("/var/log/syslog")
        for node in self.nodes:
            lines, seen = [], set()
            for file in files:
                if not file.startswith("/"):
                    continue
                mark = self.lab.log_marks.get(node, {}).get(file, 0)
                text = self.lab.hosts[node].read(file)
                for line in text[mark:].splitlines():
                    if file == "/var/log/syslog" and "ldirectord" not in line:
                        continue
                    meaning = re.sub(r"^.*?(info|WARN|ERROR|CRIT|notice)?:\s", "", line)
                    if IMPORTANT.search(line) and not NOISE.search(line) and meaning not in seen:
                        seen.add(meaning)
                        lines.append([node, re.sub(r"^<\d+>", "", line)[:300]])
            if len(lines) > MOST_LINES:
                half = MOST_LINES // 2
                lines = lines[:half] + [[node, f"... {len(lines) - 2 * half} lines ..."]] + lines[-half:]
            found += lines
        return found

    # -- the plays -------------------------------------------------------------------------

    def return_home(self, what):
        """After a failure was mended: where auto_failback is on the groups go home, else they stay."""
        times = self.facts["times"]
        if self.facts["failback"] == "on" and self.vips:
            self.wait(f"{what}: the groups are back where haresources prefers them", self.at_home, times["deadtime"] + 20)
        else:
            self.wait(f"{what}: one holder each", self.one_each, times["deadtime"] + 20)
        self.served(10)

    def play_start(self):
        self.phase("start")
        self.mark(f"{' and '.join(self.nodes)} start")
        self.start(*self.nodes)
        if self.facts["heartbeat"]:
            if self.vips:
                self.wait("every address has one holder", self.one_each, self.facts["times"]["initdead"] + 30)
            else:
                self.wait("the groups are started", lambda: self.agents_running() or not self.facts["standins"],
                          self.facts["times"]["initdead"] + 30)
        for real in self.facts["reals"]:
            self.wait(f"real server {real} is in the table", lambda r=real: self.table_has(r, True),
                      self.facts["check_seconds"] + 15)
        self.served(15)
        self.mark("everything is up")

    def play_stop(self):
        victim = self.holder()
        heir = self.other(victim)
        self.phase("stop")
        self.mark(f"the daemon is stopped on {victim}")
        self.stop(victim)
        self.wait(f"{heir} holds everything", lambda: self.all_at(heir), 20)
        self.served(15)
        self.mark(f"{heir} serves")
        self.phase("return")
        self.mark(f"it is started again on {victim}")
        self.start(victim)
        self.return_home("after the return")

    def play_power(self):
        victim = self.holder()
        heir = self.other(victim)
        self.phase("power cut")
        self.mark(f"{victim} loses its power")
        self.power_cut(victim)
        self.wait(f"{heir} holds everything", lambda: self.all_at(heir), self.facts["times"]["deadtime"] * 1.5 + 15)
        self.served(15)
        self.mark(f"{heir} serves")
        self.phase("return")
        self.mark(f"{victim} boots and starts")
        self.power_on(victim)
        self.start(victim)
        self.return_home("after the return")

    def power_cut(self, name):
        lost = [what for node, what in self.agents_running() if node == name]
        self.silence(name)
        self.lab.power_cut(name)
        with open(f"{self.lab.hosts[name].disk}/log/{os.path.basename(AGENT_LOG)}", "a", encoding="utf-8") as journal:
            journal.writelines(f"{time.monotonic():.2f} lost {what}\n" for what in lost)

    def play_link(self):
        times = self.facts["times"]
        self.phase("cut")
        cut = time.monotonic()
        self.lab.part(*self.nodes)
        self.mark("the directors no longer hear each other")
        self.wait("", lambda: not self.one_each() or not self.vips, times["deadtime"] * 1.4 + 8, quiet=True)
        if not self.one_each():
            self.mark("both hold the addresses")
            self.weak.append("both nodes ran everything while they did not hear each other")
        self.lab.pause_until(max(cut + times["deadtime"] * 1.2, time.monotonic() + 1))
        self.phase("healed")
        self.lab.join()
        self.mark("they hear each other again")
        self.wait("one holder each after the cut", self.one_each, times["deadtime"] + 20)
        self.mark("one holder each")
        self.return_home("after the cut")

    def play_path(self):
        path = self.facts["paths"][0]
        path = f"cable{self.facts['serial'].index(path)}" if path in self.facts["serial"] else path
        segment = {nic: s for h in self.job["hosts"] if h["name"] == self.nodes[0] for nic, s in h["segments"].items()}[path]
        nics = {h["name"]: next((n for n, s in h["segments"].items() if s == segment), "") for h in self.job["hosts"]}
        before = {v: self.holders(v) for v in self.vips}
        self.phase("cut")
        self.lab.part(*self.nodes, nic=nics)
        self.mark(f"the directors no longer hear each other on {path}")
        self.lab.wait_answers(None, self.facts["times"]["deadtime"] * 1.3 + 1)
        if before != {v: self.holders(v) for v in self.vips}:
            self.problems.append("the addresses moved, though another path was there")
        self.lab.join()
        self.phase("healed")
        self.mark("the path is back")
        self.lab.wait_answers(None, 1)

    def play_daemon(self):
        victim = self.holder()
        host = self.lab.hosts[victim]
        before = {v: self.holders(v) for v in self.vips}
        if self.facts["heartbeat"]:
            self.phase("worker killed")
            self.mark(f"the cluster process of {victim} is killed")
            host.run("kill -9 $(pgrep -f 'heartbeat: cluster process')")
            self.lab.wait_answers(None, max(2.0, 2 * self.facts["times"]["keepalive"]))
            self.phase("master killed")
            self.mark(f"the master process of {victim} is killed; its service manager starts it again")
            host.run("kill -9 $(cat /run/heartbeat.pid)")
            self.lab.wait_answers(None, 1.0)
            self.type([victim], "/etc/init.d/heartbeat start")
            self.lab.wait_answers(None, max(2.0, 2 * self.facts["times"]["keepalive"]))
        if self.facts["director"]:
            self.phase("ldirectord killed")
            self.mark(f"ldirectord of {victim} is killed, and started again")
            host.run("kill -9 $(cat /var/run/ldirectord.*.pid)")
            self.lab.wait_answers(None, 1.0)
            self.type([victim], f"ldirectord {self.facts['director_file']} start")
            self.wait("all real servers are in the table", lambda: all(self.table_has(r, True) for r in self.facts["reals"]),
                      self.facts["check_seconds"] + 15)
        if before != {v: self.holders(v) for v in self.vips}:
            self.problems.append("the addresses moved; a killed process should have been replaced in its place")
        self.served(10)

    def play_real(self, address):
        name = self.host_of(address)
        within = self.facts["check_seconds"] + 15
        if not name or name not in self.job["servers"]:
            self.problems.append(f"{address} has no stand-in in the lab")
            return
        self.phase("failed")
        self.mark(f"the service of {address} refuses connections")
        self.silence(name)
        self.wait(f"{address} is out of the table", lambda: self.table_has(address, False), within)
        self.mark(f"{address} gets no more clients")
        self.served(10, quiet=len(self.facts["reals"]) == 1 and not self.facts["fallback"])
        self.lab.wait_answers(None, 0.5)
        self.phase("return")
        self.serve(name)
        self.mark("it answers again")
        self.wait(f"{address} is back in the table", lambda: self.table_has(address, True), within)

    def play_reals(self):
        within = self.facts["check_seconds"] + 15
        names = [n for n in dict.fromkeys(self.host_of(a) for a in self.facts["reals"]) if n in self.servers]
        names = [n for n in names if n not in self.nodes]
        self.phase("failed")
        self.mark(f"all {len(names)} real servers refuse connections")
        for name in names:
            self.silence(name)
        for real in self.facts["reals"]:
            self.wait(f"{real} is out of the table", lambda r=real: self.table_has(r, False), within)
        if self.facts["fallback"]:
            self.served(10, "the fallback answers")
            self.mark("the fallback answers")
        else:
            self.mark("nobody answers: there is no fallback")
            self.weak.append("without a fallback nobody answers until a real server is back")
        self.lab.wait_answers(None, 1.0)
        self.phase("return")
        for name in names:
            self.serve(name)
        self.mark("all answer again")
        for real in self.facts["reals"]:
            self.wait(f"{real} is back in the table", lambda r=real: self.table_has(r, True), within)
        self.served(10)

    def play_ping(self):
        victim = self.holder()
        heir = self.other(victim)
        times = self.facts["times"]
        pings = [n for n in dict.fromkeys(self.host_of(a) for a in self.facts["ping"]) if n and n not in self.nodes]
        if not pings:
            self.problems.append("the ping nodes are the directors themselves")
            return
        before = {v: self.holders(v) for v in self.vips}
        self.phase("one side")
        self.lab.part(victim, *pings)
        self.mark(f"{victim} no longer reaches {', '.join(self.facts['ping'])}")
        if self.facts["ipfail"]:
            self.wait(f"{heir} holds everything", lambda: self.all_at(heir), times["deadping"] * 2 + 25)
            self.mark(f"{heir} serves")
        else:
            self.lab.wait_answers(None, times["deadping"] * 1.3 + 2)
            if before == {v: self.holders(v) for v in self.vips}:
                self.mark("nothing moved: no ipfail in ha.cf")
                self.weak.append(f"{victim} kept everything, though it reached none of its ping nodes: no ipfail is started")
            else:
                self.problems.append("the addresses moved, without an ipfail to move them")
        self.lab.join()
        self.mark(f"{victim} reaches them again")
        if self.facts["failback"] == "on":      # ipfail gives back what it moved once both reach as many
            self.wait("", self.at_home, times["deadping"] + 10, quiet=True)
        self.lab.wait_answers(None, max(3.0, 3 * times["keepalive"]))
        self.served(10)
        before = {v: self.holders(v) for v in self.vips}
        self.phase("both sides")
        for name in pings:
            self.lab.cut(name)
        self.mark("nobody reaches the ping nodes")
        self.lab.wait_answers(None, times["deadping"] * 1.3 + 2)
        if before != {v: self.holders(v) for v in self.vips}:
            self.problems.append("the addresses moved, though both nodes had lost the ping nodes")
        for name in pings:
            self.lab.heal(name)
        self.phase("healed")
        self.mark("the ping nodes are back")

    def play_fail(self):
        holder = self.holder()
        heir = self.other(holder)
        name = self.facts["fails"]
        self.phase("asked over")
        host = self.lab.hosts[heir]
        path = f"/etc/ha.d/resource.d/{name}"
        if name in self.facts["standins"]:
            host.run("touch /run/rehearsal-fails")
        else:
            host.run(f"cp -a {path} /root/saved-agent; rm -f {path}; cat > {path}; chmod 755 {path}",
                     stdin=agents.failing(name))
        if self.facts["failback"] == "legacy":      # knows no standby
            self.mark(f"{name} does not start on {heir}; the daemon is stopped on {holder}")
            self.stop(holder)
            self.lab.wait_answers(None, 5)
            self.mark(f"the daemon is started again on {holder}")
            self.start(holder)
        else:
            self.mark(f"{name} does not start on {heir}; the groups are asked over to it")
            self.lab.hosts[holder].spawn("/usr/share/heartbeat/hb_standby all")
            if not self.wait("", lambda: not self.all_at(holder), 10, quiet=True):
                self.problems.append(f"{holder} did not give up its groups, though it was asked to")
        self.wait("the groups have one holder again", lambda: self.one_each() and self.served(1, quiet=True), 25)
        if self.vips and self.one_each():
            self.mark(f"{self.holder()} serves")
        self.lab.wait_answers(None, 2.0)
        self.phase("mended")
        if name in self.facts["standins"]:
            host.run("rm -f /run/rehearsal-fails")
        else:
            host.run(f"rm -f {path}; cp -a /root/saved-agent {path}")
        self.mark(f"{name} starts again")
        self.served(10)


def null_modem_path():
    import rig
    return os.path.join(os.path.dirname(rig.__file__), "null_modem.py")


def _journal(text):
    """(seconds since boot, verb, resource) of each line of the stand-in agents' journal."""
    for line in text.splitlines():
        words = line.split(None, 2)
        if len(words) == 3:
            try:
                yield float(words[0]), words[1], words[2]
            except ValueError:
                continue
