// SPDX-License-Identifier: Apache-2.0
// Reading whole files of bounded size, and noticing that one has changed.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace io {

/// The bytes of a regular file (or a pipe such as /dev/stdin). Errors are sentences without the path: "no such file",
/// "is a directory", "permission denied", "is larger than 1048576 bytes"; code is the errno.
base::Result<std::string> read_file(const std::string& path, std::size_t max_bytes = 1024 * 1024);

/// Replaces a file in one step (temporary file, rename), so that a reader never sees half of it.
base::Result<void> write_file(const std::string& path, const std::string& text, unsigned mode = 0644);

/// Cheap evidence of change; equal stamps mean "look no further". A file that is not there has the default stamp.
struct FileStamp {
  std::int64_t mtime_ns = 0, ctime_ns = 0;
  std::uint64_t size = 0, inode = 0, device = 0;
  bool exists = false;
  bool operator==(const FileStamp&) const = default;
};
FileStamp stamp_file(const std::string& path);

/// Tells once per change: first by stamp, then by digest, so that a mere touch is no change.
class FileWatch {
 public:
  explicit FileWatch(std::string path);
  enum class Seen { same, changed, vanished };
  Seen look();    ///< `vanished` only at the first look that misses it
  void refresh(); ///< what is there now counts as known
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  FileStamp stamp_;
  std::string digest_;
};

}  // namespace io
