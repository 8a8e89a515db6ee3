# SPDX-License-Identifier: Apache-2.0
"""Two pairs with the same files, each on a network of its own: Upbeat's and the original's. Each resource script is under the eyes
of a recorder that notes its arguments and its surroundings, and then is that script.

Left out: Delay, whose agent of Debian waits 30 s for each status, and SendArp, whose agent there says that it runs when it does not.
"""
from rig.plan import director

TITLE = "resource scripts are called as the original calls them: the same words, the same order, the same surroundings"
STACKS = ("upbeat",)
LIMIT = 240
OURS, THEIRS = ("alice", "bob"), ("carol", "dave")
ONE, OTHER = "10.77.0.100", "10.77.0.101"
FIRST = (["IPaddr <10.77.0.100>"], ["Filesystem <none> </srv/data> <tmpfs> <size=1m>"], ["shop <red> <2>"], ["till"],
         ["OCF <Thing> <one>", "Thing"])     # the agent that OCF calls
SECOND = (["IPaddr2 <10.77.0.101/24/eth0>"], ["IPsrcaddr <10.77.0.101>"], ["bell"])
# What a script's surroundings have with one of them only, or otherwise; haresources(5) and ha-resources(8) say so.
DIFFERS = {
    "HA_CURHOST": "the node's name", "HA_DOCDIR": "each has documents of its own",
    "HA_RSCTMP": "ours: what shellfuncs would set", "HA_VARLIB": "ours: what shellfuncs would set",
    "HA_NICEFAILBACK": "ours: for each script; theirs: not where a message led to the call",
    "HA_DONTASK": "ours: for each script; theirs: not where a message led to the call",
    **dict.fromkeys(("HA_OSTATUS", "HA_auth", "HA_dest", "HA_from_id", "HA_hg", "HA_info", "HA_ipaddr", "HA_ld", "HA_ok", "HA_protocol",
                     "HA_rsc_hold", "HA_seq", "HA_src", "HA_st", "HA_t", "HA_ts", "HA_ttl", "HA_weown", "HA_dt"),
                    "theirs: fields of the message that led to the call"),
}
_SCRIPTS = ("/etc/ha.d/resource.d/{IPaddr,IPaddr2,Filesystem,shop,OCF,IPsrcaddr} /etc/init.d/{till,bell} "
            "/usr/lib/ocf/resource.d/heartbeat/Thing")
_RECORD = ("mkdir -p /run/resource-agents; bash -c 'mkdir -p /etc/ha.d/real; for script in " + _SCRIPTS +
           "; do mv $script /etc/ha.d/real/; ln -s /usr/local/bin/recorded $script; done'")
_NAMES = "sed -i 's/alice/carol/;s/bob/dave/' /etc/ha.d/ha.cf /etc/ha.d/haresources"


def _node(name, last, segment, stack, *boot):
    return director(name, links={"eth0": (segment, [f"10.77.0.{last}/24"])}, gateway="10.77.0.254", files=["common/res-beside"],
                    stack=stack, boot=[*boot, _RECORD])


HOSTS = [_node("alice", 1, "ours", "upbeat"), _node("bob", 2, "ours", "upbeat"),
         _node("carol", 1, "theirs", "debian", _NAMES), _node("dave", 2, "theirs", "debian", _NAMES)]


def starts(group):
    return [f"{call} <start>" for block in group for call in block]


def stops(group):
    return [f"{call} <stop>" for block in reversed(group) for call in block]


class Calls:
    """What one host's scripts were called with, from the last look on."""

    def __init__(self, box):
        self.box, self.seen = box, 0

    def all(self):
        found = []
        for line in self.box.read("/var/log/calls").splitlines():
            if line.startswith("call "):
                found.append((line[5:], {}))
            elif found and "=" in line:
                name, _, value = line.partition("=")
                found[-1][1][name] = value
        return found[self.seen:]

    def acts(self):
        return [(call, env) for call, env in self.all() if call.endswith((" <start>", " <stop>"))]

    def unasked(self):
        """Starts before which the script was not asked for its status."""
        bad, last = [], {}
        for call, _ in self.all():
            script, _, verb = call.rpartition(" ")
            if verb == "<start>" and script != "Thing" and last.get(script) != "<status>":
                bad.append(call)
            last[script] = verb     # two groups may be at work at a time
        return bad

    def next(self):
        self.seen += len(self.all())


def play(lab):
    calls = {name: Calls(lab.hosts[name]) for name in OURS + THEIRS}

    def same(wanted, only_theirs=None):
        """wanted: what the first and the second of a pair do; only_theirs: what the original's first does then."""
        for at, (ours, theirs) in enumerate(zip(OURS, THEIRS)):
            for name, more in ((ours, []), (theirs, (only_theirs or []) if at == 0 else [])):
                lab.expect(f"{name}: {len(wanted[at] + more)} calls, in this order", lambda n=name, w=wanted[at] + more: (
                    [c for c, _ in calls[n].acts()] == w, "\n".join(c for c, _ in calls[n].acts())), within=30, poll=0.3)
                lab.check(f"{name}: each start after a question", not calls[name].unasked(), calls[name].unasked())
            found = set()
            for (_, env), (_, other) in zip(calls[ours].acts(), calls[theirs].acts()):
                found |= {(key, env.get(key), other.get(key)) for key in env.keys() | other.keys()
                          if key.startswith("HA_") and env.get(key) != other.get(key) and key not in DIFFERS}
            lab.check(f"{ours} and {theirs}: the same surroundings, but for what is said", not found, sorted(found, key=str))
        for name in OURS + THEIRS:
            if lab.hosts[name].is_on:
                calls[name].next()

    lab.step("all start")
    lab.start(*OURS, *THEIRS)
    for pair in (OURS, THEIRS):
        lab.expect_only_holder(pair[0], ONE, pair, within=60)
        lab.expect_only_holder(pair[1], OTHER, pair, within=60)
    same((starts(FIRST), starts(SECOND)))

    lab.step("the first of each stops")
    lab.stop(OURS[0], THEIRS[0])
    same((stops(FIRST), starts(FIRST)), only_theirs=stops(SECOND))     # what it does not have

    lab.step("it returns, and gets its group back")
    lab.start(OURS[0], THEIRS[0])
    same((starts(FIRST), stops(FIRST)))

    lab.step("the second of each loses power")
    for pair in (OURS, THEIRS):
        lab.power_cut(pair[1])
    same((starts(SECOND), []))
