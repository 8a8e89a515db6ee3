// SPDX-License-Identifier: Apache-2.0
// Log lines of a resource script, where and as the ha_log of shell scripts writes them: HA_LOGFILE, HA_DEBUGLOG,
// HA_LOGFACILITY, standard error if there is none of these. A log that cannot be written is no reason to fail.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

namespace resource {

class HaLog {
 public:
  /// `tag`: "IPaddr(IPaddr_10.0.0.1)[4711]"
  explicit HaLog(std::string tag) : tag_(std::move(tag)) {}
  void line(std::string_view text) const;   ///< "INFO: ..." "ERROR: ..."
  void debug(std::string_view text) const;  ///< into HA_DEBUGLOG only

 private:
  std::string tag_;
};

/// "2018/12/25_16:02:38  IPaddr(IPaddr_10.0.0.1)[1]:    INFO: text\n"
std::string logfile_line(std::string_view date, std::string_view tag, std::string_view text);
/// "IPaddr(IPaddr_10.0.0.1)[1]:\t2018/12/25_16:02:38 INFO: text\n"
std::string debugfile_line(std::string_view date, std::string_view tag, std::string_view text);

}  // namespace resource
