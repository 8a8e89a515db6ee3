# SPDX-License-Identifier: Apache-2.0
"""quiescent=yes: a dead web server stays in the table with weight 0 instead of leaving it."""
from common.article import BOTH, MAINTENANCE, PAGE, PAIR, VIP, hosts, listing

TITLE = "the drill with quiescent=yes"
NEEDS = ["ip_vs"]
HOSTS = hosts(["common/article-quiescent", "common/article-rules", "common/article-director"])
LIMIT = 200
URL = f"http://{VIP}/"


def play(lab):
    lab.step("both directors start")
    lab.start(*PAIR)
    lab.expect_only_holder("ha-master", VIP, PAIR, within=30)
    lab.expect_table("ha-master", BOTH)

    lab.step("nginx dies on rs-204")
    lab.stop("rs-204", daemon="nginx")
    lab.expect_table("ha-master", listing("172.16.60.204:80 Route 0", "172.16.60.205:80 Route 1"))
    lab.expect_log("ha-master", r"Quiescent real server: 172\.16\.60\.204:80",
                   file="/var/log/ldirectord.log")
    lab.expect_http("client", URL, PAGE["rs-205"], source="172.16.60.50")

    lab.step("nginx dies on rs-205 too")
    lab.stop("rs-205", daemon="nginx")
    lab.expect_table("ha-master", listing("172.16.60.204:80 Route 0", "172.16.60.205:80 Route 0",
                                          "127.0.0.1:80 Route 1"))
    # A client bound to a quiescent server stays bound to it: a new one sees the page.
    lab.expect_http("client", URL, MAINTENANCE, source="172.16.60.51")

    lab.step("both return")
    lab.start("rs-204", "rs-205", daemon="nginx")
    lab.expect_table("ha-master", BOTH)
    lab.expect_http("client", URL, "this is test page", source="172.16.60.52")

    lab.step("heartbeat stops on ha-master")
    lab.stop("ha-master")
    lab.expect_only_holder("ha-slave", VIP, PAIR, within=10)
    lab.expect_table("ha-slave", BOTH)
    lab.expect_table("ha-master", "")
    lab.expect_http("client", URL, "this is test page")
