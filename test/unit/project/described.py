#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hbd -t --json and ldirectord -t --json, over every file of the corpus: JSON whatever the bytes are, the same exit
code as the findings say, and what was written is in it. usage: described.py HBD LDIRECTORD CORPUS"""
import json
import os
import subprocess
import sys
import tempfile

HBD, LDIRECTORD, CORPUS = sys.argv[1:4]
failed = passed = 0


def check(what, good, seen=""):
    global failed, passed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print(f"FAIL {what}: {seen}")


def described(argv):
    done = subprocess.run(argv, capture_output=True)
    try:
        found = json.loads(done.stdout.decode("ascii"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        check(" ".join(argv) + " prints JSON", False, f"{error}: {done.stdout[:200]}")
        return None
    errors = [f for f in found["findings"] if f["severity"] == "error"]
    check(" ".join(argv), done.returncode == (2 if errors else 0), (done.returncode, errors))
    return found


def folder_of(top, ha_cf, haresources, authkeys="auth 1\n1 sha1 secret-word\n"):
    for name, text in (("ha.cf", ha_cf), ("haresources", haresources), ("authkeys", authkeys)):
        with open(f"{top}/{name}", "w", encoding="utf-8", opener=lambda p, f: os.open(p, f, 0o600)) as out:
            out.write(text)
    with open(f"{top}/nodeinfo", "w", encoding="utf-8") as out:
        out.write("alice\n")


with tempfile.TemporaryDirectory() as top:
    folder_of(top, "keepalive 500ms\ndeadtime 4\nnode alice bob\nucast eth0 192.0.2.2\nmcast eth1 225.0.0.1 694 1 0\n"
              "ping_group gates 192.0.2.8 192.0.2.9\nrespawn hacluster /usr/lib/heartbeat/ipfail\nauto_failback on\n",
              "alice IPaddr::192.0.2.100/24/eth0 \\\n  mine::a\\::b\n")
    found = described([HBD, "-t", "--json", top])
    if found:
        check("nodes", found["nodes"] == ["alice", "bob"] and found["self"] == "alice", found)
        check("timing", (found["timing"]["keepalive"], found["timing"]["deadtime"]) == (500, 4000), found["timing"])
        check("media", [(m["kind"], m.get("interface"), m.get("peer"), m.get("group"), m.get("hosts")) for m in
                        found["media"]] == [("ucast", "eth0", "192.0.2.2", None, None),
                                            ("mcast", "eth1", None, "225.0.0.1", None),
                                            ("ping_group", None, None, None, ["192.0.2.8", "192.0.2.9"])], found["media"])
        check("groups", [r["script"] for g in found["groups"] for r in g["resources"]] == ["IPaddr", "mine"], found["groups"])
        check("keys are not told", found["auth"] == "sha1" and "secret-word" not in json.dumps(found), found["auth"])
        check("ipfail", found["ipfail"] is True and found["failback"] == "on")
    for name in sorted(os.listdir(f"{CORPUS}/hbd/ha.cf")):
        with open(f"{CORPUS}/hbd/ha.cf/{name}", "rb") as f:
            text = f.read()
        with open(f"{top}/ha.cf", "wb") as out:
            out.write(text)
        described([HBD, "-t", "--json", top])

    with open(f"{top}/l.cf", "w", encoding="utf-8") as out:
        out.write("checkinterval=2\nlogfile=\"/nowhere/at/all.log\"\nvirtual=192.0.2.100:80\n"
                  "\treal=192.0.2.21:8080 masq 3\n\tfallback=127.0.0.1:80 gate\n\tservice=http\n\trequest=\"a.html\"\n"
                  "\treceive=\"say \\\"hi\\\"\"\n\tpasswd=\"secret-word\"\n\tquiescent=yes\nvirtual=5\n\treal=192.0.2.22:80 gate\n")
    found = described([LDIRECTORD, "-t", "--json", f"{top}/l.cf"])
    if found and len(found["services"]) == 2:
        one, mark = found["services"]
        real = one["reals"][0]
        check("service", (one["address"], one["port"], one["fallback"], one["quiescent"]) ==
              ("192.0.2.100", 80, {"address": "127.0.0.1", "port": 80}, True), one)
        check("real", (real["address"], real["port"], real["method"], real["weight"]) == ("192.0.2.21", 8080, "masq", 3), real)
        check("check", (real["check"]["service"], real["check"]["request"], real["check"]["port"]) == ("http", "/a.html", 8080),
              real["check"])
        check("mark", (mark["fwmark"], mark["address"]) == (5, ""), mark)
        check("passwords are not told", "secret-word" not in json.dumps(found))
    else:
        check("two services", False, found)
for name in sorted(os.listdir(f"{CORPUS}/ldirectord")):
    described([LDIRECTORD, "-t", "--json", f"{CORPUS}/ldirectord/{name}"])
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
