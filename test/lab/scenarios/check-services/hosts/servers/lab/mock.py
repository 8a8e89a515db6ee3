#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A line protocol, SIP that answers 100 first, a news server of one line; and servers that misbehave."""
import socket
import socketserver
import threading


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


class Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads, request_queue_size = True, True, 100


SERVERS = [Tcp(("", 7119), News), Tcp(("", 7060), SipTcp), socketserver.UDPServer(("", 7060), SipUdp),
           Tcp(("", 7000), Lines), Tcp(("", 7001), Silent), Tcp(("", 7002), Reset)]
for server in SERVERS:
    threading.Thread(target=server.serve_forever).start()
