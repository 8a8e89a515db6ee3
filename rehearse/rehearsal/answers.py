# SPDX-License-Identifier: Apache-2.0
"""An answer that satisfies a check: text that a receive pattern matches, and which service can be stood in for. Pure.

A pattern is a Perl regular expression; what Python's parser makes of it is walked to the shortest text that it
describes, and the result is tried against the pattern: what does not match is not used.
"""
import re
import re._constants as sre
import re._parser as parser
import warnings

MAX_REPEAT_MADE = 64
MAX_TEXT = 4096
# Services with a stand-in that holds the conversation; of the others only the connection is stood in for.
SPOKEN = frozenset(("none", "http", "https", "http_proxy", "smtp", "submission", "ftp", "imap", "imaps", "pop", "pops",
                    "nntp", "simpletcp", "dns", "ldap", "ldaps"))
TLS = frozenset(("https", "imaps", "pops", "ldaps"))


_POSIX = {"alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z", "space": r"\s",
          "punct": r"!-/:-@\[-`{-~", "xdigit": "0-9a-fA-F", "word": r"\w"}


class CannotTell(Exception):
    pass


def _as_python(pattern):
    """The few words of Perl's expressions that Python spells in another way."""
    pattern = re.sub(r"\[:(\w+):\]", lambda m: _POSIX.get(m.group(1), m.group(0)), pattern)
    return pattern.replace(r"\z", r"\Z").replace(r"\h", r"[ \t]").replace(r"\R", r"\n")


def matching(pattern):
    """A text that the pattern matches, or None when none was found."""
    if not pattern:
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = _walk(parser.parse(_as_python(pattern)), {})
    except (CannotTell, re.error, RecursionError, OverflowError):
        return None
    if len(text) > MAX_TEXT:
        return None
    return text if matches(pattern, text) else None


def matches(pattern, text):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return bool(re.search(_as_python(pattern), text))
    except (re.error, RecursionError):
        return False


def body_for(pattern, name):
    """A page that says who answered and matches; the name comes first where the pattern allows it. None: no answer
    was found."""
    answer = matching(pattern)
    if answer is None:
        return None
    for text in (f"{name}\n{answer}\n", f"{answer}\n{name}\n", f"{answer}\n", answer):
        if not pattern or matches(pattern, text):
            return text
    return None


def _walk(tokens, groups):
    return "".join(_one(op, argument, groups) for op, argument in tokens)


def _one(op, argument, groups):
    if op is sre.LITERAL:
        return chr(argument)
    if op is sre.NOT_LITERAL:
        return _outside([(sre.LITERAL, argument)])
    if op is sre.ANY:
        return "x"
    if op is sre.IN:
        return _of_class(argument)
    if op is sre.BRANCH:
        return _branch(argument[1], groups)
    if op is sre.SUBPATTERN:
        number, _, _, inner = argument
        text = _walk(inner, groups)
        if number:
            groups[number] = text
        return text
    if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        least, _, inner = argument
        if least > MAX_REPEAT_MADE:
            raise CannotTell
        return "".join(_walk(inner, groups) for _ in range(least))
    if op is sre.ATOMIC_GROUP:
        return _walk(argument, groups)
    if op is sre.GROUPREF:
        return groups.get(argument, "")
    if op is sre.ASSERT:
        direction, inner = argument
        return _walk(inner, groups) if direction > 0 else ""
    if op is sre.AT:
        return ""
    if op is sre.ASSERT_NOT:
        return ""
    raise CannotTell


def _branch(branches, groups):
    for branch in branches:
        try:
            return _walk(branch, dict(groups))
        except CannotTell:
            continue
    raise CannotTell


_CATEGORIES = {sre.CATEGORY_DIGIT: "0", sre.CATEGORY_SPACE: " ", sre.CATEGORY_WORD: "a",
               sre.CATEGORY_NOT_DIGIT: "a", sre.CATEGORY_NOT_SPACE: "a", sre.CATEGORY_NOT_WORD: "-"}


def _of_class(items):
    if items and items[0][0] is sre.NEGATE:
        return _outside(items[1:])
    for op, argument in items:
        if op is sre.LITERAL:
            return chr(argument)
        if op is sre.RANGE:
            return chr(argument[0])
        if op is sre.CATEGORY and argument in _CATEGORIES:
            return _CATEGORIES[argument]
    raise CannotTell


def _outside(items):
    for text in "a0 -Z_.x":
        if not any(_in_item(op, argument, text) for op, argument in items):
            return text
    raise CannotTell


def _in_item(op, argument, text):
    if op is sre.LITERAL:
        return ord(text) == argument
    if op is sre.RANGE:
        return argument[0] <= ord(text) <= argument[1]
    if op is sre.CATEGORY:
        return bool(re.match({sre.CATEGORY_DIGIT: r"\d", sre.CATEGORY_SPACE: r"\s", sre.CATEGORY_WORD: r"\w",
                              sre.CATEGORY_NOT_DIGIT: r"\D", sre.CATEGORY_NOT_SPACE: r"\S",
                              sre.CATEGORY_NOT_WORD: r"\W"}[argument], text))
    raise CannotTell


class Standin:
    """How one check is satisfied: listens says what, stubbed says why only the connection is stood in for."""

    def __init__(self, kind, body="", stubbed=""):
        self.kind, self.body, self.stubbed = kind, body, stubbed


def is_web(check):
    """Is this a web server, as far as its check or its port tells?"""
    return check["service"] == "http" or (check["service"] == "none" and check["port"] in (80, 8080))


def standin(check, name, tls=True):
    """What has to listen at a real server `name` for this check of ldirectord, and whether the check stays as it is."""
    service, kind = check["service"], check["type"]
    if kind in ("connect", "ping", "on", "off"):
        if is_web(check):
            return Standin("http", f"{name}\n")
        return Standin(service if service in SPOKEN and (tls or service not in TLS) else "connect", f"{name}\n")
    if kind in ("external", "external-perl"):
        return Standin("connect", stubbed=f"the external check {check['command']} is the operator's own")
    if service not in SPOKEN:
        return Standin("connect", stubbed=f"service={service} has no stand-in that speaks it")
    if service in TLS and not tls:
        return Standin("connect", stubbed=f"service={service} needs a certificate, and openssl is not here to make one")
    if service in ("dns",):
        answer = matching(check["receive"])
        if answer is None or (answer and not re.fullmatch(r"\d+\.\d+\.\d+\.\d+", answer)):
            return Standin("connect", stubbed=f"no address was found that matches receive={check['receive']!r}")
        return Standin(service, answer or "192.0.2.1")
    body = body_for(check["receive"], name)
    if body is None:
        return Standin("connect", stubbed=f"no answer was found that matches receive={check['receive']!r}")
    return Standin(service, body)
