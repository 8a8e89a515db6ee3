#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rehearsals, played whole: a short one of a pair of our own, or with --corpus those of other people's files.

usage: play.py --stage DIR [--keep DIR] [--corpus [NAME...]]      (DIR: meson install --destdir DIR)
Nothing of the folder that is rehearsed may be touched; the report has to say what was seen.
"""
import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import corpus

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.path.join(os.path.dirname(HERE), "data", "corpus")
passed = failed = 0


def check(what, good, seen=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(f"{'ok   ' if good else 'FAIL '} {what}" + (f": {seen}" if seen and not good else ""), flush=True)


def fingerprint(folder):
    found = {}
    for top, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(top, name)
            with open(path, "rb") as f:
                found[path] = (hashlib.sha256(f.read()).hexdigest(), os.stat(path).st_mtime_ns)
    return found


def rehearse(stage, folder, output, *options):
    """(exit code, what was printed, the text report, the page, seconds)."""
    before, began = fingerprint(folder), time.monotonic()
    prefix, options = [], list(options)
    if corpus.NOBODY in options:
        options.remove(corpus.NOBODY)
        prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
        for path in (os.path.dirname(folder), folder, output):
            os.makedirs(path, exist_ok=True)
            os.chmod(path, 0o777)
        for name in os.listdir(folder):
            os.chmod(os.path.join(folder, name), 0o644)
    done = subprocess.run([*prefix, f"{stage}/usr/bin/upbeat", "rehearse", "--stage", stage, "-o", output, *options, folder],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", cwd="/")
    check(f"nothing in {os.path.basename(folder)} was touched", fingerprint(folder) == before)
    made = []
    for name in ("report.txt", "report.html"):
        path = os.path.join(output, name)
        made.append(open(path, encoding="utf-8").read() if os.path.exists(path) else "")
    return done.returncode, done.stdout, *made, time.monotonic() - began


def complete(said, plain, page):
    check("the report is there, as text and as one page", plain and "<svg" in page and "</html>" in page, said[-2000:])
    check("the page needs nothing from elsewhere", not re.search(r"(src|href)=['\"]?(https?:|//)|<script|@import|url\(", page))
    check("it was told how long it would take", re.search(r"this will take about \d", said), said[:500])
    check("it was not cut short", "ended early" not in plain, plain[:1500])


def short(stage, keep):
    folder = os.path.join(HERE, "pair")
    with tempfile.TemporaryDirectory() as work:
        copy = shutil.copytree(folder, work + "/pair")
        code, said, plain, page, seconds = rehearse(stage, copy, keep or work + "/out", "--drill", "stop", "--drill", "reals")
        print(f"      {seconds:.0f} s; " + (re.search(r"^\d+ drills:.*", plain, re.M) or [""])[0])
        check("exit code 0: all went as it should", code == 0, f"{code}: {said[-3000:]}")
        complete(said, plain, page)
        for words in ("A planned stop, and the way back", "All real servers fail, and return", "house-alarm: not one of ours",
                      "became “ucast eth0 192.0.2.", "fallback: ", "real1: ", "192.0.2.100 on bob", "192.0.2.21:80 with weight 1 on bob",
                      "house-alarm kitchen on bob"):
            check(f"the report says: {words}", words in plain, plain[:3000])
        check("each drill played is in the page", page.count("class='card drill'") == 3)
        # An error is the daemon's own, with file and line.
        with open(copy + "/ha.cf", "a", encoding="utf-8") as out:
            out.write("deadtim 3\n")
        code, said, *_ = rehearse(stage, copy, work + "/none")
        check("a mistake is said with its file and line, and nothing is played", code == 2 and f"{copy}/ha.cf:13:" in said, said)
        check("and no report is written", not os.path.exists(work + "/none"))


def of_others(stage, keep, names):
    for name in names or corpus.ROWS:
        files, wanted, options, words = corpus.ROWS[name]
        with tempfile.TemporaryDirectory() as work:
            folder = f"{work}/{name}"
            for place, source in files.items():
                os.makedirs(os.path.dirname(f"{folder}/{place}"), exist_ok=True)
                shutil.copyfile(f"{CORPUS}/{source}", f"{folder}/{place}")
                os.chmod(f"{folder}/{place}", 0o600)
            print(f"\n== {name}: {' '.join(options) or 'as it is'}", flush=True)
            code, said, plain, page, seconds = rehearse(stage, folder, f"{keep}/{name}" if keep else f"{work}/out", *options)
            for line in (re.findall(r"^In short\n-+\n(.*?^\d+ drills:.*?)$", plain, re.S | re.M) or [said])[0].splitlines():
                if line and "there is only one director" not in line:
                    print("      " + line)
            for line in re.findall(r"^Verdict: BAD.*?\n((?:  - .*\n)*)", plain, re.M):
                print("      bad: " + " ".join(line.split()))
            print(f"      {seconds:.0f} s")
            check(f"exit code {wanted}", code == wanted, f"{code}: {said[-2500:]}")
            if wanted != 2:
                complete(said, plain, page)
            for text in words:
                check(f"it says: {text}", text in plain + said)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stage", required=True)
    parser.add_argument("--keep", help="where the reports stay")
    parser.add_argument("--corpus", action="store_true", help="other people's files: " + ", ".join(corpus.ROWS))
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    stage = os.path.realpath(args.stage)
    if args.corpus:
        of_others(stage, args.keep, args.names)
    else:
        short(stage, args.keep)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
