// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/ipc.h"

#include <algorithm>
#include <concepts>
#include <cstring>

namespace hbd::shell::ipc {
namespace {

constexpr std::size_t kMaxTexts = 100;  ///< targets of a medium, nodes of a cluster

// One description per message (fields) serves both directions, so that they cannot drift apart.

class Writer {
 public:
  template <std::integral T>
  void operator()(const T& value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);  // both ends are the same binary
  }
  void operator()(const std::string& text) {
    auto cut = std::string_view(text).substr(0, kMaxText);
    (*this)(static_cast<std::uint32_t>(cut.size()));
    out += cut;
  }
  void operator()(const std::array<std::uint8_t, 16>& bytes) {
    out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  void operator()(const std::vector<std::string>& all) {
    auto count = std::min(all.size(), kMaxTexts);
    (*this)(static_cast<std::uint32_t>(count));
    for (std::size_t i = 0; i < count; ++i) (*this)(all[i]);
  }
  std::string out;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  template <std::integral T>
  void operator()(T& value) {
    auto bytes = take(sizeof value);
    if (bytes.size() != sizeof value) return;
    if constexpr (std::same_as<T, bool>)
      value = bytes[0] != 0;
    else
      std::memcpy(&value, bytes.data(), sizeof value);
  }
  void operator()(std::string& text) {
    std::uint32_t size = 0;
    (*this)(size);
    if (size > kMaxText) ok_ = false;
    if (ok_) text = take(size);
  }
  void operator()(std::array<std::uint8_t, 16>& value) {
    auto bytes = take(value.size());
    if (bytes.size() == value.size()) std::memcpy(value.data(), bytes.data(), value.size());
  }
  void operator()(std::vector<std::string>& all) {
    std::uint32_t count = 0;
    (*this)(count);
    if (count > kMaxTexts) ok_ = false;
    for (std::uint32_t i = 0; ok_ && i < count; ++i) (*this)(all.emplace_back());
  }
  bool complete() const { return ok_ && rest_.empty(); }

 private:
  std::string_view take(std::size_t size) {
    if (size > rest_.size()) ok_ = false;
    if (!ok_) return {};
    auto part = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return part;
  }
  std::string_view rest_;
  bool ok_ = true;
};

// M is the message type or its const twin.
template <class M, class Of>
concept Is = std::same_as<std::remove_const_t<M>, Of>;

template <class V, Is<RunJob> M>
void fields(V& v, M& m) {
  v(m.id), v(m.table), v(m.group), v(m.resource), v(m.verb), v(m.limit_ms);
}
template <class V, Is<CancelJob> M>
void fields(V& v, M& m) {
  v(m.id);
}
template <class V, Is<JobAck> M>
void fields(V& v, M& m) {
  v(m.id);
}
template <class V, Is<Fence> M>
void fields(V& v, M& m) {
  v(m.id), v(m.node);
}
template <class V, Is<Reboot> M>
void fields(V& v, M& m) {
  v(m.reason);
}
template <class V, Is<Log> M>
void fields(V& v, M& m) {
  v(m.level), v(m.dropped), v(m.id), v(m.text);
}
template <class V, Is<Alive> M>
void fields(V& v, M& m) {
  v(m.comm_up), v(m.holding), v(m.alone);
}
template <class V, Is<WantLink> M>
void fields(V& v, M& m) {
  v(m.link), v(m.reason);
}
template <class V, Is<Finished> M>
void fields(V& v, M& m) {
  v(m.restart);
}
template <class V, Is<Nodes> M>
void fields(V& v, M& m) {
  v(m.names);
}
template <class V, Is<Start> M>
void fields(V& v, M& m) {
  v(m.generation), v(m.seed), v(m.uuid), v(m.table), v(m.debug);
}
template <class V, Is<Link> M>
void fields(V& v, M& m) {
  v(m.link), v(m.kind), v(m.echo_id), v(m.targets), v(m.problem);
}
template <class V, Is<JobDone> M>
void fields(V& v, M& m) {
  v(m.id), v(m.end), v(m.code), v(m.output);
}
template <class V, Is<Reload> M>
void fields(V& v, M& m) {
  v(m.table);
}
template <class V, Is<Debug> M>
void fields(V& v, M& m) {
  v(m.level);
}
template <class V, Is<Handover> M>
void fields(V& v, M& m) {
  v(m.generation), v(m.echo_id);
}
template <class V, Is<RunHook> M>
void fields(V& v, M& m) {
  v(m.type), v(m.fields);
}
template <class V, class M>
  requires std::is_empty_v<M>
void fields(V&, M&) {}

template <std::size_t I = 0>
std::optional<Message> decode_as(std::size_t tag, Reader& reader) {
  if constexpr (I == std::variant_size_v<Message>) {
    return std::nullopt;
  } else {
    if (tag != I) return decode_as<I + 1>(tag, reader);
    std::variant_alternative_t<I, Message> message;
    fields(reader, message);
    if (!reader.complete()) return std::nullopt;
    return message;
  }
}

}  // namespace

std::string encode(const Message& message) {
  Writer writer;
  writer(static_cast<std::uint8_t>(message.index()));
  std::visit([&writer](const auto& m) { fields(writer, m); }, message);
  return std::move(writer.out);
}

std::optional<Message> decode(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > kMaxMessage) return std::nullopt;
  Reader reader(bytes.substr(1));
  return decode_as(static_cast<std::uint8_t>(bytes[0]), reader);
}

}  // namespace hbd::shell::ipc
