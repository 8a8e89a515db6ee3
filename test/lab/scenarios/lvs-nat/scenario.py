# SPDX-License-Identifier: Apache-2.0
"""LVS-NAT: web servers on an inside network whose gateway moves along with the VIP."""
from common.article import PAGE
from rig.plan import director, host

TITLE = "LVS-NAT: answers come back through the director, also after it was exchanged"
NEEDS = ["ip_vs"]
LIMIT = 200
VIP, INSIDE = "172.16.60.111", "10.0.0.254"
URL = f"http://{VIP}/"
PAIR = ("ha-master", "ha-slave")
_BOOT = ["echo 1 > /proc/sys/net/ipv4/ip_forward", "/etc/init.d/nginx start"]


def _director(name, last):
    return director(name, f"172.16.60.{last}/24", links={"eth1": ("inside", [f"10.0.0.{last}/24"])},
                    files=["common/nat-director"], boot=_BOOT)


def _real(name, last):
    return host(name, links={"eth0": ("inside", [f"10.0.0.{last}/24"])}, gateway=INSIDE,
                files=["common/nat-real", f"common/article-{name}"], boot=_BOOT[1:])


HOSTS = [_director("ha-master", 206), _director("ha-slave", 207),
         _real("rs-204", 204), _real("rs-205", 205), host("client", "172.16.60.50/24")]
TABLE = f"""
TCP  {VIP}:80 wrr
  -> 10.0.0.204:8080 Masq 1
  -> 10.0.0.205:8080 Masq 2
"""


def play(lab):
    lab.step("both directors start")
    lab.start(*PAIR)
    lab.expect_only_holder("ha-master", VIP, PAIR, within=30)
    lab.expect_only_holder("ha-master", INSIDE, PAIR)
    lab.expect_table("ha-master", TABLE)
    _traffic_by_weight(lab)

    lab.step("a web server dies and returns")
    lab.stop("rs-205", daemon="nginx")
    lab.expect_table("ha-master", f"TCP {VIP}:80 wrr\n -> 10.0.0.204:8080 Masq 1")
    lab.expect_http("client", URL, PAGE["rs-204"])
    lab.start("rs-205", daemon="nginx")
    lab.expect_table("ha-master", TABLE)

    lab.step("heartbeat stops on ha-master")
    lab.stop("ha-master")
    lab.expect_only_holder("ha-slave", VIP, PAIR, within=10)
    lab.expect_only_holder("ha-slave", INSIDE, PAIR, within=10)
    lab.expect_table("ha-slave", TABLE)
    lab.expect_table("ha-master", "")
    _traffic_by_weight(lab)


def _traffic_by_weight(lab):
    """wrr with weights 1 and 2: of 12 requests 4 and 8."""
    lab.expect_http("client", URL, "this is test page")
    lab.expect_spread("12 requests are spread 1:2", "client", URL,
                      {PAGE["rs-204"]: 4, PAGE["rs-205"]: 8})
