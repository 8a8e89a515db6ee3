# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium on a host of the lab: what a page becomes in it, and a picture of that."""
import os
import shutil
import struct

CHROMIUM = shutil.which("chromium")
_COMMON = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
           "--disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars --enable-logging=stderr")


def look(lab, host, url, name, width=1100, height=1500, dark=False, seconds=3):
    """(the page's DOM as text, what the browser's console said, the path of the picture). The picture stays in the folder
    that LAB_PICTURES names, or is gone with the lab."""
    picture = f"/tmp/{name}.png"
    shell = (f"export HOME=/tmp/home-{name}; mkdir -p $HOME; "
             f"exec timeout 100 chromium {_COMMON} --user-data-dir=$HOME/profile --window-size={width},{height} "
             f"{'--force-dark-mode --blink-settings=preferredColorScheme=0' if dark else ''} "
             f"--virtual-time-budget={seconds * 1000}")
    shot = lab.hosts[host].run(f"({shell} --screenshot={picture} '{url}') 2>&1", timeout=120)
    page = lab.hosts[host].run(f"({shell} --dump-dom '{url}') 2> /tmp/{name}.console; cat /tmp/{name}.console >&2; true", timeout=120)
    console = lab.hosts[host].read(f"/tmp/{name}.console") + shot.out
    kept = f"{lab.folder}/{name}.png"
    source = f"/proc/{lab.hosts[host].pid}/root{picture}"
    if os.path.exists(source):
        shutil.copy(source, kept)
        if folder := os.environ.get("LAB_PICTURES"):
            os.makedirs(folder, exist_ok=True)
            shutil.copy(source, folder)
    said = [line for line in console.splitlines() if "CONSOLE" in line]
    return page.out, said, kept


def size(picture):
    """(width, height) of a PNG, and how many bytes it has: an empty page is a few hundred."""
    with open(picture, "rb") as f:
        head = f.read(24)
    return struct.unpack(">II", head[16:24]) if head[:8] == b"\x89PNG\r\n\x1a\n" else (0, 0), os.path.getsize(picture)
