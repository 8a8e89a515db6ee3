# SPDX-License-Identifier: Apache-2.0
"""LVSSyncDaemonSwap against a real IPVS: by hand, then as a resource of a pair. The kernel's two roles change places with the
group, and a connection that has been open since before goes on through the other director."""
from rig.plan import director, host

TITLE = "connection synchronisation: master where the group is, backup where it is not; connections outlive a director"
NEEDS = ["ip_vs"]
STACKS = ("upbeat",)
LIMIT = 240
PAIR = ("alice", "bob")
VIP, DAEMON = "10.77.0.100", "--mcast-interface eth0 --syncid 7"
# At boot both listen, and know the virtual service: whose it is does not matter before the address is there.
_BOOT = [f"ipvsadm -A -t {VIP}:7000 -s rr", f"ipvsadm -a -t {VIP}:7000 -r 10.77.0.11 -g"]
_REAL = ["for s in arp_ignore=1 arp_announce=2; do echo ${s#*=} > /proc/sys/net/ipv4/conf/all/${s%=*}; done",
         f"ip addr add {VIP}/32 dev lo"]
HOSTS = [director("alice", "10.77.0.1/24", files=["common/pair-sync"], boot=_BOOT),
         director("bob", "10.77.0.2/24", files=["common/pair-sync"], boot=_BOOT),
         host("r1", "10.77.0.11/24", boot=_REAL), host("client", "10.77.0.50/24")]
SERVER = """import socketserver
class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line)
socketserver.ThreadingTCPServer.allow_reuse_address = True
socketserver.ThreadingTCPServer(("", 7000), Echo).serve_forever()
"""
# One connection: a line every 100 ms, each is answered within 20 s, until it is told to end.
CLIENT = f"""import os, socket, time
talk = socket.create_connection(("{VIP}", 7000), 10)
talk.settimeout(20)
said = 0
while not os.path.exists("/run/enough"):
    said += 1
    line = b"%d\\n" % said
    talk.sendall(line)
    heard = b""
    while not heard.endswith(b"\\n"):
        data = talk.recv(100)
        assert data, "closed"
        heard += data
    assert heard == line, (heard, line)
    open("/run/said", "w").write(str(said))
    time.sleep(0.1)
print("all", said, "lines were answered")
"""


def play(lab):
    by_hand(lab)
    pair(lab)


def by_hand(lab):
    script = "/etc/ha.d/resource.d/LVSSyncDaemonSwap master eth0 7"

    def does(verb, says, daemon):
        lab.expect_output("alice", f"{script} {verb}", says)
        lab.expect_output("alice", "ipvsadm -L --daemon", daemon)

    lab.expect_output("alice", f"{script} status", r"master stopped", rc=7)
    for _ in range(2):
        does("start", r"INFO:  Success", r"^master sync daemon \(mcast=eth0, syncid=7")
        does("status", r"master running", r"^master sync daemon")
    for _ in range(2):
        does("stop", r"INFO:  Success", r"^backup sync daemon \(mcast=eth0, syncid=7")
    lab.expect_output("alice", f"{script} status", r"master stopped", rc=7)
    lab.run("alice", "ipvsadm --stop-daemon backup")


def roles(lab, master, within=30):
    """master has the address and tells of its connections, the other one listens."""
    lab.expect_only_holder(master, VIP, PAIR, within=within)
    for name in PAIR:
        if lab.hosts[name].is_on:
            wanted = "master" if name == master else "backup"
            lab.expect_output(name, "ipvsadm -L --daemon", rf"\A{wanted} sync daemon \(mcast=eth0, syncid=7[^\n]*\n\Z", within=within, detail=False)


def goes_on(lab, job):
    """The connection of before is in use."""
    def said():
        job.host.pump(0.01)
        return int(lab.hosts["client"].read("/run/said") or 0)
    before = said()
    lab.expect("the client's connection goes on", lambda: (job.result is None and said() > before + 5,
                                                           job.result.out if job.result else f"{said()} lines, {before} before"), within=20)


def pair(lab):
    lab.step("both listen since their boot, and start")
    for name in PAIR:
        lab.run(name, f"ipvsadm --start-daemon backup {DAEMON}")
    lab.hosts["r1"].spawn(["python3", "-c", SERVER])
    lab.start(*PAIR)
    roles(lab, "alice", 60)
    lab.expect_output("r1", "ss -Hltn", ":7000 ", within=20)
    job = lab.hosts["client"].spawn(["python3", "-c", CLIENT])
    goes_on(lab, job)
    lab.expect_output("bob", "ipvsadm -Lnc", rf"TCP .* ESTABLISHED 10\.77\.0\.50:\d+ +{VIP}:7000 +10\.77\.0\.11:7000", within=20, detail=False)

    lab.step("hb_standby all: the roles change places")
    lab.run("alice", "/usr/share/heartbeat/hb_standby all")
    roles(lab, "bob")
    goes_on(lab, job)

    lab.step("and back")
    lab.run("bob", "/usr/share/heartbeat/hb_standby failback")
    roles(lab, "alice")
    goes_on(lab, job)

    lab.step("alice loses power")
    lab.power_cut("alice")
    roles(lab, "bob")
    goes_on(lab, job)

    lab.step("alice boots and has her group back; bob's kernel listens again")
    lab.power_on("alice")
    lab.run("alice", f"ipvsadm --start-daemon backup {DAEMON}")
    lab.expect_output("alice", "ipvsadm -Lnc", rf"TCP .* ESTABLISHED 10\.77\.0\.50:\d+ +{VIP}:7000", within=20, detail=False)
    lab.start("alice")
    roles(lab, "alice", 60)
    goes_on(lab, job)
    lab.run("client", "touch /run/enough")
    done = job.wait(40)
    lab.check("nothing of the connection was lost", done.rc == 0, done.out.strip())
