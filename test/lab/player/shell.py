# SPDX-License-Identifier: Apache-2.0
"""The lab left up after the story: a prompt with a shell in any host."""
import fcntl
import os
import selectors
import struct
import sys
import termios
import tty

from rig import kernel
from rig.init import ENVIRONMENT

HELP = """   shell HOST         a shell in that host (exit comes back here)
   HOST COMMAND       run one command there
   hosts              who is there and who holds which address
   cut|heal HOST      network off and on     power-cut|power-on HOST
   quit               end the lab"""


def prompt(lab):
    if lab.switch.isolated:      # a scenario may end before the network is whole
        lab.join()
    lab.report.line()
    lab.report.line("The lab is up. Hosts: " + ", ".join(lab.hosts))
    lab.report.line(HELP)
    while True:
        sys.stdout.write("lab> ")
        sys.stdout.flush()
        line = sys.stdin.readline()
        words = line.split()
        if not line or words[:1] in (["quit"], ["exit"]):
            return
        try:
            _obey(lab, words)
        except Exception as error:  # noqa: BLE001  a typing error must not end the lab
            lab.report.line(f"   {error}")


def _obey(lab, words):
    if not words:
        return
    verbs = {"cut": lab.cut, "heal": lab.heal, "power-cut": lab.power_cut, "power-on": lab.power_on}
    if words[0] == "hosts":
        for name, host in lab.hosts.items():
            held = sorted({e[0] for e in lab.watch.held.get(name, ()) if not e[0].startswith(
                ("127.", "::1", "fe80"))})
            lab.report.line(f"   {name:12} {'on ' if host.is_on else 'off'} {' '.join(held)}")
    elif words[0] == "shell" and len(words) == 2 and words[1] in lab.hosts:
        open_shell(lab.hosts[words[1]])
    elif words[0] in verbs and len(words) == 2 and words[1] in lab.hosts:
        verbs[words[0]](words[1])
    elif words[0] in lab.hosts and len(words) > 1:
        lab.report.line(lab.hosts[words[0]].run(" ".join(words[1:])).out.rstrip())
    else:
        lab.report.line(HELP)


def open_shell(host):
    master, slave = os.openpty()
    size = fcntl.ioctl(0, termios.TIOCGWINSZ, b"\0" * 8) if os.isatty(0) else b"\0" * 8
    if struct.unpack("HHHH", size)[0]:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
    pid = os.fork()
    if pid == 0:
        try:
            os.close(master)
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for fd in (0, 1, 2):
                os.dup2(slave, fd)
            pidfd = os.pidfd_open(host.pid)
            kernel.setns(pidfd, kernel.CLONE_NEWNS | kernel.CLONE_NEWUTS | kernel.CLONE_NEWIPC |
                         kernel.CLONE_NEWNET | kernel.CLONE_NEWPID)
            os.chdir("/root")
            inner = os.fork()
            if inner == 0:
                env = dict(ENVIRONMENT, TERM=os.environ.get("TERM", "linux"),
                           PS1=f"[root@{host.name} ~]# ")
                os.execve("/bin/bash", ["bash", "--norc", "-i"], env)
            os.waitpid(inner, 0)
        finally:
            os._exit(0)
    os.close(slave)
    _relay(master)
    os.close(master)
    os.waitpid(pid, 0)


def _relay(master):
    saved = termios.tcgetattr(0)
    tty.setraw(0)
    try:
        with selectors.DefaultSelector() as sel:
            sel.register(0, selectors.EVENT_READ)
            sel.register(master, selectors.EVENT_READ)
            while True:
                for key, _ in sel.select():
                    try:
                        data = os.read(key.fd, 4096)
                    except OSError:
                        return
                    if not data:
                        return
                    os.write(1 if key.fd == master else master, data)
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, saved)
