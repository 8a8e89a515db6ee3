#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""speak.py good|bad: a real server with every service that ldirectord checks, as the reference's cases have them: what a
good one says, and what a bad one says. Over TLS with /lab/key.pem and /lab/cert.pem where these are."""
import hashlib
import hmac
import os
import socket
import socketserver
import ssl
import struct
import sys
import threading

GOOD = sys.argv[1] == "good"
SECRET = b"s3cret"


class Lines(socketserver.StreamRequestHandler):
    """A greeting, then an answer to each line."""
    def greet(self):
        return b""

    def answer(self, line):
        return None      # the end

    def handle(self):
        self.timeout = 60
        self.wfile.write(self.greet())
        while line := self.rfile.readline(4096):
            said = self.answer(line.decode("latin1").strip())
            if said is None:
                return
            self.wfile.write(said)


class Smtp(Lines):
    def greet(self):
        return b"220 mail ESMTP\r\n" if GOOD else b"421 not today\r\n"

    def answer(self, line):
        return b"250 mail\r\n" if line[:4].upper() in ("EHLO", "HELO") else b"221 bye\r\n"


class Pop(Lines):
    def greet(self):
        return b"+OK ready\r\n"

    def answer(self, line):
        word = line[:4].upper()
        if word == "CAPA":
            return b"+OK\r\nUSER\r\n.\r\n"
        return b"-ERR no\r\n" if word == "PASS" and not GOOD else b"+OK 0 0\r\n"


class Imap(Lines):
    def greet(self):
        return b"* OK ready\r\n"

    def answer(self, line):
        tag, _, rest = line.partition(" ")
        if rest.upper().startswith("LOGIN") and not GOOD:
            return f"{tag} NO wrong\r\n".encode()
        return f"{tag} OK done\r\n".encode()


class News(Lines):
    def greet(self):
        return b"200 news\r\n" if GOOD else b"400 closed\r\n"

    def answer(self, line):
        return b"205 bye\r\n"


class Ftp(Lines):
    """Active and passive transfers; the bad one refuses the login and has other content."""
    def greet(self):
        self.where, self.listening = None, None
        return b"220 ftp\r\n"

    def answer(self, line):
        word, _, rest = line.partition(" ")
        word = word.upper()
        if word == "PASS":
            return b"230 in\r\n" if GOOD else b"530 out\r\n"
        if word == "PORT":
            n = rest.split(",")
            self.where = (".".join(n[:4]), int(n[4]) * 256 + int(n[5]))
            return b"200 ok\r\n"
        if word in ("PASV", "EPSV"):
            self.listening = socket.create_server((self.server.server_address[0], 0), family=self.server.address_family, dualstack_ipv6=True)
            port = self.listening.getsockname()[1]
            if word == "EPSV":
                return f"229 here (|||{port}|)\r\n".encode()
            here = self.request.getsockname()[0].rpartition(":")[2].replace(".", ",")
            return f"227 here ({here},{port // 256},{port % 256})\r\n".encode()
        if word in ("RETR", "LIST"):
            self.wfile.write(b"150 coming\r\n")
            if self.where:
                wire = socket.create_connection(self.where, 5)
            else:
                self.listening.settimeout(5)
                wire = self.listening.accept()[0]
            wire.sendall(b"welcome here\r\n" if GOOD else b"x\r\n")
            wire.close()
            return b"226 done\r\n"
        return {"USER": b"331 who\r\n", "QUIT": b"221 bye\r\n"}.get(word, b"250 ok\r\n")


def dns(query, wrong_name):
    """1.2.3.4 for every name, host.example.com for every address; the bad one says 9.9.9.9, or NXDOMAIN."""
    ident, end = query[:2], query.index(b"\0", 12) + 5
    kind = struct.unpack(">H", query[end - 4:end - 2])[0]
    if not GOOD and wrong_name:
        return ident + b"\x81\x83\0\1\0\0\0\0\0\0" + query[12:end]
    data = b"\x04host\x07example\x03com\0" if kind == 12 else bytes((1, 2, 3, 4) if GOOD else (9, 9, 9, 9))
    answer = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data
    return ident + b"\x81\x80\0\1\0\1\0\0\0\0" + query[12:end] + answer


class DnsUdp(socketserver.BaseRequestHandler):
    def handle(self):
        self.request[1].sendto(dns(self.request[0], False), self.client_address)


class DnsTcp(socketserver.BaseRequestHandler):
    def handle(self):
        query = self.request.recv(4096)
        if len(query) < 14:
            query += self.request.recv(4096)
        said = dns(query[2:], True)
        self.request.sendall(struct.pack(">H", len(said)) + said)


class Ldap(socketserver.BaseRequestHandler):
    """Any bind, then one entry; the bad one refuses the bind with error 49."""
    def handle(self):
        self.request.settimeout(30)
        while data := self.request.recv(4096):
            ident, kind = data[4:5], data[5]      # messages of less than 128 bytes with small numbers: 30 L 02 01 ID OP
            def send(op, body):
                inner = b"\x02\x01" + ident + bytes((op, len(body))) + body
                self.request.sendall(b"\x30" + bytes((len(inner),)) + inner)
            if kind == 0x60:
                send(0x61, b"\x0a\x01" + (b"\0" if GOOD else b"\x31") + b"\x04\0\x04\0")
            elif kind == 0x63:
                name = b"dc=x,dc=y"
                send(0x64, b"\x04" + bytes((len(name),)) + name + b"\x30\0")
                send(0x65, b"\x0a\x01\0\x04\0\x04\0")
            else:
                return


class Sip(socketserver.BaseRequestHandler):
    def handle(self):
        lines = self.request[0].decode("latin1").split("\r\n")
        kept = [line for line in lines if line.split(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq")]
        said = "\r\n".join(["SIP/2.0 200 OK" if GOOD else "SIP/2.0 503 Busy", *kept, "Content-Length: 0", "", ""])
        self.request[1].sendto(said.encode(), self.client_address)


class Radius(socketserver.BaseRequestHandler):
    def handle(self):
        asked = self.request[0]
        code = 2 if GOOD else 3
        attributes = b"\x50\x12" + bytes(16)
        head = struct.pack(">BBH", code, asked[1], 20 + len(attributes))
        attributes = b"\x50\x12" + hmac.digest(SECRET, head + asked[4:20] + attributes, "md5")
        proof = hashlib.md5(head + asked[4:20] + attributes + SECRET).digest()
        self.request[1].sendto(head + proof + attributes, self.client_address)


class Simple(socketserver.BaseRequestHandler):
    said = b"hello there\n" if GOOD else b"say hello\n"

    def handle(self):
        self.request.settimeout(5)
        try:
            while self.request.recv(4096):
                pass
        except OSError:
            pass
        self.request.sendall(self.said)


class ManyLines(Simple):
    said = b"one\ntwo hello\nthree\n"


class Nothing(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.settimeout(2)
        try:
            self.request.recv(4096)
        except OSError:
            pass


class Silent(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.settimeout(60)
        try:
            while self.request.recv(4096):
                pass
        except OSError:
            pass


class Reset(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def page(text):
    """A handler that answers any request with these bytes."""
    class Page(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.settimeout(10)
            head = b""
            while b"\r\n\r\n" not in head:
                more = self.request.recv(4096)
                if not more:
                    return
                head += more
            with open("/var/log/asked", "ab") as out:
                out.write(head)
            self.request.sendall(text)
    return Page


def http(status, body="", more=""):
    return page(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}Connection: close\r\n\r\n{body}".encode())


class Tcp(socketserver.ThreadingTCPServer):
    address_family, allow_reuse_address, daemon_threads, request_queue_size = socket.AF_INET6, True, True, 100

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()

    def handle_error(self, request, client_address):
        pass


class Tls(Tcp):
    def finish_request(self, request, client_address):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain("/lab/cert.pem", "/lab/key.pem")
        request.settimeout(10)
        with context.wrap_socket(request, server_side=True) as wire:
            super().finish_request(wire, client_address)


class Udp(socketserver.ThreadingUDPServer):
    """Answers from the address that was asked, in both families: one socket for each."""
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


class Udp6(Udp):
    address_family = socket.AF_INET6

    def server_bind(self):
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        super().server_bind()


HELLO = http("200 OK", "hello\n" if GOOD else "other\n")
TCP = {21: Ftp, 25: Smtp, 54: DnsTcp, 110: Pop, 119: News, 143: Imap, 389: Ldap, 587: Smtp, 3128: HELLO, 7777: Simple,
       7778: Nothing, 7779: ManyLines, 7780: Silent,
       801: http("200 OK", "Hello\nworld\nlast"), 802: page(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"),
       803: http("401 Unauthorized", "who", "WWW-Authenticate: Basic realm=\"x\"\r\n"), 804: http("301 Moved Permanently"),
       805: page(b"HTTP/1.0 200 OK\r\n\r\nhello"), 806: page(b"hello"),
       807: page(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"),
       808: Reset, 809: page(b""), 811: http("302 Found", "", "Location: http://10.9.9.2:80/x\r\n"),
       812: http("302 Found", "", "Location: http://10.9.9.2:9/x\r\n")}
servers = [Tcp(("::", port), what) for port, what in TCP.items()]
if os.path.exists("/lab/key.pem"):
    servers += [Tls(("::", port), what) for port, what in ((443, HELLO), (636, Ldap), (993, Imap), (995, Pop))]
for port, what in ((53, DnsUdp), (1812, Radius), (5060, Sip)):
    servers += [Udp(("0.0.0.0", port), what), Udp6(("::", port), what)]
for server in servers:
    threading.Thread(target=server.serve_forever).start()
