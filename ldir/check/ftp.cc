// SPDX-License-Identifier: Apache-2.0
// service=ftp (RFC 959, RFC 2428): log in, fetch `request`, its content must match `receive`. With neither
// request nor receive a login is enough, and of an anonymous one the greeting: whoever gave no login did not
// ask for one. Transfers are passive, and go to the real server whatever address it names.
#include <array>

#include "base/text.h"
#include "ldir/check/dialogue.h"
#include "ldir/check/receive.h"
#include "ldir/check/registry.h"

namespace ldir::check {

namespace {

constexpr std::size_t kMaxFile = 1024 * 1024;  // what is judged; the rest is not waited for
constexpr const char* kFarewell = "QUIT\r\n";

// "227 Entering Passive Mode (h1,h2,h3,h4,p1,p2)": the digits of p1 and p2; parentheses are not dependable.
std::uint16_t pasv_port(std::string_view text) {
  std::array<unsigned, 6> part{};
  std::size_t n = 0;
  text.remove_prefix(std::min<std::size_t>(text.size(), 3));
  for (const auto word : base::words(text, " ().,=")) {
    const auto number = base::parse_number<unsigned>(word);
    if (!number) {
      if (n > 0 && n < 6) n = 0;
    } else if (n < 6) {
      part[n++] = *number;
    }
  }
  return n == 6 && part[4] < 256 && part[5] < 256 ? static_cast<std::uint16_t>(part[4] << 8 | part[5]) : 0;
}

// "229 ... (|||PORT|)", any delimiter.
std::uint16_t epsv_port(std::string_view text) {
  const auto open = text.find('(');
  if (open == text.npos || open + 2 > text.size()) return 0;
  const auto fields = base::split(text.substr(open + 1), text[open + 1]);
  return fields.size() < 5 ? std::uint16_t{0} : base::parse_number<std::uint16_t>(fields[3]).value_or(0);
}

class Ftp final : public Dialogue {
 public:
  explicit Ftp(const model::CheckSpec& spec)
      : Dialogue(spec),
        login_(one_line(spec.login.empty() ? "anonymous" : spec.login)),
        passwd_(one_line(spec.passwd)),
        path_(one_line(spec.request)),
        v4_(spec.address.is_v4()),
        expected_(spec.receive) {}

 private:
  enum class Stage { greeting, user, pass_word, type, passive, retrieve, file, complete };

  bool fetches() const { return expected_.given() || (path_ != "/" && !path_.empty()); }

  void start_over() override {
    stage_ = Stage::greeting;
    replies_.start_over();
    file_.clear();
  }
  Action opened() override {
    if (!expected_.broken().empty()) return fail(expected_.broken());
    return Receive{};
  }

  Action line(std::string_view text) override {
    const auto reply = replies_.line(text);
    if (!reply) return Receive{};
    if (reply->code == 0) return fail("not an FTP reply: " + reply->text);
    const bool soon = reply->code < 200;
    switch (stage_) {
      case Stage::greeting:
        if (soon) return Receive{};  // 120: ready in some minutes
        if (!reply->ok()) return fail(reply->text);
        greeting_ = reply->text;
        return say(Stage::user, "USER " + login_);
      case Stage::user:
        if (reply->code == 331) return say(Stage::pass_word, "PASS " + passwd_);
        return reply->ok() ? logged_in() : refused(*reply);
      case Stage::pass_word:
        return reply->ok() ? logged_in() : refused(*reply);
      case Stage::type:
        return say(Stage::passive, v4_ ? "PASV" : "EPSV");
      case Stage::passive: {
        const auto port = v4_ ? pasv_port(text) : epsv_port(text);
        if (!reply->ok() || port == 0) return fail("no passive transfer: " + reply->text, kFarewell);
        return OpenData{port};
      }
      case Stage::retrieve:
        if (!soon && !reply->ok()) return fail(path_ + ": " + reply->text, kFarewell);
        stage_ = Stage::file;
        return ReceiveData{};
      case Stage::file:
        break;
      case Stage::complete:
        if (soon) return Receive{};
        return reply->ok() ? pass(fetched(), kFarewell) : fail(path_ + ": " + reply->text, kFarewell);
    }
    return Receive{};
  }

  Action other(const Happening& what) override {
    if (std::holds_alternative<DataOpen>(what)) return say(Stage::retrieve, "RETR " + path_);
    if (auto* data = std::get_if<DataReceived>(&what)) {
      file_.append(data->bytes.substr(0, kMaxFile - file_.size()));
      if (file_.size() < kMaxFile) return ReceiveData{};
    } else if (!std::holds_alternative<DataClosed>(what)) {
      return Receive{};
    }
    if (expected_.given()) return Done{expected_.judge(file_, fetched()), kFarewell};
    if (file_.size() == kMaxFile) return pass(fetched(), kFarewell);
    stage_ = Stage::complete;
    return Receive{};
  }

  Action say(Stage next, std::string command) {
    stage_ = next;
    return Send{std::move(command) + "\r\n"};
  }
  Action logged_in() { return fetches() ? say(Stage::type, "TYPE I") : pass("logged in", kFarewell); }
  Action refused(const NumberedReplies::Reply& reply) {
    if (login_ == "anonymous" && !fetches()) return pass(greeting_, kFarewell);
    return fail("login: " + reply.text, kFarewell);
  }
  std::string fetched() const { return base::printable(path_, 80) + " fetched"; }

  const std::string login_, passwd_, path_;
  const bool v4_;
  Expectation expected_;
  Stage stage_ = Stage::greeting;
  NumberedReplies replies_;
  std::string greeting_, file_;
};

}  // namespace

std::unique_ptr<Script> make_ftp(const model::CheckSpec& spec) {
  return std::make_unique<Ftp>(spec);
}

}  // namespace ldir::check
