# SPDX-License-Identifier: Apache-2.0
"""Every row of the table in common/mixed.py, with Upbeat on bob: about a quarter of an hour."""
from common import mixed

TITLE = "Upbeat on bob beside Heartbeat: each medium, key, format and policy, and what befalls them"
LONG = True
LIMIT = 3600
HOSTS = mixed.hosts("bob")


def play(lab):
    mixed.play_rows(lab, mixed.ROWS)
