// SPDX-License-Identifier: Apache-2.0
#include "ldir/shell/notify.h"

#include <fmt/format.h>
#include <unistd.h>

#include "ldir/core/events.h"
#include "ldir/shell/events.h"

namespace ldir::shell {
namespace {

constexpr base::Duration kCommandLimit = std::chrono::seconds(60);
constexpr std::size_t kMostWaiting = 256;
constexpr const char* kSendmail = "/usr/sbin/sendmail";

/// One line, whatever a configuration or a server's name may contain: mail headers end at a newline.
std::string header(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return out;
}

std::string letter(const core::SendMail& mail) {
  auto subject = header(mail.service_name.empty() ? mail.subject
                                                  : fmt::format("[{}] {}", mail.service_name, mail.subject));
  std::string out;
  if (!mail.from.empty()) out += fmt::format("From: {}\n", header(mail.from));
  out += fmt::format("To: {}\nSubject: {}\nAuto-Submitted: auto-generated\n\n", header(mail.to), subject);
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  out += fmt::format("ldirectord host: {}\nLog-Message: {}\nDaemon-Status: {}\n\n", host, subject, mail.daemon_status);
  if (!mail.service_name.empty()) out += fmt::format("Service name: {}\n", mail.service_name);
  if (!mail.comment.empty()) out += fmt::format("Comment: {}\n", mail.comment);
  out += "\n";
  return out;
}

}  // namespace

Notify::Notify(io::ProcessRunner& programs, Publish publish)
    : programs_(programs), publish_(std::move(publish)), alive_(std::make_shared<bool>(true)) {}

Notify::~Notify() { *alive_ = false; }

void Notify::run(const core::RunCommand& command) {
  Job job;
  if (command.argument.empty()) {
    job.spec.argv = {"/bin/sh", "-c", command.command};
    job.name = command.command;
  } else {
    job.spec.argv = {command.command, command.argument};
    job.name = fmt::format("{} {}", command.command, command.argument);
  }
  enqueue(std::move(job));
}

void Notify::mail(const core::SendMail& mail) {
  Job job;
  job.mail = true;
  job.name = fmt::format("mail to {}", mail.to);
  job.spec.argv = {kSendmail, "-t", "-oi"};
  job.spec.input = letter(mail);
  enqueue(std::move(job));
}

void Notify::enqueue(Job job) {
  auto fail = job.mail ? base::Event(kMailFailed, {{"error", "too many wait"}})
                       : base::Event(core::kCommandFailed, {{"command", job.name}, {"error", "too many wait"}});
  if (queue_.size() >= kMostWaiting) return publish_(std::move(fail));
  job.spec.cwd.assign(1, '/');  // not = "/": GCC 12 warns falsely
  job.spec.limit = kCommandLimit;
  queue_.push_back(std::move(job));
  if (!busy_) next();
}

void Notify::next() {
  if (queue_.empty()) return;
  busy_ = true;
  Job job = std::move(queue_.front());
  queue_.pop_front();
  programs_.start(std::move(job.spec), [this, alive = alive_, name = job.name, mail = job.mail](
                                           const io::ProcessResult& result) {
    if (!*alive) return;
    if (!result.ok())
      publish_(mail ? base::Event(kMailFailed, {{"error", result.str()}})
                    : base::Event(core::kCommandFailed, {{"command", name}, {"error", result.str()}}));
    busy_ = false;
    next();
  });
}

}  // namespace ldir::shell
