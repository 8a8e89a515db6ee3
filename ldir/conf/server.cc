// SPDX-License-Identifier: Apache-2.0
#include "ldir/conf/server.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "ldir/conf/real_options.h"
#include "ldir/conf/value.h"

namespace ldir::conf {

namespace {

std::string_view run_of(std::string_view text, std::string_view letters) {
  return text.substr(0, std::min(text.find_first_not_of(letters), text.size()));
}

// A host at the start of `text`: [v6], or a name or IPv4 address up to "->", ":" or a blank. Empty: none.
std::string_view host_at(std::string_view text) {
  if (text.starts_with('[')) {
    auto close = text.find(']');
    return close == std::string_view::npos ? std::string_view{} : text.substr(0, close + 1);
  }
  auto host = run_of(text, kHost);
  return host.substr(0, std::min(text.find("->"), host.size()));
}

bool bare_v6(std::string_view text) {
  return base::IpAddress::parse(text.substr(0, text.find(' '))) &&
         std::count(text.begin(), text.end(), ':') > 1;
}

void mark_or_missing_port(const Line& line, std::string_view value, VirtualText& out, Findings& say) {
  auto digits = run_of(value, kDigits);
  auto whole = value.substr(0, std::min(value.find_first_of(base::kBlanks), value.size()));
  if (whole.size() > digits.size()) {
    say.error(
        line.number, whole,
        fmt::format("invalid address for virtual server: the port is missing, write {}:PORT (a number alone "
                    "is a firewall mark; older programs silently take this one as mark {})",
                    base::printable(base::trim(whole, ":")), digits));
    return;
  }
  auto mark = base::parse_number<std::uint32_t>(digits);
  if (!mark || *mark == 0) {
    say.error(line.number, digits,
              "invalid address for virtual server: a firewall mark is a number from 1 to 4294967295");
    return;
  }
  if (auto after = base::trim(value.substr(digits.size())); !after.empty())
    say.warning(line.number, after, "this is ignored");
  out.mark = *mark;
  out.valid = true;
}

}  // namespace

VirtualText parse_virtual(const Line& line, Findings& say) {
  VirtualText out;
  out.family = line.name == "virtual6" ? base::Family::v6 : base::Family::v4;
  auto value = base::trim(line.raw.substr(0, line.raw.find('#')));
  out.all = {line.number, value};
  if (value.empty()) {
    say.error(line.number, line.name,
              "invalid address for virtual server: expected HOST:PORT or a firewall mark");
    return out;
  }
  if (value.starts_with('[') && out.family == base::Family::v4) {
    say.error(line.number, value, "cannot specify an IPv6 address here. please use \"virtual6\" instead.");
    return out;
  }
  if (bare_v6(value)) {
    say.error(line.number, value,
              "invalid address for virtual server: write an IPv6 address in brackets, "
              "virtual6=[ADDRESS]:PORT");
    return out;
  }
  out.host = host_at(value);
  auto after = value.substr(out.host.size());
  auto port = after.starts_with(':') ? run_of(after.substr(1), kWordDash) : std::string_view{};
  if (out.host.empty() || port.empty()) {
    if (run_of(value, kDigits).empty())
      say.error(line.number, value,
                "invalid address for virtual server: expected HOST:PORT or a firewall mark");
    else
      mark_or_missing_port(line, value, out, say);
    return out;
  }
  out.port = port;
  out.valid = true;
  if (auto junk = base::trim(after.substr(1 + port.size())); !junk.empty())
    say.warning(line.number, junk, "this is ignored");
  return out;
}

std::optional<RealText> parse_real(const Line& line, Findings& say) {
  auto text = base::trim(line.value);
  RealText real;
  real.all = {line.number, text};
  auto wrong = [&](std::string_view part, std::string_view why) {
    say.error(line.number, part.empty() ? line.name : part,
              fmt::format("invalid address for real server (wrong format): {}", why));
    return std::nullopt;
  };
  constexpr std::string_view kForm = "expected HOST[:PORT] and then gate, masq or ipip";
  auto first = text.substr(0, std::min(text.find_first_of(base::kBlanks), text.size()));
  real.host = host_at(text);
  if (real.host.empty())
    return wrong(bare_v6(first) ? first : text, bare_v6(first) ? "write an IPv6 address in brackets" : kForm);
  auto after = text.substr(real.host.size());
  if (after.starts_with("->")) {
    real.last_host = host_at(after.substr(2));
    if (real.last_host.empty()) return wrong(after, "expected the last address of the range after \"->\"");
    after.remove_prefix(2 + real.last_host.size());
  }
  if (after.starts_with("::"))
    return wrong(first, bare_v6(first)
                            ? "write an IPv6 address in brackets"
                            : "one colon between host and port (older programs silently take this for "
                              "another address)");
  if (after.starts_with(':')) {
    real.port = run_of(after.substr(1), kWordDash);
    if (real.port.empty()) return wrong(after, "expected a port after the colon");
    after.remove_prefix(1 + real.port.size());
    if (bare_v6(first)) return wrong(first, "write an IPv6 address in brackets");
  }
  if (after.empty()) return wrong(text, "the forwarding method is missing: gate, masq or ipip");
  if (base::kBlanks.find(after.front()) == std::string_view::npos) return wrong(after, kForm);
  parse_real_options(base::trim(after), real, say);  // with errors in them the address is still looked at
  return real;
}

std::optional<FallbackText> parse_fallback(const Line& line, std::string_view value, base::Family family,
                                           Findings& say) {
  FallbackText out;
  out.all = {line.number, value.empty() ? line.name : value};
  auto words = base::words(value);
  if (words.empty()) {
    say.warning(line.number, line.name, "no server given: the loopback address is used");
    return out;
  }
  if (words.size() > 2) {
    say.error(line.number, words[2],
              fmt::format("invalid fallback server: {}: expected HOST[:PORT] [gate|masq|ipip]",
                          base::printable(value)));
    return std::nullopt;
  }
  auto server = words[0];
  out.host = host_at(server);
  auto after = server.substr(out.host.size());
  bool v6_without_brackets = family == base::Family::v6 && bare_v6(server);
  if (after.starts_with(':') && run_of(after.substr(1), kWordDash).size() + 1 == after.size() &&
      !v6_without_brackets)
    out.port = after.substr(1);
  else if (!after.empty() || v6_without_brackets) {
    say.error(line.number, server,
              fmt::format("invalid fallback server: {}: expected HOST[:PORT]{}", base::printable(server),
                          bare_v6(server) ? ", an IPv6 address in brackets" : ""));
    return std::nullopt;
  }
  if (words.size() == 2) {
    auto method = forward_method(words[1]);
    if (!method) {
      say.error(line.number, words[1], "forward method must be gate, masq or ipip");
      return std::nullopt;
    }
    out.forward = *method;
  }
  return out;
}

}  // namespace ldir::conf
