# SPDX-License-Identifier: Apache-2.0
"""Advice: what in the files will hurt one day. One row per advice, each a function of the setup. Pure."""
import dataclasses

from . import agents, timing


@dataclasses.dataclass
class Item:
    name: str
    level: str          # serious, advice, note
    title: str
    about: str          # what in these files, in words
    why: str
    do: str


@dataclasses.dataclass
class Row:
    name: str
    level: str
    title: str
    test: object        # (setup, plan) -> words about these files, or "" where there is nothing to say
    why: str
    do: str


def _deadtime(setup, plan):
    if not setup.cluster or setup.deadtime() >= 3 * setup.keepalive():
        return ""
    return f"deadtime {setup.deadtime():g} s is {setup.deadtime() / setup.keepalive():.1f} times keepalive {setup.keepalive():g} s"


def _long_deadtime(setup, plan):
    if not setup.cluster or setup.deadtime() < 20:
        return ""
    return f"deadtime is {setup.deadtime():g} s: nobody serves for so long after a power cut"


def _warntime(setup, plan):
    if not setup.cluster:
        return ""
    warn = setup.cluster["timing"]["warntime"] / 1000
    if warn >= setup.deadtime():
        return f"warntime {warn:g} s is not below deadtime {setup.deadtime():g} s: the node is dead before it is late"
    if warn <= setup.keepalive():
        return f"warntime {warn:g} s is not above keepalive {setup.keepalive():g} s: every heartbeat is late"
    return ""


def _initdead(setup, plan):
    if not setup.cluster:
        return ""
    initdead = setup.cluster["timing"]["initdead"] / 1000
    if initdead >= 2 * setup.deadtime() and initdead >= 10:
        return ""
    return f"initdead is {initdead:g} s"


def _paths(setup, plan):
    paths = setup.paths()
    if not setup.cluster or len(paths) != 1:
        return ""
    return f"all heartbeats go over {paths[0]}"


def _ipfail_without_ping(setup, plan):
    if setup.cluster and setup.cluster["ipfail"] and not setup.ping_hosts():
        return "ipfail is started, and no ping or ping_group line gives it anything to compare"
    return ""


def _ping_without_ipfail(setup, plan):
    if setup.cluster and setup.ping_hosts() and not setup.cluster["ipfail"]:
        return f"{', '.join(setup.ping_hosts())} pinged, and nothing acts on it: no ipfail is started"
    return ""


def _no_ping(setup, plan):
    if setup.cluster and not setup.ping_hosts() and not setup.cluster["ipfail"]:
        return "ha.cf names no ping node"
    return ""


def _one_ping(setup, plan):
    if setup.cluster and setup.cluster["ipfail"] and len(setup.ping_hosts()) == 1:
        return f"only {setup.ping_hosts()[0]} is pinged"
    return ""


def _fallback(setup, plan):
    without = [s["name"] for s in setup.services if not s["fallback"] and not s["fallbackcommand"]]
    return f"no fallback for {_some(without)}" if without else ""


def _fencing(setup, plan):
    storage = sorted({r["text"].split("::")[0] for _, r in setup.resources() if r["script"] in agents.STORAGE})
    if storage and setup.cluster and not setup.cluster["stonith"]:
        return f"{_some(storage)} and no stonith or stonith_host line"
    return ""


def _failback(setup, plan):
    slow = sorted({r["script"] for _, r in setup.resources() if r["script"] not in agents.SERVICES_QUICK})
    if setup.cluster and setup.cluster["failback"] == "on" and slow:
        return f"auto_failback is on, and {_some(slow)} are started and stopped twice for each failure"
    return ""


def _legacy(setup, plan):
    return "auto_failback is not set: legacy" if setup.cluster and setup.cluster["failback"] == "legacy" else ""


def _crc(setup, plan):
    return "authkeys signs with crc, which is a checksum and no key" if setup.cluster and setup.cluster["auth"] == "crc" else ""


def _md5(setup, plan):
    return "authkeys signs with md5" if setup.cluster and setup.cluster["auth"] == "md5" else ""


def _key_mode(setup, plan):
    mode = setup.modes.get("authkeys")
    if mode is None or not mode & 0o077:
        return ""
    return f"authkeys has mode {mode:03o} here: on the nodes it must be 600, or hbd does not start"


def _quiescent_persistent(setup, plan):
    both = [s["name"] for s in setup.services if s["quiescent"] and s["persistent"]]
    return f"quiescent=yes with persistent: {_some(both)}" if both else ""


def _slow_check(setup, plan):
    slow = []
    for service in setup.services:
        worst = max((timing.hang_seconds(service, r) for r in service["reals"] if r["check"]["type"] not in ("on", "off")), default=0)
        if worst > 20:
            slow.append(f"{service['name']} ({worst:g} s)")
    return f"a server that hangs keeps its clients until its check gives up: {_some(slow)}" if slow else ""


def _connect_only(setup, plan):
    found = [s["name"] for s in setup.services
             if any(r["check"]["type"] == "connect" and r["check"]["port"] in (80, 443, 8080) for r in s["reals"])]
    return f"checktype=connect for web pages: {_some(found)}" if found else ""


def _no_receive(setup, plan):
    found = [s["name"] for s in setup.services
             if any(r["check"]["type"] == "negotiate" and r["check"]["service"] in ("http", "https") and not r["check"]["receive"]
                    for r in s["reals"])]
    return f"no receive for {_some(found)}" if found else ""


def _unchecked(setup, plan):
    found = [s["name"] for s in setup.services
             if any(r["check"]["type"] == "on" or (r["check"]["type"] == "negotiate" and r["check"]["service"] == "none")
                    for r in s["reals"])]
    return f"real servers of {_some(found)} are never checked" if found else ""


def _one_real(setup, plan):
    found = [s["name"] for s in setup.services if len(s["reals"]) == 1]
    return f"one real server: {_some(found)}" if found else ""


def _gateway(setup, plan):
    return (f"no group of haresources holds an address in the network of {_some(plan.no_gateway)}"
            if setup.cluster and plan.no_gateway else "")


def _vip_unheld(setup, plan):
    if not setup.cluster:
        return ""
    held = {v.address for v in setup.vips()}
    found = sorted({s["address"] for s in setup.services if s["address"] and s["address"] not in held})
    return f"no group of haresources holds {_some(found)}" if found else ""


def _director_apart(setup, plan):
    if setup.cluster and setup.director and not setup.director_is_resource():
        return f"{setup.director_file} is there, and no group of haresources starts ldirectord: it runs on both"
    return ""


def _pair_differs(setup, plan):
    return f"the two nodes do not have the same {_some(setup.differ)}" if setup.differ else ""


def _watchdog(setup, plan):
    return "ha.cf names no watchdog" if setup.cluster and not setup.cluster["watchdog"] else ""


def _some(names, most=4):
    names = list(names)
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


ROWS = [
    Row("pair-differs", "serious", "The nodes' files differ", _pair_differs,
        "Both nodes decide from their own files who runs what. Where these differ they decide differently.",
        "Copy the files from one node to the other; only ucast lines differ."),
    Row("fencing", "serious", "Shared data without fencing", _fencing,
        "When the nodes lose sight of each other both mount it and write. What is left then is no file system.",
        "Name a device that resets the other node (stonith_host), or have DRBD itself fence; and add a second heartbeat path."),
    Row("deadtime-close", "serious", "deadtime too close to keepalive", _deadtime,
        "One lost packet or a short pause of the machine is enough to declare a living node dead.",
        "deadtime of at least three times keepalive; a shorter keepalive costs nothing."),
    Row("single-path", "serious", "A single heartbeat path", _paths,
        "Whoever pulls this cable splits the pair: both nodes take everything.",
        "A second path over another interface and switch, or a serial line; bcast and ucast on one interface are one path."),
    Row("nat-gateway", "serious", "Real servers answer through one director", _gateway,
        "With masq the answers go back through the director. After a failover the gateway of the real servers is gone.",
        "An address in the real servers' network in the same group, and that as their gateway."),
    Row("vip-unheld", "serious", "A virtual service that nobody holds", _vip_unheld,
        "ldirectord puts it into the table, but no node has the address.", "Add the address to the group that starts ldirectord."),
    Row("crc", "serious", "Heartbeats are not signed", _crc,
        "Anybody on the network can forge a heartbeat, a shutdown notice or a take-over.", "Use sha1 with a long key, or better sha256 where both nodes are Upbeat."),
    Row("key-mode", "advice", "authkeys is readable by others", _key_mode, "Whoever reads the key can command the cluster.",
        "chmod 600 /etc/ha.d/authkeys"),
    Row("fallback", "advice", "No fallback", _fallback,
        "When all real servers are gone clients get a refused connection instead of a page that says so.",
        "fallback=127.0.0.1:80 and a small web server on the directors."),
    Row("ipfail-no-ping", "advice", "ipfail has nothing to compare", _ipfail_without_ping,
        "It moves groups to the node that reaches more ping nodes; without any it never does.", "Add a ping line: the router that clients come through."),
    Row("ping-no-ipfail", "advice", "Ping nodes, and nobody looks", _ping_without_ipfail,
        "A node that lost its uplink keeps its groups.", "respawn hacluster /usr/lib/heartbeat/ipfail"),
    Row("no-ping", "advice", "No ping node", _no_ping,
        "A holder that loses its uplink, but not the heartbeats, keeps the groups, and no client reaches them.",
        "ping ROUTER and respawn hacluster /usr/lib/heartbeat/ipfail"),
    Row("one-ping", "note", "A single ping node", _one_ping,
        "Its own reboot looks like a lost uplink of both nodes, and a real one cannot be told from it.", "A second one, in other hardware."),
    Row("deadtime-long", "advice", "A long deadtime", _long_deadtime,
        "It was the usual value when networks were slow.", "Lower it step by step: 5 to 10 s with keepalive 1 are common; look for “late heartbeat” in the log first."),
    Row("warntime", "advice", "warntime warns of nothing", _warntime, "It is there to show in the log how close deadtime is.",
        "About half of deadtime, and some keepalives."),
    Row("initdead", "note", "A short initdead", _initdead,
        "At boot the network takes its time: the first node may take everything before it hears the other.", "At least twice deadtime, 30 s or more with spanning tree."),
    Row("failback", "advice", "Failback with slow starts", _failback,
        "Each move is an outage, and the way back is a second one at a time that nobody chose.", "auto_failback off, and hb_standby at a quiet hour."),
    Row("failback-legacy", "note", "auto_failback is left to history", _legacy, "The default is neither on nor off, and surprises.", "Say on or off."),
    Row("quiescent-persistent", "advice", "Persistent clients stay with a dead server", _quiescent_persistent,
        "With weight 0 the persistence template lives on: a client that comes again is sent to the dead server until it times out.",
        "quiescent=no, or echo 1 > /proc/sys/net/ipv4/vs/expire_quiescent_template."),
    Row("slow-check", "advice", "A hanging server is noticed late", _slow_check, "Refused connections are noticed at once; silence is not.",
        "negotiatetimeout=5 and checktimeout=3 suit most services."),
    Row("connect-only", "note", "Web pages are not looked at", _connect_only, "A web server that answers every page with an error passes.", "checktype=negotiate with request and receive."),
    Row("no-receive", "note", "Any page will do", _no_receive, "Without receive each answer of status 200 passes, an installer's page too.", "request a page of the application, and receive a word of it."),
    Row("unchecked", "advice", "Real servers without a check", _unchecked, "A dead one keeps its share of the clients.", "checktype=connect at least."),
    Row("one-real", "note", "One real server", _one_real, "Its failure is the failure of the service.", "A second one, or a fallback."),
    Row("director-apart", "note", "ldirectord runs on both nodes", _director_apart, "That works; the node without the address has a table that nobody uses, and checks twice.", "Or name ldirectord behind the address in haresources."),
    Row("md5", "note", "md5 keys", _md5, "Good enough against accidents.", "sha1, which every Heartbeat knows."),
    Row("watchdog", "note", "No watchdog", _watchdog, "A node whose kernel hangs, but still answers ARP, is not reset.", "watchdog /dev/watchdog"),
]
LEVELS = ("serious", "advice", "note")


def given(setup, plan):
    """The advice for these files, serious first."""
    found = []
    for row in ROWS:
        about = row.test(setup, plan)
        if about:
            found.append(Item(row.name, row.level, row.title, about, row.why, row.do))
    return sorted(found, key=lambda item: LEVELS.index(item.level))
