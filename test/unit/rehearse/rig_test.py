# SPDX-License-Identifier: Apache-2.0
"""What rehearsals need of the rig, without a lab."""
import os
import signal
import tempfile
import time
import types
import unittest

import samples
from rig import probe, root


class Probe(unittest.TestCase):
    def test_what_stands_still_itself_is_known(self):
        found = probe.Findings(20, 0.0, 10.0, 200, [[1.0, ""], [5.0, ""]], stalls=[[2.0, 4.5], [8.0, 8.2]])
        self.assertAlmostEqual(found.stalled(1.0, 5.0), 2.5)
        self.assertAlmostEqual(found.stalled(3.0, 8.1), 1.6)

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_it_ends_while_something_started_later_lives(self):
        netns = os.open("/proc/self/ns/net", os.O_RDONLY)
        one = probe.Probe(types.SimpleNamespace(netns=netns), "tcp", "127.0.0.1", rate=20, port=9)
        later = os.fork()
        if later == 0:      # as a stand-in server is: it has inherited every descriptor
            time.sleep(60)
            os._exit(0)
        try:
            signal.signal(signal.SIGALRM, self.too_late)
            signal.alarm(15)
            found = one.stop()
            signal.alarm(0)
        finally:
            os.kill(later, signal.SIGKILL)
            os.waitpid(later, 0)
            os.close(netns)
        self.assertEqual(found.answers, [])

    @staticmethod
    def too_late(*_):
        raise AssertionError("stop() did not come back")


class Root(unittest.TestCase):
    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_a_closed_folder_is_found(self):
        with tempfile.TemporaryDirectory() as top:
            os.makedirs(top + "/state/cores/root")
            os.chmod(top, 0o755)
            os.chmod(top + "/state/cores", 0o700)
            self.assertEqual([self.as_nobody(top + "/state", depth) for depth in (0, 1)], [False, True])
            self.assertFalse(root._barred(top + "/state", 2))
            self.assertFalse(self.as_nobody(top + "/nowhere", 2))

    @staticmethod
    def as_nobody(path, depth):
        pid = os.fork()
        if pid == 0:
            os.setgroups([])
            os.setuid(65534)
            os._exit(int(root._barred(path, depth)))
        return bool(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


if __name__ == "__main__":
    samples.main()
