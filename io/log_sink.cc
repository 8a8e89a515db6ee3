// SPDX-License-Identifier: Apache-2.0
#include "io/log_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <ctime>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "io/clock.h"
#include "io/fd.h"
#include "io/log_format.h"
#include "io/logd.h"

namespace io {
namespace {

constexpr base::Duration kFlushAtExit = std::chrono::seconds(1);
constexpr base::Duration kPump = std::chrono::milliseconds(100);  // while ha_logd has not read all

/// One target with what is open for it. Lives on the writing thread.
class Writer {
 public:
  explicit Writer(LogTarget target) : target_(std::move(target)) {
    if (target_.kind != LogTarget::Kind::logd) return;
    logd_ = std::make_unique<LogdChannel>(target_.name, target_.retry);
    for (auto& other : target_.otherwise) otherwise_.emplace_back(std::move(other));
  }

  void write(const LogRecord& record) {
    if (record.level < target_.least) return;
    if (target_.kind == LogTarget::Kind::files) return write_into(record);
    if (target_.kind == LogTarget::Kind::logd) return write_to_logd(record);
    if (!put(record)) {
      ++lost_;
      return;
    }
    if (lost_ == 0) return;
    if (put(lost_note(record.when))) lost_ = 0;
  }

  /// Before a batch: has somebody moved the file away?
  void check_rotation() {
    ++batch_;  // of many files those that are written to are looked at then
    for (auto& other : otherwise_) other.check_rotation();
    if (target_.kind != LogTarget::Kind::file || !fd_) return;
    struct stat named {}, open {};
    if (::stat(target_.name.c_str(), &named) != 0 || ::fstat(fd_.get(), &open) != 0 ||
        named.st_ino != open.st_ino || named.st_dev != open.st_dev)
      fd_.reset();
  }

  /// Has ha_logd not read all yet?
  bool unsent() const { return logd_ && logd_->unsent(); }
  void pump() {
    if (!logd_) return;
    logd_->pump();
    if (!logd_->connected()) hand_over();
  }
  /// The end: what ha_logd has not taken by now goes where it would have gone without.
  void close() {
    if (!logd_) return;
    logd_->pump();
    was_there_ = false;
    hand_over();
  }

 private:
  void elsewhere(const LogRecord& record) {
    for (auto& other : otherwise_) other.write(record);
  }
  static LogRecord note(base::Wall when, std::string_view id, std::string text) {
    return {when, base::Level::warn, ::getpid(), id, std::move(text)};
  }
  LogRecord lost_note(base::Wall when) const {
    return note(when, "log_lines_lost", fmt::format("{} log lines could not be written and are lost", lost_));
  }
  /// ha_logd is not there, or no longer.
  void hand_over() {
    if (std::exchange(was_there_, false))
      elsewhere(note(now_wall(), "logd_gone", "ha_logd is gone: until it is back, log lines are written here"));
    for (const auto& record : logd_->give_back()) elsewhere(record);
    if (lost_ > 0) elsewhere(lost_note(now_wall()));
    lost_ = 0;
  }
  LogdChannel::Answer offer(const LogRecord& record, const base::LogdLine& line) {
    auto answer = logd_->offer(record, base::logd_frame(line));
    if (answer == LogdChannel::Answer::away)
      hand_over();
    else
      was_there_ = true;
    return answer;
  }
  void write_to_logd(const LogRecord& record) {
    auto line = target_.shape(record);
    if (!line) return elsewhere(record);
    if (lost_ > 0) {
      // Not a lost line and a word about it in turn: half of the room must be free again.
      logd_->pump();
      if (logd_->connected() && !logd_->roomy()) {
        ++lost_;
        return;
      }
      auto lost = lost_note(record.when);
      auto words = target_.shape(lost);
      if (words && offer(lost, *words) == LogdChannel::Answer::taken) lost_ = 0;
    }
    auto answer = offer(record, *line);
    if (answer == LogdChannel::Answer::full) ++lost_;
    if (answer == LogdChannel::Answer::away) elsewhere(record);
  }

  void write_into(const LogRecord& record) {
    if (record.file.empty()) return;
    auto& file = files_[record.file];
    if (!file) file = std::make_unique<Writer>(LogTarget::file(record.file, target_.least, target_.format, target_.mode));
    if (std::exchange(file->batch_, batch_) != batch_) {
      file->check_rotation();
      file->batch_ = batch_;
    }
    file->write(record);
  }

  bool put(const LogRecord& record) {
    switch (target_.kind) {
      case LogTarget::Kind::file: return put_file(target_.format(record) + "\n");
      case LogTarget::Kind::files:
      case LogTarget::Kind::logd: break;
      case LogTarget::Kind::syslog: return put_syslog(record);
      case LogTarget::Kind::stderr_stream: return put_stream(2, target_.format(record) + "\n");
      case LogTarget::Kind::stdout_stream: return put_stream(1, target_.format(record) + "\n");
    }
    return false;
  }

  static bool put_stream(int fd, const std::string& line) {
    return ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  }

  bool put_file(const std::string& line) {
    // O_NONBLOCK is for FIFOs: without a reader open fails with ENXIO instead of waiting for one.
    if (!fd_)
      fd_.reset(::open(target_.name.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                       target_.mode));
    if (!fd_) return false;
    auto written = ::write(fd_.get(), line.data(), line.size());
    if (written == static_cast<ssize_t>(line.size())) return true;
    if (written < 0 && errno == EPIPE) fd_.reset();
    return false;
  }

  bool put_syslog(const LogRecord& record) {
    // Not syslog(3): it waits when the daemon on the other end has stopped reading.
    int facility = syslog_facility(target_.name);
    auto line = syslog_line(record, facility < 0 ? LOG_DAEMON : facility, target_.ident, target_.format(record));
    for (int attempt = 0; attempt < 2; ++attempt) {
      if (!fd_ && !connect_syslog()) return false;
      if (::send(fd_.get(), line.data(), line.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return true;
      if (errno == EAGAIN) return false;
      fd_.reset();  // syslogd was restarted: once more on a new socket
    }
    return false;
  }

  bool connect_syslog() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string_view path = "/dev/log";
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    fd_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (fd_ && ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return true;
    fd_.reset();
    return false;
  }

  LogTarget target_;
  Fd fd_;
  std::size_t lost_ = 0, batch_ = 0;
  std::map<std::string, std::unique_ptr<Writer>> files_;
  std::unique_ptr<LogdChannel> logd_;
  bool was_there_ = false;
  std::vector<Writer> otherwise_;
};

std::vector<Writer> writers_for(std::vector<LogTarget> targets) {
  std::vector<Writer> out;
  for (auto& target : targets) out.emplace_back(std::move(target));
  return out;
}

}  // namespace

LogTarget LogTarget::file(std::string path, base::Level least, LogFormat format, mode_t mode) {
  return {Kind::file, std::move(path), {}, least, std::move(format), mode};
}
LogTarget LogTarget::files(base::Level least, LogFormat format, mode_t mode) {
  return {Kind::files, {}, {}, least, std::move(format), mode};
}
LogTarget LogTarget::syslog(std::string facility, std::string ident, base::Level least, LogFormat format) {
  return {Kind::syslog, std::move(facility), std::move(ident), least, std::move(format), {}};
}
LogTarget LogTarget::logd(std::string socket, base::Duration retry, LogdShape shape, std::vector<LogTarget> otherwise) {
  return {Kind::logd,  std::move(socket), {},    base::Level::debug,  {}, {},
          std::move(shape), retry, std::move(otherwise)};
}
LogTarget LogTarget::standard_error(base::Level least, LogFormat format) {
  return {Kind::stderr_stream, {}, {}, least, std::move(format), {}};
}
LogTarget LogTarget::standard_output(base::Level least, LogFormat format) {
  return {Kind::stdout_stream, {}, {}, least, std::move(format), {}};
}

/// Outlives the sink when the thread hangs in a dead file system: then the thread is left behind with it.
struct LogSink::Shared {
  std::mutex mutex;
  std::condition_variable work, idle;
  std::deque<LogRecord> queue;
  std::vector<LogTarget> next_targets;
  bool retarget = false, running = false, stopping = false, busy = false;
  std::size_t capacity = 0, dropped = 0, unreported = 0;
  std::vector<Writer> writers;  // the thread's own while it runs

  void write(const LogRecord& record) {
    for (auto& writer : writers) writer.write(record);
  }

  void run() {
    std::unique_lock lock(mutex);
    for (;;) {
      auto something = [this] { return !queue.empty() || retarget || stopping; };
      if (std::any_of(writers.begin(), writers.end(), [](const Writer& w) { return w.unsent(); }))
        work.wait_for(lock, kPump, something);
      else
        work.wait(lock, something);
      if (stopping && queue.empty() && !retarget) break;
      std::deque<LogRecord> batch;
      batch.swap(queue);
      auto lost = std::exchange(unreported, 0);
      bool change = std::exchange(retarget, false);
      auto targets = std::move(next_targets);
      next_targets.clear();
      busy = true;
      lock.unlock();
      for (auto& writer : writers) writer.check_rotation();
      for (const auto& record : batch) write(record);
      if (lost > 0)
        write({now_wall(), base::Level::warn, ::getpid(), "log_lines_dropped",
               fmt::format("{} log lines were dropped because they came too fast", lost)});
      for (auto& writer : writers) writer.pump();
      if (change) {
        close_writers();
        writers = writers_for(std::move(targets));
      }
      lock.lock();
      busy = false;
      if (queue.empty() && !retarget) idle.notify_all();
    }
    lock.unlock();
    close_writers();
    lock.lock();
    running = false;
    idle.notify_all();
  }
  void close_writers() {
    for (auto& writer : writers) writer.close();
  }
};

LogSink::LogSink(std::vector<LogTarget> targets, std::size_t capacity) : shared_(std::make_shared<Shared>()) {
  shared_->capacity = capacity;
  shared_->writers = writers_for(std::move(targets));
}

LogSink::~LogSink() {
  {
    std::lock_guard lock(shared_->mutex);
    if (!shared_->running) shared_->close_writers();
    shared_->stopping = true;
    shared_->work.notify_all();
  }
  std::unique_lock lock(shared_->mutex);
  shared_->idle.wait_for(lock, kFlushAtExit, [this] { return !shared_->running; });
}

void LogSink::start() {
  {
    std::lock_guard lock(shared_->mutex);
    if (shared_->running) return;
    shared_->running = true;
  }
  // Signals are for the loop's thread.
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread([shared = shared_] { shared->run(); }).detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void LogSink::publish(LogRecord record) {
  std::lock_guard lock(shared_->mutex);
  if (!shared_->running) {
    for (auto& writer : shared_->writers) writer.check_rotation();
    shared_->write(record);
    return;
  }
  if (shared_->queue.size() >= shared_->capacity) {
    ++shared_->dropped;
    ++shared_->unreported;
    return;
  }
  shared_->queue.push_back(std::move(record));
  if (shared_->queue.size() == 1) shared_->work.notify_one();
}

void LogSink::publish(const base::Event& event) {
  publish(LogRecord{now_wall(), event.kind->level, ::getpid(), event.kind->id, event.text()});
}

void LogSink::say(base::Level level, std::string text) {
  publish(LogRecord{now_wall(), level, ::getpid(), "message", std::move(text)});
}

void LogSink::retarget(std::vector<LogTarget> targets) {
  std::lock_guard lock(shared_->mutex);
  if (!shared_->running) {
    shared_->close_writers();
    shared_->writers = writers_for(std::move(targets));
    return;
  }
  shared_->next_targets = std::move(targets);
  shared_->retarget = true;
  shared_->work.notify_one();
}

bool LogSink::flush(base::Duration limit) {
  std::unique_lock lock(shared_->mutex);
  return shared_->idle.wait_for(lock, limit, [this] {
    return !shared_->running || (shared_->queue.empty() && !shared_->busy && !shared_->retarget);
  });
}

std::size_t LogSink::dropped() const {
  std::lock_guard lock(shared_->mutex);
  return shared_->dropped;
}

int syslog_facility(std::string_view name) {
  static constexpr std::pair<std::string_view, int> kNames[] = {
      {"auth", LOG_AUTH},     {"authpriv", LOG_AUTHPRIV}, {"cron", LOG_CRON},     {"daemon", LOG_DAEMON},
      {"ftp", LOG_FTP},       {"kern", LOG_KERN},         {"lpr", LOG_LPR},       {"mail", LOG_MAIL},
      {"news", LOG_NEWS},     {"security", LOG_AUTH},     {"syslog", LOG_SYSLOG}, {"user", LOG_USER},
      {"uucp", LOG_UUCP},     {"local0", LOG_LOCAL0},     {"local1", LOG_LOCAL1}, {"local2", LOG_LOCAL2},
      {"local3", LOG_LOCAL3}, {"local4", LOG_LOCAL4},     {"local5", LOG_LOCAL5}, {"local6", LOG_LOCAL6},
      {"local7", LOG_LOCAL7}};
  for (const auto& [known, value] : kNames)
    if (known == name) return value;
  return -1;
}

}  // namespace io
