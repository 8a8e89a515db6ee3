# SPDX-License-Identifier: Apache-2.0
"""How long did this machine itself stand still? A process that does next to nothing and notes when it was late.

The figures that an issue states are meant for a machine that runs: a time that is too long by what the machine
took for others is no fault of the daemons. Every 20 ms a nap and, on the host kernel, every 100 ms a child process;
what these take beyond the usual is noted as a stall.
"""
import os
import signal
import struct
import time

from . import kernel

NAP, USUAL, SPAWN_EVERY, SPAWN_USUAL = 0.02, 0.01, 5, 0.02
_RECORD = struct.Struct("=dd")


class Yardstick:
    def __init__(self, folder, spawn):
        self.path = f"{folder}/stalls"
        self.pid = os.fork()
        if self.pid == 0:
            try:
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                kernel.die_with_parent()
                _measure(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), spawn)
            finally:
                os._exit(0)

    def stalled(self, since, until=None):
        """Seconds within [since, until] in which the machine stood still, as far as one process can tell."""
        until = until or time.monotonic()
        try:
            with open(self.path, "rb") as f:
                data = f.read()
        except OSError:
            return 0.0
        total = 0.0
        for began, ended in _RECORD.iter_unpack(data[:len(data) // _RECORD.size * _RECORD.size]):
            total += max(0.0, min(ended, until) - max(began, since))
        return total

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def _measure(out, spawn):
    turn = 0
    while True:
        began = time.monotonic()
        time.sleep(NAP)
        usual = NAP + USUAL
        turn += 1
        if spawn and turn % SPAWN_EVERY == 0:
            child = os.fork()
            if child == 0:
                os._exit(0)
            os.waitpid(child, 0)
            usual += SPAWN_USUAL
        ended = time.monotonic()
        if ended - began > usual:
            os.write(out, _RECORD.pack(began + usual, ended))
