// SPDX-License-Identifier: Apache-2.0
// A check as a conversation without a socket: the probe tells a Script what happened, the Script answers with
// the next action. All bytes of real servers are judged here, and here only; a Script must survive any bytes
// and hold bounded memory. The deadline is the probe's business.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "ldir/check/verdict.h"
#include "ldir/model/service.h"

namespace ldir::check {

struct Send {
  std::string bytes;
};                  ///< answered by Sent
struct Receive {};  ///< answered by Received, or Closed at end of stream
/// `server_name` for SNI may be empty. With `verify` the chain must be good and name the server_name, or the
/// address where there is no name. Answered by TlsUp (the probe ends the run on failure).
struct StartTls {
  std::string server_name;
  bool verify = false;
};
struct HalfClose {};  ///< shut down our sending side; answered by Sent
/// End this connection and open another: to `host` (an address, or a name that the probe resolves), or where
/// it is empty to the real server. Answered by Reconnected.
struct Reconnect {
  std::string host;
  std::uint16_t port = 0;
};
/// A second connection to the real server, for reading; answered by DataOpen.
struct OpenData {
  std::uint16_t port = 0;
};
struct ReceiveData {};  ///< from the second one; answered by DataReceived or DataClosed
struct AskSelf {};      ///< answered by Self
/// The end. `farewell` goes out before the connection ends if the kernel takes it at once; nobody waits for
/// it.
struct Done {
  Verdict verdict;
  std::string farewell = {};
};
using Action =
    std::variant<Send, Receive, StartTls, HalfClose, Reconnect, OpenData, ReceiveData, AskSelf, Done>;

struct Connected {};
struct Sent {};
struct Received {
  std::string_view bytes;
};                 ///< at least one byte (a whole datagram over UDP); valid during the call
struct Closed {};  ///< the peer closed in order; a reset ends the run in the probe
struct TlsUp {};
struct Reconnected {};
struct DataOpen {};
struct DataReceived {
  std::string_view bytes;
};
struct DataClosed {};
/// Our end of the connection, and 16 random bytes.
struct Self {
  base::IpAddress address;
  std::uint16_t port = 0;
  std::array<char, 16> nonce{};
};
using Happening = std::variant<Connected, Sent, Received, Closed, TlsUp, Reconnected, DataOpen, DataReceived,
                               DataClosed, Self>;

class Script {
 public:
  virtual ~Script() = default;
  /// Called first with Connected, then with the outcome of each action, until it answers Done. Connected
  /// starts over at any time: keep the script of a check and use it for every run, its pattern is compiled
  /// only once.
  virtual Action next(const Happening& what) = 0;
};

/// The transport a check speaks over; `none` needs no packet (checktype on, service none); with `library` a
/// library of the service leads the conversation over a socket of its own, in ldir/probe.
enum class Transport { none, tcp, udp, icmp, command, library };

/// What the probe must do for `spec`. A combined check alternates, so `as` says which of the two kinds runs
/// now (connect or negotiate); for other types pass spec.type.
Transport transport_of(const model::CheckSpec& spec, model::CheckType as);

/// The time a run may take.
model::seconds timeout_of(const model::CheckSpec& spec, model::CheckType as);

/// The conversation for `spec` over tcp or udp. Null only for what supported() denies and for the transports
/// that need no conversation. A receive pattern that does not compile (see validate) fails every run, with
/// the reason.
std::unique_ptr<Script> make_script(const model::CheckSpec& spec, model::CheckType as);

/// The scripts of one check, one of each kind it runs as, made when first asked for and kept for all its
/// runs.
class Scripts {
 public:
  /// What make_script gives, the same one each time; valid as long as this is.
  Script* get(const model::CheckSpec& spec, model::CheckType as);

 private:
  std::unique_ptr<Script> negotiate_, connect_;
};

/// Whether this build can hold every conversation that `spec` needs. Says nothing about icmp and commands,
/// which are the probes' own business.
bool supported(const model::CheckSpec& spec);

/// Why `spec` can not be run: a service that was left out of this build, or a receive pattern that does not
/// compile. For whoever accepts configurations.
base::Result<void> validate(const model::CheckSpec& spec);

}  // namespace ldir::check
