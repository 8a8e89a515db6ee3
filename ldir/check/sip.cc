// SPDX-License-Identifier: Apache-2.0
// service=sip (RFC 3261 §11): OPTIONS for the user named by `login`; the final answer must be 200.
#include <fmt/format.h>

#include "base/digest.h"
#include "base/text.h"
#include "ldir/check/dialogue.h"
#include "ldir/check/registry.h"

namespace ldir::check {

namespace {

class Sip final : public Dialogue {
 public:
  explicit Sip(const model::CheckSpec& spec)
      : Dialogue(spec), user_(one_line(spec.login)), udp_(spec.protocol == ipvs::Protocol::udp) {}

 private:
  void start_over() override { status_.clear(); }
  Action opened() override { return AskSelf{}; }

  Action other(const Happening& what) override {
    auto* self = std::get_if<Self>(&what);
    if (!self) return Receive{};
    const auto id = base::to_hex(std::string_view(self->nonce.data(), self->nonce.size()));
    return Send{fmt::format(
        "OPTIONS sip:{0} SIP/2.0\r\nVia: SIP/2.0/{1} {2}:{3};branch=z9hG4bK{4}\r\nMax-Forwards: 70\r\n"
        "To: <sip:{0}>\r\nFrom: <sip:{0}>;tag={5}\r\nCall-ID: {6}\r\nCSeq: 63104 OPTIONS\r\n"
        "Contact: <sip:{0}>\r\nAccept: application/sdp\r\nContent-Length: 0\r\n\r\n",
        user_, udp_ ? "UDP" : "TCP", self->address.bracketed(), self->port, id.substr(0, 16),
        id.substr(16, 8), id)};
  }

  // Headers up to the empty line; a provisional answer (1xx) has another one after it.
  Action line(std::string_view text) override {
    if (status_.empty()) {
      if (text.empty()) return Receive{};  // RFC 3261 §7.5: line ends before a message mean nothing
      const auto words = base::words(text.substr(0, 200), " ");
      if (words.size() < 2 || words[0] != "SIP/2.0") return fail("not a SIP answer: " + quoted(text));
      status_ = quoted(text);
      provisional_ = words[1].size() == 3 && words[1].front() == '1';
      if (!provisional_ && words[1] != "200") return fail(status_);
      return Receive{};
    }
    if (!text.empty()) return Receive{};
    if (!provisional_) return pass(status_);
    status_.clear();
    return Receive{};
  }

  const std::string user_;
  const bool udp_;
  std::string status_;
  bool provisional_ = false;
};

}  // namespace

std::unique_ptr<Script> make_sip(const model::CheckSpec& spec) {
  return std::make_unique<Sip>(spec);
}

}  // namespace ldir::check
