// SPDX-License-Identifier: Apache-2.0
#include "ldir/conf/real_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "ldir/conf/value.h"

namespace ldir::conf {

namespace {

constexpr std::uint32_t kMostWeight = 65535;  // as ipvsadm
constexpr std::uint32_t kMostConnections = 2147483647;

class Options {
 public:
  Options(std::string_view text, RealText& real, Findings& say) : left_(text), real_(real), say_(say) {}

  void parse() {
    forwarding();
    while (!stopped_ && next()) option();
  }

 private:
  void forwarding() {
    auto method = left_.substr(0, std::min(left_.find_first_not_of(kWord), left_.size()));
    if (method == "gue" || method == "gre") return tunnel(method);
    auto forward = forward_method(method);
    if (!forward) {
      wrong(first_word(), "forward method must be gate, masq or ipip");
      real_.dest.forward = ipvs::Forward::masq;  // fits every port: no finding follows from it
      left_.remove_prefix(first_word().size());
      guessing_ = true;
      return;
    }
    real_.dest.forward = *forward;
    left_.remove_prefix(method.size());
    if (!left_.empty() && base::kBlanks.find(left_.front()) == std::string_view::npos) {
      auto junk = first_word();  // "gate, 3": skipped where something follows, as the original does
      if (base::trim(left_.substr(junk.size())).empty()) return leftover();
      say_.warning(real_.all.line, junk, "this is ignored");
      left_.remove_prefix(junk.size());
    }
  }

  bool next() {
    left_ = base::trim(left_);
    return !left_.empty();
  }
  std::string_view first_word() const {
    return left_.substr(0, std::min(left_.find_first_of(base::kBlanks), left_.size()));
  }
  /// A value that is wrong: the rest of the line is read on, so that all its mistakes are told at once.
  void wrong(std::string_view at, std::string message) { say_.error(real_.all.line, at, std::move(message)); }
  // gue:PORT[:csum|:remcsum] and gre[:csum]: tunnels that the original does not know.
  void tunnel(std::string_view method) {
    auto word = first_word();
    left_.remove_prefix(word.size());
    auto parts = base::split(word, ':');
    auto& d = real_.dest;
    d.forward = ipvs::Forward::tunnel;
    d.tunnel = method == "gue" ? ipvs::Tunnel::gue : ipvs::Tunnel::gre;
    const bool gue = d.tunnel == ipvs::Tunnel::gue;
    std::size_t at = 1;
    if (gue) {
      auto port = parts.size() > 1 ? base::parse_number<std::uint16_t>(parts[1]) : std::nullopt;
      if (!port || *port == 0) return wrong(word, "gue needs the port that it listens on: gue:PORT[:csum|:remcsum]");
      d.tunnel_port = *port;
      at = 2;
    }
    if (parts.size() > at + 1 || (parts.size() > at && parts[at] != "csum" && !(gue && parts[at] == "remcsum")))
      return wrong(word, gue ? "expected gue:PORT[:csum|:remcsum]" : "expected gre[:csum]");
    if (parts.size() > at) d.tunnel_flags = parts[at] == "csum" ? 1 : 2;
  }
  /// What cannot be told apart any more: nothing after it has a meaning.
  void leftover() {
    stopped_ = true;
    if (guessing_) return;  // the words may stand in another order altogether: one error says enough
    const bool open = std::count(left_.begin(), left_.end(), '"') % 2 == 1;
    const auto line = say_.source().line(real_.all.line);
    const auto after = base::trim(line.substr(static_cast<std::size_t>(left_.data() + left_.size() - line.data())));
    wrong(left_, fmt::format("Invalid real server line, around \"{}\": expected [WEIGHT] [\"REQUEST\", "
                                   "\"RECEIVE\"] [l:LOW] [u:UP]{}",
                                   base::printable(left_),
                                   !open                   ? ""
                                   : after.starts_with('#') ? " (a \"#\" begins a comment even inside quotation marks)"
                                                            : " (the closing quotation mark is missing)"));
  }

  void option() {
    auto word = first_word();
    if (left_.front() == '"') return threshold(base::trim(word, "\",")) ? quoted_threshold(word) : pair();
    if (kDigits.find(word.front()) != std::string_view::npos && !weighted_ && !paired_) return weight(word);
    if (threshold(word)) return set_threshold(word, word);
    return ipvsadm_weight(word);
  }

  void weight(std::string_view word) {
    auto n = base::parse_number<std::uint32_t>(word);
    if (word.find_first_not_of(kDigits) != std::string_view::npos) return leftover();
    if (!n || *n > kMostWeight) wrong(word, fmt::format("invalid weight: must be between 0 and {}", kMostWeight));
    else real_.dest.weight = *n;
    weighted_ = true;
    left_.remove_prefix(word.size());
  }

  // "gate -w 1": the original skips any word before the weight.
  void ipvsadm_weight(std::string_view word) {
    auto after = base::trim(left_.substr(word.size()));
    if (weighted_ || paired_ || after.empty() || kDigits.find(after.front()) == std::string_view::npos)
      return leftover();
    say_.warning(real_.all.line, word, "this is ignored");
    left_ = after;
  }

  static bool threshold(std::string_view word) {
    return word.size() > 2 && (word.starts_with("l:") || word.starts_with("u:")) &&
           word.find_first_not_of(kDigits, 2) == std::string_view::npos;
  }
  void set_threshold(std::string_view word, std::string_view bare) {
    auto n = base::parse_number<std::uint32_t>(bare.substr(2));
    if (!n || *n > kMostConnections)
      wrong(word, fmt::format("invalid threshold: must be between 0 and {}", kMostConnections));
    (bare.front() == 'l' ? real_.dest.lower : real_.dest.upper) = n ? std::min(*n, kMostConnections) : 0;
    left_.remove_prefix(word.size());
  }
  void quoted_threshold(std::string_view word) {
    say_.warning(real_.all.line, word,
                 "a threshold in quotation marks; older programs take this for a request");
    set_threshold(word, base::trim(word, "\","));
    if (left_.starts_with(',')) left_.remove_prefix(1);
  }

  // Both strings are greedy, as the original's pattern is: "a "b" c", "d" has the request `a "b" c`.
  void pair() {
    if (paired_) return leftover();
    auto text = left_;
    auto last = text.rfind('"');
    for (std::size_t end = last; end-- > 1;) {
      if (text[end] != '"' || (text[end + 1] != ',' && text[end + 1] != ' ' && text[end + 1] != '\t'))
        continue;
      auto open = text.find_first_not_of(base::kBlanks, end + 2);
      if (open == std::string_view::npos || text[open] != '"' || open >= last) continue;
      real_.request = Place{real_.all.line, text.substr(1, end - 1)};
      real_.receive = Place{real_.all.line, text.substr(open + 1, last - open - 1)};
      left_.remove_prefix(last + 1);
      paired_ = true;
      return;
    }
    leftover();
  }

  std::string_view left_;
  RealText& real_;
  Findings& say_;
  bool weighted_ = false, paired_ = false, stopped_ = false, guessing_ = false;
};

}  // namespace

std::optional<ipvs::Forward> forward_method(std::string_view word) {
  if (word == "gate") return ipvs::Forward::route;
  if (word == "masq") return ipvs::Forward::masq;
  if (word == "ipip") return ipvs::Forward::tunnel;
  return std::nullopt;
}

void parse_real_options(std::string_view text, RealText& real, Findings& say) {
  Options(text, real, say).parse();
}

}  // namespace ldir::conf
