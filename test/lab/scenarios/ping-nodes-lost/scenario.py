# SPDX-License-Identifier: Apache-2.0
"""Only the holder loses its way to both ping nodes: ipfail moves the group, nobody dies."""
from common.pair import PAIR, VIP, start_pair
from rig.expect import at_times
from rig.plan import director, host

TITLE = "both ping nodes lost by the holder only"
_FILES = ["common/pair-ping", "common/pair-deadtime-1"]
HOSTS = [director("alice", "10.77.0.1/24", files=_FILES),
         director("bob", "10.77.0.2/24", files=_FILES),
         host("gate1", "10.77.0.11/24"), host("gate2", "10.77.0.12/24"),
         host("client", "10.77.0.50/24")]


def play(lab):
    start_pair(lab, within=25)

    lab.step("alice no longer reaches gate1 and gate2")
    probe = lab.probe("client", "icmp", VIP, rate=200)
    lab.expect_traffic(probe)
    lost = lab.part("alice", "gate1", "gate2")
    lab.expect_only_holder("bob", VIP, PAIR, within=20)
    lab.check("nobody was declared dead but the ping nodes",
              "node alice: is dead" not in lab.hosts["bob"].read("/var/log/ha-log"))
    lab.expect_log("alice", r"Giving up because we (have|were told that we have) less")
    lab.expect_ping("client", VIP)
    moves = lab.watch.since(lost, address=VIP)
    released = [e[0] for e in moves if e[1:3] == ("alice", "-")]
    taken = [e[0] for e in moves if e[1:3] == ("bob", "+")]
    lab.check("alice let go before bob took it", released and taken and released[-1] <= taken[0],
              [(round(e[0] - lost, 2), e[1], e[2]) for e in moves])
    lab.expect_gap("the client's gap is at most 500 ms", lab.end_probe(probe), 0.5, since=lost,
                   original=at_times("a little more, with its shell scripts"))

    lab.step("the way to the ping nodes is back")
    lab.join()
    lab.expect_stays("bob keeps the group (auto_failback off)",
                     lambda: (lab.watch.holds("bob", VIP) and not lab.watch.holds("alice", VIP),
                              lab.watch.holders(VIP)), seconds=5)
