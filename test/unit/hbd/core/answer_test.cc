// SPDX-License-Identifier: Apache-2.0
#include "hbd/core/answer.h"

#include "base/rng.h"
#include "test/support/catch.h"

using namespace hbd::core;

namespace {
using End = JobDone::End;

Answer answer(std::string output, int code = 0) { return answer_of({1, End::exited, code, std::move(output)}); }
}  // namespace

TEST_CASE("status means what its text says") {
  CHECK(says_running("INFO:  Running OK\n"));
  CHECK(says_running("running"));
  CHECK(says_running("OK"));
  CHECK(says_running("ldirectord for /etc/ha.d/ldirectord.cf is running with pid: 21336"));
  CHECK_FALSE(says_running(""));
  CHECK_FALSE(says_running("INFO:  Resource is stopped"));
  CHECK_FALSE(says_running("nginx is not running"));
  CHECK_FALSE(says_running("Not yet Running"));
  CHECK_FALSE(says_running("NOT running but OK"));
  CHECK_FALSE(says_running("ok"));
  CHECK(says_running("running, could not ask"));  // "not" must come before
}

TEST_CASE("where nothing may be guessed, an answer is clear or it is not") {
  CHECK(answer("INFO:  Running OK\n") == Answer::running);
  CHECK(answer("running", 3) == Answer::running);  // words count more than codes
  CHECK(answer("OK") == Answer::running);
  CHECK(answer("INFO:  partly running", 1) == Answer::partly);
  CHECK(says_running("INFO:  partly running"));  // to those who know no more
  CHECK(answer("INFO:  Resource is stopped\n", 7) == Answer::stopped);
  CHECK(answer("nginx is not running.") == Answer::stopped);
  CHECK(answer("Not yet Running") == Answer::stopped);
  CHECK(answer("master stopped") == Answer::stopped);
  CHECK(answer("", 3) == Answer::quiet);
  CHECK(answer("", 7) == Answer::quiet);
  CHECK(answer("dead, but a pid file is there", 3) == Answer::quiet);

  CHECK(answer("") == Answer::unclear);
  CHECK(answer("", 1) == Answer::unclear);
  CHECK(answer("ERROR:  Generic error\n", 1) == Answer::unclear);
  CHECK(answer("Usage: db {start|stop}", 2) == Answer::unclear);
  CHECK(answer("stopped?", 4) == Answer::unclear);  // unknown, says LSB
  CHECK(answer("could not be stopped") == Answer::unclear);
  CHECK(answer("md0 is running\nmd1 is not running\n", 3) == Answer::unclear);
  CHECK(answer("md0 is not running\nmd1 is running\n", 3) == Answer::unclear);
  CHECK(answer("could not be stopped, still running", 3) == Answer::unclear);
  CHECK(answer("WARNING: not synchronised\nrunning\n") == Answer::unclear);

  CHECK(answer_of({1, End::timed_out, 0, "stopped"}) == Answer::cut_short);
  CHECK(answer_of({1, End::killed_by_signal, 9, "stopped"}) == Answer::cut_short);
  CHECK(answer_of({1, End::could_not_run, 2, ""}) == Answer::missing);
}

TEST_CASE("an answer may be long, and come in any pieces") {
  StatusReader reader;
  for (int i = 0; i < 100000; ++i) reader.add("checked one more thing of many\n");
  reader.add("it is runn");
  reader.add("ing\n");
  CHECK(reader.words() == "running\n");

  StatusReader negated;
  for (const char c : std::string_view("it is not running\n")) negated.add({&c, 1});
  CHECK(negated.words() == "not running\n");
}

TEST_CASE("the words that are kept mean what the whole means") {
  static constexpr std::string_view kPieces[] = {"running", "Running", "RUNNING", "not ",    "Not yet ", "OK",
                                                 "stopped", " ",       "\n",      "cannot ", "x",        "is ",
                                                 "partly "};
  base::Rng rng(7);
  for (int round = 0; round < 5000; ++round) {
    std::string whole;
    StatusReader reader;
    for (auto n = rng.below(12); n > 0; --n) {
      auto piece = std::string(kPieces[rng.below(std::size(kPieces))]);
      if (rng.chance(0.3)) piece += std::string(rng.below(100), 'y') + '\n';
      whole += piece;
      const auto cut = rng.below(piece.size() + 1);
      reader.add(std::string_view(piece).substr(0, cut));
      reader.add(std::string_view(piece).substr(cut));
    }
    const auto kept = reader.words();
    INFO(whole << "\n--- kept:\n" << kept);
    REQUIRE(kept.size() < 100);
    REQUIRE(says_running(kept) == says_running(whole));
    for (const int code : {0, 3, 4, 7}) REQUIRE(answer(kept, code) == answer(whole, code));
  }
}
