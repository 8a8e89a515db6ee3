# SPDX-License-Identifier: Apache-2.0
"""The controller: plays scenarios one after the other, in the namespaces it was put into.

Runs inside the guest (as its init) or in fresh namespaces of the host kernel; both are
thrown away afterwards, so nothing here needs to clean up after a crash.
"""
import os
import signal
import subprocess
import sys
import traceback

from . import features, kernel, root, scenario, shell
from .lab import WORK, Lab
from .report import Report

MODULES = ("ipv6", "overlay", "veth", "bridge", "dummy", "ipip", "tunnel4", "ip6_tunnel", "sch_netem",
           "ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_lc", "ip_vs_wlc", "ip_vs_sh", "ip_vs_dh",
           "ip_vs_sed", "ip_vs_nq", "ip_vs_lblc", "ip_vs_lblcr", "ip_vs_fo", "ip_vs_ovf",
           "ip_vs_mh", "ip_tables", "iptable_mangle", "xt_mark", "xt_tcpudp")


class TooLong(Exception):
    pass


def _alarm(*_):
    raise TooLong()


def play_all(job):
    report = Report(job["story"], job["verbose"], job["colour"])
    signal.signal(signal.SIGALRM, _alarm)
    os.environ.update(job["environ"])     # a guest has none of its starter's
    if job["stage"]:
        root.copy_stage(job["stage"], f"{WORK}/.stage")
        job["stage"] = f"{WORK}/.stage"
    for name in job["names"]:
        play_one(name, job, report)


def play_one(name, job, report):
    found = scenario.load(name)
    missing = [n for n in found.needs if not features.here(n)]
    if missing:
        report.skip(name, f"this kernel has no {', '.join(missing)}")
        return
    report.begin(name, found.title, job["where"])
    lab = Lab(found, report, job["stack"], job["stage"], job["slow"], job["build"],
              guest=job["where"] == "UML")
    try:
        signal.alarm(int(found.limit * job["slow"]))
        lab.boot()
        found.play(lab)
        signal.alarm(0)
    except TooLong:
        report.fail(f"ends within {found.limit} s", "".join(traceback.format_exc(limit=-4)))
    except Exception:  # noqa: BLE001  a broken scenario is a failed one, the next still plays
        report.fail("the scenario plays to its end", traceback.format_exc())
    signal.alarm(0)
    report.table()
    report.end()
    if report.failed and job["keep"]:
        save_logs(lab, job["keep"])
    if job["interactive"]:
        shell.prompt(lab)
    lab.close()


def save_logs(lab, folder):
    """On the host backend only: the guest's root is read-only on purpose."""
    for host in lab.hosts.values():
        target = os.path.join(folder, lab.scenario.name, host.name)
        try:
            os.makedirs(target, exist_ok=True)
        except OSError:
            for name in sorted(os.listdir(f"{host.disk}/log")):
                if os.path.isfile(f"{host.disk}/log/{name}"):
                    lab.report.line(f"--- {host.name}:/var/log/{name}")
                    lab.report.line(host.read(f"/var/log/{name}"))
            continue
        subprocess.run(["cp", "-r", f"{host.disk}/log/.", target], check=False)


def in_namespaces(job):
    """Pid 1 of fresh namespaces on the host kernel."""
    kernel.make_private()
    kernel.mount("proc", "/proc", "proc")
    kernel.mount("tmpfs", "/run", "tmpfs", 0, "mode=755")
    os.makedirs(WORK)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=False)
    play_all(job)


def as_guest_init(job):
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
        play_all(job)
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
