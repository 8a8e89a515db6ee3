// SPDX-License-Identifier: Apache-2.0
#include "io/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/digest.h"
#include "io/fd.h"

namespace io {
namespace {

std::string reason(int error) {
  switch (error) {
    case ENOENT: return "no such file";
    case EACCES: return "permission denied";
    case EISDIR: return "is a directory";
    default: return std::strerror(error);
  }
}

std::int64_t nanoseconds(const timespec& t) { return t.tv_sec * 1'000'000'000LL + t.tv_nsec; }

}  // namespace

base::Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  // O_NONBLOCK: a FIFO in place of a file must not hold us.
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return base::fail(reason(errno), errno);
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0) return base::fail(reason(errno), errno);
  if (S_ISDIR(st.st_mode)) return base::fail(reason(EISDIR), EISDIR);
  // Read without waiting it would look like an empty file.
  if (S_ISFIFO(st.st_mode)) return base::fail("is a FIFO, and not a file", EINVAL);
  std::string text;
  for (;;) {
    char buffer[16384];
    auto n = ::read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return base::fail(reason(errno), errno);
    if (n == 0) return text;
    text.append(buffer, static_cast<std::size_t>(n));
    if (text.size() > max_bytes) return base::fail(fmt::format("is larger than {} bytes", max_bytes), EFBIG);
  }
}

base::Result<void> write_file(const std::string& path, const std::string& text, unsigned mode) {
  auto temporary = fmt::format("{}.{}", path, ::getpid());
  ::unlink(temporary.c_str());
  Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!fd) return base::fail(reason(errno), errno);
  std::size_t done = 0;
  while (done < text.size()) {
    auto n = ::write(fd.get(), text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      int error = errno;
      ::unlink(temporary.c_str());
      return base::fail(reason(error), error);
    }
    done += static_cast<std::size_t>(n);
  }
  fd.reset();
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    int error = errno;
    ::unlink(temporary.c_str());
    return base::fail(reason(error), error);
  }
  return {};
}

FileStamp stamp_file(const std::string& path) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0) return {};
  return {nanoseconds(st.st_mtim), nanoseconds(st.st_ctim), static_cast<std::uint64_t>(st.st_size), st.st_ino,
          st.st_dev, true};
}

FileWatch::FileWatch(std::string path) : path_(std::move(path)) { refresh(); }

void FileWatch::refresh() {
  stamp_ = stamp_file(path_);
  auto text = read_file(path_);
  digest_ = text ? base::sha256_hex(*text) : "";
}

FileWatch::Seen FileWatch::look() {
  auto now = stamp_file(path_);
  if (now == stamp_) return Seen::same;
  bool was_there = stamp_.exists;
  stamp_ = now;
  if (!now.exists) return was_there ? Seen::vanished : Seen::same;
  auto text = read_file(path_);
  auto digest = text ? base::sha256_hex(*text) : "";
  if (digest == digest_) return Seen::same;
  digest_ = digest;
  return Seen::changed;
}

}  // namespace io
