# SPDX-License-Identifier: Apache-2.0
"""Hosts that boot a systemd (common/systemd): their control groups are the kernel's, and outlive them."""
import os
import subprocess


def switch_off(lab, *names):
    """Power off, and what /lab/boot made among the control groups is gone again."""
    made = []
    for name in names:
        lab.power_cut(name)
        made += lab.hosts[name].read("/var/log/control-groups").split()
    top = f"{lab.folder}/control-groups"
    os.makedirs(top, exist_ok=True)
    subprocess.run(["mount", "-t", "cgroup2", "cgroup2", top], check=True)
    try:
        left, _, _ = lab.settle(lambda: (not [name for name in made if not removed(os.path.join(top, name))], made), 10, 0.2)
        lab.check("nothing is left of their control groups", left, made, detail=True)
    finally:
        subprocess.run(["umount", top], check=True)


def removed(folder):
    for path, _, _ in os.walk(folder, topdown=False):
        try:
            os.rmdir(path)
        except OSError:
            return False
    return True
