# SPDX-License-Identifier: Apache-2.0
"""Programs of one stack in a host of the other: the original's tools on ours, ours on the original."""
import os
import re
import shutil

PREFIX = re.compile(r"^\w{3} [ \d]\d \d\d:\d\d:\d\d \S+ (\S+/)?(\w+): \[\d+\]:", re.M)


def lend(lab, host, program, name):
    """Copies a program of this machine (an absolute path) or of the stage into the host; gives its path there."""
    folder = f"/proc/{lab.hosts[host].pid}/root/root/lent"
    os.makedirs(folder, exist_ok=True)
    shutil.copy(program, f"{folder}/{name}")
    return f"/root/lent/{name}"


def said(result):
    """What a program printed, with the places that differ from run to run made equal, and its exit code."""
    return PREFIX.sub(r"DATE HOST \2: [PID]:", result.out), result.rc
