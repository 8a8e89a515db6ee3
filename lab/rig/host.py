# SPDX-License-Identifier: Apache-2.0
"""One lab host: namespaces, an overlay root and an init to run commands through."""
import gc
import json
import os
import selectors
import signal
import socket
import time

from . import kernel, root
from .init import Init

_ALL = (kernel.CLONE_NEWNS | kernel.CLONE_NEWUTS | kernel.CLONE_NEWIPC |
        kernel.CLONE_NEWNET | kernel.CLONE_NEWPID)


class CommandTimeout(Exception):
    pass


class Result:
    def __init__(self, command, rc, out):
        self.command, self.rc, self.out = command, rc, out


class Job:
    """A command that is running in a host."""

    def __init__(self, host, ident, command):
        self.host, self.ident, self.command = host, ident, command
        self.result = None

    def wait(self, timeout=30):
        deadline = time.monotonic() + timeout
        while self.result is None:
            left = deadline - time.monotonic()
            if left <= 0 or not self.host.is_on:
                raise CommandTimeout(f"{self.host.name}: '{self.command}' did not end in {timeout} s")
            self.host.pump(left)
        return self.result

    def kill(self, sig=signal.SIGTERM):
        self.host.send({"of": self.ident, "kill": int(sig)})


class Host:
    """name: its uname -n; layers: read-only folders, first wins; disk: its folder on tmpfs."""

    def __init__(self, name, layers, disk):
        self.name, self.layers, self.disk = name, layers, disk
        self.pid = 0
        self.netns = -1
        self.control = None
        self.jobs = {}
        self.next_id = 1
        self.received = b""
        for part in ("upper", "work", "root", "log", "log/nginx"):
            os.makedirs(f"{disk}/{part}", exist_ok=True)

    @property
    def is_on(self):
        return self.pid != 0

    def power_on(self):
        """Boot: fresh namespaces, /run and /tmp; the disk is as it was left."""
        ours, theirs = socket.socketpair()
        report_r, report_w = os.pipe()
        middle = os.fork()
        if middle == 0:
            self._boot(ours, theirs, report_r, report_w)
        theirs.close()
        os.close(report_w)
        os.waitpid(middle, 0)
        with os.fdopen(report_r) as report:
            text = report.read()
        # Two processes write here: the parent of the host's init its pid, init that it is ready; either may be first.
        words = text.split()
        pids = [word for word in words if word.isdigit()]
        if sorted(words) != sorted([*pids[:1], "ready"]) or not pids:
            raise RuntimeError(f"host {self.name} did not boot: {text.strip() or 'no word'}")
        self.pid = int(pids[0])
        self.control = ours
        self.netns = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)

    def _boot(self, ours, theirs, report_r, report_w):
        # In a forked child: never return, never raise into the controller's code. And collect
        # nothing: inherited sockets would close, by number, descriptors that are new here.
        gc.disable()
        try:
            kernel.unshare(_ALL)
            pid = os.fork()
            if pid:
                os.write(report_w, f"{pid}\n".encode())
                os._exit(0)
            os.setsid()
            ours.close()
            os.close(report_r)
            kernel.name_process("init")
            socket.sethostname(self.name)
            root.enter(self.layers, f"{self.disk}/upper", f"{self.disk}/work",
                       f"{self.disk}/root", self.disk)
            self._no_duplicate_detection()
            init = Init(theirs, "/var/log/syslog")
            self._close_others({theirs.fileno(), report_w})
            os.write(report_w, b"ready\n")
            os.close(report_w)
            init.run()
        except BaseException as error:  # noqa: BLE001
            try:
                os.write(report_w, f"{type(error).__name__}: {error}\n".encode())
            except OSError:
                pass
        os._exit(1)

    @staticmethod
    def _no_duplicate_detection():
        # A second of tentative IPv6 addresses would be measured as failover time.
        for which in ("all", "default"):
            try:
                with open(f"/proc/sys/net/ipv6/conf/{which}/accept_dad", "w") as f:
                    f.write("0")
            except OSError:
                pass

    @staticmethod
    def _close_others(keep):
        null = os.open("/dev/null", os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        for entry in os.listdir("/proc/self/fd"):
            fd = int(entry)
            if fd > 2 and fd not in keep:
                try:
                    os.close(fd)
                except OSError:
                    pass

    def power_cut(self):
        """All its processes vanish at once, and its network with them."""
        if not self.is_on:
            return
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.netns)
        self.control.close()
        self.pid, self.netns, self.received = 0, -1, b""
        self.jobs.clear()

    # -- commands ------------------------------------------------------------------------

    def send(self, request):
        self.control.sendall(json.dumps(request).encode() + b"\n")

    def spawn(self, command, stdin=None, env=None):
        """Start a command as an operator would type it; Job.wait() gives its result."""
        argv = ["sh", "-c", command] if isinstance(command, str) else list(command)
        job = Job(self, self.next_id, command if isinstance(command, str) else " ".join(command))
        self.next_id += 1
        self.jobs[job.ident] = job
        self.send({"id": job.ident, "argv": argv, "input": stdin, "env": env or {}})
        return job

    def run(self, command, stdin=None, timeout=60, env=None):
        return self.spawn(command, stdin, env).wait(timeout)

    def pump(self, timeout):
        with selectors.DefaultSelector() as sel:
            sel.register(self.control, selectors.EVENT_READ)
            if not sel.select(timeout):
                return
        data = self.control.recv(1 << 20)
        if not data:
            raise RuntimeError(f"host {self.name}: its init died")
        self.received += data
        while b"\n" in self.received:
            line, self.received = self.received.split(b"\n", 1)
            answer = json.loads(line)
            job = self.jobs.pop(answer["id"], None)
            if job:
                job.result = Result(job.command, answer["rc"], answer["out"])

    # -- looking inside without running anything -----------------------------------------

    def read(self, path):
        """A file of the host, '' when absent. Works on logs also while the power is off."""
        if path.startswith("/var/log/"):
            real = f"{self.disk}/log/{path[9:]}"
        elif self.is_on:
            real = f"/proc/{self.pid}/root{path}"
        else:
            real = f"{self.disk}/upper{path}"
        try:
            with open(real, encoding="utf-8", errors="replace") as f:
                return f.read()
        except OSError:
            return ""

    def proc_net(self, name):
        try:
            with open(f"/proc/{self.pid}/net/{name}", encoding="utf-8") as f:
                return f.read()
        except OSError:
            return ""

    def inside_net(self):
        return kernel.inside_netns(self.netns)
