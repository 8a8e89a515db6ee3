# SPDX-License-Identifier: Apache-2.0
"""The address plan: which host of the lab has which address on which wire. The operator's addresses are kept; what the
files do not tell is made up from the same networks, and said. Pure."""
import dataclasses
import ipaddress
import re

from . import derive
from .setup import Problem, is_address

CLIENT_NET = {4: ipaddress.ip_network("198.18.250.0/24"), 6: ipaddress.ip_network("fd00:5e:ca:fe::/64")}
MADE_UP = "198.18.{}.0/24"      # RFC 2544: for labs
CABLE_NET = "198.18.24{}.0/30"       # a serial line's bytes go over a wire of their own
MOST_CABLES = 4
CABLE_SEGMENT = 100
CLIENT_ADDRESSES = 4
MAX_REALS = 48


@dataclasses.dataclass
class Net:
    network: object             # ipaddress network
    segment: int
    made_up: bool = False


@dataclasses.dataclass
class Planned:
    """One host of the lab."""
    name: str
    role: str                   # director, real, ping, client
    address: str = ""           # the one that the files know it by
    links: dict = dataclasses.field(default_factory=dict)       # nic -> list of address/prefix
    segments: dict = dataclasses.field(default_factory=dict)    # nic -> segment number
    gateway: str = ""
    boot: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Plan:
    nets: list
    hosts: list
    own: dict                   # (node index, nic) -> its address by which the peer's ucast lines call it
    made_up: list               # addresses that no file tells, in words
    no_gateway: list            # real servers of NAT whose gateway moves with nobody

    def host(self, name):
        return next(h for h in self.hosts if h.name == name)

    def role(self, role):
        return [h for h in self.hosts if h.role == role]

    def by_address(self, address):
        return next((h for h in self.hosts if address == h.address or
                     any(a.split("/")[0] == address for found in h.links.values() for a in found)), None)


class _Planner:
    def __init__(self, setup, self_index=0):
        self.setup, self.self_index = setup, self_index
        self.nets, self.taken, self.made_up = [], set(), []
        self.nics = self._nics()
        self.vips = setup.vips()

    def _nics(self):
        """The interfaces of each node, the k-th of one and the k-th of the other on one wire."""
        found = []
        for node in self.setup.nodes:
            mine = []
            for m in (node.cluster or {}).get("media", ()):
                nic = m.get("interface")
                if nic and nic not in mine:
                    mine.append(nic)
            for vip in self.setup.vips():
                if vip.nic and vip.nic not in mine and not (found and vip.nic in found[0]):
                    mine.append(vip.nic)
            found.append(mine or ["eth0"])
        if len(found) == 2:
            a, b = found
            common = [n for n in a if n in b]
            rest_a, rest_b = [n for n in a if n not in b], [n for n in b if n not in a]
            for here, there in ((rest_a, rest_b), (rest_b, rest_a)):
                there += here[len(there):]
            found = [common + rest_a, common + rest_b]
        for mine in found:
            for nic in mine:
                if len(nic) > 15 or "/" in nic or nic in ("lo", ".", ".."):
                    raise Problem(f"interface {nic}: not a name that the lab can give")
        return found

    def segment_of(self, nic):
        for mine in self.nics:
            if nic in mine:
                return mine.index(nic)
        return 0

    # -- networks --------------------------------------------------------------------------

    def net_of(self, address, segment=None):
        """The narrowest network that has this address (on that wire)."""
        ip = ipaddress.ip_address(address)
        found = [n for n in self.nets if ip in n.network and segment in (None, n.segment)]
        return max(found, key=lambda n: n.network.prefixlen, default=None)

    def add_net(self, address, segment, prefix=None):
        ip = ipaddress.ip_address(address)
        usual, widest, narrowest = (24, 8, 30) if ip.version == 4 else (64, 16, 126)
        if prefix is None or not widest <= prefix <= narrowest:
            prefix = usual
        net = Net(ipaddress.ip_network(f"{address}/{prefix}", strict=False), segment)
        if not any(n.network == net.network and n.segment == segment for n in self.nets):
            self.nets.append(net)

    def learn(self, address, segment, prefix=None):
        self.taken.add(str(ipaddress.ip_address(address)))
        if not self.net_of(address, segment):
            self.add_net(address, segment, prefix)

    def networks(self):
        setup = self.setup
        for vip in self.vips:
            if vip.nic:
                self.learn(vip.address, self.segment_of(vip.nic), vip.prefix)
        for node in setup.nodes:
            for nic, peers in derive.ucast_peers((node.cluster or {}).get("media", ())).items():
                for peer in peers:
                    if is_address(peer):
                        self.learn(peer, self.segment_of(nic))
        for node in setup.nodes:
            address = self.named(node.name)
            if address and not self.net_of(address):
                self.learn(address, self.free_segment())
        for vip in self.vips:
            if not vip.nic and not self.net_of(vip.address):
                self.learn(vip.address, self.free_segment(), vip.prefix)
            self.taken.add(vip.address)
        for service in setup.services:
            if service["address"]:
                self.elsewhere(service["address"], self.free_segment())
        front = self.front()
        for address, entries in setup.reals().items():
            masq = any(real["method"] == "masq" for _, real in entries)
            self.elsewhere(address, self.back(front) if masq else front)
            fallback = [s["fallback"]["address"] for s, _ in entries if s["fallback"]]
            for other in fallback:
                if not _local(other):
                    self.elsewhere(other, front)
        for address in setup.ping_hosts():
            if is_address(address):
                self.elsewhere(address, front)
        for segment in range(len(self.nics[0])):
            if not any(n.segment == segment for n in self.nets):
                net = ipaddress.ip_network(MADE_UP.format(segment + 1))
                self.nets.append(Net(net, segment, made_up=True))
                names = " and ".join(dict.fromkeys(mine[segment] for mine in self.nics))
                self.made_up.append(f"No file tells an address on {names}: {net} was made up.")

    def elsewhere(self, address, segment):
        self.taken.add(str(ipaddress.ip_address(address)))
        if not self.net_of(address):
            self.add_net(address, segment)

    def named(self, name):
        return self.setup.hosts.get(name) or self.setup.hosts.get(name.split(".")[0])

    def free_segment(self):
        """The wire for an address whose interface no file names: where other addresses of groups are, else one of which
        nothing is known yet, else the first."""
        for vip in self.vips:
            if vip.nic:
                return self.segment_of(vip.nic)
        for vip in self.vips:
            net = self.net_of(vip.address)
            if net:
                return net.segment
        for segment in range(len(self.nics[0])):
            if not any(n.segment == segment for n in self.nets):
                return segment
        return 0

    def front(self):
        """The wire that the clients are on."""
        for address in [v.address for v in self.vips] + [s["address"] for s in self.setup.services if s["address"]]:
            net = self.net_of(address)
            if net:
                return net.segment
        return 0

    def back(self, front):
        for segment in range(len(self.nics[0])):
            if segment != front and not any(n.segment == segment for n in self.nets):
                return segment
        return front

    # -- hosts -----------------------------------------------------------------------------

    def pick(self, net, low=False):
        """A free address of a network, from its end (or its beginning)."""
        size = net.num_addresses
        for step in range(2 if low else 5, min(size - 1, 4096)):
            address = net.network_address + (step if low else size - step)
            if str(address) not in self.taken and address != net.network_address:
                self.taken.add(str(address))
                return str(address)
        for address in net.hosts():
            if str(address) not in self.taken:
                self.taken.add(str(address))
                return str(address)
        raise Problem(f"{net}: no address is left in this network for the lab's hosts")

    def directors(self):
        known = {}
        for index, node in enumerate(self.setup.nodes):
            if node.given or index == self.self_index:
                media = (node.cluster or {}).get("media", ())
                for key, address in derive.known_addresses(media, len(self.setup.nodes), index).items():
                    known.setdefault((key[0], self.segment_of(key[1])), address)
        hosts, own = [], {}
        for index, node in enumerate(self.setup.nodes):
            planned = Planned(node.name, "director")
            for segment, nic in enumerate(self.nics[index]):
                planned.links[nic], planned.segments[nic] = [], segment
                for net in [n for n in self.nets if n.segment == segment]:
                    address = known.get((index, segment))
                    if not address or not is_address(address) or ipaddress.ip_address(address) not in net.network:
                        address = self.named(node.name)
                    if not address or ipaddress.ip_address(address) not in net.network or self.net_of(address) is not net:
                        address = self.pick(net.network)
                        self.made_up.append(f"{node.name}'s own address in {net.network} on {nic}: {address} was made up.")
                    planned.links[nic].append(f"{address}/{net.network.prefixlen}")
                    if (index, nic) not in own:
                        own[index, nic] = address
                    if known.get((index, segment)) == address:
                        own[index, nic] = address
            for cable in range(len(self.setup.serial_lines())):
                net = ipaddress.ip_network(CABLE_NET.format(cable))
                planned.links[f"cable{cable}"] = [f"{net.network_address + 1 + index}/{net.prefixlen}"]
                planned.segments[f"cable{cable}"] = CABLE_SEGMENT + cable
            planned.address = next((a.split("/")[0] for found in planned.links.values() for a in found), "")
            hosts.append(planned)
        return hosts, own

    def on_wire(self, name, role, address):
        """A host with this one address, on the wire that its network is on."""
        net = self.net_of(address)
        return Planned(name, role, address, {"eth0": [f"{address}/{net.network.prefixlen}"]}, {"eth0": net.segment})

    def build(self):
        for tty in self.setup.serial_lines():
            if not re.fullmatch(r"/dev/[A-Za-z0-9_.-]+", tty):
                raise Problem(f"serial {tty}: not a device that the lab can make")
        if len(self.setup.serial_lines()) > MOST_CABLES:
            raise Problem(f"more than {MOST_CABLES} serial lines")
        self.networks()
        setup = self.setup
        hosts, own = self.directors()
        plan = Plan(self.nets, hosts, own, self.made_up, [])
        if len(setup.reals()) > MAX_REALS:
            raise Problem(f"{len(setup.reals())} real servers: more than the lab holds ({MAX_REALS})")
        vips = {v.address for v in self.vips} | {s["address"] for s in setup.services if s["address"]}
        wanted = [("real", a) for a in setup.reals()]
        for service in setup.services:
            if service["fallback"] and not _local(service["fallback"]["address"]):
                wanted.append(("real", service["fallback"]["address"]))
        wanted += [("ping", a) for a in setup.ping_hosts() if is_address(a)]
        for role, address in wanted:
            if plan.by_address(address) or address in vips or _local(address):
                continue
            hosts.append(self.on_wire(f"{role}{1 + sum(h.role == role for h in hosts)}", role, address))
        hosts.append(self.client(plan))
        self.routes(plan)
        self.one_wire(hosts)
        return plan

    def one_wire(self, hosts):
        """Interfaces with addresses of one network are on one wire: on two, a move on the second would be seen by nobody."""
        first = {}
        for net in self.nets:
            wire = first.setdefault(net.network, net.segment)
            if wire == net.segment:
                continue
            names = [" and ".join(dict.fromkeys(mine[s] for mine in self.nics)) for s in (wire, net.segment)]
            self.made_up.append(f"{names[0]} and {names[1]} have addresses of one network, {net.network}: they were put on one wire.")
            for host in hosts:
                for nic, segment in host.segments.items():
                    if segment == net.segment:
                        host.segments[nic] = wire

    def client(self, plan):
        """Outside of all networks of the files, on every wire that has an address to ask for."""
        front = self.front()
        planned = Planned("client", "client")
        for family in (4, 6):
            if family == 6 and not any(n.network.version == 6 for n in self.nets):
                continue
            net = CLIENT_NET[family]
            found = [f"{net.network_address + 10 + k}/{net.prefixlen}" for k in range(CLIENT_ADDRESSES)]
            planned.links.setdefault("eth0", []).extend(found)
        planned.segments["eth0"] = front
        planned.address = planned.links["eth0"][0].split("/")[0]
        for segment in sorted({n.segment for v in self.vips for n in [self.net_of(v.address)] if n} - {front}):
            planned.links[f"eth{segment + 1}"], planned.segments[f"eth{segment + 1}"] = [], segment
        return planned

    def routes(self, plan):
        """Whoever is on a wire reaches every network of that wire directly; but a real server of NAT answers through its
        gateway."""
        client_nets = [CLIENT_NET[4]] + ([CLIENT_NET[6]] if any(n.network.version == 6 for n in self.nets) else [])
        front = self.front()
        masq = {a for a, entries in self.setup.reals().items() if any(r["method"] == "masq" for _, r in entries)}
        for host in plan.hosts:
            lines = []
            through_gateway = host.role == "real" and host.address in masq
            for nic, segment in host.segments.items():
                mine = [ipaddress.ip_interface(a).network for a in host.links[nic]]
                nets = [n.network for n in self.nets if n.segment == segment]
                if segment == front and not through_gateway:
                    nets += client_nets
                for net in nets:
                    if net not in mine and not (host.role == "client" and net in client_nets):
                        lines.append(f"ip {'-6 ' if net.version == 6 else ''}route replace {net} dev {nic}")
            if through_gateway:
                host.gateway = self.gateway(plan, host)
            elif host.role != "client":
                lines += self.back_routes(plan, host, front, client_nets)
            host.boot = lines

    def gateway(self, plan, host):
        """An address of haresources in the real server's network moves along with the holder; else the first director's."""
        net = self.net_of(host.address)
        for vip in self.vips:
            if ipaddress.ip_address(vip.address) in net.network:
                return vip.address
        if self.setup.pair:
            plan.no_gateway.append(host.address)
        director = plan.hosts[0]
        for found in director.links.values():
            for address in found:
                if ipaddress.ip_address(address.split("/")[0]) in net.network:
                    return address.split("/")[0]
        return ""

    def back_routes(self, plan, host, front, client_nets):
        """A host that is not on the clients' wire reaches them through the first director."""
        if host.role == "director" or front in host.segments.values():
            return []
        director = plan.hosts[0]
        for nic, segment in director.segments.items():
            if segment in host.segments.values():
                via = next((a.split("/")[0] for a in director.links[nic] if ":" not in a), "")
                return [f"ip route replace {client_nets[0]} via {via}"] if via else []
        return []


def _local(address):
    return ipaddress.ip_address(address).is_loopback


def plan(setup, self_index=0):
    """self_index: the node whose files were given, where the other's are derived."""
    return _Planner(setup, self_index).build()
