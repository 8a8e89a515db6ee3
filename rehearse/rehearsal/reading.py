# SPDX-License-Identifier: Apache-2.0
"""From a folder of the operator's to a Setup: finds the files, has the daemons' own parsers read them, derives the other
node's. Nothing in the folder is written."""
import json
import os
import shutil
import subprocess

from . import addresses, derive
from .setup import Node, Problem, Setup, is_address

MAX_FILE = 1 << 20
MAX_AGENTS = 64
CORE = ("ha.cf", "haresources", "authkeys")
MADE_UP_KEYS = "auth 1\n1 sha1 made-up-for-a-rehearsal\n"


class Found:
    """One node's files as they lie in a folder."""

    def __init__(self, folder, label=""):
        self.folder, self.label = folder, label
        self.files, self.modes, self.agents, self.hosts = {}, {}, {}, {}
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if (name in CORE or name.endswith(".cf")) and os.path.isfile(path):
                self.files[name] = _read(path)
                self.modes[name] = os.stat(path).st_mode & 0o777
        for place in (folder, os.path.dirname(folder.rstrip("/"))):
            if os.path.isfile(os.path.join(place, "hosts")) and not self.hosts:
                self.hosts = _hosts(_read(os.path.join(place, "hosts")))
        scripts = os.path.join(folder, "resource.d")
        if os.path.isdir(scripts):
            for name in sorted(os.listdir(scripts))[:MAX_AGENTS]:
                path = os.path.join(scripts, name)
                # A link to one of ours is ours.
                if os.path.isfile(path) and not os.path.islink(path):
                    self.agents[name] = _read(path)

    @property
    def usable(self):
        return "ha.cf" in self.files or bool(self.directors())

    def directors(self):
        return [n for n in self.files if n != "ha.cf" and n.endswith(".cf")]


def _read(path):
    try:
        if os.path.getsize(path) > MAX_FILE:
            raise Problem(f"{path}: larger than 1 MiB")
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as f:
            return f.read()
    except OSError as error:
        raise Problem(f"{path}: {error.strerror}") from error


def _hosts(text):
    found = {}
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if len(words) > 1 and is_address(words[0]) and not words[0].startswith(("127.", "::1")):
            for name in words[1:]:
                found.setdefault(name.lower(), words[0])
    return found


def find(folder):
    """The sets of files in a folder: its own, those of its etc/ha.d, or one per subfolder."""
    if not os.path.isdir(folder):
        raise Problem(f"{folder}: no such folder")
    own = Found(_base(folder))
    if own.usable:
        return [own]
    sets = []
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if os.path.isdir(path):
            found = Found(_base(path), name)
            if found.usable:
                sets.append(found)
    if not sets:
        raise Problem(f"{folder}: neither ha.cf nor ldirectord.cf is here, nor in etc/ha.d or a folder per node below it")
    if len(sets) > 2:
        raise Problem(f"{folder}: files of {len(sets)} nodes ({', '.join(s.label for s in sets)}); a pair has two")
    return sets


def _base(folder):
    for below in ("etc/ha.d", "ha.d"):
        if os.path.isdir(os.path.join(folder, below)):
            return os.path.join(folder, below)
    return folder


class Reader:
    """hbd, ldirectord: the programs whose -t --json reads the files; scratch: a folder of ours."""

    def __init__(self, hbd, ldirectord, scratch):
        self.hbd, self.ldirectord, self.scratch = hbd, ldirectord, scratch
        self.count = 0

    def setup(self, folder, node=""):
        sets = find(folder)
        if any("ha.cf" in s.files for s in sets):
            setup = self._pair(sets, node)
        else:
            setup = Setup([Node("director", dict(sets[0].files), None, agents=sets[0].agents)], None)
            if len(sets) > 1:
                setup.notes.append(f"Two sets of ldirectord files and no ha.cf: that of {sets[0].label} is rehearsed.")
        for found in sets:
            setup.hosts.update(found.hosts)
        setup.modes = sets[0].modes
        self._director(setup, sets)
        self.findings_of(setup)
        return setup

    # -- hbd's files -----------------------------------------------------------------------

    def _pair(self, sets, wanted):
        for found in sets:
            for name in ("haresources", "authkeys"):
                if name not in found.files:
                    twin = next((s for s in sets if name in s.files), None)
                    if twin:
                        found.files[name] = twin.files[name]
        notes = []
        for found in sets:
            if "ha.cf" not in found.files:
                raise Problem(f"{found.folder}: no ha.cf here")
            if "authkeys" not in found.files:
                found.files["authkeys"] = MADE_UP_KEYS
                notes.append("There is no authkeys among the files: a key was made up.")
        # Which nodes there are: asked of the parser before it is known whose files these are.
        nodes = self.describe(sets[0], "").get("nodes", [])
        if len(nodes) != 2:
            findings = self.describe(sets[0], nodes[0] if nodes else "nobody")["findings"]
            self._refuse_errors(findings)
            raise Problem(f"{sets[0].folder}/ha.cf: {len(nodes)} nodes; a rehearsal is of a pair")
        if len(sets) == 2:
            return self._two(sets, nodes, notes)
        return self._one(sets[0], nodes, wanted, notes)

    def _two(self, sets, nodes, notes):
        owners = _owners([s.label for s in sets], nodes)
        setup = Setup([], None, notes=notes)
        by_node = dict(zip(owners, sets))
        for name in nodes:
            found = by_node[name]
            cluster = self.describe(found, name)
            self._refuse_errors(cluster["findings"])
            setup.nodes.append(Node(name, found.files, cluster, agents=found.agents))
        a, b = setup.nodes
        if sorted(a.cluster["nodes"]) != sorted(b.cluster["nodes"]):
            raise Problem(f"the two ha.cf do not name the same nodes: {', '.join(a.cluster['nodes'])} and "
                          f"{', '.join(b.cluster['nodes'])}")
        for name in sorted(set(a.files) | set(b.files)):
            if name != "ha.cf" and _meaning(a.files.get(name)) != _meaning(b.files.get(name)):
                setup.differ.append(name)
        if a.cluster["timing"] != b.cluster["timing"]:
            setup.differ.append("timings of ha.cf")
        setup.notes.append("Both nodes' files were given.")
        return setup

    def _one(self, found, nodes, wanted, notes):
        uname = os.uname().nodename.lower()
        name = wanted.lower() or (uname if uname in nodes else nodes[0])
        if name not in nodes:
            raise Problem(f"--node {wanted}: ha.cf has the nodes {' and '.join(nodes)}")
        cluster = self.describe(found, name)
        self._refuse_errors(cluster["findings"])
        index = nodes.index(name)
        other = nodes[1 - index]
        setup = Setup([None, None], None, notes=notes)
        setup.hosts.update(found.hosts)
        setup.nodes[index] = Node(name, found.files, cluster, agents=found.agents)
        setup.nodes[1 - index] = Node(other, dict(found.files), dict(cluster, self=other), given=False, agents=found.agents)
        setup.self_index = index
        return setup

    def turn_round(self, setup, plan):
        """The derived node's ha.cf, now that it is known which address its peer has."""
        for index, node in enumerate(setup.nodes):
            if node.given or not node.cluster:
                continue
            peer = 1 - index
            own = {}
            for nic, peers in derive.ucast_peers(setup.nodes[peer].cluster["media"]).items():
                if len(peers) == 1:
                    own[nic, peers[0]] = plan.own.get((peer, nic))
            text, turned = derive.other_ha_cf(node.files["ha.cf"], own)
            node.files["ha.cf"] = text
            found = Found.__new__(Found)
            found.folder, found.files = f"(derived for {node.name})", node.files
            node.cluster = self.describe(found, node.name)
            self._refuse_errors(node.cluster["findings"])
            given = setup.nodes[peer].name
            setup.notes.append(f"One set of files was given; they were taken for those of {given}, and {node.name}'s were "
                               "derived" + (": " if turned else ": they are the same.") +
                               "; ".join(f"line {n} “{before}” became “{after}”" for n, before, after in turned))

    def describe(self, found, node):
        folder = self._lay_out(found.files, node)
        done = subprocess.run([self.hbd, "-t", "--json", folder], capture_output=True, timeout=30, check=False)
        return self._json(done, self.hbd, folder, found.folder)

    def _lay_out(self, files, node):
        self.count += 1
        folder = os.path.join(self.scratch, f"reading{self.count}")
        os.makedirs(folder)
        for name, text in files.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8", errors="surrogateescape", newline="",
                      opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
                out.write(text)
        if node:
            with open(os.path.join(folder, "nodeinfo"), "w", encoding="utf-8") as out:
                out.write(node + "\n")
        return folder

    def _json(self, done, program, folder, shown):
        try:
            found = json.loads(done.stdout.decode("ascii"))
        except (UnicodeDecodeError, json.JSONDecodeError) as error:
            raise Problem(f"{program} -t --json does not say what it read (exit {done.returncode}); is it of the same "
                          f"version? {done.stderr.decode(errors='replace').strip()[:300]}") from error
        found = _utf8(found)
        for finding in found["findings"]:
            for key in ("file", "rendered", "message"):
                finding[key] = finding[key].replace(folder, shown)
        return found

    def _refuse_errors(self, findings):
        errors = [f for f in findings if f["severity"] == "error"]
        if errors:
            raise Problem("".join(f["rendered"] for f in findings if f["severity"] != "note").rstrip() +
                          "\nrehearse: the files have errors; nothing was played")

    # -- ldirectord's file -----------------------------------------------------------------

    def _director(self, setup, sets):
        names = [r["args"][0] for _, r in setup.resources() if r["script"] == "ldirectord" and r["args"]]
        available = sets[0].directors()
        named = [os.path.basename(n) for n in names]
        usual = ["ldirectord.cf"] if "ldirectord.cf" in available else []
        found = [n for n in named if n in available] or usual or ([] if setup.cluster else available)
        if named and found and found[0] not in named:
            setup.notes.append(f"haresources names {names[0]} for ldirectord; {found[0]} was taken for it.")
        if not found:
            return
        name = found[0]
        if len(set(found)) > 1:
            setup.notes.append(f"Of the files of ldirectord that are named, {name} is drilled; the others are used as they are.")
        if not (shutil.which(self.ldirectord) or os.path.exists(self.ldirectord)):
            raise Problem(f"{name} is to be rehearsed, and {self.ldirectord} is not installed (package upbeat-ldirectord)")
        text = _names_to_addresses(setup.nodes[0].files[name], setup.hosts)
        folder = self._lay_out({name: text}, "")
        done = subprocess.run([self.ldirectord, "-t", "--json", os.path.join(folder, name)], capture_output=True,
                              timeout=60, check=False)
        director = self._json(done, self.ldirectord, folder, sets[0].folder)
        self._refuse_errors(director["findings"])
        setup.director, setup.director_file = director, name
        for node in setup.nodes:
            node.files[name] = _names_to_addresses(node.files.get(name, text), setup.hosts)

    def findings_of(self, setup):
        setup.findings = [f for node in setup.nodes[:1] if node.cluster for f in node.cluster["findings"]]
        setup.findings += setup.director["findings"] if setup.director else []


def _utf8(value):
    """The daemons write bytes as \\u00XX: what was UTF-8 in the file is so again."""
    if isinstance(value, str):
        try:
            return value.encode("latin-1").decode("utf-8")
        except (UnicodeDecodeError, UnicodeEncodeError):
            return value
    if isinstance(value, list):
        return [_utf8(v) for v in value]
    if isinstance(value, dict):
        return {_utf8(k): _utf8(v) for k, v in value.items()}
    return value


def _meaning(text):
    """A file without what does not count: comments and blanks."""
    if text is None:
        return None
    lines = (" ".join(line.split("#")[0].split()) for line in text.splitlines())
    return [line for line in lines if line]


def _owners(labels, nodes):
    """Which of the nodes each labelled set belongs to."""
    def short(name):
        return name.lower().split(".")[0]
    found = []
    for label in labels:
        match = [n for n in nodes if n == label.lower()] or [n for n in nodes if short(n) == short(label)]
        if not match:
            raise Problem(f"folder {label}: ha.cf names the nodes {' and '.join(nodes)}; call the folders so")
        found.append(match[0])
    if found[0] == found[1]:
        raise Problem(f"folders {labels[0]} and {labels[1]} both belong to node {found[0]}")
    return found


def _names_to_addresses(text, hosts):
    """Names in virtual, real and fallback lines, by the operator's hosts file: no lab asks a name server."""
    if not hosts:
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines):
        head, mark, rest = line.partition("=")
        if not mark or head.strip().lower() not in ("virtual", "real", "fallback", "virtual6", "real6", "fallback6"):
            continue
        host, colon, tail = rest.lstrip().partition(":")
        if host.lower() in hosts:
            lines[number] = head + mark + rest[:len(rest) - len(rest.lstrip())] + hosts[host.lower()] + colon + tail
    return "\n".join(lines)


def plan_of(reader, setup):
    """The address plan, and with it the files of a node that were derived."""
    plan = addresses.plan(setup, setup.self_index)
    reader.turn_round(setup, plan)
    return plan
