# SPDX-License-Identifier: Apache-2.0
"""The netlink encoding of every kind of service and destination, judged by a kernel and by ipvsadm."""
from rig.plan import host

TITLE = "what ldirectord writes by netlink is what the kernel holds and ipvsadm shows"
NEEDS = ["ip_vs"]
PROGRAM = "test/unit/ldir/ipvs/ipvs_roundtrip"
STACKS = ("upbeat",)
HOSTS = [host("dir", "192.0.2.1/24", "2001:db8::1/64")]


def play(lab):
    done = lab.run_program("dir")
    lines = done.out.splitlines()
    good, bad = (sum(1 for line in lines if line.startswith(word)) for word in ("ok ", "BAD "))
    lab.check("nothing differs", done.rc == 0 and not bad, f"{bad} differences" if done.rc == 0 else done.out)
    lab.check("nothing was left out", good > 60, f"{good} checks")
    lab.expect_table("dir", "")
