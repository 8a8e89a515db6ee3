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
  ~Compiled() { pcre2_code_free(code); }
};

namespace {

/// What one search needs beside the code. PCRE2 keeps the room for its backtracking with it, 20 KiB at least: held by
/// every check this would be nine tenths of the memory of a daemon with thousands of them.
struct Scratch {
  pcre2_match_data* match = pcre2_match_data_create(1, nullptr);
  pcre2_match_context* limits = pcre2_match_context_create(nullptr);
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  ~Scratch() {
    pcre2_match_context_free(limits);
    pcre2_match_data_free(match);
  }
};

}  // namespace

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
  Pattern out;
  out.compiled_ = std::move(compiled);
  return out;
}

Pattern::Match Pattern::search(std::string_view subject) const {
  const Scratch scratch;
  if (!scratch.match || !scratch.limits) return Match::too_hard;
  pcre2_set_match_limit(scratch.limits, kMatchLimit);
  pcre2_set_depth_limit(scratch.limits, kDepthLimit);
  pcre2_set_heap_limit(scratch.limits, kHeapLimitKib);
  const int found = pcre2_match(compiled_->code, reinterpret_cast<PCRE2_SPTR>(subject.data()), subject.size(), 0, 0,
                                scratch.match, scratch.limits);
  if (found >= 0) return Match::yes;
  return found == PCRE2_ERROR_NOMATCH ? Match::no : Match::too_hard;
}

}  // namespace ldir::check
