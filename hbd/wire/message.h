// SPDX-License-Identifier: Apache-2.0
// A Heartbeat message: an ordered list of named fields. The cluster wire, the client API and the control FIFO all
// carry these; only their framing differs (netstring.h, text_form.h). Order matters for the MACs only; look-up is
// by name and finds the first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hbd::wire {

/// Type digit of a field on the wire (heartbeat 3.0.6, cl_msg).
enum class FieldType : std::uint8_t { string = 0, binary = 1, nested = 2, list = 3, compressed = 4, uncompressed = 5 };

struct Field {
  std::string name;
  std::string value;  ///< raw bytes; nested and list values keep their encoded form
  FieldType type = FieldType::string;
  bool operator==(const Field&) const = default;
};

class Message {
 public:
  Message() = default;
  explicit Message(std::string_view type) { add("t", type); }

  /// Appends; does not look whether the name is there already.
  Message& add(std::string_view name, std::string_view value, FieldType type = FieldType::string);
  Message& add(Field field);
  Message& add_hex(std::string_view name, std::uint64_t value);
  Message& add_number(std::string_view name, std::int64_t value);
  /// Room for so many fields, to save time.
  void reserve(std::size_t fields) { fields_.reserve(fields); }
  /// Replaces in place, keeping the position, or appends.
  void set(std::string_view name, std::string_view value, FieldType type = FieldType::string);
  void remove(std::string_view name);

  bool has(std::string_view name) const;
  std::string_view get(std::string_view name) const;  ///< empty when absent
  std::optional<std::uint64_t> get_hex(std::string_view name) const;
  std::optional<std::int64_t> get_number(std::string_view name) const;
  std::string_view type() const { return get("t"); }

  std::size_t byte_size() const;  ///< of names and values: for bounds on memory

  const std::vector<Field>& fields() const { return fields_; }
  bool operator==(const Message&) const = default;

 private:
  std::vector<Field> fields_;
};

}  // namespace hbd::wire
