# SPDX-License-Identifier: Apache-2.0
"""A web server of a few lines inside a host's network: cheap to start, easy to break.

Behaviours: "good" (200 and the body), "error" (500), "silent" (accepts, never answers).
.visits() is one letter per connection: N asked for a page, C came and went.
"""
import os
import selectors
import signal
import socket

from . import kernel


class Server:
    def __init__(self, host, port, body="hello", behaviour="good"):
        ready_r, ready_w = os.pipe()
        self.journal = os.memfd_create("visits")
        self.pid = os.fork()
        if self.pid == 0:
            try:
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                kernel.die_with_parent()
                kernel.setns(host.netns, kernel.CLONE_NEWNET)
                _serve(port, body, behaviour, lambda: os.write(ready_w, b"1"), self.journal)
            finally:
                os._exit(1)
        os.close(ready_w)
        ready = os.read(ready_r, 1)
        os.close(ready_r)
        if not ready:
            self.stop()
            raise RuntimeError(f"{host.name}: cannot serve on port {port}")

    def visits(self):
        return os.pread(self.journal, 1 << 20, 0).decode()

    def stop(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = 0


def _serve(port, body, behaviour, ready, journal):
    listener = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind(("::", port))
    listener.listen(64)
    sel = selectors.DefaultSelector()
    sel.register(listener, selectors.EVENT_READ)
    status = "500 Internal Server Error" if behaviour == "error" else "200 OK"
    answer = (f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n"
              f"Connection: close\r\n\r\n{body}").encode()
    ready()
    while True:
        for key, _ in sel.select():
            if key.fileobj is listener:
                sel.register(listener.accept()[0], selectors.EVENT_READ)
                continue
            peer = key.fileobj
            try:
                data = peer.recv(65536)
                os.write(journal, b"N" if data else b"C")
                if data and behaviour == "silent":
                    continue
                if data:
                    peer.sendall(answer)
            except OSError:
                pass
            sel.unregister(peer)
            peer.close()
