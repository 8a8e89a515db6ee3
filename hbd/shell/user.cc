// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/user.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

extern char** environ;

namespace hbd::shell {
namespace {

base::Result<void> make_folder(const std::string& path, unsigned mode, uid_t uid, gid_t gid) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return base::fail(fmt::format("cannot create {}: {}", path, error.message()), error.value());
  // Never through a link that somebody has put there.
  io::Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd || ::fchown(fd.get(), uid, gid) != 0 || ::fchmod(fd.get(), mode) != 0)
    return base::fail(fmt::format("cannot set up {}: {}", path, std::strerror(errno)), errno);
  return {};
}

void limit(int what, rlim_t value) {
  auto resource = static_cast<__rlimit_resource_t>(what);
  rlimit both{value, value};
  if (::setrlimit(resource, &both) == 0 || ::getrlimit(resource, &both) != 0) return;
  both.rlim_cur = std::min(value, both.rlim_max);  // in a container: as far as it goes
  ::setrlimit(resource, &both);
}

}  // namespace

void allow_cores(bool yes, const std::string& folder) {
  limit(RLIMIT_CORE, yes ? RLIM_INFINITY : 0);
  if (!folder.empty()) (void)!::chdir(folder.c_str());
}

namespace {

[[noreturn]] void become_child(const ChildLaunch& launch, char* const* argv, int report) {
  auto give_up = [report] {
    int error = errno;
    (void)!::write(report, &error, sizeof error);
    ::_exit(127);
  };
  ::setpgid(0, 0);  // a terminal's interrupt is for the parent
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd : {0, 1, 2})
    if (fd != 2 || !launch.keep_stderr) ::dup2(null, fd);
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  if (::dup2(launch.channel, kChildChannel) < 0) give_up();  // dup2 leaves it open across exec
  if (launch.channel == kChildChannel) ::fcntl(kChildChannel, F_SETFD, 0);
  limit(RLIMIT_MEMLOCK, RLIM_INFINITY);
  allow_cores(launch.coredumps, launch.folder);
  if (launch.realtime > 0) {
    sched_param parameter{};
    parameter.sched_priority = launch.realtime;
    ::sched_setscheduler(0, SCHED_RR, &parameter);
  }
  if (::geteuid() == 0 && (::setgroups(0, nullptr) != 0 || ::setgid(launch.user.gid) != 0 || ::setuid(launch.user.uid) != 0))
    give_up();
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::syscall(SYS_execveat, launch.executable, "", argv, environ, AT_EMPTY_PATH);
  give_up();
  ::_exit(127);
}

}  // namespace

base::Result<ChildUser> find_child_user() {
  const passwd* user = ::getpwnam("hacluster");
  const group* group = ::getgrnam("haclient");
  if (user && group) return ChildUser{user->pw_uid, group->gr_gid, "hacluster", false};
  user = ::getpwnam("nobody");
  if (!user) return base::fail("neither user hacluster nor user nobody exists");
  return ChildUser{user->pw_uid, user->pw_gid, "nobody", true};
}

base::Result<void> make_folders(const Paths& paths, const ChildUser& user, bool fresh) {
  auto scratch = paths.run() + "/rsctmp";
  if (fresh) {
    std::error_code ignored;
    std::filesystem::remove_all(scratch, ignored);
  }
  struct Folder {
    std::string path;
    unsigned mode;
    uid_t uid;
    gid_t gid;
  };
  for (const auto& f : {Folder{paths.run(), 0750, user.uid, user.gid}, Folder{scratch, 01755, 0, 0},
                        Folder{paths.lib(), 0755, 0, 0}, Folder{paths.all_cores(), 0755, 0, 0},
                        Folder{paths.cores(), 0700, 0, 0}, Folder{paths.cores_of(user.name), 0700, user.uid, user.gid}})
    if (auto made = make_folder(f.path, f.mode, f.uid, f.gid); !made) return made;
  return {};
}

base::Result<pid_t> launch_child(const ChildLaunch& launch) {
  char title[] = "heartbeat: cluster process", flag[] = "--child";
  char* argv[] = {title, flag, nullptr};
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) return base::fail(std::strerror(errno), errno);
  io::Fd from(report[0]), to(report[1]);
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t pid = ::fork();
  if (pid == 0) become_child(launch, argv, to.get());
  int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return base::fail(std::strerror(error), error);
  to.reset();
  // Ends at the exec, which closes the pipe, or says why there was none.
  if (::read(from.get(), &error, sizeof error) == sizeof error) return base::fail(std::strerror(error), error);
  return pid;
}

bool go_realtime(int priority) {
  sched_param parameter{};
  parameter.sched_priority = priority;
  return ::sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &parameter) == 0;
}

void leave_realtime() {
  sched_param parameter{};
  ::sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &parameter);
}

}  // namespace hbd::shell
