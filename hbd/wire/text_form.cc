// SPDX-License-Identifier: Apache-2.0
#include "hbd/wire/text_form.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "hbd/wire/netstring.h"

namespace hbd::wire {

namespace {

constexpr std::string_view kBegin = ">>>\n";
constexpr std::string_view kEnd = "<<<\n";
constexpr char kNewlineInString = 0x13;

tl::unexpected<Refusal> refuse(RefusalKind kind, std::string detail) {
  return tl::unexpected<Refusal>(Refusal{kind, std::move(detail)});
}

/// What stands for a newline in a message nested `depth` deep (cl_msg: 20 to 31, then 15 to 18).
char newline_at(int depth) { return static_cast<char>(depth < 12 ? 20 + depth : depth + 3); }

std::string replaced(std::string_view s, char from, char to) {
  std::string out(s);
  std::replace(out.begin(), out.end(), from, to);
  return out;
}

std::string encode(const Message& message, int depth);

std::string encode_value(const Field& field, int depth) {
  switch (field.type) {
    case FieldType::string:
    case FieldType::list:
      return replaced(field.value, '\n', kNewlineInString);
    case FieldType::nested: {
      auto inner = decode_netstring(field.value);
      if (!inner || depth + 1 >= kMaxDepth) return {};
      return replaced(encode(*inner, depth + 1), '\n', newline_at(depth));
    }
    case FieldType::binary:
    case FieldType::compressed:
    case FieldType::uncompressed:
      return base::base64_encode(field.value);
  }
  return {};
}

std::string lines(const Message& message, int depth, bool with_auth) {
  std::string out;
  for (const auto& field : message.fields()) {
    if (!with_auth && field.name == "auth") continue;
    if (field.type != FieldType::string) fmt::format_to(std::back_inserter(out), "({})", static_cast<int>(field.type));
    out += field.name;
    out += '=';
    out += encode_value(field, depth);
    out += '\n';
  }
  return out;
}

std::string encode(const Message& message, int depth) {
  return std::string(kBegin) + lines(message, depth, true) + std::string(kEnd);
}

tl::expected<Message, Refusal> decode(std::string_view bytes, int depth);

tl::expected<std::string, Refusal> decode_value(FieldType type, std::string_view value, int depth) {
  switch (type) {
    case FieldType::string:
      if (value.find('\0') != std::string_view::npos) return refuse(RefusalKind::garbage, "a NUL inside a line");
      return replaced(value, kNewlineInString, '\n');
    case FieldType::nested: {
      if (depth + 1 >= kMaxDepth) return refuse(RefusalKind::oversized, "messages nested too deep");
      auto inner = decode(replaced(value, newline_at(depth), '\n'), depth + 1);
      if (!inner) return tl::unexpected<Refusal>(std::move(inner.error()));
      auto encoded = encode_netstring(*inner);
      if (encoded.size() > kMaxMessage) return refuse(RefusalKind::oversized, "a nested message beyond all bounds");
      return encoded;
    }
    case FieldType::list:
      if (auto items = decode_list(value); !items) return tl::unexpected<Refusal>(std::move(items.error()));
      return std::string(value);
    case FieldType::binary:
    case FieldType::compressed: {
      auto raw = base::base64_decode(value);
      if (!raw) return refuse(RefusalKind::garbage, "a binary field that is not base64");
      return *raw;
    }
    case FieldType::uncompressed:
      break;
  }
  return refuse(RefusalKind::garbage, "unknown field type");
}

tl::expected<Field, Refusal> decode_line(std::string_view line, int depth) {
  auto type = FieldType::string;
  if (line.starts_with('(')) {
    if (line.size() < 3 || line[2] != ')' || line[1] < '0' || line[1] > '4')
      return refuse(RefusalKind::garbage, "unknown field type");
    type = static_cast<FieldType>(line[1] - '0');
    line.remove_prefix(3);
  }
  auto equals = line.find('=');
  if (equals == std::string_view::npos)
    return refuse(RefusalKind::garbage, fmt::format("a line without \"=\": \"{}\"", base::printable(line, 40)));
  auto name = line.substr(0, equals);
  if (!valid_field_name(name))
    return refuse(RefusalKind::garbage, fmt::format("bad field name \"{}\"", base::printable(name, 40)));
  auto value = decode_value(type, line.substr(equals + 1), depth);
  if (!value) return tl::unexpected<Refusal>(std::move(value.error()));
  return Field{std::string(name), std::move(*value), type};
}

tl::expected<Message, Refusal> decode(std::string_view bytes, int depth) {
  if (!bytes.starts_with(kBegin))
    return refuse(kBegin.starts_with(bytes) ? RefusalKind::truncated : RefusalKind::garbage, "does not start with >>>");
  bytes.remove_prefix(kBegin.size());
  Message message;
  for (;;) {
    while (bytes.starts_with('\n')) bytes.remove_prefix(1);
    if (bytes.starts_with(kEnd)) break;
    auto end = bytes.find('\n');
    if (end == std::string_view::npos) return refuse(RefusalKind::truncated, "ends before <<<");
    if (message.fields().size() == kMaxFields) return refuse(RefusalKind::oversized, "too many fields");
    auto field = decode_line(bytes.substr(0, end), depth);
    if (!field) return tl::unexpected<Refusal>(std::move(field.error()));
    message.add(std::move(*field));
    bytes.remove_prefix(end + 1);
  }
  if (bytes.size() != kEnd.size()) return refuse(RefusalKind::garbage, "bytes after <<<");
  return message;
}

}  // namespace

std::string encode_text(const Message& message) { return encode(message, 0); }

std::string text_lines(const Message& message) { return lines(message, 0, false); }

tl::expected<Message, Refusal> decode_text(std::string_view bytes) {
  if (bytes.ends_with('\0')) bytes.remove_suffix(1);
  if (bytes.size() > kMaxMessage) return refuse(RefusalKind::oversized, fmt::format("{} bytes", bytes.size()));
  return decode(bytes, 0);
}

}  // namespace hbd::wire
