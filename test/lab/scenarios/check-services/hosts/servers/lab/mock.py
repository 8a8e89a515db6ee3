#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A line protocol, SIP that answers 100 first, a news server of one line; and servers that misbehave. With addresses as
arguments: at port 143 of each of them one that does, in the order of MISBEHAVED."""
import itertools
import socket
import socketserver
import sys
import threading
import time


def sip(request, transport):
    fields = [line for line in request.decode().split("\r\n") if line.split(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq")]
    if not request.startswith(b"OPTIONS sip:") or "/" + transport not in fields[0]:
        return b"SIP/2.0 400 Bad Request\r\n\r\n"
    return ("SIP/2.0 100 Trying\r\n\r\nSIP/2.0 200 OK\r\n" + "\r\n".join(fields) + "\r\nContent-Length: 0\r\n\r\n").encode()


class SipTcp(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(sip(self.request.recv(4096), "TCP"))


class SipUdp(socketserver.BaseRequestHandler):
    def handle(self):
        data, wire = self.request
        wire.sendto(sip(data, "UDP").split(b"\r\n\r\n", 1)[1], self.client_address)


class News(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(b"200 news.example.test ready\r\n")
        self.request.recv(100)


class Lines(socketserver.BaseRequestHandler):
    """Answers each line in capitals once the other side is done."""
    def handle(self):
        text = b""
        while data := self.request.recv(4096):
            text += data
        self.request.sendall(b"ready\n" + text.upper())


class Silent(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.settimeout(300)
        try:
            self.request.recv(1 << 16)
        except OSError:
            pass


class Reset(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


class Garbage(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(bytes(range(256)) * 16)


def flood(head, piece, pause):
    """A handler that goes on for ever: a slow drip, or as fast as it is read."""
    class Flood(socketserver.BaseRequestHandler):
        def handle(self):
            for part in itertools.chain(head, itertools.repeat(piece)):
                self.request.sendall(part)
                time.sleep(pause)
    return Flood


PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
LINES = b"220-and another line\r\n" * 500


class Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads, request_queue_size = True, True, 100

    def handle_error(self, request, client_address):
        pass      # it has had enough


# A greeting that never ends, byte by byte and line by line.
DRIP, ENDLESS = flood([b"2", b"2", b"0", b" "], b"x", 0.2), flood([], LINES, 0)
MISBEHAVED = [None, Silent, Reset, Lines, Garbage, DRIP, ENDLESS]
if len(sys.argv) > 1:
    SERVERS = [Tcp((address, 143), how) for address, how in zip(sys.argv[1:], MISBEHAVED) if how]
else:
    SERVERS = [Tcp(("", 7119), News), Tcp(("", 7060), SipTcp), socketserver.UDPServer(("", 7060), SipUdp),
               Tcp(("", 7000), Lines), Tcp(("", 7001), Silent), Tcp(("", 7002), Reset), Tcp(("", 7003), Garbage),
               Tcp(("", 7010), DRIP), Tcp(("", 7011), ENDLESS),
               # A page that never ends, the same.
               Tcp(("", 7012), flood([PAGE], b"x", 0.2)), Tcp(("", 7013), flood([PAGE], b"x" * 8192, 0))]
for server in SERVERS:
    threading.Thread(target=server.serve_forever).start()
