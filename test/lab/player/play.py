# SPDX-License-Identifier: Apache-2.0
"""Plays scenarios one after the other, in the namespaces that rig/inside was put into."""
import os
import signal
import subprocess
import traceback

from rig import features, root
from rig.lab import WORK, Lab
from rig.report import Report

from . import scenario, shell


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
