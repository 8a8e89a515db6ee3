// SPDX-License-Identifier: Apache-2.0
#include "base/logd.h"

#include <cstdint>
#include <cstring>

namespace base {
namespace {

constexpr std::uint32_t kMagic = 0xabcd;      // as before each message of the client API
constexpr std::int32_t kLogIt = 2;            // the only kind of message
constexpr std::int32_t kDaemonFacility = 24;  // syslog.h LOG_DAEMON; ha_logd uses the one of its own file
constexpr std::size_t kTag = 64, kMaxText = 64 * 1024;

std::int32_t priority(Level level) {  // of syslog.h
  switch (level) {
    case Level::debug: return 7;
    case Level::info: return 6;
    case Level::notice: return 5;
    case Level::warn: return 4;
    case Level::error: return 3;
    case Level::crit: return 2;
  }
  return 6;
}

template <class T>
void put(std::string& out, T value) {
  char raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  out.append(raw, sizeof value);
}

}  // namespace

std::string logd_frame(const LogdLine& line) {
  auto text = std::string_view(line.text).substr(0, kMaxText);
  std::string body;
  put(body, kLogIt);
  put(body, kDaemonFacility);
  put(body, priority(line.level));
  put(body, static_cast<std::int32_t>(text.size() + 1));
  put(body, static_cast<std::int32_t>(line.weighed));
  put(body, static_cast<std::int32_t>(line.pid));
  auto tag = line.tag.substr(0, kTag - 1);
  tag.resize(kTag, '\0');
  body += tag;
  put(body, static_cast<unsigned long>(to_unix(line.when)));
  body.append(text).push_back('\0');
  std::string out;
  put(out, static_cast<std::uint32_t>(body.size()));
  put(out, kMagic);
  return out + body;
}

}  // namespace base
