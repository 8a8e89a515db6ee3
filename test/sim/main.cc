// SPDX-License-Identifier: Apache-2.0
// sim: runs seeds of simulated cluster lives. Each failure prints one line that replays it.
#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.h"
#include "base/text.h"
#include "test/sim/classic_faults.h"
#include "test/sim/swarm.h"

namespace {

int usage() {
  fmt::print(
      stderr,
      "usage: sim [--seeds N] [--seed S] [--nodes N] [--trace] [--packets] [--canary BUG] [--replay-check] [--coverage]\n"
      "           [--digest] [--classic] [--nodes-change]\n"
      "  --seeds N        run seeds S..S+N-1 (default 300)\n"
      "  --seed S[,S...]  first seed (default 1); alone: only this one; several: these\n"
      "  --nodes N        clusters of N nodes, whatever the seed says\n"
      "  --trace          print what happens\n"
      "  --packets        with --trace: and each packet, as it is received\n"
      "  --canary         plant a bug; succeeds when it is found\n"
      "  --replay-check   run every seed twice and compare (else every tenth)\n"
      "  --coverage       print how often each fault and event happened; fails when a fault never did\n"
      "  --classic        a Heartbeat 3.0.6 in one seat of every seed\n"
      "  --nodes-change   hb_addnode and hb_delnode of this node and that while there are faults, and of all to be added at the end\n"
      "  --digest         print a digest of each seed's packets and scripts: what must not change when only "
      "speed does\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  sim::Options options;
  std::uint64_t seeds = 0;
  std::vector<std::uint64_t> chosen;
  bool seed_given = false, nonsense = false, twice = false, coverage = false, digest = false, found = false;
  std::string bug;
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    const auto value = [&]() -> std::uint64_t {
      const auto number = i + 1 < argc ? base::parse_number<std::uint64_t>(argv[++i]) : std::nullopt;
      nonsense = nonsense || !number;
      return number.value_or(0);
    };
    if (arg == "--seeds")
      seeds = value(), nonsense = nonsense || seeds == 0;
    else if (arg == "--seed")
      for (const auto word : base::split(i + 1 < argc ? argv[++i] : "", ',')) {
        const auto number = base::parse_number<std::uint64_t>(word);
        nonsense = nonsense || !number;
        chosen.push_back(number.value_or(0));
        seed_given = true;
      }
    else if (arg == "--nodes")
      options.nodes = static_cast<int>(value());
    else if (arg == "--trace")
      options.trace = true;
    else if (arg == "--packets")
      options.packets = true;
    else if (arg == "--canary") {
      options.canary = i + 1 < argc ? sim::parse_bug(argv[++i]) : std::nullopt;
      if (!options.canary) return usage();
      bug = argv[i];
      options.classic = options.classic || sim::beside_a_heartbeat(*options.canary);
    } else if (arg == "--replay-check")
      twice = true;
    else if (arg == "--coverage")
      coverage = true;
    else if (arg == "--classic")
      options.classic = true;
    else if (arg == "--nodes-change")
      options.nodes_change = true;
    else if (arg == "--digest")
      digest = true;
    else
      return usage();
  }
  if (seed_given) options.seed = chosen.front();
  if (chosen.size() > 1) nonsense = nonsense || seeds != 0, seeds = chosen.size();
  if (nonsense) return usage();
  if (seeds == 0) seeds = seed_given ? 1 : 300;

  std::uint64_t failed = 0, steps = 0, packets = 0;
  const auto first = options.seed;
  sim::Tally tally;
  sim::Duration both{}, converge{}, rest{}, one_holder{}, beside{};
  std::uint64_t slowest = first, widest = first, restless = first, latest = first, odd = first;
  for (std::uint64_t n = 0; n < seeds; ++n) {
    options.seed = chosen.size() > 1 ? chosen[n] : first + n;
    auto result = sim::run(options);
    if (twice || options.seed % 10 == 0) {
      auto quiet = options;
      quiet.trace = false;
      if (sim::run(quiet).hash != result.hash)
        result.violations.push_back("S4: the same seed ran differently");
    }
    if (digest) fmt::print("seed {} {:016x} {} steps\n", options.seed, result.hash, result.steps);
    steps += result.steps;
    packets += result.packets;
    for (const auto& [what, count] : result.tally) tally[what] += count;
    if (result.both > both) both = result.both, widest = options.seed;
    if (result.beside > beside) beside = result.beside, odd = options.seed;
    if (result.one_holder > one_holder) one_holder = result.one_holder, latest = options.seed;
    if (result.rest > rest) rest = result.rest, restless = options.seed;
    if (result.converge > converge) converge = result.converge, slowest = options.seed;
    if (!result.violations.empty()) {
      ++failed;
      for (const auto& violation : result.violations)
        found =
            found || (options.canary && violation.find(sim::found_by(*options.canary)) != std::string::npos);
      if (options.canary && !found) continue;
      fmt::print("{}\n", result.setup);
      for (const auto& violation : result.violations) fmt::print("  {}\n", violation);
      fmt::print("  replay: ./dev sim --seed {}{}{}{} --trace\n", options.seed,
                 options.classic ? " --classic" : options.nodes_change ? " --nodes-change" : "",
                 options.nodes > 0 ? fmt::format(" --nodes {}", options.nodes) : "",
                 bug.empty() ? "" : " --canary " + bug);
      if (found) break;
    }
    if (seeds >= 100 && (n + 1) % 20 == 0) {
      fmt::print("{} of {} seeds, {} failed\n", n + 1, seeds, failed);
      std::fflush(stdout);
    }
  }
  fmt::print("{} seeds, {} steps, {} packets: {} failed\n", seeds, steps, packets, failed);
  std::size_t missing = 0;
  if (coverage) {
    for (const auto& [what, count] : tally) fmt::print("{:10} {}\n", count, what);
    fmt::print("two holders that hear each other: at most {} ms (seed {})\n", base::to_ms(both), widest);
    fmt::print("two holders, one a Heartbeat 3.0.6: at most {} ms (seed {})\n", base::to_ms(beside), odd);
    fmt::print("from the heal of all faults to one holder of each group: at most {} ms (seed {})\n",
               base::to_ms(one_holder), latest);
    fmt::print("from the heal of all faults to rest: at most {} ms (seed {})\n", base::to_ms(rest), restless);
    fmt::print("from the last heal to one holder of each group: at most {} ms (seed {})\n",
               base::to_ms(converge), slowest);
    for (const auto what : sim::expected()) {
      if (tally.find(what) != tally.end() && tally.find(what)->second > 0) continue;
      ++missing;
      fmt::print("never happened: {}\n", what);
    }
    for (const auto& fault : sim::kClassicFaults)
      fmt::print("granted beside a Heartbeat 3.0.6, as its like does it, too: {}: {}\n", fault.name,
                 fault.reason);
  }
  if (options.canary) {
    fmt::print("the planted bug was {}found\n", found ? "" : "NOT ");
    return found ? 0 : 1;
  }
  return failed > 0 || missing > 0 ? 1 : 0;
}
