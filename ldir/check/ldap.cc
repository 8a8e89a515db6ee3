// SPDX-License-Identifier: Apache-2.0
// service=ldap and ldaps (RFC 4511): bind, with `login` and `passwd` or as nobody, then read the entry
// `request`; there must be one, and its name must match `receive`. The messages are written and read by
// liblber of OpenLDAP; its libldap would connect, shake hands and look for configuration files on its own,
// and wait while it does.
#include <fmt/format.h>
#include <lber.h>
#include <ldap.h>

#include <memory>

#include "base/text.h"
#include "ldir/check/dialogue.h"
#include "ldir/check/receive.h"
#include "ldir/check/registry.h"

namespace ldir::check {

namespace {

constexpr std::size_t kMaxMessage = 256 * 1024;
constexpr int kMaxMessages = 100;

struct FreeBer {
  void operator()(BerElement* b) const { ber_free(b, 1); }
};
using Ber = std::unique_ptr<BerElement, FreeBer>;

std::string flattened(const Ber& ber) {
  struct berval bytes {};
  if (ber_flatten2(ber.get(), &bytes, 0) < 0) return "";
  return {bytes.bv_val, bytes.bv_len};
}

std::string bind_request(int id, const std::string& name, const std::string& password) {
  Ber ber(ber_alloc_t(LBER_USE_DER));
  ber_printf(ber.get(), "{it{isto}}", ber_int_t{id}, ber_tag_t{LDAP_REQ_BIND}, ber_int_t{LDAP_VERSION3},
             name.c_str(), ber_tag_t{LDAP_AUTH_SIMPLE}, password.data(), ber_len_t{password.size()});
  return flattened(ber);
}

// Base scope, never dereferencing, (objectClass=*), and of the entry its name only ("1.1", RFC 4511
// §4.5.1.8).
std::string search_request(int id, const std::string& base) {
  Ber ber(ber_alloc_t(LBER_USE_DER));
  ber_printf(ber.get(), "{it{seeiib", ber_int_t{id}, ber_tag_t{LDAP_REQ_SEARCH}, base.c_str(),
             ber_int_t{LDAP_SCOPE_BASE}, ber_int_t{LDAP_DEREF_NEVER}, ber_int_t{0}, ber_int_t{0},
             ber_int_t{0});
  ber_printf(ber.get(), "to{s}}}", ber_tag_t{LDAP_FILTER_PRESENT}, "objectClass", ber_len_t{11}, "1.1");
  return flattened(ber);
}

std::string unbind_request(int id) {
  Ber ber(ber_alloc_t(LBER_USE_DER));
  ber_printf(ber.get(), "{itn}", ber_int_t{id}, ber_tag_t{LDAP_REQ_UNBIND});
  return flattened(ber);
}

class Ldap final : public Script {
 public:
  explicit Ldap(const model::CheckSpec& spec)
      : name_(spec.login.empty() || spec.passwd.empty() ? "" : spec.login),
        passwd_(name_.empty() ? "" : spec.passwd),
        base_(spec.request),
        server_name_(server_name(spec.virtualhost)),
        tls_(speaks_tls(spec.service)),
        verify_(spec.ssl_verify),
        expected_(spec.receive) {}

  Action next(const Happening& what) override {
    if (std::holds_alternative<Connected>(what)) {
      rest_.clear();
      bound_ = false;
      messages_ = entries_ = 0;
      if (!expected_.broken().empty()) return fail(expected_.broken());
      return tls_ ? Action(StartTls{server_name_, verify_}) : Action(Send{bind_request(1, name_, passwd_)});
    }
    if (std::holds_alternative<TlsUp>(what)) return Send{bind_request(1, name_, passwd_)};
    if (auto* received = std::get_if<Received>(&what)) {
      rest_.append(received->bytes);
      return messages();
    }
    if (std::holds_alternative<Sent>(what)) return messages();
    return fail(bound_ ? "closed within the conversation" : "closed without an answer");
  }

 private:
  // A message is a SEQUENCE: 0x30, its length in one of BER's definite forms, its content.
  Action messages() {
    while (rest_.size() >= 2) {
      if (rest_[0] != 0x30) return fail("the answer is not LDAP");
      std::size_t header = 2, size = static_cast<unsigned char>(rest_[1]);
      if (size >= 0x80) {
        const auto more = size & 0x7f;
        if (more == 0 || more > 4) return fail("the answer is not LDAP");
        header += more;
        if (rest_.size() < header) return Receive{};
        size = 0;
        for (std::size_t i = 2; i < header; ++i) size = size << 8 | static_cast<unsigned char>(rest_[i]);
      }
      if (size > kMaxMessage) return fail("the answer is too long");
      if (rest_.size() < header + size) return Receive{};
      if (++messages_ > kMaxMessages) return fail("the answer has no end");
      auto message = rest_.substr(0, header + size);
      rest_.erase(0, header + size);
      auto action = take(message);
      if (!std::holds_alternative<Receive>(action)) return action;
    }
    return Receive{};
  }

  Action take(std::string& message) {
    struct berval bytes {
      message.size(), message.data()
    };
    Ber ber(ber_init(&bytes));
    ber_int_t id = 0;
    ber_len_t length = 0;
    if (!ber || ber_scanf(ber.get(), "{i", &id) == LBER_ERROR) return fail("the answer is not LDAP");
    const auto kind = ber_peek_tag(ber.get(), &length);
    if (id != (bound_ ? 2 : 1)) return id == 0 ? fail("the server ends the conversation") : Action(Receive{});
    if (bound_ && kind == LDAP_RES_SEARCH_ENTRY) {
      struct berval dn {};
      if (ber_scanf(ber.get(), "{m", &dn) == LBER_ERROR) return fail("the answer is not LDAP");
      if (++entries_ == 1) dn_ = std::string(dn.bv_val ? dn.bv_val : "", dn.bv_len);
      return Receive{};
    }
    if (kind != (bound_ ? LDAP_RES_SEARCH_RESULT : LDAP_RES_BIND)) return Receive{};
    ber_int_t code = 0;
    struct berval matched {
    }, words{};
    if (ber_scanf(ber.get(), "{emm", &code, &matched, &words) == LBER_ERROR)
      return fail("the answer is not LDAP");
    if (code != LDAP_SUCCESS) {
      const std::string said(words.bv_val ? words.bv_val : "", words.bv_len);
      return fail(fmt::format("{}: {}{}{}", bound_ ? "search" : "bind",
                              ldap_err2string(static_cast<int>(code)), said.empty() ? "" : ": ",
                              quoted(said)));
    }
    if (!bound_) {
      bound_ = true;
      return Send{search_request(2, base_)};
    }
    if (entries_ != 1) return fail(fmt::format("{} entries found, one is needed", entries_));
    const auto name = dn_.empty() ? std::string("the root entry") : quoted(dn_);
    if (!expected_.met_by(dn_)) return fail(expected_.complaint(name));
    return Done{passed("found " + name), unbind_request(3)};
  }
  static Action fail(std::string why) {
    return Done{failed(Layer::application, std::move(why)), unbind_request(3)};
  }

  const std::string name_, passwd_, base_, server_name_;
  const bool tls_, verify_;
  Expectation expected_;
  bool bound_ = false;
  int messages_ = 0, entries_ = 0;
  std::string rest_, dn_;
};

}  // namespace

std::unique_ptr<Script> make_ldap(const model::CheckSpec& spec) {
  return std::make_unique<Ldap>(spec);
}

}  // namespace ldir::check
