# SPDX-License-Identifier: Apache-2.0
"""What a scenario can expect. Every expectation polls, is bounded, and says what it saw.

original=...: what the original does instead, in words. With --stack debian such a
check is reported as a known difference, not as a failure; and it is a failure when it
passes: then the check does not show what it says. at_times("...") where it is a matter
of luck, or where one reason is given for many checks.
"""
import re
import time

from . import fetch, ipvs

POLL = 0.02


class AtTimes(str):
    """What the original does instead, but not each time."""


def at_times(words):
    """None stays None: it is no known difference at all."""
    return words and AtTimes(words)


class Expectations:
    """Mixed into Lab: needs hosts, report, watch, stack, slow, log_marks."""

    def settle(self, look, within, poll=POLL):
        """Poll look() -> (good, seen) until good or out of time; gives (good, seen, seconds)."""
        began = time.monotonic()
        bound = within * self.slow
        while True:
            good, seen = look()
            spent = time.monotonic() - began
            if good or spent >= bound:
                return good, seen, spent
            time.sleep(poll)

    def expect(self, what, look, within=10, poll=POLL, **verdict):
        """look() -> (good, seen), or just a truth. One line in the report."""
        def both():
            found = look()
            return found if isinstance(found, tuple) else (bool(found), found)
        return self._verdict(what, *self.settle(both, within, poll), **verdict)

    def _verdict(self, what, good, seen, spent, original=None, tell=None, detail=False):
        """detail: too fine for the story, which then only tells of it when it is wrong."""
        known = original if self.stack == "debian" else None
        if good and known and not isinstance(known, AtTimes):
            self.report.fail(what, f"the original passes here, though it was expected to fail: {known}")
        elif good:
            timed = f"after {spent:.2f} s" if spent >= 0.05 else ""
            self.report.ok(what, tell(seen) if tell else timed, detail)
        elif known:
            self.report.differs(what, seen, known)
        else:
            self.report.fail(what, f"{seen}\n[waited {spent:.1f} s]" if spent >= 0.1 else seen)
        return good

    def expect_stays(self, what, look, seconds, original=None):
        """look() is true now and stays true for so long."""
        began = time.monotonic()
        while True:
            good, seen = look()
            spent = time.monotonic() - began
            if not good or spent >= seconds:
                break
            time.sleep(POLL)
        return self.check(what, good, f"for {seconds} s" if good else f"after {spent:.2f} s: {seen}",
                          original=original)

    def check(self, what, good, seen="", **verdict):
        """A condition that is already decided."""
        return self._verdict(what, bool(good), seen, 0, tell=str, **verdict)

    def expect_time(self, what, seconds, limit, since, until=None, original=None):
        """A time that was measured between `since` and `until`, in seconds; where the machine itself stood still
        meanwhile, that much is granted and told."""
        stalled = self.yardstick.stalled(since, until)
        seen = f"{seconds * 1000:.0f} ms" + (
            f"; the machine itself stood still for {stalled * 1000:.0f} ms of it" if stalled >= 0.001 else "")
        return self.check(what, seconds <= limit * self.slow + stalled, seen, original=original)

    def expect_gap(self, what, found, limit, since=None, until=None, original=None):
        """The longest gap of a probe's Findings is at most `limit` seconds. Gives it in ms."""
        gap, began, ended = found.gap(since, until)
        self.expect_time(what, gap, limit, began, ended, original=original)
        return gap * 1000

    # -- addresses -------------------------------------------------------------------------

    def expect_vip(self, host, address, within=15, **kwargs):
        def look():
            return self.watch.holds(host, address), f"held by {self._holders(address)}"
        return self.expect(f"{host} holds {address}", look, within, **kwargs)

    def expect_no_vip(self, host, address, within=15, **kwargs):
        def look():
            return not self.watch.holds(host, address), f"held by {self._holders(address)}"
        return self.expect(f"{host} does not hold {address}", look, within, **kwargs)

    def expect_only_holder(self, host, address, among, within=15, **kwargs):
        """host holds it, and no other of `among` (real servers hold it on lo, so name the pair)."""
        def look():
            holders = [h for h in self.watch.holders(address) if h in among]
            return holders == [host], f"held by {', '.join(holders) or 'nobody'}"
        return self.expect(f"{host} alone holds {address}", look, within, **kwargs)

    def _holders(self, address):
        return ", ".join(self.watch.holders(address)) or "nobody"

    # -- IPVS ------------------------------------------------------------------------------

    def expect_table(self, host, text, within=15, what=None, **kwargs):
        """text: `ipvsadm -Sn` lines, or an `ipvsadm -Ln` listing, or "" for an empty table."""
        listing = ipvs.is_listing(text)
        lines = ipvs.listed_lines if listing else ipvs.saved_lines
        group = ipvs.grouped if listing else sorted
        wanted = group(lines(text))
        last = {"print": None, "seen": "no table yet"}

        def look():
            proc = ipvs.fingerprint(self.hosts[host].proc_net("ip_vs"))
            # Of a tunnel that text does not say which: then it is asked each time.
            if proc != last["print"] or any("Tunnel" in line for line in proc):
                last["print"] = proc
                last["seen"] = self.hosts[host].run("ipvsadm -Ln" if listing else "ipvsadm -Sn").out
            return group(lines(last["seen"])) == wanted, last["seen"].strip() or "(empty)"
        return self.expect(what or f"{host}: IPVS table is {_short(text)}", look, within, **kwargs)

    # -- logs and commands -----------------------------------------------------------------

    def expect_log(self, host, pattern, file="/var/log/ha-log", within=10, anywhen=False, **kwargs):
        """A line matching pattern since the last step()."""
        mark = 0 if anywhen else self.log_marks.get(host, {}).get(file, 0)
        regex = re.compile(pattern, re.M)

        def look():
            text = self.hosts[host].read(file)[mark:]
            found = regex.search(text)
            if found:
                return True, found.group(0)
            return False, "last lines:\n" + "\n".join(text.splitlines()[-12:])
        kwargs.setdefault("detail", True)
        return self.expect(f"{host}: {file} has /{pattern}/", look, within, **kwargs)

    def expect_no_log(self, host, pattern, file="/var/log/ha-log", **kwargs):
        mark = self.log_marks.get(host, {}).get(file, 0)
        found = re.search(pattern, self.hosts[host].read(file)[mark:], re.M)
        return self.check(f"{host}: {file} has no /{pattern}/", not found,
                          found.group(0) if found else "", **kwargs)

    def expect_output(self, host, command, pattern, rc=None, within=0, **kwargs):
        """A command's output (searched for pattern) and, where given, its exit code."""
        last = {}

        def look():
            result = last["result"] = self.hosts[host].run(command)
            good = re.search(pattern, result.out, re.M) and rc in (None, result.rc)
            return bool(good), f"exit {result.rc}: {result.out.strip() or '(no output)'}"
        found = self.settle(look, within, 0.5)
        self.report.shown(host, command, last["result"].out)
        kwargs.setdefault("detail", True)
        return self._verdict(f"{host}: '{command}' says /{pattern}/" +
                             (f", exit {rc}" if rc is not None else ""), *found, **kwargs)

    def expect_text(self, what, text, pattern, **kwargs):
        """Something already printed."""
        return self.check(what, re.search(pattern, text, re.M), text.strip() if not re.search(
            pattern, text, re.M) else "", detail=True, **kwargs)

    # -- traffic ---------------------------------------------------------------------------

    def fetch(self, host, url, source=None, timeout=3):
        """(status, body) of one GET from this host; (0, reason) when there is no answer."""
        return fetch.get(self.hosts[host], url, source, timeout)

    def expect_http(self, host, url, pattern, within=10, source=None, what=None, **kwargs):
        def look():
            status, body = self.fetch(host, url, source)
            return status == 200 and bool(re.search(pattern, body)), f"{status} {body.strip()}"
        return self.expect(what or f"{host}: GET {url} gives /{pattern}/", look, within, **kwargs)

    def expect_traffic(self, probe, within=5, **kwargs):
        """The probe gets answers (before something is broken under its eyes)."""
        kwargs.setdefault("detail", True)
        return self.expect("the client is being answered", probe.has_answer, within, **kwargs)

    def expect_spread(self, what, host, url, wanted, within=30, **kwargs):
        """wanted: how many of so many requests each page answers. One that is lost on the way spoils a round, so
        several are played."""
        def look():
            seen = [self.fetch(host, url)[1].strip() for _ in range(sum(wanted.values()))]
            counts = {page: seen.count(page) for page in wanted}
            return counts == wanted, counts
        return self.expect(what, look, within, tell=str, **kwargs)

    def expect_ping(self, host, address, answers=True, within=5, **kwargs):
        def look():
            result = self.hosts[host].run(f"ping -n -c 1 -W 1 {address}", timeout=10)
            return (result.rc == 0) == answers, result.out.strip()
        verb = "reaches" if answers else "does not reach"
        return self.expect(f"{host} {verb} {address} by ping", look, within, **kwargs)


def _short(text):
    words = " / ".join(" ".join(line.split()) for line in text.splitlines() if line.strip())
    return words or "empty"
