# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import sys
import tempfile
import unittest

import samples
from rehearsal import adapt, agents, command, drills, job, timing
from samples import changed, read


class Adapt(unittest.TestCase):
    def test_what_would_reach_out_is_left_out_and_named(self):
        text = samples.HA_CF + "watchdog /dev/watchdog\nstonith_host * external/ssh x\nrespawn hacluster /usr/lib/heartbeat/dopd\n"
        setup, _ = read(changed(ha_cf=text))
        made, remarks = adapt.ha_cf(text, setup.nodes[0].cluster)
        self.assertEqual([r[1] for r in remarks], [11, 12, 13])
        self.assertEqual(made.split("\n")[7], "respawn hacluster /usr/lib/heartbeat/ipfail")
        for line in made.split("\n")[10:13]:
            self.assertTrue(line.startswith("#"), line)
        self.assertIn("logfile /var/log/ha-log", made)

    def test_fast(self):
        setup, _ = read(samples.FILES)
        factor = timing.fast_factor(setup)
        self.assertAlmostEqual(factor, 10 / 3, 1)
        made, _ = adapt.ha_cf(samples.HA_CF, setup.nodes[0].cluster, factor)
        again, _ = read(changed(ha_cf=made))
        self.assertAlmostEqual(again.deadtime(), 3.0, 1)
        self.assertAlmostEqual(again.keepalive(), 0.3, 1)
        self.assertGreaterEqual(again.cluster["timing"]["initdead"], 10000)
        made, _ = adapt.ldirectord_cf(samples.LDIRECTORD_CF, setup.services, {}, factor)
        self.assertIn("checkinterval=1\n", made)
        again, _ = read(changed(ldirectord_cf=made))
        self.assertEqual(again.services[0]["reals"][0]["check"]["interval"], 1)

    def test_a_check_that_only_connects(self):
        for given in ("\tservice=mysql\n", "\tservice=mysql\n\tchecktype=negotiate\n"):
            text = samples.LDIRECTORD_CF.replace("\tservice=http\n", given).replace('\trequest="test.html"\n\treceive="Test Page"\n', "")
            text += "virtual=192.0.2.100:443\n\treal=192.0.2.21:443 gate\n\tservice=https\n"
            setup, plan = read(changed(ldirectord_cf=text))
            made = job.make(setup, plan, drills.choose(setup)[0])
            laid = made.files["alice"]["/etc/ha.d/ldirectord.cf"][0]
            again, _ = read(changed(ldirectord_cf=laid))
            self.assertEqual([[r["check"]["type"] for r in s["reals"]] for s in again.services], [["connect", "connect"], ["negotiate"]])
            self.assertTrue(made.checks and all("mysql" in why for _, _, why in made.checks))

    def test_callbacks_and_mail(self):
        text = "callback=\"/usr/local/bin/x\"\nemailalert=\"a@b.example\"\n" + samples.LDIRECTORD_CF
        setup, _ = read(changed(ldirectord_cf=text))
        made, remarks = adapt.ldirectord_cf(text, setup.services, {})
        self.assertEqual([r[1] for r in remarks], [1, 2])
        self.assertTrue(all(line.startswith("#") for line in made.split("\n")[:2]))


    def test_a_report_tells_no_secret(self):
        ha_cf = samples.HA_CF + "stonith_host alice external/ipmi bob 192.0.2.9 admin hidden lan\n#stonith_host * external/ipmi hidden\n"
        ldirectord = samples.LDIRECTORD_CF + '\tlogin="somebody"\n\tpasswd="hidden"\n\t#passwd = hidden\n\tsecret=hidden\n'
        setup, _ = read(changed(ha_cf=ha_cf, ldirectord_cf=ldirectord))
        _, remarks = adapt.ha_cf(ha_cf, setup.nodes[0].cluster)
        shown = command._shown(setup)
        self.assertNotIn("hidden", f"{remarks} {shown}")
        self.assertIn("stonith_host alice external/ipmi (left out)", str(remarks))
        for kept in ('login="somebody"', "\tpasswd=(left out)\n", 'receive="Test Page"', "node alice bob\n"):
            self.assertTrue(any(kept in content for _, _, content, _ in shown), kept)
        self.assertEqual({name for _, name, _, _ in shown}, {"ha.cf", "haresources", "ldirectord.cf"})


class Agents(unittest.TestCase):
    def test_which_are_stood_in_for(self):
        setup, _ = read(dict(changed(haresources="alice IPaddr2::192.0.2.100/24/eth0 drbddisk::r0 mysql mine ldirectord\n"),
                             **{"resource.d/mine": "#!/bin/sh\n"}))
        found = agents.stubbed(setup)
        self.assertEqual(list(found), ["drbddisk", "mysql", "mine"])
        self.assertIn("operator's own", found["mine"])
        self.assertEqual(list(agents.stubbed(setup, own_agents=True)), ["drbddisk", "mysql"])
        self.assertEqual(agents.that_may_fail(setup, found), "mine")
        self.assertEqual(agents.that_may_fail(setup, {}), "ldirectord")

    def test_a_name_is_no_path(self):
        for name in ("..", "a/b", "a;b", "$(x)", ""):
            self.assertFalse(agents.safe_name(name), name)

    def test_the_stub_remembers(self):
        with tempfile.TemporaryDirectory() as top:
            script = top + "/mine"
            text = agents.stub("mine").replace("/run/", top + "/run/").replace("/var/log/", top + "/")
            os.makedirs(top + "/run")
            with open(script, "w", encoding="utf-8") as out:
                out.write(text)

            def run(*words):
                return subprocess.run(["sh", script, *words], stdout=subprocess.DEVNULL, check=False).returncode
            self.assertEqual([run("a", "b", "status"), run("a", "b", "start"), run("a", "b", "status"), run("c", "status"),
                              run("a", "b", "stop"), run("a", "b", "status")], [3, 0, 0, 3, 0, 3])
            with open(top + "/run/rehearsal-fails", "w", encoding="utf-8"):
                self.assertEqual(run("start"), 1)
            with open(top + "/rehearsal-agents", encoding="utf-8") as f:
                self.assertEqual([line.split()[1] for line in f], ["start", "stop", "fails"])


class Drills(unittest.TestCase):
    def test_which_make_sense(self):
        setup, _ = read(samples.FILES)
        chosen, _ = drills.choose(setup)
        self.assertEqual([c.name for c in chosen if not c.unfit],
                         ["start", "stop", "power", "link", "path", "daemon", "real:192.0.2.21", "real:192.0.2.22", "reals", "ping", "fail"])
        quick, notes = drills.choose(setup, quick=True)
        self.assertEqual([c.name for c in quick], ["start", "stop", "power", "real:192.0.2.21", "reals"])
        self.assertTrue(any("1 of 2" in n and "--drill real tries them all" in n for n in notes), notes)
        self.assertEqual([c.name for c in drills.choose(setup, wanted=["real:192.0.2.22"])[0]], ["start", "real:192.0.2.22"])
        many, _ = read(changed(ldirectord_cf=samples.LDIRECTORD_CF.replace("\treal=192.0.2.22:80 gate\n", "".join(
            f"\treal=192.0.2.{n}:80 gate\n" for n in range(22, 30)))))
        for wanted, number in (((), 9), (["real"], 9), (["real", "real:192.0.2.22"], 9), (["real:192.0.2.22"], 1)):
            found, notes = drills.choose(many, wanted=wanted)
            self.assertEqual(sum(c.name.startswith("real:") for c in found), number, wanted)
            self.assertFalse(any("one by one" in n for n in notes), notes)
        alone, _ = read(changed(ha_cf=None, haresources=None, authkeys=None))
        self.assertEqual([c.name for c in drills.choose(alone)[0] if not c.unfit],
                         ["start", "daemon", "real:192.0.2.21", "real:192.0.2.22", "reals"])

    def test_longer_timings_take_longer(self):
        setup, _ = read(samples.FILES)
        self.assertLess(drills.estimate(drills.choose(setup, 3.3)[0]), drills.estimate(drills.choose(setup)[0]))

    def test_each_is_in_the_manual_and_can_be_played(self):
        from rehearsal import player
        with open(samples.TOP + "/man/upbeat-rehearse.8", encoding="utf-8") as f:
            manual = f.read()
        with open(samples.TOP + "/etc/completion/upbeat", encoding="utf-8") as f:
            completion = f.read()
        for name in drills.names():
            self.assertTrue(hasattr(player.Player, "play_" + name), name)
            self.assertIn(f".It Li {name}\n", manual)
            self.assertRegex(completion, rf"\b{name}\b")


class Command(unittest.TestCase):
    def test_help_fits_a_screen(self):
        said = subprocess.run([sys.executable, samples.TOP + "/rehearse/upbeat", "rehearse", "--help"], stdout=subprocess.PIPE, text=True,
                              check=True, env=dict(os.environ, COLUMNS="80", PYTHONDONTWRITEBYTECODE="1")).stdout
        lines = said.splitlines()
        self.assertLessEqual(len(lines), 24, said)
        self.assertLessEqual(max(map(len, lines)), 80, said)
        for option in ("--quick", "--drill", "--fast", "--own-agents", "--dry-run"):
            self.assertIn(option, said)


if __name__ == "__main__":
    samples.main()
