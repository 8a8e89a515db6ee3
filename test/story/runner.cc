// SPDX-License-Identifier: Apache-2.0
// Transcripts: a .txt file is a script of commands (lines that start with "> "), each followed by what the
// cluster did. The runner plays the commands and compares the whole; `--rewrite` writes what it saw instead,
// to be read as a diff.
//
//   > cluster alice bob                 nodes; before everything else
//   > group alice IPaddr::10.0.0.1 web  a line of haresources
//   > set keepalive=200 deadtime=1000 initdead=3000 failback=on ping=gw ipfail=yes stonith=yes reboot=yes
//   > start alice bob     > stop alice        > power-cut alice     > kill alice     > kill-child alice
//   > standby alice all   > takeover alice all
//   > cut alice bob       > heal              > deaf alice bob (bob does not hear alice)
//   > fail-fence yes|no (the device)           > fail-stop alice (of the first group, until a power cut)
//   > lie-start alice (of the first resource: nothing runs; before anything starts)
//   > lose-ping alice gw  > fail-start alice  > slow alice 300ms (its scripts)      > run 2s   > show
#include <fmt/format.h>

#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>

#include "base/text.h"
#include "test/sim/trace.h"

namespace {

using namespace sim;
using namespace std::chrono_literals;
using Words = std::vector<std::string_view>;

class Story {
 public:
  Story() {
    setup_.timing.keepalive = 200ms;
    setup_.timing.deadtime = setup_.timing.deadping = 1000ms;
    setup_.timing.warntime = 500ms;
    setup_.timing.initdead = 3000ms;
  }

  std::string play(std::string_view line) {
    said_.clear();
    const auto words = base::words(line);
    const auto command = commands().find(words.empty() ? "" : words[0]);
    if (command == commands().end()) return fmt::format("what is \"{}\"?\n", line);
    (this->*command->second)(Words(words.begin() + 1, words.end()));
    return said_;
  }

 private:
  using Command = void (Story::*)(const Words&);
  static const std::map<std::string_view, Command>& commands() {
    static const std::map<std::string_view, Command> table{{"cluster", &Story::cluster},
                                                           {"group", &Story::group},
                                                           {"set", &Story::set},
                                                           {"start", &Story::start},
                                                           {"stop", &Story::stop},
                                                           {"power-cut", &Story::power_cut},
                                                           {"kill", &Story::kill},
                                                           {"kill-child", &Story::child},
                                                           {"standby", &Story::standby},
                                                           {"takeover", &Story::takeover},
                                                           {"cut", &Story::cut},
                                                           {"heal", &Story::heal},
                                                           {"deaf", &Story::deaf},
                                                           {"lose-ping", &Story::lose_ping},
                                                           {"fail-start", &Story::fail_start},
                                                           {"lie-start", &Story::lie_start},
                                                           {"fail-fence", &Story::fail_fence},
                                                           {"fail-stop", &Story::fail_stop},
                                                           {"pause", &Story::pause},
                                                           {"slow", &Story::slow},
                                                           {"run", &Story::run},
                                                           {"show", &Story::show}};
    return table;
  }

  World& world() {
    if (!world_) {
      world_ = std::make_unique<World>(setup_);
      world_->weather.min_delay = world_->weather.max_delay = 1ms;
      for (auto& host : world_->hosts()) host.temper.min_time = host.temper.max_time = 5ms;
      begin_ = world_->now();
      world_->on_effect = [this](Host& host, const hbd::core::Effect& effect) {
        const auto text = describe(*world_, host, effect);
        if (!text.empty()) said_ += stamp(world_->now(), begin_) + ' ' + text + '\n';
      };
    }
    return *world_;
  }
  Host& host(std::string_view name) { return world().host(name); }
  std::size_t index(std::string_view name) {
    return static_cast<std::size_t>(&host(name) - world().hosts().data());
  }
  static base::Millis length(std::string_view text) {
    if (text.ends_with("ms"))
      return base::Millis(base::parse_number<int>(text.substr(0, text.size() - 2)).value_or(0));
    if (text.ends_with("s"))
      return base::Millis(1000 * base::parse_number<int>(text.substr(0, text.size() - 1)).value_or(0));
    return base::Millis(base::parse_number<int>(text).value_or(0));
  }
  static hbd::model::Holding set_of(const Words& w) {
    return w.size() > 1 ? hbd::model::parse_holding(w[1]).value_or(hbd::model::Holding::all)
                        : hbd::model::Holding::all;
  }

  void cluster(const Words& w) { setup_.nodes.assign(w.begin(), w.end()); }
  void group(const Words& w) {
    std::vector<std::string> words(w.begin(), w.end());
    setup_.resources.groups.push_back(parse_group(base::join(words, " ")));
  }
  void set(const Words& w) {
    for (const auto word : w) {
      const auto parts = base::split(word, '=');
      const auto value = parts.back();
      auto& t = setup_.timing;
      if (parts[0] == "keepalive")
        t.keepalive = length(value);
      else if (parts[0] == "deadtime")
        t.deadtime = t.deadping = length(value), t.warntime = t.deadtime / 2;
      else if (parts[0] == "initdead")
        t.initdead = length(value);
      else if (parts[0] == "failback")
        setup_.failback = value == "on" ? hbd::model::Failback::on : hbd::model::Failback::off;
      else if (parts[0] == "ping")
        setup_.pings.emplace_back(value);
      else if (parts[0] == "stonith")
        setup_.stonith = value == "yes";
      else if (parts[0] == "reboot")
        setup_.reboot = value == "yes";
      else if (parts[0] == "ipfail")
        setup_.ipfail = value == "yes";
      else
        said_ += fmt::format("what is \"{}\"?\n", word);
    }
  }
  void start(const Words& w) {
    for (const auto name : w) world().power_on(host(name)), world().start(host(name));
  }
  void stop(const Words& w) {
    for (const auto name : w) world().input(host(name), hbd::core::Shutdown{});
  }
  void power_cut(const Words& w) { world().power_cut(host(w.at(0))); }
  void kill(const Words& w) { world().kill_daemon(host(w.at(0))); }
  void child(const Words& w) { world().kill_child(host(w.at(0)), 20ms); }
  void standby(const Words& w) { world().input(host(w.at(0)), hbd::core::Standby{set_of(w)}); }
  void takeover(const Words& w) { world().input(host(w.at(0)), hbd::core::Takeover{set_of(w)}); }
  void cut(const Words& w) {
    world().cut(index(w.at(0)), index(w.at(1)), true);
    world().cut(index(w.at(1)), index(w.at(0)), true);
  }
  void deaf(const Words& w) { world().cut(index(w.at(0)), index(w.at(1)), true); }
  void heal(const Words&) {
    for (std::size_t a = 0; a < world().hosts().size(); ++a) {
      for (std::size_t b = 0; b < world().hosts().size(); ++b) world().cut(a, b, false);
      for (std::size_t p = 0; p < setup_.pings.size(); ++p) world().cut_ping(a, p, false);
      world().hosts()[a].temper.fail_start = 0;
    }
  }
  void lose_ping(const Words& w) {
    for (std::size_t p = 0; p < setup_.pings.size(); ++p)
      if (w.size() < 2 || setup_.pings[p] == w[1]) world().cut_ping(index(w.at(0)), p, true);
  }
  void fail_fence(const Words& w) { world().device.fail = w.at(0) == "yes" ? 1 : 0; }
  void fail_stop(const Words& w) {
    for (std::uint16_t r = 0; r < setup_.resources.groups[0].resources.size(); ++r)
      host(w.at(0)).stuck.insert({0, r});
  }
  void fail_start(const Words& w) { host(w.at(0)).temper.fail_start = 1; }
  void lie_start(const Words& w) {
    setup_.liars.push_back({0, 0, Liar::Kind::start, std::string(w.at(0)), 1.0});
  }
  void slow(const Words& w) {
    auto& temper = host(w.at(0)).temper;
    temper.min_time = temper.max_time = length(w.at(1));
  }
  void pause(const Words& w) { world().pause(host(w.at(0)), length(w.at(1))); }
  void run(const Words& w) { world().run_for(length(w.at(0))); }
  void show(const Words&) {
    for (const auto& host : world().hosts()) said_ += summary(host) + '\n';
  }

  Setup setup_;
  std::unique_ptr<World> world_;
  Mono begin_{};
  std::string said_;
};

std::string replay(const std::string& text) {
  Story story;
  std::istringstream lines(text);
  std::string line, out;
  while (std::getline(lines, line)) {
    if (line.starts_with("> "))
      out += line + '\n' + story.play(line.substr(2));
    else if (line.starts_with("#") || line.empty())
      out += line + '\n';
  }
  return out;
}

void show_difference(const std::string& expected, const std::string& got) {
  std::istringstream a(expected), b(got);
  std::string x, y;
  for (int n = 1;; ++n) {
    const bool more_a = static_cast<bool>(std::getline(a, x)), more_b = static_cast<bool>(std::getline(b, y));
    if (!more_a && !more_b) return;
    if (!more_a) x = "(end)";
    if (!more_b) y = "(end)";
    if (x != y) return fmt::print("  line {}:\n  - {}\n  + {}\n", n, x, y);
  }
}

}  // namespace

int main(int argc, char** argv) {
  bool rewrite = false;
  int failed = 0, told = 0;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--rewrite") == 0) {
      rewrite = true;
      continue;
    }
    std::ifstream file(argv[i]);
    if (!file) return fmt::print(stderr, "story: cannot read {}\n", argv[i]), 2;
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const auto got = replay(text);
    ++told;
    if (got == text) continue;
    if (rewrite) {
      std::ofstream(argv[i]) << got;
      fmt::print("rewritten: {}\n", argv[i]);
      continue;
    }
    ++failed;
    fmt::print("{} went differently:\n", argv[i]);
    show_difference(text, got);
  }
  fmt::print("{} stories, {} failed\n", told, failed);
  return failed == 0 && told > 0 ? 0 : 1;
}
