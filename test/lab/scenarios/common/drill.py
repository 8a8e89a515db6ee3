# SPDX-License-Identifier: Apache-2.0
"""The classic drill, row by row: what the article's operator types, and what is seen."""
from common.article import (BOTH, FALLBACK, MAINTENANCE, ONLY_204, ONLY_205, PAGE, PAIR, CLIENTS,
                            VIP)
from rig.expect import at_times

URL = f"http://{VIP}/"
GROUP = r"ha-master IPaddr::172\.16\.60\.111 ipvsadm ldirectord"
IPADDR = r"Running /etc/ha\.d/+resource\.d/IPaddr 172\.16\.60\.111"
STARTED = r"Starting High-Availability services: .*INFO: +Resource is stopped\s+Done\."
STOPPED = r"Stopping High-Availability services: +Done\."


TELL = {BOTH: "lists both web servers", ONLY_204: "lists rs-204 only",
        ONLY_205: "lists rs-205 only", FALLBACK: "lists the director itself", "": "is empty"}


class Drill:
    """script: /etc/sysconfig/ipvsadm is the article's script, whose start spends 5 s on arping."""

    def __init__(self, lab, script):
        self.lab, self.script = lab, script
        self.extra = 8 if script else 0

    def play(self):
        self.start()
        self.look_around()
        self.graceful_stop()
        self.failback()
        self.real_server_dies()
        self.both_die()
        self.power_cut()
        self.ping_nodes_lost()

    def table(self, host, text, within=15):
        self.lab.expect_table(host, text, within=within, what=f"{host}'s IPVS table {TELL[text]}")

    def served(self, pattern="this is test page", within=10):
        self.lab.expect_http("client", URL, pattern, within=within,
                             what=f"GET {URL} from the client says '{pattern}'")

    def requests(self):
        return self.lab.probe("client", "http", VIP, rate=20, sources=CLIENTS)

    def who_answered(self, found, since=None):
        names = {page: name for name, page in PAGE.items()}
        counts = found.who(since)
        return ", ".join(f"{names.get(page, 'maintenance page')}: {n}"
                         for page, n in sorted(counts.items())) or "nobody"

    def start(self):
        lab = self.lab
        lab.step("Both directors start")
        lab.say("Two directors, ha-master and ha-slave, share the address 172.16.60.111. Whoever "
                "holds it spreads the clients over two web servers, rs-204 and rs-205.")
        started = lab.start(*PAIR)
        lab.expect_text("ha-master's init script says what it always said", started[0].out, STARTED)
        lab.expect_only_holder("ha-master", VIP, PAIR, within=30)
        self.table("ha-master", BOTH, within=15)
        self.table("ha-slave", "")
        lab.expect_log("ha-master", r"info: Acquiring resource group: " + GROUP)
        lab.expect_log("ha-master", IPADDR + " start")

    def look_around(self):
        lab = self.lab
        lab.step("Who holds what")
        lab.say("ha-master is preferred, so it holds the address, and its IPVS table lists both web "
                "servers. ha-slave only watches.")
        lab.expect_output("ha-master", "ps -ef | grep [h]eartbeat:",
                          r"heartbeat: master control process")
        lab.expect_output("ha-master", "lsof -i:694", r"UDP \*:(694|ha-cluster)")
        lab.expect_output("ha-master", "/etc/init.d/ldirectord status",
                          r"ldirectord for /etc/ha\.d/ldirectord\.cf is running with pid: \d+",
                          within=15 + self.extra)
        lab.expect_output("ha-slave", "/etc/init.d/ldirectord status",
                          r"ldirectord is stopped for /etc/ha\.d/ldirectord\.cf")
        lab.expect_output(
            "ha-master", "ip addr show dev eth0",
            r"inet 172\.16\.60\.111/24 brd 172\.16\.60\.255 scope global secondary eth0",
            original="its alias eth0:0 is made over by the article's script, to /32")
        lab.show("ha-master", "ipvsadm -Ln")
        lab.expect_output("ha-slave", "ip addr show dev eth0", r"inet 172\.16\.60\.207/24")
        lab.show("ha-slave", "ipvsadm -Ln")
        self.served("this is test page of realserver0[12]")
        lab.expect_http("client", URL + "lvs_testpage.html", "Test HA Page",
                        what=f"GET {URL}lvs_testpage.html says 'Test HA Page'")
        lab.expect_ping("client", VIP)
        for _ in range(5):      # a second is enough, on a machine that has it for us
            probe = self.requests()
            lab.expect_traffic(probe)
            lab.wait_answers(probe, 1.0)
            found = lab.end_probe(probe)
            if all(p in found.who() for p in PAGE.values()):
                break
        lab.check("both web servers answer clients", all(p in found.who() for p in PAGE.values()),
                  f"{found.per_second():.0f} requests/s: {self.who_answered(found)}")
        lab.report.row("normal operation", f"{found.per_second():.0f} requests/s",
                       self.who_answered(found))

    def graceful_stop(self):
        lab = self.lab
        moment = lab.step("Heartbeat is stopped on ha-master")
        lab.say("A planned move: the operator stops heartbeat on ha-master while clients keep "
                "asking.")
        probe = self.requests()
        lab.expect_traffic(probe)
        stopped = lab.stop("ha-master")
        lab.expect_text("the init script says what it always said", stopped.out, STOPPED)
        lab.expect_only_holder("ha-slave", VIP, PAIR, within=5 + self.extra)
        self.table("ha-slave", BOTH, within=10 + self.extra)
        self.table("ha-master", "")
        lab.expect_output("ha-master", "/etc/init.d/ldirectord status", "ldirectord is stopped for")
        for line in (r"Heartbeat shutdown in progress\. \(\d+\)", r"Giving up all HA resources\.",
                     r"info: Releasing resource group: " + GROUP, r"Running \S*ldirectord +stop",
                     IPADDR + " stop"):
            lab.expect_log("ha-master", line)
        for line in (r"Received shutdown notice from 'ha-master'\.",
                     r"Taking over resource group IPaddr::172\.16\.60\.111",
                     r"info: Acquiring resource group: " + GROUP,
                     r"mach_down takeover complete for node ha-master\."):
            lab.expect_log("ha-slave", line, within=10 + self.extra)
        self.served()
        lab.show("ha-slave", "ipvsadm -Ln")
        found = lab.end_probe(probe)
        lab.report.note(f"the clients meanwhile: {found.per_second():.0f} requests/s, {self.who_answered(found)}")
        gap = lab.expect_gap("the clients' gap is at most 2000 ms", found, 2.0, since=moment,
                             original=at_times("several seconds here, with its many small shell programs"))
        lab.report.row("ha-master stopped by hand", f"{gap:.0f} ms gap", "ha-slave serves")

    def failback(self):
        lab = self.lab
        moment = lab.step("Heartbeat starts on ha-master again")
        lab.say("auto_failback is on, so the preferred director takes its group back.")
        probe = self.requests()
        lab.expect_traffic(probe)
        lab.start("ha-master")
        lab.expect_only_holder("ha-master", VIP, PAIR, within=30 + 2 * self.extra)
        self.table("ha-master", BOTH, within=10 + self.extra)
        self.table("ha-slave", "")
        lab.expect_log("ha-slave", r"foreign HA resource release completed \(standby\)\.")
        self.served()
        gap = lab.end_probe(probe).gap_ms(since=moment)
        lab.note_gap("failback to ha-master", gap, "ha-master serves")

    def real_server_dies(self):
        lab = self.lab
        moment = lab.step("nginx dies on rs-204, and returns")
        lab.say("ldirectord fetches lvs_testpage.html from each web server every second. One that "
                "does not answer leaves the table.")
        probe = self.requests()
        lab.expect_traffic(probe)
        lab.stop("rs-204", daemon="nginx")
        self.table("ha-master", ONLY_205, within=10)
        lab.show("ha-master", "ipvsadm -Ln")
        gone = lab.now()
        self.served(PAGE["rs-205"], within=15)
        lab.wait_answers(probe, 1.0)
        found = lab.end_probe(probe)
        only = found.who(since=gone + 0.2)
        lab.check("clients get rs-205 only", set(only) == {PAGE["rs-205"]},
                  self.who_answered(found, gone + 0.2))
        lab.note_gap("nginx dies on rs-204", found.gap_ms(since=moment), "rs-205 serves")
        lab.start("rs-204", daemon="nginx")
        self.table("ha-master", BOTH, within=10)

    def both_die(self):
        lab = self.lab
        lab.step("nginx dies on both")
        lab.say("With no web server left, the fallback answers: the director's own nginx, with a "
                "maintenance page.")
        lab.stop("rs-204", "rs-205", daemon="nginx")
        self.table("ha-master", FALLBACK, within=15)
        lab.show("ha-master", "ipvsadm -Ln")
        self.served(MAINTENANCE)
        lab.report.row("both web servers dead", "maintenance page", "from the director")
        lab.start("rs-205", daemon="nginx")
        self.table("ha-master", ONLY_205, within=10)
        lab.start("rs-204", daemon="nginx")
        self.table("ha-master", BOTH, within=10)
        self.served()

    def ping_nodes_lost(self):
        lab = self.lab
        moment = lab.step("ha-master no longer reaches either ping node")
        lab.say("The directors still hear each other, but ha-master has lost the way to both ping "
                "nodes. ha-slave still reaches them, so ipfail moves the group there.")
        lab.part("ha-master", "rs-204", "rs-205")
        lab.expect_only_holder("ha-slave", VIP, PAIR, within=30 + self.extra)
        lab.report.row("ping nodes lost by ha-master", f"moved in {lab.now() - moment:.1f} s",
                       "ha-slave serves")
        self.table("ha-slave", BOTH, within=15 + self.extra)
        lab.expect_log("ha-master", r"(ipfail|heartbeat).*we have less (visible )?ping nodes|"
                       r"Giving up because we (have|were told that we have) less")
        self.served()

    def power_cut(self):
        lab = self.lab
        moment = lab.step("ha-master loses its power")
        lab.say("Nothing of ha-master answers any more. ha-slave hears no heartbeat for deadtime "
                "(5 s) and takes over.")
        probe = self.requests()
        lab.expect_traffic(probe)
        lab.power_cut("ha-master")
        lab.expect_vip("ha-slave", VIP, within=12)
        self.table("ha-slave", BOTH, within=15 + self.extra)
        lab.expect_log("ha-slave", r"WARN: node ha-master: is dead")
        lab.expect_log("ha-slave", r"mach_down takeover complete for node ha-master\.",
                       within=10 + self.extra)
        self.served()
        gap = lab.expect_gap("the clients' gap is at most deadtime + 2.5 s", lab.end_probe(probe), 7.5, since=moment,
                             original=at_times("deadtime and several seconds more"))
        lab.report.row("ha-master loses power", f"{gap:.0f} ms gap", "deadtime is 5 s")
        lab.power_on("ha-master")
        lab.start("ha-master")
        lab.expect_only_holder("ha-master", VIP, PAIR, within=30 + 2 * self.extra)
        self.table("ha-master", BOTH, within=15 + self.extra)
        self.table("ha-slave", "", within=15 + self.extra)
