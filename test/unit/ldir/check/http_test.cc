// SPDX-License-Identifier: Apache-2.0
#include "base/rng.h"
#include "ldir/check/script.h"
#include "test/support/catch.h"
#include "test/unit/ldir/check/play.h"

using namespace ldir::check;
using ldir::model::CheckSpec;
using ldir::model::CheckType;
using ldir::model::ServiceType;

namespace {

CheckSpec spec(std::string receive = "", std::string request = "/index.html") {
  CheckSpec s;
  s.service = ServiceType::http;
  s.address = *base::IpAddress::parse("10.9.9.2");
  s.port = 80;
  s.request = std::move(request);
  s.receive = std::move(receive);
  return s;
}

Verdict run(const CheckSpec& s, std::string_view reply) {
  auto script = make_script(s, CheckType::negotiate);
  const auto whole = test::play(*script, reply);
  for (std::size_t piece : {1, 2, 3, 7})  // however it is cut, the verdict is the same; and the script is reusable
    REQUIRE(test::play(*script, reply, piece).detail == whole.detail);
  return whole;
}

std::string sent(const CheckSpec& s) { return std::get<Send>(make_script(s, CheckType::negotiate)->next(Connected{})).bytes; }

std::string ok(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

}  // namespace

TEST_CASE("the request is what a web server expects") {
  CHECK(sent(spec()) == "GET /index.html HTTP/1.1\r\nHost: 10.9.9.2\r\nConnection: close\r\nUser-Agent: ldirectord/" UPBEAT_VERSION
                        " (Upbeat)\r\n\r\n");
  auto s = spec("", "/a b?x=1&y=%20z");
  s.virtualhost = "my.host:8080";
  s.http_method = "HEAD";
  CHECK(sent(s).starts_with("HEAD /a%20b?x=1&y=%20z HTTP/1.1\r\nHost: my.host:8080\r\n"));
  s = spec();
  s.address = *base::IpAddress::parse("fd00::2");
  CHECK(sent(s).find("Host: [fd00::2]\r\n") != std::string::npos);
  s.port = 8080;
  CHECK(sent(s).find("Host: [fd00::2]:8080\r\n") != std::string::npos);
}

TEST_CASE("configured text can not smuggle in header lines") {
  auto s = spec("", "/a\r\nX: y");
  s.virtualhost = "h\r\nX-Evil: 1";
  const auto text = sent(s);
  CHECK(text.find("GET /a%0D%0AX:%20y HTTP/1.1\r\nHost: hX-Evil: 1\r\n") == 0);
}

TEST_CASE("2xx with a matching body passes") {
  CHECK(run(spec("hello"), ok("say hello there")).pass);
  CHECK(run(spec("hello"), ok("say hello there")).detail == "200 OK");
  CHECK(run(spec(), ok("")).pass);
  CHECK(run(spec(), "HTTP/1.1 204 No Content\r\n\r\n").pass);
  CHECK(run(spec("hello"), "HTTP/1.0 200 OK\r\n\r\nhello").pass);
  CHECK(run(spec("hello"), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n").pass);
  CHECK(run(spec("hello"), "HTTP/1.1 100 Continue\r\n\r\n" + ok("hello")).pass);
  // Found by the fuzzer: the last chunk arriving byte by byte.
  CHECK(run(spec(), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").pass);
}

TEST_CASE("anything else fails and says why") {
  auto v = run(spec("hello"), ok("goodbye"));
  CHECK_FALSE(v.pass);
  CHECK(v.layer == Layer::application);
  CHECK(v.detail == "200 OK, but no match for /hello/ in 7 bytes");
  CHECK(run(spec(), "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n").detail == "500 Internal Server Error");
  CHECK(run(spec(), "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n").detail == "401 Unauthorized");
  CHECK(run(spec(), "HTTP/1.1 301 Moved Permanently\r\nContent-Length: 0\r\n\r\n").detail == "301 Moved Permanently");
  CHECK(run(spec(), "").detail == "closed without an answer");
  CHECK(run(spec(), "HTTP/1.1 200 OK\r\nX: y").detail == "closed within the header of the answer");
  CHECK_FALSE(run(spec(), "HTTP/1.1 abc OK\r\n\r\n").pass);
  CHECK_FALSE(run(spec("hello"), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n").pass);
}

TEST_CASE("what the original tolerates is tolerated") {
  CHECK(run(spec("hello"), "hello").detail == "200 Assumed OK");                      // HTTP/0.9
  CHECK(run(spec("^hi$"), "hi").pass);                                                // shorter than "HTTP/"
  CHECK(run(spec("hello"), "HTTP/1.0 200 OK\nServer: nc\n\nhello\n").pass);           // bare line feeds
  CHECK(run(spec("hello"), "HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello").detail == "200");  // no reason phrase
  CHECK(run(spec("hello"), "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello").pass);  // cut short
}

TEST_CASE("receive is a Perl expression over the whole body") {
  const auto body = ok("Hello\nworld\nlast\n");
  auto matches = [&](const char* pattern) { return run(spec(pattern), body).pass; };
  CHECK_FALSE(matches("hello"));
  CHECK(matches("(?i)hello"));
  CHECK_FALSE(matches("^world"));
  CHECK(matches("(?m)^world$"));
  CHECK_FALSE(matches("Hello.world"));
  CHECK(matches("(?s)Hello.world"));
  CHECK(matches("last$"));
  CHECK(matches("W\\x6frld|wor(?=ld)"));
}

TEST_CASE("HEAD has no body to match") {
  auto s = spec("hel+o");
  s.http_method = "HEAD";
  CHECK_FALSE(run(s, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n").pass);
  s.receive.clear();
  CHECK(run(s, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n").pass);
}

TEST_CASE("https asks for TLS first, with the virtual host's name") {
  auto s = spec("hello");
  s.service = ServiceType::https;
  s.virtualhost = "www.example.com:8443";
  auto script = make_script(s, CheckType::negotiate);
  CHECK(std::get<StartTls>(script->next(Connected{})).server_name == "www.example.com");
  CHECK(std::holds_alternative<Send>(script->next(TlsUp{})));
  CHECK(run(s, ok("hello")).pass);
  for (const char* nameless : {"", "10.0.0.1", "10.0.0.1:443", "[fd00::1]:443", "fd00::1"}) {
    s.virtualhost = nameless;
    CHECK(std::get<StartTls>(make_script(s, CheckType::negotiate)->next(Connected{})).server_name.empty());
  }
}

TEST_CASE("memory is bounded whatever a server sends") {
  const std::string megabyte(1 << 20, 'x');
  CHECK(test::play(*make_script(spec(), CheckType::negotiate), "HTTP/1.1 200 OK\r\nX: " + megabyte, 65536).detail ==
        "the header of the answer is too long");
  const auto endless = "HTTP/1.1 200 OK\r\n\r\nhello" + megabyte + megabyte;
  CHECK(test::play(*make_script(spec("hello"), CheckType::negotiate), endless, 65536).pass);
  CHECK(test::play(*make_script(spec("hello"), CheckType::negotiate), "hello" + megabyte + megabyte, 65536).pass);
  std::string interim;
  for (int i = 0; i < 100; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  CHECK(run(spec(), interim).detail == "too many interim answers");
  const auto chunk = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;" + megabyte;
  CHECK_FALSE(test::play(*make_script(spec(), CheckType::negotiate), chunk, 4096).pass);
}

TEST_CASE("what is matched is the first MiB of a page, wherever it is cut") {
  const std::string near(1000 * 1000, 'x'), far(2 << 20, 'x');
  for (std::size_t piece : {1000, 65536}) {
    CHECK(test::play(*make_script(spec("hello"), CheckType::negotiate), ok(near + "hello"), piece).pass);
    CHECK_FALSE(test::play(*make_script(spec("hello"), CheckType::negotiate), ok(far + "hello"), piece).pass);
  }
}

TEST_CASE("a pattern can not keep us busy") {
  const auto v = test::play(*make_script(spec("(a+)+$"), CheckType::negotiate), ok(std::string(5000, 'a') + "b"));
  CHECK_FALSE(v.pass);
  CHECK(v.detail.find("takes too long") != std::string::npos);
}

TEST_CASE("mangled answers never harm") {
  base::Rng rng(7);
  const std::string good[] = {ok("hello"), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                              "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n"};
  auto script = make_script(spec("hello"), CheckType::negotiate);
  for (int i = 0; i < 5000; ++i) {
    auto s = good[rng.below(3)];
    for (auto n = rng.below(5); n--;) s[rng.below(s.size())] = static_cast<char>(rng.next());
    test::play(*script, s, 1 + rng.below(20));
  }
}
