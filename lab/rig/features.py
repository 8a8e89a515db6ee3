# SPDX-License-Identifier: Apache-2.0
"""What a kernel can do and which programs are missing, with the package that brings them."""
import os
import shutil
import subprocess

PROGRAMS = {"ip": "iproute2", "bridge": "iproute2", "nsenter": "util-linux", "ping": "iputils-ping"}
FOR_IPVS = {"ipvsadm": "ipvsadm", "nginx": "nginx-light", "ifconfig": "net-tools",
            "arping": "iputils-arping", "lsof": "lsof", "ps": "procps"}
FOR_DEBIAN = {"/usr/libexec/heartbeat/heartbeat": "heartbeat", "/usr/sbin/ldirectord": "ldirectord",
              "/usr/lib/ocf/resource.d/heartbeat/IPaddr": "resource-agents"}
UML, UML_MODULES = "linux.uml", "/usr/lib/uml/modules"
DISKS = ("loop", "dm_mod", "md_mod", "raid1", "drbd")
SOFTDOG = "/dev/watchdog1"     # /dev/watchdog is the guest's own, which wants a helper program

_TRIALS = {
    "netem": "ip link add v0 type veth peer name v1 && tc qdisc add dev v0 root netem delay 1ms",
    "ipip": "ip link add t0 type ipip local 127.0.0.1 remote 127.0.0.2",
    "gue": "ip fou add port 6080 gue",
    "gre": "ip link add g0 type gre local 127.0.0.1 remote 127.0.0.2",
}


def _have(program):
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return os.path.exists(program) if program.startswith("/") else shutil.which(program, path=path)


def missing_packages(stack, with_ipvs, with_uml):
    wanted = dict(PROGRAMS)
    if with_ipvs:
        wanted.update(FOR_IPVS)
    if stack == "debian":
        wanted.update(FOR_DEBIAN)
    if with_uml:
        wanted[UML] = "user-mode-linux"
        wanted["modprobe"] = "kmod"
    return sorted({package for program, package in wanted.items() if not _have(program)})


def missing_for_rehearsal(with_ipvs, with_uml):
    """Packages that a lab of upbeat rehearse lacks here."""
    wanted = dict(PROGRAMS)
    if with_ipvs:
        wanted["ipvsadm"] = "ipvsadm"
    if with_uml:
        wanted[UML] = "user-mode-linux"
        wanted["modprobe"] = "kmod"
    return sorted({package for program, package in wanted.items() if not _have(program)})


def _in_guest():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        return "User Mode Linux" in f.read()


def have_uml():
    return bool(_have(UML)) and os.path.isdir(UML_MODULES)


def here(feature):
    """Does the kernel we run on have it, in a network namespace of its own?"""
    if feature == "ip_vs":
        return os.path.exists("/proc/net/ip_vs")
    if feature == "softdog":     # only the guest's, which inside.load_modules() told to reset nothing
        return _in_guest() and os.path.exists(SOFTDOG)
    if feature == "disks":       # only the guest's, too: nobody's real volumes are there
        return _in_guest() and all(os.path.exists(f"/sys/module/{name}") for name in DISKS)
    trial = _TRIALS[feature]
    done = subprocess.run(["unshare", "-n", "sh", "-c", trial],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return done.returncode == 0


def host_can_build():
    """Namespaces, overlay, veth and bridge, all of which every scenario needs."""
    if os.geteuid() != 0:
        return False
    script = ("mount -t tmpfs t /mnt && mkdir /mnt/u /mnt/w /mnt/m && "
              "mount -t overlay o -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w /mnt/m && "
              "ip link add b0 type bridge && ip link add v0 type veth peer name v1")
    done = subprocess.run(["unshare", "-m", "-n", "-p", "-f", "sh", "-c", script],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return done.returncode == 0


def host_has_ip_vs():
    if not here("ip_vs"):
        subprocess.run(["modprobe", "-q", "ip_vs"], check=False, stderr=subprocess.DEVNULL)
    return here("ip_vs")
