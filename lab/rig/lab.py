# SPDX-License-Identifier: Apache-2.0
"""The lab of one scenario: its hosts, its switch, and the events a scenario can make happen."""
import os
import shutil
import subprocess
import time

from . import plan as plans
from . import root
from .expect import Expectations
from .host import Host
from .mock import Server
from .net import Switch, ip_batch
from .probe import Probe
from .watch import AddressWatch
from .yardstick import Yardstick

WORK = "/run/lab"


class Lab(Expectations):
    def __init__(self, scenario, report, stack, stage, slow=1.0, build=None, guest=False):
        self.scenario, self.report = scenario, report
        self.stack, self.stage, self.slow, self.build = stack, stage, slow, build
        self.plan = {p.name: p for p in scenario.hosts}
        self.folder = f"{WORK}/{scenario.name}"
        self.switch = Switch()
        self.watch = AddressWatch()
        self.hosts = {}
        self.probes = []
        self.servers = []
        self.log_marks = {}
        self.guest = guest
        self.yardstick = None

    # -- build and tear down ---------------------------------------------------------------

    def boot(self):
        os.makedirs(self.folder, exist_ok=True)
        self.yardstick = Yardstick(self.folder, spawn=not self.guest)
        shared = self._shared_layers()
        for plan in self.plan.values():
            layers = [self._node_layer(plan)]
            if plan.stack:
                layers += shared[self.stack if plan.stack == "tested" else plan.stack]
            else:
                layers += shared["none"]
            self.hosts[plan.name] = Host(plan.name, layers, f"{self.folder}/{plan.name}")
        for name in self.plan:
            self._power(name)
        self._boot_commands(list(self.plan))

    def _shared_layers(self):
        state = f"{self.folder}/layer-state"
        os.makedirs(state, exist_ok=True)
        root.hide_machine_state(state)
        root.add_cluster_user(state)
        layers = {"none": [state, "/"], "debian": [state, "/"]}
        if self.stage:
            hidden = f"{self.folder}/layer-hidden"
            os.makedirs(hidden, exist_ok=True)
            root.hide_packages(hidden)
            layers["upbeat"] = [self.stage, state, hidden, "/"]
        else:
            layers["upbeat"] = [state, "/"]     # what is installed on this machine
        return layers

    def _node_layer(self, plan):
        layer = f"{self.folder}/{plan.name}/node"
        os.makedirs(layer, exist_ok=True)
        stack = self.stack if plan.stack == "tested" else plan.stack
        for folder in reversed(plans.layers_of(plan, self.scenario.folder, stack)):
            root.copy_files(folder, layer)
        root.write_file(layer, "/etc/hostname", plan.name + "\n")
        root.write_file(layer, "/etc/resolv.conf", "")
        if not os.path.exists(layer + "/etc/hosts"):
            root.write_file(layer, "/etc/hosts", plans.hosts_file(self.plan.values()))
        return layer

    def _power(self, name):
        plan, host = self.plan[name], self.hosts[name]
        host.power_on()
        self.switch.plug(name, host.pid, plan.segments)
        lines = ["link set lo up"]
        for nic, addresses in plan.links.items():
            for address in addresses:
                extra = "nodad" if ":" in address else "brd +"
                lines.append(f"addr add {address} {extra} dev {nic}")
            lines.append(f"link set {nic} up")
        if plan.gateway:
            lines.append(f"route add default via {plan.gateway}")
        ip_batch(lines, host.pid)
        self.watch.add(host)

    def _boot_commands(self, names):
        waiting = [(n, list(self.plan[n].boot)) for n in names]
        running = []
        for name, commands in waiting:
            if commands:
                running.append(self.hosts[name].spawn(" && ".join(f"{{ {c}; }}" for c in commands)))
        for job in running:
            result = job.wait(60)
            if result.rc:
                raise RuntimeError(f"{job.host.name}: boot failed (exit {result.rc}): {result.out}")

    def close(self):
        if self.yardstick:
            self.yardstick.close()
        for probe in self.probes:
            try:
                probe.stop()
            except (OSError, ValueError):
                pass
        for server in self.servers:
            server.stop()
        for host in self.hosts.values():
            host.power_cut()
        self.watch.close()
        self.switch.close()
        subprocess.run(["umount", "-R", "-q", self.folder], check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- words: time and telling -------------------------------------------------------------

    def step(self, title):
        """A new chapter: expect_log looks only at lines written from here on."""
        self.report.step(title)
        self.log_marks = {n: {} for n in self.hosts}
        for host in self.hosts.values():
            for folder, _, files in os.walk(f"{host.disk}/log"):
                for name in files:
                    path = os.path.join(folder, name)
                    inside = "/var/log" + path[len(f"{host.disk}/log"):]
                    self.log_marks[host.name][inside] = os.path.getsize(path)
        return time.monotonic()

    def say(self, text):
        self.report.say(text)

    def show(self, host, command, timeout=30):
        """Type a command and let the reader of the story see what it prints."""
        result = self.hosts[host].run(command, timeout=timeout)
        self.report.shown(host, command, result.out)
        return result

    def now(self):
        return time.monotonic()

    def pause_until(self, moment):
        """Wait for a moment of the plan itself (the length of a cut), not for an effect."""
        left = moment - time.monotonic()
        if left > 0:
            time.sleep(left)

    # -- words: events -----------------------------------------------------------------------

    def run(self, host, command, **kwargs):
        return self.show(host, command, **kwargs)

    def put_program(self, host):
        """The scenario's PROGRAM, into this host: its path there."""
        inside = "/root/" + os.path.basename(self.scenario.program)
        shutil.copy(os.path.join(self.build, self.scenario.program), f"/proc/{self.hosts[host].pid}/root{inside}")
        return inside

    def run_program(self, host, timeout=60):
        """The scenario's PROGRAM, as a program of this host."""
        return self.show(host, self.put_program(host), timeout=timeout)

    def start(self, *names, daemon="heartbeat", timeout=60):
        """/etc/init.d/heartbeat start on these hosts, at the same time."""
        return self._init_script(names, daemon, "start", timeout)

    def stop(self, *names, daemon="heartbeat", timeout=90):
        return self._init_script(names, daemon, "stop", timeout)

    def _init_script(self, names, daemon, verb, timeout):
        command = f"/etc/init.d/{daemon} {verb}"
        jobs = [self.hosts[n].spawn(command) for n in names]
        results = [job.wait(timeout * self.slow) for job in jobs]
        for name, result in zip(names, results):
            self.report.shown(name, command, result.out)
        return results[0] if len(results) == 1 else results

    def power_cut(self, name):
        """The plug is pulled: nothing of the host answers any more, not even ARP."""
        self.report.note(f"[power] {name} loses power")
        moment = time.monotonic()
        self.switch.unplug(name)
        self.hosts[name].power_cut()
        self.watch.remove(name)
        self.switch.forget(name)
        return moment

    def power_on(self, name):
        self.report.note(f"[power] {name} boots")
        self._power(name)
        self._boot_commands([name])

    def cut(self, name, nic=None):
        """The switch drops everything of this host; its carrier stays."""
        self.report.note(f"[network] {name} is cut off")
        self.switch.block(name, nic)
        return time.monotonic()

    def heal(self, name, nic=None):
        self.report.note(f"[network] {name} is connected again")
        self.switch.unblock(name, nic)
        return time.monotonic()

    def unplug(self, name, nic=None):
        """The cable is out: the host sees its carrier go."""
        self.report.note(f"[network] {name}: cable pulled")
        self.switch.unplug(name, nic)
        return time.monotonic()

    def plug_back(self, name, nic=None):
        self.report.note(f"[network] {name}: cable back")
        self.switch.plug_back(name, nic)
        return time.monotonic()

    def part(self, *names, nic=None):
        """These hosts do not hear each other; everybody else hears all of them."""
        self.report.note(f"[network] {', '.join(names)} no longer hear each other")
        self.switch.part(names, nic)
        return time.monotonic()

    def join(self):
        self.report.note("[network] all hear each other again")
        self.switch.join()
        return time.monotonic()

    def netem(self, name, text):
        self.report.note(f"[network] towards {name}: {text or 'as new'}")
        self.switch.netem(name, text)

    def probe(self, host, kind, address, **kwargs):
        """Start a client that never stops asking; .stop() gives its Findings."""
        probe = Probe(self.hosts[host], kind, address, **kwargs)
        self.probes.append(probe)
        return probe

    def serve(self, host, port, body="hello", behaviour="good"):
        """A mock web server in this host: .stop() ends it."""
        server = Server(self.hosts[host], port, body, behaviour)
        self.servers.append(server)
        return server

    def end_probe(self, probe):
        self.probes.remove(probe)
        return probe.stop()

    def wait_answers(self, probe, seconds):
        """Let the probe collect for a while: its own time base, not a wait for an effect."""
        self.pause_until(time.monotonic() + seconds)

    def note_gap(self, what, gap, outcome):
        self.report.note(f"the clients' longest gap: {gap:.0f} ms")
        self.report.row(what, f"{gap:.0f} ms gap", outcome)
