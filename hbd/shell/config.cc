// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/config.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "io/files.h"

namespace hbd::shell {
namespace {

constexpr std::size_t kMaxTexts = 8 * 1024 * 1024;

FileText read_one(const std::string& path) {
  FileText out{path, {}, {}, 0};
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0) {
    out.problem = std::strerror(errno);
    return out;
  }
  out.mode = st.st_mode & 07777;
  auto text = io::read_file(path);
  if (text)
    out.text = std::move(*text);
  else
    out.problem = text.error().code ? std::strerror(text.error().code) : text.error().message;
  return out;
}

void put(std::string& out, const std::string& part) {
  auto size = static_cast<std::uint64_t>(part.size());
  out.append(reinterpret_cast<const char*>(&size), sizeof size);
  out += part;
}

bool get(std::string_view& rest, std::string& part) {
  std::uint64_t size = 0;
  if (rest.size() < sizeof size) return false;
  std::memcpy(&size, rest.data(), sizeof size);
  rest.remove_prefix(sizeof size);
  if (size > rest.size()) return false;
  part = rest.substr(0, size);
  rest.remove_prefix(size);
  return true;
}

}  // namespace

Texts read_texts(const Paths& paths) {
  Texts out{read_one(paths.ha_cf()), read_one(paths.haresources()), read_one(paths.authkeys()), {},
            read_one(paths.only_for_testing())};
  utsname name{};
  ::uname(&name);
  out.node_name = name.nodename;
  if (auto text = io::read_file(paths.nodeinfo(), 4096)) {
    auto line = base::trim(std::string_view(*text).substr(0, text->find('\n')));
    if (!line.empty()) out.node_name = line;
  }
  return out;
}

base::Result<io::Fd> to_memfd(const Texts& texts) {
  std::string bytes;
  for (const auto* file : {&texts.ha_cf, &texts.haresources, &texts.authkeys, &texts.only_for_testing}) {
    put(bytes, file->name);
    put(bytes, file->text);
    put(bytes, file->problem);
    put(bytes, std::to_string(file->mode));
  }
  put(bytes, texts.node_name);
  io::Fd fd(::memfd_create("hbd-config", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd || ::write(fd.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
      ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
    return base::fail(std::strerror(errno), errno);
  return fd;
}

std::optional<Texts> from_memfd(int fd) {
  struct stat st {};
  if (::fstat(fd, &st) != 0 || st.st_size < 0 || static_cast<std::size_t>(st.st_size) > kMaxTexts) return std::nullopt;
  std::string bytes(static_cast<std::size_t>(st.st_size), '\0');
  if (::pread(fd, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return std::nullopt;
  std::string_view rest = bytes;
  Texts out;
  for (auto* file : {&out.ha_cf, &out.haresources, &out.authkeys, &out.only_for_testing}) {
    std::string mode;
    if (!get(rest, file->name) || !get(rest, file->text) || !get(rest, file->problem) || !get(rest, mode))
      return std::nullopt;
    file->mode = base::parse_number<unsigned>(mode).value_or(0);
  }
  if (!get(rest, out.node_name) || !rest.empty()) return std::nullopt;
  return out;
}

}  // namespace hbd::shell
