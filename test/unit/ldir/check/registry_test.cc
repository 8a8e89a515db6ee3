// SPDX-License-Identifier: Apache-2.0
#include "ldir/check/registry.h"

#include "ldir/check/pattern.h"
#include "ldir/check/sequence.h"
#include "test/support/catch.h"

using namespace ldir::check;
using ldir::ipvs::Protocol;
using ldir::model::CheckSpec;
using ldir::model::CheckType;
using ldir::model::ServiceType;

TEST_CASE("every service has one row under its own name") {
  for (int i = 0; i <= static_cast<int>(ServiceType::submission); ++i) {
    const auto service = static_cast<ServiceType>(i);
    CHECK(row_of(service).service == service);
  }
  CHECK(row_of(ServiceType::http_proxy).name == "http_proxy");
}

TEST_CASE("the transport follows type, service and protocol") {
  CheckSpec s;
  CHECK(transport_of(s, CheckType::negotiate) == Transport::none);  // service none
  CHECK(transport_of(s, CheckType::on) == Transport::none);
  CHECK(transport_of(s, CheckType::off) == Transport::none);
  CHECK(transport_of(s, CheckType::ping) == Transport::icmp);
  CHECK(transport_of(s, CheckType::external) == Transport::command);
  CHECK(transport_of(s, CheckType::connect) == Transport::tcp);
  s.service = ServiceType::dns;
  CHECK(transport_of(s, CheckType::negotiate) == Transport::tcp);
  s.protocol = Protocol::udp;
  CHECK(transport_of(s, CheckType::negotiate) == Transport::udp);
  CHECK(transport_of(s, CheckType::connect) == Transport::icmp);  // as the original: a UDP port can not be connected to
  s.service = ServiceType::http;
  s.protocol = Protocol::fwm;
  CHECK(transport_of(s, CheckType::negotiate) == Transport::tcp);
}

TEST_CASE("connect passes as soon as it is connected") {
  CheckSpec s;
  s.type = CheckType::connect;
  auto script = make_script(s, CheckType::connect);
  REQUIRE(script);
  CHECK(std::get<Done>(script->next(Connected{})).verdict.pass);
  CHECK_FALSE(make_script(s, CheckType::on));
}

TEST_CASE("the scripts of a check are made once, and again and again used") {
  CheckSpec s;
  s.type = CheckType::combined;
  s.service = ServiceType::http;
  s.receive = "hel+o";
  Scripts scripts;
  auto* negotiate = scripts.get(s, CheckType::negotiate);
  REQUIRE(negotiate);
  CHECK(scripts.get(s, CheckType::connect) != negotiate);
  CHECK(std::get<Done>(scripts.get(s, CheckType::connect)->next(Connected{})).verdict.pass);
  for (const char* body : {"hello", "bye", "hello"}) {
    CHECK(scripts.get(s, CheckType::negotiate) == negotiate);
    CHECK(std::holds_alternative<Send>(negotiate->next(Connected{})));
    CHECK(std::holds_alternative<Receive>(negotiate->next(Sent{})));
    // Cut off within the answer once: nothing of it may be left in the next run.
    CHECK(std::holds_alternative<Receive>(negotiate->next(Received{"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhel"})));
    negotiate->next(Connected{});
    negotiate->next(Sent{});
    const auto answer = "HTTP/1.0 200 OK\r\n\r\n" + std::string(body);
    CHECK(std::holds_alternative<Receive>(negotiate->next(Received{answer})));
    CHECK(std::get<Done>(negotiate->next(Closed{})).verdict.pass == (std::string(body) == "hello"));
  }
  s.service = ServiceType::oracle;  // a program's business
  Scripts none;
  CHECK_FALSE(none.get(s, CheckType::negotiate));
}

TEST_CASE("what can not be checked is refused by name, a bad pattern by its fault") {
  CheckSpec s;
  for (int i = 0; i <= static_cast<int>(ServiceType::submission); ++i) {
    s.service = static_cast<ServiceType>(i);
    const auto& row = row_of(s.service);
    CHECK(supported(s) == row.built);
    if (row.built) CHECK(validate(s));
    else CHECK(validate(s).error().message.ends_with("which service=" + std::string(row.name) + " needs"));
    CHECK((row.built || !row.library.empty()));
  }
  s.type = CheckType::connect;
  CHECK(supported(s));
  s.type = CheckType::negotiate;
  s.service = ServiceType::http;
  s.receive = "hello(";
  CHECK(supported(s));
  CHECK(validate(s).error().message.find("regular expression: missing closing parenthesis at character 7") == 0);
  auto action = make_script(s, CheckType::negotiate)->next(Connected{});  // and does not end the daemon (D51)
  CHECK_FALSE(std::get<Done>(action).verdict.pass);
  s.receive = "hel+o";
  CHECK(validate(s));
}

TEST_CASE("a combined check negotiates first, then connects N times, and negotiates after any failure") {
  CheckSpec s;
  s.type = CheckType::combined;
  s.combined_connects = 2;
  Sequence q(s);
  std::string seen;
  auto run = [&](bool pass) {
    seen += q.next() == CheckType::negotiate ? 'N' : 'C';
    q.done(pass);
  };
  for (int i = 0; i < 7; ++i) run(true);
  CHECK(seen == "NCCNCCN");
  seen.clear();
  run(true), run(false), run(false), run(true), run(true), run(true), run(true);
  CHECK(seen == "CCNNCCN");
  s.combined_connects = 0;
  Sequence always(s);
  always.done(true);
  CHECK(always.next() == CheckType::negotiate);
  s.type = CheckType::connect;
  CHECK(Sequence(s).next() == CheckType::connect);
}

TEST_CASE("patterns match bytes, not characters") {
  auto p = Pattern::compile("caf\xc3\xa9|\\x00end");
  REQUIRE(p);
  CHECK(p->search("un caf\xc3\xa9") == Pattern::Match::yes);
  CHECK(p->search(std::string_view("a\0end", 5)) == Pattern::Match::yes);
  CHECK(p->search("\xff\xfe") == Pattern::Match::no);
}
