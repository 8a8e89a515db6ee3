import time
from rig.plan import director
TITLE = "tmp"
STACKS = ("upbeat", "debian")
LIMIT = 300
HOSTS = [director(name, f"10.77.0.{n}/24", files=["common/pair-deadtime-1"]) for n, name in ((1, "alice"), (2, "bob"))]
def play(lab):
    lab.start("alice", "bob")
    time.sleep(14)
    def show(w):
        for n in ("alice","bob"):
            print(w, n, [lab.hosts[n].run(f"cl_status nodestatus {x}").out.strip()[-40:] for x in ("alice","bob")])
    show("start")
    for text in ("xmitloss=1\nrcvloss=0\n", "xmitloss=1\nrcvloss=0\nallownodes=bob;\n", "xmitloss=1\nrcvloss=0\nallownodes=carol;\n", "xmitloss=0\nrcvloss=1\nallownodes=bob;\n", "xmitloss=0\nrcvloss=1\nallownodes=alice;\n", "junk=1\nxmitloss=2\n"):
        lab.step(repr(text))
        path = f"/proc/{lab.hosts['alice'].pid}/root/etc/ha.d/OnlyForTesting"
        open(path, "w").write(text)
        print(lab.hosts["alice"].run("/etc/init.d/heartbeat reload").out)
        time.sleep(5)
        show(repr(text))
        print(lab.hosts["alice"].run("grep -i 'test\|loss\|Allow\|unchanged' /var/log/ha-log | tail -5").out)
        lab.hosts["alice"].run("rm /etc/ha.d/OnlyForTesting; /etc/init.d/heartbeat reload")
        time.sleep(14)
        show("after")
    print(lab.hosts["alice"].run("grep -i 'test\|loss\|Allow\|unchanged' /var/log/ha-log").out)
    lab.check("end", True)
