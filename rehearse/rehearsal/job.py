# SPDX-License-Identifier: Apache-2.0
"""Everything that the lab needs to know, as plain data: files of each host, servers, eyes of the client, drills. Pure."""
import dataclasses
import posixpath

from . import adapt, agents, answers, timing

MOST_ADDRESS_EYES, MOST_SERVICE_EYES = 3, 4
ADDRESS_RATE, SERVICE_RATE = 40, 20      # requests per second
FEW_EYES = 2


@dataclasses.dataclass
class Job:
    hosts: list                 # of dict: name, role, links, segments, gateway, boot
    files: dict                 # host -> {path: [text, mode]}
    servers: dict               # host -> listeners
    eyes: list                  # what the client never stops asking
    drills: list
    facts: dict
    remarks: list               # (file, line, text, why) of what was left out or changed
    standins: dict              # script -> why
    checks: list                # (virtual, real, why) of checks that only connect


def make(setup, plan, chosen, factor=1.0, own_agents=False, tls=True):
    standins = agents.stubbed(setup, own_agents)
    servers, stubbed, checks = _servers(setup, plan, tls)
    files, remarks = _files(setup, plan, standins, stubbed, factor, own_agents)
    hosts = []
    for planned in plan.hosts:
        boot = list(planned.boot)
        if planned.role == "director":
            boot = _director_boot(setup, planned) + boot
        elif planned.role == "real":
            boot = _real_boot(setup, planned) + boot
        hosts.append({"name": planned.name, "role": planned.role, "address": planned.address, "links": planned.links,
                      "segments": {nic: f"s{number}" for nic, number in planned.segments.items()},
                      "gateway": planned.gateway, "boot": boot})
    facts = _facts(setup, plan, standins, factor)
    drills = [{"name": c.name, "title": c.title, "what": c.drill.what if setup.pair else c.drill.alone or c.drill.what, "unfit": c.unfit, "seconds": c.seconds,
               "allowed": list(c.drill.allowed(setup, factor)) if c.drill.allowed and not c.unfit else None}
              for c in chosen]
    return Job(hosts, files, servers, _eyes(setup, facts), drills, facts, remarks, standins, checks)


def _facts(setup, plan, standins, factor):
    vips = [{"address": v.address, "group": v.group} for v in setup.vips()]
    times = (setup.cluster or {}).get("timing", {})
    return {
        "nodes": [n.name for n in setup.nodes], "vips": vips,
        "groups": [{"node": g["node"], "name": g["resources"][0]["text"],
                    "resources": [r["text"] for r in g["resources"]]} for g in setup.groups],
        "failback": (setup.cluster or {}).get("failback", ""), "ipfail": bool(setup.cluster and setup.cluster["ipfail"]),
        "times": {name: value / 1000 / factor for name, value in times.items()}, "factor": factor,
        "heartbeat": bool(setup.cluster), "director": bool(setup.director), "director_file": setup.director_file,
        "director_is_resource": setup.director_is_resource(),
        "standins": list(standins),
        "standin_resources": [" ".join([r["script"], *r["args"]]) for _, r in setup.resources() if r["script"] in standins], "fails": agents.that_may_fail(setup, standins),
        "reals": list(setup.reals()),
        "real_ports": {a: sorted({r["port"] for _, r in entries if r["weight"]}) for a, entries in setup.reals().items()}, "paths": setup.paths(),
        "serial": setup.serial_lines(),
        "ping": [a for a in setup.ping_hosts()], "logfile": (setup.cluster or {}).get("logfile") or adapt.LOG,
        "director_log": (setup.director or {}).get("logfile", ""),
        "check_seconds": timing.check_seconds(setup, factor),
        "fallback": all(s["fallback"] for s in setup.services) if setup.services else False,
    }


# -- files -----------------------------------------------------------------------------------


def _files(setup, plan, standins, stubbed, factor, own_agents):
    files, remarks = {}, []
    for index, node in enumerate(setup.nodes):
        mine = {}
        if node.cluster:
            text, said = adapt.ha_cf(node.files["ha.cf"], node.cluster, factor)
            mine["/etc/ha.d/ha.cf"] = [text, 0o644]
            mine["/etc/ha.d/haresources"] = [node.files["haresources"], 0o644]
            mine["/etc/ha.d/authkeys"] = [node.files["authkeys"], 0o600]
            remarks += said if index == 0 else []
        if setup.director:
            text, said = adapt.ldirectord_cf(node.files[setup.director_file], setup.services, stubbed, factor)
            mine[f"/etc/ha.d/{setup.director_file}"] = [text, 0o600]
            remarks += [(setup.director_file, *rest) for _, *rest in said] if index == 0 else []
            for place, name in _director_places(setup):
                mine[place] = [text if name == setup.director_file or name not in node.files else node.files[name], 0o600]
        for name in standins:
            if agents.safe_name(name):
                mine[f"/etc/ha.d/resource.d/{name}"] = [agents.stub(name), 0o755]
        if own_agents:
            for name, text in node.agents.items():
                if agents.safe_name(name):
                    mine[f"/etc/ha.d/resource.d/{name}"] = [text, 0o755]
        files[node.name] = mine
    return files, remarks


def _director_places(setup):
    """(path, file name) of each file that haresources names for ldirectord."""
    for _, resource in setup.resources():
        if resource["script"] == "ldirectord" and resource["args"]:
            given = resource["args"][0]
            path = posixpath.normpath(given if given.startswith("/") else f"/etc/ha.d/{given}")
            if path.startswith("/etc/"):
                yield path, posixpath.basename(path)


# -- servers ---------------------------------------------------------------------------------


def _servers(setup, plan, tls):
    """({host: listeners}, {line of a virtual: (check type, why)}, [(virtual, real, why)])."""
    servers, stubbed, checks = {}, {}, []
    for service in setup.services:
        for real in service["reals"]:
            planned = plan.by_address(real["address"])
            if not planned:
                continue
            made = answers.standin(real["check"], planned.name, tls)
            if made.stubbed:
                stubbed[service["line"]] = ("ping" if service["protocol"] == "udp" else "connect", made.stubbed)
                checks.append((service["name"], real["address"], made.stubbed))
            check_port = real["check"]["port"] or real["port"]
            for port in dict.fromkeys((check_port, real["port"] or service["port"])):
                if port:
                    _listen(servers, planned.name, service, port, made, real["check"]["request"])
        fallback = service["fallback"]
        if not fallback or not fallback["port"] and not service["port"]:
            continue
        port = fallback["port"] or service["port"]
        check = service["reals"][0]["check"] if service["reals"] else None
        kind = "http" if check and answers.is_web(check) else check["service"] if check else "none"
        # A page of the fallback is a page: what clients of a mail service get is a connection.
        made = answers.Standin(kind if kind in ("http", "https") and (tls or kind == "http") else "connect", "fallback\n")
        target = plan.by_address(fallback["address"])
        names = [target.name] if target else [n.name for n in setup.nodes]
        for name in names:
            _listen(servers, name, service, port, made, "", "fallback")
    return servers, stubbed, checks


def _listen(servers, host, service, port, made, request, name=""):
    mine = servers.setdefault(host, [])
    proto = "udp" if service["protocol"] == "udp" else "tcp"
    found = next((one for one in mine if (one["proto"], one["port"]) == (proto, port)), None)
    if found is None:
        found = {"proto": proto, "port": port, "kind": made.kind, "tls": made.kind in answers.TLS, "body": made.body,
                 "pages": {}, "name": name or host}
        mine.append(found)
    elif found["kind"] == "connect" and made.kind != "connect":
        found.update(kind=made.kind, tls=made.kind in answers.TLS, body=made.body)
    if request and made.kind in ("http", "https"):
        found["pages"].setdefault(request, made.body)


def _director_boot(setup, planned):
    lines = ["echo 1 > /proc/sys/net/ipv4/ip_forward", "echo 0 > /proc/sys/net/ipv4/conf/all/send_redirects",
             "for f in /proc/sys/net/ipv4/conf/*/send_redirects; do echo 0 > $f; done"]
    logs = [(setup.cluster or {}).get("logfile"), (setup.cluster or {}).get("debugfile"),
            (setup.director or {}).get("logfile")]
    for path in logs:
        if path and path.startswith("/") and "/" in path[1:]:
            lines.append(f"mkdir -p '{path.rpartition('/')[0]}'")
    if not setup.cluster:      # alone: its addresses are its own
        nic = next(iter(planned.links))
        for address in dict.fromkeys(s["address"] for s in setup.services if s["address"]):
            lines.append(f"ip addr replace {address}/{128 if ':' in address else 32} dev {nic}")
    for service in setup.services:
        if service["fwmark"]:
            for address in _marked_addresses(setup):
                tool = "ip6tables" if ":" in address else "iptables"
                for port in dict.fromkeys(r["port"] for r in service["reals"] if r["port"]):
                    lines.append(f"{{ {tool}-legacy -t mangle -A PREROUTING -d {address} -p tcp --dport {port} "
                                 f"-j MARK --set-mark {service['fwmark']} || true; }}")
    return lines


def _marked_addresses(setup):
    return [v.address for v in setup.vips()]


def _real_boot(setup, planned):
    """The virtual addresses, held silently, where packets come to it as they are or wrapped."""
    vips, lines = {}, []
    for service, real in setup.reals().get(planned.address, ()):
        for address in [service["address"]] if service["address"] else _marked_addresses(setup):
            if real["method"] != "masq":
                vips.setdefault(address, real["method"])
    if not vips:
        return []
    lines += ["echo 1 > /proc/sys/net/ipv4/conf/all/arp_ignore", "echo 2 > /proc/sys/net/ipv4/conf/all/arp_announce"]
    if any(method != "gate" for method in vips.values()):
        lines += [f"ip link add tunl1 type ipip local {planned.address}", "ip link set tunl1 up",
                  "for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 > $f; done"]
    for address, method in vips.items():
        lines.append(f"ip addr replace {address}/{128 if ':' in address else 32} dev {'lo' if method == 'gate' else 'tunl1'}")
    return lines


# -- the client's eyes -----------------------------------------------------------------------


def _eyes(setup, facts):
    held = {v["address"]: v["group"] for v in facts["vips"]}
    alone = not setup.cluster
    eyes = []
    for address in list(held)[:MOST_ADDRESS_EYES]:
        eyes.append({"label": f"ping {address}", "kind": "icmp", "address": address, "port": 0, "path": "/",
                     "rate": ADDRESS_RATE, "group": held[address], "service": ""})
    served = 0
    for service in setup.services:
        if service["protocol"] == "udp" or not service["reals"] or served >= MOST_SERVICE_EYES:
            continue
        check = service["reals"][0]["check"]
        targets = ([(service["address"], service["port"])] if service["address"] else
                   [(a, service["reals"][0]["port"]) for a in list(held)[:1]])
        for address, port in targets:
            if not port or (not alone and address not in held):
                continue
            kind = "http" if answers.is_web(check) else "tcp"
            path = check["request"] if kind == "http" and check["request"].startswith("/") else "/"
            eyes.append({"label": f"{kind} {address}:{port}", "kind": kind, "address": address, "port": port, "path": path,
                         "rate": SERVICE_RATE, "group": held.get(address, 0), "service": service["name"]})
            served += 1
    for eye in eyes:
        if served > FEW_EYES and eye["service"]:
            eye["rate"] = SERVICE_RATE / 2
    return eyes
