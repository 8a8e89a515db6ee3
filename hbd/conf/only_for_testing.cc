// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "base/text.h"
#include "hbd/conf/files.h"
#include "hbd/conf/lines.h"

namespace hbd::conf {

namespace {
constexpr std::string_view kSeparators = "; \t,";

std::optional<double> probability(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0 && value <= 1)) return std::nullopt;
  return value;
}
}  // namespace

void read_only_for_testing(const base::Source& source, model::Cluster& cluster, base::Diagnostics& diagnostics) {
  auto& loss = cluster.loss;
  const auto warn = [&](base::Location at, std::string message) { diagnostics.warning(source, at, std::move(message)); };
  base::Diagnostics of_lines;  // what is an error elsewhere is not enough here to keep a director from starting
  const auto all = lines(source, true, of_lines);
  for (const auto& finding : of_lines.all()) warn(finding.at, finding.message);
  for (const auto& line : all) {
    const auto equals = line.text.find('=');
    const auto name = base::trim(line.text.substr(0, equals));
    const auto value = equals == std::string_view::npos ? std::string_view() : base::trim(line.text.substr(equals + 1));
    if (name == "allownodes") {
      for (const auto& word : line.words(value, kSeparators)) loss.spared.push_back(base::to_lower(word.text));
      continue;
    }
    auto* field = name == "rcvloss" ? &loss.receive : name == "xmitloss" ? &loss.send : nullptr;
    if (field == nullptr) {
      warn(line.locate(name), fmt::format("Cannot recognize test param [{}]: rcvloss, xmitloss or allownodes", name));
      continue;
    }
    if (const auto lost = probability(value))
      *field = *lost;
    else
      warn(line.locate(line.text), fmt::format("{} is a probability from 0 to 1, not \"{}\"", name, base::printable(value, 40)));
  }
  if (!loss.none())
    warn({}, fmt::format("this node loses packets on purpose: {:g} of those that it receives{}, {:g} of those that it sends; remove "
                         "{} when the test is over",
                         loss.receive, loss.spared.empty() ? "" : fmt::format(" from others than {}", fmt::join(loss.spared, ", ")),
                         loss.spared.empty() ? loss.send : 0.0, source.name()));
}

}  // namespace hbd::conf
