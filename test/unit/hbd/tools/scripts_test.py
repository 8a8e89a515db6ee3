#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hb_standby, hb_takeover and the other words to a running cluster against a FIFO of our own: what they write, what they refuse."""
import os
import select
import subprocess
import sys
import tempfile
import unittest

STANDBY, TAKEOVER, ADDNODE, DELNODE, SETWEIGHT, SETSITE = sys.argv[1:7]


class Scripts(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.fifo = os.path.join(self.folder.name, 'fifo')
        self.pidfile = os.path.join(self.folder.name, 'pid')
        os.mkfifo(self.fifo)
        self.reader = os.open(self.fifo, os.O_RDWR | os.O_NONBLOCK)
        with open(self.pidfile, 'w') as f:
            f.write(f'{os.getpid():10d}\n')

    def tearDown(self):
        if self.reader is not None:
            os.close(self.reader)
        self.folder.cleanup()

    def run_script(self, script, *args):
        env = {'PATH': os.environ['PATH'], 'HA_FIFO': self.fifo, 'HA_PIDFILE': self.pidfile, 'HA_DIR': self.folder.name}
        done = subprocess.run([script, *args], env=env, capture_output=True, text=True, timeout=30)
        written = ''
        if self.reader is not None and select.select([self.reader], [], [], 0)[0]:
            written = os.read(self.reader, 4096).decode()
        return done.returncode, done.stdout, done.stderr, written

    def test_standby(self):
        for arg, what in (((), 'all'), (('all',), 'all'), (('local',), 'local'), (('foreign',), 'foreign'), (('failback',), 'foreign')):
            code, out, err, written = self.run_script(STANDBY, *arg)
            self.assertEqual((code, out, err), (0, '', f'Going standby [{what}].\n'))
            self.assertEqual(written, f'>>>\nt=ask_resources\nrsc_hold={what}\ninfo=me\n<<<\n')

    def test_takeover(self):
        for arg, what in (((), 'all'), (('local',), 'local'), (('foreign',), 'foreign'), (('failback',), 'local')):
            code, out, err, written = self.run_script(TAKEOVER, *arg)
            self.assertEqual((code, out, err, written), (0, '', '', f'>>>\nt=hb_takeover\nrsc_hold={what}\n<<<\n'))

    def test_nodes(self):
        for script, kind in (ADDNODE, 'addnode'), (DELNODE, 'delnode'):
            code, out, err, written = self.run_script(script, 'carol', 'dave')
            self.assertEqual((code, out, err, written), (0, '', '', f'>>>\nt={kind}\nnodelist=carol dave\n<<<\n'))
            code, out, err, written = self.run_script(script)
            self.assertEqual((code, out, err, written), (1, f'usage: hb_{kind} <node> <node> ...\n', '', ''))

    def test_labels(self):
        for script, what, value in (SETWEIGHT, 'weight', '50'), (SETSITE, 'site', 'second room'):
            code, out, err, written = self.run_script(script, 'bob', value)
            self.assertEqual((code, out, err, written), (0, '', '', f'>>>\nt=set{what}\nnode=bob\n{what}={value}\n<<<\n'))
            for args in (), ('bob',), ('bob', value, 'more'):
                code, out, err, written = self.run_script(script, *args)
                self.assertEqual((code, out, err, written), (1, f'usage: hb_set{what} <node> <{what}>\n', '', ''))
            code, out, err, written = self.run_script(script, 'bob', 'one\nt=shutdone')
            self.assertEqual((code, out, err, written), (1, '', f'{script}: one line only, please.\n', ''))

    def test_usage(self):
        for script in STANDBY, TAKEOVER:
            for args, said in ((('zz',), f'{script}: wrong resources(zz).\nusage:\n'),
                               (('all', 'all'), f'{script}: too many arguments\nusage:\n')):
                code, out, err, written = self.run_script(script, *args)
                self.assertEqual((code, out, written), (1, said, ''))
                self.assertEqual(err, f'{script} [all|foreign|local|failback]\n')

    def test_not_running(self):
        with open(self.pidfile, 'w') as f:
            f.write(f'{2 ** 22 + 1:10d}\n')  # beyond pid_max
        self.assertEqual(self.run_script(STANDBY)[0], 1)
        os.unlink(self.pidfile)
        code, _, err, written = self.run_script(TAKEOVER)
        self.assertEqual((code, err, written), (1, f'{TAKEOVER}: heartbeat is not running on this machine.\n', ''))

    def test_no_fifo(self):
        os.close(self.reader)
        self.reader = None
        os.unlink(self.fifo)
        code, _, err, _ = self.run_script(TAKEOVER)
        self.assertEqual((code, err), (1, f'{TAKEOVER}: {self.fifo}: no such FIFO.\n'))


unittest.main(argv=sys.argv[:1])
