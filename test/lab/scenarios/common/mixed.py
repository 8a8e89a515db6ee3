# SPDX-License-Identifier: Apache-2.0
"""A pair of one Upbeat and one packaged original, over any medium, key and format; and what befalls it.

A ROW is a medium with its key, format and failback policy and a list of events. mixed-media plays a few cells with each
test run; mixed-alice and mixed-bob play all rows, with Upbeat in that seat, mixed-loss-alice and mixed-loss-bob those that
want a kernel with netem. With --stack debian the same rows are played by two originals: what they complain of in the same
case is what they may complain of beside us (mixed_complaints.py). LAB_ROWS=name,name plays only these.
"""
import os
import re

from common import cable
from common.mixed_complaints import ERRORS_OF_A_PAIR, allowed
from rig.expect import at_times
from rig.plan import director

PAIR = ("alice", "bob")
VIPS = {"alice": "10.77.0.100", "bob": "10.77.0.101"}
KEYS = {"crc": "1 crc", "md5": "1 md5 between-alice-and-bob", "sha1": "1 sha1 between-alice-and-bob"}
MEDIA = {
    "ucast": "ucast eth0 10.77.0.1\nucast eth0 10.77.0.2",
    "bcast": "bcast eth0",
    "mcast": "mcast eth0 239.7.7.7 694 1 0",
    "two": "bcast eth0\nucast eth1 10.78.0.1\nucast eth1 10.78.0.2",
    "serial": "baud 115200\nserial /dev/ttyS0",
    "serial-and-bcast": "baud 19200\nserial /dev/ttyS0\nbcast eth0",
    "ucast6": "ucast6 eth0 fd77::{peer}",
    "ucast6-local": "ucast6 eth0 fe80::{peer}%eth0",
    "mcast6": "mcast6 eth0 ff02::694 694 1 0",
}
HA_CF = """logfile /var/log/ha-log
debugfile /var/log/ha-debug
keepalive 400ms
warntime 1500ms
deadtime {deadtime}
initdead {initdead}
udpport 694
{media}
msgfmt {format}
auto_failback {failback}
node {nodes}
"""
# name: medium, key, format, auto_failback, events. Each medium meets each kind of event at least once, each key and
# format each medium or its like. With msgfmt netstring an original loses the word of a script that comes next after a word
# of one of its own processes: its takeovers and standbys do not come to their end, beside whomever. There, it takes over
# last or not at all.
ROWS = {
    "bcast": ("bcast", "crc", "classic", "on", "start_together", "stop_upbeat", "stop_real", "fast_restart_upbeat",
              "fast_restart_real", "standby", "third_node"),
    "ucast": ("ucast", "md5", "classic", "on", "start_upbeat_first", "cut_upbeat", "cut_real", "standby"),
    "mcast": ("mcast", "sha1", "classic", "on", "start_real_first", "standby", "crash_upbeat", "crash_real",
              "fast_restart_upbeat"),
    "two": ("two", "sha1", "netstring", "on", "start_together", "one_medium_lost", "stop_real", "fast_restart_real",
            "cut_real", "crash_real", "crash_upbeat", "cut_upbeat"),
    "two-partition": ("two", "md5", "classic", "on", "start_real_first", "stop_upbeat", "standby", "partition"),
    "serial": ("serial", "crc", "netstring", "on", "start_upbeat_first", "stop_real", "fast_restart_real", "cut_upbeat"),
    "serial-standby": ("serial", "md5", "classic", "on", "start_together", "standby", "stop_upbeat", "fast_restart_upbeat"),
    "serial-and-bcast": ("serial-and-bcast", "sha1", "classic", "on", "start_real_first", "one_medium_lost", "cut_real",
                         "stop_upbeat", "partition"),
    "ucast6": ("ucast6", "sha1", "classic", "on", "start_real_first", "stop_upbeat", "cut_upbeat", "standby"),
    "ucast6-local": ("ucast6-local", "crc", "classic", "on", "start_upbeat_first", "stop_real", "cut_real", "fast_restart_upbeat"),
    "mcast6": ("mcast6", "md5", "netstring", "on", "start_together", "stop_real", "cut_real"),
    "partition": ("bcast", "sha1", "classic", "on", "start_together", "partition", "partition"),
    "off": ("bcast", "sha1", "classic", "off", "start_together", "stop_upbeat", "stop_real", "cut_upbeat", "cut_real",
            "standby", "third_node"),
    "off-restart": ("ucast", "crc", "classic", "off", "start_upbeat_first", "fast_restart_real", "fast_restart_upbeat",
                    "partition"),
    "off-in-turn": ("mcast", "md5", "netstring", "off", "start_together", "stop_real", "crash_upbeat", "crash_real"),
    "legacy": ("bcast", "md5", "classic", "legacy", "start_together", "stop_upbeat", "stop_real", "fast_restart_upbeat",
               "fast_restart_real"),
    "legacy-cut": ("ucast", "sha1", "netstring", "legacy", "start_upbeat_first", "cut_upbeat", "cut_real", "partition"),
    "legacy-in-turn": ("mcast", "crc", "classic", "legacy", "start_real_first", "crash_upbeat", "crash_real"),
}
# A kernel with netem is slow (User-Mode Linux), so times are longer.
LOSS_ROWS = {
    "loss": ("ucast", "md5", "classic", "on", "start_together", "lossy_standby", "lossy_standby"),
    "loss-bcast": ("bcast", "sha1", "classic", "on", "start_together", "lossy_restart", "lossy_standby"),
    "loss-netstring": ("mcast", "crc", "netstring", "on", "lossy_start"),
    "loss-two": ("two", "crc", "classic", "off", "start_together", "lossy_standby"),
    "reorder": ("mcast", "sha1", "classic", "on", "start_together", "reordered_standby", "duplicated_standby"),
    "loss-cut": ("bcast", "md5", "classic", "on", "start_together", "lossy_cut_upbeat", "lossy_cut_real"),
    "loss-cut-off": ("ucast", "crc", "classic", "off", "start_together", "lossy_cut_upbeat", "lossy_cut_real"),
}
LOSSY = "delay 10ms 8ms loss 20%"


def hosts(upbeat):
    """upbeat: which seat runs the stack under test."""
    return [director(name, f"10.77.0.{n}/24", f"fd77::{n}/64", f"fe80::{n}/64", links={"eth1": ("second", [f"10.78.0.{n}/24"]),
                                                                       "cable": ("cable", [f"192.0.2.{n}/24"])},
                     stack="tested" if name == upbeat else "debian") for n, name in ((1, "alice"), (2, "bob"))]


class Pair:
    def __init__(self, lab, media, key, form, failback="on", slow=1):
        self.lab, self.media, self.failback = lab, media, failback
        self.deadtime, self.slow, self.deaf = 3 * slow, slow, form == "netstring"
        self.upbeat = next(n for n in PAIR if lab.plan[n].stack == "tested")
        self.real = self.other(self.upbeat)
        self.both_real = lab.stack == "debian"
        self.configure(key, form)
        self.event, self.began = "", 0.0
        self.said = {name: [] for name in PAIR}     # what each has complained of in this row
        self.stuck = set()      # originals that say "transition" until their next takeover
        if "serial" in media:
            self.plug_cable(*PAIR)

    def configure(self, key, form):
        for n, name in enumerate(PAIR, 1):
            folder = f"/proc/{self.lab.hosts[name].pid}/root/etc/ha.d"
            media = MEDIA[self.media].format(peer=3 - n)
            write(f"{folder}/ha.cf", HA_CF.format(media=media, format=form, failback=self.failback, nodes=" ".join(PAIR),
                                                  deadtime=self.deadtime, initdead=(3 if self.slow == 1 else 10) * self.deadtime))
            write(f"{folder}/haresources", "".join(f"{node} IPaddr::{vip}/24/eth0\n" for node, vip in VIPS.items()))
            write(f"{folder}/authkeys", f"auth 1\n{KEYS[key]}\n", 0o600)

    def plug_cable(self, *names):
        """A null-modem cable: each host has a pseudo terminal, and a wire of its own joins them."""
        for name in PAIR:       # a host that has booted anew has another address on the wire
            if self.lab.hosts[name].is_on:
                self.lab.hosts[name].run("ip neigh flush dev cable")
        for name in names:
            cable.plug(self.lab, name, "/dev/ttyS0", "192.0.2.2" if name == "alice" else "")
        for name in names:
            cable.expect_line(self.lab, name, "/dev/ttyS0")

    # -- what is expected -------------------------------------------------------------------

    def holder(self, vip, name, within, original=None):
        self.lab.expect_only_holder(name, vip, PAIR, within=within * self.slow, original=original)

    def each_its_own(self, within=60, original=None):
        for name in PAIR:
            self.holder(VIPS[name], name, within, original)

    def all_on(self, name, within=60):
        for vip in VIPS.values():
            self.holder(vip, name, within)

    def settled(self, within=40):
        """Both are at rest."""
        for name in PAIR:
            self.at_rest(name, "^(local|foreign|all|none)$", within)

    def at_rest(self, name, want, within=40):
        if name not in self.stuck:
            self.lab.expect_output(name, "cl_status rscstatus", want, 0, within=within * self.slow)

    def note_stuck(self, name):
        """An original that starts alone hears the end of its own takeover before it listens for it, mostly; with msgfmt
        netstring it never hears it. It is in transition until it takes over once more, and would not stop for an hour."""
        self.stuck.discard(name)
        if name != self.upbeat or self.both_real:
            good = self.lab.settle(lambda: (self.lab.hosts[name].run("cl_status rscstatus").out.strip() != "transition", ""),
                                   4, 0.3)[0]
            if not good:
                self.stuck.add(name)
                self.lab.report.line(f"      (the original on {name} stays in transition after a takeover)")

    def began_with(self, event, title):
        """A step; `event` names what a pair of originals complains of meanwhile."""
        self.event, self.failed = event, self.lab.report.failed
        self.began = self.lab.step(f"{self.media}: {title}")

    def ended(self, one_holder=True):
        """Nobody had what the other had, and nobody complains of more than two originals do in this case."""
        if one_holder:
            for vip in VIPS.values():
                seconds = self.together(vip)
                self.lab.check(f"at no time did both hold {vip}", seconds < 0.1 * self.slow, f"for {seconds:.1f} s",
                               original=at_times("both hold it for a while"), detail=True)
        texts = {name: self.lab.hosts[name].read("/var/log/ha-log")[
            self.lab.log_marks.get(name, {}).get("/var/log/ha-log", 0):] for name in PAIR}
        for name in PAIR:
            lines = complaints(texts[name])
            self.said[name] += lines
            if self.both_real:
                for line in sorted(set(normal(text) for text in lines)):
                    if not allowed(self.event, self.failback, line):
                        self.lab.report.line(f"complaint {self.event} {self.failback} | {line}")
                continue
            bad = [line for line in lines if not allowed(self.event, self.failback, normal(line), name == self.upbeat)]
            who = "Upbeat" if name == self.upbeat else "the original"
            self.lab.check(f"{self.event}: {who} on {name} complains of nothing that two originals would not", not bad,
                           "\n".join(bad[:12]), detail=True)
        if self.lab.report.failed > self.failed:
            for name in PAIR:
                self.lab.report.line(f"   log of {name}:")
                for line in texts[name].splitlines():
                    self.lab.report.line("      " + line)

    def tell_count(self, row):
        """In a whole row ours has no more lines of errors than the original beside it, nor than one of a pair of originals.
        Gives how many ours has."""
        count = {name: sum(COMPLAINT.search(line).group(1)[:4] != "WARN" for line in lines) for name, lines in self.said.items()}
        told = ", ".join(f"{'Upbeat' if name == self.upbeat and not self.both_real else 'the original'} on {name}: "
                         f"{count[name]} errors, {len(lines) - count[name]} warnings" for name, lines in self.said.items())
        self.lab.report.line(f"   {row or self.media:18} {told}")
        if self.both_real:
            return 0
        ours, lines = count[self.upbeat], "\n".join(self.said[self.upbeat])
        for who, most in (("the original beside it", count[self.real]), ("one of two originals", ERRORS_OF_A_PAIR.get(row))):
            if most is not None:
                self.lab.check(f"no more errors of Upbeat in this row than of {who}", ours <= most,
                               f"{ours} and {most}" + (f"\n{lines}" if ours > most else ""), detail=True)
        return ours

    def together(self, vip):
        """For how long since the step both held it, in seconds."""
        holders, since, longest = set(), None, 0.0
        for moment, name, sign, address in self.lab.watch.since(0, None, vip):
            if sign == "+":
                holders.add(name)
            else:
                holders.discard(name)
            if len(holders) > 1 and since is None:
                since = moment
            elif len(holders) < 2 and since is not None:
                if moment >= self.began:
                    longest = max(longest, moment - max(since, self.began))
                since = None
        return max(longest, self.lab.now() - max(since, self.began)) if since is not None else longest

    def hb_standby(self, who, what):
        """With msgfmt netstring an original loses the word of a script that comes after one of its own processes; with the
        other one, when two of them speak at the same time ("msg2string: Message with zero fields" in its log)."""
        tries = 2 if who != self.upbeat or self.both_real else 1
        for left in range(tries - 1, -1, -1):
            seen = self.lab.hosts[who].read("/var/log/ha-log").count("wants to go standby")
            self.lab.run(who, f"/usr/share/heartbeat/hb_standby {what}")
            if left and not self.lab.settle(lambda: (self.lab.hosts[who].read("/var/log/ha-log").count(
                    "wants to go standby") > seen, ""), 4 * self.slow ** 2)[0]:
                self.lab.report.line(f"      (the original on {who} has not heard its hb_standby: once more)")
                continue
            return

    def would_not_stop(self, name):
        if self.deaf and self.failback != "legacy":
            self.note_stuck(name)
        if name in self.stuck:
            self.lab.report.line(f"      (the original on {name} would not stop: left out)")
        return name in self.stuck

    def halt(self, name):
        """/etc/init.d/heartbeat stop. With msgfmt netstring an original loses the word that all is given up as it loses
        others, and would wait for it for an hour: by then nothing is left there but its processes."""
        if not self.deaf or (name == self.upbeat and not self.both_real):
            return self.lab.stop(name)
        job = self.lab.hosts[name].spawn("/etc/init.d/heartbeat stop")

        def over():
            job.host.pump(0.05)
            return job.result is not None, ""
        if not self.lab.settle(over, 20 * self.slow)[0]:
            self.lab.expect_log(name, "All HA resources relinquished", within=1)
            self.lab.report.line(f"      (the original on {name} has not heard its own end: it is killed)")
            self.lab.run(name, "kill -9 $(ps -eo pid,args | awk '$2 ~ /heartbeat/ && !/awk/ {print $1}')")

    def taken_over(self, name):
        self.stuck.discard(name)
        if self.deaf:
            self.note_stuck(name)

    def back_to_rest(self, returned):
        """`returned` is back after it was away; in the end each has its own again."""
        if self.failback == "off":
            other = self.other(returned)
            self.lab.expect_log(returned, "Initial resource acquisition complete", within=40 * self.slow)
            self.all_on(other, within=40)
            self.settled()
            self.hb_standby(other, "failback")
        self.each_its_own(original=at_times("nothing goes back after a takeover with msgfmt netstring") if self.deaf else None)
        if self.failback != "legacy":
            self.settled()

    # -- events -----------------------------------------------------------------------------

    def start_together(self):
        self.began_with("start_together", "both start")
        self.lab.start(*PAIR)
        self.each_its_own()
        self.settled()
        self.ended()

    def start_upbeat_first(self):
        self.start_in_turn(self.upbeat, self.real)

    def start_real_first(self):
        self.start_in_turn(self.real, self.upbeat)

    def start_in_turn(self, first, second):
        self.began_with("start_in_turn", f"{first} starts, then {second}")
        self.lab.start(first)
        self.all_on(first)
        self.note_stuck(first)
        self.at_rest(first, "^(all|none)$")
        self.lab.start(second)
        if self.failback == "off":
            self.lab.expect_output(second, "cl_status nodestatus " + second, "^active$", 0, within=30 * self.slow)
        self.back_to_rest(second)
        self.ended()

    def stop(self, name):
        other = self.other(name)
        if self.would_not_stop(name):
            return
        self.began_with("stop", f"{name} is stopped; {other} takes over, and gives back")
        self.halt(name)
        self.all_on(other, within=20)
        self.taken_over(other)
        self.at_rest(other, "^(all|none)$")
        self.lab.start(name)
        self.back_to_rest(name)
        self.ended()

    def stop_upbeat(self):
        self.stop(self.upbeat)

    def stop_real(self):
        self.stop(self.real)

    def power(self, name):
        other = self.other(name)
        self.began_with("cut", f"{name} loses power; {other} takes over, and gives back")
        self.lab.power_cut(name)
        self.all_on(other, within=30)
        self.stuck.discard(name)
        self.taken_over(other)
        self.lab.power_on(name)
        self.lab.hosts[other].run("ip -6 neigh flush dev eth0")     # it has another network card than before
        if "serial" in self.media:
            self.plug_cable(name)
        self.lab.start(name)
        self.back_to_rest(name)
        self.ended()

    def cut_upbeat(self):
        self.power(self.upbeat)

    def cut_real(self):
        self.power(self.real)

    def standby(self):
        """Every set, asked on either side: all of it goes over, what is foreign there comes back; then local only."""
        for giver in PAIR:
            taker = self.other(giver)
            for who, what, holders in ((giver, "all", (taker, taker)), (taker, "failback", PAIR),
                                       (giver, "local", (taker, taker)), (taker, "foreign", PAIR)):
                self.began_with("standby", f"hb_standby {what} at {who}")
                self.hb_standby(who, what)
                self.lab.expect_log(who, "Other node completed standby takeover", within=40 * self.slow)
                for vip, holder in zip(VIPS.values(), holders):
                    self.holder(vip, holder, 40)
                self.settled()
                for name in self.stuck:     # in transition by its own word, it refuses while the other is, for all that it has read
                    mark = self.lab.log_marks.get(name, {}).get("/var/log/ha-log", 0)
                    self.lab.settle(lambda: ("remote resource transition completed" in self.lab.hosts[name].read("/var/log/ha-log")[mark:], ""),
                                    4 * self.slow)
                self.ended()

    def fast_restart(self, name):
        if self.would_not_stop(name):
            return
        self.began_with("fast_restart", f"{name} restarts faster than its deadtime")
        self.halt(name)
        self.stuck.discard(self.other(name))
        self.lab.start(name)
        if self.deaf:
            self.note_stuck(self.other(name))
        self.back_to_rest(name)
        self.ended()

    def fast_restart_upbeat(self):
        self.fast_restart(self.upbeat)

    def fast_restart_real(self):
        self.fast_restart(self.real)

    def crash(self, name):
        """Its processes are killed and started again before anybody calls it dead; its addresses stay."""
        self.began_with("crash", f"heartbeat is killed on {name}, and started again at once")
        self.lab.run(name, "kill -9 $(ps -eo pid,args | awk '$2 ~ /heartbeat|hbd/ && !/awk/ {print $1}')")
        self.stuck.discard(name)
        self.lab.start(name)
        self.lab.expect_output(name, "cl_status nodestatus " + name, "^active$", 0, within=30 * self.slow)
        self.each_its_own(original=at_times("what was held there is nobody's after it"))
        self.settled()
        self.ended()

    def crash_upbeat(self):
        self.crash(self.upbeat)

    def crash_real(self):
        self.crash(self.real)

    def third_node(self):
        """hb_addnode of a node that does not come: an original takes its end for ours, and says that it has our groups."""
        self.began_with("third_node", "hb_addnode and hb_delnode of a third node that never comes")
        self.lab.run(self.real, "/usr/share/heartbeat/hb_addnode carol")
        self.lab.expect_log(self.real, "node carol: is dead", within=40 * self.slow)
        self.lab.expect_log(self.real, "mach_down takeover complete for node carol", within=20 * self.slow)
        for name in PAIR:
            self.lab.expect_output(name, "cl_status nodestatus carol", "^dead$", 1, within=20 * self.slow)
        self.same_nodes(PAIR + ("carol",))
        # Longer than anybody has patience with who holds the same.
        self.lab.expect_stays("each goes on serving its own", lambda: (all(self.lab.watch.holders(vip) == [name] for name, vip in
                                                                           VIPS.items()), "not so"), 35)
        self.settled()
        self.lab.run(self.real, "/usr/share/heartbeat/hb_delnode carol")
        for name in PAIR:
            self.lab.expect_log(name, "Removing node .carol. from configuration", within=20 * self.slow)
        self.same_nodes(PAIR)
        self.lab.expect_stays("and after its end", lambda: (all(self.lab.watch.holders(vip) == [name] for name, vip in
                                                                VIPS.items()), "not so"), 3)
        self.ended()

    def same_nodes(self, nodes):
        lists = [self.lab.hosts[name].run("cl_status listnodes").out.split() for name in PAIR]
        self.lab.check("both list the same nodes", all(sorted(seen) == sorted(nodes) for seen in lists), lists)

    def one_medium_lost(self):
        """One of two media is dead: no more than a word about the link."""
        self.began_with("one_medium_lost", "the first of two media is lost and comes back")
        names = [line.split()[1] for line in MEDIA[self.media].splitlines() if line.split()[0] in ("bcast", "ucast")]
        nic = names[0]
        other = self.other(self.upbeat)
        for name in PAIR:     # a link that never was up does not die
            self.lab.expect_output(name, f"cl_status hblinkstatus {self.other(name)} {nic}", "^up$", 0, within=20 * self.slow)
        for name in PAIR:
            self.lab.cut(name, nic)
        for name, peer in ((self.upbeat, other), (other, self.upbeat)):
            self.lab.expect_log(name, f"Link {peer}:{nic} dead", within=20 * self.slow)
            self.lab.expect_output(name, f"cl_status nodestatus {peer}", "^active$", 0)
        self.each_its_own(within=1)
        for name in PAIR:
            self.lab.heal(name, nic)
        for name, peer in ((self.upbeat, other), (other, self.upbeat)):
            self.lab.expect_log(name, f"Link {peer}:{nic} up", within=20 * self.slow)
        self.settled()
        self.ended()

    def disturbed(self, what, text):
        self.began_with("lossy", f"{what}; a standby and back, asked on either side")
        for name in PAIR:
            self.lab.netem(name, text)
        for giver in (self.upbeat, self.real):
            self.hb_standby(giver, "all")
            self.all_on(self.other(giver), within=90)
            self.settled()
            self.hb_standby(self.other(giver), "failback")
            self.each_its_own(within=90)
            self.settled()
        for name in PAIR:
            self.lab.netem(name, "")
        for name in PAIR:
            self.lab.expect_no_log(name, "is dead")
        self.settled()
        self.ended()

    def lossy_standby(self):
        self.disturbed("20 % loss both ways, duplicates, reordering", "delay 10ms 8ms loss 20% duplicate 5% reorder 10%")

    def reordered_standby(self):
        self.disturbed("a third arrives early", "delay 60ms 20ms reorder 33%")

    def duplicated_standby(self):
        self.disturbed("a third arrives twice, late", "delay 20ms 15ms duplicate 33%")

    def lossy_start(self):
        self.began_with("start_together", "both start, with 20 % loss both ways")
        for name in PAIR:
            self.lab.netem(name, LOSSY)
        self.lab.start(*PAIR)
        self.each_its_own()
        self.settled()
        for name in PAIR:
            self.lab.netem(name, "")
        self.ended()

    def lossy_restart(self):
        for name in PAIR:
            self.began_with("lossy_restart", f"20 % loss both ways; {name} is stopped and started")
            for each in PAIR:
                self.lab.netem(each, LOSSY)
            self.lab.stop(name)
            self.all_on(self.other(name), within=40)
            self.lab.expect_output(self.other(name), "cl_status rscstatus", "^(all|none)$", 0, within=60 * self.slow)
            self.lab.start(name)
            self.back_to_rest(name)
            for each in PAIR:
                self.lab.netem(each, "")
            self.ended()

    def lossy_cut(self, name):
        """Who lost its power says nothing: the survivor acts when its dead time is over, which begins with the last beat that
        came. What is lost can only bring that forward, so it takes no longer than without loss."""
        other = self.other(name)
        self.began_with("lossy_cut", f"20 % loss both ways; {name} loses power; {other} takes over")
        for each in PAIR:
            self.lab.netem(each, LOSSY)
        for each in PAIR:
            self.lab.expect_log(each, "lost packet", within=10 * self.slow)
        cut = self.lab.power_cut(name)
        bound = self.deadtime + 2       # seconds; they look often enough to be within one of it, and the machine is slow
        self.lab.expect_log(other, f"WARN: node {name}: is dead", within=bound)
        self.all_on(other)
        if other == self.upbeat and not self.both_real:       # the scripts of the original alone take ten seconds there
            took = next((moment for moment, _, sign, _ in self.lab.watch.since(cut, other, VIPS[name]) if sign == "+"), self.lab.now())
            self.lab.expect_time(f"{other} has {VIPS[name]} soon after its dead time", took - cut, bound, cut, took)
        self.stuck.discard(name)
        self.stuck.discard(other)
        if other == self.real or self.both_real:
            self.note_lost_end(other)
        self.lab.power_on(name)
        self.lab.netem(name, LOSSY)     # it is at another port of the switch than before
        self.lab.start(name)
        if other in self.stuck and self.failback == "off":      # it would refuse an hb_standby
            self.lab.expect_log(name, "Initial resource acquisition complete", within=40 * self.slow)
            self.all_on(other)
        else:
            self.back_to_rest(name)
        for each in PAIR:
            self.lab.netem(each, "")
        self.ended()

    def note_lost_end(self, name):
        """The last word of an original's takeover is lost when another of its scripts speaks at the same time, as on a slow
        machine: then it is in transition until its next takeover."""
        mark = self.lab.log_marks.get(name, {}).get("/var/log/ha-log", 0)
        if not self.lab.settle(lambda: ("info: mach_down takeover complete.\n" in self.lab.hosts[name].read("/var/log/ha-log")[mark:],
                                        ""), 15 * self.slow)[0]:
            self.stuck.add(name)
            self.lab.report.line(f"      (the original on {name} has lost the end of its takeover: it stays in transition)")

    def lossy_cut_upbeat(self):
        self.lossy_cut(self.upbeat)

    def lossy_cut_real(self):
        self.lossy_cut(self.real)

    def partition(self):
        self.began_with("partition", "they do not hear each other for 6 s, then the network heals")
        began = self.lab.part(*PAIR)
        for nic in ("eth1", "cable"):
            for name in PAIR:
                self.lab.cut(name, nic)
        self.lab.expect(f"{self.upbeat} holds both", lambda: all(self.lab.watch.holds(self.upbeat, v) for v in VIPS.values()),
                        within=20)
        self.lab.pause_until(began + 6)
        for nic in ("eth1", "cable"):
            for name in PAIR:
                self.lab.heal(name, nic)
        self.lab.join()
        # The original drops everything and restarts; ours keeps, then gives back what prefers the other.
        if self.failback == "off" and not self.both_real:
            self.lab.expect_log(self.real, "Initial resource acquisition complete", within=90 * self.slow)
            self.all_on(self.upbeat, within=30)
            self.settled(within=60)
            self.hb_standby(self.upbeat, "failback")
        self.each_its_own(within=90)
        if self.deaf:
            for name in PAIR:
                self.note_stuck(name)
        self.settled(within=60)
        self.ended(one_holder=False)

    @staticmethod
    def other(name):
        return PAIR[1 - PAIR.index(name)]


COMPLAINT = re.compile(r"(?:: |\s)(EMERG|CRIT|ERROR|WARN|WARNING|CRITICAL): ")


def complaints(text):
    return [line for line in text.splitlines() if COMPLAINT.search(line)]


def normal(line):
    """Without what differs from run to run: `ERROR: Both machines own our resources!`"""
    text = line[COMPLAINT.search(line).start(1):]
    text = re.sub(r"\b(alice|bob)\b", "NODE", text)
    return re.sub(r"0x[0-9a-f]+|\d+", "#", text)


def write(path, text, mode=0o644):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    os.chmod(path, mode)


def play_rows(lab, rows, slow=1):
    chosen = [name for name in os.environ.get("LAB_ROWS", "").split(",") if name]
    ours = sum(play(lab, [row], slow, name) for name, row in rows.items() if not chosen or name in chosen)
    if not chosen and lab.stack != "debian":
        most = sum(ERRORS_OF_A_PAIR[name] for name in rows)
        lab.check("in all rows together Upbeat has fewer errors than one of two originals, or neither has any",
                  ours < most or ours == most == 0, f"{ours} and {most}")


def play(lab, cases, slow=1, row=""):
    """cases: (media, key, format, failback, events...). Gives how many lines of errors Upbeat has in them."""
    ours = 0
    for media, key, form, failback, *events in cases:
        lab.report.line(f"-- {row or media}: {media}, {key}, {form}, auto_failback {failback}, "
                        f"Upbeat on {[n for n in PAIR if lab.plan[n].stack == 'tested'][0]}")
        pair = Pair(lab, media, key, form, failback, slow)
        before = lab.report.failed
        for event in events:
            failed, began = lab.report.failed, lab.now()
            getattr(pair, event)()
            bad = lab.report.failed - failed
            lab.report.line(f"   {row or media:18} {event:22} {'ok' if not bad else f'{bad} failed'}   "
                            f"({lab.now() - began:.0f} s)")
        ours += pair.tell_count(row)
        if lab.report.failed == before and not pair.both_real:
            lab.step(f"{media}: {pair.upbeat} is stopped, then both are switched off")
            lab.stop(pair.upbeat)
            for vip in VIPS.values():
                lab.expect_no_vip(pair.upbeat, vip, within=20, detail=True)
        for name in PAIR:     # an original in transition would not stop for an hour
            lab.power_cut(name)
            lab.power_on(name)
    return ours
