// SPDX-License-Identifier: Apache-2.0
// service=simpletcp: the request with every written \n as a line feed, then half a close; some single line of
// the answer must match `receive`, or there must be a line at all.
#include "ldir/check/dialogue.h"
#include "ldir/check/receive.h"
#include "ldir/check/registry.h"

namespace ldir::check {

namespace {

constexpr std::size_t kMaxLine = 64 * 1024;
constexpr std::size_t kMaxAnswer = 1024 * 1024;

std::string with_line_feeds(std::string text) {
  for (std::size_t at = 0; (at = text.find("\\n", at)) != text.npos; ++at) text.replace(at, 2, "\n");
  return text;
}

class SimpleTcp final : public Script {
 public:
  explicit SimpleTcp(const model::CheckSpec& spec)
      : request_(with_line_feeds(spec.request)),
        expected_(spec.receive),
        datagrams_(spec.protocol == ipvs::Protocol::udp) {}

  Action next(const Happening& what) override {
    if (std::holds_alternative<Connected>(what)) {
      rest_.clear();
      total_ = 0;
      closing_ = request_.empty();
      if (!expected_.broken().empty()) return fail(expected_.broken());
      return closing_ ? Action(HalfClose{}) : Action(Send{request_});
    }
    if (std::holds_alternative<Sent>(what)) {
      if (std::exchange(closing_, true)) return Receive{};
      return HalfClose{};
    }
    if (auto* received = std::get_if<Received>(&what)) return take(received->bytes);
    if (!rest_.empty() && expected_.met_by(rest_)) return matched(rest_);
    return fail(total_ == 0 ? "closed without an answer" : "closed, " + expected_.complaint("any line"));
  }

 private:
  Action take(std::string_view bytes) {
    total_ += bytes.size();
    rest_.append(bytes);
    std::size_t at = 0;
    for (auto end = rest_.find('\n'); end != rest_.npos; end = rest_.find('\n', at)) {
      const auto line =
          std::string_view(rest_).substr(at, end + 1 - at);  // with its end, as the original sees it
      if (expected_.met_by(line)) return matched(line);
      at = end + 1;
    }
    rest_.erase(0, at);
    if (datagrams_ && !rest_.empty()) {  // a datagram ends its last line
      if (expected_.met_by(rest_)) return matched(rest_);
      rest_.clear();
    }
    if (rest_.size() > kMaxLine) return fail("a line of the answer is too long");
    if (total_ > kMaxAnswer) return fail(expected_.complaint("the first MiB of the answer"));
    return Receive{};
  }
  static Action matched(std::string_view line) { return Done{passed("answered: " + quoted(line))}; }
  static Action fail(std::string why) { return Done{failed(Layer::application, std::move(why))}; }

  const std::string request_;
  Expectation expected_;
  const bool datagrams_;
  bool closing_ = false;
  std::string rest_;
  std::size_t total_ = 0;
};

}  // namespace

std::unique_ptr<Script> make_simpletcp(const model::CheckSpec& spec) {
  return std::make_unique<SimpleTcp>(spec);
}

}  // namespace ldir::check
