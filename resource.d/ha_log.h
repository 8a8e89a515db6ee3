// SPDX-License-Identifier: Apache-2.0
// Log lines of a resource script, where and as the ha_log of shell scripts writes them: HA_LOGFILE, HA_DEBUGLOG,
// HA_LOGFACILITY, standard error if there is none of these; with HA_LOGD=yes to ha_logd, while it is there, and to none of
// them. A log that cannot be written is no reason to fail, nor to wait.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "base/logd.h"

namespace resource {

class HaLog {
 public:
  /// `tag`: "IPaddr(IPaddr_10.0.0.1)[4711]"
  /// `logd`: the socket of ha_logd.
  explicit HaLog(std::string tag, std::string logd = std::string(base::kLogdSocket))
      : tag_(std::move(tag)), logd_(std::move(logd)) {}
  void line(std::string_view text) const;   ///< "INFO: ..." "ERROR: ..."
  void debug(std::string_view text) const;  ///< into HA_DEBUGLOG only

 private:
  void debug_here(std::string_view text) const;
  bool by_logd(base::Level level, std::string_view text) const;
  std::string tag_, logd_;
};

/// "2018/12/25_16:02:38  IPaddr(IPaddr_10.0.0.1)[1]:    INFO: text\n"
std::string logfile_line(std::string_view date, std::string_view tag, std::string_view text);
/// "IPaddr(IPaddr_10.0.0.1)[1]:\t2018/12/25_16:02:38 INFO: text\n"
std::string debugfile_line(std::string_view date, std::string_view tag, std::string_view text);

}  // namespace resource
