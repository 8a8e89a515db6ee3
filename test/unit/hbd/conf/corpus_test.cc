// SPDX-License-Identifier: Apache-2.0
// Public configuration files, each with its pinned outcome: every finding verbatim, beside what Heartbeat 3.0.6 did
// with the same file. After a wanted change: UPBEAT_REPIN=1 hbd_conf_test '[corpus]', then read the diff.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "base/text.h"
#include "test/unit/hbd/conf/fake_machine.h"
#include "test/support/catch.h"

namespace fs = std::filesystem;

namespace {

const fs::path kCorpus = TEST_DATA "/corpus/hbd";

std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string_view> first_words(const std::string& text, std::string_view directive) {
  std::vector<std::string_view> out;
  for (auto line : base::split(text, '\n')) {
    auto words = base::words(line.substr(0, line.find('#')), " \t\r,");
    if (!words.empty() && (directive.empty() || words[0] == directive))
      out.insert(out.end(), words.begin() + (directive.empty() ? 0 : 1), directive.empty() ? words.begin() + 1 : words.end());
  }
  return out;
}

// The other two files are right, the machine has every interface, script and file, and is the first node of the file.
std::string outcome(const std::string& kind, const fs::path& path) {
  FakeMachine machine;
  machine.any_interface = machine.any_script = machine.any_file = true;
  auto files = good_files();
  auto text = slurp(path);
  base::Source source(kind, text);
  if (kind == "ha.cf") {
    auto nodes = first_words(text, "node");
    files.node_name = nodes.empty() ? "alice" : std::string(nodes[0]);
    files.ha_cf.source = source;
    files.haresources.source = {"haresources", files.node_name + " 10.0.0.1\n"};
  } else if (kind == "haresources") {
    files.haresources.source = source;
    std::string config = "logfacility local0\nauto_failback on\nbcast eth0\nnode";
    auto names = first_words(text, "");
    std::set<std::string_view> nodes(names.begin(), names.end());
    for (auto name : nodes)
      if (name.find("::") == std::string_view::npos && name != "mysqld")
        config += ' ' + std::string(name);
    if (nodes.empty()) config += " alice";
    files.node_name = std::string(names.empty() ? "alice" : names[0]);
    files.ha_cf.source = {"nodes", config + '\n'};
  } else {
    files.authkeys.source = source;
  }
  auto loaded = hbd::conf::load(files, machine);
  return std::string(loaded.ok() ? "starts\n" : "refused\n") + loaded.diagnostics.render();
}

}  // namespace

TEST_CASE("every file of the corpus has its pinned outcome", "[corpus]") {
  std::string all;
  int count = 0;
  for (std::string kind : {"authkeys", "ha.cf", "haresources"}) {
    std::vector<fs::path> paths(fs::directory_iterator(kCorpus / kind), {});
    std::sort(paths.begin(), paths.end());
    for (const auto& path : paths) {
      all += "== " + kind + "/" + path.filename().string() + ": " + outcome(kind, path);
      ++count;
    }
  }
  REQUIRE(count == 120);
  auto pinned_path = kCorpus / "outcomes.txt";
  if (std::getenv("UPBEAT_REPIN")) std::ofstream(pinned_path, std::ios::binary) << all;
  auto pinned = slurp(pinned_path);
  auto ours = base::split(all, '\n'), theirs = base::split(pinned, '\n');
  for (std::size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i) {
    INFO("outcomes.txt line " << i + 1);
    REQUIRE(ours[i] == theirs[i]);
  }
  REQUIRE(ours.size() == theirs.size());
}

TEST_CASE("where we differ from Heartbeat 3.0.6 there is a reason", "[corpus]") {
  std::map<std::string, std::string> ours;
  auto outcomes = slurp(kCorpus / "outcomes.txt");
  for (auto line : base::split(outcomes, '\n')) {
    if (line.substr(0, 3) != "== ") continue;
    auto colon = line.rfind(": ");
    ours[std::string(line.substr(3, colon - 3))] = line.substr(colon + 2);
  }
  std::size_t rows = 0;
  auto table = slurp(kCorpus / "heartbeat.tsv");  // file, what the real program did, why we differ
  for (auto line : base::split(table, '\n')) {
    if (line.empty() || line[0] == '#') continue;
    auto cells = base::split(line, '\t');
    REQUIRE(cells.size() == 3);
    ++rows;
    INFO(line);
    REQUIRE(ours.contains(std::string(cells[0])));
    CHECK((ours[std::string(cells[0])] == cells[1]) == cells[2].empty());
  }
  CHECK(rows == ours.size());
}
