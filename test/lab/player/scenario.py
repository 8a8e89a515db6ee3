# SPDX-License-Identifier: Apache-2.0
"""Finds and loads scenarios: a folder with scenario.py and hosts/NAME/ node files.

scenario.py sets TITLE and HOSTS, may set NEEDS (kernel features: "ip_vs", "netem", "ipip", "gue", "gre", "softdog", "disks"),
LIMIT (seconds for all of it), LONG (played only when named) and PROGRAM (a test program that it
plays, by its path in the build folder), and defines play(lab).
"""
import importlib.util
import os
import sys

from rig import features

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "scenarios")


class Scenario:
    def __init__(self, name, module, folder):
        self.name, self.folder = name, folder
        self.title = module.TITLE
        self.hosts = module.HOSTS
        self.play = module.play
        self.needs = frozenset(getattr(module, "NEEDS", ()))
        self.limit = getattr(module, "LIMIT", 120)
        self.program = getattr(module, "PROGRAM", "")
        self.long = getattr(module, "LONG", False)
        self.stacks = getattr(module, "STACKS", ("upbeat", "debian"))

    def missing_peers(self):
        """Packages of the originals that its hosts name and this machine lacks."""
        if all(plan.stack != "debian" for plan in self.hosts):
            return []
        return features.missing_packages("debian", False, False)


def names():
    return sorted(n for n in os.listdir(FOLDER)
                  if os.path.isfile(os.path.join(FOLDER, n, "scenario.py")))


def load(name):
    """name: one of names(), or the absolute path of a scenario's folder elsewhere (bench/)."""
    path = os.path.join(FOLDER, name, "scenario.py")
    if not os.path.isfile(path):
        raise FileNotFoundError(f"no scenario '{name}' (see: lab list)")
    if FOLDER not in sys.path:
        sys.path.insert(0, FOLDER)     # scenarios share plays: from common.pair import ...
    spec = importlib.util.spec_from_file_location(
        "scenario_" + os.path.basename(name).replace("-", "_"), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Scenario(name, module, os.path.dirname(path))
