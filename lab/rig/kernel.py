# SPDX-License-Identifier: Apache-2.0
"""The few system calls that Python 3.11 does not offer: namespaces, mounts, halt.

Nothing here knows what a lab host is.
"""
import contextlib
import ctypes
import os
import signal
import threading

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4096, 16384, 1 << 18
MNT_DETACH = 2
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15
_POWER_OFF = 0x4321FEDC
_SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41, "riscv64": 41}

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result < 0:
        err = ctypes.get_errno()
        raise OSError(err, f"{what}: {os.strerror(err)}")
    return result


def unshare(flags):
    _check(_libc.unshare(flags), "unshare")


def setns(fd, kind=0):
    _check(_libc.setns(fd, kind), "setns")


def mount(source, target, fstype="", flags=0, data=""):
    _check(_libc.mount(os.fsencode(source), os.fsencode(target), fstype.encode(),
                       ctypes.c_ulong(flags), data.encode() or None),
           f"mount {fstype or 'bind'} {source} on {target}")


def bind(source, target):
    mount(source, target, flags=MS_BIND | MS_REC)


def make_private():
    mount("none", "/", flags=MS_REC | MS_PRIVATE)


def pivot_into(new_root):
    """Make new_root (a mount point) the root of this mount namespace; drop the old one."""
    os.chdir(new_root)
    number = _SYS_PIVOT_ROOT[os.uname().machine]
    _check(_libc.syscall(number, b".", b"."), "pivot_root")
    _check(_libc.umount2(b".", MNT_DETACH), "umount old root")
    os.chdir("/")


def name_process(text):
    _libc.prctl(_PR_SET_NAME, text.encode(), 0, 0, 0)


def die_with_parent():
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def power_off():
    os.sync()
    _check(_libc.reboot(ctypes.c_int(_POWER_OFF)), "power off")


_netns_lock = threading.Lock()


@contextlib.contextmanager
def inside_netns(fd):
    """Sockets made in this block belong to the network namespace behind fd."""
    with _netns_lock:
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            setns(fd, CLONE_NEWNET)
            try:
                yield
            finally:
                setns(home, CLONE_NEWNET)
        finally:
            os.close(home)
