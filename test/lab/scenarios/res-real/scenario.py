# SPDX-License-Identifier: Apache-2.0
"""A group of real things: an address, a file system (bound to its place: lab hosts may attach no device), and apache serving
what is on it. The original plays it, too (--stack debian)."""
import os

from rig.plan import director, host

TITLE = "an address, a file system and apache move by stop, failback and power cut"
LIMIT = 240
_BOOT = "mkdir -p /srv/disk && uname -n > /srv/disk/index.html"
HOSTS = [director("alice", "10.77.0.1/24", files=["common/res-real"], boot=[_BOOT]),
         director("bob", "10.77.0.2/24", files=["common/res-real"], boot=[_BOOT]),
         host("client", "10.77.0.50/24")]
PAIR = ("alice", "bob")
VIP = "10.77.0.100"


def served_by(lab, name, within=30):
    lab.expect_only_holder(name, VIP, PAIR, within=within)
    lab.expect_http("client", f"http://{VIP}/index.html", f"^{name}$", within=within, what=f"apache on {name} serves what is on its file system")


def nothing_left(lab, name):
    def look():
        out = lab.hosts[name].run("grep ' /srv/www ' /proc/self/mounts; ps -eo args | grep '[a]pache2 -'").out
        return not out, out
    lab.expect(f"nothing of it is left on {name}", look, within=20, poll=0.3)


def play(lab):
    if not os.path.exists("/usr/sbin/apache2"):
        return lab.report.line("   left out: it needs apt-get install apache2")
    lab.step("both start")
    lab.start(*PAIR)
    served_by(lab, "alice", 60)
    nothing_left(lab, "bob")
    lab.run("alice", "echo alice wrote this > /srv/www/kept.html")

    lab.step("somebody sits on the file system; alice is stopped all the same")
    lab.hosts["alice"].spawn("cd /srv/www && exec sleep 600")
    lab.stop("alice")
    served_by(lab, "bob")
    nothing_left(lab, "alice")

    lab.step("alice returns")
    lab.start("alice")
    served_by(lab, "alice", 60)
    lab.expect_http("client", f"http://{VIP}/kept.html", "alice wrote this")
    nothing_left(lab, "bob")

    lab.step("alice loses power")
    lab.power_cut("alice")
    served_by(lab, "bob")
    lab.stop("bob")
    nothing_left(lab, "bob")
    return None
