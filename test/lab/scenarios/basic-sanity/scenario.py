# SPDX-License-Identifier: Apache-2.0
"""Heartbeat's own test script, BasicSanityCheck of its Debian package, on two hosts that do not see each other: one runs
the stack under test, the other the package. Compared part by part. The parts that test a daemon are to be clean with ours;
of those that test what other packages bring (cluster-glue's stonith, ipctest; apphbd, which is no part of Upbeat) both see
the same, and the script's exit code, the number of its complaints, is at most the original's."""
import glob
import os
import re
import shutil

from rig.plan import director

TITLE = "BasicSanityCheck, part by part, beside the original"
LONG = True
LIMIT = 900
STACKS = ("upbeat",)
HOSTS = [director("alice", "10.77.0.1/24"),
         director("bob", links={"eth0": ("apart", ["10.77.0.2/24"])}, stack="debian")]
SCRIPT = "/usr/share/heartbeat/BasicSanityCheck"
# The package puts these into another folder than the script looks in.
HELPERS = ("apphbd", "apphbtest", "ccm", "ipfail")
PARTS = (("base64 and md5", r"Starting base64"), ("resource agents", r"Starting Resource Agent"), ("ipc", r"Starting IPC"),
         ("heartbeat", r"Starting heartbeat"), ("stonith", r"Checking STONITH"), ("apphbd", r"Performing apphbd"))
COMPLAINT = re.compile(r"ERROR: Did not find|Does not look|[Ll]ooks like (?!we had some errors)|did not|returned|"
                       r"NULL reset failed|failed[ .(]|tests failed|RA failed|shows |exactly twice|extra exec")


def play(lab):
    for name in ("alice", "bob"):
        top = f"/proc/{lab.hosts[name].pid}/root"
        shutil.copy(SCRIPT, f"{top}/root/BasicSanityCheck")
        os.makedirs(f"{top}/usr/lib/heartbeat", exist_ok=True)
        for helper in HELPERS:
            if not os.path.exists(f"{top}/usr/lib/heartbeat/{helper}"):
                shutil.copy(f"/usr/libexec/heartbeat/{helper}", f"{top}/usr/lib/heartbeat/{helper}")
        for kind in ("quorum", "tiebreaker"):     # of ccm
            for folder in glob.glob(f"/usr/lib*/heartbeat/plugins/{kind}"):
                shutil.copytree(folder, top + folder, dirs_exist_ok=True)
        lab.hosts[name].run("mkdir -p /run/heartbeat/rsctmp /run/resource-agents; ip route add default via 10.77.0.254")
    lab.step("both run it")
    jobs = {name: lab.hosts[name].spawn("sh /root/BasicSanityCheck < /dev/null 2>&1") for name in ("alice", "bob")}
    results = {name: job.wait(800) for name, job in jobs.items()}
    ours, theirs = (parts(results[name].out) for name in ("alice", "bob"))
    for part, _ in PARTS:
        lab.report.line(f"   {part:16} ours: {len(ours.get(part, []))} complaints, the original: {len(theirs.get(part, []))}")
        lab.check(f"{part}: it has been played", part in ours, "" if part in ours else results["alice"].out[-3000:], detail=True)
        if part == "apphbd":     # of another package; how many of its clients get through differs from run to run
            continue
        if part == "stonith":
            lab.check("stonith: as with the original", ours[part] == theirs[part], "\n".join(ours[part]))
        else:
            lab.check(f"{part}: nothing to complain of", not ours[part], "\n".join(ours[part]))
    counts = [sum(len(lines) for part, lines in found.items() if part != "apphbd") for found in (ours, theirs)]
    lab.check("in all, but for apphbd, not more than the original", counts[0] <= counts[1], counts)
    lab.report.line(f"   exit code ours: {results['alice'].rc}, the original: {results['bob'].rc}")
    bad = {name: {re.sub(r"0x[0-9a-f]+|\d+", "#", line.split("]: ", 1)[1])
                  for line in lab.hosts[name].read("/tmp/linux-ha.testlog").splitlines()
                  if re.search(r" heartbeat: \[\d+\]: (ERROR|CRIT)", line)} for name in ("alice", "bob")}
    lab.check("no error in the daemon's log that the original's has not", bad["alice"] <= bad["bob"],
              "\n".join(sorted(bad["alice"] - bad["bob"])))


def parts(output):
    found, now = {}, None
    for line in output.splitlines():
        for part, opening in PARTS:
            if re.match(opening, line):
                now = found.setdefault(part, [])
        if "errors. Log file" in line or line.startswith("OOPS! Looks like we had"):
            break
        if now is not None and COMPLAINT.search(line):
            now.append(line)
    return found
