// SPDX-License-Identifier: Apache-2.0
// service=pop and pops (RFC 1939): a greeting of +OK, and with `login` a login that succeeds: APOP where the
// greeting offers it, then USER and PASS, then CRAM-MD5 (RFC 5034), the ways that the original tries.
#include "base/digest.h"
#include "base/text.h"
#include "ldir/check/dialogue.h"
#include "ldir/check/registry.h"

namespace ldir::check {

namespace {

class Pop final : public Dialogue {
 public:
  explicit Pop(const model::CheckSpec& spec)
      : Dialogue(spec), login_(one_line(spec.login)), passwd_(one_line(spec.passwd)) {}

 private:
  enum class Stage { greeting, apop, user, pass_word, cram, cram_answer };

  void start_over() override { stage_ = Stage::greeting; }

  Action line(std::string_view text) override {
    const bool ok = text.starts_with("+OK");
    switch (stage_) {
      case Stage::greeting:
        return greeted(text, ok);
      case Stage::apop:
        return ok ? done() : user();
      case Stage::user:
        if (!ok) return cram(text);
        stage_ = Stage::pass_word;
        return Send{"PASS " + passwd_ + "\r\n"};
      case Stage::pass_word:
        return ok ? done() : cram(text);
      case Stage::cram: {
        const auto challenge =
            text.starts_with("+ ") ? base::base64_decode(base::trim(text.substr(2))) : std::nullopt;
        if (!challenge) return fail("login: " + refusal_, "QUIT\r\n");
        stage_ = Stage::cram_answer;
        return Send{base::base64_encode(login_ + " " + base::hmac_md5_hex(passwd_, *challenge)) + "\r\n"};
      }
      case Stage::cram_answer:
        break;
    }
    return ok ? done() : fail("login: " + quoted(text), "QUIT\r\n");
  }

  Action greeted(std::string_view text, bool ok) {
    if (!ok) return fail(text.starts_with("-ERR") ? quoted(text) : "not a POP3 greeting: " + quoted(text));
    greeting_ = quoted(text);
    if (login_.empty()) return pass(greeting_, "QUIT\r\n");
    const auto from = text.find('<'), to = text.find('>', from == text.npos ? 0 : from);
    if (from == text.npos || to == text.npos) return user();
    stage_ = Stage::apop;
    const auto stamp = std::string(text.substr(from, to - from + 1));
    return Send{"APOP " + login_ + " " + base::to_hex(base::md5(stamp + passwd_)) + "\r\n"};
  }
  Action user() {
    stage_ = Stage::user;
    return Send{"USER " + login_ + "\r\n"};
  }
  Action cram(std::string_view refusal) {
    refusal_ = quoted(refusal);
    stage_ = Stage::cram;
    return Send{"AUTH CRAM-MD5\r\n"};
  }
  Action done() { return pass("logged in", "QUIT\r\n"); }

  const std::string login_, passwd_;
  Stage stage_ = Stage::greeting;
  std::string greeting_, refusal_;
};

}  // namespace

std::unique_ptr<Script> make_pop(const model::CheckSpec& spec) {
  return std::make_unique<Pop>(spec);
}

}  // namespace ldir::check
