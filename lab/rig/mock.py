# SPDX-License-Identifier: Apache-2.0
"""A web server of a few lines inside a host's network: cheap to start, easy to break.

Behaviours: "good" (200 and the body), "error" (500), "silent" (accepts, never answers), "echo" (no web server at all: says
whatever it hears, and stays).
.visits() is one letter per connection: N asked for a page, C came and went; .heads() what was asked, of the first MiB.
"""
import os
import selectors
import signal
import socket

from . import kernel


class Server:
    def __init__(self, host, port, body="hello", behaviour="good"):
        ready_r, ready_w = os.pipe()
        self.journal, self.asked = os.memfd_create("visits"), os.memfd_create("asked")
        self.pid = os.fork()
        if self.pid == 0:
            try:
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                kernel.die_with_parent()
                kernel.setns(host.netns, kernel.CLONE_NEWNET)
                _serve(port, body, behaviour, lambda: os.write(ready_w, b"1"), self.journal, self.asked)
            finally:
                os._exit(1)
        os.close(ready_w)
        ready = os.read(ready_r, 1)
        os.close(ready_r)
        if not ready:
            self.stop()
            raise RuntimeError(f"{host.name}: cannot serve on port {port}")

    def visits(self):
        return self._read(self.journal)

    def heads(self):
        return self._read(self.asked).replace("\r", "")

    def _read(self, written):
        return written if isinstance(written, str) else os.pread(written, 1 << 20, 0).decode("latin1")

    def stop(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = 0
            # What was seen stays readable; a scenario may start hundreds of them.
            for name in ("journal", "asked"):
                fd = getattr(self, name)
                setattr(self, name, self._read(fd))
                os.close(fd)


def _serve(port, body, behaviour, ready, journal, asked):
    listener = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind(("::", port))
    listener.listen(1024)     # or who asks fast loses packets while this process waits for a processor
    sel = selectors.DefaultSelector()
    sel.register(listener, selectors.EVENT_READ)
    status = "500 Internal Server Error" if behaviour == "error" else "200 OK"
    answer = (f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n"
              f"Connection: close\r\n\r\n{body}").encode()
    ready()
    room = 1 << 20
    while True:
        for key, _ in sel.select():
            if key.fileobj is listener:
                sel.register(listener.accept()[0], selectors.EVENT_READ)
                continue
            peer = key.fileobj
            try:
                data = peer.recv(65536)
                os.write(journal, b"N" if data else b"C")
                room -= os.write(asked, data[:room])
                if data and behaviour == "silent":
                    continue
                if data and behaviour == "echo":
                    peer.sendall(data)
                    continue
                if data:
                    peer.sendall(answer)
            except OSError:
                pass
            sel.unregister(peer)
            peer.close()
