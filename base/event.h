// SPDX-License-Identifier: Apache-2.0
// What happened, as a value: an identity, a severity and named fields. Pure rooms return events as effects;
// only io/log_sink writes them. Each daemon keeps one table of EventKinds: a row holds the historic text with
// {field} places, so that monitoring scripts find the words they have matched for years.
// Tests assert identities; one test per row asserts the text.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace base {

/// In the order of gravity; the words in the log are debug info notice WARN ERROR CRIT.
enum class Level { debug, info, notice, warn, error, crit };

struct EventKind {
  std::string_view id;    ///< snake_case, unique in its daemon, stable: the journal's field UPBEAT_EVENT
  Level level;
  std::string_view text;  ///< historic text; "{name}" is replaced by the field of that name
};

struct Event {
  const EventKind* kind = nullptr;  ///< never null; points at a row of a constexpr table
  std::vector<std::pair<std::string_view, std::string>> fields;  ///< names are literals
  Event(const EventKind& k, std::initializer_list<std::pair<std::string_view, std::string>> f = {})
      : kind(&k), fields(f) {}
  std::string_view field(std::string_view name) const;  ///< empty when absent
  /// The historic text with its fields filled in; control characters in field values are escaped.
  std::string text() const;
};

}  // namespace base
