# SPDX-License-Identifier: Apache-2.0
import os
import tempfile
import unittest

import samples
from rehearsal import drills, job, reading
from rehearsal.setup import Problem, vip_of
from samples import changed, read


class Reading(unittest.TestCase):
    def refused(self, files, *words, node=""):
        with self.assertRaises(Problem) as seen:
            read(files, node)
        for word in words:
            self.assertIn(word, str(seen.exception))

    def test_one_set_derives_the_other(self):
        setup, plan = read(samples.FILES)
        self.assertEqual([n.name for n in setup.nodes], ["alice", "bob"])
        self.assertEqual([n.given for n in setup.nodes], [True, False])
        own = plan.own[0, "eth0"]
        self.assertIn(f"ucast eth0 {own}\n", setup.nodes[1].files["ha.cf"])
        self.assertEqual(plan.own[1, "eth0"], "192.0.2.12")
        self.assertEqual(setup.nodes[1].files["ha.cf"].replace(f"ucast eth0 {own}", "ucast eth0 192.0.2.12"), samples.HA_CF)
        self.assertEqual(setup.nodes[1].cluster["self"], "bob")
        self.assertTrue(any("became" in note for note in setup.notes))

    def test_whose_they_are(self):
        setup, plan = read(samples.FILES, node="bob")
        self.assertEqual([n.given for n in setup.nodes], [False, True])
        self.assertEqual(plan.own[0, "eth0"], "192.0.2.12")
        self.refused(samples.FILES, "--node carol", "alice and bob", node="carol")

    def test_two_ucast_lines_name_both(self):
        both = samples.HA_CF.replace("ucast eth0 192.0.2.12", "ucast eth0 192.0.2.11\nucast eth0 192.0.2.12")
        setup, plan = read(changed(ha_cf=both))
        self.assertEqual((plan.own[0, "eth0"], plan.own[1, "eth0"]), ("192.0.2.11", "192.0.2.12"))
        self.assertEqual(setup.nodes[1].files["ha.cf"], both)

    def test_both_sets(self):
        files = {f"alice/etc/ha.d/{n}": t for n, t in samples.FILES.items()}
        files.update({f"BOB/{n}": t for n, t in changed(ha_cf=samples.HA_CF.replace("2.12", "2.11")).items()})
        setup, plan = read(files)
        self.assertEqual((plan.own[0, "eth0"], plan.own[1, "eth0"]), ("192.0.2.11", "192.0.2.12"))
        self.assertEqual(setup.differ, [])
        files["BOB/haresources"] = "# a remark\nbob IPaddr::192.0.2.100/24/eth0 ldirectord\n"
        files["BOB/ldirectord.cf"] = "# a remark\n" + samples.LDIRECTORD_CF
        self.assertEqual(read(files)[0].differ, ["haresources"])
        files["carol/ha.cf"] = samples.HA_CF
        self.refused(files, "files of 3 nodes")
        del files["carol/ha.cf"]
        self.refused({n.replace("BOB/", "dave/"): t for n, t in files.items()}, "folder dave", "alice and bob")

    def test_ldirectord_alone(self):
        setup, plan = read(changed(ha_cf=None, haresources=None, authkeys=None))
        self.assertFalse(setup.pair)
        self.assertEqual(len(plan.role("director")), 1)
        self.assertEqual(list(setup.reals()), ["192.0.2.21", "192.0.2.22"])

    def test_which_file_is_ldirectords(self):
        named = "alice IPaddr::192.0.2.100/24/eth0 ldirectord::/etc/ha.d/conf/web.cf ldirectord::mail.cf\n"
        files = changed(haresources=named, ldirectord_cf=None)
        setup, plan = read(dict(files, **{"web.cf": samples.LDIRECTORD_CF, "mail.cf": samples.LDIRECTORD_CF.replace(":80", ":25"), "other.cf": "x\n"}))
        self.assertEqual(setup.director_file, "web.cf")
        laid = job.make(setup, plan, drills.choose(setup)[0]).files["bob"]
        self.assertIn("virtual=192.0.2.100:80", laid["/etc/ha.d/conf/web.cf"][0])
        self.assertIn("virtual=192.0.2.100:25", laid["/etc/ha.d/mail.cf"][0])
        self.assertIsNone(read(dict(changed(ldirectord_cf=None), **{"other.cf": "x\n"}))[0].director)
        outside = changed(haresources="alice 192.0.2.100 ldirectord::../../root/ldirectord.cf\n")
        setup, plan = read(outside)
        self.assertFalse([p for p in job.make(setup, plan, drills.choose(setup)[0]).files["bob"] if not p.startswith("/etc/")])

    def test_haresources_alone(self):
        setup, _ = read(changed(ldirectord_cf=None, haresources="alice 192.0.2.100 mysql\n", authkeys=None))
        self.assertEqual(setup.services, [])
        self.assertTrue(any("key was made up" in n for n in setup.notes))

    def test_errors_come_with_file_and_line(self):
        self.refused(changed(ha_cf=samples.HA_CF + "deadtim 3\ndeadtime often\n"), "/ha.cf:12:", "error", "nothing was played")
        self.refused(changed(ldirectord_cf="virtual=192.0.2.100:80\n\treal=nonsense\n"), "/ldirectord.cf:2")
        self.refused(changed(ha_cf=samples.HA_CF.replace("node alice bob", "node alice bob carol")), "")
        self.refused({"readme": "x"}, "neither ha.cf nor ldirectord.cf")
        with self.assertRaises(Problem):
            reading.find("/nowhere/at/all")

    def test_names_by_the_hosts_file(self):
        text = samples.LDIRECTORD_CF.replace("real=192.0.2.21:80", "real=web1:80")
        setup, _ = read(dict(changed(ldirectord_cf=text), hosts="127.0.0.1 localhost\n192.0.2.21 web1 # first\n192.0.2.11 alice\n"))
        self.assertEqual(list(setup.reals()), ["192.0.2.21", "192.0.2.22"])

    def test_own_agents_but_not_links(self):
        with tempfile.TemporaryDirectory() as folder:
            samples.write(folder, dict(samples.FILES, **{"resource.d/mine": "#!/bin/sh\n"}))
            os.symlink("/usr/share/heartbeat/resource.d/Delay", folder + "/resource.d/Delay")
            self.assertEqual(list(reading.find(folder)[0].agents), ["mine"])

    def test_spellings_of_addresses(self):
        def vip(text):
            script, *args = text.split("::")
            found = vip_of({"script": script, "args": args})
            return found and (found.address, found.prefix, found.nic)
        for text, wanted in (("IPaddr::10.0.0.1", ("10.0.0.1", None, "")), ("IPaddr::10.0.0.1/24/eth0:0", ("10.0.0.1", 24, "eth0")),
                             ("IPaddr2::10.0.0.1/24/eth0/10.0.0.255", ("10.0.0.1", 24, "eth0")), ("IPaddr::10.0.0.1/eth1", ("10.0.0.1", None, "eth1")),
                             ("IPaddr::10.0.0.1//8/eth0:10", ("10.0.0.1", 8, "eth0")), ("IPaddr::10.0.0.1/255.255.255.0", ("10.0.0.1", 24, "")),
                             ("IPaddr::10.0.0.1/24/eth0/", ("10.0.0.1", 24, "eth0")), ("IPv6addr::2001:db8::1/64", None),
                             ("apache::10.0.0.1", None), ("IPaddr::name/24", None)):
            self.assertEqual(vip(text), wanted, text)
        self.assertEqual(vip_of({"script": "IPv6addr", "args": ["2001:db8::1/64"]}).prefix, 64)


if __name__ == "__main__":
    samples.main()
