// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/confine.h"

#include <cstring>

#if WITH_SECCOMP

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>

namespace hbd::shell {
namespace {

constexpr const char* kRefused[] = {
    // Programs and processes; threads are told from processes below.
    "execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd",
    "tkill", "pidfd_send_signal", "kcmp", "rt_sigqueueinfo", "rt_tgsigqueueinfo",
    // Files: what exists is read, nothing is changed.
    "creat", "openat2", "truncate", "unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat",
    "symlink", "symlinkat", "mkdir", "mkdirat", "rmdir", "mknod", "mknodat", "chmod", "fchmod", "fchmodat",
    "chown", "fchown", "lchown", "fchownat", "utime", "utimes", "utimensat", "futimesat", "setxattr",
    "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr", "open_by_handle_at",
    "name_to_handle_at", "fanotify_init",
    // Who and where it is.
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid", "setgroups",
    "capset", "chroot", "pivot_root", "mount", "umount2", "fsopen", "fsmount", "fsconfig", "fspick",
    "move_mount", "open_tree", "mount_setattr", "unshare", "setns", "personality",
    // The machine and the kernel's dark corners.
    "reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "swapon",
    "swapoff", "sethostname", "setdomainname", "acct", "quotactl", "settimeofday", "clock_settime",
    "adjtimex", "clock_adjtime", "stime", "syslog", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup",
    "io_uring_enter", "io_uring_register", "add_key", "request_key", "keyctl", "iopl", "ioperm", "modify_ldt",
    "lookup_dcookie", "vhangup", "nfsservctl",
    // Our sockets were opened by the parent.
    "bind"};

struct Release {
  void operator()(void* filter) const { seccomp_release(filter); }
};

}  // namespace

base::Result<void> confine() {
  std::unique_ptr<void, Release> filter(seccomp_init(SCMP_ACT_ALLOW));
  if (!filter) return base::fail("no memory for the filter", ENOMEM);
  const auto refuse = SCMP_ACT_ERRNO(EPERM);
  auto add = [&](auto action, const char* name, auto... conditions) {
    int number = seccomp_syscall_resolve_name(name);
    // Unknown on this machine: then nobody can call it.
    return number < 0 ? 0
                      : seccomp_rule_add(filter.get(), action, number, sizeof...(conditions), conditions...);
  };
  int error = 0;
  auto keep = [&error](int result) { error = error != 0 ? error : result; };
  for (const auto* name : kRefused) keep(add(refuse, name));
  // Only syslog's socket is ever opened anew.
  keep(add(refuse, "socket", SCMP_A0(SCMP_CMP_NE, AF_UNIX)));
  for (auto mode : {O_WRONLY, O_RDWR}) {
    auto wanted = static_cast<scmp_datum_t>(mode);
    keep(add(refuse, "open", SCMP_A1(SCMP_CMP_MASKED_EQ, O_ACCMODE, wanted)));
    keep(add(refuse, "openat", SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE, wanted)));
  }
  keep(add(refuse, "clone", SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)));
  // Its arguments lie in memory, where no filter sees them: the C library then asks by clone.
  keep(add(SCMP_ACT_ERRNO(ENOSYS), "clone3"));
  keep(seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1));
  seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_LOG,
                   1);  // the kernel's audit log hears of it, where there is one
  if (error == 0) error = seccomp_load(filter.get());
  if (error != 0) return base::fail(std::strerror(-error), -error);
  return {};
}

}  // namespace hbd::shell

#else

namespace hbd::shell {

base::Result<void> confine() {
  return base::fail("built without libseccomp");
}

}  // namespace hbd::shell

#endif
