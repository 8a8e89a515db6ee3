// SPDX-License-Identifier: Apache-2.0
// Delivers alerts: to the SMTP server that the configuration names, else through the local sendmail. One after the
// other, in a thread or a process of its own, bounded in number and time; a mail that fails is a line in the log.
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include "io/process.h"
#include "ldir/shell/letter.h"

namespace ldir::shell {

class Mailer {
 public:
  using Publish = std::function<void(base::Event)>;
  struct Options {
    std::uint16_t smtp_port = 25;
    std::string sendmail = "/usr/sbin/sendmail";
    base::Duration limit = std::chrono::seconds(30);  ///< for one mail
  };
  Mailer(io::Loop& loop, io::ProcessRunner& programs, Publish publish, Options options);
  Mailer(io::Loop& loop, io::ProcessRunner& programs, Publish publish)
      : Mailer(loop, programs, std::move(publish), Options()) {}
  ~Mailer();
  void send(core::SendMail mail);
  /// Nothing under way and nothing waiting.
  bool idle() const { return waiting() == 0; }
  std::size_t waiting() const { return queue_.size() + (busy_ ? 1 : 0); }
  struct Counts {
    std::uint64_t sent = 0, failed = 0;
    std::uint64_t dropped = 0;  ///< too many waited
  };
  const Counts& counts() const { return counts_; }

 private:
  void next();
  void by_smtp(const core::SendMail& mail, std::string text);
  void by_sendmail(std::string text);
  void done(const std::string& error, bool smtp);

  io::Loop& loop_;
  io::ProcessRunner& programs_;
  Publish publish_;
  Options options_;
  Sender sender_;
  std::deque<core::SendMail> queue_;
  std::uint64_t serial_ = 0;
  Counts counts_;
  bool busy_ = false;
  std::shared_ptr<bool> alive_;
};

}  // namespace ldir::shell
