#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every registered test, then the lab; ends with `N passed, N failed, N skipped`.

A Catch2 program counts its test cases, any other program counts as one; exit code 77 means skipped and its last
line says why. As many programs run at a time as there are processors.
"""
import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import time

CATCH_PASSED = re.compile(r"^All tests passed \(.* in (\d+) test cases?\)", re.M)
CATCH_MIXED = re.compile(r"^test cases:\s*(\d+)(.*)$", re.M)
SUMMARY = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)


def count(output, code):
    """(passed, failed, skipped) of one program's run."""
    found = SUMMARY.findall(output)
    if found:
        passed, failed, skipped = (int(n or 0) for n in found[-1])
        return passed, max(failed, int(code != 0 and failed == 0)), skipped
    found = CATCH_PASSED.search(output)
    if found and code == 0:
        return int(found.group(1)), 0, 0
    found = CATCH_MIXED.search(output)
    if found:
        failed = re.search(r"(\d+) failed", found.group(2))
        failed = int(failed.group(1)) if failed else 0
        failed = max(failed, int(code != 0))
        return int(found.group(1)) - failed, failed, 0
    if code == 77:
        return 0, 0, 1
    return (1, 0, 0) if code == 0 else (0, 1, 0)


def what_failed(lines, last):
    """The last lines, and before them those that say FAIL with what follows, however long ago: a script goes on after them."""
    early = lines[:-last]
    told = sorted({n for at, line in enumerate(early) if "FAIL" in line for n in range(at, min(at + 4, len(early)))})
    return [early[n] for n in told[:last]] + lines[-last:]


def run_one(test, build):
    start = time.monotonic()
    environment = dict(os.environ, **(test.get("env") or {}))
    try:
        done = subprocess.run(test["cmd"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", stdin=subprocess.DEVNULL, env=environment,
                              cwd=test.get("workdir") or build, timeout=max(test.get("timeout") or 30, 30) * 4)
        output, code = done.stdout, done.returncode
    except subprocess.TimeoutExpired as late:
        output, code = (late.stdout or b"").decode(errors="replace") + "\ntimed out", 124
    return test, output, code, time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--stage", required=True)
    parser.add_argument("--no-lab", action="store_true", help="leave the lab out")
    parser.add_argument("only", nargs="*", help="run only the tests whose name contains one of these")
    options = parser.parse_args()

    tests = json.loads(subprocess.check_output(["meson", "introspect", "--tests", options.build]))
    if options.only:
        tests = [t for t in tests if any(word in t["name"] for word in options.only)]
    total = [0, 0, 0]
    failures = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        runs = [pool.submit(run_one, test, options.build) for test in tests]
        for number, done in enumerate(concurrent.futures.as_completed(runs), 1):
            test, output, code, took = done.result()
            result = count(output, code)
            total = [a + b for a, b in zip(total, result)]
            word = "FAIL" if result[1] else "skip" if result[2] and not result[0] else "ok"
            print(f"[{number}/{len(tests)}] {word:4} {test['name']} ({result[0]} passed, {took:.1f} s)", flush=True)
            if result[1]:
                lines = output.splitlines()
                failures += [f"{test['name']}: {line}" for line in ["FAIL", *what_failed(lines, 25)]]
                print("    command: " + " ".join(test["cmd"]))
                print("\n".join("    " + line for line in what_failed(lines, 60)), flush=True)
            elif result[2]:
                print("    " + (output.strip().splitlines() or ["no reason given"])[-1], flush=True)

    if not options.no_lab and not options.only:
        lab = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lab", "lab")
        process = subprocess.Popen([lab, "run", "--stage", options.stage, "--build", options.build], stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True, errors="replace", stdin=subprocess.DEVNULL)
        output, head, telling = [], "", False
        for line in process.stdout:
            output.append(line)
            if not SUMMARY.match(line):
                print("lab: " + line, end="", flush=True)
            head = line if line.startswith("== ") else head
            telling = line.startswith("FAIL") or (telling and line.startswith("      "))
            if telling:
                failures += ([head.rstrip()] if line.startswith("FAIL") else []) + [line.rstrip()]
        result = count("".join(output), process.wait())
        total = [a + b for a, b in zip(total, result)]

    if not options.no_lab and not options.only:
        play = os.path.join(os.path.dirname(os.path.abspath(__file__)), "rehearse", "play.py")
        done = subprocess.run([sys.executable, play, "--stage", options.stage], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", stdin=subprocess.DEVNULL)
        result = count(done.stdout, done.returncode)
        total = [a + b for a, b in zip(total, result)]
        print("".join(f"rehearsal: {line}\n" for line in done.stdout.splitlines() if not SUMMARY.match(line)), end="", flush=True)
        if result[1]:
            failures += ["rehearsal: FAIL", *done.stdout.splitlines()[-25:]]

    # Once more at the end: whoever reads only the last lines of a long log has to find out what failed.
    if failures:
        print("\n".join(["", "What failed:", *("    " + line for line in failures)]))
    print(f"{total[0]} passed, {total[1]} failed, {total[2]} skipped")
    return 1 if total[1] or not total[0] else 0


if __name__ == "__main__":
    sys.exit(main())
