# SPDX-License-Identifier: Apache-2.0
"""Each of hbd's two processes is killed and stopped, while it holds the address and while it does not; the guard starts again
what was killed, and where it was killed, too, the next start does."""
import re

from common.pair import PAIR, VIP, hosts, start_pair

TITLE = "kill -9 and SIGSTOP of hbd's processes, holding and idle"
HOSTS = hosts("common/pair-deadtime-1")
STACKS = ("upbeat",)
LIMIT = 360
DEADTIME = 1.0
LOG = "/var/log/ha-log"
MASTER = "cat /run/heartbeat.pid"
CHILD = "pgrep -f '^heartbeat: cluster process'"
SOCKET = "/run/heartbeat/register"
GUARD = "pgrep -f '^heartbeat: guard process'"


class Play:
    def __init__(self, lab):
        self.lab = lab
        self.stopped_for = 0.0

    def pid(self, host, which):
        return self.lab.hosts[host].run(which).out.strip()

    def signal(self, host, name, *which):
        pids = " ".join(self.pid(host, one) for one in which)
        self.lab.run(host, f"kill -{name} {pids}")
        return self.lab.now()

    def holders(self):
        return [h for h in PAIR if self.lab.watch.holds(h, VIP)]

    def only(self, host):
        found = self.holders()
        return found == [host], f"held by {', '.join(found) or 'nobody'}"

    def quiet(self, since):
        """Longer than a deadtime: alice alone has the address without a flicker, and nobody is said to be dead."""
        lab = self.lab
        while lab.now() < since + 2.5 * DEADTIME:
            good, seen = self.only("alice")
            if not good:
                return False, f"after {lab.now() - since:.2f} s: {seen}"
            lab.pause_until(lab.now() + 0.02)
        moves = lab.watch.since(since, address=VIP)
        dead = [node for node in PAIR if re.search("WARN: node .*: is dead", self.fresh_log(node))]
        return not moves and not dead, f"moves {moves}, dead according to {dead}"

    def fresh_log(self, node):
        return self.lab.hosts[node].read(LOG)[self.lab.log_marks[node].get(LOG, 0):]

    def nothing_happens(self, title, act):
        """act() -> the moment. Half a deadtime is what the parent waits for its child: where the machine itself stood
        still for a part of the rest, the round says nothing, and is played again."""
        lab = self.lab
        for left in (2, 1, 0):
            lab.step(title)
            since = act()
            good, seen = self.quiet(since)
            stalled = lab.yardstick.stalled(since)
            if good or stalled < 0.1 or not left:
                break
            lab.say(f"The machine stood still for {stalled * 1000:.0f} ms: once more.")
            lab.settle(lambda: self.only("alice"), 20)
        lab.check("alice alone holds the address all the time, and nobody is called dead", good, seen if not good else "")

    def new_child(self, host, old):
        self.lab.expect(f"{host} has another child",
                        lambda: (self.pid(host, CHILD) not in ("", old), self.pid(host, CHILD)), within=10)

    def child_dies(self, host):
        old = self.pid(host, CHILD)
        self.nothing_happens(f"kill -9 of the child on {host}", lambda: self.signal(host, 9, CHILD))
        self.lab.expect_log(host, r"cluster process \d+ was killed by signal 9\. Restarting it with what it held\.")
        self.new_child(host, old)

    def child_hangs(self, host):
        old = self.pid(host, CHILD)
        self.nothing_happens(f"SIGSTOP of the child on {host}", lambda: self.signal(host, "STOP", CHILD))
        self.lab.expect_log(host, r"cluster process \d+ has not moved for \d+ ms\. Killing it and starting it anew\.")
        self.new_child(host, old)

    def child_hesitates(self, host):
        """Less than half a deadtime is no reason to replace it."""
        old = self.pid(host, CHILD)
        for left in (4, 3, 2, 1, 0):
            self.nothing_happens(f"SIGSTOP of the child on {host} for {0.3 * DEADTIME} s",
                                 lambda: self.stop_for(0.3 * DEADTIME, host, CHILD))
            if self.stopped_for < 0.4 * DEADTIME or not left:
                break
            self.lab.say(f"It stood still for {self.stopped_for * 1000:.0f} ms: once more.")
            old = self.pid(host, CHILD)
        now = self.pid(host, CHILD)
        self.lab.check("it is the same child as before", now == old, f"{old}, then {now}; stopped for {self.stopped_for:.2f} s")
        self.lab.expect_no_log(host, "has not moved for")

    def master_hesitates(self, host):
        self.nothing_happens(f"SIGSTOP of the parent on {host} for {0.6 * DEADTIME} s",
                             lambda: self.stop_for(0.6 * DEADTIME, host, MASTER))

    def master_hangs(self, host):
        self.nothing_happens(f"SIGSTOP of the parent on {host}", lambda: self.signal(host, "STOP", MASTER))
        self.nothing_happens(f"SIGCONT of the parent on {host}", lambda: self.signal(host, "CONT", MASTER))

    def at_work(self, host):
        """One that dies within its first 10 s is started again only after a while."""
        self.lab.expect(f"{host}'s parent has lived for a while",
                        lambda: (int(self.lab.hosts[host].run(f"ps -o etimes= -p $({MASTER})").out.strip() or 0) > 10, ""), within=15)

    def started_again(self, host, master):
        lab = self.lab
        lab.expect_log(host, rf"CRIT: The master control process {master} died without a stop: started again\.")
        lab.expect(f"{host} has another parent, and another guard",
                   lambda: (self.pid(host, MASTER) not in ("", master) and self.pid(host, GUARD), ""), within=10)

    def master_dies(self, host):
        self.at_work(host)
        master, child = self.pid(host, MASTER), self.pid(host, CHILD)
        self.nothing_happens(f"kill -9 of the parent on {host}", lambda: self.signal(host, 9, MASTER))
        self.started_again(host, master)
        if host == "alice":     # one that holds nothing has left by itself
            self.lab.expect_log(host, r"Found the cluster process of a master that died; continuing with what it held\.")
        self.new_child(host, child)
        self.lab.expect_output(host, "/etc/init.d/heartbeat status", "OK", rc=0)

    def stopped_before_it_is_started_again(self):
        """Within the pause that the guard of a short life makes: nobody is to be surprised by another start."""
        lab = self.lab
        lab.step("kill -9 of both processes on bob, just started, and a stop")
        lab.stop("bob")
        lab.start("bob")
        self.signal("bob", 9, MASTER, CHILD)
        lab.expect_output("bob", "/etc/init.d/heartbeat stop", "", 0)
        lab.expect_stays("it stays stopped", lambda: (lab.hosts["bob"].run("/etc/init.d/heartbeat status").rc == 3, ""), seconds=7)
        lab.expect("the guard has gone, too", lambda: (not self.pid("bob", GUARD), ""))
        lab.start("bob")
        lab.expect_log("alice", "Status update for node bob: status active", within=20)

    def a_start_that_fails(self):
        lab = self.lab
        lab.step("kill -9 of both processes on bob, where a start fails for a while")
        self.at_work("bob")
        master = self.pid("bob", MASTER)
        lab.run("bob", f"rm -f {SOCKET}; mkdir {SOCKET}")
        self.signal("bob", 9, MASTER, CHILD)
        lab.expect_log("bob", f"CRIT: .*{SOCKET}: Address already in use")
        lab.run("bob", f"rmdir {SOCKET}")
        self.started_again("bob", master)
        lab.expect_log("alice", "Status update for node bob: status active", within=20)

    def both_of_holder_die(self):
        lab = self.lab
        lab.step("kill -9 of both processes on alice, which holds the address")
        self.at_work("alice")
        master = self.pid("alice", MASTER)
        since = self.signal("alice", 9, MASTER, CHILD)
        self.started_again("alice", master)
        lab.expect("one of them holds the address", lambda: (len(self.holders()) == 1, f"held by {', '.join(self.holders())}"), within=10)
        lab.expect("alice has it back", lambda: self.only("alice"), within=20)
        lab.expect_stays("and stays the only one", lambda: self.only("alice"), seconds=2 * DEADTIME)
        both, nobody = self.together(since), self.away(since)
        lab.check("at no time did both hold it", both < 0.05, f"for {both:.2f} s")
        lab.check("and nobody for no longer than a failover", nobody < DEADTIME + 0.5, f"for {nobody:.2f} s")

    def master_of_holder_dies(self):
        lab = self.lab
        master = self.pid("alice", MASTER)
        since = lab.now()
        self.nothing_happens("kill -9 of the guard and of the parent on alice, which holds the address",
                             lambda: self.signal("alice", 9, GUARD, MASTER))
        lab.expect_log("alice", rf"CRIT: The master control process {master} is gone\. What this node holds stays",
                       file="/var/log/syslog")
        lab.expect_output("alice", "/etc/init.d/heartbeat status", "still held by the cluster process", rc=3)
        started = lab.start("alice")
        lab.check("the start says who holds the resources", "still holds this node's resources: taking over from it"
                  in started.out and "CRITICAL" not in started.out, started.out)
        lab.expect_log("alice", r"Found the cluster process of a master that died; continuing with what it held\.")
        lab.check("the address did not even flicker", *self.quiet(since))

    def stopped_without_a_master(self):
        """heartbeat -k when only the cluster process is left: it takes over from it, and gives everything up."""
        lab = self.lab
        lab.step("kill -9 of the guard and of the parent on alice, then heartbeat -k")
        self.signal("alice", 9, GUARD, MASTER)
        lab.expect("the parent is gone", lambda: lab.hosts["alice"].run("/usr/libexec/heartbeat/heartbeat -s").rc == 3)
        lab.check("alice still holds the address", *self.only("alice"))
        began = lab.now()
        lab.expect_output("alice", "/usr/libexec/heartbeat/heartbeat -k", "", 0)
        lab.check("when -k has ended, nothing of it is left", not self.pid("alice", CHILD) and not lab.watch.holds("alice", VIP),
                  f"child {self.pid('alice', CHILD)}, held by {self.holders()}")
        lab.expect_log("bob", r"Received shutdown notice from 'alice'\.")
        lab.expect("bob has the address", lambda: self.only("bob"))
        lab.expect_no_log("bob", "node alice: is dead")
        both = self.together(began)
        lab.check("at no time did both hold it", both < 0.05, f"for {both:.2f} s")
        lab.start("alice")
        lab.expect("alice has it back", lambda: self.only("alice"), within=20)
        lab.expect_output("bob", "cl_status rscstatus", "^(none|local)$", 0, within=20)

    def bob_takes_it(self, since):
        """As fast as at a power cut."""
        self.lab.expect_vip("bob", VIP, within=10)
        taken = min([e[0] for e in self.lab.watch.since(since, address=VIP) if e[1:3] == ("bob", "+")], default=self.lab.now()) - since
        self.lab.expect_time("bob takes it within a failover", taken, DEADTIME + 0.3, since, since + taken)

    def together(self, since):
        return self.held_by(2, since)

    def away(self, since):
        return self.held_by(0, since)

    def held_by(self, number, since):
        """How long that many held the address since then, in all."""
        holders, began, total = set(self.holders_at(since)), since, 0.0
        for moment, name, sign, _ in self.lab.watch.since(since, address=VIP):
            if len(holders) == number:
                total += moment - began
            began = moment
            (holders.add if sign == "+" else holders.discard)(name)
        return total + (self.lab.now() - began if len(holders) == number else 0.0)

    def holders_at(self, moment):
        holders = set()
        for when, name, sign, _ in self.lab.watch.since(0, address=VIP):
            if when < moment:
                (holders.add if sign == "+" else holders.discard)(name)
        return holders

    def idle_master_dies(self):
        lab = self.lab
        lab.step("kill -9 of the guard and of the parent on bob, which holds nothing")
        self.signal("bob", 9, GUARD, MASTER)
        lab.expect_log("alice", r"Received shutdown notice from 'bob'\.")
        lab.expect("bob's child ends by itself", lambda: (not self.pid("bob", CHILD), self.pid("bob", CHILD)))
        lab.start("bob")
        lab.expect_log("alice", "Status update for node bob: status active", within=20)
        lab.check("alice holds the address", *self.only("alice"))

    def both_of_idle_die(self):
        lab = self.lab
        lab.step("kill -9 of both processes on bob, which holds nothing")
        self.at_work("bob")
        master = self.pid("bob", MASTER)
        since = self.signal("bob", 9, MASTER, CHILD)
        self.started_again("bob", master)
        lab.expect_log("alice", "Status update for node bob: status active", within=20)
        lab.check("the address never moved", not lab.watch.since(since, address=VIP), lab.watch.since(since, address=VIP))
        lab.expect_stays("and does not", lambda: self.only("alice"), seconds=2 * DEADTIME)

    def all_of_idle_die(self):
        lab = self.lab
        lab.step("kill -9 of all three on bob, which holds nothing")
        self.signal("bob", 9, GUARD, MASTER, CHILD)
        lab.expect_log("alice", "WARN: node bob: is dead")
        lab.start("bob")
        lab.expect_log("alice", "Status update for node bob: status active", within=20)
        lab.check("alice holds the address", *self.only("alice"))

    def all_of_holder_die(self):
        """The kernel keeps the address while nobody speaks for it: without a watchdog only the next start can tell."""
        lab = self.lab
        lab.step("kill -9 of all three on alice, which holds the address")
        self.bob_takes_it(self.signal("alice", 9, GUARD, MASTER, CHILD))
        lab.start("alice")
        lab.expect("one of them holds the address",
                   lambda: (len(self.holders()) == 1, f"held by {', '.join(self.holders())}"), within=10)
        lab.expect("alice has it back", lambda: self.only("alice"), within=20)
        lab.expect_stays("and stays the only one", lambda: self.only("alice"), seconds=2 * DEADTIME)

    def stop_for(self, seconds, host="alice", *which):
        stopped = self.signal(host, "STOP", *(which or (MASTER, CHILD)))
        self.lab.pause_until(stopped + seconds)
        self.signal(host, "CONT", *(which or (MASTER, CHILD)))
        self.stopped_for = self.lab.now() - stopped
        return stopped

    def both_of_idle_hang(self, seconds):
        """alice holds on, whatever she thinks of bob."""
        lab = self.lab
        title = f"SIGSTOP of both processes on bob, which holds nothing, for {seconds} s"
        if seconds < DEADTIME:
            return self.nothing_happens(title, lambda: self.stop_for(seconds, "bob"))
        lab.step(title)
        since = self.stop_for(seconds, "bob")
        lab.expect_log("alice", "node bob: is dead")
        lab.expect_log("alice", "Status update for node bob: status active", within=10)
        lab.expect_output("bob", "cl_status nodestatus alice", "^active$", 0, within=10)
        lab.check("the address never moved", not lab.watch.since(since, address=VIP), lab.watch.since(since, address=VIP))
        lab.expect_stays("and does not", lambda: self.only("alice"), seconds=2 * DEADTIME)

    def both_of_holder_hang(self, seconds):
        lab = self.lab
        title = f"SIGSTOP of both processes on alice, which holds the address, for {seconds} s"
        if seconds < DEADTIME:
            return self.nothing_happens(title, lambda: self.stop_for(seconds))
        lab.step(title)
        stopped = self.signal("alice", "STOP", MASTER, CHILD)
        self.bob_takes_it(stopped)
        lab.pause_until(stopped + seconds)
        went_on = self.signal("alice", "CONT", MASTER, CHILD)
        lab.expect("one of them holds the address",
                   lambda: (len(self.holders()) == 1, f"held by {', '.join(self.holders())}"), within=10)
        lab.expect_stays("and stays the only one", lambda: (len(self.holders()) == 1, self.holders()),
                         seconds=2.5 * DEADTIME)
        settled = max([e[0] for e in lab.watch.since(went_on, address=VIP)], default=went_on) - went_on
        lab.expect_time("the other let go within 1 s after alice went on", settled, 1.0, went_on, went_on + settled)
        lab.expect("alice has it, or has it back", lambda: self.only("alice"), within=20)


def play(lab):
    start_pair(lab)
    lab.expect_log("alice", "Status update for node bob: status active", within=20)
    # Only a build without libseccomp or a kernel without filters may do without.
    possible = lab.hosts["alice"].run("ldd /usr/sbin/hbd | grep libseccomp && grep ^Seccomp: /proc/self/status").rc == 0
    lab.expect_output("alice", f"grep '^Seccomp:' /proc/$({CHILD})/status || grep filter {LOG}",
                      r"^Seccomp:\s+2$" if possible else r"runs without a filter of system calls")
    lab.expect_output("alice", f"id -u hacluster; awk '/^(Uid|CapEff|CapPrm)/ {{print $1, $2}}' /proc/$({CHILD})/status",
                      r"\A(\d+)\nUid: \1\nCapPrm: 0+\nCapEff: 0+\n")
    lab.expect_output("alice", f"ps -o cls=,rtprio= -p $({CHILD}); cat {LOG}",
                      r"^ *RR +1$|Request to set pid \d+ to realtime ignored")
    lab.expect_output("alice", f"ls -l /proc/$({CHILD})/cwd; grep core /proc/$({CHILD})/limits",
                      r"-> /var/lib/heartbeat/cores/(hacluster|nobody)\nMax core file size +(unlimited|[1-9])")
    plays = Play(lab)
    for host in PAIR:
        plays.child_dies(host)
        plays.child_hangs(host)
        plays.child_hesitates(host)
        plays.master_hesitates(host)
        plays.master_hangs(host)
        plays.master_dies(host)
    plays.master_of_holder_dies()
    plays.stopped_without_a_master()
    plays.idle_master_dies()
    plays.both_of_idle_die()
    plays.stopped_before_it_is_started_again()
    plays.a_start_that_fails()
    plays.all_of_idle_die()
    plays.both_of_idle_hang(0.4)
    plays.both_of_idle_hang(3)
    plays.both_of_holder_hang(0.4)
    plays.both_of_holder_hang(3)
    plays.both_of_holder_die()
    plays.all_of_holder_die()
    lab.expect_ping("client", VIP)
