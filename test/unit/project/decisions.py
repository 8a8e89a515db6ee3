#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The decisions of ldirectord.cf(5), COMPATIBILITY: every row is shown by something. Of what the file may say the row's own
words are held against `ldirectord -t`; the others name a check of the lab, where the original stands beside, or a test.
usage: decisions.py SOURCE LDIRECTORD"""
import glob
import json
import os
import re
import runpy
import subprocess
import sys
import tempfile

SOURCE, LDIRECTORD = sys.argv[1:3]
SCENARIOS = f"{SOURCE}/test/lab/scenarios"
sys.dont_write_bytecode = True
sys.path[:0] = [SCENARIOS, f"{SOURCE}/test/lab", f"{SOURCE}/lab"]
failed = passed = 0


def check(what, good, seen=""):
    global failed, passed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print(f"FAIL {what}: {seen}")


def rows_of(page):
    """[(what, original, here)] of the tables below COMPATIBILITY"""
    text = page[page.index(".Sh COMPATIBILITY"):]
    rows = []
    for table in re.findall(r"^\.TS\n.*?\.\n(.*?)^\.TE$", text, re.M | re.S):
        flat = re.sub(r"T\{\n(.*?)\nT\}", lambda m: m.group(1).replace("\n", " "), table, flags=re.S)
        rows += [tuple(cell.replace("\\en", "\\n") for cell in line.split("\t")) for line in flat.splitlines()][1:]
    return rows


V = "virtual=10.9.9.100:80\n\treal=10.9.9.2:80 masq\n"


def real(text):
    return f"virtual=10.9.9.100:80\n\treal={text}\n"


def first_check(found):
    return found["services"][0]["reals"][0]["check"]


# What a file may say: row, file, and what -t --json has of it.
FILES = [
    ("virtual=ADDRESS, no port", "virtual=10.9.9.100\n\treal=10.9.9.2:80 masq\n"),
    ("virtual=17x", "virtual=17x\n\treal=10.9.9.2:80 masq\n"),
    ("virtual=0", "virtual=0\n\treal=10.9.9.2:80 masq\n"),
    ("real=ADDRESS::PORT", real("10.9.9.2::80 masq")),
    ("real=NUMBER", real("5 masq")),
    ("octet with a leading zero", real("010.9.9.2:80 masq")),
    ("port 0 without persistent", V.replace(":80", ":0")),
    ("l: above u:, or without u:", real("10.9.9.2:80 masq l:20 u:10")),
    ("l: above u:, or without u:", real("10.9.9.2:80 masq l:20")),
    ("u: before l:", real("10.9.9.2:80 masq u:20 l:10")),
    ('"l:10" in quotes', real('10.9.9.2:80 masq "u:20" "l:10"')),
    ("weight above 65535", real("10.9.9.2:80 masq 65536")),
    ("persistent above 31 days", V + "\tpersistent=2678401\n"),
    ('digits after a blank in "REQUEST"', real('10.9.9.2:80 masq "a 5", "x"'), lambda f: first_check(f)["request"] == "/a 5"),
    ("range of addresses", real("59.154.201.250->59.154.202.2:80 masq"), lambda f: len(f["services"][0]["reals"]) == 9),
    ("gate or ipip, other port", real("10.9.9.2:8080 gate")),
    ("global fallback with a mark", "fallback=127.0.0.1\nvirtual=5\n\treal=10.9.9.2 gate\n",
     lambda f: f["services"][0]["fallback"]["address"] == "127.0.0.1"),
    ("fallback with a service name", "fallback=127.0.0.1:tftp\n" + V),
    ("same real server twice", V + "\treal=10.9.9.2:80 masq 3\n"),
    ("persistent=0", V + "\tpersistent=0\n"),
    ("scheduler flags, netmask with persistent", V + "\tschedflags=sh-port\n"),
    ("scheduler flags, netmask with persistent", V + "\tpersistent=60\n\tnetmask=255.255.0.256\n"),
    ("netmask wrong, no persistent", V + "\tnetmask=255.255.0.256\n"),
    ("regular expression that is wrong", V + '\treceive="hello("\n'),
    ("no port to connect to", real("10.9.9.2 masq") + "\tchecktype=connect\n", lambda f: first_check(f)["port"] == 80),
    ("comment after a global value", "quiescent=yes # why\n" + V),
    ("blanks after yes or no", "quiescent=yes \n" + V),
    ("carriage return, byte order mark", V.replace("\n", "\r\n")),
    ("carriage return, byte order mark", "\ufeff" + V),
    ("blank line inside a section", V.replace("\n\t", "\n\n\t")),
    ("one to three blanks of indentation", V.replace("\t", "  ")),
    ("value without quotation marks", V + "\trequest=a.html\n"),
    ("# inside quotation marks", V + '\treceive="a#b"\n', lambda f: first_check(f)["receive"] == "a#b"),
    ("virtual as the last line", V + "virtual=10.9.9.100:81"),
    ("00 as a time", "checktimeout=00\n" + V),
]

# The rows that no file and no case of the lab shows: the test that does, and words in it.
UNIT, LAB = "test/unit/ldir", "test/lab/scenarios"
SHOWN = {
    "ftp, sip without service=": (f"{UNIT}/conf/differential_test.cc", "combined checks, ping attempts, logins"),
    "blanks at the end of a bare path": (f"{UNIT}/conf/tolerance_test.cc", "texts of the mail and of the shell"),
    "checks that differ in login alone": (f"{UNIT}/conf/differential_test.cc", "equal checks compare equal"),
    "ftp transfers": (f"{UNIT}/check/services_test.cc", "ftp fetches what it is asked for, over a connection to the real server"),
    "dns name without a dot": (f"{UNIT}/check/services_test.cc", "dns finds an address, or a name"),
    "name asked for over TLS": (f"{UNIT}/check/services_test.cc", "imaps, pops and ldaps begin with TLS, for the virtual host's name"),
    "redirect to the name of virtualhost": (f"{UNIT}/check/services_test.cc", "to the virtual host's own pages"),
    "radius": (f"{UNIT}/check/services_test.cc", "radius hides the password, proves the secret"),
    "ldap that fails": (f"{UNIT}/core/health_test.cc", "failurecount failures in a row"),
    "page, file or simpletcp reply": (f"{UNIT}/check/http_test.cc", "what is matched is the first MiB of a page"),
    "external-perl, file changed": (f"{UNIT}/probe/services_test.cc", "external-perl: a function body, run again and again"),
    "external, external-perl, oracle": (f"{UNIT}/shell/many_checks_test.cc", "programs that hang have a bound of their own"),
    "first error": (f"{UNIT}/conf/diagnostics_test.cc", "TEST_CASE"),
    "start and reload": (f"{LAB}/ldirectord-weaknesses/scenario.py", "3 a dead server gets no client for a moment"),
    "readdquiescent": (f"{LAB}/ldirectord-differential/cases.py", 'exposure("yes", "yes"'),
    "any verb with an error in the file": (f"{LAB}/ldirectord-weaknesses/scenario.py", "5 the pid file is still there"),
    "stop, status with an error in the file": (f"{LAB}/ldirectord-weaknesses/scenario.py", "5 status with the broken file tells"),
    "start": (f"{LAB}/ldirectord-weaknesses/scenario.py", "15 start returns when the table is right"),
    "stop": (f"{LAB}/ldirectord-weaknesses/scenario.py", "15 stop returns when all is gone"),
    "restart": (f"{LAB}/ldirectord-restart/scenario.py", 'under_load("ldirectord restart"'),
    "a pid file of a dead daemon": (f"{UNIT}/shell/verbs_test.cc", "a stale pid file is told, and left"),
    "killed, the file changed, started again": (f"{LAB}/ldirectord-weaknesses/scenario.py", "12: the table, and who it belongs to"),
    "weight set by hand on a server that is up": (f"{LAB}/ldirectord-differential/cases.py", "E26 weight by hand"),
    "file that is being written, autoreload": (f"{UNIT}/shell/driver_test.cc", "a file that is still being written is not read"),
    "kernel refuses": (f"{LAB}/ldirectord-weaknesses/scenario.py", "10 what the kernel refuses is not logged as done"),
    "checks": (f"{LAB}/ldirectord-weaknesses/scenario.py", "1 another server is checked meanwhile"),
    "failurecount, server never seen up": (f"{UNIT}/core/health_test.cc", "a server never seen working is down with its first failure"),
    "checkinterval in a section without fork": (f"{UNIT}/conf/tolerance_test.cc", "ignored when fork=no"),
    "fallbackcommand at stop": (f"{UNIT}/core/maintenance_test.cc", "what the fallback command started it stops"),
    "fallbackcommand at start": (f"{UNIT}/core/director_test.cc", "the fallback command hears of every change of the word, once"),
    "fallback with checktype=off": (f"{LAB}/ldirectord-differential/cases.py", "D08 off, global fallback without port"),
    "callback, fallbackcommand that hang": ("ldir/shell/notify.cc", "std::chrono::seconds(60)"),
    "server dead from the start, quiescent=no": (f"{UNIT}/core/mail_test.cc", "a server that is dead from the start is mailed"),
    "mail to several recipients": (f"{UNIT}/shell/mailer_test.cc", "each recipient is one"),
    "mail without smtp and without sendmail": (f"{UNIT}/shell/mailer_test.cc", "a machine without sendmail is told in the log"),
    "mail sender (envelope), with smtp": (f"{UNIT}/shell/mailer_test.cc", "MAIL FROM"),
    "mail sender (envelope), by sendmail": (f"{UNIT}/shell/mailer_test.cc", "without a server named the local sendmail gets the letter"),
    "many mails": (f"{UNIT}/core/mail_test.cc", "a storm of mails is held back"),
    "server in maintenance": (f"{UNIT}/core/maintenance_test.cc", "in a monitor file service none has its lines, on and off only while they are in maintenance"),
    "monitorfile, ping that fails, external-perl": (f"{UNIT}/core/maintenance_test.cc", "a monitor file gets a line for every check"),
    "reverse look-ups for maintenancedir": (f"{UNIT}/core/maintenance_test.cc", "only names are worth a look-up"),
    "name with several addresses": (f"{UNIT}/conf/tolerance_test.cc", "a name with several addresses is several real servers"),
    "our own delay (stopped, suspended)": (f"{UNIT}/probe/probe_test.cc", "our own stall is no verdict on a server"),
    "check that may not be made (EACCES, EPERM), no port or descriptor left": (f"{UNIT}/probe/probe_test.cc", "what the machine forbids is our trouble, too"),
    "supervised, -d": (f"{LAB}/ldirectord-errands/scenario.py", "supervised"),
}


def rows_of_the_lab():
    """The rows that cases of the lab name where the original differs: name of the case -> row"""
    from common.ldirectord import Differs
    for path in sorted(glob.glob(f"{SCENARIOS}/ldirectord-*/cases.py")):
        for name, _, events in runpy.run_path(path)["CASES"]:
            for _, look, *_ in events:
                if isinstance(look, Differs):
                    yield f"{os.path.basename(os.path.dirname(path))} {name}", look.row
    services = runpy.run_path(f"{SCENARIOS}/check-services/scenario.py")
    for name, row in services["DECISIONS"].items():
        yield f"check-services {name}", row


def of_a_file(row, here, text, holds=None):
    """The file does what the row says of it."""
    with tempfile.NamedTemporaryFile("w", suffix=".cf", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        done = subprocess.run([LDIRECTORD, "-t", "--json", out.name], capture_output=True, encoding="utf-8")
    found = json.loads(done.stdout)
    kinds = {finding["severity"] for finding in found["findings"]}
    wanted = "error" if "error" in here else "warning" if "warning" in here else "nothing"
    seen = "error" if "error" in kinds else "warning" if "warning" in kinds else "nothing"
    check(f"{row}: {here}", seen == wanted and done.returncode == (2 if wanted == "error" else 0), (wanted, done.returncode, found["findings"]))
    if holds:
        check(f"{row}: {here}, as -t --json has it", holds(found), json.dumps(found)[:1000])


with open(f"{SOURCE}/man/ldirectord.cf.5", encoding="utf-8") as f:
    ROWS = rows_of(f.read())
HERE = {row: here for row, _, here in ROWS}
check("each row is there once", len(HERE) == len(ROWS) > 90, sorted(r for r, *_ in ROWS))
shown = set()
for row, *rest in FILES:
    if check(f"the page has the row of a file: {row}", row in HERE) or row in HERE:
        of_a_file(row, HERE[row], *rest)
        shown.add(row)
for case, row in rows_of_the_lab():
    check(f"{case} names a row of the page", row in HERE, row)
    shown.add(row)
for row, (path, words) in SHOWN.items():
    check(f"the page has the row of {path}: {row}", row in HERE)
    with open(f"{SOURCE}/{path}", encoding="utf-8") as f:
        check(f"{path} shows {row}", words in f.read(), words)
    check(f"{row} needs no second proof", row not in {r for r, *_ in FILES})
    shown.add(row)
done = subprocess.run([LDIRECTORD, "/nowhere/at-all.cf", "start"], capture_output=True, encoding="utf-8")
check("init script without a file", done.returncode == 1 and "exit code 1" in HERE["init script without a file"], done)
shown.add("init script without a file")
for row in HERE:
    check(f"something shows the row: {row}", row in shown)
print(f"{passed} passed, {failed} failed; {len(HERE)} rows")
sys.exit(1 if failed else 0)
