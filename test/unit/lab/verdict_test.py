#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What becomes of a check whose outcome with the original is known. usage: verdict_test.py SOURCE"""
import io
import os
import sys
import unittest

sys.path.insert(0, os.path.join(sys.argv[1], "lab"))
from rig.expect import Expectations, at_times
from rig.report import Report


class Lab(Expectations):
    def __init__(self, stack):
        self.stack, self.slow, self.report = stack, 1.0, Report(out=io.StringIO())

    def counted(self, good, original):
        self.check("it is so", good, original=original)
        return self.report.passed, self.report.failed, self.report.known


class Verdicts(unittest.TestCase):
    def test_of_ours_nothing_is_excused(self):
        for original in (None, "it is not", at_times("it is not")):
            self.assertEqual(Lab("upbeat").counted(True, original), (1, 0, 0))
            self.assertEqual(Lab("upbeat").counted(False, original), (0, 1, 0))

    def test_the_original_fails_as_it_is_known_to(self):
        self.assertEqual(Lab("debian").counted(False, "it is not"), (0, 0, 1))
        self.assertEqual(Lab("debian").counted(False, at_times("it is not")), (0, 0, 1))
        self.assertEqual(Lab("debian").counted(False, at_times(None)), (0, 1, 0))

    def test_it_passes_what_it_was_to_fail(self):
        lab = Lab("debian")
        self.assertEqual(lab.counted(True, "it is not"), (0, 1, 0))
        self.assertIn("the original passes here, though it was expected to fail: it is not", lab.report.out.getvalue())

    def test_where_that_is_luck_it_may(self):
        self.assertEqual(Lab("debian").counted(True, at_times("it is not")), (1, 0, 0))


unittest.main(argv=sys.argv[:1])
