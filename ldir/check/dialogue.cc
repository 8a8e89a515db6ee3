// SPDX-License-Identifier: Apache-2.0
#include "ldir/check/dialogue.h"

#include "base/text.h"

namespace ldir::check {

namespace {
constexpr std::size_t kMaxLine = 8 * 1024;
constexpr std::size_t kMaxAnswer = 256 * 1024;
}  // namespace

Dialogue::Dialogue(const model::CheckSpec& spec)
    : server_name_(server_name(spec.virtualhost)),
      tls_(speaks_tls(spec.service)),
      verify_(spec.ssl_verify),
      datagrams_(transport_of(spec, model::CheckType::negotiate) == Transport::udp) {}

Action Dialogue::next(const Happening& what) {
  if (std::holds_alternative<Connected>(what)) {
    rest_.clear();
    at_ = total_ = 0;
    start_over();
    return tls_ ? Action(StartTls{server_name_, verify_}) : pump(opened());
  }
  if (std::holds_alternative<TlsUp>(what)) return pump(opened());
  if (std::holds_alternative<Sent>(what)) return pump(Receive{});
  if (std::holds_alternative<Closed>(what))
    return fail(total_ == 0 ? "closed without a word" : "closed within the conversation");
  if (auto* received = std::get_if<Received>(&what)) {
    total_ += received->bytes.size();
    if (total_ > kMaxAnswer) return fail("the answer is too long");
    rest_.append(received->bytes);
    if (datagrams_ && !rest_.ends_with('\n')) rest_ += '\n';  // a datagram ends its last line
    return pump(Receive{});
  }
  return pump(other(what));
}

// Lines that have come already are taken before more is asked for.
Action Dialogue::pump(Action action) {
  while (std::holds_alternative<Receive>(action)) {
    const auto end = rest_.find('\n', at_);
    if (end == rest_.npos) {
      rest_.erase(0, at_);
      at_ = 0;
      if (rest_.size() > kMaxLine) return fail("a line of the answer is too long");
      return action;
    }
    auto text = std::string_view(rest_).substr(at_, end - at_);
    at_ = end + 1;
    if (text.size() > kMaxLine) return fail("a line of the answer is too long");
    if (text.ends_with('\r')) text.remove_suffix(1);
    action = line(text);
  }
  return action;
}

std::optional<NumberedReplies::Reply> NumberedReplies::line(std::string_view text) {
  const auto code = text.size() < 3 ? std::nullopt : base::parse_number<unsigned>(text.substr(0, 3));
  const bool numbered =
      code && *code >= 100 && *code <= 599 && (text.size() == 3 || text[3] == ' ' || text[3] == '-');
  if (open_ == 0) {
    if (!numbered) return Reply{0, quoted(text)};
    first_ = quoted(text);
    if (text.size() > 3 && text[3] == '-') {
      open_ = static_cast<int>(*code);
      return std::nullopt;
    }
  } else if (!numbered || static_cast<int>(*code) != open_ || text.substr(3, 1) == "-") {
    return std::nullopt;
  }
  open_ = 0;
  return Reply{static_cast<int>(*code), first_};
}

bool speaks_tls(model::ServiceType service) {
  using enum model::ServiceType;
  return service == https || service == imaps || service == pops || service == ldaps;
}

std::string server_name(const std::string& virtualhost) {
  if (virtualhost.empty() || virtualhost.front() == '[') return "";
  auto name = virtualhost.substr(0, virtualhost.find(':'));
  return base::IpAddress::parse(virtualhost) || base::IpAddress::parse(name) ? "" : name;
}

std::string one_line(std::string text) {
  std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  return text;
}

std::string quoted(std::string_view text) {
  return base::printable(base::trim(text), 120);
}

}  // namespace ldir::check
