# SPDX-License-Identifier: Apache-2.0
"""The switch room: one bridge per segment, one port per interface, and what can go wrong there.

The controller's own network namespace is the room. Nothing here touches a host's inside.
"""
import subprocess


def ip_batch(lines, netns_pid=None, check=True):
    argv = ["ip", "-force", "-batch", "-"]
    if netns_pid:
        argv = ["nsenter", "-t", str(netns_pid), "-n", *argv]
    done = subprocess.run(argv, input="\n".join(lines) + "\n", text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if check and done.returncode:
        raise RuntimeError(f"ip: {done.stdout.strip()}\nin: {'; '.join(lines)}")


class Switch:
    def __init__(self):
        self.bridges = set()
        self.ports = {}      # (host, interface) -> port name
        self.count = 0
        self.isolated = set()

    def plug(self, host, pid, interfaces):
        """Give the host (its init's pid) one link per interface: {eth0: segment}."""
        lines = []
        for nic, segment in interfaces.items():
            bridge = "br-" + segment
            if bridge not in self.bridges:
                self.bridges.add(bridge)
                lines += [f"link add {bridge} type bridge stp_state 0 forward_delay 0 "
                          "mcast_snooping 0", f"link set {bridge} up"]
            self.count += 1
            port = f"port{self.count}"
            mac = f"02:00:00:00:{self.count // 256:02x}:{self.count % 256:02x}"
            lines += [f"link add {port} type veth peer name {nic} address {mac} netns {pid}",
                      f"link set {port} master {bridge}", f"link set {port} up"]
            self.ports[host, nic] = port
        ip_batch(lines)

    def ports_of(self, host, nic=None):
        return [p for (h, n), p in self.ports.items() if h == host and nic in (None, n)]

    def unplug(self, host, nic=None):
        """Pull the cable: the host sees its carrier go."""
        ip_batch([f"link set {p} down" for p in self.ports_of(host, nic)])

    def plug_back(self, host, nic=None):
        ip_batch([f"link set {p} up" for p in self.ports_of(host, nic)])

    def block(self, host, nic=None):
        """Drop everything at the switch port; the host's carrier stays."""
        for port in self.ports_of(host, nic):
            subprocess.run(["bridge", "link", "set", "dev", port, "state", "0"], check=True)

    def unblock(self, host, nic=None):
        for port in self.ports_of(host, nic):
            subprocess.run(["bridge", "link", "set", "dev", port, "state", "3"], check=True)

    def part(self, hosts, nic=None):
        """These hosts no longer hear each other; all others still hear all of them. nic: {host: interface}, where only
        that of each is meant."""
        if self.isolated:
            raise RuntimeError("only one set of hosts can be parted at a time")
        self.isolated = {p for h in hosts for p in self.ports_of(h, (nic or {}).get(h))}
        self._isolate("on")

    def join(self):
        self._isolate("off")
        self.isolated = set()

    def _isolate(self, word):
        for port in sorted(self.isolated):
            subprocess.run(["bridge", "link", "set", "dev", port, "isolated", word], check=True)

    def netem(self, host, text):
        """Impair what the switch sends to the host ('delay 20ms loss 5%'); '' ends it."""
        for port in self.ports_of(host):
            if text:
                subprocess.run(["tc", "qdisc", "replace", "dev", port, "root", "netem",
                                *text.split()], check=True)
            else:
                subprocess.run(["tc", "qdisc", "del", "dev", port, "root"], check=False)

    def forget(self, host):
        gone = self.ports_of(host)
        ip_batch([f"link del {p}" for p in gone], check=False)
        self.ports = {k: v for k, v in self.ports.items() if k[0] != host}

    def close(self):
        ip_batch([f"link del {p}" for p in self.ports.values()] +
                 [f"link del {b}" for b in self.bridges], check=False)
        self.ports, self.bridges = {}, set()
