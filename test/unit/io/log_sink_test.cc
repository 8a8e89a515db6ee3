// SPDX-License-Identifier: Apache-2.0
#include "io/log_sink.h"
#include "io/logd.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "base/text.h"
#include "io/files.h"
#include "io/log_format.h"
#include "test/support/catch.h"
#include "test/support/logd_stand_in.h"
#include "test/unit/io/scratch.h"

using namespace std::chrono_literals;

namespace {

std::string plain(const io::LogRecord& record) {
  return record.text;
}

std::string text_of(const std::string& path) {
  return io::read_file(path, 1 << 24).value_or("?");
}

io::LogRecord sample() {
  return {base::Wall(std::chrono::seconds(1795164471)), base::Level::info, 31, "x",
          "TEXT"};  // 2026-11-20 08:47:51 UTC
}

}  // namespace

TEST_CASE("the historic line shapes") {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  CHECK(io::heartbeat_line(sample(), "alice", "heartbeat") ==
        "Nov 20 08:47:51 alice heartbeat: [31]: info: TEXT");
  CHECK(io::ldirectord_line(sample(), "t.cf") == "[Fri Nov 20 08:47:51 2026|t.cf|31] TEXT");
  CHECK(io::ldirectord_supervised_line(sample()) == "[Fri Nov 20 08:47:51 2026] TEXT");
  CHECK(io::syslog_line(sample(), io::syslog_facility("local0"), "ldirectord", "TEXT") ==
        "<134>Nov 20 08:47:51 ldirectord[31]: TEXT");
  auto warn = sample();
  warn.level = base::Level::warn;
  CHECK(io::heartbeat_syslog_text(warn, "heartbeat") == "heartbeat: [31]: WARN: TEXT");
  CHECK(io::syslog_line(sample(), io::syslog_facility("local0"), "", "heartbeat: [31]: info: TEXT") ==
        "<134>Nov 20 08:47:51 heartbeat: [31]: info: TEXT");
  CHECK(io::syslog_facility("local9") == -1);
}

TEST_CASE("lines are written at once before start and by the thread after it") {
  test::Scratch dir;
  io::LogSink sink({io::LogTarget::file(dir / "log", base::Level::info, plain)});
  sink.say(base::Level::info, "one");
  CHECK(text_of(dir / "log") == "one\n");
  sink.start();
  sink.say(base::Level::debug, "hidden");
  sink.say(base::Level::warn, "two");
  REQUIRE(sink.flush(60s));
  CHECK(text_of(dir / "log") == "one\ntwo\n");
}

TEST_CASE("a rotated file is reopened") {
  test::Scratch dir;
  io::LogSink sink({io::LogTarget::file(dir / "log", base::Level::info, plain)});
  sink.start();
  sink.say(base::Level::info, "one");
  REQUIRE(sink.flush(60s));
  REQUIRE(::rename((dir / "log").c_str(), (dir / "log.1").c_str()) == 0);
  sink.say(base::Level::info, "two");
  REQUIRE(sink.flush(60s));
  CHECK(text_of(dir / "log.1") == "one\n");
  CHECK(text_of(dir / "log") == "two\n");
}

TEST_CASE("a target of many files writes into the one that the record names, and sees each one's rotation") {
  test::Scratch dir;
  std::vector<io::LogTarget> targets;
  targets.push_back(io::LogTarget::files(base::Level::info, [](const io::LogRecord& r) { return r.text; }));
  io::LogSink log(std::move(targets));
  auto say = [&](const char* file, const char* text) {
    log.publish({{}, base::Level::info, 1, "x", text, file ? dir / file : std::string()});
    REQUIRE(log.flush(10s));
  };
  log.start();
  say("a", "1");
  say("b", "2");
  say("a", "3");
  say(nullptr, "for nobody");
  CHECK(io::read_file(dir / "a").value() == "1\n3\n");
  CHECK(io::read_file(dir / "b").value() == "2\n");
  REQUIRE(std::rename((dir / "a").c_str(), (dir / "a.1").c_str()) == 0);
  say("a", "4");
  say("b", "5");
  CHECK(io::read_file(dir / "a").value() == "4\n");
  CHECK(io::read_file(dir / "a.1").value() == "1\n3\n");
  CHECK(io::read_file(dir / "b").value() == "2\n5\n");
}

TEST_CASE("a FIFO without a reader, and a full disk, cost lines and no time") {
  test::Scratch dir;
  REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
  io::LogSink sink({io::LogTarget::file(dir / "fifo", base::Level::info, plain),
                    io::LogTarget::file("/dev/full", base::Level::info, plain),
                    io::LogTarget::file(dir / "log", base::Level::info, plain)});
  sink.start();
  for (int i = 0; i < 100; ++i) sink.say(base::Level::info, "lost");
  REQUIRE(sink.flush(60s));
  int reader = ::open((dir / "fifo").c_str(), O_RDONLY | O_NONBLOCK);
  sink.say(base::Level::info, "heard");
  REQUIRE(sink.flush(60s));
  char buffer[4096];
  auto n = ::read(reader, buffer, sizeof buffer);
  ::close(reader);
  REQUIRE(n > 0);
  CHECK(std::string(buffer, static_cast<std::size_t>(n)) ==
        "heard\n100 log lines could not be written and are lost\n");
  CHECK(base::split(text_of(dir / "log"), '\n').size() == 102);
}

TEST_CASE("a flood is bounded, counted and told") {
  test::Scratch dir;
  io::LogSink sink({io::LogTarget::file(dir / "log", base::Level::info,
                                        [&](const io::LogRecord& r) {
                                          if (r.text == "slow") ::usleep(100'000);
                                          return r.text;
                                        })},
                   10);
  sink.start();
  sink.say(base::Level::info, "slow");
  auto begin = io::now_mono();
  for (int i = 0; i < 10000; ++i) sink.say(base::Level::info, "x");
  CHECK(io::now_mono() - begin < 60s);  // had each waited for the slow line, it would be a quarter of an hour
  CHECK(sink.dropped() > 0);
  REQUIRE(sink.flush(60s));
  std::size_t told = 0;  // in one line or in two: the thread may have come in between
  auto text = text_of(dir / "log");
  for (auto line : base::split(text, '\n'))
    if (auto end = line.find(" log lines were dropped"); end != std::string_view::npos)
      told += base::parse_number<std::size_t>(line.substr(0, end)).value_or(0);
  CHECK(told == sink.dropped());
}

TEST_CASE("a reload changes the targets after what was said before") {
  test::Scratch dir;
  io::LogSink sink({io::LogTarget::file(dir / "a", base::Level::info, plain)});
  sink.start();
  sink.say(base::Level::info, "one");
  sink.retarget({io::LogTarget::file(dir / "b", base::Level::info, plain)});
  REQUIRE(sink.flush(60s));
  sink.say(base::Level::info, "two");
  REQUIRE(sink.flush(60s));
  CHECK(text_of(dir / "a") == "one\n");
  CHECK(text_of(dir / "b") == "two\n");
}

namespace {

std::optional<base::LogdLine> to_logd(const io::LogRecord& record) {
  if (record.text.starts_with("not for logd")) return std::nullopt;
  return base::LogdLine{"heartbeat", 31, record.level, true, record.text, record.when};
}

std::vector<io::LogTarget> by_logd(const test::Scratch& dir, base::Duration retry) {
  std::vector<io::LogTarget> otherwise;
  otherwise.push_back(io::LogTarget::file(dir / "log", base::Level::info, plain));
  std::vector<io::LogTarget> out;
  out.push_back(io::LogTarget::logd(dir / "log_daemon", retry, to_logd, std::move(otherwise)));
  return out;
}

}  // namespace

TEST_CASE("ha_logd gets the lines while it is there, the file while it is not") {
  test::Scratch dir;
  io::LogSink sink(by_logd(dir, 0s));
  sink.start();
  sink.say(base::Level::info, "before");
  REQUIRE(sink.flush(60s));
  CHECK(text_of(dir / "log") == "before\n");
  {
    test::LogdStandIn logd(dir / "log_daemon");
    sink.say(base::Level::error, "one");
    sink.say(base::Level::debug, "two");
    sink.say(base::Level::info, "not for logd, this one");
    REQUIRE(sink.flush(60s));
    CHECK(logd.lines() == std::vector<std::string>{"3 heartbeat[31] 1 one", "7 heartbeat[31] 1 two"});
  }
  sink.say(base::Level::info, "after");
  REQUIRE(sink.flush(60s));
  CHECK(text_of(dir / "log") ==
        "before\nnot for logd, this one\nha_logd is gone: until it is back, log lines are written here\nafter\n");
  test::LogdStandIn again(dir / "log_daemon");
  sink.say(base::Level::info, "again");
  REQUIRE(sink.flush(60s));
  CHECK(again.lines() == std::vector<std::string>{"6 heartbeat[31] 1 again"});
}

TEST_CASE("ha_logd is not looked for again before its time") {
  test::Scratch dir;
  io::LogSink sink(by_logd(dir, 1h));
  sink.say(base::Level::info, "one");
  test::LogdStandIn logd(dir / "log_daemon");
  sink.say(base::Level::info, "two");
  CHECK(logd.lines().empty());
  CHECK(text_of(dir / "log") == "one\ntwo\n");
}

TEST_CASE("a ha_logd that does not read costs no time; what does not fit is lost and counted, and all else comes in its order") {
  test::Scratch dir;
  test::LogdStandIn logd(dir / "log_daemon");
  io::LogSink sink(by_logd(dir, 1h), 100'000);
  sink.start();
  constexpr int kLines = 5000;
  for (int i = 0; i < kLines; ++i) sink.say(base::Level::info, std::to_string(i) + std::string(500, 'x'));
  REQUIRE(sink.flush(60s));
  std::vector<std::string> got;
  auto read_until = [&](auto enough) {
    for (int tries = 0; tries < 6000 && !enough(); ++tries) {
      auto more = logd.lines();
      got.insert(got.end(), more.begin(), more.end());
      if (more.empty()) std::this_thread::sleep_for(10ms);
    }
    return enough();
  };
  // Without another word: what was kept is sent once there is room.
  REQUIRE(read_until([&] { return got.size() > 400; }));
  for (std::size_t seen = 0; seen != got.size();) {
    seen = got.size();
    for (int quiet = 0; quiet < 50 && seen == got.size(); ++quiet) {
      auto more = logd.lines();
      got.insert(got.end(), more.begin(), more.end());
      std::this_thread::sleep_for(10ms);
    }
  }
  const auto taken = got.size();
  CHECK(taken < kLines);
  for (std::size_t i = 0; i < taken; ++i)
    REQUIRE(got[i] == "6 heartbeat[31] 1 " + std::to_string(i) + std::string(500, 'x'));
  sink.say(base::Level::info, "there is room again");
  REQUIRE(read_until([&] { return got.size() >= taken + 2; }));
  CHECK(got[taken] == "4 heartbeat[31] 1 " + std::to_string(kLines - taken) + " log lines could not be written and are lost");
  CHECK(got[taken + 1] == "6 heartbeat[31] 1 there is room again");
}

TEST_CASE("of a frame that was half sent a new ha_logd gets the whole") {
  test::Scratch dir;
  io::LogdChannel channel(dir / "log_daemon", 0s, 4'000'000);
  const auto offer = [&](std::string text) {
    const io::LogRecord record{base::Wall{}, base::Level::info, 31, {}, text};
    return channel.offer(record, base::logd_frame(*to_logd(record)));
  };
  {
    test::LogdStandIn logd(dir / "log_daemon");
    while (!channel.unsent()) REQUIRE(offer(std::string(500, 'x')) == io::LogdChannel::Answer::taken);
  }
  channel.pump();
  REQUIRE_FALSE(channel.connected());
  test::LogdStandIn logd(dir / "log_daemon");
  CHECK(offer("last") == io::LogdChannel::Answer::taken);
  const auto got = logd.lines();
  REQUIRE(got.size() == 2);
  CHECK(got[1].ends_with(" last"));
}

TEST_CASE("what ha_logd has not taken at the end is in the file") {
  test::Scratch dir;
  test::LogdStandIn logd(dir / "log_daemon");
  {
    io::LogSink sink(by_logd(dir, 1h), 100'000);
    sink.start();
    for (int i = 0; i < 1000; ++i) sink.say(base::Level::info, std::to_string(i) + std::string(500, 'x'));
  }
  auto file = text_of(dir / "log");
  auto written = static_cast<std::size_t>(std::count(file.begin(), file.end(), '\n'));
  CHECK(written > 100);
  CHECK(file.find("\n999x") == std::string::npos);  // there was no room for it
  CHECK(file.find(" log lines could not be written and are lost\n") != std::string::npos);
}
