// SPDX-License-Identifier: Apache-2.0
#define PCRE2_CODE_UNIT_WIDTH 8
#include "ldir/check/pattern.h"

#include <fmt/format.h>
#include <pcre2.h>

namespace ldir::check {

namespace {
// A search through 1 MiB needs one step per byte at least; this much more, and no seconds of work.
constexpr std::uint32_t kMatchLimit = 5'000'000;
constexpr std::uint32_t kDepthLimit = 100'000;
constexpr std::uint32_t kHeapLimitKib = 20'000;
}  // namespace

struct Pattern::Compiled {
  pcre2_code* code = nullptr;
  pcre2_match_data* match = nullptr;
  pcre2_match_context* limits = nullptr;
  ~Compiled() {
    pcre2_match_context_free(limits);
    pcre2_match_data_free(match);
    pcre2_code_free(code);
  }
};

base::Result<Pattern> Pattern::compile(std::string_view text) {
  auto compiled = std::make_shared<Compiled>();
  int error = 0;
  PCRE2_SIZE offset = 0;
  compiled->code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), 0, &error, &offset, nullptr);
  if (!compiled->code) {
    PCRE2_UCHAR words[128] = {};
    pcre2_get_error_message(error, words, sizeof words);
    return base::fail(fmt::format("regular expression: {} at character {}",
                                  reinterpret_cast<const char*>(words), offset + 1));
  }
  compiled->match = pcre2_match_data_create(1, nullptr);
  compiled->limits = pcre2_match_context_create(nullptr);
  if (!compiled->match || !compiled->limits) return base::fail("out of memory for a regular expression");
  pcre2_set_match_limit(compiled->limits, kMatchLimit);
  pcre2_set_depth_limit(compiled->limits, kDepthLimit);
  pcre2_set_heap_limit(compiled->limits, kHeapLimitKib);
  Pattern out;
  out.compiled_ = std::move(compiled);
  return out;
}

Pattern::Match Pattern::search(std::string_view subject) const {
  const auto& c = *compiled_;
  const int found = pcre2_match(c.code, reinterpret_cast<PCRE2_SPTR>(subject.data()), subject.size(), 0, 0,
                                c.match, c.limits);
  if (found >= 0) return Match::yes;
  return found == PCRE2_ERROR_NOMATCH ? Match::no : Match::too_hard;
}

}  // namespace ldir::check
