// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/api.h"

#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>

#include "hbd/api/clients.h"
#include "hbd/api/frame.h"
#include "hbd/api/offences.h"
#include "hbd/shell/events.h"
#include "io/clock.h"
#include "io/timer.h"

namespace hbd::shell {
namespace {

constexpr int kBacklog = 64;

std::optional<std::uint32_t> user_number(std::string_view name) {
  const passwd* entry = ::getpwnam(std::string(name).c_str());
  return entry ? std::optional<std::uint32_t>(entry->pw_uid) : std::nullopt;
}
std::optional<std::uint32_t> group_number(std::string_view name) {
  const group* entry = ::getgrnam(std::string(name).c_str());
  return entry ? std::optional<std::uint32_t>(entry->gr_gid) : std::nullopt;
}

}  // namespace

struct Api::Impl {
  Impl(io::Context& c, io::Fd s, const model::Cluster& m, Driver& d)
      : context(c),
        socket(std::move(s)),
        cluster(m),
        driver(d),
        clients(api::Permissions(m.api_auth, user_number, group_number)),
        timer(c),
        go_on(c) {}

  struct Connection {
    std::unique_ptr<io::UnixConnection> stream;
    api::FrameReader frames;
  };

  void accept(std::unique_ptr<io::UnixConnection> stream);
  void read(api::ClientId id, std::string_view bytes);
  void resume();
  void gone(api::ClientId id);
  void cut(const io::UnixConnection::Peer& peer, std::string_view kind, std::string why);
  void carry_out(api::Turn turn);
  void deliver_to(const api::Delivery& delivery);
  void arm();

  io::Context& context;
  io::Fd socket;
  const model::Cluster& cluster;
  Driver& driver;
  api::Clients clients;
  std::unique_ptr<io::UnixServer> server;
  std::map<api::ClientId, std::unique_ptr<Connection>> connections;
  api::ClientId last_id = 0;
  api::Offences offences;
  io::Timer timer, go_on;
};

void Api::Impl::accept(std::unique_ptr<io::UnixConnection> stream) {
  auto id = ++last_id;
  auto peer = stream->peer();
  if (!clients.connected(id, {peer.uid, peer.gid, peer.pid}, io::now_mono())) {
    return cut(peer, "too many", "too many clients");
  }
  auto connection = std::make_unique<Connection>();
  connection->stream = std::move(stream);
  auto* raw = connection->stream.get();
  connections[id] = std::move(connection);
  raw->start([this, id](std::string_view bytes) { read(id, bytes); }, [this, id] { gone(id); });
  arm();
}

void Api::Impl::cut(const io::UnixConnection::Peer& peer, std::string_view kind, std::string why) {
  if (auto told = offences.note(kind, std::move(why), io::now_mono()))
    driver.say({kClientCut, {{"pid", std::to_string(peer.pid)}, {"uid", std::to_string(peer.uid)}, {"why", std::move(*told)}}});
}

void Api::Impl::read(api::ClientId id, std::string_view bytes) {
  auto at = connections.find(id);
  if (at == connections.end()) return;
  at->second->frames.feed(bytes);
  // Looked up anew each time: an answer may end the connection.
  for (; at != connections.end(); at = connections.find(id)) {
    if (clients.waits(id)) return at->second->stream->pause();
    auto frame = at->second->frames.next();
    if (!frame) return;
    if (!*frame) {
      cut(at->second->stream->peer(), wire::word(frame->error().kind), frame->error().detail);
      return gone(id);
    }
    api::Turn turn;
    auto snapshot = driver.snapshot();
    clients.request(id, **frame, {snapshot, cluster, driver.record(), driver.process()}, io::now_mono(), turn);
    carry_out(std::move(turn));
  }
}

void Api::Impl::resume() {
  std::vector<api::ClientId> waited;
  for (const auto& [id, connection] : connections)
    if (clients.waits(id)) waited.push_back(id);
  api::Turn turn;
  auto snapshot = driver.snapshot();
  clients.resume({snapshot, cluster, driver.record(), driver.process()}, io::now_mono(), turn);
  carry_out(std::move(turn));
  for (auto id : waited) {
    auto at = connections.find(id);
    if (at == connections.end()) continue;
    at->second->stream->resume();
    read(id, {});  // what had come before the pause
  }
}

void Api::Impl::gone(api::ClientId id) {
  if (connections.erase(id) == 0) return;
  api::Turn turn;
  auto snapshot = driver.snapshot();
  clients.disconnected(id, {snapshot, cluster, driver.record(), driver.process()}, turn);
  carry_out(std::move(turn));
}

void Api::Impl::carry_out(api::Turn turn) {
  for (auto& message : turn.cluster) driver.feed(std::move(message));
  for (const auto& delivery : turn.deliveries) deliver_to(delivery);
  for (auto id : turn.close)
    if (auto at = connections.find(id); at != connections.end()) at->second->stream->finish();
  for (const auto& event : turn.events) driver.say(event);
  arm();
}

void Api::Impl::deliver_to(const api::Delivery& delivery) {
  auto at = connections.find(delivery.client);
  if (at == connections.end()) return;
  auto& stream = *at->second->stream;
  auto peer = stream.peer();
  // A reader that lets this much pile up is cut off; on_closed follows. Who has gone is not signalled: the number of its
  // process may be another's by now.
  if (!stream.send(api::encode_frame(delivery.message)))
    cut(peer, "slow", "does not read");
  else if (delivery.signal > 0 && peer.pid > 0 && stream.is_open())
    ::kill(peer.pid, delivery.signal);
}

void Api::Impl::arm() {
  timer.at(clients.next_wake(), [this] {
    api::Turn turn;
    clients.tick(io::now_mono(), turn);
    carry_out(std::move(turn));
  });
}

Api::Api(io::Context& context, io::Fd socket, const model::Cluster& cluster, Driver& driver)
    : impl_(std::make_unique<Impl>(context, std::move(socket), cluster, driver)) {}
Api::~Api() = default;

void Api::open() {
  if (impl_->server || ::listen(impl_->socket.get(), kBacklog) != 0) return;
  impl_->server = io::UnixServer::adopt(impl_->context, std::move(impl_->socket),
                                        [this](std::unique_ptr<io::UnixConnection> c) { impl_->accept(std::move(c)); });
}

void Api::deliver(const wire::Message& message) {
  // Without a client there is still one to answer: another node that asks for one.
  if (impl_->connections.empty() && message.type() != "query-cstatus") return;
  api::Turn turn;
  auto snapshot = impl_->driver.snapshot();
  impl_->clients.from_cluster(message, {snapshot, impl_->cluster, impl_->driver.record(), impl_->driver.process()}, turn);
  impl_->carry_out(std::move(turn));
}

void Api::pause(bool on) {
  impl_->go_on.cancel();
  if (on) return impl_->clients.pause();
  // Not from within the core's step that has just ended the congestion.
  impl_->go_on.at(io::now_mono(), [this] { impl_->resume(); });
}

}  // namespace hbd::shell
