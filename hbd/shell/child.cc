// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/child.h"

#include <fmt/format.h>
#include <malloc.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "hbd/elect/heartbeat/elector.h"
#include "hbd/shell/api.h"
#include "hbd/shell/channel.h"
#include "hbd/shell/confine.h"
#include "hbd/shell/driver.h"
#include "hbd/shell/events.h"
#include "hbd/shell/fifo.h"
#include "hbd/shell/findings.h"
#include "hbd/shell/report.h"
#include "hbd/shell/status.h"

namespace hbd::shell {
namespace {

constexpr std::size_t kPage = 4096;  // a bigger one is touched more than once

/// memreserve of ha.cf: so much more of the heap is ours now and stays, so that later needs fault no page in.
void reserve(std::size_t bytes) {
  ::mallopt(M_MMAP_MAX, 0);  // what is mapped by itself goes back at once
  ::mallopt(M_TRIM_THRESHOLD, -1);
  auto* heap = static_cast<volatile char*>(std::malloc(bytes));
  if (!heap) return;
  for (std::size_t at = 0; at < bytes; at += kPage) heap[at] = 1;
  std::free(const_cast<char*>(heap));
  ::mallopt(M_MMAP_MAX, 65536);  // as it was
}

/// Empty where the kernel has no random bytes yet; the core then makes do with the seed.
std::string random_key() {
  std::array<unsigned char, 20> bytes;
  if (::getrandom(bytes.data(), bytes.size(), GRND_NONBLOCK) != static_cast<ssize_t>(bytes.size())) return {};
  std::string out;
  for (auto byte : bytes) out += fmt::format("{:02x}", byte);
  return out;
}

class Child {
 public:
  Child(io::Fd channel, Parse parse)
      : channel_(std::make_unique<Channel>(loop_.context(), std::move(channel))),
        parse_(std::move(parse)),
        // The parent says when to go; an orphan is asked by its successor, or ends by SIGKILL.
        signals_(loop_.context(), {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}, [](int) {}) {
    channel_->start([this](ipc::Message m, std::vector<io::Fd> fds) { hear(std::move(m), std::move(fds)); },
                    [this](std::string_view) { parent_gone(); });
  }

  int run() {
    loop_.run();
    return exit_code_;
  }

 private:
  void hear(ipc::Message message, std::vector<io::Fd> fds);
  void start(const ipc::Start& start, std::vector<io::Fd> fds);
  void link(const ipc::Link& link, std::vector<io::Fd> fds);
  void serve_status(std::vector<io::Fd> fds);
  void go();
  void use_loss();
  void reload(const ipc::Reload& reload, std::vector<io::Fd> fds);
  void finish(bool restart);
  void parent_gone();
  void watch_for_successor();
  void leave_if_idle();
  void hand_over();
  void leave() {
    exit_code_ = 0;
    loop_.stop();
  }

  io::Loop loop_;
  std::unique_ptr<Channel> channel_, claim_;
  Parse parse_;
  io::Signals signals_;
  ipc::Start start_;
  Config config_;
  std::shared_ptr<model::PacketLoss> loss_ = std::make_shared<model::PacketLoss>();
  std::unique_ptr<Driver> driver_;
  io::Fd api_socket_, fifo_fd_, successor_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<Status> status_;
  std::unique_ptr<Fifo> fifo_;
  std::unique_ptr<io::Watch> successor_watch_;
  std::string memento_;
  std::optional<Report> voice_;
  pid_t master_ = ::getppid();
  io::Timer drain_{loop_.context()};
  bool orphan_ = false, leaving_ = false, finished_ = false;
  int exit_code_ = 1;
};

void Child::hear(ipc::Message message, std::vector<io::Fd> fds) {
  if (auto* m = std::get_if<ipc::Start>(&message)) return start(*m, std::move(fds));
  if (!driver_ || finished_) return;
  if (auto* m = std::get_if<ipc::Link>(&message)) return link(*m, std::move(fds));
  if (std::holds_alternative<ipc::Go>(message)) return go();
  if (auto* m = std::get_if<ipc::JobDone>(&message)) return driver_->job_done(std::move(*m));
  if (std::holds_alternative<ipc::Shutdown>(message)) return driver_->feed(core::Shutdown{});
  if (auto* m = std::get_if<ipc::Reload>(&message)) return reload(*m, std::move(fds));
  if (auto* m = std::get_if<ipc::Debug>(&message)) return driver_->set_debug(m->level);
  if (std::holds_alternative<ipc::Status>(message)) return serve_status(std::move(fds));
}

void Child::start(const ipc::Start& start, std::vector<io::Fd> fds) {
  if (driver_ || fds.size() != 5) return loop_.stop();
  auto texts = from_memfd(fds[0].get());
  if (!texts) return loop_.stop();
  start_ = start;
  config_ = parse_(*texts, Trust::checked);
  Journal journal{Memory(std::move(fds[1]))};
  memento_ = journal.memento();
  api_socket_ = std::move(fds[2]);
  fifo_fd_ = std::move(fds[3]);
  successor_ = std::move(fds[4]);
  Driver::Hooks hooks{[this](const wire::Message& m) {
                        if (api_) api_->deliver(m);
                      },
                      [this] {
                        if (api_) api_->open();
                      },
                      [this](bool restart) { finish(restart); },
                      [this](bool pause) {
                        if (api_) api_->pause(pause);
                      }};
  driver_ = std::make_unique<Driver>(loop_.context(), *channel_, std::move(journal), config_.cluster,
                                     start.table, std::move(hooks));
  driver_->set_debug(start.debug);
  use_loss();
}

void Child::use_loss() {
  const auto& loss = config_.cluster.loss;
  if (loss == *loss_) return;
  *loss_ = loss;
  if (loss.none()) return driver_->say(base::Event{kTestCodeOff});
  driver_->say({kTestCodeOn,
                {{"send", fmt::format("{:.3f}", loss.send)},
                 {"receive", fmt::format("{:.3f}", loss.receive)},
                 {"spared", loss.spared.empty() ? "" : fmt::format(", Allow nodes = {}", fmt::join(loss.spared, ";"))}}});
}

void Child::link(const ipc::Link& link, std::vector<io::Fd> fds) {
  auto opened = make_link(static_cast<LinkKind>(link.kind), std::move(fds), link.targets, link.echo_id);
  if (opened) opened = make_lossy_link(std::move(opened), loss_, start_.seed + link.link);
  driver_->set_link(link.link, std::move(opened), link.problem);
}

void Child::serve_status(std::vector<io::Fd> fds) {
  status_ = std::make_unique<Status>(loop_.context(), config_.cluster, *driver_);
  status_->serve(std::move(fds));
}

void Child::go() {
  // Before the first packet: a page fault later is a late heartbeat.
  if (config_.cluster.realtime) reserve(static_cast<std::size_t>(config_.cluster.memreserve_kib) * 1024);
  if (config_.cluster.realtime && ::mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
    driver_->say({kNotLocked,
                  {{"error", errno == ENOMEM ? "System limits on locked-in memory are too small."
                                             : std::strerror(errno)}}});
  elect::heartbeat::Identity identity{start_.generation, start_.uuid, start_.seed, random_key()};
  auto elector = elect::heartbeat::make_elector(config_.cluster, config_.haresources, identity);
  api_ = std::make_unique<Api>(loop_.context(), std::move(api_socket_), config_.cluster, *driver_);
  fifo_ = std::make_unique<Fifo>(
      loop_.context(), std::move(fifo_fd_), [this](core::Input input) { driver_->feed(input); },
      [this](std::string why) {
        driver_->say({kFifoGarbage, {{"why", std::move(why)}}});
      });
  watch_for_successor();
  auto self = std::to_string(::getpid());
  if (auto confined = confine())
    driver_->say({kConfined, {{"pid", self}}});
  else
    driver_->say({kNotConfined, {{"pid", self}, {"error", confined.error().message}}});
  driver_->begin(
      std::make_unique<core::Engine>(config_.cluster, config_.haresources, std::move(elector), memento_));
  memento_.clear();
}

void Child::reload(const ipc::Reload& reload, std::vector<io::Fd> fds) {
  auto texts = fds.size() == 1 ? from_memfd(fds[0].get()) : std::nullopt;
  if (!texts) return;
  auto fresh = parse_(*texts, Trust::checked);
  bool keys = fresh.cluster.auth != config_.cluster.auth;
  bool groups = !same_lines(fresh.haresources, config_.haresources);
  config_ = std::move(fresh);
  use_loss();
  driver_->use_table(reload.table);
  if (keys) driver_->feed(core::NewKeys{config_.cluster.auth});
  if (groups) driver_->feed(core::NewResources{config_.haresources});
}

void Child::finish(bool restart) {
  finished_ = true;
  if (orphan_) return leave();
  channel_->send(ipc::Finished{restart});
  // The parent answers by letting go of the channel, or by SIGKILL.
}

void Child::parent_gone() {
  if (!driver_ || finished_) return leave();
  orphan_ = true;
  // The parent wrote the logs. What is left to us is syslog, and never to wait for it.
  auto log = config_.cluster.log;
  log.logfile.clear();
  log.debugfile.clear();
  voice_.emplace(log, config_.cluster.self, false);
  voice_->say(
      {kOrphaned,
       {{"master", std::to_string(master_)},
        {"state",
         driver_->holds_something()
             ? "What this node holds stays, and its heartbeats go on, but nothing can be started or stopped."
             : "This node holds nothing and leaves the cluster."}}});
  driver_->orphan([this](const base::Event& event) { voice_->say(event); });
  channel_.reset();
  leave_if_idle();
}

void Child::leave_if_idle() {
  if (finished_) return leave();
  // Asked again and again: the last group may be taken by the peer only after a while.
  if (!leaving_ && !driver_->holds_something()) {
    leaving_ = true;
    driver_->feed(core::Shutdown{});
  }
  if (!finished_) drain_.after(std::chrono::milliseconds(100), [this] { leave_if_idle(); });
}

void Child::watch_for_successor() {
  if (!successor_) return;
  successor_watch_ = std::make_unique<io::Watch>(loop_.context(), successor_.get(), [this] { hand_over(); });
}

void Child::hand_over() {
  io::Fd socket(::accept4(successor_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) return;
  ucred peer{};
  socklen_t length = sizeof peer;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 || peer.uid != 0) return;
  if (!orphan_ || leaving_ || finished_) return;  // a successor of one that leaves starts afresh
  // Somebody who only looks whether we are here says nothing; a successor says Go.
  int number = socket.get();
  claim_ = std::make_unique<Channel>(loop_.context(), std::move(socket));
  claim_->start(
      [this, number](ipc::Message message, std::vector<io::Fd>) {
        if (!std::holds_alternative<ipc::Go>(message)) return;
        // Whoever has the journal speaks for this node: not another packet from here.
        if (send_one(number, ipc::Handover{start_.generation, 0}, {driver_->journal_descriptor()}))
          ::_exit(0);
      },
      [this](std::string_view) { claim_.reset(); });
}

}  // namespace

int run_child(io::Fd channel, const Parse& parse) {
  ::signal(SIGPIPE, SIG_IGN);
  io::set_nonblocking(channel.get());
  return Child(std::move(channel), parse).run();
}

}  // namespace hbd::shell
