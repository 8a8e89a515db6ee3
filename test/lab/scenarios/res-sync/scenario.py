# SPDX-License-Identifier: Apache-2.0
"""LVSSyncDaemonSwap against a real IPVS: the kernel's two roles change places with the resource."""
from rig.plan import director

TITLE = "connection synchronisation: master where the group is, backup where it is not"
NEEDS = ["ip_vs"]
STACKS = ("upbeat",)
HOSTS = [director("alice", "10.77.0.1/24")]


def play(lab):
    script = "/etc/ha.d/resource.d/LVSSyncDaemonSwap master eth0 7"

    def does(verb, says, daemon):
        lab.expect_output("alice", f"{script} {verb}", says)
        lab.expect_output("alice", "ipvsadm -L --daemon", daemon)

    lab.expect_output("alice", f"{script} status", r"master stopped", rc=7)
    for _ in range(2):
        does("start", r"INFO:  Success", r"^master sync daemon \(mcast=eth0, syncid=7")
        does("status", r"master running", r"^master sync daemon")
    for _ in range(2):
        does("stop", r"INFO:  Success", r"^backup sync daemon \(mcast=eth0, syncid=7")
    lab.expect_output("alice", f"{script} status", r"master stopped", rc=7)
    lab.run("alice", "ipvsadm --stop-daemon backup")
