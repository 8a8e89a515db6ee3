# SPDX-License-Identifier: Apache-2.0
"""Pid 1 of a lab host: runs what the operator types, reaps orphans, keeps a syslog.

It must stay small and must never block: one request per line of JSON on a socket,
one answer per finished command. A command's output goes into a memory file, so a
daemon that keeps its starter's stdout open does not hold the answer back.
"""
import json
import os
import selectors
import signal
import socket
import subprocess

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root", "USER": "root", "LOGNAME": "root", "SHELL": "/bin/bash",
    "LANG": "C", "LC_ALL": "C", "TERM": "dumb",
}
MAX_OUTPUT = 1 << 20


class Init:
    def __init__(self, control, syslog_path):
        self.control = control
        self.pending = b""
        self.jobs = {}       # pid -> (request id, Popen, output fd)
        self.syslog_path = syslog_path

    def run(self):
        wake_r, wake_w = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_w, warn_on_full_buffer=False)
        sel = selectors.DefaultSelector()
        sel.register(self.control, selectors.EVENT_READ, self.on_request)
        sel.register(wake_r, selectors.EVENT_READ, lambda: os.read(wake_r, 4096))
        syslog = self.open_syslog()
        if syslog:
            sel.register(syslog, selectors.EVENT_READ, lambda: self.on_syslog(syslog))
        while True:
            for key, _ in sel.select():
                key.data()
            self.reap()

    def open_syslog(self):
        try:
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            sock.bind("/dev/log")
            os.chmod("/dev/log", 0o666)
            return sock
        except OSError:
            return None

    def on_syslog(self, sock):
        data = sock.recv(65536)
        with open(self.syslog_path, "ab") as out:
            out.write(data.rstrip(b"\n\0") + b"\n")

    def on_request(self):
        data = self.control.recv(65536)
        if not data:
            os._exit(0)      # the controller has gone: power off
        self.pending += data
        while b"\n" in self.pending:
            line, self.pending = self.pending.split(b"\n", 1)
            self.serve(json.loads(line))

    def serve(self, request):
        if "kill" in request:
            for pid, (ident, _, _) in list(self.jobs.items()):
                if ident == request["of"]:
                    os.killpg(pid, request["kill"])
            return
        output = os.memfd_create("output")
        stdin = subprocess.DEVNULL
        if request.get("input") is not None:
            stdin = os.memfd_create("input")
            os.write(stdin, request["input"].encode())
            os.lseek(stdin, 0, os.SEEK_SET)
        env = dict(ENVIRONMENT, **request.get("env", {}))
        try:
            child = subprocess.Popen(request["argv"], stdin=stdin, stdout=output, stderr=output,
                                     env=env, cwd="/root", start_new_session=True)
        except OSError as error:
            self.answer(request["id"], 127, str(error))
            os.close(output)
            return
        finally:
            if stdin >= 0:
                os.close(stdin)
        self.jobs[child.pid] = (request["id"], child, output)

    def reap(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self.jobs:
                ident, child, output = self.jobs.pop(pid)
                child.returncode = os.waitstatus_to_exitcode(status)
                text = os.pread(output, MAX_OUTPUT, 0).decode("utf-8", "replace")
                os.close(output)
                self.answer(ident, child.returncode, text)

    def answer(self, ident, code, text):
        reply = json.dumps({"id": ident, "rc": code, "out": text}) + "\n"
        self.control.sendall(reply.encode())
