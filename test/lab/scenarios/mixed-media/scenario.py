# SPDX-License-Identifier: Apache-2.0
"""A few cells of the table in common/mixed.py, each with something that the others have not. LAB_MIXED=all in the
environment plays every medium, key, format and event, in both seats: about an hour."""
import os

from common import mixed

TITLE = "Upbeat and Heartbeat in one cluster, over each kind of medium"
ALL = os.environ.get("LAB_MIXED") == "all"
LIMIT = 4 * 3600 if ALL else 200
STACKS = ("upbeat",)
NEEDS = ["netem"] if ALL else []
HOSTS = mixed.hosts(os.environ.get("LAB_UPBEAT", "alice"))
EVENTS = ("start_together", "stop_upbeat", "stop_real", "cut_upbeat", "cut_real", "standby", "fast_restart", "lossy",
          "partition")


def play(lab):
    if not ALL:
        mixed.play(lab, [("serial-and-bcast", "md5", "netstring", "on", "start_together", "stop_upbeat"),
                         ("mcast", "crc", "classic", "on", "start_real_first")])
        return
    for media in mixed.MEDIA:
        mixed.play(lab, [(media, "sha1", "classic", "on", *EVENTS)])
    for key in mixed.KEYS:
        for form in ("classic", "netstring"):
            mixed.play(lab, [("two", key, form, "on", "start_upbeat_first", "stop_real"),
                             ("ucast", key, form, "on", "start_real_first", "stop_upbeat")])
