# SPDX-License-Identifier: Apache-2.0
"""One HTTP GET from inside a host's network, without starting a program there."""
import re
import socket
import time


def connects(host, address, port, timeout=3):
    """Does a TCP connection from inside this host come about?"""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with host.inside_net():
        sock = socket.socket(family, socket.SOCK_STREAM)
    with sock:
        try:
            sock.settimeout(timeout)
            sock.connect((address, port))
            return True
        except OSError:
            return False


def get(host, url, source=None, timeout=3):
    """(status, body); status 0 and a reason when nothing useful came back in time."""
    found = re.fullmatch(r"http://(\[[0-9a-fA-F:]+\]|[^/:]+)(?::(\d+))?(/.*)?", url)
    name, port, path = found.group(1).strip("[]"), int(found.group(2) or 80), found.group(3) or "/"
    family = socket.AF_INET6 if ":" in name else socket.AF_INET
    deadline = time.monotonic() + timeout
    with host.inside_net():
        sock = socket.socket(family, socket.SOCK_STREAM)
    with sock:
        try:
            sock.settimeout(timeout)
            if source:
                sock.bind((source, 0))
            sock.connect((name, port))
            sock.sendall(f"GET {path} HTTP/1.0\r\nHost: {name}\r\n\r\n".encode())
            data = b""
            while True:
                sock.settimeout(max(0.01, deadline - time.monotonic()))
                part = sock.recv(65536)
                if not part:
                    break
                data += part
        except OSError as error:
            return 0, str(error)
    head, _, body = data.partition(b"\r\n\r\n")
    words = head.split(None, 2)
    if len(words) < 2 or not words[1].isdigit():
        return 0, "not an HTTP answer"
    return int(words[1]), body.decode("utf-8", "replace")
