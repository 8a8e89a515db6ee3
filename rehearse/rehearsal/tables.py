# SPDX-License-Identifier: Apache-2.0
"""Watches the directors' IPVS tables: which real server was in which, with which weight, from when to when."""
import socket
import struct
import threading
import time

POLL = 0.1


def entries(text):
    """{(real address, port): weight, the largest over all services} of /proc/net/ip_vs."""
    found = {}
    for line in text.splitlines()[3:]:
        words = line.split()
        if len(words) < 4 or words[0] != "->":
            continue
        address, port = _endpoint(words[1])
        found[address, port] = max(found.get((address, port), 0), int(words[3]))
    return found


def _endpoint(word):
    host, _, port = word.rpartition(":")
    if host.startswith("["):
        return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, host.strip("[]"))), int(port, 16)
    return socket.inet_ntoa(struct.pack("!I", int(host, 16))), int(port, 16)


class TableWatch:
    """hosts: those of the lab that are directors; .changes: [(time, director, address, port, weight or None)]."""

    def __init__(self, hosts):
        self.hosts, self.last, self.changes = hosts, {h.name: {} for h in hosts}, []
        self.lock, self.stopping = threading.Lock(), threading.Event()
        self.thread = threading.Thread(target=self._loop, daemon=True)
        self.thread.start()

    def now(self, name):
        with self.lock:
            return dict(self.last[name])

    def close(self):
        self.stopping.set()
        self.thread.join(5)

    def _loop(self):
        while not self.stopping.wait(POLL):
            for host in self.hosts:
                seen = entries(host.proc_net("ip_vs")) if host.is_on else {}
                now = time.monotonic()
                with self.lock:
                    before = self.last[host.name]
                    for key in sorted(set(before) | set(seen)):
                        if before.get(key) != seen.get(key):
                            self.changes.append((now, host.name, *key, seen.get(key)))
                    self.last[host.name] = seen
