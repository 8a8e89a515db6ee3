# SPDX-License-Identifier: Apache-2.0
"""ldirectord as ocf:heartbeat:ldirectord under Pacemaker with Corosync, on two nodes. Long, so only when named.

With --stack debian the original's agent and program play it: what a typing error does to them is counted as known.
"""
from rig.expect import at_times
from rig.plan import director, host

TITLE = "Pacemaker and Corosync run ldirectord: start, monitor, a typing error, death, move, a node lost, stop"
NEEDS = ["ip_vs"]
LIMIT = 500
LONG = True
HOSTS = [director("alice", "10.9.9.1/24", files=["common/pacemaker"]), director("bob", "10.9.9.4/24", files=["common/pacemaker"]),
         host("r1", "10.9.9.2/24"), host("r2", "10.9.9.3/24")]
VIP = "10.9.9.100"
TABLE = "-A -t 10.9.9.100:80 -s wrr\n-a -t 10.9.9.100:80 -r 10.9.9.2:80 -m -w 1\n-a -t 10.9.9.100:80 -r 10.9.9.3:80 -m -w 1\n"
CONFIG = "/etc/ha.d/t.cf"
PID = "/run/ldirectord.t.cf.pid"


def play(lab):
    alice = lab.hosts["alice"]
    for real in ("r1", "r2"):
        lab.serve(real, 80)

    def cluster(pattern, within=90, **kwargs):
        return lab.expect_output("alice", "crm_mon -1 -r -f -t", pattern, within=within, **kwargs)

    def monitors():
        """How often the agent's monitor has run on alice; the cluster itself tells only of changes."""
        return alice.read("/var/log/monitors").count("\n")

    if not alice.run("command -v pacemakerd && command -v corosync && command -v cibadmin").rc == 0:
        lab.check("Pacemaker is installed: apt-get install pacemaker pacemaker-cli-utils corosync", False)
        return
    lab.step("the cluster forms")
    for node in ("alice", "bob"):
        lab.run(node, "/lab/cluster", timeout=120)
    lab.expect_output("alice", "crm_mon -1", r"Online: \[ alice bob \]", within=150)

    lab.step("ocf:heartbeat:ldirectord with an address, at home on alice")
    lab.expect_output("alice", "cibadmin --replace --scope configuration --xml-file /lab/cib.xml && echo good", "^good$", within=30)
    lab.expect_vip("alice", VIP, within=90)
    lab.expect_table("alice", TABLE, within=60)
    cluster(r"ld\s+\(ocf:heartbeat:ldirectord\):\s+Started alice")
    lab.expect_table("bob", "")
    lab.expect("its monitor runs again and again", lambda: (monitors() >= 3, monitors()), within=60)
    pid = alice.read(PID)

    lab.step("a typing error in the file of a running director")
    good = alice.read(CONFIG)
    lab.run("alice", f"echo junk >> {CONFIG}")
    before = monitors()
    lab.expect("four monitors later", lambda: (monitors() >= before + 4, monitors() - before), within=90,
               original="it is stopped by then")
    lab.check("the daemon is the same", alice.read(PID) == pid, f"{pid.strip()}, {alice.read(PID).strip() or 'no pid file'}",
              original="its pid file is gone")
    lab.expect_table("alice", TABLE, within=1, original=at_times("monitor says that it failed: the cluster recovers what works"))
    cluster(r"Started alice", within=1, original="it cannot start again with such a file")
    said = alice.run("crm_mon -1 -r -f -t").out
    lab.check("and nothing has failed", "fail-count" not in said and "Failed" not in said, said, original="monitor, then start")
    if lab.stack == "debian":
        return          # what is left is a director without its daemon
    alice.run(f"cat > {CONFIG}", stdin=good)

    lab.step("it dies: found by the monitor, and started again where it was")
    lab.run("alice", f"kill -KILL {pid.strip()}")
    lab.expect("another daemon", lambda: (alice.read(PID) not in ("", pid) and "running" in alice.run(
        f"ldirectord {CONFIG} status").out, alice.read(PID)), within=90, poll=0.5)
    cluster(r"ld: migration-threshold=\d+ fail-count=1")
    lab.expect_table("alice", TABLE)
    lab.run("alice", "crm_resource --cleanup --resource ld", timeout=90)

    lab.step("it dies while its file is broken: it cannot start here, so it goes to bob, whose file is good")
    lab.run("alice", f"echo junk >> {CONFIG} && kill -KILL $(cat {PID})")
    lab.expect_only_holder("bob", VIP, ("alice", "bob"), within=120)
    lab.expect_table("bob", TABLE, within=60)
    cluster(r"ldirectord\):\s+Started bob")
    cluster(r"ld start on alice returned 'error'")
    alice.run(f"cat > {CONFIG}", stdin=good)
    lab.run("alice", "crm_resource --cleanup --resource ld", timeout=90)
    lab.run("alice", "crm_resource --move --resource director --node alice", timeout=90)
    lab.expect_only_holder("alice", VIP, ("alice", "bob"), within=120)
    cluster(r"ldirectord\):\s+Started alice")    # the table alone says nothing: the one who died has left it there
    lab.expect_table("alice", TABLE)
    lab.expect_table("bob", "", within=30)
    lab.run("alice", "crm_resource --clear --resource director", timeout=90)

    lab.step("moved to bob")
    lab.run("alice", "crm_resource --move --resource director --node bob", timeout=90)
    lab.expect_vip("bob", VIP, within=90)
    lab.expect_table("bob", TABLE, within=60)
    lab.expect_table("alice", "", what="alice has taken out what was hers")
    lab.expect_output("alice", f"ldirectord {CONFIG} status", "is stopped", rc=3)
    cluster(r"ldirectord\):\s+Started bob")
    lab.run("alice", "crm_resource --clear --resource director", timeout=90)

    lab.step("bob loses power")
    lab.power_cut("bob")
    lab.expect_only_holder("alice", VIP, ("alice",), within=120)
    lab.expect_table("alice", TABLE, within=60)

    lab.step("stopped")
    lab.run("alice", "crm_resource --resource director --meta --set-parameter target-role --parameter-value Stopped", timeout=90)
    lab.expect_table("alice", "", within=90)
    cluster(r"ldirectord\):\s+Stopped")
    lab.expect_output("alice", f"ldirectord {CONFIG} status", "is stopped", rc=3)
