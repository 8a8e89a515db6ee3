// SPDX-License-Identifier: Apache-2.0
#include "hbd/wire/message.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace hbd::wire {

namespace {
template <class Fields>
auto find(Fields& fields, std::string_view name) {
  return std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == name; });
}
}  // namespace

Message& Message::add(std::string_view name, std::string_view value, FieldType type) {
  fields_.push_back({std::string(name), std::string(value), type});
  return *this;
}

Message& Message::add(Field field) {
  fields_.push_back(std::move(field));
  return *this;
}

Message& Message::add_hex(std::string_view name, std::uint64_t value) { return add(name, fmt::format("{:x}", value)); }

Message& Message::add_number(std::string_view name, std::int64_t value) { return add(name, fmt::format("{}", value)); }

void Message::set(std::string_view name, std::string_view value, FieldType type) {
  auto at = find(fields_, name);
  if (at == fields_.end()) {
    add(name, value, type);
  } else {
    at->value = value;
    at->type = type;
  }
}

void Message::remove(std::string_view name) {
  std::erase_if(fields_, [&](const Field& f) { return f.name == name; });
}

bool Message::has(std::string_view name) const { return find(fields_, name) != fields_.end(); }

std::string_view Message::get(std::string_view name) const {
  auto at = find(fields_, name);
  return at == fields_.end() ? std::string_view{} : std::string_view(at->value);
}

std::optional<std::uint64_t> Message::get_hex(std::string_view name) const {
  return base::parse_number<std::uint64_t>(get(name), 16);
}

std::optional<std::int64_t> Message::get_number(std::string_view name) const {
  return base::parse_number<std::int64_t>(get(name));
}

std::size_t Message::byte_size() const {
  std::size_t sum = 0;
  for (const auto& field : fields_) sum += field.name.size() + field.value.size() + sizeof(Field);
  return sum;
}

}  // namespace hbd::wire
