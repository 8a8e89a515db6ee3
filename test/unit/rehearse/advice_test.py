# SPDX-License-Identifier: Apache-2.0
"""One case per row: files that get this advice, next to the good ones that do not."""
import unittest

import samples
from rehearsal import advice
from samples import HA_CF, LDIRECTORD_CF, changed, read

GOOD = {
    "ha_cf": HA_CF.replace("ping 192.0.2.1\n", "ping 192.0.2.1 192.0.2.2\n") + "watchdog /dev/watchdog\n",
    "ldirectord_cf": LDIRECTORD_CF,
}


def ha(*pairs):
    text = GOOD["ha_cf"]
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    return {"ha_cf": text}


def ld(*pairs):
    text = LDIRECTORD_CF
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    return {"ldirectord_cf": text}


CASES = {
    "fencing": ({"haresources": "alice Filesystem::/dev/sda1::/x::ext4 IPaddr::192.0.2.100/24/eth0 ldirectord\n"}, "Filesystem"),
    "deadtime-close": (ha(("deadtime 10", "deadtime 2200ms"), ("warntime 5", "warntime 1500ms")), "2.2 times"),
    "single-path": (ha(("bcast eth1\n", "")), "eth0"),
    "nat-gateway": (ld(("192.0.2.21:80 gate", "10.9.0.21:80 masq")), "10.9.0.21"),
    "vip-unheld": (ld(("virtual=192.0.2.100:80", "virtual=192.0.2.101:80")), "192.0.2.101"),
    "crc": ({"authkeys": "auth 1\n1 crc\n"}, "crc"),
    "md5": ({"authkeys": "auth 1\n1 md5 something-long\n"}, "md5"),
    "fallback": (ld(("\tfallback=127.0.0.1:80 gate\n", "")), "192.0.2.100:80"),
    "ipfail-no-ping": (ha(("ping 192.0.2.1 192.0.2.2\n", "")), "ipfail"),
    "ping-no-ipfail": (ha(("respawn hacluster /usr/lib/heartbeat/ipfail\n", "")), "192.0.2.1"),
    "no-ping": (ha(("ping 192.0.2.1 192.0.2.2\n", ""), ("respawn hacluster /usr/lib/heartbeat/ipfail\n", "")), "no ping"),
    "one-ping": (ha(("ping 192.0.2.1 192.0.2.2\n", "ping 192.0.2.1\n")), "192.0.2.1"),
    "deadtime-long": (ha(("deadtime 10", "deadtime 30"), ("initdead 30", "initdead 120")), "30 s"),
    "warntime": (ha(("warntime 5", "warntime 12")), "12 s"),
    "initdead": (ha(("initdead 30", "initdead 12")), "12 s"),
    "failback": ({"haresources": "alice IPaddr::192.0.2.100/24/eth0 mysql ldirectord\n"}, "mysql"),
    "failback-legacy": (ha(("auto_failback on\n", "")), "legacy"),
    "quiescent-persistent": (ld(("quiescent=no", "quiescent=yes"), ("\tservice", "\tpersistent=600\n\tservice")), "192.0.2.100:80"),
    "slow-check": (ld(("negotiatetimeout=3\n", "negotiatetimeout=30\n")), "32 s"),
    "connect-only": (ld(("\tservice", "\tchecktype=connect\n\tservice")), "192.0.2.100:80"),
    "no-receive": (ld(('\treceive="Test Page"\n', "")), "192.0.2.100:80"),
    "unchecked": (ld(("\tservice", "\tchecktype=on\n\tservice")), "192.0.2.100:80"),
    "one-real": (ld(("\treal=192.0.2.22:80 gate\n", "")), "192.0.2.100:80"),
    "director-apart": ({"haresources": "alice IPaddr::192.0.2.100/24/eth0\n"}, "ldirectord.cf"),
    "watchdog": (ha(("watchdog /dev/watchdog\n", "")), "watchdog"),
}
ELSEWHERE = {"pair-differs", "key-mode"}


class Advice(unittest.TestCase):
    def given(self, **files):
        setup, plan = read(changed(**dict(GOOD, **files)))
        return {item.name: item.about for item in advice.given(setup, plan)}

    def test_good_files_get_none(self):
        self.assertEqual(self.given(), {})

    def test_each_row_has_a_case(self):
        self.assertEqual({row.name for row in advice.ROWS}, set(CASES) | ELSEWHERE)

    def test_each_row(self):
        for name, (files, word) in CASES.items():
            with self.subTest(name):
                found = self.given(**files)
                self.assertIn(name, found)
                self.assertIn(word, found[name])

    def test_modes(self):
        setup, plan = read(samples.FILES)
        setup.modes["authkeys"] = 0o644
        self.assertIn("key-mode", [i.name for i in advice.given(setup, plan)])

    def test_pair(self):
        files = {f"{n}/{name}": t for n in ("alice", "bob") for name, t in changed(**GOOD).items()}
        files["bob/authkeys"] = "auth 1\n1 sha1 another-secret\n"
        setup, plan = read(files)
        found = advice.given(setup, plan)
        self.assertEqual(found[0].name, "pair-differs")
        self.assertIn("authkeys", found[0].about)

    def test_serious_first(self):
        setup, plan = read(changed(ha_cf="node alice bob\nbcast eth0\n", authkeys="auth 1\n1 crc\n"))
        levels = [advice.LEVELS.index(i.level) for i in advice.given(setup, plan)]
        self.assertEqual(levels, sorted(levels))


if __name__ == "__main__":
    samples.main()
