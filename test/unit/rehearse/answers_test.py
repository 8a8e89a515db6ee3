# SPDX-License-Identifier: Apache-2.0
import json
import re
import socket
import subprocess
import sys
import tempfile
import unittest

import samples
from rehearsal import answers, standin


def check(**given):
    return dict({"type": "negotiate", "service": "http", "port": 80, "request": "/", "receive": "", "virtualhost": "",
                 "httpmethod": "GET", "command": "/bin/true", "login": "", "timeout": 3, "interval": 2}, **given)


class Answers(unittest.TestCase):
    def test_patterns(self):
        for pattern in ("Test Page", "HTTP/1.1 200 OK", "^ok$", r"(foo|bar)\d{3}[^a]+\s*x?$", "(?i)still alive", r"\Aup\b", "(?=abc)abc",
                        "(?<!x)y", r"[[:alpha:]]+[[:digit:]]{2}", "“Test Ldirectord", r"(a)(b)\2\1", r"a{2,5}?b+", r"[^\w\s]", r"\D\S\W",
                        r"status:\s*(up|ok)\z", "", r"x|", r"(?:a|b){3}", r"\.php\?id=\d+"):
            made = answers.matching(pattern)
            self.assertIsNotNone(made, pattern)
            body = answers.body_for(pattern, "real1")
            self.assertTrue(answers.matches(pattern, body), (pattern, body))

    def test_a_name_where_the_pattern_allows_it(self):
        self.assertIn("real1", answers.body_for("Test Page", "real1"))
        self.assertNotIn("real1", answers.body_for("^ok$", "real1"))

    def test_what_has_no_answer_is_said(self):
        for pattern in (r"(?!x)x", "(", r"a{1000}", r"\bx\Bx\b(?<=y)"):
            self.assertIsNone(answers.matching(pattern), pattern)
        made = answers.standin(check(receive="(?!x)x"), "real1")
        self.assertEqual(made.kind, "connect")
        self.assertIn("(?!x)x", made.stubbed)

    def test_services(self):
        self.assertEqual(answers.standin(check(service="smtp"), "r").kind, "smtp")
        self.assertEqual(answers.standin(check(service="mysql"), "r").kind, "connect")
        self.assertIn("mysql", answers.standin(check(service="mysql"), "r").stubbed)
        self.assertEqual(answers.standin(check(type="connect", service="mysql"), "r").stubbed, "")
        self.assertIn("external", answers.standin(check(type="external", command="/x"), "r").stubbed)
        self.assertIn("certificate", answers.standin(check(service="https"), "r", tls=False).stubbed)
        self.assertEqual(answers.standin(check(service="dns", receive=r"192\.0\.2\.7"), "r").body, "192.0.2.7")
        self.assertTrue(all(service in standin.SPEAK for service in answers.SPOKEN))


class Servers(unittest.TestCase):
    def setUp(self):
        self.port = _free_port()

    def serve(self, kind, body="hello\n", **more):
        listener = dict({"proto": "tcp", "port": self.port, "kind": kind, "tls": False, "body": body, "pages": {}, "name": "real1"}, **more)
        self.process = subprocess.Popen([sys.executable, standin.__file__, json.dumps([listener])], stdout=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (self.process.kill(), self.process.wait(), self.process.stdout.close()))
        self.assertEqual(self.process.stdout.readline().strip(), "[]")

    def talk(self, *sent):
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as wire:
            heard = b""
            for line in sent:
                wire.sendall(line)
            wire.shutdown(socket.SHUT_WR)
            while data := wire.recv(4096):
                heard += data
            return heard.decode("latin-1")

    def test_http(self):
        self.serve("http", pages={"/a": "page a\n"})
        heard = self.talk(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertRegex(heard, r"^HTTP/1\.1 200 OK\r\n")
        self.assertIn("X-Served-By: real1\r\n", heard)
        self.assertTrue(heard.endswith("\r\n\r\npage a\n"))
        self.assertTrue(self.talk(b"GET /b HTTP/1.0\r\n\r\n").endswith("hello\n"))
        self.assertTrue(self.talk(b"HEAD /b HTTP/1.0\r\n\r\n").endswith("\r\n\r\n"))

    def test_dialogues(self):
        self.serve("smtp")
        self.assertEqual([line[:3] for line in self.talk(b"EHLO x\r\nQUIT\r\n").splitlines()], ["220", "250", "221"])

    def test_ftp(self):
        self.serve("ftp", "Welcome\n")
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as wire:
            lines = wire.makefile("rw", newline="\r\n")
            lines.readline()
            for line, code in (("USER anonymous", "331"), ("PASS x", "230"), ("TYPE I", "200")):
                lines.write(line + "\r\n")
                lines.flush()
                self.assertTrue(lines.readline().startswith(code))
            lines.write("PASV\r\n")
            lines.flush()
            numbers = re.findall(r"\d+", lines.readline().partition("(")[2])
            lines.write("RETR x\r\n")
            lines.flush()
            with socket.create_connection(("127.0.0.1", int(numbers[4]) * 256 + int(numbers[5])), timeout=5) as data:
                self.assertEqual(data.recv(100), b"Welcome\n")

    def test_each_satisfies_its_check(self):
        """All services that are spoken, each asked by the check that ldirectord would play."""
        wanted = {"http": r"^Test\s+(Page|Site) \d{2}", "https": "still alive", "http_proxy": "via", "ftp": "Welcome", "simpletcp": "^pong",
                  "dns": r"^192\.0\.2\.7$"}
        request = {"http": "/a.html", "http_proxy": "http://www.example.org/", "ftp": "welcome.msg", "simpletcp": "ping", "dns": "www.example.org",
                   "ldap": "o=example", "ldaps": "o=example"}
        listeners, text = [], "negotiatetimeout=10\n"
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=x", "-keyout",
                            folder + "/key", "-out", folder + "/cert"], check=True, capture_output=True)
            with open(folder + "/both", "w", encoding="utf-8") as out:
                for name in ("/key", "/cert"):
                    with open(folder + name, encoding="utf-8") as f:
                        out.write(f.read())
            for number, service in enumerate(sorted(answers.SPOKEN), 1):
                made = answers.standin(check(service=service, receive=wanted.get(service, "")), "real1")
                self.assertEqual(made.stubbed, "", service)
                port = _free_port()
                listeners.append({"proto": "tcp", "port": port, "kind": made.kind, "tls": made.kind in answers.TLS, "body": made.body,
                                  "pages": {}, "name": "real1"})
                text += (f"virtual=192.0.2.100:{number}\n\treal=127.0.0.1:{port} masq\n\tservicename={service}\n\tservice={service}\n"
                         "\tprotocol=tcp\n\tchecktype=negotiate\n" + (f'\trequest="{request[service]}"\n' if service in request else "") +
                         (f'\treceive="{wanted[service]}"\n' if service in wanted else "") + '\tlogin="somebody"\n\tpasswd="something"\n')
            with open(folder + "/l.cf", "w", encoding="utf-8") as out:
                out.write(text)
            self.process = subprocess.Popen([sys.executable, standin.__file__, json.dumps(listeners), folder + "/both"], stdout=subprocess.PIPE,
                                            text=True)
            self.addCleanup(lambda: (self.process.kill(), self.process.wait(), self.process.stdout.close()))
            self.assertEqual(self.process.stdout.readline().strip(), "[]")
            done = subprocess.run([samples.CHECK_ONCE, folder + "/l.cf"], capture_output=True, text=True, timeout=60)
        seen = {line.split()[0]: line for line in done.stdout.splitlines()}
        for service in answers.SPOKEN:
            self.assertRegex(seen.get(service, done.stdout), r"^\S+ 127\.0\.0\.1 up ", service)

    def test_rubbish_ends_nothing(self):
        self.serve("http")
        with socket.create_connection(("127.0.0.1", self.port)) as wire:
            wire.sendall(b"\0\n\n\xff\r\n\r\n")
        self.assertIn("200 OK", self.talk(b"GET / HTTP/1.0\r\n\r\n"))

    def test_dns(self):
        question = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x07example\x00\x00\x01\x00\x01"
        answer = standin.dns_answer(question, "192.0.2.7")
        self.assertEqual(answer[:2], b"\x12\x34")
        self.assertTrue(answer.endswith(socket.inet_aton("192.0.2.7")))
        with self.assertRaises((ValueError, IndexError)):
            standin.dns_answer(b"short", "192.0.2.7")


def _free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


if __name__ == "__main__":
    samples.main()
