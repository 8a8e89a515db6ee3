// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/fifo.h"

#include <unistd.h>

#include "hbd/wire/text_form.h"

namespace hbd::shell {
namespace {

constexpr std::size_t kMaxMessage = 64 * 1024;
constexpr std::string_view kBegin = ">>>\n", kEnd = "<<<\n";

std::optional<model::Holding> holding_of(std::string_view word, model::Holding failback) {
  if (word == "failback") return failback;
  return model::parse_holding(word);
}

}  // namespace

core::Input input_of(wire::Message message, std::string client) {
  if (message.type() == "ask_resources" && message.get("info") == "me")
    if (auto what = holding_of(message.get("rsc_hold"), model::Holding::foreign)) return core::Standby{*what};
  if (message.type() == "hb_takeover")
    if (auto what = holding_of(message.get("rsc_hold"), model::Holding::local)) return core::Takeover{*what};
  return core::LocalMessage{std::move(client), std::move(message)};
}

Fifo::Fifo(io::Context& context, io::Fd fd, OnInput on_input, OnGarbage on_garbage)
    : fd_(std::move(fd)),
      on_input_(std::move(on_input)),
      on_garbage_(std::move(on_garbage)),
      watch_(context, fd_.get(), [this] { read(); }) {}

void Fifo::read() {
  char bytes[8192];
  auto n = ::read(fd_.get(), bytes, sizeof bytes);
  if (n > 0) take(std::string_view(bytes, static_cast<std::size_t>(n)));
}

void Fifo::take(std::string_view bytes) {
  buffer_ += bytes;
  for (;;) {
    // Bytes before a beginning are what a broken writer left behind.
    auto begin = buffer_.find(kBegin);
    if (begin == std::string::npos) {
      if (buffer_.size() < kBegin.size()) return;
      on_garbage_("bytes that begin no message");
      buffer_.clear();
      return;
    }
    buffer_.erase(0, begin);
    auto end = buffer_.find(kEnd, kBegin.size());
    if (end == std::string::npos) break;
    auto text = buffer_.substr(0, end + kEnd.size());
    buffer_.erase(0, text.size());
    message(text);
  }
  if (buffer_.size() <= kMaxMessage) return;
  on_garbage_("a message without an end");
  buffer_.clear();
}

void Fifo::message(std::string_view text) {
  auto decoded = wire::decode_text(text);
  if (!decoded) return on_garbage_(decoded.error().detail);
  if (decoded->type().empty()) return on_garbage_("a message without a type");
  on_input_(input_of(std::move(*decoded), {}));
}

}  // namespace hbd::shell
