# SPDX-License-Identifier: Apache-2.0
"""Expected and seen IPVS tables as text: `ipvsadm -Sn` lines or an `ipvsadm -Ln` listing."""


def is_listing(text):
    """True for -Ln text, False for -Sn text (an empty table is either)."""
    return any(line.startswith(("TCP", "UDP", "SCTP", "FWM", "IP Virtual", "Prot"))
               for line in map(str.strip, text.splitlines()))


def saved_lines(text):
    """-Sn text as a list, one line per entry; `...` continues the service of the line above."""
    lines = []
    for line in text.splitlines():
        line = " ".join(line.split())
        if line and not line.startswith("#"):
            lines.append(line)
    return lines


def listed_lines(text):
    """-Ln text without its heading and without the two connection counters of each real."""
    lines = []
    for line in text.splitlines():
        words = line.split()
        if not words or words[0] in ("IP", "Prot") or words[:2] == ["->", "RemoteAddress:Port"]:
            continue
        lines.append(" ".join(words[:4] if words[0] == "->" else words))
    return lines


def fingerprint(proc_text):
    """/proc/net/ip_vs without counters: changes only when the table does."""
    kept = []
    for line in proc_text.splitlines()[3:]:
        words = line.split()
        kept.append(tuple(words[:4] if words and words[0] == "->" else words))
    return tuple(kept)


def grouped(lines):
    """A listing's services in any order, each with its reals in any order."""
    services = []
    for line in lines:
        if line.startswith("->") and services:
            services[-1][1].append(line)
        else:
            services.append((line, []))
    return sorted((service, sorted(reals)) for service, reals in services)
