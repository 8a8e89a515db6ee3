// SPDX-License-Identifier: Apache-2.0
#include "ldir/shell/mailer.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "io/clock.h"
#include "ldir/shell/events.h"
#include "ldir/shell/smtp.h"

namespace ldir::shell {
namespace {

constexpr std::size_t kMostWaiting = 256;

Sender find_sender() {
  char host[256] = "localhost";
  ::gethostname(host, sizeof host - 1);
  passwd entry{}, *found = nullptr;
  std::array<char, 4096> buffer;
  ::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found);
  return {host, found ? found->pw_name : "root"};
}

}  // namespace

Mailer::Mailer(io::Loop& loop, io::ProcessRunner& programs, Publish publish, Options options)
    : loop_(loop),
      programs_(programs),
      publish_(std::move(publish)),
      options_(std::move(options)),
      sender_(find_sender()),
      alive_(std::make_shared<bool>(true)) {}

Mailer::~Mailer() {
  *alive_ = false;
}

void Mailer::send(core::SendMail mail) {
  if (queue_.size() >= kMostWaiting) {
    ++counts_.dropped;
    return publish_({kMailFailed, {{"how", ""}, {"error", "too many wait"}}});
  }
  queue_.push_back(std::move(mail));
  if (!busy_) next();
}

void Mailer::next() {
  if (queue_.empty()) return;
  busy_ = true;
  auto mail = std::move(queue_.front());
  queue_.pop_front();
  auto text = letter(mail, sender_, io::now_wall(), ++serial_);
  if (!mail.smtp.empty() && smtp_built_in())
    by_smtp(mail, std::move(text));
  else
    by_sendmail(std::move(text));
}

void Mailer::by_smtp(const core::SendMail& mail, std::string text) {
  auto from = recipients(mail.from);
  Envelope envelope{mail.smtp, options_.smtp_port, sender_.host,
                    from.empty() ? sender_.address() : from.front(), recipients(mail.to)};
  std::thread([this, alive = alive_, post = loop_.poster(), envelope = std::move(envelope), text = std::move(text),
               limit = options_.limit] {
    auto sent = send_by_smtp(envelope, text, limit);
    post([this, alive, error = sent ? std::string() : sent.error().message] {
      if (*alive) done(error, true);
    });
  }).detach();
}

void Mailer::by_sendmail(std::string text) {
  io::ProcessSpec spec;
  spec.argv = {options_.sendmail, "-t", "-oi"};
  spec.cwd.assign(1, '/');  // not = "/": GCC 12 warns falsely
  spec.input = std::move(text);
  spec.limit = options_.limit;
  programs_.start(std::move(spec), [this, alive = alive_](const io::ProcessResult& result) {
    if (*alive) done(result.ok() ? std::string() : result.str(), false);
  });
}

void Mailer::done(const std::string& error, bool smtp) {
  busy_ = false;
  ++(error.empty() ? counts_.sent : counts_.failed);
  if (!error.empty()) publish_({kMailFailed, {{"how", smtp ? "SMTP " : ""}, {"error", error}}});
  next();
}

}  // namespace ldir::shell
