# SPDX-License-Identifier: Apache-2.0
"""One end of a null-modem cable. TTY becomes a serial line; its bytes go to the other end's host over a wire of their
own (a TCP connection), at which ADDRESS is the one to call; without ADDRESS we wait to be called."""
import os
import pty
import select
import socket
import sys
import time
import tty


def meet(address):
    if address:
        while True:
            try:
                return socket.create_connection((address, 7), timeout=1)
            except OSError:
                time.sleep(0.1)
    return LISTENER.accept()[0]


path, address = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
master, slave = pty.openpty()
tty.setraw(slave)
os.symlink(os.ttyname(slave), path)
if not address:
    LISTENER = socket.socket()
    LISTENER.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    LISTENER.bind(("", 7))
    LISTENER.listen(1)
while True:
    wire = meet(address)
    wire.settimeout(None)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 2000)
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        while True:
            waiting = [master, wire] if address else [master, wire, LISTENER]
            ready = select.select(waiting, [], [])[0]
            if not address and LISTENER in ready:      # the far host has booted anew
                wire.close()
                wire = LISTENER.accept()[0]
                continue
            if master in ready:
                wire.sendall(os.read(master, 4096))
            if wire in ready:
                data = wire.recv(4096)
                if not data:
                    break
                os.write(master, data)
    except OSError:
        pass
    wire.close()
