// SPDX-License-Identifier: Apache-2.0
// Where events become lines. publish() never waits: a thread of its own writes, a bounded queue drops what does not
// fit, and the number of lost lines is said once there is room again. A full disk, a FIFO without a reader, a stopped
// syslog or ha_logd, or a hanging file system cost lines, never time.
// The process calls start() after its last fork; until then lines are written on the spot.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/event.h"
#include "base/instant.h"
#include "base/logd.h"

namespace io {

/// One line to be, before it has a shape.
struct LogRecord {
  base::Wall when{};
  base::Level level = base::Level::info;
  pid_t pid = 0;             ///< whose words these are
  std::string_view id;       ///< the event's identity; points into a constexpr table, or a literal
  std::string text;
  std::string file{};        ///< for LogTarget::files: which one
};

/// The line without its newline (io/log_format.h has the historic ones).
using LogFormat = std::function<std::string(const LogRecord&)>;

/// What ha_logd is told of it; nothing: this record is not for ha_logd, it goes where lines go without one.
using LogdShape = std::function<std::optional<base::LogdLine>(const LogRecord&)>;

struct LogTarget {
  enum class Kind { file, files, syslog, logd, stderr_stream, stdout_stream };
  Kind kind = Kind::stderr_stream;
  std::string name;      ///< file: path; syslog: facility name; logd: its socket
  std::string ident;     ///< syslog: the tag before [PID]; empty: `format` begins with one
  base::Level least = base::Level::info;  ///< anything below is not for this target
  LogFormat format;      ///< syslog adds priority, time and tag itself; give the message only
  mode_t mode = 0600;    ///< file: of one that is created
  LogdShape shape{};                    ///< logd
  base::Duration retry{};               ///< logd: between two attempts to reach it
  std::vector<LogTarget> otherwise{};   ///< logd: where lines go while it is not there

  static LogTarget file(std::string path, base::Level least, LogFormat format, mode_t mode = 0600);
  /// Whichever file the record names: many files, one thread. They stay open until the next retarget().
  static LogTarget files(base::Level least, LogFormat format, mode_t mode = 0600);
  static LogTarget syslog(std::string facility, std::string ident, base::Level least, LogFormat format);
  /// cluster-glue's ha_logd. One that does not read costs lines, which are counted; while it is not there, `otherwise` gets them.
  static LogTarget logd(std::string socket, base::Duration retry, LogdShape shape, std::vector<LogTarget> otherwise);
  static LogTarget standard_error(base::Level least, LogFormat format);
  static LogTarget standard_output(base::Level least, LogFormat format);
};

class LogSink {
 public:
  explicit LogSink(std::vector<LogTarget> targets, std::size_t capacity = 4096);
  ~LogSink();  ///< flushes for at most a second
  LogSink(const LogSink&) = delete;

  void start();  ///< starts the writing thread; once, after the last fork
  void publish(const base::Event& event);
  void publish(LogRecord record);
  /// A line without an event row, for relayed output of programs.
  void say(base::Level level, std::string text);
  /// New targets from the next line on (a reload); the old ones are written out first.
  void retarget(std::vector<LogTarget> targets);
  /// Waits until everything published so far is written, at most this long.
  bool flush(base::Duration limit);
  std::size_t dropped() const;  ///< lines lost so far because the queue was full

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

/// LOG_DAEMON and friends by name ("local0", "daemon"); -1 when unknown.
int syslog_facility(std::string_view name);

}  // namespace io
