# SPDX-License-Identifier: Apache-2.0
"""Starts the controller where it belongs and watches over it: a guest, or new namespaces.

Takes the marked result lines out of the stream, and ends what does not end by itself
(only the process it started, by its pid).
"""
import contextlib
import glob
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from . import features, kernel
from .report import MARK

MEMORY = os.environ.get("LAB_UML_MEM", "1024M")
PYTHON = "/usr/bin/python3"


def run_uml(job, limit):
    """Boot one guest that plays all of the job and halts. job["entry"]: the program that is called in there again,
    with --guest-init JOBFILE."""
    scratch = tempfile.mkdtemp(prefix="lab-")
    shm = "/dev/shm" if os.access("/dev/shm", os.W_OK) else scratch
    try:
        with open(f"{scratch}/job.json", "w", encoding="utf-8") as out:
            json.dump(dict(job, where="UML"), out)
        with open(f"{scratch}/init", "w", encoding="utf-8") as out:
            out.write(f"#!/bin/sh\nexec {PYTHON} -B {job['entry']} --guest-init {scratch}/job.json\n")
        os.chmod(f"{scratch}/init", 0o755)
        argv = [shutil.which(features.UML) or "/usr/bin/linux.uml",
                f"mem={MEMORY}", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro",
                f"init={scratch}/init", "con=null", "con0=fd:0,fd:1", "ssl=null",
                "quiet", "loglevel=1", "panic=-1", f"uml_dir={scratch}", "umid=lab"]
        with guarded(scratch, f"init={scratch}/init"):
            return _supervise(argv, job, limit, dict(os.environ, TMPDIR=shm))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextlib.contextmanager
def guarded(scratch, word):
    """While it lasts, a process of its own waits for our end, however we end: then it ends what still has this word on
    its command line, and removes the folder. A guest's first process dies with us; its stubs, which the kernel
    leaves stopped and without a father, do not."""
    theirs, ours = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            os.close(ours)
            null = os.open(os.devnull, os.O_RDWR)
            for fd in (0, 1, 2):
                os.dup2(null, fd)
            os.read(theirs, 1)      # nobody writes: this is the end of all that hold the other end
            _sweep(word)
            shutil.rmtree(scratch, ignore_errors=True)
        finally:
            os._exit(0)
    os.close(theirs)
    try:
        yield
    finally:
        os.close(ours)
        os.waitpid(pid, 0)


def _sweep(word, patience=1.0):
    """Ends every process that was started with this word, once they had time to end by themselves."""
    word, until = word.encode(), time.monotonic() + patience
    for attempt in range(100):
        left = [pid for pid in _with_word(word) if pid != os.getpid()]
        if not left:
            return
        if time.monotonic() > until or attempt > 50:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def _with_word(word):
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as f:
                if word in f.read().split(b"\0"):
                    yield int(path.split("/")[2])
        except OSError:
            continue


def run_host(job, limit):
    """Play in fresh namespaces of this kernel, in a child that takes everything along. job["entry"] is called again
    with --in-namespaces JOBFILE."""
    scratch = tempfile.mkdtemp(prefix="lab-")
    try:
        with open(f"{scratch}/job.json", "w", encoding="utf-8") as out:
            json.dump(dict(job, where="host kernel"), out)
        argv = [PYTHON, "-B", job["entry"], "--in-namespaces", f"{scratch}/job.json"]
        return _supervise(argv, job, limit, dict(os.environ))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def enter_namespaces(job, play):
    """The child of run_host: become pid 1 of new namespaces, then play."""
    from . import inside
    kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWNET | kernel.CLONE_NEWPID |
                   kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS)
    pid = os.fork()
    if pid == 0:
        kernel.die_with_parent()
        code = 1
        try:
            inside.in_namespaces(job, play)
            code = 0
        finally:
            sys.stdout.flush()
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def _supervise(argv, job, limit, env):
    """Relay output, collect records; gives (records, complaint or '')."""
    interactive = job["interactive"]
    keep_open = None
    if interactive:
        stdin = None
    else:
        stdin, keep_open = os.pipe()     # an idle console, not a hung-up one
    child = subprocess.Popen(argv, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             env=env, start_new_session=not interactive,
                             preexec_fn=kernel.die_with_parent)
    if stdin is not None:
        os.close(stdin)
    records, early, complaint, talking = [], [], "", False
    deadline = None if interactive else time.monotonic() + limit
    try:
        for line in _lines(child.stdout, deadline, interactive):
            if line is None:
                complaint = f"did not end within {limit} s and was stopped"
                break
            if isinstance(line, bytes):
                os.write(1, line)
                continue
            if line.startswith(MARK):
                record = json.loads(line[1:])
                if "begin" in record:
                    talking = True
                else:
                    records.append(record)
            elif talking and line != "reboot: System halted":
                print(line, flush=True)
            else:
                early.append(line)
    finally:
        _end(child)
        if keep_open is not None:
            os.close(keep_open)
    if not records and not complaint:
        complaint = "ended without a result; its last words:\n" + "\n".join(early[-20:])
    return records, complaint


def _lines(stream, deadline, interactive):
    """Lines of text; in interactive mode also raw bytes (a prompt has no line end); None: too late."""
    fd, pending = stream.fileno(), b""
    with selectors.DefaultSelector() as sel:
        sel.register(fd, selectors.EVENT_READ)
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not sel.select(left):
                yield None
                return
            data = os.read(fd, 65536)
            if not data:
                if pending:
                    yield pending.decode("utf-8", "replace")
                return
            if interactive and MARK.encode() not in pending + data:
                yield pending + data
                pending = b""
                continue
            pending += data
            while b"\n" in pending:
                line, pending = pending.split(b"\n", 1)
                yield line.decode("utf-8", "replace").rstrip("\r")


def _end(child):
    """The guest is one process plus its stubs: what those leave behind, the guard sweeps up."""
    for sig, patience in ((None, 5), (signal.SIGTERM, 3), (signal.SIGKILL, 5)):
        if sig:
            child.send_signal(sig)
        try:
            child.wait(patience)
            return
        except subprocess.TimeoutExpired:
            continue
