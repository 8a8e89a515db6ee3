# SPDX-License-Identifier: Apache-2.0
"""An IPv6 VIP, brought up by the operator's own resource script."""
from common.article import MAINTENANCE, PAGE
from rig.plan import director, host

TITLE = "an IPv6 VIP: direct routing, fallback6, and a script of the operator's own"
NEEDS = ["ip_vs"]
LIMIT = 200
VIP = "fd00:60::111"
URL = f"http://[{VIP}]/"
PAIR = ("ha-master", "ha-slave")
_NGINX = "/etc/init.d/nginx start"


def _both(last):
    return f"172.16.60.{last}/24", f"fd00:60::{last}/64"


def _director(name, last):
    return director(name, *_both(last), boot=[_NGINX],
                    files=["common/v6-director", "common/article-director"])


def _real(name, last):
    return host(name, *_both(last), boot=["/etc/init.d/realserver start", _NGINX],
                files=["common/v6-real", f"common/article-{name}", "common/article-real"])


HOSTS = [_director("ha-master", 206), _director("ha-slave", 207), _real("rs-204", 204),
         _real("rs-205", 205), host("client", *_both(50))]
TABLE = f"""
-A -t [{VIP}]:80 -s wrr
-a -t [{VIP}]:80 -r [fd00:60::204]:80 -g -w 2
-a -t [{VIP}]:80 -r [fd00:60::205]:80 -g -w 1
"""


def play(lab):
    lab.step("both directors start")
    lab.start(*PAIR)
    lab.expect_only_holder("ha-master", VIP, PAIR, within=30)
    lab.expect_table("ha-master", TABLE)
    lab.expect_http("client", URL, "this is test page")
    lab.expect_spread("12 requests are spread 2:1", "client", URL,
                      {PAGE["rs-204"]: 8, PAGE["rs-205"]: 4})

    lab.step("both web servers die and return")
    lab.stop("rs-204", "rs-205", daemon="nginx")
    lab.expect_table("ha-master", f"-A -t [{VIP}]:80 -s wrr\n-a -t [{VIP}]:80 -r [::1]:80 -g -w 1")
    lab.expect_http("client", URL, MAINTENANCE)
    lab.start("rs-204", "rs-205", daemon="nginx")
    lab.expect_table("ha-master", TABLE)

    lab.step("heartbeat stops on ha-master")
    lab.stop("ha-master")
    lab.expect_only_holder("ha-slave", VIP, PAIR, within=10)
    lab.expect_table("ha-slave", TABLE)
    lab.expect_table("ha-master", "")
    lab.expect_http("client", URL, "this is test page")
