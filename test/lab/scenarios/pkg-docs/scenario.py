# SPDX-License-Identifier: Apache-2.0
"""docs/drills.md and docs/troubleshoot.md, typed as they say: what is seen is what they promise."""
from common.article import BOTH, FALLBACK, ONLY_205, PAIR, VIP, hosts

TITLE = "what the documents on drills and on trouble say is what is seen"
NEEDS = ["ip_vs"]
LONG = True
STACKS = ("upbeat",)
LIMIT = 900
HOSTS = hosts(["common/article-rules", "common/article-director"])
START, STOP = "/etc/init.d/heartbeat start", "/etc/init.d/heartbeat stop"
CLUSTER = "pgrep -f '^heartbeat: cluster process'"


class Documents:
    def __init__(self, lab):
        self.lab = lab

    def holds(self, host, within=60):
        self.lab.expect_only_holder(host, VIP, PAIR, within=within)
        self.lab.expect_table(host, BOTH, within=30)

    def says(self, host, command, pattern, rc=None):
        self.lab.expect_output(host, command, pattern, rc)

    def broken(self, host, edit, pattern, mend):
        """A file is spoilt, start says what is wrong; mended, it starts."""
        self.says(host, f"{edit}; {START}", pattern)
        self.says(host, "/etc/init.d/heartbeat status", "stopped", 3)
        self.lab.run(host, mend)

    # -- drills.md ---------------------------------------------------------------------------

    def four_things(self):
        lab = self.lab
        lab.step("the same four things")
        lab.expect_output("ha-master", "cl_status rscstatus", "^(all|local)$", within=20)
        self.says("ha-master", "cl_status rscstatus; ip -br addr; ipvsadm -Ln; tail -n 20 /var/log/ha-log",
                  r"(?s)^(all|local)\n.*172\.16\.60\.111/24.*172\.16\.60\.204:80")

    def graceful_stop(self):
        lab = self.lab
        lab.step("a graceful stop")
        lab.run("ha-master", STOP, timeout=60)
        lab.expect_no_vip("ha-master", VIP, within=0)
        self.holds("ha-slave")
        lab.expect_log("ha-slave", r"Received shutdown notice from 'ha-master'\.")
        lab.expect_log("ha-slave", r"Taking over resource group ")
        lab.run("ha-master", START)
        self.holds("ha-master")
        lab.expect_log("ha-slave", r"foreign HA resource release completed \(standby\)\.")

    def power(self):
        lab = self.lab
        lab.step("power")
        lab.power_cut("ha-master")
        lab.expect_log("ha-slave", r"WARN: node ha-master: is dead", within=20)
        self.holds("ha-slave")
        lab.power_on("ha-master")
        lab.run("ha-master", START)
        self.holds("ha-master")

    def link(self):
        lab = self.lab
        lab.step("the link between the directors")
        lab.part(*PAIR)
        lab.expect("both hold the address", lambda: all(lab.watch.holds(n, VIP) for n in PAIR), within=30)
        lab.join()
        self.holds("ha-master")

    def ping_nodes(self):
        lab = self.lab
        lab.step("the ping nodes")
        lab.part("ha-master", "rs-204", "rs-205")
        self.holds("ha-slave")
        lab.join()
        lab.run("ha-master", "/usr/share/heartbeat/hb_takeover")
        self.holds("ha-master")
        lab.step("both lose them")
        lab.stop("rs-204", "rs-205", daemon="nginx")
        lab.unplug("rs-204")
        moment = lab.unplug("rs-205")
        lab.expect_log("ha-slave", r"group1.* dead|Status update for node group1: status dead|group1: is dead", within=30)
        lab.wait_answers(None, 8)
        lab.check("nothing moved", not [m for m in lab.watch.since(moment, address=VIP) if m[1] in PAIR])
        lab.plug_back("rs-204")
        lab.plug_back("rs-205")
        lab.start("rs-204", "rs-205", daemon="nginx")
        self.holds("ha-master")

    def a_daemon(self):
        lab = self.lab
        moment = lab.step("a daemon")
        lab.run("ha-master", f"kill -9 $({CLUSTER})")
        lab.expect("there is a new cluster process", lambda: lab.hosts["ha-master"].run(CLUSTER).rc == 0)
        master = lab.hosts["ha-master"].run("cat /run/heartbeat.pid").out.strip()
        lab.run("ha-master", f"kill -9 {master}")
        lab.expect("another master runs", lambda: (lab.hosts["ha-master"].run("cat /run/heartbeat.pid").out.strip() not in ("", master)
                                                   and lab.hosts["ha-master"].run("/etc/init.d/heartbeat status").rc == 0, ""), within=15)
        self.holds("ha-master")
        lab.check("nothing moved", not [m for m in lab.watch.since(moment, address=VIP) if m[1] in PAIR])

    def a_real_server(self):
        lab = self.lab
        lab.step("a real server")
        lab.stop("rs-204", daemon="nginx")
        lab.expect_table("ha-master", ONLY_205, within=20)
        lab.stop("rs-205", daemon="nginx")
        lab.expect_table("ha-master", FALLBACK, within=20)
        self.says("ha-master", "ipvsadm -Ln", r"127\.0\.0\.1:80")
        lab.start("rs-204", "rs-205", daemon="nginx")
        lab.expect_table("ha-master", BOTH, within=20)

    def a_mistake(self):
        lab = self.lab
        lab.step("a mistake")
        self.says("ha-master", "cp -r /etc/ha.d /root/copy; sed -i s/deadtime/deadtimes/ /root/copy/ha.cf; hbd -t /root/copy",
                  r"/root/copy/ha\.cf:\d+:\d+: error: ", 2)
        self.says("ha-master", "sed -i s/checktimeout/checktimeouts/ /root/copy/ldirectord.cf; ldirectord -t /root/copy/ldirectord.cf",
                  r"/root/copy/ldirectord\.cf:\d+:\d+: error: ", 2)
        self.says("ha-master", "cp /root/copy/ha.cf /etc/ha.d/; /etc/init.d/heartbeat reload",
                  r"(?s)/etc/ha\.d/ha\.cf:\d+.*not reloaded")
        self.says("ha-master", "cp /root/copy/ldirectord.cf /etc/ha.d/", "")
        lab.expect_log("ha-master", r"ldirectord\.cf.*(error|unknown|checktimeouts)", file="/var/log/ldirectord.log", within=30)
        lab.run("ha-master", "sed -i s/deadtimes/deadtime/ /etc/ha.d/ha.cf; sed -i s/checktimeouts/checktimeout/ /etc/ha.d/ldirectord.cf")
        self.says("ha-master", "/etc/init.d/heartbeat reload; hbd -t; ldirectord -t", "validated")
        self.holds("ha-master")

    # -- troubleshoot.md -----------------------------------------------------------------------

    def nothing_starts(self):
        lab = self.lab
        lab.step("nothing starts")
        self.says("ha-master", f"hbd; {START}", r"heartbeat: already running \[pid \d+\]")
        lab.run("ha-slave", STOP, timeout=60)
        self.broken("ha-slave", "sed -i s/^deadtime/deadtimes/ /etc/ha.d/ha.cf",
                    r"(?s)ha\.cf:\d+:\d+: error: .*Configuration error, heartbeat not started\.",
                    "sed -i s/^deadtimes/deadtime/ /etc/ha.d/ha.cf")
        self.broken("ha-slave", "chmod 644 /etc/ha.d/authkeys", "Bad permissions on keyfile", "chmod 600 /etc/ha.d/authkeys")
        self.broken("ha-slave", "sed -i 's/^node ha-slave/node ha-slav/' /etc/ha.d/ha.cf",
                    r"Current node \[ha-slave\] not in configuration!", "sed -i 's/^node ha-slav$/node ha-slave/' /etc/ha.d/ha.cf")

    def another_key(self):
        lab = self.lab
        lab.step("the nodes do not see each other: another key")
        lab.run("ha-slave", f"sed -i s/Hello/Hullo/ /etc/ha.d/authkeys; {START}")
        for host in PAIR:
            lab.expect_log(host, "not signed with our key", within=30)
        self.says("ha-master", "lsof -i UDP:694", "UDP")
        lab.run("ha-slave", STOP, timeout=60)
        lab.run("ha-slave", f"sed -i s/Hullo/Hello/ /etc/ha.d/authkeys; {START}")
        lab.expect_output("ha-master", "cl_status nodestatus ha-slave", "active", within=60)
        self.says("ha-master", "cl_status hblinkstatus ha-slave eth0", "up")
        self.holds("ha-master")

    def nobody_holds(self):
        lab = self.lab
        lab.step("nobody holds the address")
        lab.stop(*PAIR, timeout=90)
        lab.run("ha-master", "printf '#!/bin/sh\\ncase $1 in start) exit 5;; status) echo stopped;; esac\\n' > /etc/ha.d/resource.d/fails; "
                "chmod +x /etc/ha.d/resource.d/fails; sed -i 's/$/ fails/' /etc/ha.d/haresources")
        lab.run("ha-master", START)
        lab.expect_log("ha-master", r"ERROR: Return code 5 from /etc/ha\.d/resource\.d/fails", within=60)
        self.says("ha-master", "/etc/ha.d/resource.d/fails start; echo $?", "^5$")
        lab.run("ha-master", STOP, timeout=60)
        self.broken("ha-master", "rm /etc/ha.d/resource.d/fails", "Cannot locate resource script fails|fails.*(no|not).*",
                    "sed -i 's/ fails$//' /etc/ha.d/haresources")
        lab.start(*PAIR)
        self.holds("ha-master", within=90)


def play(lab):
    documents = Documents(lab)
    lab.step("both directors start")
    lab.start(*PAIR)
    documents.holds("ha-master")
    for part in ("four_things", "graceful_stop", "power", "link", "ping_nodes", "a_daemon", "a_real_server", "a_mistake",
                 "nothing_starts", "another_key", "nobody_holds"):
        getattr(documents, part)()
