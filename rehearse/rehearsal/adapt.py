# SPDX-License-Identifier: Apache-2.0
"""The operator's files as they are put on the lab's hosts: what would reach outside or needs the operator's machines is
commented out, with the line numbers kept, and named. Pure."""
import math
import re

LOG = "/var/log/ha-log"
_OUT = {"watchdog": "nothing is reset in a lab", "stonith": "no device can be reached from a lab: a dead node is taken for reset",
        "stonith_host": "no device can be reached from a lab: a dead node is taken for reset",
        "coreroot": "the folder is not in the lab",
        "use_logd": "the lab reads the log from a file"}
_TIMES = ("keepalive", "deadtime", "warntime", "initdead", "deadping")
_LEAST = {"initdead": 10000}      # it is not waited for where both nodes start
_MARK = "# rehearsal: "
# Passwords of checks; and what a device that resets nodes is given: mostly one, too. Also in lines that are comments.
_SECRETS = re.compile(r"^([ \t]*#?[ \t]*(?:(?:passwd|secret)[ \t]*=[ \t]*|stonith_host[ \t]+\S+[ \t]+\S+[ \t]+))\S.*$", re.I | re.M)
LEFT_OUT = "(left out)"


def without_secrets(text):
    """The same for a report, which others may read."""
    return _SECRETS.sub(lambda found: found[1] + LEFT_OUT, text)


def ha_cf(text, cluster, factor=1.0):
    """(text, remarks). factor: --fast divides the timings by it."""
    lines, remarks = text.split("\n"), []
    for number, line in enumerate(lines, 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        why = _OUT.get(words[0].lower())
        if words[0] in ("respawn", "failfast"):
            if not line.split("#")[0].rstrip().split()[-1].endswith("ipfail"):
                why = "this program is not in the lab"
        if why is None:
            continue
        lines[number - 1] = _MARK + line
        if why:
            remarks.append(("ha.cf", number, without_secrets(line.split("#")[0].strip()), why))
    more = []
    if not cluster["logfile"]:
        more.append(f"logfile {LOG}")
    if factor > 1:
        more += [f"{name} {max(cluster['timing'][name] / factor, _LEAST.get(name, 0)):.0f}ms" for name in _TIMES]
    if more:
        lines += [f"{_MARK}added", *more, ""]
    return "\n".join(lines), remarks


_GLOBAL_OUT = {"callback": "the program is the operator's own", "execute": "another instance",
               "emailalertfrom": "", "smtp": "", "emailalert": "no mail leaves the lab",
               "fallbackcommand": "the program is the operator's own", "monitorfile": "", "maintenancedir": ""}
_SECONDS = re.compile(r"^(\s*(?:checkinterval|checktimeout|negotiatetimeout)\s*=\s*)(\d+)", re.I)
_DEFAULT_SECONDS = {"checkinterval": 10, "checktimeout": 5, "negotiatetimeout": 30}


def ldirectord_cf(text, services, stubbed, factor=1.0):
    """(text, remarks). stubbed: {line of a virtual: (check type instead, why)}."""
    lines, remarks = text.split("\n"), []
    starts = sorted(s["line"] for s in services)
    for number, line in enumerate(lines, 1):
        key = line.split("=")[0].strip().lower()
        if "=" in line and key in _GLOBAL_OUT and not line.lstrip().startswith("#"):
            if _GLOBAL_OUT[key]:
                remarks.append(("ldirectord.cf", number, line.strip(), _GLOBAL_OUT[key]))
            lines[number - 1] = _MARK + line
        elif factor > 1:
            lines[number - 1] = _SECONDS.sub(lambda m: m[1] + str(scaled_seconds(int(m[2]), factor)), line)
    added = []
    for start, (kind, why) in sorted(stubbed.items()):
        end = next((s for s in starts if s > start), len(lines) + 1)
        own = [n for n in range(start + 1, end) if re.match(r"\s+checktype\s*=", lines[n - 1])]
        for n in own:
            lines[n - 1] = re.sub(r"(checktype\s*=\s*)\S+.*", rf"\g<1>{kind}", lines[n - 1])
        if not own:
            reals = [n for n in range(start + 1, end) if re.match(r"\s+real6?\s*=", lines[n - 1])]
            added.append(((reals or [start])[-1], f"        checktype={kind}"))
        remarks.append(("ldirectord.cf", start, lines[start - 1].strip(), f"checked by {kind} only: {why}"))
    for after, line in reversed(added):
        lines.insert(after, line)
    if factor > 1:
        said = {line.split("=")[0].strip().lower() for line in lines if "=" in line and line[:1] not in ("#", " ", "\t")}
        lines[:0] = [f"{name}={scaled_seconds(value, factor)}" for name, value in _DEFAULT_SECONDS.items()
                     if name not in said]
    return "\n".join(lines), remarks


def scaled_seconds(value, factor):
    return max(1, math.ceil(value / factor))
