# SPDX-License-Identifier: Apache-2.0
"""The file system of a lab host: layers stacked into one overlay.

First wins: what the host wrote itself (upper, on tmpfs, survives a power cut as a disk
does); the scenario's node files; the staged install; whiteouts that hide packaged
files; the machine's root, which is never written to.
"""
import os
import shutil
import stat
import subprocess

from . import features, kernel

PACKAGES_TO_HIDE = ("heartbeat", "ldirectord")
LIVE_CONFIG = ("ha.cf", "haresources", "authkeys", "ldirectord.cf", "nodeinfo")
_PRIVATE = {"etc/ha.d/authkeys": 0o600, "etc/heartbeat/authkeys": 0o600}
_DEVICES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8),
            "urandom": (1, 9), "tty": (5, 0)}


def packaged_files(packages):
    """Files (not folders) of installed packages, as paths whose parent is resolved."""
    done = subprocess.run(["dpkg", "-L", *packages], capture_output=True, text=True)
    found = set()
    for path in done.stdout.splitlines():
        path = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
        if os.path.lexists(path) and not os.path.isdir(path):     # /lib, a link, is a folder too
            found.add(path)
    return sorted(found)


def white_out(layer, path):
    target = layer + path
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if not os.path.lexists(target):
        os.mknod(target, stat.S_IFCHR | 0o600, os.makedev(0, 0))


def hide_machine_state(layer):
    """The machine's own cluster configuration and node identity are nobody's in the lab."""
    for name in LIVE_CONFIG:
        if os.path.lexists(f"/etc/ha.d/{name}"):
            white_out(layer, f"/etc/ha.d/{name}")
    for folder, _, files in os.walk("/var/lib/heartbeat"):
        for name in files:
            white_out(layer, os.path.join(folder, name))


def hide_packages(layer, packages=PACKAGES_TO_HIDE):
    for path in packaged_files(packages):
        white_out(layer, path)


def copy_files(source, layer):
    """Copy node files; git keeps no modes but the x bit, so secrets get theirs here."""
    for folder, _, files in os.walk(source):
        rel = os.path.relpath(folder, source)
        os.makedirs(os.path.join(layer, rel), exist_ok=True)
        for name in files:
            src = os.path.join(folder, name)
            dst = os.path.normpath(os.path.join(layer, rel, name))
            shutil.copy2(src, dst, follow_symlinks=False)
            os.chown(dst, 0, 0, follow_symlinks=False)
            inside = os.path.normpath(os.path.join(rel, name))
            if not os.path.islink(dst):
                runnable = os.stat(src).st_mode & 0o100
                os.chmod(dst, _PRIVATE.get(inside, 0o755 if runnable else 0o644))


def copy_stage(stage, layer):
    """A staged install as a layer of its own: overlay takes no layer from inside another.

    What the stage has in /lib goes where /lib points to on this machine.
    """
    for name in os.listdir(stage):
        source = os.path.join(stage, name)
        inside = os.readlink("/" + name).lstrip("/") if os.path.islink("/" + name) else name
        shutil.copytree(source, os.path.join(layer, inside), symlinks=True, dirs_exist_ok=True)
    for folder, folders, files in os.walk(layer):
        for name in folders + files:
            os.lchown(os.path.join(folder, name), 0, 0)


def write_file(layer, path, text):
    target = layer + path
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "w", encoding="utf-8") as out:
        out.write(text)
    return target


def add_cluster_user(layer):
    """What a package's post-install does, for machines that never had heartbeat installed."""
    with open("/etc/passwd", encoding="utf-8") as f:
        passwd = f.read()
    with open("/etc/group", encoding="utf-8") as f:
        group = f.read()
    if "\nhaclient:" not in group:
        write_file(layer, "/etc/group", group + "haclient:x:694:\n")
    if "\nhacluster:" not in passwd:
        gid = next((line.split(":")[2] for line in group.splitlines()
                    if line.startswith("haclient:")), "694")
        write_file(layer, "/etc/passwd", passwd +
                   f"hacluster:x:694:{gid}::/var/lib/heartbeat:/usr/sbin/nologin\n")


def enter(layers, upper, work, mount_point, disk):
    """Called in the host's fresh mount namespace: build the root and move into it."""
    kernel.make_private()
    kernel.mount("overlay", mount_point, "overlay", 0,
                 f"lowerdir={':'.join(layers)},upperdir={upper},workdir={work}")
    at = mount_point.rstrip("/")
    for path in ("/proc", "/sys", "/dev", "/run", "/tmp", "/var/log"):
        os.makedirs(at + path, exist_ok=True)
    kernel.bind(f"{disk}/log", f"{at}/var/log")
    kernel.mount("proc", f"{at}/proc", "proc")
    kernel.mount("sysfs", f"{at}/sys", "sysfs")
    kernel.mount("tmpfs", f"{at}/run", "tmpfs", 0, "mode=755,size=32m")
    kernel.mount("tmpfs", f"{at}/tmp", "tmpfs", 0, "mode=1777,size=64m")
    for path, depth in (("/root", 0), ("/var/lib/heartbeat", 2)):
        if _barred(at + path, depth):
            os.makedirs(f"{disk}/own{path}", exist_ok=True)
            kernel.bind(f"{disk}/own{path}", at + path)
    make_devices(f"{at}/dev")
    describe_cpu(at)
    for path in ("/run/lock", "/run/lock/subsys"):
        os.makedirs(at + path, exist_ok=True)
    kernel.pivot_into(mount_point)


def _barred(path, depth):
    """Is this folder, or one so far below, closed to us? So it is in a guest that was started by somebody else than root."""
    try:
        with os.scandir(path) as found:
            folders = [entry.path for entry in found if entry.is_dir(follow_symlinks=False)] if depth else []
    except PermissionError:
        return True
    except OSError:
        return False
    return any(_barred(folder, depth - 1) for folder in folders)


def describe_cpu(at):
    """ps gives up on a cpuinfo without core numbers, as User-Mode Linux writes it."""
    with open(f"{at}/proc/cpuinfo", encoding="utf-8") as f:
        if "core id" in f.read():
            return
    with open(f"{at}/run/cpuinfo", "w", encoding="utf-8") as out:
        out.write("processor\t: 0\ncore id\t\t: 0\napicid\t\t: 0\n\n")
    kernel.bind(f"{at}/run/cpuinfo", f"{at}/proc/cpuinfo")


def make_devices(dev):
    kernel.mount("tmpfs", dev, "tmpfs", 0, "mode=755,size=8m")
    for name, number in _DEVICES.items():
        os.mknod(f"{dev}/{name}", stat.S_IFCHR | 0o666, os.makedev(*number))
        os.chmod(f"{dev}/{name}", 0o666)
    if features.here("softdog"):     # never one of the machine's own
        os.mknod(f"{dev}/watchdog", stat.S_IFCHR | 0o600, os.stat(features.SOFTDOG).st_rdev)
        os.mknod(f"{dev}/kmsg", stat.S_IFCHR | 0o600, os.stat("/dev/kmsg").st_rdev)
    os.makedirs(f"{dev}/pts")
    os.makedirs(f"{dev}/shm")
    kernel.mount("devpts", f"{dev}/pts", "devpts", 0, "newinstance,ptmxmode=0666,mode=620")
    kernel.mount("tmpfs", f"{dev}/shm", "tmpfs", 0, "mode=1777,size=32m")
    os.symlink("pts/ptmx", f"{dev}/ptmx")
    os.symlink("/proc/self/fd", f"{dev}/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.symlink(f"/proc/self/fd/{number}", f"{dev}/{name}")
