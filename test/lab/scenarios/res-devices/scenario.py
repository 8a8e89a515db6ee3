# SPDX-License-Identifier: Apache-2.0
"""Raid1, LVM, drbddisk, drbdupper and Filesystem on real devices: md, device-mapper, DRBD and ext4 of the guest's kernel, on loop devices.

Both hosts share that kernel. So a disk array and a volume group are one thing for both, as on shared storage: they move by
letting go and taking, which is played; a power cut is not, for the kernel would keep what a dead machine gives up. DRBD has two
sides, each with its own disk, and really mirrors between them; its connection runs through the kernel's first network.
"""
import contextlib
import glob
import os
import re
import shutil
import subprocess

from rig.plan import director, host

TITLE = "a RAID with a volume group on it, and a DRBD mirror, each with a file system, move between two hosts; and fail on one"
NEEDS = ["disks"]
STACKS = ("upbeat",)
LONG = "two minutes"
LIMIT = 300
PAIR = ("alice", "bob")
DATA, MIRROR = "10.77.0.100", "10.77.0.101"
AGENTS = "/usr/share/heartbeat/resource.d"
CONF, MD = "/etc/mdadm/mdadm.conf", "/dev/md0"
PROGRAMS = {"/sbin/mdadm": "mdadm", "/sbin/vgchange": "lvm2", "/sbin/drbdadm": "drbd-utils"}
# What udevd and the kernel would put there.
_NODES = ("mknod /dev/loop-control c 10 237; for n in 0 1 2 3 4 5 6 7; do mknod /dev/loop$n b 7 $n; done; mkdir -p /dev/mapper /srv/data /srv/mirror; "
          "mknod /dev/mapper/control c 10 $(sed -n 's/ device-mapper$//p' /proc/misc)")
_FILES = ["common/res-devices"]
HOSTS = [director("alice", "10.77.0.1/24", files=_FILES, boot=[_NODES, "mknod /dev/drbd0 b 147 0 && mknod /dev/drbd10 b 147 10"]),
         director("bob", "10.77.0.2/24", files=_FILES, boot=[_NODES, "mknod /dev/drbd0 b 147 1"]),
         host("client", "10.77.0.50/24")]


class Disks:
    """Loop devices on files in memory, made in the guest's own root: nobody else's are there."""

    def __init__(self, folder):
        self.folder, self.made, self.count = folder, [], 0

    def add(self, megabytes):
        self.count += 1
        path = f"{self.folder}/disk{self.count}"
        with open(path, "wb") as out:
            out.truncate(megabytes << 20)
        device = subprocess.run(["losetup", "-f", "--show", path], check=True, capture_output=True, text=True).stdout.strip()
        self.made.append(device)
        return device

    def pull(self, device):
        self.made.remove(device)
        subprocess.run(["losetup", "-d", device], check=True)

    def clear(self):
        """The scenarios after this one find a kernel as it was."""
        for command in ("dmsetup remove_all --force --noudevsync", f"mdadm --stop {MD}"):
            subprocess.run(command.split(), check=False, capture_output=True)
        for device in self.made:
            subprocess.run(["losetup", "-d", device], check=False, capture_output=True)


def play(lab):
    lacking = sorted({package for program, package in PROGRAMS.items() if not os.path.exists(program)})
    if lacking:
        return lab.report.line(f"   left out: it needs apt-get install {' '.join(lacking)}")
    disks = Disks(lab.folder)
    with contextlib.ExitStack() as at_the_end:
        at_the_end.callback(disks.clear)
        for name in PAIR:
            at_the_end.callback(lab.hosts[name].run, "drbdadm down all", timeout=20)
        first, second = disks.add(24), disks.add(24)
        made(lab, first, second)
        mirrored(lab, disks)
        moves(lab, disks, second)
        failures(lab, disks, first)
    return None


def must(lab, name, command, **kwargs):
    done = lab.run(name, command, **kwargs)
    if done.rc:
        raise RuntimeError(f"{name}: {command}: exit {done.rc}: {done.out}")
    return done.out


def made(lab, first, second):
    """What an operator does once: the array, the group on it, the file system on that."""
    must(lab, "alice", f"mdadm --create {MD} --run --level=1 --raid-devices=2 --metadata=1.2 --assume-clean {first} {second} && "
         f"pvcreate -q {MD} && vgcreate -q data {MD} && lvcreate -q -L 12M -n home data && mkfs.ext4 -q /dev/data/home")
    array = re.search(r"^ARRAY \S+ .*$", must(lab, "alice", "mdadm --detail --scan"), re.M).group(0)
    must(lab, "alice", f"vgchange -q -an data && mdadm --stop {MD}")
    for name in PAIR:
        lab.hosts[name].run(f"mkdir -p /etc/mdadm; cat > {CONF}", stdin=f"DEVICE /dev/loop*\n{array}\n")


def mirrored(lab, disks):
    for name in PAIR:
        box = lab.hosts[name]
        # Sees what the host sees but its network.
        helper = subprocess.Popen(["nsenter", "-t", str(box.pid), "-m", "-u", "-i", "-p", "sleep", "600"])
        shutil.copy("/sbin/drbdadm", f"/proc/{box.pid}/root/usr/libexec/drbdadm")     # where it was, the host has one that lends
        box.run("rm -f /etc/ha.d/resource.d/drbddisk")     # DRBD's own; ours stands in where it is missing
        lab.expect(f"{name}: the way into the first network", lambda box=box: box.run(
            "ps -eo pid=,args= | sed -n 's/^ *\\([0-9]*\\) sleep 600$/\\1/p' > /run/first-network.pid; test -s /run/first-network.pid").rc == 0)
        must(lab, name, f"ln -s {disks.add(24)} /dev/mirror && drbdadm create-md --force all && drbdadm up all", timeout=60)
        assert helper.poll() is None
    lab.expect("the two sides hear each other", lambda: "Connected" in lab.hosts["alice"].run("drbdadm cstate all").out, within=20, poll=0.2)
    must(lab, "alice", "drbdadm -- --clear-bitmap new-current-uuid all")     # nothing to copy yet
    must(lab, "bob", "drbdadm primary all && mkfs.ext4 -q /dev/drbd0 20M && drbdadm secondary all")


def holds(lab, place, name, address, within=40):
    other = next(n for n in PAIR if n != name)
    lab.expect_only_holder(name, address, PAIR, within=within)
    for who, want in ((name, True), (other, False)):
        mounts = lab.hosts[who].run(f"grep ' {place} ' /proc/self/mounts").out
        lab.check(f"{place} is {'mounted' if want else 'not mounted'} on {who}", (f" {place} ext4 " in mounts) == want, mounts)


def status(lab, name, call, words, rc):
    lab.expect_output(name, f"{AGENTS}/{call} status", words, rc=rc)


def gives_up(lab, name, holding):
    """A wish to move is refused while a group is still at work."""
    lab.expect_output(name, "cl_status rscstatus", f"^{holding}$", within=20)
    lab.run(name, "/usr/share/heartbeat/hb_standby all")


def moves(lab, disks, second):
    lab.step("both start, each with its group")
    lab.start(*PAIR)
    holds(lab, "/srv/data", "alice", DATA)
    holds(lab, "/srv/mirror", "bob", MIRROR)
    for call in (f"Raid1 {CONF} {MD}", f"Raid1 {CONF} auto", "LVM data", "LVM /dev/data"):
        status(lab, "alice", call, "Running OK", 0)
    status(lab, "bob", "drbddisk", r"^running \(Primary\)$", 0)
    status(lab, "alice", "drbddisk", r"^stopped \(Secondary\)$", 3)
    status(lab, "bob", "LVM data", "Resource is stopped", 7)
    must(lab, "alice", "echo of alice > /srv/data/page")
    must(lab, "bob", "echo of bob > /srv/mirror/page")

    lab.step("bob gives up what it has, and alice has all")
    gives_up(lab, "bob", "local")
    holds(lab, "/srv/mirror", "alice", MIRROR)
    lab.check("the mirror has what bob wrote", lab.hosts["alice"].read("/srv/mirror/page") == "of bob\n", lab.hosts["alice"].read("/srv/mirror/page"))
    status(lab, "alice", "drbddisk", r"^running \(Primary\)$", 0)
    status(lab, "bob", "drbddisk", r"^stopped \(Secondary\)$", 3)

    lab.step("a disk of the array dies: it runs on, degraded, and starts so on the other host")
    must(lab, "alice", f"mdadm {MD} --fail {second} --remove {second}")
    disks.pull(second)
    status(lab, "alice", f"Raid1 {CONF} {MD}", "Running OK", 0)
    must(lab, "alice", "echo degraded >> /srv/data/page && cp /etc/services /srv/mirror/")
    gives_up(lab, "alice", "all")
    holds(lab, "/srv/data", "bob", DATA)
    holds(lab, "/srv/mirror", "bob", MIRROR)
    lab.check("what alice wrote is there", lab.hosts["bob"].read("/srv/data/page") == "of alice\ndegraded\n", lab.hosts["bob"].read("/srv/data/page"))
    lab.expect_output("bob", "cat /proc/mdstat", r"\[2/1\]")
    status(lab, "bob", f"Raid1 {CONF} {MD}", "Running OK", 0)
    status(lab, "alice", "LVM data", "Resource is stopped", 7)

    lab.step("it gets a new disk under way, and moves back; drbddisk is DRBD's own now")
    new = disks.add(24)
    must(lab, "bob", f"mdadm {MD} --add {new}")
    lab.expect_output("bob", "cat /proc/mdstat", r"\[2/2\]", within=20)
    with open("/etc/ha.d/resource.d/drbddisk", encoding="utf-8") as theirs:
        script = theirs.read()
    for name in PAIR:
        lab.hosts[name].run("cat > /etc/ha.d/resource.d/drbddisk; chmod +x /etc/ha.d/resource.d/drbddisk", stdin=script)
    gives_up(lab, "bob", "all")
    holds(lab, "/srv/data", "alice", DATA)
    holds(lab, "/srv/mirror", "alice", MIRROR)
    lab.expect_log("alice", r"Running /etc/ha\.d/resource\.d/drbddisk +start")
    lab.expect_output("alice", "cmp /etc/services /srv/mirror/services && cat /srv/data/page", "degraded", rc=0)

    lab.step("bob stops, then alice: nothing of it is left")
    lab.stop("bob")
    lab.stop("alice")
    lab.check("no array, no volume", "active" not in lab.hosts["alice"].read("/proc/mdstat") and not glob.glob("/sys/block/dm-*"),
              lab.hosts["alice"].read("/proc/mdstat"))
    lab.check("nothing is mounted", not re.search(" /srv/", lab.hosts["alice"].run("cat /proc/self/mounts").out), "")
    for name in PAIR:
        lab.expect_output(name, "drbdadm role all", "^Secondary/")


def failures(lab, disks, first):
    raid, group = f"Raid1 {CONF} {MD}", "LVM data"
    lab.step("devices that somebody has open: a stop fails, says so, and the script does not call it stopped")
    for call in (raid, group):
        lab.expect_output("alice", f"{AGENTS}/{call} start", "Success", rc=0)
        lab.expect_output("alice", f"{AGENTS}/{call} start", "Success", rc=0)     # once more
    lab.run("alice", "drbdadm primary all")
    holder = lab.hosts["alice"].spawn("exec sleep 600 < /dev/data/home 8< /dev/drbd0")
    jobs = {call: lab.hosts["alice"].spawn(f"{AGENTS}/{call} stop") for call in (group, raid, "drbddisk")}
    words = {group: "ERROR: LVM: data did not stop correctly", raid: f"ERROR: Couldn't stop RAID for {MD}", "drbddisk": "held open by someone"}
    for call, job in jobs.items():
        done = job.wait(60)
        lab.check(f"{call} stop fails, and says why", done.rc == 1 and words[call] in done.out, done.out)
    for call in (raid, group):
        status(lab, "alice", call, "Running OK", 0)
    status(lab, "alice", "drbddisk", r"^running \(Primary\)$", 0)
    holder.kill()
    holder.wait()
    for call in ("drbddisk", group, raid):
        lab.expect_output("alice", f"{AGENTS}/{call} stop", "", rc=0)
        lab.expect_output("alice", f"{AGENTS}/{call} stop", "", rc=0)     # once more
    for call in (raid, group):
        status(lab, "alice", call, "Resource is stopped", 7)

    lab.step("a mirror that the other side has is not taken")
    lab.run("bob", "drbdadm primary all")
    done = lab.run("alice", f"{AGENTS}/drbddisk start", timeout=30)
    lab.check("drbddisk start fails, and says why", done.rc == 1 and "Multiple primaries not allowed" in done.out, done.out)
    lab.run("bob", "drbdadm secondary all")

    lab.step("a mirror on top of it, whose other site is away")
    must(lab, "alice", "drbdadm primary at-alice && drbdadm -S create-md --force site && drbdadm -S up site && "
         "drbdadm -S -- --overwrite-data-of-peer primary site && drbdadm -S down site && drbdadm secondary at-alice")
    upper = "drbdupper site"
    status(lab, "alice", upper, "^stopped$", 3)
    done = lab.run("alice", f"HA_DRBDUPPER_WAIT=1 {AGENTS}/{upper} start", timeout=60)
    lab.check("it starts all the same, and says so", done.rc == 0 and "is not connected to the other site (waited 1 s" in done.out, done.out)
    status(lab, "alice", upper, "^running$", 0)
    status(lab, "alice", "drbddisk", r"^running \(Primary\)$", 0)
    holder = lab.hosts["alice"].spawn("exec sleep 600 < /dev/drbd10")
    done = lab.run("alice", f"{AGENTS}/{upper} stop")
    lab.check("drbdupper stop fails while it is open, and says why", done.rc == 1 and "held open by someone" in done.out, done.out)
    status(lab, "alice", upper, "^running$", 0)
    holder.kill()
    holder.wait()
    lab.expect_output("alice", f"{AGENTS}/{upper} stop", "", rc=0)
    status(lab, "alice", upper, "^stopped$", 3)
    status(lab, "alice", "drbddisk", r"^stopped \(Secondary\)$", 3)

    lab.step("an array that was put together by halves at boot")
    must(lab, "alice", f"mdadm --incremental --config={CONF} {first}")
    lab.expect_output("alice", "cat /proc/mdstat", "^md0 : inactive")
    status(lab, "alice", raid, "Resource is stopped", 7)
    lab.expect_output("alice", f"{AGENTS}/{raid} start", "Success", rc=0)
    lab.expect_output("alice", "cat /proc/mdstat", r"\[2/2\]")
    lab.expect_output("alice", f"{AGENTS}/{raid} stop", "Success", rc=0)
    must(lab, "alice", f"mdadm --incremental --config={CONF} {first}")
    lab.expect_output("alice", f"{AGENTS}/{raid} stop", "Success", rc=0)
    lab.check("its disk is free", "md0" not in lab.hosts["alice"].read("/proc/mdstat"), lab.hosts["alice"].read("/proc/mdstat"))

    lab.step("a volume group that lacks a disk, and an array that lacks all")
    one, other = disks.add(16), disks.add(16)
    must(lab, "alice", f"pvcreate -q {one} {other} && vgcreate -q pair {one} {other} && lvcreate -q -L 8M -n one pair {one} && "
         f"lvcreate -q -L 8M -n other pair {other} && vgchange -q -an pair")
    disks.pull(other)
    done = lab.run("alice", f"{AGENTS}/LVM pair start")
    lab.check("LVM start fails, and says why", done.rc == 1 and "ERROR: LVM: pair did not activate correctly" in done.out, done.out)
    status(lab, "alice", "LVM pair", "Running OK", 0)     # the half of it that came up
    lab.expect_output("alice", f"{AGENTS}/LVM pair stop", "Success", rc=0)
    status(lab, "alice", "LVM pair", "Resource is stopped", 7)
    disks.pull(one)
    done = lab.run("alice", f"{AGENTS}/LVM pair start")
    lab.check("without any disk it does not exist", done.rc == 1 and "Volume group [pair] does not exist" in done.out, done.out)
    for device in list(disks.made):
        disks.pull(device)
    done = lab.run("alice", f"{AGENTS}/{raid} start")
    lab.check("an array without a disk does not start, and says so", done.rc == 1 and f"Couldn't start RAID for {MD}" in done.out, done.out)
    status(lab, "alice", raid, "Resource is stopped", 7)
    lab.expect_output("alice", f"{AGENTS}/{raid} stop", "Success", rc=0)
