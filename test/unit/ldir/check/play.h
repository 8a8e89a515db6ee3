// SPDX-License-Identifier: Apache-2.0
// A script against a server that is a text: whatever the script asks for happens, what it receives is the
// text in pieces, then the end. Every new connection of a script gets the next part of the text, behind a
// kAgain.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ldir/check/script.h"
#include "test/support/catch.h"

namespace test {

inline constexpr std::string_view kAgain = "<<again>>";

struct Played {
  ldir::check::Verdict verdict;
  std::vector<std::string>
      sent;  ///< each Send, and "TLS NAME", "CONNECT HOST:PORT", "DATA PORT", "CLOSE" between them
  std::string farewell;
};

inline Played play_all(ldir::check::Script& script, std::string_view text, std::size_t piece = 1 << 20,
                       std::string_view file = {}) {
  using namespace ldir::check;
  Played out;
  auto next_part = [&] {
    auto part = text.substr(0, text.find(kAgain));
    text.remove_prefix(std::min(text.size(), part.size() + kAgain.size()));
    return part;
  };
  auto reply = next_part();
  auto take = [&](std::string_view& from) {
    auto now = from.substr(0, piece);
    from.remove_prefix(now.size());
    return now;
  };
  Self self{*base::IpAddress::parse("10.9.9.1"), 40000, {}};
  for (char& c : self.nonce) c = static_cast<char>(&c - self.nonce.data() + 1);
  auto action = script.next(Connected{});
  for (int steps = 0; steps < 5'000'000; ++steps) {
    if (auto* done = std::get_if<Done>(&action)) {
      out.verdict = done->verdict;
      out.farewell = done->farewell;
      return out;
    }
    if (auto* send = std::get_if<Send>(&action)) {
      out.sent.push_back(send->bytes);
      action = script.next(Sent{});
    } else if (auto* tls = std::get_if<StartTls>(&action)) {
      out.sent.push_back("TLS " + tls->server_name + (tls->verify ? " verified" : ""));
      action = script.next(TlsUp{});
    } else if (std::holds_alternative<HalfClose>(action)) {
      out.sent.push_back("CLOSE");
      action = script.next(Sent{});
    } else if (auto* other = std::get_if<Reconnect>(&action)) {
      out.sent.push_back("CONNECT " + other->host + ":" + std::to_string(other->port));
      reply = next_part();
      action = script.next(Reconnected{});
    } else if (auto* data = std::get_if<OpenData>(&action)) {
      out.sent.push_back("DATA " + std::to_string(data->port));
      action = script.next(DataOpen{});
    } else if (std::holds_alternative<ReceiveData>(action)) {
      action = file.empty() ? script.next(DataClosed{}) : script.next(DataReceived{take(file)});
    } else if (std::holds_alternative<AskSelf>(action)) {
      action = script.next(self);
    } else if (reply.empty()) {
      action = script.next(Closed{});
      REQUIRE(std::holds_alternative<Done>(action));
    } else {
      action = script.next(Received{take(reply)});
    }
  }
  FAIL("never done");
  return out;
}

inline ldir::check::Verdict play(ldir::check::Script& script, std::string_view text,
                                 std::size_t piece = 1 << 20) {
  return play_all(script, text, piece).verdict;
}

}  // namespace test
