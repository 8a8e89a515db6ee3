// SPDX-License-Identifier: Apache-2.0
#include "hbd/wire/netstring.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace hbd::wire {

namespace {

constexpr std::string_view kBegin = "###\n";
constexpr std::string_view kEnd = "%%%\n";
constexpr std::size_t kMaxLengthDigits = 6;  // kMaxMessage has six
constexpr std::size_t kMostAroundField = 12;  // "262144:(0)=,"
constexpr std::size_t kUsualFields = 20;

tl::unexpected<Refusal> refuse(RefusalKind kind, std::string detail) {
  return tl::unexpected<Refusal>(Refusal{kind, std::move(detail)});
}

tl::expected<Message, Refusal> decode(std::string_view bytes, int depth);

/// "(T)name=value" of one element.
tl::expected<Field, Refusal> decode_field(std::string_view element, int depth) {
  if (element.size() < 5 || element[0] != '(' || element[2] != ')')
    return refuse(RefusalKind::garbage, "a field does not start with its type");
  char digit = element[1];
  if (digit < '0' || digit > '4')  // 5 is never sent; 6 to 9 would index past the original's table
    return refuse(RefusalKind::garbage, fmt::format("unknown field type \"{}\"", base::printable({&digit, 1})));
  auto type = static_cast<FieldType>(digit - '0');
  element.remove_prefix(3);
  auto equals = element.find('=');
  if (equals == std::string_view::npos) return refuse(RefusalKind::garbage, "a field has no \"=\"");
  auto name = element.substr(0, equals);
  if (!valid_field_name(name))
    return refuse(RefusalKind::garbage, fmt::format("bad field name \"{}\"", base::printable(name, 40)));
  auto value = element.substr(equals + 1);
  if (type == FieldType::string && value.find('\0') != std::string_view::npos)
    return refuse(RefusalKind::garbage, fmt::format("field {} holds a NUL", name));
  if (type == FieldType::nested) {
    if (depth + 1 >= kMaxDepth) return refuse(RefusalKind::oversized, "messages nested too deep");
    if (auto inner = decode(value, depth + 1); !inner) return tl::unexpected<Refusal>(std::move(inner.error()));
  }
  if (type == FieldType::list) {
    if (auto items = decode_list(value); !items) return tl::unexpected<Refusal>(std::move(items.error()));
  }
  return Field{std::string(name), std::string(value), type};
}

tl::expected<Message, Refusal> decode(std::string_view bytes, int depth) {
  if (bytes.size() > kMaxMessage) return refuse(RefusalKind::oversized, fmt::format("{} bytes", bytes.size()));
  if (!bytes.starts_with(kBegin)) return refuse(RefusalKind::garbage, "does not start with ###");
  bytes.remove_prefix(kBegin.size());
  Message message;
  message.reserve(kUsualFields);
  while (!bytes.starts_with(kEnd)) {
    if (message.fields().size() == kMaxFields) return refuse(RefusalKind::oversized, "too many fields");
    auto element = take_netstring(bytes);
    if (!element) return tl::unexpected<Refusal>(std::move(element.error()));
    auto field = decode_field(*element, depth);
    if (!field) return tl::unexpected<Refusal>(std::move(field.error()));
    message.add(std::move(*field));
  }
  if (bytes.size() != kEnd.size()) return refuse(RefusalKind::garbage, "bytes after %%%");
  return message;
}

}  // namespace

bool valid_field_name(std::string_view name) {
  return !name.empty() && name[0] != '(' &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7f' && c != '='; });
}

std::string encode_netstring(const Message& message) {
  std::size_t size = kBegin.size() + kEnd.size();
  for (const auto& field : message.fields()) size += field.name.size() + field.value.size() + kMostAroundField;
  std::string out;
  out.reserve(size);
  out += kBegin;
  for (const auto& field : message.fields()) {
    out += fmt::format_int(field.name.size() + field.value.size() + 4).c_str();
    out += ":(";
    out += static_cast<char>('0' + static_cast<int>(field.type));
    out += ')';
    out += field.name;
    out += '=';
    out += field.value;
    out += ',';
  }
  return out += kEnd;
}

tl::expected<std::string_view, Refusal> take_netstring(std::string_view& bytes) {
  auto window = bytes.substr(0, kMaxLengthDigits + 1);
  auto colon = window.find(':');
  if (colon == std::string_view::npos) {
    bool digits = std::all_of(window.begin(), window.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (digits && window.size() > kMaxLengthDigits) return refuse(RefusalKind::oversized, "a length beyond all bounds");
    return refuse(digits ? RefusalKind::truncated : RefusalKind::garbage, "a length without its colon");
  }
  auto length = base::parse_number<std::size_t>(window.substr(0, colon));
  if (!length) return refuse(RefusalKind::garbage, "a length that is no number");
  auto rest = bytes.substr(colon + 1);
  if (*length > kMaxMessage) return refuse(RefusalKind::oversized, "a length beyond all bounds");
  if (*length >= rest.size()) return refuse(RefusalKind::truncated, "shorter than its lengths say");
  if (rest[*length] != ',') return refuse(RefusalKind::garbage, "no comma where a length says");
  bytes = rest.substr(*length + 1);
  return rest.substr(0, *length);
}

tl::expected<std::size_t, Refusal> netstring_extent(std::string_view bytes) {
  auto rest = bytes.substr(0, kMaxMessage);
  if (!rest.starts_with(kBegin))
    return refuse(kBegin.starts_with(rest) ? RefusalKind::truncated : RefusalKind::garbage, "does not start with ###");
  rest.remove_prefix(kBegin.size());
  for (std::size_t fields = 0; !rest.starts_with(kEnd); ++fields) {
    if (fields == kMaxFields) return refuse(RefusalKind::oversized, "too many fields");
    if (kEnd.starts_with(rest)) return refuse(RefusalKind::truncated, "ends before %%%");
    auto element = take_netstring(rest);
    if (!element) return tl::unexpected<Refusal>(std::move(element.error()));
  }
  rest.remove_prefix(kEnd.size());
  return std::min(bytes.size(), kMaxMessage) - rest.size();
}

tl::expected<Message, Refusal> decode_netstring(std::string_view bytes) { return decode(bytes, 0); }

tl::expected<std::vector<std::string>, Refusal> decode_list(std::string_view value) {
  std::vector<std::string> items;
  while (!value.empty()) {
    if (items.size() == kMaxFields * 8) return refuse(RefusalKind::oversized, "too many list items");
    auto item = take_netstring(value);
    if (!item) return tl::unexpected<Refusal>(std::move(item.error()));
    items.emplace_back(*item);
  }
  return items;
}

std::string encode_list(const std::vector<std::string>& items) {
  std::string out;
  for (const auto& item : items) fmt::format_to(std::back_inserter(out), "{}:{},", item.size(), item);
  return out;
}

}  // namespace hbd::wire
