// SPDX-License-Identifier: Apache-2.0
// service=smtp and submission: a greeting of 2xx, and our EHLO (else HELO) accepted. No mail is begun.
#include "ldir/check/dialogue.h"
#include "ldir/check/registry.h"

namespace ldir::check {

namespace {

class Smtp final : public Dialogue {
 public:
  explicit Smtp(const model::CheckSpec& spec) : Dialogue(spec) {}

 private:
  enum class Stage { greeting, ehlo, helo };

  void start_over() override {
    stage_ = Stage::greeting;
    replies_.start_over();
    greeting_.clear();
  }

  Action line(std::string_view text) override {
    const auto reply = replies_.line(text);
    if (!reply) return Receive{};
    if (reply->code == 0) return fail("not an SMTP reply: " + reply->text);
    switch (stage_) {
      case Stage::greeting:
        if (!reply->ok()) return fail(reply->text);
        greeting_ = reply->text;
        stage_ = Stage::ehlo;
        return Send{"EHLO localhost.localdomain\r\n"};
      case Stage::ehlo:
        if (reply->ok()) return pass(greeting_, "QUIT\r\n");
        stage_ = Stage::helo;
        return Send{"HELO localhost.localdomain\r\n"};
      case Stage::helo:
        break;
    }
    return reply->ok() ? pass(greeting_, "QUIT\r\n") : fail("HELO refused: " + reply->text, "QUIT\r\n");
  }

  Stage stage_ = Stage::greeting;
  NumberedReplies replies_;
  std::string greeting_;
};

}  // namespace

std::unique_ptr<Script> make_smtp(const model::CheckSpec& spec) {
  return std::make_unique<Smtp>(spec);
}

}  // namespace ldir::check
