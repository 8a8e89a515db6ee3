# SPDX-License-Identifier: Apache-2.0
"""The controller's place: in the guest, as its init, or in fresh namespaces of the host kernel.

Both are thrown away afterwards, so nothing here needs to clean up after a crash. What is played
there is the caller's: play(job).
"""
import os
import subprocess
import sys
import traceback

from . import features, kernel
from .lab import WORK

MODULES = ("ipv6", "overlay", "veth", "bridge", "dummy", "ipip", "tunnel4", "fou", "ip_gre", "ip6_tunnel", "sch_netem",
           "ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_lc", "ip_vs_wlc", "ip_vs_sh", "ip_vs_dh",
           "ip_vs_sed", "ip_vs_nq", "ip_vs_lblc", "ip_vs_lblcr", "ip_vs_fo", "ip_vs_ovf",
           "ip_vs_mh", "ip_tables", "iptable_mangle", "xt_mark", "xt_tcpudp", "nlmon",
           *features.DISKS)


def in_namespaces(job, play):
    """Pid 1 of fresh namespaces on the host kernel."""
    kernel.make_private()
    kernel.mount("proc", "/proc", "proc")
    kernel.mount("tmpfs", "/run", "tmpfs", 0, "mode=755")
    os.makedirs(WORK)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=False)
    play(job)


def as_guest_init(job, play):
    """Pid 1 of the guest. Its root is the machine's own, read-only: only tmpfs takes writes."""
    os.environ.update(PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                      HOME="/root", LANG="C.UTF-8")
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    try:
        kernel.mount("proc", "/proc", "proc")
        kernel.mount("sysfs", "/sys", "sysfs")
        kernel.mount("tmpfs", "/run", "tmpfs", 0, "mode=755,size=75%")
        os.makedirs("/dev/pts", exist_ok=True)     # the guest mounts a devtmpfs by itself
        kernel.mount("devpts", "/dev/pts", "devpts", 0, "newinstance,ptmxmode=0666,mode=620")
        load_modules()
        subprocess.run(["ip", "link", "set", "lo", "up"], check=False)
        play(job)
    except BaseException:  # noqa: BLE001  pid 1 must not die: the kernel would panic
        traceback.print_exc(file=sys.stdout)
    sys.stdout.flush()
    kernel.power_off()


def load_modules():
    release = os.uname().release
    tree = f"{WORK}/modules"
    os.makedirs(f"{tree}/lib/modules")
    os.symlink(f"/usr/lib/uml/modules/{release}", f"{tree}/lib/modules/{release}")
    subprocess.run(["modprobe", "-q", "-a", "-d", tree, *MODULES], check=False)
    # It shall say that it would reset the machine, and not do it.
    subprocess.run(["modprobe", "-q", "-d", tree, "softdog", "soft_noboot=1", "nowayout=0"], check=False)
    try:
        # Or every host would have a tunl0 and an ip6tnl0 that no operator made.
        with open("/proc/sys/net/core/fb_tunnels_only_for_init_net", "w", encoding="utf-8") as f:
            f.write("1")
    except OSError:
        pass
