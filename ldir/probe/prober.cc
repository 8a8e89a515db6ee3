// SPDX-License-Identifier: Apache-2.0
#include "ldir/probe/prober.h"

#include <signal.h>
#include <unistd.h>

#include <cstdlib>

#include "base/text.h"
#include "io/clock.h"
#include "ldir/check/script.h"
#include "ldir/probe/run.h"

namespace ldir::probe {
namespace {

/// Nothing is sent: checktype on, service none.
class IdleRun final : public Run {
 public:
  using Run::Run;

 private:
  void begin() override { finish(check::passed("not checked")); }
  void release() override {}
};

}  // namespace

std::shared_ptr<Run> make_idle_run(Tools& tools, const model::CheckSpec& spec, std::chrono::seconds timeout,
                                   Run::Done done) {
  return std::make_shared<IdleRun>(tools, spec, timeout, std::move(done));
}

base::Result<void> installed(const model::CheckSpec& spec) {
  const bool negotiates = spec.type == model::CheckType::negotiate || spec.type == model::CheckType::combined;
  const bool oracle = negotiates && spec.service == model::ServiceType::oracle;
  if (!oracle && spec.type != model::CheckType::external_perl) return {};
  const std::string program = oracle ? "sqlplus" : "perl";
  const char* path = ::getenv("PATH");
  for (const auto folder : base::split(path ? path : "/usr/sbin:/usr/bin:/sbin:/bin", ':'))
    if (::access((std::string(folder) + "/" + program).c_str(), X_OK) == 0) return {};
  return base::fail(oracle ? "service=oracle needs the program sqlplus, which is not installed"
                           : "checktype=external-perl needs the program perl, which is not installed");
}

Running& Running::operator=(Running&& other) noexcept {
  if (this == &other) return *this;
  if (run_) run_->cancel();
  run_ = std::move(other.run_);
  return *this;
}

Running::~Running() {
  if (run_) run_->cancel();
}

Prober::Prober(io::Context& context, io::ProcessRunner& programs)
    : tools_(std::make_unique<Tools>(context, programs)) {
  // A server that hangs up while OpenSSL writes must not end the process.
  ::signal(SIGPIPE, SIG_IGN);
}

Prober::~Prober() = default;

Running Prober::start(const model::CheckSpec& spec, model::CheckType as, check::Scripts& scripts,
                      std::function<void(const Outcome&)> done, std::optional<base::Mono> now) {
  auto timeout = check::timeout_of(spec, as);
  std::shared_ptr<Run> run;
  switch (check::transport_of(spec, as)) {
    case check::Transport::none:
      run = make_idle_run(*tools_, spec, timeout, std::move(done));
      break;
    case check::Transport::tcp:
      run = make_stream_run(*tools_, spec, scripts.get(spec, as), timeout, std::move(done));
      break;
    case check::Transport::udp:
      run = make_datagram_run(*tools_, spec, scripts.get(spec, as), timeout, std::move(done));
      break;
    case check::Transport::icmp:
      run = make_ping_run(*tools_, spec, timeout, std::move(done));
      break;
    case check::Transport::library:
      run = make_library_run(*tools_, spec, timeout, std::move(done));
      break;
    case check::Transport::command:
      run = make_command_run(*tools_, spec, timeout, std::move(done));
      break;
  }
  run->start(now ? *now : io::now_mono());
  return Running(std::move(run));
}

}  // namespace ldir::probe
