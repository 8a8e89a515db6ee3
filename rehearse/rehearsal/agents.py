# SPDX-License-Identifier: Apache-2.0
"""Which resource scripts run in a rehearsal, and what stands in for the others. Pure."""
import re

# Ours, and at home in a lab: addresses, packets, a pause.
PLAYED = frozenset(("IPaddr", "IPaddr2", "IPv6addr", "IPsrcaddr", "SendArp", "Delay", "ldirectord", "LVSSyncDaemonSwap"))
# Ours, but what they work on is not in the lab.
WITHOUT_OBJECT = {
    "Filesystem": "its device is not in the lab", "drbddisk": "there is no DRBD in the lab",
    "drbdupper": "there is no DRBD in the lab", "LVM": "its volumes are not in the lab",
    "Raid1": "its disks are not in the lab", "MailTo": "no mail leaves the lab", "WinPopup": "nobody is there to be told",
    "AudibleAlarm": "nobody is there to hear it", "apache": "the web server's files are not in the lab",
    "Xinetd": "the machine's services are not in the lab", "OCF": "the agent that it calls is not ours",
    "ipvsadm": "its rules file is not among the files; ldirectord builds the table",
    "portblock": "the lab's packets are not filtered", "ICP": "its hardware is not in the lab",
    "ServeRAID": "its hardware is not in the lab", "db2": "its database is not in the lab",
}
STORAGE = frozenset(("Filesystem", "drbddisk", "drbdupper", "LVM", "Raid1"))
SERVICES_QUICK = PLAYED | {"MailTo", "ipvsadm", "portblock", "WinPopup", "AudibleAlarm"}

STUB = r"""#!/bin/sh
# Stands in for NAME in a rehearsal: it remembers that it was started, and does nothing.
for verb; do :; done
args=
while [ $# -gt 1 ]; do args="$args $1"; shift; done
key=NAME$(printf %s "$args" | tr -c 'A-Za-z0-9' _)
state=/run/rehearsal/$key
mkdir -p /run/rehearsal
journal() { read -r up rest < /proc/uptime; echo "$up $1 NAME$args" >> /var/log/rehearsal-agents; }
case $verb in
  start)
    if [ -e /run/rehearsal-fails ]; then journal fails; echo "rehearsal: NAME does not start"; exit 1; fi
    [ -e "$state" ] || { : > "$state"; journal start; } ;;
  stop) [ ! -e "$state" ] || { rm -f "$state"; journal stop; } ;;
  status | monitor) if [ -e "$state" ]; then echo running; else echo stopped; exit 3; fi ;;
esac
exit 0
"""

# Before the script of the same name, for the drill of a resource that does not start.
FAILING = r"""#!/bin/sh
for verb; do :; done
if [ "$verb" = start ]; then echo "rehearsal: NAME does not start"; exit 1; fi
exec SCRIPT "$@"
"""


def safe_name(name):
    return bool(re.fullmatch(r"[A-Za-z0-9_.+-]+", name)) and name not in (".", "..")


def stub(name):
    return STUB.replace("NAME", name)


def failing(name):
    return FAILING.replace("NAME", name).replace("SCRIPT", f"/usr/share/heartbeat/resource.d/{name}")


def stubbed(setup, own_agents=False):
    """{script: why something stands in for it}, in the order of haresources."""
    found = {}
    for _, resource in setup.resources():
        name = resource["script"]
        theirs = any(name in node.agents for node in setup.nodes)
        if name in found:
            continue
        if theirs and own_agents:
            continue
        if theirs:
            found[name] = "the operator's own script (--own-agents runs it in the lab)"
        elif name == "ldirectord" and not setup.director:
            found[name] = "its ldirectord.cf is not among the files"
        elif name in WITHOUT_OBJECT:
            found[name] = WITHOUT_OBJECT[name]
        elif name not in PLAYED:
            found[name] = "not one of ours"
    return found


def that_may_fail(setup, standins):
    """The resource for the drill of one that does not start: the last of the first group that is stood in for, else its
    last that is not an address, else its last."""
    if not setup.groups:
        return None
    scripts = [r["script"] for r in setup.groups[0]["resources"]]
    for name in reversed(scripts):
        if name in standins:
            return name
    for name in reversed(scripts):
        if not name.startswith("IP"):
            return name
    return scripts[-1]
