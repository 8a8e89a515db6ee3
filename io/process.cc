// SPDX-License-Identifier: Apache-2.0
#include "io/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "io/asio.h"
#include "io/clock.h"
#include "io/fd.h"
#include "io/timer.h"

extern char** environ;

namespace io {
namespace {

constexpr base::Duration kPollWithoutPidfd = std::chrono::milliseconds(20);

/// Everything the child needs, made before fork: between fork and exec only async-signal-safe calls are allowed.
struct Launch {
  std::vector<char*> argv, env;
  std::string path;
  std::vector<std::string> candidates;
  const char* cwd = nullptr;
  bool change_user = false;
  int death_signal = 0;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  int in = -1, out = -1, err = -1, status = -1;
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (const auto& s : strings) out.push_back(const_cast<char*>(s.c_str()));
  out.push_back(nullptr);
  return out;
}

/// The paths execve is tried with, in order: PATH is searched here, since execvp may allocate.
std::vector<std::string> candidates_for(const std::string& program) {
  if (program.find('/') != std::string::npos) return {program};
  const char* path = ::getenv("PATH");
  std::string_view rest = path ? path : "/usr/sbin:/usr/bin:/sbin:/bin";
  std::vector<std::string> out;
  while (!rest.empty()) {
    auto part = rest.substr(0, rest.find(':'));
    out.push_back(std::string(part.empty() ? "." : part) + "/" + program);
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  }
  return out;
}

[[noreturn]] void child_main(const Launch& launch) {
  auto give_up = [&launch](int error) {
    (void)!::write(launch.status, &error, sizeof error);
    ::_exit(127);
  };
  ::setpgid(0, 0);
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (::dup2(launch.in, 0) < 0 || ::dup2(launch.out, 1) < 0 || ::dup2(launch.err, 2) < 0) give_up(errno);
  // launch.status is close-on-exec; all the rest goes at exec even where its opener forgot.
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  if (launch.change_user) {
    if (::setgroups(launch.groups.size(), launch.groups.data()) != 0 || ::setgid(launch.gid) != 0 ||
        ::setuid(launch.uid) != 0)
      give_up(errno);
  }
  if (launch.death_signal) ::prctl(PR_SET_PDEATHSIG, launch.death_signal);  // a change of user clears it
  if (launch.cwd && ::chdir(launch.cwd) != 0) give_up(errno);
  int error = ENOENT;
  for (const auto& path : launch.candidates) {
    ::execve(path.c_str(), launch.argv.data(), launch.env.data());
    if (errno != ENOENT && errno != ENOTDIR) error = errno;
  }
  give_up(error);
  ::_exit(127);
}

bool look_up_user(uid_t uid, Launch& launch) {
  std::vector<char> buffer(16384);
  passwd entry{}, *found = nullptr;
  if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) != 0 || !found) return false;
  launch.change_user = true;
  launch.uid = uid;
  launch.gid = entry.pw_gid;
  int count = 64;
  launch.groups.resize(64);
  if (::getgrouplist(entry.pw_name, entry.pw_gid, launch.groups.data(), &count) < 0) count = 64;
  launch.groups.resize(static_cast<std::size_t>(count));
  return true;
}

Fd input_of(const std::string& text) {
  if (text.empty()) return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  Fd memory(::memfd_create("input", MFD_CLOEXEC));
  if (!memory) return memory;
  std::size_t done = 0;
  while (done < text.size()) {
    auto n = ::write(memory.get(), text.data() + done, text.size() - done);
    if (n <= 0) return Fd();
    done += static_cast<std::size_t>(n);
  }
  ::lseek(memory.get(), 0, SEEK_SET);
  return memory;
}

}  // namespace

std::string ProcessResult::str() const {
  if (spawn_error) return fmt::format("could not be started: {}", std::strerror(spawn_error));
  if (timed_out) return fmt::format("timed out after {} ms", base::to_ms(elapsed));
  if (signal) return fmt::format("killed by signal {}", signal);
  return fmt::format("exit code {}", exit_code);
}

struct Child {
  explicit Child(Context& context) : timer(context), poll(context), out(context), exit(context) {}
  ProcessRunner::Id id = 0;
  pid_t pid = 0;
  base::Mono started{};
  base::Duration grace{};
  std::size_t max_output = 0;
  std::function<void(std::string_view)> on_line, on_output;
  std::string partial_line;
  std::function<void(const ProcessResult&)> done;
  ProcessResult result;
  Timer timer;  // limit, then grace
  Timer poll;   // only where the kernel has no pidfd
  asio::posix::stream_descriptor out;
  asio::posix::stream_descriptor exit;
  Fd status;
};

struct ProcessRunner::Impl : std::enable_shared_from_this<ProcessRunner::Impl> {
  explicit Impl(Context& c) : context(c) {}

  void start(Id id, ProcessSpec& spec, std::function<void(const ProcessResult&)> done);
  void fail_later(std::function<void(const ProcessResult&)> done, int error);
  void wait_output(const std::shared_ptr<Child>& child);
  bool read_output(Child& child);
  void take_output(Child& child, std::string_view bytes);
  void wait_exit(const std::shared_ptr<Child>& child);
  bool reap(const std::shared_ptr<Child>& child);
  void finish(const std::shared_ptr<Child>& child, int status);
  void terminate(const std::shared_ptr<Child>& child);

  Context& context;
  std::map<Id, std::shared_ptr<Child>> children;
  Id last_id = 0;
};

void ProcessRunner::Impl::fail_later(std::function<void(const ProcessResult&)> done, int error) {
  ProcessResult result;
  result.exit_code = 127;
  result.spawn_error = error;
  asio::post(context, [self = weak_from_this(), done = std::move(done), result] {
    if (!self.expired()) done(result);
  });
}

void ProcessRunner::Impl::start(Id id, ProcessSpec& spec, std::function<void(const ProcessResult&)> done) {
  if (spec.argv.empty()) return fail_later(std::move(done), EINVAL);
  Launch launch;
  launch.argv = pointers(spec.argv);
  if (spec.env) {
    launch.env = pointers(*spec.env);
  } else {
    for (char** e = environ; *e; ++e) launch.env.push_back(*e);
    launch.env.push_back(nullptr);
  }
  launch.candidates = candidates_for(spec.argv[0]);
  launch.death_signal = spec.death_signal;
  if (!spec.cwd.empty()) launch.cwd = spec.cwd.c_str();
  if (spec.uid && *spec.uid != ::geteuid() && !look_up_user(*spec.uid, launch))
    return fail_later(std::move(done), EPERM);

  Fd in = spec.stdin_fd >= 0 ? Fd(::fcntl(spec.stdin_fd, F_DUPFD_CLOEXEC, 3)) : input_of(spec.input);
  Fd out_read, out_write, status_read, status_write;
  if (!in || !make_pipe(status_read, status_write)) return fail_later(std::move(done), errno ? errno : EMFILE);
  if (spec.capture) {
    if (!make_pipe(out_read, out_write)) return fail_later(std::move(done), errno);
  } else {
    out_write = Fd(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  }
  launch.in = in.get();
  launch.out = out_write.get();
  launch.err = spec.stderr_fd >= 0 ? spec.stderr_fd : launch.out;
  launch.status = status_write.get();

  // No signal may run our handlers in the child before it has reset them.
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t pid = ::fork();
  if (pid == 0) child_main(launch);
  int fork_error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return fail_later(std::move(done), fork_error);
  ::setpgid(pid, pid);  // whoever comes first; a stop() right now must find the group

  auto child = std::make_shared<Child>(context);
  child->id = id;
  child->pid = pid;
  child->started = now_mono();
  child->grace = spec.grace;
  child->max_output = spec.max_output;
  child->on_line = std::move(spec.on_line);
  child->on_output = std::move(spec.on_output);
  child->done = std::move(done);
  child->status = std::move(status_read);
  set_nonblocking(child->status.get());
  children[id] = child;
  if (out_read) {
    set_nonblocking(out_read.get());
    child->out.assign(out_read.release());
    wait_output(child);
  }
  // By number: the header of glibc 2.36 has no C linkage for pidfd_open.
  if (int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); pidfd >= 0) child->exit.assign(pidfd);
  wait_exit(child);
  if (spec.limit > base::Duration::zero())
    child->timer.after(spec.limit, [this, weak = std::weak_ptr(child)] {
      auto c = weak.lock();
      if (!c) return;
      c->result.timed_out = true;
      terminate(c);
    });
}

void ProcessRunner::Impl::wait_output(const std::shared_ptr<Child>& child) {
  child->out.async_wait(asio::posix::stream_descriptor::wait_read,
                        [self = shared_from_this(), child](const boost::system::error_code& error) {
                          if (error || !child->out.is_open()) return;
                          if (self->read_output(*child) && child->out.is_open()) self->wait_output(child);
                        });
}

/// False at end of file.
bool ProcessRunner::Impl::read_output(Child& child) {
  char buffer[8192];
  // Bounded, so that a program that writes for ever cannot keep the loop to itself.
  for (int round = 0; round < 16 && child.out.is_open(); ++round) {
    auto n = ::read(child.out.native_handle(), buffer, sizeof buffer);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0) return false;
    take_output(child, std::string_view(buffer, static_cast<std::size_t>(n)));
  }
  return true;
}

void ProcessRunner::Impl::take_output(Child& child, std::string_view bytes) {
  auto room = child.max_output - std::min(child.max_output, child.result.output.size());
  if (bytes.size() > room) child.result.truncated = true;
  child.result.output += bytes.substr(0, room);
  if (child.on_output) child.on_output(bytes);
  if (!child.on_line) return;
  child.partial_line += bytes;
  std::size_t begin = 0;
  for (auto end = child.partial_line.find('\n'); end != std::string::npos;
       begin = end + 1, end = child.partial_line.find('\n', begin))
    child.on_line(std::string_view(child.partial_line).substr(begin, end - begin));
  child.partial_line.erase(0, begin);
  if (child.partial_line.size() > child.max_output) {
    child.on_line(child.partial_line);
    child.partial_line.clear();
  }
}

void ProcessRunner::Impl::wait_exit(const std::shared_ptr<Child>& child) {
  if (child->exit.is_open()) {
    child->exit.async_wait(asio::posix::stream_descriptor::wait_read,
                           [self = weak_from_this(), child](const boost::system::error_code& error) {
                             auto runner = self.lock();
                             if (!runner || error) return;
                             if (!runner->reap(child)) runner->wait_exit(child);
                           });
    return;
  }
  child->poll.after(kPollWithoutPidfd, [this, weak = std::weak_ptr(child)] {
    auto c = weak.lock();
    if (c && !reap(c)) wait_exit(c);
  });
}

bool ProcessRunner::Impl::reap(const std::shared_ptr<Child>& child) {
  int status = 0;
  pid_t got = ::waitpid(child->pid, &status, WNOHANG);
  if (got == 0 || (got < 0 && errno == EINTR)) return false;
  finish(child, got < 0 ? 0x7f00 : status);  // someone else reaped it: the status is lost, not the end
  return true;
}

void ProcessRunner::Impl::finish(const std::shared_ptr<Child>& child, int status) {
  children.erase(child->id);
  child->timer.cancel();
  auto& result = child->result;
  result.elapsed = now_mono() - child->started;
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  if (int error = 0; ::read(child->status.get(), &error, sizeof error) == sizeof error) result.spawn_error = error;
  boost::system::error_code ignored;
  if (child->out.is_open()) {
    read_output(*child);
    child->out.close(ignored);
  }
  if (child->on_line && !child->partial_line.empty()) child->on_line(child->partial_line);
  child->exit.close(ignored);
  auto done = std::move(child->done);
  done(result);
}

void ProcessRunner::Impl::terminate(const std::shared_ptr<Child>& child) {
  ::kill(-child->pid, SIGTERM);
  ::kill(-child->pid, SIGCONT);  // a stopped group would not even notice
  child->timer.after(child->grace, [weak = std::weak_ptr(child)] {
    if (auto c = weak.lock()) ::kill(-c->pid, SIGKILL);
  });
}

ProcessRunner::ProcessRunner(Context& context) : impl_(std::make_shared<Impl>(context)) {}

ProcessRunner::~ProcessRunner() {
  boost::system::error_code ignored;
  for (auto& [id, child] : impl_->children) {
    child->timer.cancel();
    child->poll.cancel();
    child->out.close(ignored);
    child->exit.close(ignored);
  }
  impl_->children.clear();
}

ProcessRunner::Id ProcessRunner::start(ProcessSpec spec, std::function<void(const ProcessResult&)> done) {
  Id id = ++impl_->last_id;
  impl_->start(id, spec, std::move(done));
  return id;
}

void ProcessRunner::stop(Id id) {
  if (auto it = impl_->children.find(id); it != impl_->children.end()) impl_->terminate(it->second);
}

void ProcessRunner::signal(Id id, int number) {
  if (auto it = impl_->children.find(id); it != impl_->children.end()) ::kill(-it->second->pid, number);
}

void ProcessRunner::stop_all() {
  for (auto& [id, child] : impl_->children) impl_->terminate(child);
}

std::size_t ProcessRunner::running() const { return impl_->children.size(); }

pid_t ProcessRunner::pid(Id id) const {
  auto it = impl_->children.find(id);
  return it == impl_->children.end() ? 0 : it->second->pid;
}

}  // namespace io
