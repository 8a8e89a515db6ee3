# SPDX-License-Identifier: Apache-2.0
"""The rows of common/mixed.py that want a kernel with netem, with Upbeat on alice."""
from common import mixed

TITLE = "Upbeat on alice beside Heartbeat: packets are lost, reordered and doubled"
LONG = True
LIMIT = 3600
NEEDS = ["netem"]
HOSTS = mixed.hosts("alice")


def play(lab):
    mixed.play_rows(lab, mixed.LOSS_ROWS, slow=2)
