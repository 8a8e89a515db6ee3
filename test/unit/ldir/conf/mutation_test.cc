// SPDX-License-Identifier: Apache-2.0
// The fuzzer's own target on published files and on what becomes of them under some thousand seeded
// mutations.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "base/rng.h"
#include "test/support/catch.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned seed);

// Stands in for libFuzzer's: overwrite, drop or repeat a few bytes.
extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most) {
  base::Rng rng(size * 2654435761u + (size ? data[size / 2] : 0));
  if (size == 0) return 0;
  auto at = rng.below(size);
  auto length = std::min<std::size_t>(1 + rng.below(16), size - at);
  switch (rng.below(3)) {
    case 0:
      data[at] = static_cast<uint8_t>(rng.next());
      return size;
    case 1:
      std::copy(data + at + length, data + size, data + at);
      return size - length;
    default:
      if (size + length > most) return size;
      std::copy_backward(data + at, data + size, data + size + length);
      return size + length;
  }
}

TEST_CASE("no bytes confuse the parser") {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(TEST_DATA "/corpus/ldirectord"))
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() > 40);
  unsigned seed = 1;
  for (const auto& file : files) {
    std::ifstream in(file);
    std::stringstream text;
    text << in.rdbuf();
    std::string bytes = text.str().substr(0, 4000);
    auto size = bytes.size();
    bytes.resize(8000);
    auto data = reinterpret_cast<uint8_t*>(bytes.data());
    for (int i = 0; i < 60; ++i) {
      CHECK(LLVMFuzzerTestOneInput(data, size) == 0);
      size = LLVMFuzzerCustomMutator(data, size, bytes.size(), seed++);
    }
  }
}
