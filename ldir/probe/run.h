// SPDX-License-Identifier: Apache-2.0
// What all kinds of runs share: the deadline, ending exactly once, being cancelled. Private to this room.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <string>

#include "base/instant.h"
#include "io/fd.h"
#include "io/timer.h"
#include "ldir/check/script.h"
#include "ldir/probe/perl.h"
#include "ldir/probe/poller.h"
#include "ldir/probe/prober.h"
#include "ldir/probe/tls.h"

namespace ldir::probe {

/// What the runs of one prober use together. The buffer is free again when a callback returns.
struct Tools {
  Tools(io::Context& c, io::ProcessRunner& p);
  io::Context& context;
  io::ProcessRunner& programs;
  io::DeadlineQueue deadlines;
  Poller poller;
  TlsContext tls;
  PerlWorkers perl;
  std::array<char, 16384> buffer;
  std::uint16_t last_ping = 0;
};

/// A socket of one run, registered with the poller.
class RunSocket {
 public:
  explicit RunSocket(Poller& poller) : poller_(poller) {}
  ~RunSocket() { close(); }
  /// Non-blocking, close-on-exec, to or for this address; 0 or an errno. Not registered yet.
  int open(const base::IpAddress& address, int type, int protocol = 0);
  int watch(Poller::Client& client);
  void close();
  int fd() const { return fd_.get(); }

 private:
  Poller& poller_;
  Poller::Ticket ticket_ = 0;
  io::Fd fd_;
};

class Run : public std::enable_shared_from_this<Run> {
 public:
  using Done = std::function<void(const Outcome&)>;
  Run(Tools& tools, const model::CheckSpec& spec, std::chrono::seconds timeout, Done done);
  virtual ~Run() = default;
  void start(base::Mono now);
  void cancel();

 protected:
  virtual void begin() = 0;
  /// Lets go of everything that could call back.
  virtual void release() = 0;
  /// The deadline has passed; by default that is the end.
  virtual void expired();
  /// "no connection" or "no answer": what was missing when the deadline passed.
  virtual std::string awaited() const { return "no answer"; }

  void finish(check::Verdict verdict) { end(Outcome(std::move(verdict))); }
  /// The server is not to blame.
  void give_up(std::string why, int error) { end(base::fail(std::move(why), error)); }
  /// The verdict that an errno of a socket call means; trouble of our own ends with give_up.
  void finish_errno(int error);
  void set_deadline(base::Mono when);
  bool is_over() const { return over_; }

  Tools& tools_;
  const model::CheckSpec& spec_;
  std::chrono::seconds timeout_;

 private:
  void end(Outcome outcome);

  Done done_;
  base::Mono started_{};
  io::DeadlineQueue::Id deadline_{};
  bool has_deadline_ = false, starting_ = false, over_ = false, forgiven_ = false;
};

/// Our end of `fd` and fresh random bytes, for scripts that put them into messages.
check::Self self_of(int fd);

std::shared_ptr<Run> make_stream_run(Tools&, const model::CheckSpec&, check::Script*, std::chrono::seconds, Run::Done);
std::shared_ptr<Run> make_datagram_run(Tools&, const model::CheckSpec&, check::Script*, std::chrono::seconds,
                                       Run::Done);
std::shared_ptr<Run> make_ping_run(Tools&, const model::CheckSpec&, std::chrono::seconds, Run::Done);
std::shared_ptr<Run> make_command_run(Tools&, const model::CheckSpec&, std::chrono::seconds, Run::Done);
std::shared_ptr<Run> make_library_run(Tools&, const model::CheckSpec&, std::chrono::seconds, Run::Done);
std::shared_ptr<Run> make_perl_run(Tools&, const model::CheckSpec&, std::chrono::seconds, Run::Done);
std::shared_ptr<Run> make_idle_run(Tools&, const model::CheckSpec&, std::chrono::seconds, Run::Done);

}  // namespace ldir::probe
