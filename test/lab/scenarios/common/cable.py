# SPDX-License-Identifier: Apache-2.0
"""Null-modem cables: at each end a pseudo terminal, and a wire of their own between the hosts."""
import os

import rig
from common.foreign import lend

NULL_MODEM = os.path.join(os.path.dirname(rig.__file__), "null_modem.py")


def plug(lab, name, tty, far=""):
    """One end. far: the address of the other end's host on the wire; "" for the end that is called, one a host."""
    lab.hosts[name].spawn(f"exec python3 {lend(lab, name, NULL_MODEM, 'null_modem.py')} {tty} {far}")


def expect_line(lab, name, tty):
    lab.expect(f"{name} has a serial line", lambda: lab.hosts[name].run(f"test -c {tty}").rc == 0, within=20, detail=True)
