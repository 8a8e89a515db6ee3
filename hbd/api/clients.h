// SPDX-License-Identifier: Apache-2.0
// The clients of the API socket: who is signed on under which name, what each may say to the cluster, and who gets
// what comes from it (reference, section 9). No socket in here: the shell accepts, reads frames and writes frames. It
// calls connected() with SO_PEERCRED's word, closes what `close` lists after writing `deliveries`, and itself bounds what
// waits for a slow reader (kMaxQueue bytes; more, and it closes and calls disconnected()).
//
// Of one Turn the shell carries out `cluster` first, then `deliveries`, then `close`: what a named client says is echoed to
// it by the core (ToClients), and its own joining must reach it before the answer to its signon, as in the original.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/event.h"
#include "base/instant.h"
#include "hbd/api/answer.h"
#include "hbd/api/permission.h"
#include "hbd/core/input.h"
#include "hbd/wire/netstring.h"

namespace hbd::api {

using ClientId = std::uint64_t;

struct Delivery {
  ClientId client = 0;
  wire::Message message;
  int signal = 0;  ///< to be sent to the client's process afterwards (setsignal); 0 = none
};

/// What one call brought about, in the order in which it is to be carried out.
struct Turn {
  std::vector<core::LocalMessage> cluster;
  std::vector<Delivery> deliveries;
  std::vector<ClientId> close;
  std::vector<base::Event> events;
};

class Clients {
 public:
  static constexpr std::size_t kMaxClients = 100;
  static constexpr std::size_t kMaxQueue = 1024 * 1024;
  static constexpr std::size_t kMaxName = 31;            ///< client_id is 32 bytes in the original's library
  static constexpr base::Seconds kSignOnLimit{10};       ///< for a connection to sign on
  static constexpr std::size_t kMaxToCluster = wire::kMaxMessage - 1024;  ///< bytes of one message, with room for what is added
  static constexpr int kBurst = 100;                     ///< messages to the cluster at once ...
  static constexpr base::Millis kPerMessage{50};         ///< ... and one more per this time, or ...
  static constexpr std::size_t kPiece = 8192;            ///< ... for each so many bytes of a long one

  explicit Clients(Permissions permissions) : permissions_(std::move(permissions)) {}

  /// False when there are too many: close it.
  bool connected(ClientId id, const Credentials& who, base::Mono now);
  void request(ClientId id, const wire::Message& message, const View& view, base::Mono now, Turn& turn);
  /// The connection is gone, or is to go after a bad frame.
  void disconnected(ClientId id, const View& view, Turn& turn);
  /// The core's ToClients.
  void from_cluster(const wire::Message& message, const View& view, Turn& turn);
  /// Between the two, what a client wants to say to the cluster is kept, one message of each, and the shell reads
  /// nothing of who waits(). What resume() has said in their names is one message of each: none is served before another.
  void pause() { paused_ = true; }
  void resume(const View& view, base::Mono now, Turn& turn);
  bool waits(ClientId id) const;
  /// Closes who has not signed on in time.
  void tick(base::Mono now, Turn& turn);
  base::Mono next_wake() const;

  bool online(std::string_view name) const;
  bool serves(std::string_view name, const View& view) const;  ///< online, or a part of us that was a client once
  std::size_t size() const { return clients_.size(); }

 private:
  struct Client {
    Credentials who;
    std::string name;          ///< empty until signed on; the pid's digits for a casual one
    bool casual = false;
    std::uint64_t generation = 0;
    std::uint64_t filter = 1;  ///< setfilter: 1 = what is meant for clients
    bool listens = false;      ///< a casual one that used setfilter, and so hears what has no addressee
    int signal = 0;
    base::Mono sign_on_until;
    base::Mono paid_until;     ///< rate of messages to the cluster
    bool rate_logged = false;
    std::optional<wire::Message> waiting;  ///< said while all are paused
  };

  void sign_on(ClientId id, Client& client, const wire::Message& request, const View& view, Turn& turn);
  std::string_view sign_on_refusal(const Client& client, const wire::Message& request) const;
  void sign_off(ClientId id, const View& view, std::string_view why, Turn& turn);
  void to_cluster(ClientId id, Client& client, const wire::Message& message, const View& view, base::Mono now, Turn& turn);
  void client_status(ClientId id, const Client& client, const wire::Message& request, const View& view, Turn& turn);
  void set(ClientId id, Client& client, const wire::Message& request, Turn& turn);
  void announce(ClientId id, const Client& client, std::string_view status, std::string_view info, const View& view, Turn& turn) const;
  void fan_out(const wire::Message& message, Turn& turn) const;
  void reply(ClientId id, wire::Message message, Turn& turn) const;

  Permissions permissions_;
  bool paused_ = false;
  std::map<ClientId, Client> clients_;
  std::map<std::string, std::uint64_t, std::less<>> generations_;  ///< sign-ons per name, of names apiauth knows
};

}  // namespace hbd::api
