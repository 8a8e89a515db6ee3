# SPDX-License-Identifier: Apache-2.0
"""Setups for the tests, read by the real parsers. Every test file is called with HBD LDIRECTORD CHECK_ONCE."""
import os
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path[:0] = [os.path.join(TOP, "rehearse"), os.path.join(TOP, "lab")]
from rehearsal import reading  # noqa: E402

HBD, LDIRECTORD, CHECK_ONCE = sys.argv[1:4]
HA_CF = """keepalive 1
deadtime 10
warntime 5
initdead 30
ucast eth0 192.0.2.12
bcast eth1
ping 192.0.2.1
respawn hacluster /usr/lib/heartbeat/ipfail
auto_failback on
node alice bob
"""
HARESOURCES = "alice IPaddr::192.0.2.100/24/eth0 ldirectord\n"
AUTHKEYS = "auth 1\n1 sha1 a-long-secret-word\n"
LDIRECTORD_CF = """checktimeout=3
negotiatetimeout=3
checkinterval=2
quiescent=no
virtual=192.0.2.100:80
\treal=192.0.2.21:80 gate
\treal=192.0.2.22:80 gate
\tfallback=127.0.0.1:80 gate
\tservice=http
\trequest="test.html"
\treceive="Test Page"
"""
FILES = {"ha.cf": HA_CF, "haresources": HARESOURCES, "authkeys": AUTHKEYS, "ldirectord.cf": LDIRECTORD_CF}


def write(folder, files):
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(path, 0o600)


def read(files, node=""):
    """(setup, plan) of a folder with these files."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as scratch:
        write(folder, files)
        reader = reading.Reader(HBD, LDIRECTORD, scratch)
        setup = reader.setup(folder, node)
        return setup, reading.plan_of(reader, setup)


def changed(**files):
    """FILES with some replaced or (None) left out; ha_cf for ha.cf."""
    names = {"ha_cf": "ha.cf", "ldirectord_cf": "ldirectord.cf"}
    found = dict(FILES)
    for name, text in files.items():
        if text is None:
            del found[names.get(name, name)]
        else:
            found[names.get(name, name)] = text
    return found


def main():
    """As unittest.main(), and the last line counts the tests."""
    result = unittest.TextTestRunner(verbosity=1, stream=sys.stdout).run(
        unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad} passed, {bad} failed")
    sys.exit(1 if bad else 0)
