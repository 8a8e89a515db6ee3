#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each unit is as closed as its own comment says ("systemd-analyze security: N"), and systemd understands all of it.

usage: units.py SYSTEMD_ANALYZE UNIT...
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ANALYZE, UNITS = sys.argv[1], sys.argv[2:]
SLACK = 0.3     # other versions of systemd weigh a little differently


def say(*words):
    done = subprocess.run([ANALYZE, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=60, env=dict(os.environ, LC_ALL="C.UTF-8"))
    return done.stdout


class Units(unittest.TestCase):
    def test_figures(self):
        if "--offline" not in say("--help"):
            self.skipTest("this systemd-analyze cannot read a file")
        for unit in UNITS:
            with self.subTest(os.path.basename(unit)):
                with open(unit, encoding="utf-8") as f:
                    promised = re.search(r"^# systemd-analyze security: ([\d.]+)", f.read(), re.M)
                self.assertTrue(promised, "its comment does not say how closed it is")
                said = say("security", "--offline=true", "--no-pager", unit)
                measured = re.search(r"exposure level for \S+: ([\d.]+)", said)
                self.assertTrue(measured, said[-300:])
                self.assertLessEqual(float(measured.group(1)), float(promised.group(1)) + SLACK)

    def test_understood(self):
        """No unknown section, key or value: systemd ignores these with a line in its log only."""
        for unit in UNITS:
            with self.subTest(os.path.basename(unit)), tempfile.TemporaryDirectory() as folder:
                copy = shutil.copy(unit, folder)
                said = say("verify", "--man=no", copy)
                wrong = [line for line in said.splitlines() if copy in line and re.search(r"Unknown|Failed to parse|Invalid|ignoring", line)]
                self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
