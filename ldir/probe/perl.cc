// SPDX-License-Identifier: Apache-2.0
#include "ldir/probe/perl.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "ldir/check/programs.h"
#include "ldir/probe/run.h"

namespace ldir::probe {
namespace {

constexpr std::size_t kMostIdle = 8;
constexpr int kMostCalls = 1000;  // then a fresh one: scripts leak
constexpr std::size_t kMostReply = 4096;

/// Requests and replies are datagrams over its stdin: fields separated by a zero byte in, "STATUS TEXT" out.
/// A script is a function body, as in the original: the four arguments are in @ARGV and @_, exit() returns,
/// die() is a failure. It is compiled again when its file has changed.
constexpr const char* kProgram = R"PERL(
our ($status, $parent) = (0, $$);
BEGIN {
  *CORE::GLOBAL::exit = sub {
    CORE::exit(@_ ? $_[0] : 0) if $$ != $main::parent;
    $main::status = @_ ? $_[0] : 0;
    no warnings 'exiting';
    last CALL;
  };
}
open(my $wire, '+<&', \*STDIN) or CORE::exit(1);
open(STDIN, '<', '/dev/null');
my %known;
for (;;) {
  my $request;
  defined(recv($wire, $request, 65536, 0)) && length($request) or CORE::exit(0);
  my ($path, @arguments) = split(/\0/, $request, -1);
  my $why = '';
  $status = 0;
  CALL: {
    eval {
      my @is = stat($path);
      my $stamp = "@is[1,7,9]";
      if (!$known{$path} || $known{$path}[0] ne $stamp) {
        open(my $file, '<', $path) or die "$!\n";
        my $text = do { local $/; <$file> };
        close($file);
        $text =~ s/^__(?:END|DATA)__\b.*//ms;
        my $function = main::compile($path, $text) or die $@;
        $known{$path} = [$stamp, $function];
      }
      $known{$path}[1]->(@arguments);
      1;
    } or do { $status = -1; $why = $@ };
  }
  CORE::exit(1) if $$ != $parent;
  alarm 0;
  $why =~ s/\s+/ /g;
  $status = -1 if $status !~ /^-?\d+$/;
  defined(send($wire, "$status " . substr($why, 0, 1000), 0)) or CORE::exit(1);
}
sub compile { my ($path, $text) = @_; no strict; return eval "sub { \@ARGV = \@_;\n#line 1 \"$path\"\n$text\n}"; }
)PERL";

class PerlRun final : public Run, private Poller::Client {
 public:
  using Run::Run;

 private:
  void begin() override {
    auto worker = tools_.perl.take();
    if (!worker) return give_up(worker.error().message, worker.error().code);
    worker_ = std::move(*worker);
    std::string request = spec_.command;
    for (const auto& argument : spec_.external_args) request += '\0' + argument;
    if (::send(worker_->wire.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0)
      return failed("cannot be reached");
    ticket_ = tools_.poller.add(worker_->wire.get(), *this);
    if (ticket_ == 0) finish_errno(errno);
  }

  void on_event(std::uint32_t) override {
    auto keep = shared_from_this();
    char reply[kMostReply];
    const auto n = ::recv(worker_->wire.get(), reply, sizeof reply, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) return failed("has ended");
    const std::string_view text(reply, static_cast<std::size_t>(n));
    tools_.poller.forget(std::exchange(ticket_, 0), worker_->wire.get());
    tools_.perl.give_back(std::move(worker_));
    finish(check::judge_perl(text, spec_.command));
  }

  void failed(const char* what) {
    finish(check::failed(check::Layer::application,
                         fmt::format("{}: its Perl process {}", spec_.command, what)));
  }

  void release() override {
    tools_.poller.remove(std::exchange(ticket_, 0));
    if (worker_) tools_.perl.end(std::move(worker_));
  }

  std::unique_ptr<PerlWorkers::Worker> worker_;
  Poller::Ticket ticket_ = 0;
};

}  // namespace

base::Result<std::unique_ptr<PerlWorkers::Worker>> PerlWorkers::take() {
  if (!idle_.empty()) {
    auto worker = std::move(idle_.back());
    idle_.pop_back();
    if (programs_.pid(worker->id) != 0) return worker;
  }
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return base::fail(std::strerror(errno), errno);
  auto worker = std::make_unique<Worker>();
  worker->wire.reset(ends[0]);
  io::Fd theirs(ends[1]);
  io::ProcessSpec program;
  program.argv = {"perl", "-e", kProgram};
  program.stdin_fd = theirs.get();
  program.capture = false;
  program.cwd.assign(1, '/');  // not = "/": GCC 12 warns falsely
  program.death_signal = SIGKILL;
  program.grace = std::chrono::seconds(1);
  worker->id = programs_.start(std::move(program), [](const io::ProcessResult&) {});
  return worker;
}

void PerlWorkers::give_back(std::unique_ptr<Worker> worker) {
  // Closing the wire is how a worker is told to go.
  if (++worker->calls < kMostCalls && idle_.size() < kMostIdle) idle_.push_back(std::move(worker));
}

void PerlWorkers::end(std::unique_ptr<Worker> worker) {
  programs_.stop(worker->id);
}

std::shared_ptr<Run> make_perl_run(Tools& tools, const model::CheckSpec& spec, std::chrono::seconds timeout,
                                   Run::Done done) {
  return std::make_shared<PerlRun>(tools, spec, timeout, std::move(done));
}

}  // namespace ldir::probe
