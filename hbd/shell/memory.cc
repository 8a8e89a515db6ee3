// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "base/digest.h"

namespace hbd::shell {
namespace {

struct Header {
  std::uint64_t number = 0;
  std::uint64_t size = 0;
  std::uint32_t digest = 0;
  std::uint32_t digest_of_header = 0;
};

constexpr off_t kSlot = sizeof(Header) + Memory::kMaxMemento;

off_t slot_of(std::uint64_t number) { return static_cast<off_t>(number % 2) * kSlot; }

std::uint32_t digest_of(const Header& h) {
  return base::crc32_msb(std::string_view(reinterpret_cast<const char*>(&h), offsetof(Header, digest_of_header)));
}

bool read_all(int fd, void* into, std::size_t size, off_t at) {
  return ::pread(fd, into, size, at) == static_cast<ssize_t>(size);
}

std::optional<Header> read_header(int fd, off_t slot) {
  Header h;
  if (!read_all(fd, &h, sizeof h, slot) || h.number == 0 || h.size > Memory::kMaxMemento ||
      h.digest_of_header != digest_of(h))
    return std::nullopt;
  return h;
}

std::optional<std::string> read_slot(int fd, off_t slot, const Header& h) {
  std::string out(h.size, '\0');
  if (!read_all(fd, out.data(), out.size(), slot + static_cast<off_t>(sizeof h)) || base::crc32_msb(out) != h.digest)
    return std::nullopt;
  return out;
}

}  // namespace

base::Result<Memory> Memory::create() {
  io::Fd fd(::memfd_create("hbd-memento", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd || ::ftruncate(fd.get(), 2 * kSlot) != 0 ||
      ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
    return base::fail(std::strerror(errno), errno);
  return Memory(std::move(fd));
}

Memory::Memory(io::Fd fd) : fd_(std::move(fd)) {
  for (off_t slot : {off_t{0}, kSlot})
    if (auto h = read_header(fd_.get(), slot)) number_ = std::max(number_, h->number);
}

bool Memory::store(const std::string& memento) {
  if (memento.size() > kMaxMemento) return false;
  Header h{++number_, memento.size(), base::crc32_msb(memento), 0};
  h.digest_of_header = digest_of(h);
  auto slot = slot_of(h.number);
  return ::pwrite(fd_.get(), memento.data(), memento.size(), slot + static_cast<off_t>(sizeof h)) ==
             static_cast<ssize_t>(memento.size()) &&
         ::pwrite(fd_.get(), &h, sizeof h, slot) == sizeof h;
}

std::string Memory::load() const {
  std::optional<std::string> best;
  std::uint64_t best_number = 0;
  for (off_t slot : {off_t{0}, kSlot}) {
    auto h = read_header(fd_.get(), slot);
    if (!h || h->number < best_number) continue;
    if (auto text = read_slot(fd_.get(), slot, *h)) best = std::move(text), best_number = h->number;
  }
  return best.value_or("");
}

}  // namespace hbd::shell
