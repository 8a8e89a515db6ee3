// SPDX-License-Identifier: Apache-2.0
// The table of ha.cf: one row per directive with its shape, setter, default and sentence. The parser, the manual
// page, the sample file, did-you-mean and the fuzz inputs all come from these rows; add a directive by adding one.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "hbd/conf/lines.h"
#include "hbd/conf/load.h"

namespace hbd::conf {

/// What one reading of ha.cf has gathered so far, and what a setter may ask and say.
struct Reading {
  const base::Source& source;
  const MachineView& machine;
  std::string_view node_name;  ///< `uname -n`
  model::Cluster& cluster;
  base::Diagnostics& diagnostics;

  std::uint16_t udpport = model::kDefaultPort;  ///< in force for media that follow
  int baud = 19200;
  base::Location udpport_at{}, baud_at{};       ///< line 0 = not set
  base::Location keepalive_at{}, deadtime_at{}, warntime_at{}, initdead_at{}, deadping_at{}, failback_at{}, use_logd_at{};
  bool failback_legacy_said = false;
  std::set<std::string_view> wrong{};  ///< names of directives with an error of their own: what follows from them is not said
  bool node_seen = false;  ///< a node line, good or bad
  std::vector<Word> stonith_from{};  ///< nodes that stonith_host lines name

  void error(base::Location at, std::string message) { diagnostics.error(source, at, std::move(message)); }
  void warning(base::Location at, std::string message) { diagnostics.warning(source, at, std::move(message)); }
  void note(base::Location at, std::string message) { diagnostics.note(source, at, std::move(message)); }
};

/// How the rest of a line reaches the setter.
enum class Shape {
  value,  ///< one value; called once per value if there are more, the last counts (historic)
  list,   ///< values separated by blanks or commas, called once for each
  line,   ///< everything after the directive, as one word
};

struct Directive {
  std::string_view name;
  Shape shape = Shape::value;
  std::string_view arguments;  ///< for usage messages and the manual page: "device peer"
  void (*set)(Reading&, const Line&, const Word&) = nullptr;
  std::string_view fallback;   ///< what is recorded when the file does not say; empty = nothing
  bool recorded = true;        ///< appears in Cluster::parameters under its name
  std::string_view doc;        ///< one sentence
};

/// Every directive, in the order of the manual page.
std::span<const Directive> directives();
const Directive* find_directive(std::string_view name);
/// The row whose name is nearest to a misspelt one; empty when none is near.
std::string_view nearest_directive(std::string_view name);

}  // namespace hbd::conf
