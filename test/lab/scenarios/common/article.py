# SPDX-License-Identifier: Apache-2.0
"""The article's set-up: two directors, two real servers, one client, one segment."""
from rig.plan import director, host

VIP = "172.16.60.111"
PAIR = ("ha-master", "ha-slave")
REALS = ("rs-204", "rs-205")
MAINTENANCE = "Sorry, the access is in maintenance"
PAGE = {"rs-204": "this is test page of realserver01:172.16.60.204",
        "rs-205": "this is test page of realserver02:172.16.60.205"}
CLIENTS = [f"172.16.60.{n}" for n in range(50, 58)]
_FORWARD = "echo 1 > /proc/sys/net/ipv4/ip_forward"
_NGINX = "/etc/init.d/nginx start"


def hosts(director_files=("common/article-director",)):
    return [
        director("ha-master", "172.16.60.206/24",
                 files=[*director_files, "common/article-ha-master"], boot=[_FORWARD, _NGINX]),
        director("ha-slave", "172.16.60.207/24",
                 files=[*director_files, "common/article-ha-slave"], boot=[_FORWARD, _NGINX]),
        host("rs-204", "172.16.60.204/24", files=["common/article-rs-204", "common/article-real"],
             boot=[_FORWARD, "/etc/init.d/realserver start", _NGINX]),
        host("rs-205", "172.16.60.205/24", files=["common/article-rs-205", "common/article-real"],
             boot=[_FORWARD, "/etc/init.d/realserver start", _NGINX]),
        # One client machine with several addresses: persistence ties an address to one real.
        host("client", *[f"{a}/24" for a in CLIENTS]),
    ]


def listing(*reals):
    """What `ipvsadm -Ln` shows: listing("172.16.60.204:80 Route 1", ...)."""
    return "\n".join([f"TCP  {VIP}:80 wlc persistent 600", *[f"  -> {r}" for r in reals]])


BOTH = listing("172.16.60.204:80 Route 1", "172.16.60.205:80 Route 1")
ONLY_204 = listing("172.16.60.204:80 Route 1")
ONLY_205 = listing("172.16.60.205:80 Route 1")
# "Local" where the kernel says so for an address of its own, "Route" since 2.6.38.
FALLBACK = listing("127.0.0.1:80 Route 1")
