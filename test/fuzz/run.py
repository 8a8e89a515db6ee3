#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the fuzzers of a build made with -Dfuzz=true, as many at a time as there are processors.

`./dev fuzz [SECONDS] [TARGET...]`: each target runs for so many seconds of processor time (default 60; a loaded machine
takes longer and tries as much), from its corpus in test/fuzz/corpus. What it learns is kept in the build folder for the
next run; a finding is left there too, named, and the exit code is 1.
"""
import argparse
import concurrent.futures
import os
import re
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def processor_seconds(pid):
    """What a process has used so far, itself and the kernel for it."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run_for(command, seconds, log):
    """(exit code, processor seconds): a fuzzer ends by itself with a finding, or in good order when its time is used up."""
    fuzzer = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    used, asked = 0.0, False
    while True:
        try:
            return fuzzer.wait(timeout=1), used
        except subprocess.TimeoutExpired:
            used = processor_seconds(fuzzer.pid)
        if used >= seconds and not asked:
            fuzzer.send_signal(signal.SIGUSR1)
            asked = True
        if used >= seconds + 60:
            fuzzer.kill()


def fuzz(build, target, seconds):
    """(target, what it says at its end, the files of its findings)"""
    learnt, found = (os.path.join(build, "fuzzed", target, part) for part in ("corpus", "findings"))
    os.makedirs(learnt, exist_ok=True)
    os.makedirs(found, exist_ok=True)
    before = set(os.listdir(found))
    with open(os.path.join(build, "fuzzed", target, "log"), "wb") as log:
        code, used = run_for([os.path.join(build, "test", "fuzz", f"fuzz_{target}"), "-timeout=600", "-report_slow_units=600", "-rss_limit_mb=2048",
                              "-print_final_stats=1", f"-artifact_prefix={found}/", learnt, os.path.join(HERE, "corpus", target)],
                             seconds, log)
    with open(log.name, errors="replace", encoding="utf-8") as log:
        text = log.read()
    runs = re.findall(r"stat::number_of_executed_units: (\d+)", text)
    reached = re.findall(r"cov: (\d+)", text)
    fresh = sorted(os.path.join(found, name) for name in set(os.listdir(found)) - before)
    if code and not fresh:
        fresh = [log.name]
    return target, f"{runs[-1] if runs else '?'} inputs in {used:.0f} s, {reached[-1] if reached else '?'} edges reached", fresh


def main():
    parser = argparse.ArgumentParser(prog="./dev fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("seconds", nargs="?", type=int, default=60)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    options = parser.parse_args()
    known = sorted(os.listdir(os.path.join(HERE, "corpus")))
    unknown = [name for name in options.targets if name not in known]
    if unknown or options.seconds < 1:
        parser.error(f"no target named {', '.join(unknown)}; there are: {', '.join(known)}" if unknown else "SECONDS is at least 1")
    targets = options.targets or known
    print(f"{len(targets)} targets, {options.seconds} s of processor time each: {', '.join(targets)}", flush=True)
    failed = False
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        runs = [pool.submit(fuzz, options.build, target, options.seconds) for target in targets]
        for done in concurrent.futures.as_completed(runs):
            target, said, fresh = done.result()
            print(f"{'FOUND' if fresh else 'ok   '} {target}: {said}", flush=True)
            for path in fresh:
                print(f"      {path}", flush=True)
            failed = failed or bool(fresh)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
