#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures Upbeat and its peers side by side, in the lab. `./dev bench [NAME...] [--rounds N]`."""
import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LAB = os.path.join(os.path.dirname(HERE), "test", "lab", "lab")


def names():
    return sorted(n for n in os.listdir(HERE) if os.path.isfile(os.path.join(HERE, n, "scenario.py")))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stage", required=True)
    parser.add_argument("--rounds", type=int, help="rounds of each measurement (default: the bench's own)")
    parser.add_argument("names", nargs="*", help=f"which of: {', '.join(names())} (default: all)")
    options = parser.parse_args()
    unknown = [n for n in options.names if n not in names()]
    if unknown:
        parser.error(f"no bench named {', '.join(unknown)}; there are: {', '.join(names())}")
    if options.rounds:
        os.environ["BENCH_ROUNDS"] = str(options.rounds)
    chosen = [os.path.join(HERE, n) for n in options.names or names()]
    os.execv(LAB, [LAB, "run", "--stage", options.stage, *chosen])


if __name__ == "__main__":
    sys.exit(main())
