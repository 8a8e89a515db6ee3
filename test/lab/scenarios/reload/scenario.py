# SPDX-License-Identifier: Apache-2.0
"""Files that are changed under a running pair: broken ones are refused by name, good ones taken without a move."""
from common.pair import PAIR, VIP, hosts, start_pair

TITLE = "haresources and authkeys are changed on both nodes while they run"
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

    def nothing_moved():
        lab.check("the address never moved", not lab.watch.since(since, address=VIP), lab.watch.since(since, address=VIP))
        for node in PAIR:
            lab.expect_no_log(node, "WARN: node .*: is dead")

    good_keys = lab.hosts["alice"].read(f"{ETC}/authkeys")
    good_groups = lab.hosts["alice"].read(f"{ETC}/haresources")

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

    lab.step("a second address in the group, on both nodes")
    write("haresources", good_groups.rstrip("\n") + f" IPaddr::{SECOND}/24/eth0\n")
    reload()
    for node in PAIR:
        lab.expect_log(node, r"info: Rereading /etc/ha\.d/haresources: 1 resource groups\.")
    nothing_moved()

    lab.step("other keys, on one node after the other")
    write("authkeys", "auth 2\n1 sha1 between-alice-and-bob\n2 sha1 another\n")
    reload()
    for node in PAIR:
        lab.expect_log(node, r"info: Rereading authentication file\.")
    lab.expect_stays("the address stays where it is", lambda: (lab.watch.holders(VIP) == ["alice"], lab.watch.holders(VIP)),
                     seconds=3)
    nothing_moved()

    lab.step("the group moves with what it has now")
    lab.stop("alice")
    for address in (VIP, SECOND):
        lab.expect_only_holder("bob", address, PAIR, within=10)
    lab.start("alice")
    for address in (VIP, SECOND):
        lab.expect_only_holder("alice", address, PAIR, within=20)
