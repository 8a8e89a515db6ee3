// SPDX-License-Identifier: Apache-2.0
// Files that people have published. Each is accepted, with so many services, or refused for the reason given
// here.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "test/support/catch.h"
#include "test/unit/ldir/conf/dump.h"
#include "test/unit/ldir/conf/fake_resolver.h"

namespace ldir::conf {
namespace {

struct Outcome {
  const char* file;
  std::size_t services;     ///< accepted with so many ...
  const char* first_error;  ///< ... or refused: where and how the first error begins
};

const Outcome kOutcomes[] = {
#include "test/unit/ldir/conf/corpus_outcomes.inc"
};

TEST_CASE("the corpus") {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TEST_DATA "/corpus/ldirectord")) {
    if (entry.path().extension() != ".txt") continue;
    ++files;
    auto name = entry.path().filename().string();
    INFO(name);
    auto at =
        std::find_if(std::begin(kOutcomes), std::end(kOutcomes), [&](auto& o) { return name == o.file; });
    REQUIRE(at != std::end(kOutcomes));
    std::ifstream in(entry.path());
    std::stringstream text;
    text << in.rdbuf();
    auto loaded = load(text.str(), name);
    INFO(loaded.findings.render());
    CHECK(loaded.usable() == (at->first_error == nullptr));
    if (loaded.usable()) {
      CHECK(loaded.config.services.size() == at->services);
      continue;
    }
    for (const auto& d : loaded.findings.all())
      if (d.severity == base::Diagnostic::Severity::error) {
        CHECK(fmt::format("{}:{}: {}", d.at.line, d.at.column, d.message).starts_with(at->first_error));
        break;
      }
  }
  CHECK(files == std::size(kOutcomes));
}

}  // namespace
}  // namespace ldir::conf
