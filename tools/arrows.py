#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the arrows of ARCHITECTURE.md: which folder may include which, and what pure folders must not touch."""
import os
import re
import sys

# A folder may include itself and what stands here. The longest matching prefix of a file's folder is its room.
ARROWS = {
    "base": [],
    "io": ["base"],
    "hbd/model": ["base"],
    "hbd/wire": ["base", "hbd/model"],
    "hbd/conf": ["base", "hbd/model"],
    "hbd/core": ["base", "hbd/model", "hbd/wire"],
    "hbd/elect/heartbeat": ["base", "hbd/model", "hbd/wire", "hbd/core"],
    "hbd/api": ["base", "hbd/model", "hbd/wire", "hbd/core"],
    "hbd/shell": ["base", "io", "hbd/model", "hbd/wire", "hbd/core", "hbd/elect/heartbeat", "hbd/api"],
    "hbd/tools": ["base", "hbd/model", "hbd/wire", "hbd/api"],
    "hbd": ["base", "io", "hbd/"],
    "ldir/model": ["base", "ldir/ipvs/table.h"],
    "ldir/conf": ["base", "ldir/model", "ldir/ipvs/table.h"],
    "ldir/check": ["base", "ldir/model", "ldir/ipvs/table.h"],
    "ldir/ipvs": ["base"],
    "ldir/core": ["base", "ldir/model", "ldir/check/verdict.h", "ldir/ipvs/table.h"],
    "ldir/probe": ["base", "io", "ldir/model", "ldir/check", "ldir/ipvs/table.h"],
    "ldir/shell": ["base", "io", "ldir/model", "ldir/check", "ldir/core", "ldir/ipvs", "ldir/probe"],
    "ldir": ["base", "io", "ldir/"],
    "resource.d": ["base"],
    "test": [""],
    "bench": [""],
}
PURE = ["base", "hbd/model", "hbd/wire", "hbd/conf", "hbd/core", "hbd/elect", "hbd/api", "ldir/model", "ldir/conf",
        "ldir/core", "ldir/check"]
BANNED = {
    r'#include\s*[<"](boost/asio|io/)': "Asio",
    r"#include\s*<(sys/|unistd|fcntl|syslog|thread|mutex|atomic|random|unordered_|fstream|iostream|ctime|time\.h)":
        "a system, clock, thread or unordered header",
    r"\b(getenv|std::random_device|system_clock::now|steady_clock::now)\b": "a clock, randomness or the environment",
}
ALLOWED = {  # the reason stands in the file
    "ldir/check/http.cc": "Asio",  # Beast's parser takes Asio buffers; no socket
}


def room_of(path, rooms):
    folder = os.path.dirname(path)
    while folder and folder not in rooms:
        folder = os.path.dirname(folder)
    return folder


def main():
    top = sys.argv[1] if len(sys.argv) > 1 else "."
    os.chdir(top)
    files = [os.path.join(folder, name)[2:] for folder, _, names in os.walk(".") for name in names
             if name.endswith((".h", ".cc")) and not folder.startswith(("./build", "./.git"))]
    wrong = []
    for path in sorted(files):
        room = room_of(path, ARROWS)
        if not room:
            wrong.append(f"{path}:1: its folder is in no room: give it a row in ARROWS")
        text = open(path, encoding="utf-8", errors="replace").read()
        for number, line in enumerate(text.splitlines(), 1):
            found = re.match(r'\s*#include\s*"([^"]+)"', line)
            if found and room in ARROWS:
                target = found.group(1)
                if not os.path.exists(target):
                    wrong.append(f'{path}:{number}: "{target}" is not a path from the top of the tree')
                elif not any(target == allowed or target.startswith(allowed if allowed.endswith("/") or not allowed
                                                                    else allowed + "/")
                             for allowed in ARROWS[room] + [room]):
                    wrong.append(f"{path}:{number}: {room} must not include {target}")
        if any(path.startswith(pure + "/") for pure in PURE):
            for pattern, what in BANNED.items():
                for found in re.finditer(pattern, text):
                    if ALLOWED.get(path) == what:
                        continue
                    number = text.count("\n", 0, found.start()) + 1
                    wrong.append(f"{path}:{number}: a pure room uses {what}: {found.group(0).strip()}")
    for line in wrong:
        print(line)
    print(f"{len(files)} files, {len(wrong)} arrows against ARCHITECTURE.md")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
