# SPDX-License-Identifier: Apache-2.0
"""The other node's files from one node's: the same, but for ucast lines, which name the peer. Pure."""
import re

_UCAST = re.compile(r"^(\s*ucast6?[ \t]+)(\S+)([ \t]+)(\S+)(.*)$")


def other_ha_cf(text, address_of_self):
    """ha.cf of the other node. address_of_self: {(interface, peer): own address or None to leave the line}.
    Gives (text, [(line number, before, after)])."""
    turned, lines = [], text.split("\n")
    for number, line in enumerate(lines, 1):
        found = _UCAST.match(line)
        if not found:
            continue
        head, nic, gap, peer, rest = found.groups()
        own = address_of_self.get((nic, peer))
        if own:
            lines[number - 1] = head + nic + gap + own + rest
            turned.append((number, line.strip(), lines[number - 1].strip()))
    return "\n".join(lines), turned


def ucast_peers(media):
    """{interface: [peer, ...]} in the order of the file."""
    found = {}
    for m in media:
        if m["kind"] in ("ucast", "ucast6"):
            peers = found.setdefault(m["interface"], [])
            if m["peer"] not in peers:
                peers.append(m["peer"])
    return found


def known_addresses(media, nodes, self_index):
    """What the ucast lines of the node `self_index` tell about who has which address: {(node index, interface):
    address}. One line on an interface names the peer; two name both nodes, in the order of the node lines."""
    found = {}
    for nic, peers in ucast_peers(media).items():
        if len(peers) == 1:
            found[1 - self_index, nic] = peers[0]
        elif len(peers) == nodes:
            for index, peer in enumerate(peers):
                found[index, nic] = peer
    return found
