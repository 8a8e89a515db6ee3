// SPDX-License-Identifier: Apache-2.0
// Alerts against a small SMTP server that can misbehave, and against a stand-in for sendmail.
#include "ldir/shell/mailer.h"

#include <sys/stat.h>

#include <mutex>

#include "io/files.h"
#include "ldir/shell/events.h"
#include "ldir/shell/smtp.h"
#include "test/support/catch.h"
#include "test/unit/io/scratch.h"
#include "test/unit/ldir/probe/scripted_server.h"

using namespace std::chrono_literals;
using namespace ldir;
using test::ScriptedServer;

namespace {

core::SendMail alert() {
  return {"admin@example.com, Ops <ops@example.com>",
          "LD <ld@example.com>",
          "127.0.0.1",
          "Deleted real server: 10.9.9.2:80 (10.9.9.100:80)",
          "running",
          "Shop",
          "rack 3"};
}

/// Speaks just enough SMTP; notes what it is told.
struct SmtpServer {
  std::mutex mutex;
  std::vector<std::string> lines;
  std::string refuse;  ///< the beginning of a command that is answered with 550
  ScriptedServer server{[this](int fd) {
    auto say = [&](const char* text) { ScriptedServer::write(fd, text); };
    say("220 test\r\n");
    std::string pending;
    bool data = false;
    char buffer[4096];
    for (ssize_t n; (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;) {
      pending.append(buffer, static_cast<std::size_t>(n));
      for (std::size_t end; (end = pending.find("\r\n")) != pending.npos;) {
        auto line = pending.substr(0, end);
        pending.erase(0, end + 2);
        std::lock_guard lock(mutex);
        lines.push_back(line);
        if (data) {
          if (line == ".") say("250 taken\r\n"), data = false;
        } else if (!refuse.empty() && line.starts_with(refuse)) {
          say("550 no\r\n");
        } else if (line == "DATA") {
          say("354 go on\r\n"), data = true;
        } else if (line == "QUIT") {
          say("221 bye\r\n");
        } else {
          say("250 ok\r\n");
        }
      }
    }
  }};
  std::vector<std::string> heard() {
    std::lock_guard lock(mutex);
    return lines;
  }
  bool heard(const std::string& what) {
    auto all = heard();
    return std::find(all.begin(), all.end(), what) != all.end();
  }
};

struct Bench {
  io::Loop loop;
  io::ProcessRunner programs{loop.context()};
  std::vector<std::string> log;
  shell::Mailer mailer;
  explicit Bench(shell::Mailer::Options options)
      : mailer(
            loop, programs, [this](base::Event e) { log.push_back(e.text()); }, std::move(options)) {}
  bool quiet() {
    return test::run_until(loop, [this] { return mailer.idle(); });
  }
};

}  // namespace

TEST_CASE("the letter has the original's words, and headers that mail servers ask for") {
  auto text = shell::letter(alert(), {"dir.example.com", "root"}, base::Wall(1795182012s), 7);
  CHECK(text ==
        "From: LD <ld@example.com>\n"
        "To: admin@example.com, Ops <ops@example.com>\n"
        "Subject: [Shop] Deleted real server: 10.9.9.2:80 (10.9.9.100:80)\n"
        "Date: Fri, 20 Nov 2026 13:40:12 +0000\n"
        "Message-ID: <1795182012000000000.7.ldirectord@dir.example.com>\n"
        "Auto-Submitted: auto-generated\n"
        "\n"
        "ldirectord host: dir.example.com\n"
        "Log-Message: [Shop] Deleted real server: 10.9.9.2:80 (10.9.9.100:80)\n"
        "Daemon-Status: running\n"
        "\n"
        "Service name: Shop\n"
        "Comment: rack 3\n"
        "\n");
}

TEST_CASE("without service name, comment and sender there are no lines for them") {
  auto mail = alert();
  mail.from = mail.service_name = mail.comment = "";
  mail.subject = "two\r\nBcc: everybody";
  auto text = shell::letter(mail, {"dir", "root"}, base::Wall(0s), 1);
  CHECK(text.starts_with("From: root@dir\n"));
  CHECK(text.find("Subject: two  Bcc: everybody\n") != text.npos);
  CHECK(
      text.ends_with("\n\nldirectord host: dir\nLog-Message: two  Bcc: everybody\nDaemon-Status: running\n"));
}

TEST_CASE("each recipient is one") {
  using Strings = std::vector<std::string>;
  CHECK(shell::recipients("a@x") == Strings{"a@x"});
  CHECK(shell::recipients("a@x,b@y, C <c@z> ,") == Strings{"a@x", "b@y", "c@z"});
  CHECK(shell::recipients("") == Strings{});
}

TEST_CASE("an alert reaches the SMTP server, each recipient by himself") {
  if (!shell::smtp_built_in()) return;
  SmtpServer smtp;
  Bench bench({smtp.server.port()});
  bench.mailer.send(alert());
  CHECK_FALSE(bench.mailer.idle());
  REQUIRE(bench.quiet());
  CHECK(bench.log.empty());
  CHECK(smtp.heard("MAIL FROM:<ld@example.com>"));
  CHECK(smtp.heard("RCPT TO:<admin@example.com>"));
  CHECK(smtp.heard("RCPT TO:<ops@example.com>"));
  CHECK(smtp.heard("Subject: [Shop] Deleted real server: 10.9.9.2:80 (10.9.9.100:80)"));
  CHECK(smtp.heard("Daemon-Status: running"));
  CHECK(smtp.heard("."));
}

TEST_CASE("one recipient that is refused does not silence the other") {
  if (!shell::smtp_built_in()) return;
  SmtpServer smtp;
  smtp.refuse = "RCPT TO:<admin";
  Bench bench({smtp.server.port()});
  bench.mailer.send(alert());
  REQUIRE(bench.quiet());
  CHECK(smtp.heard("."));
}

TEST_CASE("a refusal, a closed port and a silent server are lines in the log, and the next mail goes") {
  if (!shell::smtp_built_in()) return;
  SmtpServer smtp;
  smtp.refuse = "MAIL";
  Bench refused({smtp.server.port()});
  refused.mailer.send(alert());
  REQUIRE(refused.quiet());
  REQUIRE(refused.log.size() == 1);
  CHECK(refused.log[0].starts_with("failed to send SMTP email message: "));

  Bench closed({1});
  closed.mailer.send(alert());
  REQUIRE(closed.quiet());
  CHECK(closed.log.size() == 1);

  ScriptedServer silent(ScriptedServer::wait_for_end);
  Bench late({silent.port(), "/nowhere", 200ms});
  late.mailer.send(alert());
  late.mailer.send(alert());
  REQUIRE(late.quiet());
  CHECK(late.log.size() == 2);
}

TEST_CASE("without a server named the local sendmail gets the letter") {
  test::Scratch dir;
  auto program = dir / "sendmail";
  REQUIRE(io::write_file(
      program, "#!/bin/sh\necho \"$@\" > " + (dir / "args") + "\ncat > " + (dir / "letter") + "\n", 0755));
  Bench bench({25, program});
  auto mail = alert();
  mail.smtp = "";
  bench.mailer.send(mail);
  REQUIRE(bench.quiet());
  CHECK(bench.log.empty());
  CHECK(io::read_file(dir / "args").value_or("") == "-t -oi\n");
  CHECK(io::read_file(dir / "letter").value_or("").find("Log-Message: [Shop] Deleted real server") !=
        std::string::npos);
}

TEST_CASE("a machine without sendmail is told in the log, not with a file in /") {
  Bench bench({25, "/nowhere/sendmail"});
  auto mail = alert();
  mail.smtp = "";
  bench.mailer.send(mail);
  REQUIRE(bench.quiet());
  REQUIRE(bench.log.size() == 1);
  CHECK(bench.log[0].starts_with("failed to send email message: "));
}
