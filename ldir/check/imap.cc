// SPDX-License-Identifier: Apache-2.0
// service=imap and imaps (RFC 3501): a greeting of OK or PREAUTH, and with `login` a LOGIN that succeeds.
#include "base/text.h"
#include "ldir/check/dialogue.h"
#include "ldir/check/registry.h"

namespace ldir::check {

namespace {

// A quoted string of RFC 3501.
std::string in_quotes(const std::string& text) {
  std::string out = "\"";
  for (const char c : one_line(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

class Imap final : public Dialogue {
 public:
  explicit Imap(const model::CheckSpec& spec)
      : Dialogue(spec),
        login_(spec.login.empty()
                   ? ""
                   : "1 LOGIN " + in_quotes(spec.login) + " " + in_quotes(spec.passwd) + "\r\n") {}

 private:
  static constexpr const char* kFarewell = "2 LOGOUT\r\n";

  void start_over() override { greeted_ = false; }

  Action line(std::string_view text) override {
    const auto words = base::words(text.substr(0, 200), " ");
    const auto tag = words.empty() ? "" : words[0], state = words.size() < 2 ? "" : words[1];
    if (!greeted_) {
      if (tag != "*" || (!base::iequals(state, "OK") && !base::iequals(state, "PREAUTH")))
        return fail(tag == "*" ? quoted(text) : "not an IMAP greeting: " + quoted(text));
      if (login_.empty()) return pass(quoted(text), kFarewell);
      greeted_ = true;
      return Send{login_};
    }
    if (tag != "1") return Receive{};
    return base::iequals(state, "OK") ? pass("logged in", kFarewell)
                                      : fail("login: " + quoted(text), kFarewell);
  }

  const std::string login_;
  bool greeted_ = false;
};

}  // namespace

std::unique_ptr<Script> make_imap(const model::CheckSpec& spec) {
  return std::make_unique<Imap>(spec);
}

}  // namespace ldir::check
