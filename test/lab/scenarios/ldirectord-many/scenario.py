# SPDX-License-Identifier: Apache-2.0
"""A thousand real servers, a tenth of them hanging: who waits for whom, and what is left after 100,000 checks. Long, so only
when named.

One nginx is the 900 good ones, each an address of its own, and writes down who was asked when.
"""
import collections
import math
import os
import re

from rig.plan import director, host

TITLE = "1,000 real servers, 100 of them hanging: nobody waits for them, and 100,000 checks leave nothing behind"
NEEDS = ["ip_vs"]
STACKS = ("upbeat",)
LIMIT = 900
LONG = True
SERVICES, EACH, HANGING = 10, 100, 10
HOSTS = [director("dir", "10.9.9.1/24", "10.9.9.100/24",
                  boot=["ip route add 10.8.0.0/16 via 10.9.9.2", "ip route add 10.7.0.0/16 via 10.9.9.3"]),
         host("r1", "10.9.9.2/24", boot=["ip route add local 10.8.0.0/16 dev lo", "nginx"]),
         # Half of those that hang accept and say nothing, the other half are black holes.
         host("r2", "10.9.9.3/24", boot=["ip route add local 10.7.0.0/24 dev lo", "ip route add blackhole 10.7.1.0/24"])]
CONFIG, ASKED = "/etc/ha.d/ldirectord.cf", "/var/log/nginx/asked"
REQUESTS = int(os.environ.get("LAB_REQUESTS", "100000"))


def config(interval, timeout=3, weight=1):
    text = f'checkinterval={interval}\nchecktimeout={timeout}\nnegotiatetimeout={timeout}\nlogfile="/var/log/ldirectord.log"\n'
    for s in range(SERVICES):
        text += f"virtual=10.9.9.100:{80 + s}\n\tservice=http\n\trequest=\"x\"\n\treceive=\"hello\"\n"
        for r in range(EACH):
            real = f"10.7.{r % 2}.{10 * s + r // 2 + 1}" if r < HANGING else f"10.8.{s}.{r}"
            text += f"\treal={real}:80 masq {weight}\n"
    return text


def play(lab):
    box = lab.hosts["dir"]
    lab.serve("r2", 80, behaviour="silent")

    def asked(mark=0):
        """address -> times, of the lines from `mark` on"""
        found = collections.defaultdict(list)
        for line in lab.hosts["r1"].read(ASKED)[mark:].splitlines():
            when, _, address = line.partition(" ")
            found[address].append(float(when))
        return found

    def in_table(address=None):
        text = box.proc_net("ip_vs")
        if address is None:
            return len(re.findall(r"-> 0A08", text))
        return "".join(f"{int(part):02X}" for part in address.split(".")) in text

    def left():
        """open descriptors and resident kilobytes of the daemon"""
        pid = box.read("/run/ldirectord.ldirectord.pid").strip()
        found = box.run(f"ls /proc/{pid}/fd | wc -l; sed -n 's/VmRSS:\\t *\\([0-9]*\\).*/\\1/p' /proc/{pid}/status").out.split()
        return int(found[0]), int(found[1])

    lab.step("start")
    box.run(f"cat > {CONFIG}", stdin=config(3, 60))
    began = lab.now()
    lab.run("dir", "ldirectord start", timeout=90)
    lab.expect("900 are in the table", lambda: (in_table() == 900, in_table()), within=60)
    # A machine that takes long for a thousand checks and their answers gets that much more time for each round.
    interval = max(3, math.ceil(3 * (lab.now() - began)))
    box.run(f"cat > {CONFIG}", stdin=config(interval, interval))
    lab.run("dir", "ldirectord reload")
    lab.say(f"interval and timeout: {interval} s")
    lab.pause_until(lab.now() + interval)

    lab.step("while a hundred hang the others are checked every interval")
    began, mark = lab.now(), len(lab.hosts["r1"].read(ASKED))
    lab.pause_until(began + 10 * interval)
    ended, seen = lab.now(), asked(mark)
    gaps = {address: max(b - a for a, b in zip(times, times[1:])) for address, times in seen.items() if len(times) > 1}
    lab.check("each of the 900 was asked again and again", len(gaps) == 900 and all(len(seen[a]) >= 7 for a in gaps),
              f"{len(gaps)} servers, at least {min(len(seen[a]) for a in gaps)} times")
    worst = max(gaps, key=gaps.get)
    lab.expect_time(f"none waited longer than its interval of {interval} s and a moment ({worst})", gaps[worst], interval + 0.5,
                    began, ended)
    lab.check("none of those that hang is in the table", in_table() == 900, in_table())
    # In each tenth of the interval, over all ten of them.
    tenths = collections.Counter(int(when % interval / interval * 10) for times in seen.values() for when in times)
    all_of_them = sum(tenths.values())
    shares = [tenths[n] / all_of_them for n in range(10)]
    lab.check("checks are spread over the interval: no tenth of it has less than half its share of them, none twice as many",
              min(shares) >= 0.05 and max(shares) <= 0.2, ", ".join(f"{100 * share:.0f} %" for share in shares))

    lab.step("one that stops answering is out after interval and timeout")
    for victim in ("10.8.3.42", "10.8.7.77"):
        cut = lab.now()
        lab.run("r1", f"ip route add blackhole {victim} table local")
        lab.expect(f"{victim} leaves the table", lambda: (not in_table(victim), ""), within=60)
        lab.expect_time(f"after {interval} + {interval} s at the latest", lab.now() - cut, 2 * interval + 0.5, cut, lab.now())
        lab.run("r1", f"ip route del blackhole {victim} table local")
        lab.expect("and is back", lambda: (in_table() == 900, in_table()), within=60)

    def at_rest():
        """The same with one service of one server, when nothing is under way."""
        box.run(f"cat > {CONFIG}", stdin=config(3).split("virtual=")[0] + "virtual=10.9.9.100:99\n\treal=10.8.0.99:80 masq\n")
        lab.run("dir", "ldirectord reload")
        lab.expect("one service stands", lambda: (in_table() == 1, in_table()), within=60)
        lab.pause_until(lab.now() + 4)
        return left()

    lab.step(f"{REQUESTS:,} checks, with reloads and flapping")
    descriptors, _ = at_rest()
    box.run(f"cat > {CONFIG}", stdin=config(1, 10))
    lab.run("dir", "ldirectord reload")
    requests = len(lab.hosts["r1"].read(ASKED).splitlines())
    first, samples, rounds = None, [], 0
    while True:
        rounds += 1
        box.run(f"cat > {CONFIG}", stdin=config(1, 10, 1 + rounds % 5))
        lab.hosts["dir"].run("ldirectord reload")
        if rounds % 3 == 0:
            lab.hosts["r1"].run("nginx -s stop")
            lab.settle(lambda: (in_table() == 0, in_table()), 60)
            lab.hosts["r1"].run("nginx")
        good, count, _ = lab.settle(lambda: (in_table() == 900, in_table()), 60)
        if not lab.check("all are back", good, count, detail=True):
            return
        lab.pause_until(lab.now() + 5)
        samples.append(left())
        done = len(lab.hosts["r1"].read(ASKED).splitlines()) - requests
        if rounds == 6:
            first = samples[3:]
        if done >= REQUESTS and rounds > 9:
            break
    most = max(fds for fds, _ in samples)
    lab.say(f"{done:,} checks in {rounds} rounds; descriptors {samples[0][0]} to {samples[-1][0]}, at most {most}; "
            f"resident {samples[0][1]} to {samples[-1][1]} kB")
    lab.check("never more descriptors than one for each server and a few", most <= SERVICES * EACH + 64, most)
    lab.check("memory is what it was at the beginning", samples[-1][1] <= max(kb for _, kb in first) * 1.05 + 1024, str(samples))

    after, _ = at_rest()
    lab.check("at rest it has as many descriptors as before", after == descriptors, f"{descriptors}, then {after}")

    lab.step("stop")
    lab.run("dir", "ldirectord stop", timeout=60)
    lab.expect_table("dir", "")
