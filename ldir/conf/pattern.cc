// SPDX-License-Identifier: Apache-2.0
#include "ldir/conf/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace ldir::conf {

std::optional<PatternError> check_pattern(std::string_view pattern) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  auto code = pcre2_compile_8(reinterpret_cast<PCRE2_SPTR8>(pattern.data()), pattern.size(), 0, &error,
                              &offset, nullptr);
  if (code) {
    pcre2_code_free_8(code);
    return std::nullopt;
  }
  PCRE2_UCHAR8 text[128];
  pcre2_get_error_message_8(error, text, sizeof text);
  return PatternError{offset, reinterpret_cast<const char*>(text)};
}

}  // namespace ldir::conf
