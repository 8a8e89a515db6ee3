#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A client that never stops asking: what gap does somebody behind the VIP see, in ms?

Kinds: icmp (echo), tcp (connect, then reset), http (GET /, who answered). Every tick
starts a new attempt whatever the others do, so one lost packet never hides the end of
an outage. A gap is the longest time between two answers, less the usual interval.
And stream: one connection to a server that echoes, held all the time; every tick sends
the next number, and the numbers have to come back in their order.

As a program (for measurements elsewhere): probe.py KIND ADDRESS [--rate N] [--seconds S]
"""
import argparse
import collections
import errno
import gc
import json
import os
import re
import selectors
import signal
import socket
import struct
import sys
import time

TIMEOUT = 1.0


class Findings:
    """answers: list of (time, who); who is, for http, the X-Served-By header or else the body's
    first line, else ''.
    waiting: requests that were under way when the probe ended (of tcp, http and stream).
    broken: how the connection of a stream ended; retransmitted: segments that it had to send again.
    stalls: list of (from, to) in which the probe itself did not run."""

    def __init__(self, rate, started, ended, sent, answers, waiting=0, stalls=(), broken="", retransmitted=0):
        self.waiting, self.stalls = waiting, stalls
        self.broken, self.retransmitted = broken, retransmitted
        self.rate, self.started, self.ended, self.sent = rate, started, ended, sent
        self.answers = [(t, who) for t, who in answers]

    def gap(self, since=None, until=None):
        """(seconds, from, to) of the longest gap."""
        since, until = since or self.started, until or self.ended
        times = [since] + sorted(t for t, _ in self.answers if since <= t <= until) + [until]
        began, ended = max(zip(times, times[1:]), key=lambda pair: pair[1] - pair[0])
        return max(0.0, ended - began - 1.0 / self.rate), began, ended

    def gap_ms(self, since=None, until=None):
        return self.gap(since, until)[0] * 1000

    def stalled(self, since, until):
        """Seconds of [since, until] in which the probe itself did not run."""
        return sum(max(0.0, min(b, until) - max(a, since)) for a, b in self.stalls)

    def failed(self):
        return self.sent - len(self.answers) - self.waiting

    def who(self, since=None):
        return collections.Counter(w for t, w in self.answers if t >= (since or self.started))

    def per_second(self):
        return len(self.answers) / max(0.001, self.ended - self.started)


class Icmp:
    def __init__(self, address, *_):
        self.v6 = ":" in address
        family = socket.AF_INET6 if self.v6 else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_RAW,
                                  socket.IPPROTO_ICMPV6 if self.v6 else socket.IPPROTO_ICMP)
        self.sock.setblocking(False)
        self.address = address
        self.ident = os.getpid() & 0xFFFF
        self.number = 0
        self.seen = set()

    def start(self, sel):
        if self.number == 0:
            sel.register(self.sock, selectors.EVENT_READ, self)
        self.number = (self.number + 1) & 0xFFFF
        kind = 128 if self.v6 else 8
        packet = struct.pack("!BBHHH", kind, 0, 0, self.ident, self.number) + b"lab-probe"
        packet = packet[:2] + struct.pack("!H", _checksum(packet)) + packet[4:]
        try:
            self.sock.sendto(packet, (self.address, 0))
        except OSError:
            pass             # no route, no neighbour: a lost probe like any other

    def ready(self, _sel, _key):
        """Returns who answered, or None."""
        try:
            data = self.sock.recv(2048)
        except OSError:
            return None
        body = data if self.v6 else data[(data[0] & 15) * 4:]
        if len(body) < 8:
            return None
        kind, _, _, ident, number = struct.unpack_from("!BBHHH", body)
        if kind != (129 if self.v6 else 0) or ident != self.ident or number in self.seen:
            return None
        self.seen.add(number)
        self.seen.discard((number - 30000) & 0xFFFF)
        return ""

    def expire(self, _sel, _now):
        pass

    def forgive(self, _stall):
        pass


def _checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


class Tcp:
    """One connection per tick. With http, also a GET and the first line of the body."""

    def __init__(self, address, port, path, sources):
        self.family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.target = (address, port)
        self.request = path and (f"GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").encode()
        self.sources = sources
        self.turn = 0
        self.open = collections.OrderedDict()   # socket -> [started, bytes received]

    def start(self, sel):
        sock = socket.socket(self.family, socket.SOCK_STREAM)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        try:
            if self.sources:
                sock.bind((self.sources[self.turn % len(self.sources)], 0))
                self.turn += 1
            result = sock.connect_ex(self.target)
        except OSError:
            result = errno.ENETUNREACH
        if result not in (0, errno.EINPROGRESS):
            sock.close()
            return
        self.open[sock] = [time.monotonic(), b""]
        sel.register(sock, selectors.EVENT_WRITE, self)

    def ready(self, sel, key):
        sock = key.fileobj
        state = self.open[sock]
        try:
            if key.events & selectors.EVENT_WRITE:
                if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                    return self._drop(sel, sock, None)
                if not self.request:
                    return self._drop(sel, sock, "")
                sock.send(self.request)
                sel.modify(sock, selectors.EVENT_READ, self)
                return None
            data = sock.recv(65536)
        except OSError:
            return self._drop(sel, sock, None)
        if data:
            state[1] += data
            return None
        head, _, body = state[1].partition(b"\r\n\r\n")
        good = head.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200"))
        named = re.search(rb"^X-Served-By: *([^\r\n]*)", head, re.M | re.I)
        who = (named[1] if named else body.strip().split(b"\n")[0]).decode("utf-8", "replace") if good else None
        return self._drop(sel, sock, who)

    def _drop(self, sel, sock, who):
        sel.unregister(sock)
        sock.close()
        del self.open[sock]
        return who

    def forgive(self, stall):
        """We stood still ourselves: nobody out there is late for that."""
        for state in self.open.values():
            state[0] += stall

    def expire(self, sel, now):
        while self.open:
            sock, state = next(iter(self.open.items()))
            if now - state[0] < TIMEOUT:
                return
            self._drop(sel, sock, None)


class Stream:
    """One connection for all ticks. What follows its end has failed."""

    def __init__(self, address, port, sources):
        self.target, self.sources = (address, port), sources
        self.family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.sock, self.number, self.unsent, self.received, self.broken = None, 0, b"", b"", ""
        self.open = collections.deque()     # numbers that have not come back

    def start(self, sel):
        if self.broken:
            return
        self.open.append(self.number)
        self.unsent += struct.pack("!Q", self.number)
        self.number += 1
        if not self.sock:
            self.sock = socket.socket(self.family, socket.SOCK_STREAM)
            self.sock.setblocking(False)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.sources:
                self.sock.bind((self.sources[0], 0))
            self.sock.connect_ex(self.target)
            sel.register(self.sock, selectors.EVENT_READ | selectors.EVENT_WRITE, self)
        else:
            sel.modify(self.sock, selectors.EVENT_READ | selectors.EVENT_WRITE, self)

    def ready(self, sel, key):
        try:
            if key.events & selectors.EVENT_WRITE:
                if self.unsent:
                    self.unsent = self.unsent[self.sock.send(self.unsent):]
                if not self.unsent:
                    sel.modify(self.sock, selectors.EVENT_READ, self)
                return None
            data = self.sock.recv(8 - len(self.received))
        except BlockingIOError:
            return None
        except OSError as error:
            return self._end(sel, os.strerror(error.errno))
        if not data:
            return self._end(sel, "closed by the server")
        self.received += data
        if len(self.received) < 8:
            return None
        number, self.received = struct.unpack("!Q", self.received)[0], b""
        if number != self.open.popleft():
            return self._end(sel, f"{number} came back out of turn")
        return ""

    def _end(self, sel, why):
        self.broken = f"{why} after {self.number} numbers"
        self.open.clear()
        sel.unregister(self.sock)
        self.sock.close()

    def retransmitted(self):
        """tcpi_total_retrans of linux/tcp.h"""
        if not self.sock or self.broken:
            return 0
        return struct.unpack_from("=I", self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 100)[0]

    def expire(self, _sel, _now):
        pass

    def forgive(self, _stall):
        pass


def make(kind, address, port, path, sources):
    if kind == "icmp":
        return Icmp(address)
    if kind == "stream":
        return Stream(address, port, sources)
    return Tcp(address, port, path if kind == "http" else None, sources)


def loop(kind, address, rate, port, path, sources, stop_fd, seconds=None, on_first=None):
    gc.disable()
    prober = make(kind, address, port, path, sources)
    sel = selectors.DefaultSelector()
    if stop_fd is not None:
        sel.register(stop_fd, selectors.EVENT_READ, None)
    started = due = turn = time.monotonic()
    answers, stalls, sent = [], [], 0
    while True:
        now = time.monotonic()
        if now - turn > 0.05 + 1.0 / rate:
            prober.forgive(now - turn)
            stalls.append((turn, now))
        turn = now
        if seconds and now - started >= seconds:
            break
        if now >= due:
            prober.start(sel)
            sent += 1
            due += 1.0 / rate
            if now - due > 0.5:
                due = now    # the machine stood still: do not fire a burst afterwards
            continue
        prober.expire(sel, now)
        stopped = False
        for key, _ in sel.select(max(0.0, due - now)):
            if key.data is None:
                stopped = True
                continue
            who = prober.ready(sel, key)
            if who is not None:
                if on_first and not answers:
                    on_first()
                answers.append((time.monotonic(), who))
        if stopped:
            break
    return {"rate": rate, "started": started, "ended": time.monotonic(), "sent": sent,
            "answers": answers, "stalls": stalls, "waiting": len(getattr(prober, "open", ())),
            "broken": getattr(prober, "broken", ""), "retransmitted": prober.retransmitted() if kind == "stream" else 0}


class Probe:
    """A probe in a process of its own inside a lab host's network."""

    def __init__(self, host, kind, address, rate=100, port=80, path="/", sources=()):
        stop_r, self.stop_w = os.pipe()
        self.result_r, result_w = os.pipe()
        self.first_r, first_w = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                os.close(self.stop_w)
                from . import kernel
                kernel.die_with_parent()
                kernel.setns(host.netns, kernel.CLONE_NEWNET)
                found = loop(kind, address, rate, port, path, list(sources), stop_r,
                             on_first=lambda: os.write(first_w, b"1"))
                with os.fdopen(result_w, "w") as out:
                    json.dump(found, out)
            finally:
                os._exit(0)
        os.close(stop_r)
        os.close(result_w)
        os.close(first_w)

    def has_answer(self):
        with selectors.DefaultSelector() as sel:
            sel.register(self.first_r, selectors.EVENT_READ)
            return bool(sel.select(0))

    def stop(self):
        os.write(self.stop_w, b"x")     # whatever was started meanwhile has this end, too: closing it tells nobody
        os.close(self.stop_w)
        os.close(self.first_r)
        with os.fdopen(self.result_r) as text:
            found = json.load(text)
        os.waitpid(self.pid, 0)
        return Findings(**found)


def main():
    parser = argparse.ArgumentParser(description="measure the longest gap a client sees")
    parser.add_argument("kind", choices=("icmp", "tcp", "http", "stream"))
    parser.add_argument("address")
    parser.add_argument("--port", type=int, default=80)
    parser.add_argument("--path", default="/")
    parser.add_argument("--rate", type=float, default=500)
    parser.add_argument("--seconds", type=float, default=10)
    args = parser.parse_args()
    found = Findings(**loop(args.kind, args.address, args.rate, args.port, args.path, [],
                            None, args.seconds))
    print(f"sent {found.sent}  answered {len(found.answers)}  "
          f"{found.per_second():.0f}/s  longest gap {found.gap_ms():.1f} ms")


if __name__ == "__main__":
    sys.exit(main())
