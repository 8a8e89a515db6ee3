# SPDX-License-Identifier: Apache-2.0
"""A strict reader of OpenMetrics 1.0 text: what Prometheus would only warn of is an error here."""
import math
import re

_NAME = r"[a-zA-Z_][a-zA-Z0-9_]*"
_LABEL = re.compile(rf'({_NAME})="((?:[^"\\\n]|\\["\\n])*)"')
_SAMPLE = re.compile(rf'({_NAME})(?:\{{(.*)\}})? (\S+)\Z')
_SUFFIXES = {"gauge": [""], "counter": ["_total"], "info": ["_info"], "histogram": ["_bucket", "_count", "_sum"]}
CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class Bad(Exception):
    pass


def _labels(text, where):
    found, at = [], 0
    while at < len(text):
        match = _LABEL.match(text, at)
        if not match:
            raise Bad(f"{where}: labels go wrong at {text[at:at + 30]!r}")
        found.append((match[1], re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], match[2])))
        at = match.end()
        if at < len(text):
            if text[at] != "," or at + 1 == len(text):
                raise Bad(f"{where}: no comma between labels")
            at += 1
    names = [name for name, _ in found]
    if len(set(names)) != len(names):
        raise Bad(f"{where}: a label twice")
    return tuple(found)


def _number(text, where):
    if not re.fullmatch(r"[+-]?(\d+(\.\d+)?([eE][+-]?\d+)?|Inf)|NaN", text):
        raise Bad(f"{where}: no number: {text}")
    return float(text.replace("Inf", "inf"))


def read(text):
    """{sample name: {((label, value), ...): number}}; raises Bad, with the line, on anything that is not as it should be."""
    if not text.endswith("\n# EOF\n"):
        raise Bad("it does not end with # EOF")
    families, samples, current, seen = {}, {}, None, set()
    for number, line in enumerate(text[:-len("# EOF\n")].splitlines(), 1):
        where = f"line {number}: {line[:80]}"
        if line.startswith("#"):
            kind, name, rest = (line[2:].split(" ", 2) + ["", ""])[:3]
            if line[:2] != "# " or kind not in ("TYPE", "HELP", "UNIT") or not re.fullmatch(_NAME, name) or not rest:
                raise Bad(f"{where}: no metadata")
            if name != current:
                if name in families:
                    raise Bad(f"{where}: the family is not in one piece")
                if kind != "TYPE":
                    raise Bad(f"{where}: TYPE comes first")
                current, seen = name, set()
                families[name] = {}
            family = families[name]
            if kind in family or samples.get(current):
                raise Bad(f"{where}: {kind} twice, or after samples")
            family[kind] = rest
            if kind == "TYPE" and rest not in _SUFFIXES:
                raise Bad(f"{where}: unknown type")
            if kind == "UNIT" and not name.endswith("_" + rest):
                raise Bad(f"{where}: the name does not end with its unit")
            if kind == "HELP" and re.search(r'(?<!\\)(\\\\)*"', rest):
                raise Bad(f"{where}: a bare quote")
            continue
        match = _SAMPLE.match(line)
        if not match:
            raise Bad(f"{where}: no sample")
        name, value = match[1], _number(match[3], where)
        labels = _labels(match[2] or "", where)
        if not current or name not in [current + s for s in _SUFFIXES[families[current]["TYPE"]]]:
            raise Bad(f"{where}: no sample of the family before it")
        if (name, labels) in seen:
            raise Bad(f"{where}: the same sample twice")
        seen.add((name, labels))
        kind = families[current]["TYPE"]
        if kind in ("counter", "histogram") and not value >= 0:
            raise Bad(f"{where}: a count below zero")
        if kind == "info" and value != 1:
            raise Bad(f"{where}: an info is 1")
        samples.setdefault(name, {})[labels] = value
    for name, family in families.items():
        if family.get("TYPE") == "histogram":
            _check_histogram(name, samples)
    return samples


def _check_histogram(name, samples):
    series = {}
    for labels, value in samples.get(name + "_bucket", {}).items():
        rest = tuple(l for l in labels if l[0] != "le")
        le = dict(labels).get("le")
        if le is None or (le != "+Inf" and not re.search(r"[.e]", le)):
            raise Bad(f"{name}: a bucket without a proper bound: {labels}")
        series.setdefault(rest, []).append((float(le.replace("Inf", "inf")), value))
    for rest, buckets in series.items():
        bounds, counts = [b for b, _ in buckets], [c for _, c in buckets]
        if bounds != sorted(bounds) or bounds[-1] != math.inf or counts != sorted(counts):
            raise Bad(f"{name}{rest}: buckets that do not add up: {buckets}")
        if samples[name + "_count"].get(rest) != counts[-1] or rest not in samples[name + "_sum"]:
            raise Bad(f"{name}{rest}: _count is not the last bucket, or _sum is missing")


def pick(samples, name, **labels):
    """The one sample with these labels among its own, or None."""
    found = [v for have, v in samples.get(name, {}).items() if set(labels.items()) <= set(have)]
    return found[0] if len(found) == 1 else None
