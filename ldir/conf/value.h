// SPDX-License-Identifier: Apache-2.0
// The forms a value can have: yes/no, a number, quoted text, plain text, a word. Each takes what the original
// takes and means the same; what only older programs refuse is taken with a warning. On an error the answer
// is nullopt and the finding has been made.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ldir/conf/table.h"

namespace ldir::conf {

inline constexpr unsigned kMostSeconds = 2147483647;

std::optional<bool> yes_no(Assignment& a);

/// The first run of digits anywhere in the value, as the original reads "1.5", "-5" and "5 # five".
std::optional<unsigned> number(Assignment& a, unsigned least, unsigned most, std::string_view wrong);

/// Everything between the first and the last quotation mark; at least one character.
std::optional<Text> quoted(Assignment& a, std::string_view wrong);

/// quoted(), or the bare value without blanks at its end.
std::optional<Text> quoted_or_bare(Assignment& a, std::string_view wrong);

/// The rest of the line; a comment after it on a global line is dropped with a warning.
std::string rest(Assignment& a);

/// The first run of characters from `letters` in the value; warns about what is left over.
std::string_view word(Assignment& a, std::string_view letters);

/// The value without comment and trailing blanks; warns where older programs would have refused them.
std::string_view exact(Assignment& a);

/// Where the value stands; the name, when there is none.
std::string_view place_of(const Assignment& a);

inline constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
inline constexpr std::string_view kDigits = "0123456789";
inline constexpr std::string_view kWord = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
inline constexpr std::string_view kWordDash =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
inline constexpr std::string_view kHost =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-";

}  // namespace ldir::conf
