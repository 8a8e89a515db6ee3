# SPDX-License-Identifier: Apache-2.0
"""Packages in a lab host: found, lent, installed by a real dpkg, and made newer."""
import glob
import os
import re
import shutil
import subprocess

UPBEAT = ("upbeat", "upbeat-ldirectord")
SMALL = ("upbeat-realserver", "upbeat-rehearse")
DEBIAN = ("heartbeat", "ldirectord")
DPKG = "DEBIAN_FRONTEND=noninteractive dpkg --force-unsafe-io"


def found(lab, name, *below):
    """The file of a package in $LAB_DEBS, or where `./dev deb` leaves it."""
    folder = os.path.join(os.environ.get("LAB_DEBS") or os.path.join(lab.build or "build", "packages"), *below)
    files = sorted(glob.glob(os.path.join(folder, name + "_*.deb")))
    if not files:
        raise FileNotFoundError(f"no {name}_*.deb in {folder}: ./dev deb makes them")
    return files[-1]


def be_a_machine(lab, host):
    """What the machine that lends its root was told is not this host's; and invoke-rc.d starts in runlevels only."""
    lab.run(host, "rm -f /usr/sbin/policy-rc.d /var/lib/man-db/auto-update /sbin/runlevel; "
            "printf '#!/bin/sh\\necho N 2\\n' > /sbin/runlevel; chmod +x /sbin/runlevel")


def lend(lab, host, files):
    """Copies of the files in the host's /root: it does not see everything that this machine has."""
    inside = ["/root/" + os.path.basename(path) for path in files]
    for path, name in zip(files, inside):
        shutil.copyfile(path, f"/proc/{lab.hosts[host].pid}/root{name}")
    return inside


def dpkg(lab, host, verb, what, way=""):
    """way: a command that runs another."""
    done = lab.run(host, f"{way} env {DPKG} {verb} " + " ".join(what), timeout=300)
    if lab.guest:     # which has a file open outside for each that it remembers, and dpkg looks at thousands
        with open("/proc/sys/vm/drop_caches", "w", encoding="utf-8") as out:
            out.write("2")
    lab.check(f"{host}: dpkg {verb} {' '.join(os.path.basename(f) for f in what)}", done.rc == 0, "" if done.rc == 0 else done.out)
    return done.out


def newer(files):
    """The same packages with a higher version."""
    made = []
    for path in files:
        tree = f"/run/lab/{os.path.basename(path)}.d"
        subprocess.run(["dpkg-deb", "-R", path, tree], check=True)
        with open(f"{tree}/DEBIAN/control", encoding="utf-8") as f:
            text = f.read()
        with open(f"{tree}/DEBIAN/control", "w", encoding="utf-8") as f:
            f.write(re.sub(r"(?m)^(Version: .*)$", r"\1+newer1", text))
        made.append(f"/run/lab/{os.path.basename(path).split('_')[0]}_newer.deb")
        subprocess.run(["dpkg-deb", "-Zgzip", "-z1", "--root-owner-group", "-b", tree, made[-1]], check=True,
                       stdout=subprocess.DEVNULL, env=dict(os.environ, TMPDIR="/run/lab"))
    return made
