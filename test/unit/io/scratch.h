// SPDX-License-Identifier: Apache-2.0
// A folder of its own for one test, and a bounded wait on a loop.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "io/clock.h"
#include "io/loop.h"

namespace test {

class Scratch {
 public:
  Scratch() {
    char name[] = "/tmp/upbeat-test-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// Runs the loop until `done` holds; false after a minute.
template <class Condition>
bool run_until(io::Loop& loop, Condition done) {
  auto end = io::now_mono() + std::chrono::seconds(60);
  while (!done()) {
    if (io::now_mono() > end) return false;
    loop.run_for(std::chrono::milliseconds(50));
  }
  return true;
}

}  // namespace test
