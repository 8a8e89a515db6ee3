# SPDX-License-Identifier: Apache-2.0
"""ldirectord's page in a browser, with three hundred real servers: a director in memory serves it, so that it needs no
kernel with IPVS, in whose guest no browser runs."""
from common import browser
from rig.plan import host

TITLE = "ldirectord's status page in a headless Chromium, with 300 real servers and on a phone"
STACKS = ("upbeat",)
LIMIT = 240
PROGRAM = "test/unit/ldir/shell/serve_page"
HOSTS = [host("dir", "10.9.9.1/24")]
URL = "http://127.0.0.1:9695/"
WORDS = (r"2 of 302 real servers are down\.", r"tcp:192\.168\.6\.240:80", "last check failed: refused",
         r"192\.168\.7\.18:80 went down", r"192\.168\.7\.4:80 came up", r"192\.168\.7\.31:80 into maintenance", "full",
         r"of at most 20", r"192\.168\.8\.50:80", r"9 min ago", r"50 min ago")


def play(lab):
    if not browser.CHROMIUM:
        lab.say("No chromium on this machine: the page is not looked at.")
        return
    box = lab.hosts["dir"]
    box.spawn([lab.put_program("dir"), "9695", "300"])
    lab.expect("the page is served", lambda: (box.run(f"curl -s -m 5 -o /dev/null {URL}").rc == 0, ""), within=10)
    for name, options in (("ldirectord-wide", {"height": 2300}), ("ldirectord-dark-phone", {"width": 500, "height": 2600, "dark": True})):
        page, said, picture = browser.look(lab, "dir", URL, name, **options)
        for word in WORDS:
            lab.expect_text(f"{name}: the page shows it", page, word)
        lab.check(f"{name}: one small word for each of the others", page.count('title="192.168.') == 296,
                  f"{page.count('title=' + chr(34) + '192.168.')}")
        lab.check(f"{name}: the browser has nothing to complain of", not said, f"{said}")
        shape, length = browser.size(picture)
        lab.check(f"{name}: there is a picture", shape[0] >= 400 and length > 15000, f"{shape}, {length} bytes")
