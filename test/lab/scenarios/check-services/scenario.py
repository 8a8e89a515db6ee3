# SPDX-License-Identifier: Apache-2.0
"""Every negotiate check against a real server as Debian ships it, and the original's verdict beside ours. LAB_PARTS=pop,imap
plays the cases that begin so."""
import os
import re
import shutil

from rig.plan import director, host

TITLE = "checks of every service against real servers, with the original's verdicts beside ours"
STACKS = ("upbeat",)
LIMIT = 400
PROGRAM = "test/unit/ldir/probe/check_once"
SERVER = "10.9.9.2"
_PROGRAMS = "check-services/programs"
# The original's imap asks port 143 whatever the file says: those that misbehave there have an address each.
_AT_143 = {how: f"10.9.9.{number}" for number, how in enumerate(("nobody", "silent", "reset", "radio", "garbage", "drip", "endless"), 11)}
HOSTS = [host("servers", f"{SERVER}/24"), host("wrong", *[f"{address}/24" for address in _AT_143.values()], files=["check-services/hosts/servers"]), host("dir", "10.9.9.1/24", files=[_PROGRAMS]),
         director("original", "10.9.9.3/24", stack="debian", files=[_PROGRAMS])]

# Server: what must be there for it, and a port that tells when it is up.
SERVERS = {"web": ("/usr/sbin/nginx", 80), "ftp": ("/usr/sbin/vsftpd", 21), "mail": ("/usr/sbin/postfix", 25),
           "mailbox": ("/usr/lib/dovecot/imap /usr/lib/dovecot/pop3", 143), "ldap": ("/usr/sbin/slapd", 389),
           "mysql": ("/usr/sbin/mariadbd", 3306), "pgsql": ("/usr/lib/postgresql", 5432),
           "dns": ("/usr/sbin/unbound", 53), "radius": ("/usr/sbin/freeradius", 0), "proxy": ("/usr/sbin/squid", 3128),
           "sip": ("/usr/sbin/kamailio", 5060), "news": ("/usr/lib/news/bin/innd", 119),
           "mock": ("/usr/bin/python3", 7000)}
# The only one that may be missing; the mock's one line stands in for it.
_MAY_LACK = {"news": "inn2 cannot be installed on a machine without a domain name"}
_ACCOUNT = 'login="monitor" passwd="secret"'
_WRONG = 'login="monitor" passwd="wrong"'
_BASE = 'request="dc=example,dc=test"'
_NAME = 'virtualhost="www.example.test"'

# Name, server, port, directives, our verdict (up, or the words of the reason), the original's (- where it has no
# answer: it would block, die, or lacks a module; the reference says which).
CASES = [
    ("http", "web", 80, 'service=http request="index.html" receive="hello"', "up", "up"),
    ("http-wrong", "web", 80, 'service=http request="index.html" receive="goodbye"', "no match for", "down"),
    ("http-500", "web", 80, 'service=http request="error"', "500", "down"),
    ("http-head", "web", 80, 'service=http request="index.html" httpmethod=HEAD', "up", "up"),
    ("http-moved", "web", 80, 'service=http request="moved" receive="web server"', "up", "up"),
    ("http-loop", "web", 80, 'service=http request="loop"', "more than 7 redirects", "down"),
    ("http-away", "web", 80, 'service=http request="away" receive="the site"', "up", "up"),
    ("http-there", "web", 80, f'service=http request="there" receive="the site" {_NAME}', "up", "up"),
    ("http-secure", "web", 80, f'service=http request="secure" receive="the site" {_NAME}', "up", "down"),
    ("https", "web", 443, f'service=https request="who" receive="name www"', "no match for", "down"),
    ("https-sni", "web", 443, f'service=https request="index.html" receive="the site" {_NAME}', "up", "down"),
    ("https-plain", "web", 80, "service=https", "TLS:", "down"),
    ("proxy", "proxy", 3128, f'service=http_proxy request="http://{SERVER}/index.html" receive="hello"', "up", "up"),
    ("proxy-wrong", "proxy", 3128, f'service=http_proxy request="http://{SERVER}/error"', "500", "down"),
    ("ftp", "ftp", 21, 'service=ftp request="hello.txt" receive="hello"', "up", "up"),
    ("ftp-login", "ftp", 21, f'service=ftp request="srv/ftp/hello.txt" receive="hello" {_ACCOUNT}', "up", "up"),
    ("ftp-refused", "ftp", 21, f'service=ftp request="hello.txt" receive="hello" {_WRONG}', "530", "down"),
    ("ftp-no-file", "ftp", 21, 'service=ftp request="nothing.txt" receive="hello"', "550", "down"),
    ("ftp-plain", "ftp", 21, "service=ftp", "up", "up"),
    ("smtp", "mail", 25, "service=smtp", "up", "up"),
    ("submission", "mail", 587, "service=submission", "up", "up"),
    ("pop", "mailbox", 110, f"service=pop {_ACCOUNT}", "up", "up"),
    ("pop-no-login", "mailbox", 110, "service=pop", "up", "up"),
    ("pop-refused", "mailbox", 110, f"service=pop {_WRONG}", "login:", "-"),  # down, after a minute
    ("pops", "mailbox", 995, f"service=pops {_ACCOUNT}", "up", "down"),
    ("imap", "mailbox", 143, f"service=imap {_ACCOUNT}", "up", "up"),
    ("imap-no-login", "mailbox", 143, "service=imap", "up", "up"),
    ("imap-refused", "mailbox", 143, f"service=imap {_WRONG}", "login:", "down"),
    ("imaps", "mailbox", 993, f"service=imaps {_ACCOUNT}", "up", "down"),
    ("ldap", "ldap", 389, f'service=ldap {_BASE} receive="dc=example"', "up", "up"),
    ("ldap-root", "ldap", 389, "service=ldap", "up", "up"),
    ("ldap-bind", "ldap", 389, f'service=ldap {_BASE} login="cn=admin,dc=example,dc=test" passwd="secret"', "up", "up"),
    ("ldap-refused", "ldap", 389, f'service=ldap {_BASE} login="cn=admin,dc=example,dc=test" passwd="wrong"',
     "bind: Invalid credentials", "down"),
    ("ldap-nothing", "ldap", 389, 'service=ldap request="dc=nowhere"', "search:", "down"),
    ("ldaps", "ldap", 636, f'service=ldaps {_BASE} receive="dc=example"', "up", "up"),
    ("dns", "dns", 53, 'protocol=udp service=dns request="www.example.test" receive="192\\.0\\.2\\.7"', "up", "up"),
    ("dns-tcp", "dns", 53, 'protocol=tcp service=dns request="www.example.test" receive="192\\.0\\.2\\.7"', "up", "up"),
    ("dns-ptr", "dns", 53, 'protocol=udp service=dns request="192.0.2.7" receive="www"', "up", "up"),
    ("dns-wrong", "dns", 53, 'protocol=udp service=dns request="www.example.test" receive="192\\.0\\.2\\.8"',
     "no match", "down"),
    ("dns-no-name", "dns", 53, 'protocol=udp service=dns request="no.example.test" receive="1"', "NXDOMAIN", "down"),
    ("dns-no-receive", "dns", 53, 'protocol=udp service=dns request="www.example.test"', "up", "down"),
    ("radius", "radius", 1812, f'protocol=udp service=radius {_ACCOUNT} secret="shared"', "up", "up"),
    ("radius-refused", "radius", 1812, f'protocol=udp service=radius {_WRONG} secret="shared"', "Access-Reject", "down"),
    ("mysql", "mysql", 3306, f'service=mysql {_ACCOUNT} database="shop" request="SELECT * FROM ready"', "up", "up"),
    ("mysql-no-row", "mysql", 3306, f'service=mysql {_ACCOUNT} database="shop" request="SELECT * FROM nothing"',
     "no row", "down"),
    ("mysql-refused", "mysql", 3306, f'service=mysql {_WRONG} database="shop" request="SELECT 1"', "Access denied", "down"),
    ("mysql-no-table", "mysql", 3306, f'service=mysql {_ACCOUNT} database="shop" request="SELECT * FROM none"',
     "doesn't exist", "down"),
    ("pgsql", "pgsql", 5432, f'service=pgsql {_ACCOUNT} database="postgres" request="SELECT 1"', "up", "up"),
    ("pgsql-no-row", "pgsql", 5432, f'service=pgsql {_ACCOUNT} database="postgres" request="SELECT 1 WHERE false"',
     "no row", "down"),
    ("pgsql-refused", "pgsql", 5432, f'service=pgsql {_WRONG} database="postgres" request="SELECT 1"',
     "password authentication failed", "down"),
    ("pgsql-no-table", "pgsql", 5432, f'service=pgsql {_ACCOUNT} database="postgres" request="SELECT * FROM none"',
     "does not exist", "down"),
    ("nntp", "news", 119, "service=nntp", "up", "up"),
    ("nntp-denied", "news", 1119, "service=nntp", "502", "down"),
    ("nntp-mock", "mock", 7119, "service=nntp", "up", "up"),
    ("nntp-wrong", "mail", 25, "service=nntp", "up", "up"),
    ("sip-tcp", "sip", 5060, 'protocol=tcp service=sip login="monitor@servers"', "up", "up"),
    ("sip-udp", "sip", 5060, 'protocol=udp service=sip login="monitor@servers"', "up", "up"),
    ("sip-tcp-unknown", "sip", 5060, 'protocol=tcp service=sip login="nobody@servers"', "404", "down"),
    ("sip-udp-unknown", "sip", 5060, 'protocol=udp service=sip login="nobody@servers"', "404", "down"),
    ("sip-tcp-trying", "mock", 7060, 'protocol=tcp service=sip login="monitor"', "up", "down"),
    ("sip-udp-mock", "mock", 7060, 'protocol=udp service=sip login="monitor"', "up", "up"),
    ("simpletcp", "mock", 7000, 'service=simpletcp request="hello\\n" receive="^HELLO$"', "up", "up"),
    ("simpletcp-wrong", "mock", 7000, 'service=simpletcp request="hello\\n" receive="^hello$"', "no match", "down"),
    ("simpletcp-any", "mock", 7000, 'service=simpletcp request="hello\\n"', "up", "down"),
    ("connect", "mock", 7000, "checktype=connect", "up", "up"),
    ("connect-refused", "mock", 7999, "checktype=connect", "refused", "down"),
    ("external", "mock", 7000, 'checktype=external checkcommand="/lab/good"', "up", "up"),
    ("external-bad", "mock", 7000, 'checktype=external checkcommand="/lab/bad"', "exit code 3: 10.8", "down"),
    ("external-killed", "mock", 7000, 'checktype=external checkcommand="/lab/killed"', "killed by signal 9", "up"),
    ("perl", "mock", 7000, 'checktype=external-perl checkcommand="/lab/good.pl"', "up", "-"),  # not told
    ("perl-bad", "mock", 7000, 'checktype=external-perl checkcommand="/lab/bad.pl"', "exit 3", "-"),
    ("ping", "mock", 7000, "checktype=ping", "up", "up"),
]
# Oracle's client is not to be had: this one says what it says, by the port that it is to connect to.
_SQLPLUS = """#!/bin/sh
case $(cat) in
*'connect "monitor"/"secret"@'*PORT=1521*'SELECT 1 FROM dual;'*) echo '         1'; echo; echo '1 row selected.' ;;
*PORT=1522*) echo 'no rows selected' ;;
*) echo 'ERROR:'; echo 'ORA-01017: invalid username/password; logon denied'; exit 1 ;;
esac
"""
# Where the verdicts differ: the row of ldirectord.cf(5), COMPATIBILITY, that says so. A test looks whether there is one.
_UNKNOWN, _NAMED = "https with an unknown certificate", "imaps, pops"
DECISIONS = {"http-secure": _UNKNOWN, "https-sni": _UNKNOWN, "pops": _NAMED, "imaps": _NAMED,
             "dns-no-receive": "dns without receive", "sip-tcp-trying": "sip",
             "simpletcp-any": "\\n and no receive in simpletcp", "external-killed": "external ended by a signal",
             "mysql-silent": "data bases", "mysql-radio": "data bases", "imap-elsewhere": "imap at another port",
             **{name: "smtp, ftp, pop, imap that stop in the middle, or drip" for name in (
                 "pop-silent", "pop-radio", "pop-drip", "imap-drip", "smtp-drip", "smtp-endless", "ftp-drip",
                 "ftp-endless")}}
# What the original needs for these checks; without it, it dies of them.
_DRIVERS = {"mysql": "DBD::mysql", "pgsql": "DBD::Pg"}
# Whatever the service: nobody there, nobody who speaks, a slammed door, somebody else.
_PAGE = ' request="x" receive="hello"'
_ALL = {"http": _PAGE, "https": _PAGE, "http_proxy": f' request="http://{SERVER}/" receive="hello"', "ftp": _PAGE, "smtp": "",
        "submission": "", **{service: f" {_ACCOUNT}" for service in ("pop", "pops", "imap", "imaps")}, "nntp": "",
        "simpletcp": _PAGE, "ldap": "", "ldaps": "", "dns": ' request="a.b" receive="1" protocol=tcp', "sip": " protocol=tcp",
        **{service: f' {_ACCOUNT} request="SELECT 1"' for service in ("mysql", "pgsql")}}
_HOW = [("nobody", 7999), ("silent", 7001), ("reset", 7002), ("radio", 7000), ("garbage", 7003)]
HOSTILE = [(f"{service}-{how}", "mock", port, f"service={service}{more}", "")
           for service, more in _ALL.items() for how, port in _HOW if not (how == "radio" and service == "simpletcp")]
# A greeting that never ends, a page that never ends: byte by byte, and as fast as it is read.
HOSTILE += [(f"{service}-{how}", "mock", port, f"service={service}{_ALL[service]}", "")
            for service, ports in (("http", (7012, 7013)), *[(each, (7010, 7011)) for each in ("smtp", "ftp", "pop", "imap", "simpletcp")])
            for how, port in zip(("drip", "endless"), ports)]
HOSTILE += [("radius-nobody", "mock", 7999, f'protocol=udp service=radius {_ACCOUNT} secret="shared"', "refused"),
            ("dns-nobody-udp", "mock", 7999, 'protocol=udp service=dns request="a.b"', "refused"),
            ("sip-nobody-udp", "mock", 7999, "protocol=udp service=sip", "refused"),
            ("radius-secret", "radius", 1812, f'protocol=udp service=radius {_ACCOUNT} secret="other"', ""),
            ("combined", "mock", 7001, "checktype=3 service=smtp", "no answer within"),
            ("imap-elsewhere", "mock", 7999, f"service=imap {_ACCOUNT}", "refused")]
# What the original says of them: it says down, but for these ("nothing": its check never comes to an end, or ends it).
THEIRS = {name: "nothing" for name in ("pop-silent", "pop-radio", "pop-drip", "imap-drip", "smtp-drip",
                                       "smtp-endless", "ftp-drip", "ftp-endless", "mysql-silent", "mysql-radio")}
THEIRS["imap-elsewhere"] = "up"
HOSTILE = [(*case, THEIRS.get(case[0], "down")) for case in HOSTILE]


def _config(cases, timeout):
    """A weight for each: the original takes checks that differ in login only for one."""
    text = f"checktimeout={timeout}\nnegotiatetimeout={timeout}\ncheckinterval=3\n"
    for number, (name, _, port, directives, *_) in enumerate(cases):
        fields = re.findall(r'[a-z]+=(?:"[^"]*"|\S+)', directives)
        service = f"virtual=10.8.{number // 250}.{number % 250 + 1}:{port}"
        where = f"{SERVER}:{port}"
        if name.startswith("imap-") and name[5:] in _AT_143:
            where = f"{_AT_143[name[5:]]}:143"
        text += "\n\t".join([service, f"real={where} masq {number + 1}", f"servicename={name}",
                             f"monitorfile=/var/log/monitor.{name}", *fields]) + "\n\n"
    return text


def _put(lab, name, path, text):
    path = f"/proc/{lab.hosts[name].pid}/root{path}"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def _verdicts(output):
    """name -> (up or down, reason)"""
    found = re.findall(r"^(\S+) \S+ (up|down) \S+ (.*)$", output, re.M)
    return {name: (verdict, reason) for name, verdict, reason in found}


def _compare(lab, cases, output):
    seen = _verdicts(output)
    for name, _, _, _, wanted, _ in cases:
        verdict, reason = seen.get(name, ("missing", ""))
        good = verdict == "up" if wanted == "up" else verdict == "down" and wanted in reason
        lab.check(f"{name}: {wanted if wanted == 'up' else 'down'}", good, f"{verdict}: {reason}")


def _is_up(lab, port):
    return lab.hosts["servers"].run(f"bash -c '</dev/tcp/{SERVER}/{port}' 2> /dev/null").rc == 0


def play(lab):
    lab.step("the servers start")
    lab.run("servers", "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=lab "
            f"-addext subjectAltName=DNS:www.example.test,IP:{SERVER} -keyout /lab/key.pem -out /lab/cert.pem 2>&1")
    for name in ("dir", "original"):
        _put(lab, name, "/etc/hosts", f"127.0.0.1 localhost\n{SERVER} www.example.test servers\n10.9.9.3 original\n")
    shutil.copy(f"/proc/{lab.hosts['servers'].pid}/root/lab/cert.pem", f"/proc/{lab.hosts['dir'].pid}/root/root/ca.pem")
    there = {name for name, (files, _) in SERVERS.items() if all(os.path.exists(f) for f in files.split())}
    for name in sorted(set(SERVERS) - there):
        if name in _MAY_LACK:
            lab.say(f"{name} is left out: {_MAY_LACK[name]}")
        else:
            lab.check(f"{name} is there to be checked", False, f"{SERVERS[name][0]} is not installed: see PACKAGES_SERVERS of ./dev")
    jobs = [lab.hosts["wrong"].spawn("/lab/mock.py " + " ".join(_AT_143.values()))]
    jobs += [lab.hosts["servers"].spawn("/lab/mock.py" if name == "mock" else f"/lab/start {name}") for name in sorted(there)]
    for name in sorted(there):
        if SERVERS[name][1]:
            lab.expect(f"{name} is up", lambda: (_is_up(lab, SERVERS[name][1]), ""), within=60)
    parts = tuple(part for part in os.environ.get("LAB_PARTS", "").split(",") if part) or ("",)
    cases, hostile = ([case for case in part if case[1] in there and case[0].startswith(parts)] for part in (CASES, HOSTILE))

    lab.step("each check once")
    _put(lab, "dir", "/etc/ha.d/ldirectord.cf", _config(cases, 10))
    _compare(lab, cases, lab.run_program("dir").out)

    lab.step("the same services where nobody, or the wrong one, answers")
    _put(lab, "dir", "/etc/ha.d/ldirectord.cf", _config(hostile, 2))
    _compare(lab, hostile, lab.run("dir", "/root/check_once").out)

    lab.step("certificates count where the configuration says so")
    tls = [("https-unknown", "web", 443, f'service=https request="index.html" sslverify=yes {_NAME}', "certificate:", "-"),
           ("imaps-unknown", "mailbox", 993, f"service=imaps sslverify=yes {_NAME}", "certificate:", "-")]
    known = [("https-known", "web", 443, f'service=https request="index.html" sslverify=yes {_NAME}', "up", "-"),
             ("https-other", "web", 443, 'service=https request="index.html" sslverify=yes virtualhost="www.other.test"',
              "certificate: hostname mismatch", "-"),
             ("imaps-address", "mailbox", 993, "service=imaps sslverify=yes", "up", "-"),
             ("ldaps-known", "ldap", 636, f"service=ldaps sslverify=yes {_NAME}", "up", "-")]
    tls, known = ([case for case in part if case[1] in there] for part in (tls, known))
    _put(lab, "dir", "/etc/ha.d/ldirectord.cf", _config(tls, 10))
    _compare(lab, tls, lab.run("dir", "/root/check_once").out)
    _put(lab, "dir", "/etc/ha.d/ldirectord.cf", _config(known, 10))
    _compare(lab, known, lab.run("dir", "SSL_CERT_FILE=/root/ca.pem /root/check_once").out)

    lab.step("oracle: through sqlplus, and refused by name without it")
    asked = f'service=oracle {_ACCOUNT} database="shop" request="SELECT 1 FROM dual"'
    oracle = [("oracle", "mock", 1521, asked, "up", "-"), ("oracle-no-row", "mock", 1522, asked, "no row", "-"),
              ("oracle-refused", "mock", 1523, asked, "ORA-01017", "-")]
    _put(lab, "dir", "/etc/ha.d/ldirectord.cf", _config(oracle, 10))
    lab.expect_output("dir", "/root/check_once", r"error: .*service=oracle needs the program sqlplus, which is not installed", rc=2)
    _put(lab, "dir", "/usr/local/bin/sqlplus", _SQLPLUS)
    lab.run("dir", "chmod 755 /usr/local/bin/sqlplus")
    _compare(lab, oracle, lab.run("dir", "/root/check_once").out)

    lab.step("what the original says of the same servers")
    dumb = {name for name, module in _DRIVERS.items() if lab.hosts["original"].run(f"perl -MDBI -M{module} -e 1").rc}
    for name in sorted(dumb & there):
        lab.check(f"the original speaks to {name}", False, f"{_DRIVERS[name]} is not installed")
    theirs = [case for case in cases if case[5] != "-" and case[1] not in dumb]
    _ask_the_original(lab, theirs, {"ldirectord.cf": _config(theirs, 5)}, lambda: _monitor(lab, theirs[-1][0]), 90)

    # An ldirectord for each service, and one for each check that never comes to an end: it would keep the others waiting.
    lab.step("what the original says where nobody, or the wrong one, answers")
    theirs, groups = [case for case in hostile if case[0].split("-")[0] not in dumb], {}
    for case in theirs:
        groups.setdefault(case[0] if case[5] == "nothing" else case[0].split("-")[0], []).append(case)
    _ask_the_original(lab, theirs, {f"{name}.cf": _config(group, 2) for name, group in groups.items()},
                      lambda: all(_monitor(lab, name) for name, *_, wanted in theirs if wanted != "nothing"), 60)
    for job in jobs:
        job.kill()


def _ask_the_original(lab, cases, files, done, within):
    """Its verdicts, as it writes them to a file for each; where they are not ours, a decision has to say so."""
    for name, config in files.items():
        _put(lab, "original", f"/etc/ha.d/{name}", config)
    names, box = " ".join(files), lab.hosts["original"]
    box.run(f"for f in {names}; do /usr/sbin/ldirectord $f start & done; wait", timeout=120)
    began = lab.now()
    lab.expect("it has checked all that it can", lambda: (bool(done()), [case[0] for case in cases if not _monitor(lab, case[0])]),
               within=within, poll=0.5)
    if any(case[5] == "nothing" for case in cases):
        lab.pause_until(began + 15 * lab.slow)      # many times their timeout
    differences = 0
    for name, _, _, _, ours, wanted in cases:
        said = _monitor(lab, name) or "nothing"
        differs = wanted != ("up" if ours == "up" else "down")
        differences += differs
        lab.check(f"{name}: the original says {wanted}" + (f" ({DECISIONS.get(name, 'which no decision explains')})" if differs else ""),
                  said == wanted and differs == (name in DECISIONS), said)
    lab.say(f"{differences} of {len(cases)} verdicts differ; each is a decision of the manual page")
    box.run("for p in $(pgrep -f '[l]directord'); do kill -9 $p; done; rm -f /run/ldirectord.*", timeout=60)


def _monitor(lab, name):
    try:
        with open(f"/proc/{lab.hosts['original'].pid}/root/var/log/monitor.{name}", encoding="latin1") as f:
            found = re.findall(r"\[(up|down)\]", f.read())
    except FileNotFoundError:
        return ""
    return found[-1] if found else ""
