# SPDX-License-Identifier: Apache-2.0
"""The command line: list and run."""
import argparse
import json
import os
import sys

from rig import features, inside, outside

from . import play, scenario

ENTRY = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lab")


def main(argv):
    if len(argv) == 2 and argv[0] in ("--guest-init", "--in-namespaces"):
        return _inner(*argv)
    parser = argparse.ArgumentParser(prog="lab", description="real daemons on real kernels, in hosts "
                                     "made of namespaces and a network that can be cut")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("list", help="name the scenarios")
    run = verbs.add_parser("run", help="play scenarios (all of them when none is named)")
    run.add_argument("names", nargs="*", metavar="NAME")
    run.add_argument("--stage", default=os.environ.get("LAB_STAGE"), metavar="DIR",
                     help="a tree made by meson install --destdir (or $LAB_STAGE)")
    run.add_argument("--build", default=os.environ.get("LAB_BUILD"), metavar="DIR",
                     help="the build folder, for scenarios that play a test program from it")
    run.add_argument("--stack", choices=("upbeat", "debian"), default="upbeat",
                     help="which daemons the directors run (debian: the packaged originals)")
    run.add_argument("--backend", choices=("auto", "host", "uml"), default="auto")
    run.add_argument("--story", action="store_true", help="tell it aloud")
    run.add_argument("--interactive", action="store_true", help="leave the lab up with a prompt")
    run.add_argument("--verbose", action="store_true")
    run.add_argument("--keep", metavar="DIR", help="keep the hosts' logs of failed scenarios "
                     "(the guest cannot write and prints them)")
    run.add_argument("--slow", type=float, default=float(os.environ.get("LAB_SLOW", "1")),
                     metavar="FACTOR", help="stretch every bound (a loaded machine)")
    args = parser.parse_args(argv)
    return _list() if args.verb == "list" else _run(args)


def _inner(kind, path):
    with open(path, encoding="utf-8") as f:
        job = json.load(f)
    if kind == "--guest-init":
        return inside.as_guest_init(job, play.play_all)
    return outside.enter_namespaces(job, play.play_all)


def _list():
    for name in scenario.names():
        found = scenario.load(name)
        needs = f"  [needs {', '.join(sorted(found.needs))}]" if found.needs else ""
        print(f"{name:28} {found.title}{needs}")
    return 0


def _run(args):
    try:
        chosen = [scenario.load(n) for n in (args.names or scenario.names())]
    except FileNotFoundError as error:
        return _complain(str(error))
    if args.stack == "upbeat" and not args.stage:
        return _complain("no staged install: give --stage DIR (meson install --destdir DIR), "
                         "or --stack debian")
    if args.stage and not os.path.isdir(args.stage):
        return _complain(f"{args.stage}: no such folder")
    if args.interactive and not (sys.stdin.isatty() and len(chosen) == 1):
        return _complain("--interactive wants a terminal and one scenario")
    totals = {"passed": 0, "failed": 0, "known": 0, "skipped": 0}
    places = {"host": [], "uml": []}
    for found in chosen:
        if found.long and not args.names:
            print(f"skip  {found.name}: long, played by name: ./dev lab run {found.name}")
            totals["skipped"] += 1
            continue
        if args.stack not in found.stacks:
            print(f"skip  {found.name}: not for --stack {args.stack}")
            totals["skipped"] += 1
            continue
        lacking = [] if args.stack == "debian" else found.missing_peers()
        if lacking:
            print(f"skip  {found.name}: needs apt-get install {' '.join(lacking)}")
            totals["skipped"] += 1
            continue
        if found.program and not (args.build and os.path.isfile(os.path.join(args.build, found.program))):
            print(f"skip  {found.name}: needs --build DIR with {found.program}")
            totals["skipped"] += 1
            continue
        places[_backend_for(found, args.backend)].append(found)
    lacking = features.missing_packages(args.stack, any(f.needs & {"ip_vs"} for place in places.values() for f in place),
                                        bool(places["uml"]))
    if lacking:
        return _complain("this machine lacks: apt-get install " + " ".join(lacking))
    for place, runner in (("host", outside.run_host), ("uml", outside.run_uml)):
        if places[place]:
            job = _job(args, places[place])
            if place == "uml" and args.stack == "debian":
                job["slow"] *= 3     # its many shell programs cost 25 ms each in the guest
            _account(totals, *runner(job, _limit(job, places[place])),
                     [f.name for f in places[place]])
    return _summary(totals)


def _complain(text):
    print(f"lab: {text}", file=sys.stderr)
    return 2


def _backend_for(found, wish):
    if wish != "auto":
        return wish
    if not features.host_can_build():
        return "uml"
    needs = set(found.needs)
    if "ip_vs" in needs and not features.host_has_ip_vs():
        return "uml"
    return "host" if all(features.here(n) for n in needs) else "uml"


def _job(args, chosen):
    return {"entry": ENTRY, "names": [f.name for f in chosen], "stack": args.stack,
            "stage": os.path.realpath(args.stage) if args.stage else None,
            "build": os.path.realpath(args.build) if args.build else None,
            "story": args.story, "verbose": args.verbose, "interactive": args.interactive,
            "keep": os.path.abspath(args.keep) if args.keep else None, "slow": args.slow,
            "colour": sys.stdout.isatty(),
            "environ": {k: v for k, v in os.environ.items() if k.startswith("LAB_")}}


def _limit(job, chosen):
    return int((30 + sum(f.limit + 10 for f in chosen)) * job["slow"])


def _account(totals, records, complaint, names):
    for record in records:
        for key in ("passed", "failed", "known", "skipped"):
            totals[key] += record.get(key, 0)
    finished = {r["scenario"] for r in records}
    for name in names:
        if name not in finished:
            print(f"FAIL  {name}: no result ({complaint or 'the lab ended early'})")
            totals["failed"] += 1


def _summary(totals):
    print()
    if totals["known"]:
        print(f"{totals['known']} known differences of the original, counted as skipped")
    print(f"{totals['passed']} passed, {totals['failed']} failed, "
          f"{totals['skipped'] + totals['known']} skipped")
    return 1 if totals["failed"] else 0
