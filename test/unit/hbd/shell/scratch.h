// SPDX-License-Identifier: Apache-2.0
// A folder of its own for a test, gone afterwards, and the loop turned until something is so.
#pragma once

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "io/clock.h"
#include "io/loop.h"

struct Scratch {
  Scratch() {
    char name[] = "/tmp/hbd-shell-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string file(const std::string& name, const std::string& text, unsigned mode = 0644) const {
    auto full = path + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(full).parent_path());
    std::ofstream(full) << text;
    ::chmod(full.c_str(), mode);
    return full;
  }
  std::string read(const std::string& name) const {
    std::ifstream in(path + "/" + name);
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
  }
  std::string path;
};

template <class Condition>
bool until(io::Loop& loop, Condition condition, base::Duration limit = std::chrono::seconds(60)) {
  auto end = io::now_mono() + limit;
  while (!condition() && io::now_mono() < end) loop.run_for(std::chrono::milliseconds(20));
  return condition();
}
