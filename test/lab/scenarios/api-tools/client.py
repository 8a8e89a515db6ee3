# SPDX-License-Identifier: Apache-2.0
"""A client of Heartbeat's API socket in a few lines, and what a hostile one would do. Runs inside a host."""
import bz2
import os
import socket
import struct
import sys
import threading
import time
import zlib

PATH = "/var/run/heartbeat/register"


def unpacked(data):
    """With traditional_compression the original sends long messages to its clients as to its peers: compressed."""
    if not data.startswith(b"###\n"):
        return data
    fields, rest = {}, data[4:]
    while not rest.startswith(b"%%%\n"):
        length, rest = rest.split(b":", 1)
        field, rest = rest[:int(length)], rest[int(length) + 1:]
        name, value = field[3:].split(b"=", 1)
        fields[name] = value
    if b"_compressed_payload" in fields:
        inflate = bz2.decompress if fields[b"_compression_algorithm"] == b"bz2" else zlib.decompress
        return unpacked(inflate(fields[b"_compressed_payload"]))
    return b"".join(name + b"=" + value + b"\n" for name, value in fields.items())


class Client:
    def __init__(self, name=None, **lies):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(15)
        self.socket.connect(PATH)
        self.name, self.node, self.bytes = name or str(os.getpid()), "", b""
        if lies.pop("mute", False):
            return
        fields = {"t": "hbapi-req", "reqtype": "signon", "uid": os.getuid(), "gid": os.getgid(), "pid": os.getpid(),
                  "from_id": self.name, **lies}
        self.send(fields)
        while True:
            answer = self.read()
            if answer.get("t") == "hbapi-resp":
                break
        self.result, self.reason, self.node = answer.get("result"), answer.get("info", ""), answer.get("node")

    def send(self, fields):
        text = ">>>\n" + "".join(f"{k}={v}\n" for k, v in fields.items()) + "<<<\n\0"
        self.socket.sendall(struct.pack("=iI", len(text), 0xabcd) + text.encode())

    def read(self):
        while True:
            if len(self.bytes) >= 8:
                length, magic = struct.unpack("=iI", self.bytes[:8])
                assert magic == 0xabcd
                if len(self.bytes) >= 8 + length:
                    text, self.bytes = self.bytes[8:8 + length], self.bytes[8 + length:]
                    text = unpacked(text)
                    lines = text.decode(errors="replace").rstrip("\0").split("\n")
                    return dict(line.split("=", 1) for line in lines if "=" in line)
            piece = self.socket.recv(65536)
            if not piece:
                raise EOFError
            self.bytes += piece

    def closed(self, seconds=20):
        """Are we cut off?"""
        self.socket.settimeout(seconds)
        try:
            while self.socket.recv(65536):
                pass
            return True
        except ConnectionResetError:
            return True
        except socket.timeout:
            return False


def listen(name, count):
    client = Client(name)
    assert client.result == "OK", client.reason
    deadline = time.time() + 20
    while count and time.time() < deadline:
        m = client.read()
        if m.get("src") == client.node or m.get("to_id") != name:
            continue
        if m.get("t") == "hbapi-clstat":
            print(m["st"], m["src"], flush=True)
        else:
            print(m["t"], "from", m.get("src"), len(m.get("text", "")), flush=True)
        count -= 1


def say(name, what, length=0):
    client = Client(name)
    assert client.result == "OK", client.reason
    client.send({"t": what, "from_id": name, "to_id": name, "text": ("line of text " * (length // 12 + 1))[:length]})
    while client.read().get("t") != what:
        pass
    print("echo", what)
    client.send({"t": "hbapi-req", "reqtype": "signoff", "pid": os.getpid(), "from_id": name, "dest": client.node})


def refused(reason, **lies):
    client = Client(**lies)
    assert client.result == "badreq" and client.reason == reason, (client.result, client.reason)
    assert client.closed()


def raw(data):
    client = Client(mute=True)
    client.socket.sendall(data)
    return client


def flood():
    client = Client("tester")
    client.socket.setblocking(True)
    for n in range(3000):
        client.send({"t": "word", "n": n})
    # Only a burst of them came through, and we are still there to be told.
    seen, deadline = 0, time.time() + 3
    client.socket.settimeout(0.5)
    try:
        while time.time() < deadline:
            seen += client.read().get("t") == "word"
    except socket.timeout:
        pass
    assert 50 <= seen <= 400, seen


def loud():
    """A flood of one who reads what comes back: whoever does not is cut off by the original before he has said much."""
    client = Client("tester")
    threading.Thread(target=client.closed, args=(50,), daemon=True).start()
    for n in range(3000):
        client.send({"t": "word", "n": n})
    time.sleep(5)       # who leaves at once may lose what is still on its way


def slow():
    client = Client("mute")
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    try:
        for _ in range(200000):
            client.send({"t": "hbapi-req", "reqtype": "nodelist", "dest": client.node, "pid": os.getpid(), "from_id": "mute"})
    except (BrokenPipeError, ConnectionResetError, socket.timeout):
        pass
    assert client.closed()


def hasty():
    client = Client()
    text = f">>>\nt=hbapi-req\nreqtype=nodelist\ndest={client.node}\npid={os.getpid()}\nfrom_id={client.name}\n<<<\n\0".encode()
    client.socket.sendall((struct.pack("=iI", len(text), 0xabcd) + text) * 200)
    client.socket.close()


def many():
    all_of_them = [Client(mute=True) for _ in range(150)]
    assert sum(c.closed(0.05) for c in all_of_them) >= 40
    all_of_them[-1].socket.close()


def main(kind, *args):
    if kind == "listen":
        return listen(args[0], int(args[1]))
    if kind == "say":
        return say(args[0], args[1], int(args[2]) if len(args) > 2 else 0)
    named = Client("tester") if kind in ("forged-from", "status") else None
    if kind == "garbage":
        assert raw(b"GET / HTTP/1.0\r\n\r\n").closed()
    elif kind == "half":   # of a frame, then silence: closed when the time to sign on is over
        assert raw(struct.pack("=iI", 100, 0xabcd) + b">>>\nt=hb").closed()
    elif kind == "huge":
        assert raw(struct.pack("=iI", 1 << 30, 0xabcd)).closed()
    elif kind == "forged-pid":
        refused("bad pid", pid=1)
    elif kind == "forged-uid":
        refused("incorrect/false credentials", uid=99)
    elif kind == "forged-name":
        os.setgid(65534)
        refused("client failed authorization", name="ipfail")
    elif kind == "unknown-name":
        refused("no default client auth", name="stranger")
    elif kind == "forged-from":
        named.send({"t": "num_ping_nodes", "from_id": "ipfail", "num_ping": 9})
        assert named.closed()
    elif kind == "status":
        named.send({"t": "shutdone", "st": "dead"})
        assert named.closed()
    else:
        {"flood": flood, "hasty": hasty, "loud": loud, "slow": slow, "many": many}[kind]()


main(*sys.argv[1:])
