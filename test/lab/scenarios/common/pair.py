# SPDX-License-Identifier: Apache-2.0
"""Two directors with one address between them, and a client: the smallest cluster."""
from rig.plan import director, host

VIP = "10.77.0.100"
PAIR = ("alice", "bob")


def hosts(files):
    return [director("alice", "10.77.0.1/24", files=[files]),
            director("bob", "10.77.0.2/24", files=[files]),
            host("client", "10.77.0.50/24")]


def start_pair(lab, within=20):
    """Both up, alice holds the address."""
    lab.step("both directors start")
    lab.start(*PAIR)
    lab.expect_only_holder("alice", VIP, PAIR, within=within)
    lab.expect_ping("client", VIP)
