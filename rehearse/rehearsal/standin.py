# SPDX-License-Identifier: Apache-2.0
"""Small servers that satisfy the checks of ldirectord, in a process of their own inside a host's network.

What is spoken is what a check asks and a client of the rehearsal looks at, and no more. One row per service in SPEAK.
"""
import json
import os
import selectors
import signal
import socket
import ssl
import struct
import sys
import threading

PATIENCE = 10
MAX_REQUEST = 65536
MAX_TALKS = 200


class Servers:
    """listeners: [{"proto", "port", "kind", "tls", "body", "pages": {path: body}}]; .stop() is the death of the service."""

    def __init__(self, host, listeners, certificate=""):
        from rig import kernel
        ready_r, ready_w = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                kernel.die_with_parent()
                kernel.setns(host.netns, kernel.CLONE_NEWNET)
                serve(listeners, certificate, lambda refused: os.write(ready_w, json.dumps(refused).encode() + b"\n"))
            finally:
                os._exit(1)
        os.close(ready_w)
        with os.fdopen(ready_r) as ready:
            line = ready.readline()
        if not line:
            self.stop()
            raise RuntimeError(f"{host.name}: its stand-in servers did not start")
        self.refused = json.loads(line)

    def stop(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = 0


def serve(listeners, certificate, ready):
    threading.stack_size(256 * 1024)
    context = None
    if certificate and any(one["tls"] for one in listeners):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    sel, refused = selectors.DefaultSelector(), []
    for one in listeners:
        kind = socket.SOCK_DGRAM if one["proto"] == "udp" else socket.SOCK_STREAM
        try:
            sock = socket.socket(socket.AF_INET6, kind)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            sock.bind(("::", one["port"]))
            if one["proto"] != "udp":
                sock.listen(128)
        except OSError as error:
            refused.append(f"port {one['port']}: {error.strerror}")
            continue
        sel.register(sock, selectors.EVENT_READ, one)
    ready(refused)
    talks = threading.Semaphore(MAX_TALKS)
    while True:
        for key, _ in sel.select():
            one = key.data
            if one["proto"] == "udp":
                _datagram(key.fileobj, one)
                continue
            try:
                peer = key.fileobj.accept()[0]
            except OSError:
                continue
            if not talks.acquire(blocking=False):
                peer.close()
                continue
            threading.Thread(target=_talk, args=(peer, one, context, talks), daemon=True).start()


def _talk(peer, one, context, talks):
    try:
        peer.settimeout(PATIENCE)
        if one["tls"] and context:
            peer = context.wrap_socket(peer, server_side=True)
        SPEAK[one["kind"]](peer, one)
    except (OSError, ValueError, IndexError):
        pass
    finally:
        try:
            peer.close()
        except OSError:
            pass
        talks.release()


def _datagram(sock, one):
    try:
        data, sender = sock.recvfrom(4096)
        if one["kind"] == "dns":
            sock.sendto(dns_answer(data, one["body"]), sender)
        else:
            sock.sendto(one["body"].encode() or b"\n", sender)
    except (OSError, ValueError, IndexError, struct.error):
        pass


def _lines(peer):
    pending = b""
    while len(pending) < MAX_REQUEST:
        data = peer.recv(4096)
        if not data:
            return
        pending += data
        while b"\n" in pending:
            line, pending = pending.split(b"\n", 1)
            yield line.decode("latin-1").rstrip("\r")


def _connect(peer, _one):
    """Whoever connects is heard until he goes."""
    while peer.recv(4096):
        pass


def http_page(path, one):
    return one["pages"].get(path, one["body"])


def _http(peer, one):
    head = b""
    while b"\r\n\r\n" not in head and b"\n\n" not in head:
        data = peer.recv(4096)
        if not data or len(head) > MAX_REQUEST:
            return
        head += data
    words = head.split(None, 2)
    path = words[1].decode("latin-1")
    if path.startswith("http://"):      # a proxy's
        path = "/" + path[7:].partition("/")[2]
    body = http_page(path, one).encode()
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Served-By: " + one["name"].encode() +
                 b"\r\nContent-Length: " + str(len(body)).encode() + b"\r\nConnection: close\r\n\r\n" +
                 (b"" if words[0] == b"HEAD" else body))


def _greeting(text, replies, last):
    def speak(peer, one):
        peer.sendall((text + "\r\n").encode())
        for line in _lines(peer):
            word = line.split(" ")[0].upper()
            peer.sendall((replies.get(word, replies[""]) + "\r\n").encode())
            if word == last:
                return
    return speak


def _imap(peer, _one):
    peer.sendall(b"* OK rehearsal IMAP4rev1\r\n")
    for line in _lines(peer):
        tag, _, rest = line.partition(" ")
        if rest.upper().startswith("LOGOUT"):
            peer.sendall(b"* BYE rehearsal\r\n")
        peer.sendall(f"{tag} OK done\r\n".encode())
        if rest.upper().startswith("LOGOUT"):
            return


def _ftp(peer, one):
    peer.sendall(b"220 rehearsal FTP\r\n")
    data = None
    for line in _lines(peer):
        word = line.split(" ")[0].upper()
        if word == "USER":
            reply = "331 the word?"
        elif word == "PASS":
            reply = "230 in"
        elif word in ("PASV", "EPSV"):
            family = peer.family
            data = socket.socket(family, socket.SOCK_STREAM)
            data.settimeout(PATIENCE)
            data.bind((peer.getsockname()[0], 0))
            data.listen(1)
            port = data.getsockname()[1]
            ip = peer.getsockname()[0].removeprefix("::ffff:").replace(".", ",")
            reply = (f"229 entering (|||{port}|)" if word == "EPSV" else f"227 entering ({ip},{port >> 8},{port & 255})")
        elif word == "RETR" and data:
            peer.sendall(b"150 here it comes\r\n")
            wire = data.accept()[0]
            wire.sendall(one["body"].encode())
            wire.close()
            data.close()
            data, reply = None, "226 done"
        else:
            reply = "221 bye" if word == "QUIT" else "200 ok"
        peer.sendall((reply + "\r\n").encode())
        if word == "QUIT":
            return


def _simpletcp(peer, one):
    peer.settimeout(0.5)
    try:
        peer.recv(4096)
    except OSError:
        pass
    peer.settimeout(PATIENCE)
    peer.sendall(one["body"].encode() or b"\n")


def dns_answer(question, address):
    """One record: the address asked for; of any other type a name."""
    if len(question) < 17:
        raise ValueError("no question")
    end = 12
    while question[end]:
        end += question[end] + 1
    kind = struct.unpack_from("!H", question, end + 1)[0]
    asked = question[12:end + 5]
    if kind == 1:
        record = struct.pack("!HHHIH", 0xC00C, 1, 1, 60, 4) + socket.inet_aton(address)
    else:
        name = b"\x09rehearsal\x07invalid\x00"
        record = struct.pack("!HHHIH", 0xC00C, kind, 1, 60, len(name)) + name
    return question[:2] + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0) + asked + record


def _dns(peer, one):
    size = struct.unpack("!H", peer.recv(2))[0]
    answer = dns_answer(peer.recv(size), one["body"])
    peer.sendall(struct.pack("!H", len(answer)) + answer)


def _ldap(peer, _one):
    """Bound, and one entry found, whatever is asked (RFC 4511)."""
    result = b"\x0a\x01\x00\x04\x00\x04\x00"

    def message(number, tag, body):
        inner = b"\x02\x01" + bytes([number]) + bytes([tag, len(body)]) + body
        return b"\x30" + bytes([len(inner)]) + inner

    peer.recv(4096)
    peer.sendall(message(1, 0x61, result))
    if not peer.recv(4096):
        return
    peer.sendall(message(2, 0x64, b"\x04\x0bcn=rehearse\x30\x00") + message(2, 0x65, result))
    peer.recv(4096)


_smtp = _greeting("220 rehearsal ESMTP", {"QUIT": "221 bye", "": "250 ok"}, "QUIT")
_pop = _greeting("+OK rehearsal", {"": "+OK"}, "QUIT")
_nntp = _greeting("200 rehearsal", {"QUIT": "205 bye", "": "200 ok"}, "QUIT")
SPEAK = {"connect": _connect, "none": _connect, "http": _http, "https": _http, "http_proxy": _http, "smtp": _smtp,
         "submission": _smtp, "ftp": _ftp, "imap": _imap, "imaps": _imap, "pop": _pop, "pops": _pop, "nntp": _nntp,
         "simpletcp": _simpletcp, "dns": _dns, "ldap": _ldap, "ldaps": _ldap}

if __name__ == "__main__":      # for tests: listeners as JSON, a certificate
    serve(json.loads(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "", lambda refused: print(refused, flush=True))
