// SPDX-License-Identifier: Apache-2.0
// The parent's voice: events of both processes into the log targets of ha.cf, in the shapes that log readers know
// (reference, section 7.1). Daemon lines and script lines differ; which is which follows from the event's identity.
// Never waits (io/log_sink.h).
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/event.h"
#include "hbd/model/cluster.h"
#include "io/log_sink.h"

namespace hbd::shell {

class Report {
 public:
  /// `also_stderr`: until the daemon has gone to the background, and for good under -f.
  /// `logd`: the socket of ha_logd.
  Report(const model::LogTargets& targets, std::string host, bool also_stderr, std::string logd = std::string(base::kLogdSocket));
  void start() { sink_.start(); }  ///< after the last fork
  void retarget(const model::LogTargets& targets, bool also_stderr);
  void say(const base::Event& event);
  /// An event of the child, rendered there.
  void relay(base::Level level, std::string_view id, std::string text);
  void flush(base::Duration limit) { sink_.flush(limit); }

 private:
  std::vector<io::LogTarget> make(const model::LogTargets& targets, bool also_stderr) const;
  std::string host_, logd_;
  std::set<std::string, std::less<>> ids_;  // keeps the child's identities alive for the sink; bounded
  io::LogSink sink_;
};

/// Lines as scripts write them: `2026/11/20_08:43:55  ResourceManager(default)[39]:    info: TEXT` into logfile,
/// `ResourceManager(default)[39]:<TAB>2026/11/20_08:43:55 info: TEXT` into debugfile.
std::string script_line(const io::LogRecord& record, bool debugfile);
/// What syslog gets after its time: `heartbeat: [31]: info: TEXT`, `ResourceManager(default)[39]: info: TEXT`.
std::string syslog_text(const io::LogRecord& record);
/// What ha_logd is told: the daemon's lines by their weight, those of scripts as their ha_log had ha_logger say them.
base::LogdLine logd_line(const io::LogRecord& record);
bool is_script_event(std::string_view id);

}  // namespace hbd::shell
