#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every program that is installed says what it is: --help fits a screen, --version names the release, and a manual page
describes it. Programs are taken from what the build installs, so that a new one cannot be forgotten.

usage: first_contact.py BUILD_FOLDER VERSION
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

BUILD, VERSION = sys.argv[1:3]
ROWS, COLUMNS = 24, 80
FOLDERS = ("bin", "sbin", "share/heartbeat", "libexec/heartbeat")
# Read by other scripts, not run; and what the daemon starts itself.
NO_PROGRAMS = ("hb_message", "agentfuncs", "shellfuncs", "ha_config")


def installed():
    plan = json.loads(subprocess.check_output(["meson", "introspect", "--installed", BUILD]))
    return {target: source for source, target in plan.items() if isinstance(target, str)}


class FirstContact(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Laid out as installed: scripts read what lies beside them.
        cls.folder = tempfile.TemporaryDirectory()
        cls.plan = installed()
        cls.programs = {}
        for target, source in sorted(cls.plan.items()):
            folder, name = os.path.split(target)
            if not (folder.endswith(FOLDERS) or target.endswith("init.d/lvs-realserver")) or not os.path.isfile(source):
                continue
            copy = os.path.join(cls.folder.name, os.path.relpath(folder, "/"), name)
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            with open(source, "rb") as original, open(copy, "wb") as out:
                out.write(original.read())
            os.chmod(copy, 0o755)
            if name not in NO_PROGRAMS:
                cls.programs[name] = copy
        cls.pages = {os.path.basename(target) for target in cls.plan if "/man/" in target}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def say(self, name, *words):
        env = {"PATH": os.environ["PATH"], "HA_DIR": self.folder.name + "/etc/ha.d", "LC_ALL": "C"}
        done = subprocess.run([self.programs[name], *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, env=env, timeout=60)
        return done.returncode, done.stdout.replace(self.folder.name, "")

    def test_which(self):
        for name in ("hbd", "ldirectord", "lvs-realserver", "cl_status", "hb_standby", "hb_takeover", "hb_addnode", "hb_delnode",
                     "hb_setweight", "hb_setsite",
                     "ResourceManager", "ipaddr", "send_arp"):
            self.assertIn(name, self.programs)

    def test_help(self):
        for name in self.programs:
            with self.subTest(name):
                code, said = self.say(name, "--help")
                lines = said.expandtabs(8).splitlines()
                self.assertEqual(code, 0, said)
                self.assertIn("usage", said.lower())
                self.assertLessEqual(len(lines), ROWS, said)
                self.assertLessEqual(max(map(len, lines)), COLUMNS, said)

    def test_version(self):
        for name in self.programs:
            with self.subTest(name):
                code, said = self.say(name, "--version")
                self.assertEqual(code, 0, said)
                self.assertEqual(len(said.splitlines()), 1, said)
                self.assertIn(VERSION, said)

    def test_page(self):
        for name in self.programs:
            with self.subTest(name):
                name = {"ipaddr": "ha-resources", "upbeat": "upbeat-rehearse"}.get(name, name)     # one page per verb
                self.assertTrue(any(f"{name}.{section}" in self.pages for section in (1, 8)), "there is no manual page of it")

    def test_one_version(self):
        """What packages say of themselves is what the programs say."""
        top = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3)
        for path, line in (("debian/changelog", f"upbeat ({VERSION}"), ("packaging/upbeat.spec", f"\nVersion:        {VERSION}\n")):
            with open(os.path.join(top, path), encoding="utf-8") as f:
                self.assertIn(line, f.read(), path)

    def test_nothing_configured(self):
        empty = self.folder.name + "/etc/ha.d"
        os.makedirs(empty, exist_ok=True)
        code, said = self.say("hbd", "-t", empty)
        self.assertEqual(code, 2)
        self.assertIn("write ha.cf, haresources and authkeys", said)
        code, said = self.say("ldirectord", "-t", empty + "/ldirectord.cf")
        self.assertNotEqual(code, 0)
        self.assertIn("Write it first", said)

    def test_names_without_address(self):
        """hbd -t warns of each at its place, whatever the name servers say, and the files are good all the same."""
        with tempfile.TemporaryDirectory() as top:
            for name, text in (("ha.cf", "node alice bob\nucast lo nosuch.invalid\nping 127.0.0.1 other.invalid\n"
                                         "ping_group g localhost third.invalid\nauto_failback on\nlogfacility none\n"),
                               ("haresources", "alice mine\n"), ("authkeys", "auth 1\n1 sha1 secret\n"), ("nodeinfo", "alice\n"),
                               ("resource.d/mine", "#!/bin/sh\n")):
                os.makedirs(os.path.dirname(f"{top}/{name}"), exist_ok=True)
                with open(f"{top}/{name}", "w", encoding="utf-8", opener=lambda p, flags: os.open(p, flags, 0o600)) as file:
                    file.write(text)
            os.chmod(f"{top}/resource.d/mine", 0o755)
            code, said = self.say("hbd", "-t", top)
        self.assertEqual(code, 0, said)
        self.assertIn("Configuration validated.", said)
        for place, text in (("2:10", "ucast: cannot resolve hostname nosuch.invalid: "), ("3:16", "unknown host: other.invalid: "),
                            ("4:24", "unknown host: third.invalid: ")):
            self.assertIn(f"/ha.cf:{place}: warning: {text}", said)
        self.assertEqual(said.count("warning"), 3, said)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
