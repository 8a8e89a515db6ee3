#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whoever kills the lab's controller does not leave its guest's helper processes behind. usage: guard_test.py SOURCE"""
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(sys.argv[1], "lab"))
from rig import outside

# A guest as far as the host sees it: a process that dies with its controller, and one that does not.
GUEST = r"""
import os, sys, time
sys.path.insert(0, sys.argv[1])
from rig import kernel
if os.fork():
    kernel.die_with_parent()
os.write(1, b"up\n")  # in one piece: there are two who say it
time.sleep(300)
"""
CONTROLLER = """
import subprocess, sys
sys.path.insert(0, sys.argv[1])
from rig import outside
guard = outside.guarded(sys.argv[3], sys.argv[4])
guard.__enter__()
subprocess.Popen([sys.executable, "-c", sys.argv[2], sys.argv[1], sys.argv[4]]).wait()
"""


class Guard(unittest.TestCase):
    def test_killed_controller(self):
        scratch = tempfile.mkdtemp(prefix="lab-")
        word = f"init={scratch}/init"
        controller = subprocess.Popen([sys.executable, "-c", CONTROLLER, os.path.join(sys.argv[1], "lab"), GUEST, scratch, word],
                                      stdout=subprocess.PIPE)
        self.assertEqual([controller.stdout.readline(), controller.stdout.readline()], [b"up\n", b"up\n"])
        self.assertGreaterEqual(len(list(outside._with_word(word.encode()))), 2)
        controller.send_signal(signal.SIGKILL)
        controller.wait()
        controller.stdout.close()
        until = time.monotonic() + 60
        while (left := list(outside._with_word(word.encode())) or os.path.exists(scratch)) and time.monotonic() < until:
            time.sleep(0.05)
        self.assertFalse(left)

    def test_ordinary_end(self):
        scratch = tempfile.mkdtemp(prefix="lab-")
        with outside.guarded(scratch, f"init={scratch}/init"):
            pass
        self.assertFalse(os.path.exists(scratch))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
