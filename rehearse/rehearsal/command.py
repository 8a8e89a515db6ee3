# SPDX-License-Identifier: Apache-2.0
"""The verb rehearse: options in, a report and an exit code out."""
import argparse
import dataclasses
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

from rig import features, inside as rig_inside, outside

from . import adapt, advice, drills, job as jobs, outcome, page, reading, text, timing
from .setup import Problem

OK, BADLY, WRONG, NO_LAB = 0, 1, 2, 3
SPARE = 3.0             # a lab may take so many times the estimate before it is stopped

HELP = """\
DIR holds ha.cf, haresources, authkeys and ldirectord.cf, as in /etc/ha.d; or
one folder per node with that node's files; or ldirectord.cf alone. What they
describe is built in a lab of this machine's memory, drilled, and thrown away.
DIR and this machine's network and daemons are not touched; only the report is
written."""
AFTER = """\
exit code: 0 no drill went badly, 1 one did, 2 wrong usage or errors in the
files, 3 no lab can be built here. See upbeat-rehearse(8)."""


def main(arguments, version):
    args = _parse(arguments)
    if args.list:
        for drill in drills.DRILLS:
            print(f"{drill.name:8} {'quick ' if drill.quick else '      '} {drill.title}")
        return OK
    if not args.dir:
        return _complain("no folder was named; see upbeat rehearse --help")
    entry = os.path.realpath(sys.argv[0])
    scratch = tempfile.mkdtemp(prefix="upbeat-")
    try:
        return _rehearse(args, version, entry, scratch)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        print("rehearse: interrupted; nothing is left of the lab", file=sys.stderr)
        return BADLY
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _parse(arguments):
    parser = argparse.ArgumentParser(prog="upbeat rehearse", description=HELP, epilog=AFTER, add_help=False, usage=
                                     "upbeat rehearse [options] DIR", formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", nargs="?", metavar="DIR", help=argparse.SUPPRESS)
    add = parser.add_argument
    add("-o", "--output", metavar="DIR", help="where the report goes (./rehearsal-DATE)")
    add("--quick", action="store_true", help="the shorter set of drills")
    add("--drill", action="append", default=[], metavar="NAME", help="only this drill; may be repeated; real: each server")
    add("--list", action="store_true", help="name the drills")
    add("--fast", action="store_true", help="divide the timings, so that deadtime is 3 s")
    add("--node", default="", metavar="NAME", help="whose files these are, of one set")
    add("--own-agents", action="store_true", help="run DIR/resource.d's scripts, no stand-ins")
    add("--dry-run", action="store_true", help="read, plan and advise; build no lab")
    add("--backend", choices=("auto", "host", "uml"), default="auto", help=argparse.SUPPRESS)
    add("--stage", metavar="DIR", help=argparse.SUPPRESS)
    add("--slow", type=float, default=1.0, metavar="N", help="be so many times as patient")
    add("--verbose", action="store_true", help="show what is typed in the lab")
    add("-h", "--help", action="help", help="this text")
    args = parser.parse_args(arguments)
    for wanted in args.drill:
        if not drills.find(wanted):
            parser.error(f"--drill {wanted}: no such drill; there are {', '.join(drills.names())}")
    return args


def _complain(text_, code=WRONG):
    print(f"rehearse: {text_}", file=sys.stderr)
    return code


def _programs(stage):
    top = os.path.realpath(stage) if stage else ""
    return f"{top}/usr/sbin/hbd", f"{top}/usr/sbin/ldirectord"


def _rehearse(args, version, entry, scratch):
    hbd, ldirectord = _programs(args.stage)
    reader = reading.Reader(hbd, ldirectord, scratch)
    if not os.path.exists(hbd):
        return _complain(f"{hbd} is not installed", NO_LAB)
    setup = reader.setup(args.dir, args.node)
    plan = reading.plan_of(reader, setup)
    factor = timing.fast_factor(setup) if args.fast else 1.0
    chosen, notes = drills.choose(setup, factor, args.quick, args.drill)
    for wanted in args.drill:
        if wanted.startswith("real:") and wanted[5:] not in setup.reals():
            return _complain(f"--drill {wanted}: no such real server; there are {', '.join(setup.reals()) or 'none'}")
    certificate = _certificate(scratch, setup)
    job = jobs.make(setup, plan, chosen, factor, args.own_agents, tls=bool(certificate))
    advised = advice.given(setup, plan)
    estimate = drills.estimate(chosen)
    _announce(args, setup, plan, job, chosen, factor, estimate)
    meta = {"version": version, "folder": os.path.abspath(args.dir), "when": time.strftime("%Y-%m-%d %H:%M"),
            "factor": factor, "notes": setup.notes + plan.made_up + notes, "estimate": estimate,
            "quick": args.quick, "where": "", "files": _shown(setup)}
    if args.dry_run:
        for item in advised:
            print(f"{item.level:8} {item.title}: {item.about}")
        return OK
    where, complaint = _where(setup, args.backend, bool(args.stage))
    if complaint:
        return _complain(complaint, NO_LAB)
    meta["where"] = where
    folder = args.output or _fresh(f"rehearsal-{time.strftime('%Y-%m-%d-%H%M')}")
    try:        # now, and not after minutes of drills
        os.makedirs(folder, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        return _complain(f"no report can be written in {folder}: {error.strerror}; -o names another place")
    began = time.monotonic()
    records, complaint = _play(args, job, scratch, entry, certificate, where, estimate)
    meta["seconds"] = time.monotonic() - began
    result = outcome.judge(setup, job, records, complaint, factor)
    report = dict(meta=meta, setup=setup, plan=plan, job=job, advice=advised, result=result)
    for name, made in (("report.txt", text.render(**report)), ("report.html", page.render(**report))):
        with open(os.path.join(folder, name), "w", encoding="utf-8", errors="replace") as out:
            out.write(made)
    print()
    print(text.summary(**report))
    print(f"\nReport: {os.path.join(folder, 'report.html')} and report.txt")
    return BADLY if result.badly else OK


def _fresh(name):
    """A folder that is not there yet: a report is never written over another."""
    number, found = 1, name
    while os.path.exists(found):
        number += 1
        found = f"{name}-{number}"
    return found


def _announce(args, setup, plan, job, chosen, factor, estimate):
    names = " and ".join(n.name for n in setup.nodes)
    print(f"{args.dir}: {names}, {len(setup.groups)} groups, {len(setup.vips())} addresses, "
          f"{len(setup.services)} virtual services, {len(setup.reals())} real servers")
    for note in setup.notes:
        print(f"  {note}")
    for name, why in job.standins.items():
        print(f"  stand-in for {name}: {why}")
    for virtual, real, why in job.checks:
        print(f"  {virtual}, {real}: checked by connect only: {why}")
    if factor > 1:
        print(f"  --fast: all timings divided by {factor:g}")
    elif timing.fast_factor(setup) > 1 and not args.quick:
        print(f"  (--fast would divide the timings by {timing.fast_factor(setup):g})")
    played = [c for c in chosen if not c.unfit]
    print(f"{len(played)} drills on {len(plan.hosts)} hosts; this will take about {timing.words(estimate)}.")


def _certificate(scratch, setup):
    """For stand-ins over TLS: made anew each time, by openssl where it is."""
    from .answers import TLS
    if not any(r["check"]["service"] in TLS for s in setup.services for r in s["reals"]):
        return f"{scratch}/none"
    path = f"{scratch}/certificate.pem"
    try:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=rehearsal",
                        "-keyout", f"{scratch}/key.pem", "-out", f"{scratch}/cert.pem"], check=True, timeout=60,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return ""
    with open(path, "w", encoding="utf-8") as out:
        for name in ("key.pem", "cert.pem"):
            with open(f"{scratch}/{name}", encoding="utf-8") as f:
                out.write(f.read())
    return path


def _where(setup, wish, staged):
    """("host" or "uml", "") or what is missing."""
    ipvs = bool(setup.director)
    if wish == "auto":
        # The hosts' root is this machine's root file system; what is mounted below it they would not see.
        whole = not any(os.path.ismount(path) for path in ("/usr", "/etc", "/var", "/var/lib", "/usr/lib", "/usr/share"))
        fits = whole and features.host_can_build() and (not ipvs or features.here("ip_vs"))
        wish = "host" if fits else "uml"
    lacking = features.missing_for_rehearsal(ipvs, wish == "uml")
    if lacking:
        return "", "the lab needs: apt-get install " + " ".join(lacking)
    if wish == "host" and not features.host_can_build():
        return "", "the lab needs root, or User-Mode Linux: apt-get install user-mode-linux"
    return wish, ""


def _play(args, job, scratch, entry, certificate, where, estimate):
    for host, files in job.files.items():
        for path, (content, mode) in files.items():
            target = f"{scratch}/hosts/{host}{path}"
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "w", encoding="utf-8", errors="surrogateescape", newline="") as out:
                out.write(content)
            os.chmod(target, mode)
    for name in [n["name"] for n in job.hosts]:
        os.makedirs(f"{scratch}/hosts/{name}", exist_ok=True)
    data = dict(dataclasses.asdict(job), entry=entry, stage=os.path.realpath(args.stage) if args.stage else None,
                folder=scratch, certificate=certificate if os.path.exists(certificate or "") else "", slow=args.slow,
                verbose=args.verbose, colour=False, interactive=False, files={})
    runner = outside.run_uml if where == "uml" else outside.run_host
    return runner(data, int((estimate * SPARE + 180) * args.slow))


def _shown(setup):
    """The operator's files for the report's end, keys and passwords left out."""
    found = []
    for node in setup.nodes:
        for name, content in sorted(node.files.items()):
            content = adapt.without_secrets(content)
            if name == "authkeys" or (found and any(f[1] == name and f[2] == content for f in found)):
                continue
            found.append((node.name if setup.pair else "", name, content, node.given))
    return found


def inside(kind, path, _entry):
    from . import player
    with open(path, encoding="utf-8") as f:
        job = json.load(f)
    if kind == "--guest-init":
        return rig_inside.as_guest_init(job, player.play)
    return outside.enter_namespaces(job, player.play)
