# SPDX-License-Identifier: Apache-2.0
"""The rows of common/mixed.py that want a kernel with netem, with Upbeat on bob."""
from common import mixed

TITLE = "Upbeat on bob beside Heartbeat: packets are lost, reordered and doubled"
LONG = True
LIMIT = 3600
NEEDS = ["netem"]
HOSTS = mixed.hosts("bob")


def play(lab):
    mixed.play_rows(lab, mixed.LOSS_ROWS, slow=2)
