# SPDX-License-Identifier: Apache-2.0
"""A pair of one Upbeat and one packaged original, over any medium, key and format; and what befalls it.

Each CASE is a medium with its key and format and a list of events; mixed-media plays a few of them with each test run,
mixed-all every combination (LAB_ALL=1: it takes about an hour).
"""
import os

from common.foreign import lend
from rig.plan import director, host

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
    "ucast6": "ucast6 eth0 {peer6}",
    "mcast6": "mcast6 eth0 ff02::694 694 1 0",
}
HA_CF = """logfile /var/log/ha-log
debugfile /var/log/ha-debug
keepalive 400ms
warntime 1500ms
deadtime 3
initdead 6
udpport 694
{media}
msgfmt {format}
auto_failback {failback}
node {nodes}
"""


def hosts(upbeat):
    """upbeat: which seat runs the stack under test."""
    return [director(name, f"10.77.0.{n}/24", f"fd77::{n}/64", links={"eth1": ("second", [f"10.78.0.{n}/24"]),
                                                                       "cable": ("cable", [f"192.0.2.{n}/24"])},
                     stack="tested" if name == upbeat else "debian") for n, name in ((1, "alice"), (2, "bob"))]


class Pair:
    def __init__(self, lab, media, key, form, failback="on"):
        self.lab, self.media = lab, media
        self.upbeat = next(n for n in PAIR if lab.plan[n].stack == "tested")
        self.real = next(n for n in PAIR if n != self.upbeat)
        self.configure(key, form, failback)
        if "serial" in media:
            self.plug_cable(*PAIR)

    def configure(self, key, form, failback):
        for n, name in enumerate(PAIR, 1):
            folder = f"/proc/{self.lab.hosts[name].pid}/root/etc/ha.d"
            media = MEDIA[self.media].format(peer6=f"fd77::{3 - n}")
            write(f"{folder}/ha.cf", HA_CF.format(media=media, format=form, failback=failback, nodes=" ".join(PAIR)))
            write(f"{folder}/haresources", "".join(f"{node} IPaddr::{vip}/24/eth0\n" for node, vip in VIPS.items()))
            write(f"{folder}/authkeys", f"auth 1\n{KEYS[key]}\n", 0o600)

    def plug_cable(self, *names):
        """A null-modem cable: each host has a pseudo terminal, and a wire of its own joins them."""
        for name in names:
            program = lend(self.lab, name, os.path.join(os.path.dirname(__file__), "null_modem.py"), "null_modem.py")
            far = "192.0.2.2" if name == "alice" else ""
            self.lab.hosts[name].spawn(f"exec python3 {program} /dev/ttyS0 {far}")
        for name in names:
            self.lab.expect(f"{name} has a serial line", lambda n=name: self.lab.hosts[n].run("test -c /dev/ttyS0").rc == 0,
                            within=20, detail=True)

    # -- what is expected -------------------------------------------------------------------

    def each_its_own(self, within=60):
        for name in PAIR:
            self.lab.expect_only_holder(name, VIPS[name], PAIR, within=within)

    def all_on(self, name, within=60):
        for vip in VIPS.values():
            self.lab.expect_only_holder(name, vip, PAIR, within=within)

    def settled(self, within=40):
        """Ours is at rest. The original may say "transition" for ever, when its mach_down and its own takeover of a
        node that said goodbye cross each other; it is given a moment."""
        self.lab.expect_output(self.upbeat, "cl_status rscstatus", "^(local|foreign|all|none)$", 0, within=within)
        self.at_rest(self.real)

    def at_rest(self, name, within=8):
        self.lab.settle(lambda: (self.lab.hosts[name].run("cl_status rscstatus").out.strip() != "transition", ""), within, 0.3)

    def quiet(self, allowed="Cannot lock ourselves into memory"):
        """Nobody complains; `allowed`: what a pair of two originals says in this lab, too."""
        for name in PAIR:
            text = self.lab.hosts[name].read("/var/log/ha-log")[self.lab.log_marks.get(name, {}).get("/var/log/ha-log", 0):]
            bad = [line for line in text.splitlines() if (" ERROR: " in line or " CRIT: " in line) and allowed not in line]
            self.lab.check(f"no error in the log of {name}", not bad, "\n".join(bad[:8]), detail=True)

    # -- events -----------------------------------------------------------------------------

    def start_together(self):
        self.lab.step(f"{self.media}: both start")
        self.lab.start(*PAIR)
        self.each_its_own()
        self.settled()
        self.quiet()

    def start_upbeat_first(self):
        self.start_in_turn(self.upbeat, self.real)

    def start_real_first(self):
        self.start_in_turn(self.real, self.upbeat)

    def start_in_turn(self, first, second):
        self.lab.step(f"{self.media}: {first} starts, then {second}")
        self.lab.start(first)
        self.all_on(first)
        self.lab.start(second)
        self.each_its_own()
        self.settled()

    def stop(self, name):
        other = self.other(name)
        self.lab.step(f"{self.media}: {name} is stopped; {other} takes over, and gives back")
        self.lab.stop(name)
        self.all_on(other, within=20)
        # The original forgets its own takeover when the other one starts in the middle of it, and stays in transition.
        self.at_rest(other)
        self.lab.start(name)
        self.each_its_own()
        self.settled()
        self.quiet()

    def stop_upbeat(self):
        self.stop(self.upbeat)

    def stop_real(self):
        self.stop(self.real)

    def power(self, name):
        other = self.other(name)
        self.lab.step(f"{self.media}: {name} loses power; {other} takes over, and gives back")
        self.lab.power_cut(name)
        self.all_on(other, within=30)
        self.lab.power_on(name)
        if "serial" in self.media:
            self.plug_cable(name)
        self.lab.start(name)
        self.each_its_own()
        self.settled()

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
                self.lab.step(f"{self.media}: hb_standby {what} at {who}")
                self.lab.run(who, f"/usr/share/heartbeat/hb_standby {what}")
                for vip, holder in zip(VIPS.values(), holders):
                    self.lab.expect_only_holder(holder, vip, PAIR, within=40)
                self.settled()
        self.quiet()

    def fast_restart(self):
        for name in PAIR:
            self.lab.step(f"{self.media}: {name} restarts faster than its deadtime")
            self.lab.stop(name)
            self.lab.start(name)
            self.each_its_own()
            self.settled()

    def lossy(self):
        self.lab.step(f"{self.media}: 20 % loss both ways, duplicates, reordering; a standby and back")
        for name in PAIR:
            self.lab.netem(name, "delay 10ms 8ms loss 20% duplicate 5% reorder 10%")
        giver = self.upbeat
        self.lab.run(giver, "/usr/share/heartbeat/hb_standby all")
        self.all_on(self.other(giver), within=90)
        self.lab.run(self.other(giver), "/usr/share/heartbeat/hb_standby failback")
        self.each_its_own(within=90)
        for name in PAIR:
            self.lab.netem(name, "")
        for name in PAIR:
            self.lab.expect_no_log(name, "is dead")
        self.settled()

    def partition(self):
        self.lab.step(f"{self.media}: they do not hear each other for 6 s, then the network heals")
        began = self.lab.part(*PAIR)
        self.lab.expect(f"{self.upbeat} holds both", lambda: all(self.lab.watch.holds(self.upbeat, v) for v in VIPS.values()),
                        within=20)
        self.lab.pause_until(began + 6)
        self.lab.join()
        # The original drops everything and restarts; ours keeps, then gives back what prefers the other.
        self.each_its_own(within=90)
        self.settled(within=60)

    @staticmethod
    def other(name):
        return PAIR[1 - PAIR.index(name)]


def write(path, text, mode=0o644):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    os.chmod(path, mode)


def play(lab, cases):
    """cases: (media, key, format, failback, events...)."""
    for media, key, form, failback, *events in cases:
        lab.say(f"== {media}, {key}, {form}, auto_failback {failback}")
        pair = Pair(lab, media, key, form, failback)
        for event in events:
            getattr(pair, event)()
        lab.step(f"{media}: {pair.upbeat} is stopped, then both are switched off")
        lab.stop(pair.upbeat)
        for vip in VIPS.values():
            lab.expect_no_vip(pair.upbeat, vip, within=20, detail=True)
        for name in PAIR:     # an original in transition would not stop for an hour
            lab.power_cut(name)
            lab.power_on(name)
