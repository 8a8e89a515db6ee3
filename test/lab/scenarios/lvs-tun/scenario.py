# SPDX-License-Identifier: Apache-2.0
"""LVS-TUN: the directors wrap requests for web servers on another network, which answer
the client themselves, through a router."""
from common.article import PAGE
from rig.plan import director, host

TITLE = "LVS-TUN: web servers on another network answer the client themselves"
NEEDS = ["ip_vs", "ipip"]
LIMIT = 200
VIP = "172.16.60.111"
URL = f"http://{VIP}/"
PAIR = ("ha-master", "ha-slave")
_NGINX = "/etc/init.d/nginx start"


def _director(name, last):
    return director(name, f"172.16.60.{last}/24", gateway="172.16.60.1", boot=[_NGINX],
                    files=["common/tun-director", "common/article-director"])


def _real(name, last, script, *extra, **kwargs):
    return host(name, links={"eth0": ("far", [f"10.9.0.{last}/24"])}, gateway="10.9.0.1",
                files=["common/tun-real", f"common/article-{name}", "common/article-real", *extra],
                boot=[f"/etc/init.d/{script} start", _NGINX], **kwargs)


HOSTS = [_director("ha-master", 206), _director("ha-slave", 207), 
         # One web server with our script, one with the kind that operators wrote by hand.
         _real("rs-204", 204, "lvs-realserver", "common/realserver", stack="upbeat"),
         _real("rs-205", 205, "realserver"),
         host("router", "172.16.60.1/24", links={"eth1": ("far", ["10.9.0.1/24"])},
              boot=["echo 1 > /proc/sys/net/ipv4/ip_forward"]),
         host("client", "172.16.60.50/24", gateway="172.16.60.1")]
TABLE = f"""
-A -t {VIP}:80 -s rr
-a -t {VIP}:80 -r 10.9.0.204:80 -i -w 1 --tun-type ipip
-a -t {VIP}:80 -r 10.9.0.205:80 -i -w 1 --tun-type ipip
"""


def play(lab):
    lab.step("both directors start")
    lab.start(*PAIR)
    lab.expect_only_holder("ha-master", VIP, PAIR, within=30)
    lab.expect_table("ha-master", TABLE)
    _traffic(lab)
    told = lab.run("rs-204", "lvs-realserver status")
    lab.check("rs-204: lvs-realserver says that it runs", "lvs-realserver is running" in told.out, told.out)

    lab.step("a web server dies and returns")
    lab.stop("rs-204", daemon="nginx")
    lab.expect_table("ha-master", f"-A -t {VIP}:80 -s rr\n"
                     f"-a -t {VIP}:80 -r 10.9.0.205:80 -i -w 1 --tun-type ipip")
    lab.expect_http("client", URL, PAGE["rs-205"])
    lab.start("rs-204", daemon="nginx")
    lab.expect_table("ha-master", TABLE)

    lab.step("heartbeat stops on ha-master")
    lab.stop("ha-master")
    lab.expect_only_holder("ha-slave", VIP, PAIR, within=10)
    lab.expect_table("ha-slave", TABLE)
    lab.expect_table("ha-master", "")
    _traffic(lab)


def _traffic(lab):
    lab.expect_http("client", URL, "this is test page")
    lab.expect_spread("8 requests reach both web servers in turn", "client", URL,
                      {PAGE["rs-204"]: 4, PAGE["rs-205"]: 4})
