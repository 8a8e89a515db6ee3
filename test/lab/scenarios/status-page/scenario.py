# SPDX-License-Identifier: Apache-2.0
"""/metrics, /status.json and the page of a running pair, before and after a takeover; and nothing that anybody does to
them delays a heartbeat."""
import json
import re
import socket
import time

from common import browser, openmetrics
from common.pair import PAIR, VIP, hosts, start_pair

TITLE = "the status page and the metrics, through a takeover, a flood and a killed process"
HOSTS = hosts("common/pair-deadtime-1")
STACKS = ("upbeat",)
LIMIT = 240
SOCKET = "/var/run/heartbeat/status.sock"
GROUP = "IPaddr::10.77.0.100/24/eth0"
URL = "http://127.0.0.1:9694"
CHILD = "pgrep -f '^heartbeat: cluster process'"
KEEPALIVE, FLOOD_SECONDS = 0.2, 3.0
# Six that ask as fast as they can without a pause, on both sockets; forty that never finish a request; ten that ask for
# the page again and again and read none of it.
FLOOD = r'''
import socket, threading, time, sys
until = time.monotonic() + %f
def connect(kind):
    s = socket.socket(socket.AF_UNIX if kind else socket.AF_INET)
    s.settimeout(2)
    s.connect("/var/run/heartbeat/status.sock" if kind else ("127.0.0.1", 9694))
    return s
answers = 0
def ask(kind):
    global answers
    while time.monotonic() < until:
        try:
            s = connect(kind)
            while time.monotonic() < until:
                s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
                answers += s.recv(1 << 20).count(b"HTTP/1.1 200")
        except OSError:
            pass
def hold(kind, text):
    held = []
    while time.monotonic() < until:
        try:
            s = connect(kind)
            s.sendall(text)
            held.append(s)
        except OSError:
            time.sleep(0.05)
        if len(held) > 40:
            held.pop(0).close()
threads = [threading.Thread(target=ask, args=(n %% 2,)) for n in range(6)]
threads += [threading.Thread(target=hold, args=(n, b"GET / HTTP/1.1\r\nX: y")) for n in (0, 1)]
threads += [threading.Thread(target=hold, args=(n, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50)) for n in (0, 1)]
for t in threads: t.start()
for t in threads: t.join()
print(answers)
''' % FLOOD_SECONDS


class Play:
    def __init__(self, lab):
        self.lab = lab

    def get(self, host, path, how=f"--unix-socket {SOCKET} http://localhost"):
        """(status, headers, body)"""
        done = self.lab.hosts[host].run(f"curl -s -i -m 5 {how}{path}")
        head, _, body = done.out.partition("\r\n\r\n") if "\r\n\r\n" in done.out else done.out.partition("\n\n")
        first, *rest = head.splitlines() or [""]
        return first, {k.lower(): v for k, _, v in (line.partition(": ") for line in rest)}, body

    def metrics(self, host, what):
        first, headers, body = self.get(host, "/metrics")
        self.lab.check(f"{what}: /metrics says what it is", headers.get("content-type") == openmetrics.CONTENT_TYPE,
                       f"{first} {headers}")
        try:
            samples = openmetrics.read(body)
        except openmetrics.Bad as bad:
            self.lab.check(f"{what}: it is OpenMetrics to the letter", False, str(bad))
            return {}
        self.lab.check(f"{what}: it is OpenMetrics to the letter", True, f"{sum(map(len, samples.values()))} samples")
        return samples

    def counts(self, samples, what, **expected):
        for name, (labels, wanted) in expected.items():
            seen = openmetrics.pick(samples, name, **labels)
            self.lab.check(f"{what}: {name} {labels} {'is' if not callable(wanted) else 'is as it should be'}"
                           f"{'' if callable(wanted) else f' {wanted:g}'}",
                           seen is not None and (wanted(seen) if callable(wanted) else seen == wanted), f"{seen}")

    def status(self, host):
        first, headers, body = self.get(host, "/status.json")
        self.lab.check(f"{host}: /status.json is JSON", first.startswith("HTTP/1.1 200") and
                       headers.get("content-type") == "application/json", f"{first} {headers}")
        return json.loads(body)

    def before(self):
        lab = self.lab
        lab.step("who may ask, and what the answers are")
        lab.expect_output("alice", f"stat -c '%a %U %G' {SOCKET}", r"^660 (hacluster haclient|nobody nogroup)$")
        lab.check("a stranger on this machine may not", lab.hosts["alice"].run(
            f"setpriv --reuid=65534 --regid=65533 --clear-groups curl -s -m 5 --unix-socket {SOCKET} http://localhost/").rc != 0)
        lab.expect_output("alice", f"curl -s -m 5 -o /dev/null -w '%{{http_code}}' {URL}/", "^200$")
        lab.check("another machine does not reach it",
                  lab.hosts["client"].run("curl -s -m 2 http://10.77.0.1:9694/").rc == 7)
        lab.expect_output("alice", f"curl -s -m 5 -H 'Host: elsewhere.example' -w '%{{http_code}}' {URL}/", "421$")
        lab.expect_output("alice", f"curl -s -m 5 -X POST -w '%{{http_code}}' {URL}/", "405$")
        _, headers, body = self.get("alice", "/")
        lab.expect_text("the page runs nothing but its own script", headers.get("content-security-policy", ""),
                        r"^default-src 'none'; script-src 'sha256-[\w+/=]+'; style-src 'sha256-[\w+/=]+';")
        lab.expect_text("without scripts the page says the same", body, rf"{re.escape(GROUP)} +held +held by alice")
        samples = self.metrics("alice", "alice holds")
        self.counts(samples, "alice holds", hbd_node_up=({"node": "bob"}, 1), hbd_link_up=({"node": "bob", "link": "eth0"}, 1),
                    hbd_group_holder=({"group": GROUP, "holder": "alice"}, 1),
                    hbd_group_state=({"group": GROUP, "state": "held"}, 1),
                    hbd_link_packets_total=({"node": "bob"}, lambda n: n > 3), hbd_sent_packets_total=({"kind": "bcast"}, lambda n: n > 3),
                    hbd_group_transition_duration_seconds_count=({"transition": "acquire", "result": "ok"}, 1),
                    hbd_jobs_total=({"verb": "start", "result": "ok"}, 1))
        told = self.status("alice")
        printed = json.loads(lab.hosts["alice"].run("cl_status --json").out)
        moving = ("time", "nodes")
        lab.check("cl_status --json is the same", {k: v for k, v in told.items() if k not in moving} ==
                  {k: v for k, v in printed.items() if k not in moving} and [n["name"] for n in printed["nodes"]] == list(PAIR),
                  json.dumps(printed)[:300])

    def flood(self):
        lab = self.lab
        lab.step("a flood of requests, half requests and slow readers at alice")
        ear = Ear(lab.hosts["client"])
        for left in (2, 1, 0):
            since = lab.now()
            job = lab.hosts["alice"].spawn(["python3", "-c", FLOOD])
            heard = ear.hear(FLOOD_SECONDS)
            answered = job.wait(30).out.strip()
            until = lab.now()
            gap = longest_gap(heard.get("10.77.0.1", []))
            if gap <= 2 * KEEPALIVE or lab.yardstick.stalled(since, until) < 0.02 or not left:
                break
            lab.say("The machine itself stood still: once more.")
        lab.check("the flood is answered, a little", answered.isdigit() and int(answered) > 0, answered)
        lab.expect_time("alice's heartbeats are never two keepalives apart", gap, 2 * KEEPALIVE, since, until)
        lab.expect("and it answers again", lambda: (self.get("alice", "/status.json")[0].startswith("HTTP/1.1 200"), ""), within=15)
        lab.expect_no_log("bob", r"node alice: is dead")
        lab.check("alice kept the address all the time", not lab.watch.since(since, address=VIP))
        lab.report.row("flood at the status socket", f"{gap * 1000:.0f} ms", f"longest time between heartbeats; {answered} answers")

    def killed(self):
        lab = self.lab
        lab.step("kill -9 of the process that serves")
        old = lab.hosts["alice"].run(CHILD).out.strip()
        lab.run("alice", f"kill -9 {old}")
        lab.expect("the next one serves", lambda: (self.get("alice", "/status.json")[0].startswith("HTTP/1.1 200") and
                                                  lab.hosts["alice"].run(CHILD).out.strip() not in ("", old), ""), within=10)
        lab.expect_output("alice", f"curl -s -m 5 -o /dev/null -w '%{{http_code}}' {URL}/metrics", "^200$")
        lab.check("it says how it came to be", any(m["event"] == "continued" for m in self.status("alice")["timeline"]))

    def after(self):
        lab = self.lab
        lab.step("alice loses power")
        lab.power_cut("alice")
        lab.expect_only_holder("bob", VIP, PAIR, within=10)
        lab.expect("bob says that it holds the address", lambda: (
            any(g["state"] == "held" for g in json.loads(self.get("bob", "/status.json")[2] or '{"groups": []}')["groups"]), ""), within=5)
        samples = self.metrics("bob", "bob took over")
        self.counts(samples, "bob took over", hbd_node_up=({"node": "alice"}, 0), hbd_link_up=({"node": "alice", "link": "eth0"}, 0),
                    hbd_group_holder=({"group": GROUP, "holder": "bob"}, 1),
                    hbd_group_transition_duration_seconds_count=({"transition": "acquire", "result": "ok"}, 1),
                    hbd_events_total=({"event": "node_dead"}, 1))
        moments = [m["event"] for m in self.status("bob")["timeline"]]
        lab.check("the timeline tells it, newest first", "node_dead" in moments and "group_held" in moments and
                  moments.index("group_held") < moments.index("node_dead"), f"{moments[:8]}")

    def seen(self):
        lab = self.lab
        if not browser.CHROMIUM:
            lab.say("No chromium on this machine: the page is not looked at.")
            return
        lab.step("the page in a headless Chromium")
        for name, options, words in (
                ("hbd-wide", {}, (r"Node alice is dead\.", "held by|Held by", rf"{re.escape(GROUP)}: held here", r"\d+ (s|min) ago|just now")),
                ("hbd-phone", {"width": 500, "height": 2200, "dark": True}, ("1 of 2",))):
            page, said, picture = browser.look(lab, "bob", f"{URL}/", name, **options)
            for word in words:
                lab.expect_text(f"{name}: the page shows it", page, word)
            lab.check(f"{name}: the browser has nothing to complain of", not said, f"{said}")
            shape, length = browser.size(picture)
            lab.check(f"{name}: there is a picture", shape[0] >= 400 and length > 15000, f"{shape}, {length} bytes")

    def reload(self):
        lab = self.lab
        lab.step("the line is taken out, and an address that all can reach put in")
        lab.run("bob", "sed -i '/^statuspage/d' /etc/ha.d/ha.cf && hbd -r")
        lab.expect("the page is gone from the TCP port", lambda: (lab.hosts["bob"].run(f"curl -s -m 2 {URL}/").rc == 7, ""), within=10)
        lab.expect("and still there on the Unix socket", lambda: (self.get("bob", "/")[0].startswith("HTTP/1.1 200"), ""), within=10)
        lab.run("bob", "echo 'statuspage 0.0.0.0:9694' >> /etc/ha.d/ha.cf")
        lab.expect_output("bob", "hbd -t 2>&1", r"statuspage 0\.0\.0\.0:9694: 0\.0\.0\.0 is not a loopback address", rc=2)
        lab.stop("bob")
        lab.check("the end takes the socket away", lab.hosts["bob"].run(f"test -e {SOCKET}").rc == 1)


class Ear:
    """Hears the heartbeats that the pair sends to everybody, stamped by the kernel as they arrive."""

    def __init__(self, listener):
        with listener.inside_net():
            self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.sock.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_TIMESTAMPNS", 35), 1)
        self.sock.bind(("", 694))

    def hear(self, seconds):
        heard, until = {}, time.monotonic() + seconds
        while time.monotonic() < until:
            self.sock.settimeout(max(0.001, until - time.monotonic()))
            try:
                data, extra, _, sender = self.sock.recvmsg(65536, 256)
            except TimeoutError:
                break
            if re.search(rb"t=status\b", data):
                stamp = next(e[2] for e in extra)
                heard.setdefault(sender[0], []).append(
                    int.from_bytes(stamp[:8], "little") + int.from_bytes(stamp[8:16], "little") / 1e9)
        return heard


def longest_gap(times):
    return max((b - a for a, b in zip(times, times[1:])), default=FLOOD_SECONDS) if len(times) > 2 else FLOOD_SECONDS


def play(lab):
    start_pair(lab)
    lab.expect_log("alice", "Status update for node bob: status active", within=20)
    lab.expect_log("alice", r"Status page at http://127\.0\.0\.1:9694/", anywhen=True)
    plays = Play(lab)
    plays.before()
    plays.flood()
    plays.killed()
    plays.after()
    plays.seen()
    plays.reload()
