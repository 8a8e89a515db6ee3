#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds once without each optional library, and looks: it builds, does not link that library, refuses by name the
services that need it, and takes all others. `./dev options [NAME...]`; each is a build of its own, so this takes minutes.
"""
import argparse
import os
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# The option, its library as the linker names it and as we do, the services that need it.
OPTIONS = {"dns": ("libldns", "ldns", ["dns"]), "ldap": ("liblber", "liblber", ["ldap", "ldaps"]),
           "mysql": ("libmariadb", "libmariadb", ["mysql"]), "pgsql": ("libpq", "libpq", ["pgsql"]),
           "smtp": ("libcurl", "libcurl", []), "seccomp": ("libseccomp", "libseccomp", [])}
LIBRARY_OF = {service: said for _, said, services in OPTIONS.values() for service in services}
CONFIG = """checktimeout=1
virtual=10.0.0.1:80
\treal=10.0.0.2:80 gate
\tservice={service}
\trequest="SELECT 1"
\tprotocol=tcp
"""


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    return done.returncode, done.stdout


def problems(without, folder):
    """What is wrong with a build that lacks these options."""
    code, out = run("meson", "setup", folder, "--prefix=/usr", "--sysconfdir=/etc", "--localstatedir=/var",
                    "-Dtests=false", *(f"-D{name}=disabled" for name in without))
    if code:
        return ["meson setup fails:\n" + out[-2000:]]
    code, out = run("ninja", "-C", folder, "ldir/ldirectord", "hbd/hbd")  # nothing else depends on an option
    if code:
        return ["it does not build:\n" + out[-2000:]]
    found = []
    programs = [f"{folder}/ldir/ldirectord", f"{folder}/hbd/hbd"]
    _, linked = run("readelf", "-d", *programs)  # not ldd: libcurl brings a liblber of its own
    for name in without:
        if OPTIONS[name][0] in linked:
            found.append(f"{OPTIONS[name][0]} is linked")
    for service, library in LIBRARY_OF.items():
        with tempfile.NamedTemporaryFile("w", suffix=".cf") as file:
            file.write(CONFIG.format(service=service))
            file.flush()
            code, out = run(programs[0], "-t", file.name)
        words = f"built without {library}, which service={service} needs"
        missing = any(service in OPTIONS[name][2] for name in without)
        if missing and (code == 0 or words not in out):
            found.append(f"service={service} is not refused by name, but: {code}: {out}")
        if not missing and (code != 0 or "built without" in out):
            found.append(f"service={service} is refused: {code}: {out}")
    if "smtp" in without:
        with tempfile.NamedTemporaryFile("w", suffix=".cf") as file:
            file.write('emailalert="a@example.com"\nsmtp=10.0.0.9\n' + CONFIG.format(service="http"))
            file.flush()
            code, out = run(programs[0], "-t", file.name)
        if code or "has no libcurl" not in out:
            found.append(f"smtp= without libcurl is not warned of, but: {code}: {out}")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="the builds are this-without-NAME, beside it: so the compiler cache knows what they share")
    parser.add_argument("names", nargs="*", help=f"which of: {', '.join(OPTIONS)}, all (default: each, and all at once)")
    options = parser.parse_args()
    bad = [name for name in options.names if name not in [*OPTIONS, "all"]]
    if bad:
        parser.error(f"no option {', '.join(bad)}")
    failed = 0
    chosen = options.names or [*OPTIONS, "all"]
    for name in chosen:
        found = problems(list(OPTIONS) if name == "all" else [name], f"{options.build}-without-{name}")
        print("\n".join([f"{'FAIL' if found else 'ok  '} without {name}", *("     " + line for line in found)]), flush=True)
        failed += bool(found)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    os.chdir(TOP)
    sys.exit(main())
