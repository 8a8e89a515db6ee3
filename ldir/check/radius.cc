// SPDX-License-Identifier: Apache-2.0
// service=radius (RFC 2865): an Access-Request for `login`, `passwd` hidden by `secret`; the answer must be
// an Access-Accept whose authenticator proves the secret. With a Message-Authenticator (RFC 3579), which
// newer servers ask for and others pass over.
#include "base/digest.h"
#include "base/text.h"
#include "ldir/check/dialogue.h"
#include "ldir/check/registry.h"

namespace ldir::check {

namespace {

constexpr char kAccessRequest = 1, kAccessAccept = 2, kAccessReject = 3, kAccessChallenge = 11;
constexpr char kUserName = 1, kUserPassword = 2, kNasAddress = 4, kReplyMessage = 18,
               kMessageAuthenticator = 80, kNasAddress6 = 95;
constexpr std::size_t kHeader = 20;

std::string unhex(std::string_view hex) {
  std::string out;
  for (; hex.size() >= 2; hex.remove_prefix(2))
    out += static_cast<char>(base::parse_number<unsigned>(hex.substr(0, 2), 16).value_or(0));
  return out;
}

std::string attribute(char type, std::string_view value) {
  value = value.substr(0, 253);
  std::string out{type, static_cast<char>(value.size() + 2)};
  out += value;
  return out;
}

// RFC 2865 §5.2.
std::string hidden(std::string password, const std::string& secret, const std::string& authenticator) {
  password.resize(std::min<std::size_t>(128, std::max<std::size_t>(16, (password.size() + 15) / 16 * 16)));
  std::string out, mix = authenticator;
  for (std::size_t at = 0; at < password.size(); at += 16) {
    mix = base::md5(secret + mix);
    for (std::size_t i = 0; i < 16; ++i) mix[i] = static_cast<char>(mix[i] ^ password[at + i]);
    out += mix;
  }
  return out;
}

class Radius final : public Script {
 public:
  explicit Radius(const model::CheckSpec& spec)
      : login_(spec.login), passwd_(spec.passwd), secret_(spec.secret) {}

  Action next(const Happening& what) override {
    if (std::holds_alternative<Connected>(what)) return AskSelf{};
    if (auto* self = std::get_if<Self>(&what)) return ask(*self);
    if (auto* received = std::get_if<Received>(&what)) return judge(received->bytes);
    if (std::holds_alternative<Closed>(what)) return fail("closed without an answer");
    return Receive{};
  }

 private:
  Action ask(const Self& self) {
    authenticator_.assign(self.nonce.data(), self.nonce.size());
    id_ = static_cast<char>(id_ + 1);
    const std::string_view address(reinterpret_cast<const char*>(self.address.bytes().data()),
                                   self.address.is_v4() ? 4 : 16);
    std::string attributes = attribute(kUserName, login_) +
                             attribute(kUserPassword, hidden(passwd_, secret_, authenticator_)) +
                             attribute(self.address.is_v4() ? kNasAddress : kNasAddress6, address);
    const auto seal = kHeader + attributes.size() + 2;
    attributes += attribute(kMessageAuthenticator, std::string(16, '\0'));
    auto packet = header(kAccessRequest, kHeader + attributes.size()) + authenticator_ + attributes;
    packet.replace(seal, 16, unhex(base::hmac_md5_hex(secret_, packet)));
    return Send{std::move(packet)};
  }
  std::string header(char code, std::size_t size) const {
    return {code, id_, static_cast<char>(size >> 8), static_cast<char>(size)};
  }

  // What does not prove the secret is passed over, as RFC 2865 §3 asks for: but it is remembered as the
  // reason.
  Action judge(std::string_view packet) {
    if (packet.size() < kHeader) return fail("the answer is not RADIUS");
    const std::size_t size =
        static_cast<unsigned char>(packet[2]) * 256u + static_cast<unsigned char>(packet[3]);
    if (size < kHeader || size > packet.size()) return fail("the answer is not RADIUS: its length is wrong");
    packet = packet.substr(0, size);
    if (packet[1] != id_) return Receive{};
    const auto proof = base::md5(std::string(packet.substr(0, 4)) + authenticator_ +
                                 std::string(packet.substr(kHeader)) + secret_);
    if (!base::equal_in_constant_time(proof, packet.substr(4, 16)))
      return fail("the authenticator of the answer is wrong: is the secret the same on both sides?");
    switch (packet[0]) {
      case kAccessAccept:
        return Done{passed("Access-Accept")};
      case kAccessReject:
        return fail("Access-Reject" + message(packet.substr(kHeader)));
      case kAccessChallenge:
        return fail("Access-Challenge" + message(packet.substr(kHeader)));
      default:
        return fail("an answer of an unknown kind");
    }
  }
  static std::string message(std::string_view attributes) {
    while (attributes.size() >= 2) {
      const std::size_t size = static_cast<unsigned char>(attributes[1]);
      if (size < 2 || size > attributes.size()) break;
      if (attributes[0] == kReplyMessage) return ": " + quoted(attributes.substr(2, size - 2));
      attributes.remove_prefix(size);
    }
    return "";
  }
  static Action fail(std::string why) { return Done{failed(Layer::application, std::move(why))}; }

  const std::string login_, passwd_, secret_;
  std::string authenticator_;
  char id_ = 0;
};

}  // namespace

std::unique_ptr<Script> make_radius(const model::CheckSpec& spec) {
  return std::make_unique<Radius>(spec);
}

}  // namespace ldir::check
