// SPDX-License-Identifier: Apache-2.0
#include "resource.d/ha_log.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <utility>

namespace resource {

namespace {

std::string_view env(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string now() {
  // The default is what shell scripts without heartbeat's environment use.
  std::string format(env("HA_DATEFMT"));
  if (format.empty()) format = "%b %d %T ";
  std::time_t t = std::time(nullptr);
  std::tm local{};
  localtime_r(&t, &local);
  std::array<char, 128> out{};
  auto size = std::strftime(out.data(), out.size(), format.c_str(), &local);
  while (size > 0 && (out[size - 1] == ' ' || out[size - 1] == '\t')) --size;
  return {out.data(), size};
}

// A full disk or a file in a missing folder is no reason to fail, nor is a fifo that nobody reads one to wait.
void append(std::string_view path, const std::string& line) {
  int fd = ::open(std::string(path).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0640);
  if (fd < 0) return;
  [[maybe_unused]] auto ignored = ::write(fd, line.data(), line.size());
  ::close(fd);
}

int facility_of(std::string_view name) {
  constexpr std::pair<std::string_view, int> kNames[] = {
      {"auth", LOG_AUTH},     {"authpriv", LOG_AUTHPRIV}, {"cron", LOG_CRON},     {"daemon", LOG_DAEMON},
      {"ftp", LOG_FTP},       {"kern", LOG_KERN},         {"lpr", LOG_LPR},       {"mail", LOG_MAIL},
      {"news", LOG_NEWS},     {"syslog", LOG_SYSLOG},     {"user", LOG_USER},     {"uucp", LOG_UUCP},
      {"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1},     {"local2", LOG_LOCAL2}, {"local3", LOG_LOCAL3},
      {"local4", LOG_LOCAL4}, {"local5", LOG_LOCAL5},     {"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7}};
  for (const auto& [known, value] : kNames)
    if (known == name) return value;
  return -1;
}

int priority_of(std::string_view text) {
  auto has = [&](std::string_view word) { return text.find(word) != std::string_view::npos; };
  return has("ERROR") ? LOG_ERR : has("WARN") ? LOG_WARNING : has("INFO") ? LOG_INFO : LOG_NOTICE;
}

}  // namespace

std::string logfile_line(std::string_view date, std::string_view tag, std::string_view text) {
  std::string out(date);
  return out.append("  ").append(tag).append(":    ").append(text).append("\n");
}

std::string debugfile_line(std::string_view date, std::string_view tag, std::string_view text) {
  std::string out(tag);
  return out.append(":\t").append(date).append(" ").append(text).append("\n");
}

void HaLog::line(std::string_view text) const {
  auto logfile = env("HA_LOGFILE");
  int facility = facility_of(env("HA_LOGFACILITY"));
  if (::isatty(STDIN_FILENO)) {
    auto shown = std::string(text) + '\n';
    [[maybe_unused]] auto ignored = ::write(STDERR_FILENO, shown.data(), shown.size());
    return;
  }
  if (by_logd(base::Level::info, text)) return;
  if (facility >= 0) {
    ::openlog(tag_.c_str(), LOG_NDELAY, facility);
    ::syslog(priority_of(text), "%.*s", static_cast<int>(text.size()), text.data());
  }
  if (!logfile.empty()) append(logfile, logfile_line(now(), tag_, text));
  if (facility < 0 && logfile.empty()) {
    auto shown = now() + ' ' + std::string(text) + '\n';
    [[maybe_unused]] auto ignored = ::write(STDERR_FILENO, shown.data(), shown.size());
  }
  debug_here(text);
}

// One frame to a daemon that may be stopped: all at once or not at all.
bool HaLog::by_logd(base::Level level, std::string_view text) const {
  sockaddr_un address{};
  if (env("HA_LOGD") != "yes" || logd_.size() >= sizeof address.sun_path) return false;
  address.sun_family = AF_UNIX;
  logd_.copy(address.sun_path, logd_.size());
  int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  auto frame = base::logd_frame({tag_, ::getpid(), level, false, std::string(text), {}});
  bool done = fd >= 0 && ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
              ::send(fd, frame.data(), frame.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(frame.size());
  if (fd >= 0) ::close(fd);
  return done;
}

void HaLog::debug(std::string_view text) const {
  if (::isatty(STDIN_FILENO) || by_logd(base::Level::debug, text)) return;
  debug_here(text);
}

void HaLog::debug_here(std::string_view text) const {
  auto debugfile = env("HA_DEBUGLOG");
  if (debugfile.empty() || debugfile == env("HA_LOGFILE")) return;
  append(debugfile, debugfile_line(now(), tag_, text));
}

}  // namespace resource
