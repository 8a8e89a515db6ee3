// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/fifo.h"

#include <unistd.h>

#include <optional>

#include "test/unit/hbd/shell/scratch.h"
#include "test/support/catch.h"

using namespace hbd;

namespace {
struct Bench {
  Bench() {
    REQUIRE(io::make_pipe(read, write));
    io::set_nonblocking(read.get());
    fifo.emplace(loop.context(), std::move(read), [this](core::Input i) { inputs.push_back(std::move(i)); },
                 [this](std::string why) { garbage.push_back(std::move(why)); });
  }
  io::Loop loop;
  io::Fd read, write;
  std::vector<core::Input> inputs;
  std::vector<std::string> garbage;
  std::optional<shell::Fifo> fifo;
};
constexpr std::string_view kStandby = ">>>\nt=ask_resources\nrsc_hold=foreign\ninfo=me\n<<<\n";
}  // namespace

TEST_CASE("hb_standby, hb_takeover and the rest of root's words") {
  Bench b;
  b.fifo->take(std::string(kStandby) + ">>>\nt=hb_takeover\nrsc_hold=failback\n<<<\n>>>\nt=addnode\nnodelist=carol\n<<<\n");
  REQUIRE(b.inputs.size() == 3);
  CHECK(std::get<core::Standby>(b.inputs[0]).what == model::Holding::foreign);
  CHECK(std::get<core::Takeover>(b.inputs[1]).what == model::Holding::local);
  CHECK(std::get<core::LocalMessage>(b.inputs[2]).message.get("nodelist") == "carol");
  CHECK(b.garbage.empty());
}

TEST_CASE("messages in pieces, through the descriptor") {
  Bench b;
  for (char c : kStandby) REQUIRE(::write(b.write.get(), &c, 1) == 1);
  REQUIRE(until(b.loop, [&] { return b.inputs.size() == 1; }));
}

TEST_CASE("garbage is said and does not swallow what follows") {
  Bench b;
  b.fifo->take("complete nonsense\n");
  b.fifo->take(kStandby);
  CHECK(b.inputs.size() == 1);
  CHECK(b.garbage.size() == 1);
  b.fifo->take(">>>\nno equals sign\n<<<\n");
  CHECK(b.garbage.size() == 2);
  b.fifo->take(">>>\n" + std::string(70000, 'x'));
  CHECK(b.garbage.size() == 3);
  b.fifo->take(kStandby);
  CHECK(b.inputs.size() == 2);
}
