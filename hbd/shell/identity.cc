// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/identity.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "io/fd.h"
#include "io/files.h"

namespace hbd::shell {

base::Result<void> write_durably(const std::string& path, const std::string& bytes, unsigned mode) {
  auto failed = [&path] { return base::fail(fmt::format("{}: {}", path, std::strerror(errno)), errno); };
  auto temporary = path + ".new";
  io::Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!fd || ::write(fd.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
      ::fsync(fd.get()) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0)
    return failed();
  auto folder = path.substr(0, path.rfind('/'));
  io::Fd directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory) ::fsync(directory.get());
  return {};
}

base::Result<Generation> next_generation(const std::string& path, bool by_time, base::Wall now) {
  Generation out;
  auto seconds = static_cast<std::uint64_t>(base::to_unix(now));
  auto text = io::read_file(path, 4096);
  auto last = text ? base::parse_number<std::uint64_t>(base::trim(*text)) : std::nullopt;
  out.fresh = !last;
  out.number = last ? *last + 1 : seconds + 1;
  // A clock that stepped back must not lock us out: the number only ever grows.
  if (by_time && seconds > out.number) out.number = seconds;
  if (auto written = write_durably(path, fmt::format("{:15}\n", out.number), 0644); !written)
    return tl::unexpected(written.error());
  return out;
}

base::Result<Uuid> own_uuid(const std::string& path) {
  Uuid out;
  if (auto bytes = io::read_file(path, 4096); bytes && bytes->size() == out.bytes.size()) {
    std::memcpy(out.bytes.data(), bytes->data(), out.bytes.size());
    return out;
  }
  out.fresh = true;
  if (::getrandom(out.bytes.data(), out.bytes.size(), 0) != static_cast<ssize_t>(out.bytes.size()))
    return base::fail(fmt::format("no random bytes: {}", std::strerror(errno)), errno);
  out.bytes[6] = static_cast<std::uint8_t>((out.bytes[6] & 0x0f) | 0x40);  // RFC 4122 version 4
  out.bytes[8] = static_cast<std::uint8_t>((out.bytes[8] & 0x3f) | 0x80);
  std::string text(reinterpret_cast<const char*>(out.bytes.data()), out.bytes.size());
  if (auto written = write_durably(path, text, 0644); !written) return tl::unexpected(written.error());
  return out;
}

// As Heartbeat 3.0.6 makes it, so that a node may be exchanged for one that runs the other: its digits are those of the C
// library's rand(), from a seed that each letter enters with a factor of 31.
std::array<std::uint8_t, 16> uuid_of_name(const std::string& node) {
  std::uint32_t seed = 0;
  for (char c : node) seed = seed * 31 + static_cast<unsigned char>(c);
  random_data generator{};
  std::array<char, 128> state{};  // of this size rand() has one
  ::initstate_r(seed, state.data(), state.size(), &generator);
  std::array<std::uint8_t, 16> out{};
  for (std::size_t digit = 0; digit < 2 * out.size(); ++digit) {
    std::int32_t value = 0;
    ::random_r(&generator, &value);
    out[digit / 2] = static_cast<std::uint8_t>(out[digit / 2] << 4 | value % 16);
  }
  return out;
}

}  // namespace hbd::shell
