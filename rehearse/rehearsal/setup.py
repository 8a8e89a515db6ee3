# SPDX-License-Identifier: Apache-2.0
"""What the operator's files say, as values: nodes, groups, virtual services, and which of it was derived."""
import dataclasses
import ipaddress

ADDRESS_AGENTS = ("IPaddr", "IPaddr2", "IPv6addr")


class Problem(Exception):
    """What keeps a rehearsal from taking place, in words for the operator."""


@dataclasses.dataclass
class Node:
    name: str
    files: dict                 # name below /etc/ha.d -> text, as the operator wrote it or as it was derived
    cluster: dict | None        # hbd's reading of ha.cf, haresources, authkeys; None without them
    given: bool = True          # its files are the operator's own
    agents: dict = dataclasses.field(default_factory=dict)      # scripts of the operator's resource.d


@dataclasses.dataclass
class Vip:
    """An address that a group holds."""
    address: str
    prefix: int | None
    nic: str
    group: int


@dataclasses.dataclass
class Setup:
    nodes: list
    director: dict | None       # ldirectord's reading of its file
    director_file: str = ""     # the name of that file below /etc/ha.d
    hosts: dict = dataclasses.field(default_factory=dict)       # the operator's hosts file: name -> address
    notes: list = dataclasses.field(default_factory=list)       # what was derived or assumed, in words
    differ: list = dataclasses.field(default_factory=list)      # files that the two nodes do not have alike
    modes: dict = dataclasses.field(default_factory=dict)       # file name -> permission bits as found
    findings: list = dataclasses.field(default_factory=list)    # warnings and notes of the daemons' parsers
    self_index: int = 0         # the node whose files were given, where the other's are derived

    @property
    def cluster(self):
        return self.nodes[0].cluster

    @property
    def groups(self):
        return self.cluster["groups"] if self.cluster else []

    @property
    def services(self):
        return self.director["services"] if self.director else []

    @property
    def pair(self):
        return len(self.nodes) == 2

    def deadtime(self):
        """Seconds."""
        return self.cluster["timing"]["deadtime"] / 1000 if self.cluster else 0.0

    def keepalive(self):
        return self.cluster["timing"]["keepalive"] / 1000 if self.cluster else 0.0

    def resources(self):
        """(group number, resource) of all groups in their order."""
        return [(number, r) for number, g in enumerate(self.groups) for r in g["resources"]]

    def vips(self):
        """Every address of haresources, once."""
        found = {}
        for number, resource in self.resources():
            vip = vip_of(resource, number)
            if vip:
                found.setdefault(vip.address, vip)
        return list(found.values())

    def director_is_resource(self):
        return any(r["script"] == "ldirectord" for _, r in self.resources())

    def ping_hosts(self):
        return [h for m in self.media() if m["kind"] in ("ping", "ping_group", "ping6") for h in m["hosts"]]

    def media(self):
        return self.cluster["media"] if self.cluster else []

    def serial_lines(self):
        """The ttys that the lab joins by a null-modem cable."""
        return list(dict.fromkeys(m["tty"] for m in self.media() if m["kind"] == "serial"))

    def paths(self):
        """Distinct ways by which heartbeats travel: interfaces and serial lines."""
        found = []
        for m in self.media():
            way = m.get("interface") or m.get("tty")
            if way and way not in found:
                found.append(way)
        return found

    def reals(self):
        """Address of every real server -> its entries, in the order of the file."""
        found = {}
        for service in self.services:
            for real in service["reals"]:
                found.setdefault(real["address"], []).append((service, real))
        return found


def is_address(text):
    try:
        ipaddress.ip_address(text)
        return True
    except ValueError:
        return False


def vip_of(resource, group=0):
    """The address that a resource of haresources holds, or None. Its spellings: ADDRESS[/PREFIX or mask][/NIC[:n]][/BROADCAST],
    with empty parts anywhere."""
    if resource["script"] not in ADDRESS_AGENTS or not resource["args"]:
        return None
    parts = resource["args"][0].split("/")
    if not is_address(parts[0]):
        return None
    prefix, nic = None, ""
    for part in parts[1:]:
        if part.isdigit() and int(part) <= 128:
            prefix = int(part)
        elif is_address(part):
            mask = int(ipaddress.ip_address(part))
            if prefix is None and not nic and ":" not in part and mask & 0x80000000 and _is_mask(mask):
                prefix = bin(mask).count("1")      # else it is the broadcast address
        elif part and not nic:
            nic = part.split(":")[0]
    return Vip(str(ipaddress.ip_address(parts[0])), prefix, nic, group)


def _is_mask(number):
    inverse = number ^ 0xFFFFFFFF
    return inverse & (inverse + 1) == 0
