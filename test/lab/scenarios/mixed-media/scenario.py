# SPDX-License-Identifier: Apache-2.0
"""A few cells of the table in common/mixed.py, each with something that the others have not. mixed-alice, mixed-bob,
mixed-loss-alice and mixed-loss-bob, played by name, have every row."""
from common import mixed

TITLE = "Upbeat and Heartbeat in one cluster, over each kind of medium"
LIMIT = 200
STACKS = ("upbeat",)
HOSTS = mixed.hosts("alice")


def play(lab):
    mixed.play(lab, [("serial-and-bcast", "md5", "netstring", "on", "start_together", "stop_upbeat"),
                     ("mcast", "crc", "classic", "on", "start_real_first")])
