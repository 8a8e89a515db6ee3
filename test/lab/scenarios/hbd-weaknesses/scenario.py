# SPDX-License-Identifier: Apache-2.0
"""The known weaknesses of Heartbeat 3.0.6, entry by entry: each check says that ours is without one, and with --stack debian
the same check shows the original to have it (known differences). Long, so only when named; LAB_PARTS=killer,roll plays some.

What the original bears as well as ours claims nothing of it: a slow reader (`slow`) above all. Shown elsewhere: two holders
after a short partition and late heartbeats in cut-1.2-deadtime-1 and its like; the death of the daemon and SIGSTOP in
hbd-killed; logs at a dead time of 100 ms in logs-never-block; garbage in hostile-packets; what any client may say and floods
in api-tools; files with mistakes in bad-files; two writers at the FIFO in mixed-fifo; a stop that fails in stop-fails; peers
of other key methods and a node that lost its generation in the unit tests of the transport.
"""
import os
import re
import time

from common import forge
from common.foreign import lend
from rig.expect import at_times
from rig.plan import director, host

TITLE = "the weaknesses of the original, one by one"
LIMIT = 1500
LONG = True
HOSTS = [director(name, f"10.77.0.{n}/24", links={"eth1": ("second", [f"10.78.0.{n}/24"])}) for n, name in ((1, "alice"), (2, "bob"))] + [
         host("client", "10.77.0.50/24")]
PAIR = ("alice", "bob")
VIPS = {"alice": "10.77.0.100", "bob": "10.77.0.101"}
KEY = b"between-alice-and-bob"
LOG, ETC = "/var/log/ha-log", "/etc/ha.d"
HA_CF = """logfile /var/log/ha-log
debugfile /var/log/ha-debug
keepalive 200ms
warntime 1
deadtime 2
initdead 4
udpport 694
{media}
auto_failback {failback}
apiauth tester uid=root
apiauth mute uid=root
node alice bob
"""
GROUPS = "alice IPaddr::10.77.0.100/24/eth0\nbob IPaddr::10.77.0.101/24/eth0\n"
STANDBY = "bob wants to go standby"
SCRIPT = """#!/bin/sh
for verb; do :; done
case $verb in
  start) {start}; : > /run/{name} ;;
  stop) rm -f /run/{name} ;;
  status) [ -e /run/{name} ] && echo running || echo stopped ;;
esac
"""
STOPPED_READER = """import fcntl, time
pipe = open("/run/log.fifo", "r+b", buffering=0)
fcntl.fcntl(pipe, 1031, 4096)
open("/run/reader", "w").write("there")
time.sleep(600)
"""


class Weaknesses:
    def __init__(self, lab):
        self.lab, self.ours = lab, lab.stack != "debian"
        self.plays = 0

    # -- a pair for each part -----------------------------------------------------------------

    def write(self, name, path, text, mode=0o644):
        real = f"/proc/{self.lab.hosts[name].pid}/root{path}"
        os.makedirs(os.path.dirname(real), exist_ok=True)
        with open(real, "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(real, mode)

    def configure(self, failback="on", groups=GROUPS, keys=None, media="bcast eth0"):
        """Both hosts boot anew, nothing of what was before runs."""
        for name in PAIR:
            self.lab.power_cut(name)
            self.lab.power_on(name)
            self.lab.run(name, f"rm -f {LOG} /var/log/ha-debug /var/log/syslog")
            self.lab.log_marks[name] = {}
            self.write(name, f"{ETC}/ha.cf", HA_CF.format(failback=failback, media=media))
            self.write(name, f"{ETC}/haresources", groups if isinstance(groups, str) else groups[name])
            self.write(name, f"{ETC}/authkeys", (keys or {}).get(name, f"auth 1\n1 sha1 {KEY.decode()}\n"), 0o600)
        self.lab.run("client", "ip neigh flush dev eth0")    # they have other network cards

    def both(self, title, **settings):
        self.lab.step(title)
        self.configure(**settings)
        self.lab.start(*PAIR)
        for name in PAIR:
            self.lab.expect_only_holder(name, VIPS[name], PAIR, within=60, detail=True)
        self.at_rest()
        self.wire.forget()

    def at_rest(self, *names):
        for name in names or PAIR:
            self.lab.expect_output(name, "cl_status rscstatus", "^(local|foreign|all|none)$", 0, within=30)

    @property
    def wire(self):
        if not hasattr(self, "_wire"):
            self._wire = forge.Wire(self.lab.hosts["client"])
        return self._wire

    def check(self, what, good, seen, original):
        self.lab.check(what, good, "" if good else seen, original=original)

    def becomes(self, what, look, within, original, for_original=None):
        """Ours in time; the original is given as long as it would need to show it."""
        good, seen, _ = self.lab.settle(lambda: look() if isinstance(look(), tuple) else (bool(look()), ""),
                                        within if self.ours else for_original or within, 0.2)
        self.check(what, good, seen, original)

    def never(self, what, pattern, name, seconds, original):
        self.lab.pause_until(self.lab.now() + seconds)     # what ha.cf says is not slower on a slow machine
        said = self.since(name)
        found = re.search(pattern, said)
        self.check(what, not found, found.group(0) if found else "", original)

    def since(self, name):
        return self.lab.hosts[name].read(LOG)[self.lab.log_marks.get(name, {}).get(LOG, 0):]

    def holders(self):
        return {vip: self.lab.watch.holders(vip) for vip in VIPS.values()}

    def one_each(self):
        found = self.holders()
        return all(len(h) == 1 for h in found.values()), found

    # -- security -------------------------------------------------------------------------------

    def killer(self):
        for what, data in (("a field without a type", b"###\n3:abc,%%%\n"), ("a type that does not exist", b"###\n6:(9)t=x,%%%\n")):
            self.both(f"killer packet: {what}, unsigned")
            pid = self.lab.hosts["alice"].read("/run/heartbeat.pid").strip()
            lives = lambda: self.lab.hosts["alice"].run(f"kill -0 {pid}").rc == 0
            # The same bytes with nothing wrong but that nobody signed them: no killer to anybody.
            self.wire.send(b"###\n6:(0)t=x,%%%\n", "10.77.0.1")
            self.lab.pause_until(self.lab.now() + 2 * self.lab.slow)
            self.check(f"killer packet ({what}): alice's daemon lives after one that is only unsigned", lives(), "it died", None)
            self.wire.send(data, "10.77.0.1")
            self.lab.pause_until(self.lab.now() + 5 * self.lab.slow)
            self.check(f"killer packet ({what}): alice's daemon lives", lives(), "it died", "aborts")
            self.check(f"killer packet ({what}): each has its own", self.holders() == {v: [n] for n, v in VIPS.items()},
                       self.holders(), "the addresses of the dead one stay, and the other takes them, too")

    def macs(self):
        self.both("MACs in logs")
        status = self.wire.newest("bob")
        self.wire.send(forge.packet(forge.as_of(status, "status", ("st", "active")), None), "10.77.0.1")
        self.lab.pause_until(self.lab.now() + 2)
        found = forge.HEX.findall(self.since("alice").replace("5" * 40, ""))
        self.check("MACs in logs: the right one for a forged packet is not told", not found, found[:2], "it is logged")

    def replays(self):
        self.both("replay of what has no number")
        # First one that is to be answered: a request which nobody would answer anyhow shows nothing.
        for what, generation, due, original in (("a request of bob's generation is answered", 0, True, None),
                                                ("a request of an earlier generation of bob is not answered", -1, False, "it is")):
            again = self.asked_again(generation)
            self.check(f"replay: {what}", bool(again) == due, again[:1] or "it is not", original)

        self.lab.step("replay of a dead node's packets")
        self.wire.forget()
        self.lab.run("bob", "/usr/share/heartbeat/hb_standby all")
        self.lab.expect_log("alice", STANDBY, within=10)
        for vip in VIPS.values():
            self.lab.expect_only_holder("alice", vip, PAIR, within=30, detail=True)
        self.at_rest()
        of_bob = [one for one in self.wire.hear(3) if one[2].get("src") == "bob"]
        asked = [data for _, _, fields, data in of_bob if fields.get("t") == "ask_resources" and fields.get("info") == "me"]
        statuses = [data for _, _, fields, data in of_bob if fields.get("t") == "status"]
        self.check("replay: what bob said is recorded", asked and statuses, [fields.get("t") for _, _, fields, _ in of_bob], None)
        self.lab.power_cut("bob")
        self.lab.expect_log("alice", "node bob: is dead", within=20)
        self.at_rest("alice")
        self.lab.step("bob is dead, and is heard again")
        for data in statuses:
            self.wire.send(data, "10.77.0.1")
        # The original knows the number of the last status it has heard, and forgets that of the last word.
        self.never("replay: a status that he once said does not revive him", "returning after partition|Status update for node bob: status active",
                   "alice", 3, None)
        self.wire.send(asked[0], "10.77.0.1")
        self.never("replay: what he once asked for he does not ask for again", STANDBY, "alice", 3, "a dead node wants to go standby, and is heard")

    def asked_again(self, generation):
        """A request, as if from bob, for one of alice's packets that bob has not acknowledged; what of it is then heard again."""
        acknowledged = lambda one: one[2].get("t") == "NS_ackmsg" and one[2].get("src") == "bob" and one[2].get("dest") == "alice"
        bob = self.wire.newest("bob")
        self.wire.forget()
        last = int(self.wire.hear(10, acknowledged)[-1][2]["ackseq"], 16)
        # He acknowledges every tenth: the next five are safe for a second.
        wanted = last + 3
        self.wire.hear(5, lambda one: one[2].get("src") == "alice" and int(one[2].get("seq", "0"), 16) >= wanted + 2)
        self.wire.forget()
        self.wire.send(forge.packet(forge.as_of(bob, "NS_rexmit", ("dest", "alice"), ("firstseq", str(wanted)), ("lastseq", str(wanted)),
                                                generation=generation), KEY), "10.77.0.1")
        return [fields for _, _, fields, _ in self.wire.hear(2.5) if fields.get("src") == "alice" and fields.get("seq") == f"{wanted:x}"]

    def lockout(self):
        self.both("a packet of a generation that never was")
        bob = self.wire.newest("bob")
        self.wire.send(forge.packet(forge.as_of(bob, "status", ("st", "active"), ("dt", "7d0"), ("protocol", "1"),
                                                generation=1000, ahead=1), KEY), "10.77.0.1")
        self.lab.expect_log("alice", "Heartbeat restart on node bob", within=10)
        self.lab.pause_until(self.lab.now() + 8)
        self.becomes("lock-out: bob is heard again", lambda: (
            self.lab.hosts["alice"].run("cl_status nodestatus bob").out.strip() == "active", self.since("alice")[-600:]), 20,
            "never again: `attempted replay attack`", 15)
        self.becomes("lock-out: and each address has one holder", self.one_each, 30, "two, for ever", 5)

    def names(self):
        self.both("a packet that renames a node")
        bob = self.wire.newest("bob")
        self.wire.send(forge.packet(forge.as_of(bob, "status", ("st", "active"), ("dt", "7d0"), ("protocol", "1"), name="eve"), KEY), "10.77.0.1")
        self.lab.pause_until(self.lab.now() + 1)
        seen = self.lab.hosts["alice"].run("cl_status listnodes").out.split()
        said = "changed to eve" in self.since("alice")
        self.check("names: a uuid renames no node", "eve" not in seen and not said, f"{seen} {said}", "`nodename bob uuid changed to eve`")

        self.lab.step("a packet that claims to be from its receiver")
        alice = self.wire.newest("alice")
        self.wire.send(forge.packet(forge.as_of(alice, "ask_resources", ("rsc_hold", "local"), ("info", "me"), ahead=40), KEY), "10.77.0.1")
        self.never("names: src=alice is nothing to alice", "wants to go standby", "alice", 3, "she gives up her resources")

    def clients(self):
        self.both("what any client may say")
        code = os.path.join(self.lab.scenario.folder, "..", "api-tools", "client.py")
        lend(self.lab, "alice", code, "client.py")
        self.wire.forget()
        job = self.lab.hosts["alice"].spawn("timeout 60 python3 /root/lent/client.py loud 2>&1")
        # Heard while it floods: afterwards there would be no more than what the socket holds.
        words, until = 0, None
        while until is None or self.lab.now() < until:
            words += sum(one[2].get("t") == "word" for one in self.wire.hear(0.3))
            if until is None and self.ended(job):
                until = self.lab.now() + 3
        self.check("clients: a flood of 3000 is no flood of the network", 0 < words <= 400, f"{words} packets",
                   at_times("all of it, unless it has cut off the client, which reads too slowly on a busy machine"))

        self.lab.step("a client says that this node has left")
        self.lab.hosts["alice"].run("timeout 20 python3 /root/lent/client.py status 2>&1", timeout=40)
        self.never("clients: no client speaks for its daemon", "Received shutdown notice from 'alice'", "bob", 4, "it does, and bob takes over")

    def slow(self):
        self.both("a client that asks and asks, and reads no answer")
        code = os.path.join(self.lab.scenario.folder, "..", "api-tools", "client.py")
        lend(self.lab, "alice", code, "client.py")
        master = self.lab.hosts["alice"].read("/run/heartbeat.pid").strip()
        processes = f"{master} $(pgrep -P {master})"
        memory = f"awk '/^VmRSS/ {{s += $2}} END {{print s}}' $(printf '/proc/%s/status ' {processes})"
        before = int(self.lab.hosts["alice"].run(memory).out)
        job = self.lab.hosts["alice"].spawn("exec timeout 60 python3 /root/lent/client.py slow 2>&1")
        cut_off = self.lab.settle(lambda: (self.ended(job), ""), 20 if self.ours else 15)[0]
        self.check("slow reader: it is cut off", cut_off and job.result.rc == 0, job.result.out if cut_off else "it goes on", None)
        after = int(self.lab.hosts["alice"].run(memory).out)
        self.lab.report.line(f"   memory of the daemon: {before} kB, then {after} kB")
        self.check("slow reader: what waits for it is bounded", after - before < 20000, f"{before} kB, then {after} kB", None)
        began = self.lab.now()
        done = self.lab.hosts["alice"].run("timeout 20 cl_status nodestatus bob")
        self.check("slow reader: others are answered at once", done.rc == 0 and self.lab.now() - began < 2 * self.lab.slow,
                   f"{self.lab.now() - began:.1f} s: {done.out}", None)
        self.never("slow reader: nobody calls alice dead or late", "node alice: is dead|Late heartbeat: Node alice", "bob", 3, None)
        if not cut_off:
            job.kill()

    def roll(self):
        both = "1 sha1 the-old-one\n2 sha1 the-new-one\n"
        self.lab.step("keys are rolled over: each lists both, alice signs with the new one")
        self.configure(keys={"alice": f"auth 2\n{both}", "bob": f"auth 1\n{both}"})
        self.lab.start(*PAIR)
        self.becomes("roll-over: they hear each other", lambda: all(self.lab.hosts[n].run(
            f"cl_status nodestatus {m}").out.strip() == "active" for n, m in (PAIR, PAIR[::-1])), 30, "they do not", 25)
        self.becomes("roll-over: one holder each", self.one_each, 20, "two", 3)

        self.lab.step("a method of our time")
        self.configure(keys={n: "auth 1\n1 sha256 a-longer-one\n" for n in PAIR})
        self.lab.start(*PAIR)
        self.becomes("sha256: they hear each other", lambda: all(self.lab.hosts[n].run(
            f"cl_status nodestatus {m}").out.strip() == "active" for n, m in (PAIR, PAIR[::-1])), 30, "an unknown method", 6)

        self.lab.step("authkeys that a group may write")
        self.configure()
        self.lab.run("alice", f"chmod 620 {ETC}/authkeys")
        done = self.lab.hosts["alice"].run("/usr/libexec/heartbeat/heartbeat > /dev/null 2>&1; rc=$?; sleep 1; exit $rc")
        self.check("authkeys: writable by a group is refused", done.rc == 6, f"exit {done.rc}", "accepted")

    # -- availability -----------------------------------------------------------------------------

    def partition(self):
        self.both("a partition of 6 s heals")
        self.lab.part(*PAIR)
        self.lab.expect("each holds both", lambda: all(len(h) == 2 for h in self.holders().values()), within=20)
        self.lab.pause_until(self.lab.now() + 2)
        healed = self.lab.join()
        self.becomes("partition: one holder of each, their own", lambda: (self.holders() == {v: [n] for n, v in VIPS.items()}, self.holders()), 20,
                     None, 60)
        nobody = max(self.without(vip, healed) for vip in VIPS.values())
        self.check("partition: nobody was without a holder for a second", nobody < 1.0, f"{nobody:.1f} s", "both give up all for 20 s")

    def without(self, vip, since):
        """Longest time without a holder from then on."""
        holders, gap, worst = set(PAIR), None, 0.0
        for moment, name, sign, _ in self.lab.watch.since(since, address=vip):
            (holders.add if sign == "+" else holders.discard)(name)
            if not holders and gap is None:
                gap = moment
            elif holders and gap is not None:
                worst, gap = max(worst, moment - gap), None
        return max(worst, self.lab.now() - gap if gap else 0.0)

    def fast_restart(self):
        self.both("a restart faster than the dead time of who holds all")
        self.lab.run("bob", "/usr/share/heartbeat/hb_standby all")
        for vip in VIPS.values():
            self.lab.expect_only_holder("alice", vip, PAIR, within=30)
        self.at_rest()
        self.lab.run("alice", "kill -9 $(ps -eo pid,args | awk '$2 ~ /heartbeat|hbd/ && !/awk/ {print $1}'); "
                              "for a in 100 101; do ip addr del 10.77.0.$a/24 dev eth0; done")
        self.lab.start("alice")
        self.becomes("fast restart: nothing is nobody's", self.one_each, 30, "the other's group is nobody's", 40)

    def failed_start(self):
        self.lab.step("a start that fails on the preferred node only")
        self.configure(groups="alice IPaddr::10.77.0.100/24/eth0 breaks\nbob IPaddr::10.77.0.101/24/eth0\n")
        for name in PAIR:
            self.write(name, f"{ETC}/resource.d/breaks", SCRIPT.format(name="breaks", start="[ $(uname -n) = bob ] || exit 1"), 0o755)
        self.lab.start(*PAIR)
        self.becomes("failed start: the group runs on the other node", lambda: (
            self.lab.watch.holders(VIPS["alice"]) == ["bob"], self.holders()), 45, "nowhere, for ever", 75)
        self.becomes("failed start: alice does not say that she holds it", lambda: (
            self.lab.hosts["alice"].run("cl_status rscstatus").out.strip() == "none", self.lab.hosts["alice"].run("cl_status rscstatus").out), 20,
            "local", 3)
        if self.ours:
            for name, says in (("bob", "it could not be started on alice and goes back there on request"),
                               ("alice", "it could not be started here; hb_takeover local here tries again")):
                self.lab.expect_output(name, "cl_status explain", says, 0)

    def dies(self):
        self.lab.step("a program of a group that is held dies")
        self.configure(media="bcast eth0\nenv STATUS_EVERY=1",
                       groups="alice IPaddr::10.77.0.100/24/eth0 flimsy\nbob IPaddr::10.77.0.101/24/eth0\n")
        for name in PAIR:
            self.write(name, f"{ETC}/resource.d/flimsy", SCRIPT.format(name="flimsy", start=":"), 0o755)
        self.lab.start(*PAIR)
        self.lab.expect_only_holder("alice", VIPS["alice"], PAIR, within=60, detail=True)
        self.at_rest()
        there = lambda name: self.lab.hosts[name].run("ls /run/flimsy").rc == 0
        self.lab.run("alice", "rm /run/flimsy")
        self.becomes("dies: it is started again", lambda: (there("alice"), "it is not"), 15, "never: nobody asks")
        self.becomes("dies: and the log names it", lambda: (
            "CRIT: Resource flimsy has stopped by itself: its group is started again here" in self.since("alice"), self.since("alice")[-400:]), 5,
            "not a word")
        self.check("dies: its group has not moved", self.lab.watch.holders(VIPS["alice"]) == ["alice"], self.holders(), None)
        self.at_rest()
        self.lab.run("alice", "rm -f /run/flimsy")
        self.becomes("dies again: the other node has its turn", lambda: (
            self.lab.watch.holders(VIPS["alice"]) == ["bob"] and there("bob"), self.holders()), 30, "never", 10)

    def alone(self):
        self.lab.step("a start alone, and the stop after it")
        self.configure()
        self.lab.start("alice")
        self.becomes("alone: it holds all", lambda: all(h == ["alice"] for h in self.holders().values()), 40, None)
        self.becomes("alone: and is at rest", lambda: (self.lab.hosts["alice"].run("cl_status rscstatus").out.strip() == "all",
                                                       self.lab.hosts["alice"].run("cl_status rscstatus").out), 20, at_times("`transition` for ever (mostly)"), 30)
        job = self.lab.hosts["alice"].spawn("/etc/init.d/heartbeat stop")
        ended = self.lab.settle(lambda: (self.ended(job), ""), 20)[0]
        self.check("alone: and stops", ended, "not within 20 s", at_times("hangs (mostly)"))
        if ended:
            done = self.lab.hosts["alice"].run("/usr/libexec/heartbeat/heartbeat -s")
            self.check("stopped: -s says so with 3", done.rc == 3, f"exit {done.rc}: {done.out}", "1, for the pid file that it leaves")

    @staticmethod
    def ended(job):
        job.host.pump(0.05)
        return job.result is not None

    def status(self):
        self.both("the exit code of a stopped heartbeat")
        self.lab.stop("alice")
        done = self.lab.hosts["alice"].run("/usr/libexec/heartbeat/heartbeat -s")
        self.check("stopped: -s says so with 3, whatever was left behind", done.rc == 3, f"exit {done.rc}: {done.out}", "1")

    def hung(self):
        self.lab.step("a script that hangs")
        self.configure(groups="alice hangs\nalice IPaddr::10.77.0.100/24/eth0\nbob IPaddr::10.77.0.101/24/eth0\n")
        for name in PAIR:
            self.write(name, f"{ETC}/resource.d/hangs", SCRIPT.format(name="hangs", start="sleep 300"), 0o755)
        self.lab.start(*PAIR)
        self.becomes("hung script: the next group is not kept waiting", lambda: (
            self.lab.watch.holders(VIPS["alice"]) == ["alice"], self.holders()), 30, "all wait for it", 40)
        self.lab.power_cut("bob")
        self.becomes("hung script: nor a takeover", lambda: (
            self.lab.watch.holders(VIPS["bob"]) == ["alice"], self.holders()), 20, "it waits, too", 30)

    def third(self):
        self.both("a third node that dies")
        self.lab.run("alice", "/usr/share/heartbeat/hb_addnode carol")
        for name in PAIR:
            self.lab.expect_output(name, "cl_status nodestatus carol", "^dead$", 1, within=20)
        self.never("third node: its end is not taken for the second one's", "Both machines own|mach_down takeover complete for node carol", "alice",
                   12, "`Both machines own our resources!`")
        self.becomes("third node: each has its own", lambda: (self.holders() == {v: [n] for n, v in VIPS.items()}, self.holders()), 5, None)

    def failback(self):
        self.both("hb_takeover failback")
        self.lab.run("alice", "/usr/share/heartbeat/hb_takeover failback")
        self.lab.pause_until(self.lab.now() + 8)
        self.check("takeover failback: bob keeps what is his", self.lab.watch.holders(VIPS["bob"]) == ["bob"], self.holders(), "he gives up all")

    def keys(self):
        self.lab.step("keys of groups in which a dot would match: a.b and axb")
        self.configure(groups="alice a.b\nbob axb\n")
        for name in PAIR:
            for script in ("a.b", "axb"):
                self.write(name, f"{ETC}/resource.d/{script}", SCRIPT.format(name=script, start=":"), 0o755)
        self.lab.start(*PAIR)

        def look():
            runs = {name: self.lab.hosts[name].run("cd /run && ls a.b axb 2> /dev/null").out.split() for name in PAIR}
            return runs == {"alice": ["a.b"], "bob": ["axb"]}, runs
        self.becomes("keys: each group runs on its node", look, 30, None, 40)
        self.lab.expect_stays("keys: and goes on", look, 18, original="`a.b` is `axb` as well: both lines are one group, of which `bob` cannot be started")

    def links(self):
        self.lab.step("a link of a node whose dead time is longer than ours")
        self.configure(media="bcast eth0 eth1")
        self.lab.run("alice", "sed -i 's/^deadtime.*/deadtime 8/; s/^initdead.*/initdead 16/' /etc/ha.d/ha.cf")
        self.lab.start(*PAIR)
        for name in PAIR:
            self.lab.expect_only_holder(name, VIPS[name], PAIR, within=60, detail=True)
        self.at_rest()
        for link in ("eth0", "eth1"):
            self.lab.expect_output("bob", f"cl_status hblinkstatus alice {link}", "^up$", 0, within=20)
        cut = self.lab.cut("alice", "eth1")
        self.never("links: not dead before the dead time of the node at its end", "Link alice:eth1 dead", "bob", 5, "after bob's own")
        self.lab.expect_log("bob", "Link alice:eth1 dead", within=15)
        self.lab.report.line(f"   the link died within {self.lab.now() - cut:.1f} s")
        self.lab.heal("alice", "eth1")

    def logs(self):
        self.lab.step("a log whose reader has stopped reading")
        self.configure()
        self.lab.run("alice", f"sed -i 's,^\\(logfile\\|debugfile\\) .*,\\1 /run/log.fifo,' {ETC}/ha.cf; mkfifo /run/log.fifo")
        # It holds a page, and nobody takes anything out of it.
        self.lab.hosts["alice"].spawn(["python3", "-c", STOPPED_READER])
        self.lab.expect_output("alice", "cat /run/reader", "there", 0, within=10)
        starting = self.lab.hosts["alice"].spawn("/etc/init.d/heartbeat start")
        self.lab.start("bob")
        self.becomes("logs: alice starts and has hers", lambda: self.lab.watch.holders(VIPS["alice"]) == ["alice"], 40,
                     "it stands still before it has started", 40)
        self.becomes("logs: and the start comes to its end", lambda: self.ended(starting), 20, None)
        self.lab.run("alice", "for n in 1 2 3; do kill -USR1 $(cat /run/heartbeat.pid); done")     # it has much to say
        self.never("logs: nobody calls alice dead", "node alice: is dead", "bob", 8, "it is dead when the pipe is full")
        self.check("logs: each has its own", self.holders() == {v: [n] for n, v in VIPS.items()}, self.holders(), "bob has both")

    def pace(self):
        self.lab.step("both start: how long until they serve")
        self.configure()
        began = self.lab.now()
        self.lab.start(*PAIR)
        for name in PAIR:
            self.lab.expect_only_holder(name, VIPS[name], PAIR, within=60)
        took = self.lab.now() - began
        self.check("pace: a start of both takes no fixed 10 s", took < 6 * self.lab.slow, f"{took:.1f} s", "11 s and more")
        self.at_rest()

        self.lab.step("acknowledgements and order on the wire")
        self.wire.forget()
        self.lab.run("bob", "/usr/share/heartbeat/hb_standby all")
        heard = self.wire.hear(12)
        acks = [(when, f) for when, _, f, _ in heard if f.get("t") == "NS_ackmsg"]
        self.check("wire: nobody acknowledges itself", not [f for _, f in acks if f.get("dest") == f.get("src")],
                   f"{len([1 for _, f in acks if f.get('dest') == f.get('src')])} times", "each does")
        turned = 0
        for name in PAIR:
            numbers = [int(f["seq"], 16) for _, _, f, _ in heard if f.get("src") == name and "seq" in f]
            turned += sum(b < a for a, b in zip(numbers, numbers[1:]))
        self.check("wire: what is said first leaves first", turned == 0, f"{turned} out of order", "an answer overtakes what it answers")
        sent = {(f.get("src"), f.get("seq")): when for when, _, f, _ in heard if "seq" in f}
        lags = [when - sent[f["dest"], f["ackseq"]] for when, f in acks if (f.get("dest"), f.get("ackseq")) in sent and f["dest"] != f["src"]]
        self.lab.report.line(f"   acknowledgements after {', '.join(f'{lag * 1000:.0f}' for lag in sorted(lags))} ms")
        self.check("latency: each within 100 ms", lags and max(lags) < 0.1 * self.lab.slow, f"{max(lags, default=0) * 1000:.0f} ms", at_times("up to 500 ms"))

        self.lab.step("how many programs a takeover takes")     # of both: alice has bob's as well
        before = int(self.lab.hosts["bob"].run("sh -c 'echo $$'").out)
        self.lab.power_cut("alice")
        self.lab.expect_log("bob", "Resources being acquired from alice|node alice: is dead", within=20)
        for vip in VIPS.values():
            self.lab.expect_vip("bob", vip, within=20)
        self.lab.pause_until(self.lab.now() + 6)
        forks = int(self.lab.hosts["bob"].run("sh -c 'echo $$'").out) - before
        self.lab.report.line(f"   a takeover starts {forks} processes")
        self.check("programs: a takeover starts a few", forks < 30, f"{forks} processes", "hundreds")

    def files(self):
        self.lab.step("haresources that differ")
        self.configure(groups={"alice": GROUPS, "bob": GROUPS + "bob IPaddr::10.77.0.102/24/eth0\n"})
        self.lab.start(*PAIR)
        for name in PAIR:
            self.becomes(f"files that differ are told by {name}", lambda n=name: (re.search(
                r"(WARN|ERROR): .*haresources.*differ", self.since(n)), self.since(n)[-400:]), 20, "not a word", 20)

        self.lab.step("a medium without its words")
        self.configure(media="mcast")
        done = self.lab.hosts["alice"].run("/usr/libexec/heartbeat/heartbeat 2>&1")
        self.check("mcast without arguments is refused", done.rc == 6 and "mcast" in done.out, f"exit {done.rc}", "it crashes")
        self.lab.step("a time with a unit that does not exist")
        self.configure(media="bcast eth0\nkeepalive 10s")
        done = self.lab.hosts["alice"].run("/usr/libexec/heartbeat/heartbeat 2>&1")
        self.check("a wrong value is told with its line", done.rc == 6 and re.search(r"ha\.cf:9:\d+: error: .*10s", done.out), done.out[-300:],
                   "`configuration error`, no more")


PARTS = ("killer", "macs", "replays", "lockout", "names", "clients", "slow", "roll", "partition", "fast_restart", "failed_start", "dies", "alone", "status",
         "hung", "third", "failback", "pace", "files", "keys", "links", "logs")


def play(lab):
    list_of_them = Weaknesses(lab)
    chosen = [part for part in os.environ.get("LAB_PARTS", "").split(",") if part]
    for part in PARTS:
        if not chosen or part in chosen:
            began = time.monotonic()
            getattr(list_of_them, part)()
            lab.report.line(f"   {part}: {time.monotonic() - began:.0f} s")
    for name in PAIR:
        lab.power_cut(name)
