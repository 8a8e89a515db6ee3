# SPDX-License-Identifier: Apache-2.0
"""Files that are changed under a running pair: broken ones are refused by name, good ones taken without a move."""
from common.pair import PAIR, VIP, hosts, start_pair

TITLE = "ha.cf, haresources and authkeys are changed on both nodes while they run"
HOSTS = hosts("common/pair-deadtime-1")
STACKS = ("upbeat",)
SECOND = "10.77.0.101"
RELOAD = "kill -HUP $(cat /run/heartbeat.pid)"
ETC = "/etc/ha.d"


def play(lab):
    start_pair(lab)
    lab.expect_log("alice", "Status update for node bob: status active", within=20)
    since = lab.now()

    def write(name, text):
        for node in PAIR:
            lab.hosts[node].run(f"cat > {ETC}/{name}", stdin=text)

    def reload():
        for node in PAIR:
            lab.run(node, RELOAD)

    def nothing_moved(after=since):
        lab.check("the address never moved", not lab.watch.since(after, address=VIP), lab.watch.since(after, address=VIP))
        for node in PAIR:
            lab.expect_no_log(node, "WARN: node .*: is dead")

    good_keys = lab.hosts["alice"].read(f"{ETC}/authkeys")
    good_groups = lab.hosts["alice"].read(f"{ETC}/haresources")
    good_ha_cf = lab.hosts["alice"].read(f"{ETC}/ha.cf")

    lab.step("a broken authkeys: refused by name")
    write("authkeys", "auth 7\n1 sha1 secret\n")
    lab.expect_output("alice", "/etc/init.d/heartbeat reload", r"/etc/ha\.d/authkeys:1", rc=6)
    reload()
    for node in PAIR:
        lab.expect_log(node, r"ERROR: /etc/ha\.d/authkeys has errors; going on with the one that was read before\.")
    write("authkeys", good_keys)

    lab.step("a broken haresources: refused by name, and nothing else is")
    write("haresources", "alice IPaddr::10.77.0.100/24/eth0 NoSuchScript::x\n")
    reload()
    for node in PAIR:
        lab.expect_log(node, r"ERROR: /etc/ha\.d/haresources has errors; going on with the one that was read before\.")
        lab.expect_no_log(node, r"authkeys has errors|/etc/ha\.d has errors")
    nothing_moved()

    lab.step("haresources mended, on both nodes")
    write("haresources", good_groups)
    reload()
    for node in PAIR:
        lab.expect_log(node, r"info: Configuration unchanged\.")

    lab.step("ha.cf is written again as it was: the cluster process starts anew, and nothing moves")
    for node in PAIR:
        lab.run(node, f"touch {ETC}/ha.cf")
    reload()
    for node in PAIR:
        lab.expect_log(node, r"info: Performing heartbeat restart exec\.")
    lab.expect_stays("the address stays where it is", lambda: (lab.watch.holders(VIP) == ["alice"], lab.watch.holders(VIP)),
                     seconds=3)
    nothing_moved()
    lab.expect_output("alice", "/etc/init.d/heartbeat reload", r"Done\.")
    lab.expect_log("alice", r"info: Signalling heartbeat pid \d+ to reread config files")
    lab.expect_log("alice", r"info: Configuration unchanged\.")

    lab.step("other values in ha.cf, on one node after the other, the way operators do it")
    site = "#!/bin/sh\necho \"$HA_SITE $HA_deadtime\" >> /run/site\nexec sleep 6000\n"
    for node in PAIR:
        lab.hosts[node].run("cat > /usr/local/bin/site && chmod 755 /usr/local/bin/site", stdin=site)

    def other_ha_cf(text, says=r"info: Rereading /etc/ha\.d/ha\.cf: continuing with the new settings"):
        write("ha.cf", text)
        for node in PAIR:
            lab.expect_output(node, "/etc/init.d/heartbeat reload", r"Done\.")
            lab.expect_log(node, says)

    peer = {"alice": "10.77.0.2", "bob": "10.77.0.1"}
    more = (good_ha_cf.replace("deadtime 1\n", "deadtime 1500ms\n") + "ping 10.77.0.50\nenv SITE=north\n"
            "respawn root /usr/local/bin/site\n")
    other_ha_cf(more)
    for node in PAIR:
        lab.expect_output(node, "cl_status nodestatus 10.77.0.50", "^ping$", 0, within=10)
        lab.expect_output(node, "cl_status hbparameter -p deadtime", "^1500ms$", 0)
        lab.expect_output(node, "cat /run/site", "^north 1500ms$", within=10)
    lab.expect_stays("the address stays where it is", lambda: (lab.watch.holders(VIP) == ["alice"], lab.watch.holders(VIP)),
                     seconds=2)
    nothing_moved()

    lab.step("another medium, and another environment for what is respawned")
    for node in PAIR:
        lab.hosts[node].run(f"echo 'ucast eth0 {peer[node]}' >> {ETC}/ha.cf; sed -i s/north/south/ {ETC}/ha.cf")
        lab.expect_output(node, "/etc/init.d/heartbeat reload", r"Done\.")
        lab.expect_output(node, "tail -n 1 /run/site", "^south 1500ms$", within=10)
    lab.expect_stays("the address stays where it is", lambda: (lab.watch.holders(VIP) == ["alice"], lab.watch.holders(VIP)),
                     seconds=2)
    nothing_moved()

    lab.step("auto_failback off: the address stays with who has it")
    other_ha_cf(good_ha_cf.replace("auto_failback on", "auto_failback off"))
    for node in PAIR:
        lab.expect_output(node, "cl_status nodestatus 10.77.0.50", "incorrect node name", 11)
        lab.expect("what is not respawned any more is gone", lambda n=node: lab.hosts[n].run("pgrep -x sleep").rc != 0, within=10)
    nothing_moved()
    lab.stop("alice")
    lab.expect_only_holder("bob", VIP, PAIR, within=10)
    lab.start("alice")
    lab.expect_log("bob", "Status update for node alice: status active", within=20)
    lab.expect_stays("bob keeps it", lambda: (lab.watch.holders(VIP) == ["bob"], lab.watch.holders(VIP)), seconds=3)

    lab.step("auto_failback on: it goes home")
    other_ha_cf(good_ha_cf)
    lab.expect_only_holder("alice", VIP, PAIR, within=10)
    home = lab.now()

    lab.step("what cannot be taken while heartbeat runs is refused, and why")
    other_ha_cf(good_ha_cf.replace("auto_failback on", "auto_failback legacy"),
                r"WARN: /etc/ha\.d/ha\.cf: a changed auto_failback from or to legacy needs a stop and a start")
    other_ha_cf(good_ha_cf)
    lab.expect_stays("the address stays where it is", lambda: (lab.watch.holders(VIP) == ["alice"], lab.watch.holders(VIP)),
                     seconds=1)

    lab.step("a second address in the group, on alice: both say that the files differ, until bob has it, too")
    write("haresources", good_groups.rstrip("\n") + f" IPaddr::{SECOND}/24/eth0\n")
    for node in PAIR:
        lab.expect_output(node, "cl_status listnodes 2>&1 > /dev/null; true", r"\A\Z")
    for node in PAIR:
        lab.run(node, RELOAD)
        lab.expect_log(node, r"info: Rereading /etc/ha\.d/haresources: 1 resource groups\.")
        if node == "alice":
            for here, there in (PAIR, PAIR[::-1]):
                lab.expect_log(here, f"ERROR: haresources of node {there} differs from this node's: groups will not move as they should")
                lab.expect_output(here, "cl_status listnodes 2>&1 > /dev/null", f"^WARNING: haresources or ha.cf of node {there} differs")
                lab.expect_output(here, "cl_status --json", '"files_differ": true', 0)
    for here, there in (PAIR, PAIR[::-1]):
        lab.expect_log(here, f"info: haresources and ha.cf of node {there} are as this node's again")
        lab.expect_output(here, "cl_status listnodes 2>&1 > /dev/null; true", r"\A\Z", within=5)
    nothing_moved(home)

    lab.step("other keys, on one node after the other")
    write("authkeys", "auth 2\n1 sha1 between-alice-and-bob\n2 sha1 another\n")
    reload()
    for node in PAIR:
        lab.expect_log(node, r"info: Rereading authentication file\.")
    lab.expect_stays("the address stays where it is", lambda: (lab.watch.holders(VIP) == ["alice"], lab.watch.holders(VIP)),
                     seconds=3)
    nothing_moved(home)

    lab.step("the group moves with what it has now; nobody says that the files differ")
    lab.stop("alice")
    for address in (VIP, SECOND):
        lab.expect_only_holder("bob", address, PAIR, within=10)
    lab.start("alice")
    for address in (VIP, SECOND):
        lab.expect_only_holder("alice", address, PAIR, within=20)
    lab.expect_output("alice", "cl_status nodestatus bob", "^active$", 0)
    for node in PAIR:
        lab.expect_no_log(node, "haresources of node .* differs")
