// SPDX-License-Identifier: Apache-2.0
// Each service's conversation: what it says, what it takes for good, and the words for what it does not.
// Transcripts are of real servers (Debian's postfix, dovecot, vsftpd, slapd, unbound, freeradius) or made
// from the protocol's text.
#include "base/digest.h"
#include "base/rng.h"
#include "ldir/check/registry.h"
#include "ldir/check/url.h"
#include "test/support/catch.h"
#include "test/unit/ldir/check/play.h"

using namespace ldir::check;
using ldir::ipvs::Protocol;
using ldir::model::CheckSpec;
using ldir::model::CheckType;
using enum ldir::model::ServiceType;
using Sent_ = std::vector<std::string>;

namespace {

CheckSpec spec(ldir::model::ServiceType service, std::string request = "", std::string receive = "") {
  CheckSpec s;
  s.service = service;
  s.address = *base::IpAddress::parse("10.9.9.2");
  s.port = 8080;
  s.request = std::move(request);
  s.receive = std::move(receive);
  return s;
}

CheckSpec as(CheckSpec s, std::string login, std::string passwd, std::string secret = "") {
  s.login = std::move(login);
  s.passwd = std::move(passwd);
  s.secret = std::move(secret);
  return s;
}

CheckSpec over(CheckSpec s, Protocol protocol) {
  s.protocol = protocol;
  return s;
}

// However the answer is cut, the verdict is the same, and the script can be used again.
test::Played play(const CheckSpec& s, std::string_view text, std::string_view file = {}) {
  auto script = make_script(s, CheckType::negotiate);
  REQUIRE(script);
  auto whole = test::play_all(*script, text, 1 << 20, file);
  if (s.protocol != Protocol::udp)
    for (std::size_t piece : {1, 2, 3, 7})
      REQUIRE(test::play_all(*script, text, piece, file).verdict.detail == whole.verdict.detail);
  return whole;
}

std::string up(const CheckSpec& s, std::string_view text, std::string_view file = {}) {
  auto played = play(s, text, file);
  return (played.verdict.pass ? "" : "DOWN ") + played.verdict.detail;
}
std::string down(const CheckSpec& s, std::string_view text, std::string_view file = {}) {
  auto played = play(s, text, file);
  return (played.verdict.pass ? "UP " : "") + played.verdict.detail;
}

std::string bytes(std::initializer_list<int> list) {
  std::string out;
  for (int b : list) out += static_cast<char>(b);
  return out;
}

}  // namespace

TEST_CASE("smtp and submission greet, say EHLO or HELO, and leave") {
  for (auto service : {smtp, submission}) {
    auto good = play(spec(service), "220 mail.example.com ESMTP\r\n250-mail.example.com\r\n250 SIZE\r\n");
    CHECK(good.verdict.pass);
    CHECK(good.verdict.detail == "220 mail.example.com ESMTP");
    CHECK(good.sent == Sent_{"EHLO localhost.localdomain\r\n"});
    CHECK(good.farewell == "QUIT\r\n");
  }
  CHECK(play(spec(smtp), "220-old\r\n220 one\r\n500 what?\r\n250 hello\r\n").sent ==
        Sent_{"EHLO localhost.localdomain\r\n", "HELO localhost.localdomain\r\n"});
  CHECK(down(spec(smtp), "220 x\r\n500 what?\r\n550 go away\r\n") == "HELO refused: 550 go away");
  CHECK(down(spec(smtp), "554 no service\r\n") == "554 no service");
  CHECK(down(spec(smtp), "+OK POP3 ready\r\n") == "not an SMTP reply: +OK POP3 ready");
  CHECK(down(spec(smtp), "220 x\r\n") == "closed within the conversation");
  CHECK(down(spec(smtp), "") == "closed without a word");
  CHECK(down(spec(smtp), std::string(20'000, 'x')) == "a line of the answer is too long");
  std::string endless = "220-x\r\n";
  while (endless.size() < 300'000) endless += "220-" + std::string(100, 'x') + "\r\n";
  CHECK(down(spec(smtp), endless) == "the answer is too long");
}

TEST_CASE("pop logs in by APOP, USER and PASS, or CRAM-MD5") {
  CHECK(up(spec(pop), "+OK ready\r\n") == "+OK ready");
  CHECK(play(spec(pop), "+OK ready\r\n").farewell == "QUIT\r\n");
  CHECK(down(spec(pop), "-ERR busy\r\n") == "-ERR busy");
  CHECK(down(spec(pop), "220 ftp\r\n") == "not a POP3 greeting: 220 ftp");
  auto user = as(spec(pop), "monitor", "tanstaaf");
  CHECK(play(user, "+OK\r\n+OK\r\n+OK\r\n").sent == Sent_{"USER monitor\r\n", "PASS tanstaaf\r\n"});
  CHECK(up(user, "+OK\r\n+OK\r\n+OK\r\n") == "logged in");
  CHECK(down(user, "+OK\r\n+OK\r\n-ERR [AUTH] no\r\n-ERR no such\r\n") == "login: -ERR [AUTH] no");
  // RFC 1939 §7's own example.
  auto apop = play(user, "+OK POP3 <1896.697170952@dbc.mtview.ca.us>\r\n+OK\r\n");
  CHECK(apop.verdict.pass);
  CHECK(apop.sent == Sent_{"APOP monitor c4c9334bac560ecc979e58001b3e22fb\r\n"});
  CHECK(up(user, "+OK <1@x>\r\n-ERR\r\n+OK\r\n+OK\r\n") == "logged in");
  // RFC 2195 §2's own example.
  auto tim = play(
      as(spec(pop), "tim", "tanstaaftanstaaf"),
      "+OK\r\n-ERR no plain text\r\n+ PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\r\n+OK\r\n");
  CHECK(tim.verdict.pass);
  CHECK(tim.sent.back() == "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw\r\n");
}

TEST_CASE("imap greets, logs in where it is asked to, and never touches a mailbox") {
  CHECK(up(spec(imap), "* OK ready\r\n") == "* OK ready");
  CHECK(up(spec(imap), "* preauth hi\r\n") == "* preauth hi");
  CHECK(down(spec(imap), "* BYE too many\r\n") == "* BYE too many");
  CHECK(down(spec(imap), "+OK pop\r\n") == "not an IMAP greeting: +OK pop");
  auto user = as(spec(imap), "a\"b", "c\\d\r\n9 DELETE INBOX");
  auto played = play(user, "* OK\r\n* CAPABILITY IMAP4rev1\r\n1 OK done\r\n");
  CHECK(played.sent == Sent_{"1 LOGIN \"a\\\"b\" \"c\\\\d9 DELETE INBOX\"\r\n"});
  CHECK(played.verdict.detail == "logged in");
  CHECK(played.farewell == "2 LOGOUT\r\n");
  CHECK(down(user, "* OK\r\n1 NO wrong\r\n") == "login: 1 NO wrong");
}

TEST_CASE("imaps, pops and ldaps begin with TLS, for the virtual host's name, and verify when asked") {
  for (auto service : {imaps, pops, ldaps, https}) {
    if (!row_of(service).built) continue;
    auto s = spec(service);
    s.virtualhost = "mail.example.com";
    CHECK(play(s, "").sent.front() == "TLS mail.example.com");
    s.ssl_verify = true;
    CHECK(play(s, "").sent.front() == "TLS mail.example.com verified");
  }
  CHECK(up(spec(imaps), "* OK ready\r\n") == "* OK ready");
}

TEST_CASE("nntp looks at the first digit, as soon as it is there") {
  auto script = make_script(spec(nntp), CheckType::negotiate);
  CHECK(test::play_all(*script, "200 welcome\r\n").verdict.detail == "200 welcome");
  CHECK(test::play_all(*script, "200 welcome\r\n").farewell == "QUIT\r\n");
  CHECK(test::play_all(*script, "200 welcome\r\n", 1).verdict.pass);
  CHECK_FALSE(test::play(*script, "502 no\r\n").pass);
  CHECK(test::play(*script, "502 no\r\n").detail == "greeting: 502 no");
  CHECK(test::play(*script, "").detail == "closed without a word");
}

TEST_CASE("ftp fetches what it is asked for, over a connection to the real server") {
  const std::string in =
      "220 (vsFTPd 3.0.3)\r\n331 Please\r\n230 Login successful.\r\n200 Binary\r\n"
      "227 Entering Passive Mode (10,99,99,99,200,10).\r\n150 Opening\r\n226 Transfer complete.\r\n";
  auto s = as(spec(ftp, "/hello.txt", "hel+o"), "anonymous", "me@here");
  auto good = play(s, in, "say hello\n");
  CHECK(good.verdict.pass);
  CHECK(good.sent == Sent_{"USER anonymous\r\n", "PASS me@here\r\n", "TYPE I\r\n", "PASV\r\n", "DATA 51210",
                           "RETR /hello.txt\r\n"});
  CHECK(good.farewell == "QUIT\r\n");
  CHECK(down(s, in, "say goodbye\n") == "/hello.txt fetched, but no match for /hel+o/ in 12 bytes");
  CHECK(down(s, "220 x\r\n331 x\r\n530 Login incorrect.\r\n") == "login: 530 Login incorrect.");
  CHECK(down(s, "220 x\r\n230 x\r\n200 x\r\n227 nonsense\r\n") == "no passive transfer: 227 nonsense");
  CHECK(down(s, "220 x\r\n230 x\r\n200 x\r\n227 (1,2,3,4,5,6)\r\n550 none\r\n") == "/hello.txt: 550 none");
  CHECK(down(s, "421 too many users\r\n") == "421 too many users");
  CHECK(down(s, "SSH-2.0-OpenSSH\r\n") == "not an FTP reply: SSH-2.0-OpenSSH");
  CHECK_FALSE(play(s, in, std::string(3 << 20, 'x')).verdict.pass);  // judged by its first MiB
  auto six = s;
  six.address = *base::IpAddress::parse("fd00::2");
  auto epsv =
      play(six, "220 x\r\n230-a\r\n 230 not yet\r\n230 x\r\n200 x\r\n229 Entering (|||51210|)\r\n150 x\r\n",
           "hello");
  CHECK(epsv.verdict.pass);
  CHECK(epsv.sent[2] == "EPSV\r\n");
  CHECK(epsv.sent[3] == "DATA 51210");
}

TEST_CASE(
    "ftp without request and receive is a login; an anonymous one that nobody asked for may be refused") {
  CHECK(up(as(spec(ftp, "/"), "anonymous", "x"), "220 hi\r\n331 x\r\n530 no\r\n") == "220 hi");
  CHECK(down(as(spec(ftp, "/"), "monitor", "x"), "220 hi\r\n331 x\r\n530 no\r\n") == "login: 530 no");
  CHECK(up(as(spec(ftp, "/"), "monitor", "x"), "220 hi\r\n230 in\r\n") == "logged in");
  CHECK(down(as(spec(ftp, "/a"), "monitor", "x"),
             "220 hi\r\n230 in\r\n200 x\r\n227 (1,2,3,4,5,6)\r\n150 x\r\n451 disk\r\n",
             "part") == "/a: 451 disk");
}

TEST_CASE("simpletcp matches single lines, with their ends") {
  auto s = spec(simpletcp, "status\\nquit\\n", "^ready$");
  auto good = play(s, "busy\nready\n");
  CHECK(good.verdict.pass);
  CHECK(good.sent == Sent_{"status\nquit\n", "CLOSE"});
  CHECK(down(s, "not ready\n") == "closed, no match for /^ready$/ in any line");
  CHECK(up(s, "ready") == "answered: ready");
  CHECK(down(spec(simpletcp, "x", "a\nb"), "a\nb\n") == "closed, no match for /a\\x0ab/ in any line");
  CHECK(up(spec(simpletcp, "x\\n"), "anything\n") ==
        "answered: anything");  // the original never passes this one
  CHECK(down(spec(simpletcp, "x"), "") == "closed without an answer");
  CHECK(play(spec(simpletcp), "x").sent == Sent_{"CLOSE"});
  CHECK(down(s, std::string(70'000, 'x')) == "a line of the answer is too long");
  CHECK(down(spec(simpletcp, "x", "(a+)+$"), std::string(5000, 'a') + "b\n").find("takes too long") !=
        std::string::npos);
  CHECK(up(over(spec(simpletcp, "ping", "^pong$"), Protocol::udp), "pong") == "answered: pong");
}

TEST_CASE("http_proxy asks for the whole URL") {
  auto good = play(spec(http_proxy, "http://www.example.com:81/a b"),
                   "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
  CHECK(good.verdict.pass);
  CHECK(good.sent[0].starts_with(
      "GET http://www.example.com:81/a%20b HTTP/1.1\r\nHost: www.example.com:81\r\n"));
  CHECK(down(spec(http_proxy, ""), "") == "the request must be a URL that begins with http://: ");
  // Redirects go through the proxy, too.
  CHECK(play(spec(http_proxy, "http://a/"),
             "HTTP/1.1 302 x\r\nLocation: http://b/c\r\n\r\n<<again>>HTTP/1.1 200 OK\r\n\r\n")
            .sent[1] == "CONNECT :8080");
}

TEST_CASE("redirects are followed: on this server, to the virtual host's own pages, elsewhere") {
  auto to = [](const std::string& where, CheckSpec s = spec(http, "/dir/page?x=1", "hello")) {
    auto played = play(s, "HTTP/1.1 302 Found\r\nLocation: " + where +
                              "\r\n\r\nignored<<again>>HTTP/1.1 200 OK\r\n\r\nhello");
    REQUIRE((played.sent.size() == 3 || played.sent.size() == 4));
    CHECK(played.verdict.pass);
    auto request = played.sent.back();
    return played.sent[1] + " " + request.substr(0, request.find(" HTTP")) + " " +
           request.substr(request.find("Host: ") + 6, request.find("\r\nConn") - request.find("Host: ") - 6);
  };
  CHECK(to("/a") == "CONNECT :8080 GET /a 10.9.9.2:8080");
  CHECK(to("other#part") == "CONNECT :8080 GET /dir/other 10.9.9.2:8080");
  CHECK(to("?y=2") == "CONNECT :8080 GET /dir/page?y=2 10.9.9.2:8080");
  CHECK(to("http://10.9.9.2:81/a") == "CONNECT :81 GET /a 10.9.9.2:81");
  CHECK(to("http://10.9.9.3/") == "CONNECT 10.9.9.3:80 GET / 10.9.9.3");
  CHECK(to("//www.other.com") == "CONNECT www.other.com:80 GET / www.other.com");
  CHECK(to("https://user:pw@[fd00::1]:444/x") == "CONNECT fd00::1:444 GET /x [fd00::1]:444");
  auto named = spec(http, "/", "hello");
  named.virtualhost = "www.example.com";
  CHECK(to("http://WWW.example.com/a", named) == "CONNECT :8080 GET /a WWW.example.com");
  CHECK(to("https://www.example.com/a", named) == "CONNECT :443 GET /a www.example.com");
  auto once = [](const std::string& head) { return down(spec(http, "/"), "HTTP/1.1 " + head + "\r\n\r\n"); };
  CHECK(once("302 Found\r\nLocation: ftp://a/") ==
        "302 Found: redirects to ftp://a/, which cannot be followed");
  CHECK(once("302 Found\r\nLocation: http://") ==
        "302 Found: redirects to http://, which cannot be followed");
  CHECK(once("304 Not Modified\r\nLocation: /a") == "304 Not Modified");
  std::string loop;
  for (int i = 0; i < 10; ++i) loop += "HTTP/1.1 301 Moved\r\nLocation: /\r\n\r\n<<again>>";
  CHECK(down(spec(http, "/"), loop) == "301 Moved: more than 7 redirects");
}

TEST_CASE("URLs are read with care") {
  for (const char* bad : {"", "http", "http:/a", "ftp://a/", "http://:80/", "http://a:0/", "http://a:65536/",
                          "http://a:b/", "http://[fd00::1/", "http://[fd00::1]x/", "http://a b/"}) {
    INFO(bad);
    CHECK_FALSE(parse_url(bad));
  }
  CHECK(parse_url("HTTP://a?b")->str() == "http://a/?b");
  CHECK(parse_url("https://a:443/\r\nX: y")->str() == "https://a/%0D%0AX:%20y");
}

TEST_CASE("sip asks for its options and wants 200") {
  auto s = as(over(spec(sip), Protocol::udp), "monitor@here", "");
  auto good = play(s, "SIP/2.0 200 OK\r\nCSeq: 63104 OPTIONS\r\n\r\n");
  CHECK(good.verdict.detail == "SIP/2.0 200 OK");
  CHECK(good.sent[0].starts_with(
      "OPTIONS sip:monitor@here SIP/2.0\r\nVia: SIP/2.0/UDP 10.9.9.1:40000;branch=z9hG4bK"));
  s = over(s, Protocol::tcp);
  CHECK(play(s, "SIP/2.0 200 OK\r\n\r\n").sent[0].find("Via: SIP/2.0/TCP") != std::string::npos);
  CHECK(up(s, "\r\nSIP/2.0 100 Trying\r\n\r\nSIP/2.0 200 Fine\r\nX: y\r\n\r\n") == "SIP/2.0 200 Fine");
  CHECK(down(s, "SIP/2.0 404 Not Found\r\n") == "SIP/2.0 404 Not Found");
  CHECK(down(s, "HTTP/1.1 200 OK\r\n\r\n") == "not a SIP answer: HTTP/1.1 200 OK");
  CHECK(down(s, "SIP/2.0 200 OK\r\nX: y\r\n") == "closed within the conversation");
}

TEST_CASE("radius hides the password, proves the secret, and believes only who proves it") {
  auto s = as(over(spec(radius), Protocol::udp), "monitor", "secret", "shared");
  auto script = make_script(s, CheckType::negotiate);
  std::string nonce;
  for (int i = 1; i <= 16; ++i) nonce += static_cast<char>(i);
  auto answer = [&](int code, std::string attributes, std::string secret = "shared", int id = 1) {
    script = make_script(s, CheckType::negotiate);
    auto size = static_cast<int>(20 + attributes.size());
    auto head = bytes({code, id, size >> 8, size});
    return test::play_all(*script, head + base::md5(head + nonce + attributes + secret) + attributes).verdict;
  };
  CHECK(answer(2, "").detail == "Access-Accept");
  CHECK(answer(2, "").pass);
  CHECK(answer(3, bytes({18, 5, 'b', 'a', 'd'})).detail == "Access-Reject: bad");
  CHECK_FALSE(answer(3, "").pass);
  CHECK(answer(3, bytes({18, 1, 18, 0, 200})).detail == "Access-Reject");
  CHECK(answer(11, "").detail == "Access-Challenge");
  CHECK(answer(5, "").detail == "an answer of an unknown kind");
  CHECK(answer(2, "", "other").detail ==
        "the authenticator of the answer is wrong: is the secret the same on both sides?");
  CHECK(answer(2, "", "shared", 9).detail == "closed without an answer");  // somebody else's
  CHECK(down(s, "short") == "the answer is not RADIUS");
  CHECK(down(s, std::string(30, '\xff')) == "the answer is not RADIUS: its length is wrong");
  auto request = play(s, "").sent[0];
  CHECK(request.size() == 20 + 9 + 18 + 6 + 18);
  CHECK(request.substr(4, 16) == nonce);
  // RFC 2865 §5.2: the password, xored with MD5 of secret and authenticator.
  auto mask = base::md5("shared" + nonce);
  std::string password;
  for (std::size_t i = 0; i < 16; ++i) password += static_cast<char>(request[31 + i] ^ mask[i]);
  CHECK(password == "secret" + std::string(10, '\0'));
  CHECK(play(as(s, "m", std::string(300, 'x'), "shared"), "").sent[0].size() == 20 + 3 + 130 + 6 + 18);
}

TEST_CASE("dns finds an address, or a name, in the answer section") {
  if (!row_of(dns).built) return;
  auto s = over(spec(dns, "www.example.test", "192\\.0\\.2\\.7"), Protocol::udp);
  const auto question = std::string("\3www\7example\4test\0\0\1\0\1", 22);
  CHECK(play(s, "").sent[0] == bytes({1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}) + question);
  auto reply = [&](int flags, int answers, std::string records) {
    return bytes({1, 2, 0x81, flags, 0, 1, 0, answers, 0, 0, 0, 0}) + question + records;
  };
  const auto alias = bytes({0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 2, 0xc0, 16});
  const auto address = bytes({0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7});
  CHECK(up(s, reply(0x80, 2, alias + address)) == "answered: 192.0.2.7");
  CHECK(down(s, reply(0x80, 1, alias)) == "no address and no name in the answer for www.example.test");
  CHECK(down(s, reply(0x83, 0, "")) == "NXDOMAIN for www.example.test");
  CHECK(down(s, reply(0x80, 9, address)).starts_with("the answer is not DNS"));
  auto other = s;
  other.receive = "8$";
  CHECK(down(other, reply(0x80, 1, address)) == "no match for /8$/ in 192.0.2.7");
  other.receive = "";
  CHECK(up(other, reply(0x80, 1, address)) == "answered: 192.0.2.7");  // the original never passes this one
  CHECK(down(s, "\1").starts_with("the answer is not DNS"));
  CHECK(down(s, "\7" + reply(0x80, 1, address).substr(1)) ==
        "closed without an answer");  // to another question
  auto tcp = over(s, Protocol::tcp);
  auto message = reply(0x80, 1, address);
  CHECK(up(tcp, bytes({0, static_cast<int>(message.size())}) + message) == "answered: 192.0.2.7");
  CHECK(down(tcp, bytes({0xff, 0xff}) + message) == "closed without an answer");
  CHECK(play(over(spec(dns, "192.0.2.7"), Protocol::udp), "")
            .sent[0]
            .find(std::string("\1"
                              "7\1"
                              "2\1"
                              "0\3"
                              "192\7in-addr\4arpa")) != std::string::npos);
  CHECK(
      down(over(spec(dns, std::string(300, 'x')), Protocol::udp), "").ends_with("is not the name of a host"));
}

TEST_CASE("ldap binds, reads one entry, and leaves") {
  if (!row_of(ldap).built) return;
  // As slapd answers.
  auto result = [](int id, int kind, int code) {
    return bytes({0x30, 12, 2, 1, id, kind, 7, 10, 1, code, 4, 0, 4, 0});
  };
  const std::string dn = "dc=example";
  const auto entry = bytes({0x30, 5 + 2 + 10 + 2, 2, 1, 2, 0x64, 2 + 10 + 2, 4, 10}) + dn + bytes({0x30, 0});
  const auto bound = result(1, 0x61, 0), done = result(2, 0x65, 0);
  auto s = spec(ldap, "dc=example", "^dc=");
  auto good = play(s, bound + entry + done);
  CHECK(good.verdict.pass);
  CHECK(good.verdict.detail == "found dc=example");
  CHECK(good.sent[0] == bytes({0x30, 12, 2, 1, 1, 0x60, 7, 2, 1, 3, 4, 0, 0x80, 0}));
  CHECK(good.sent[1] == bytes({0x30, 52, 2, 1, 2, 0x63, 47, 4, 10}) + dn +
                            bytes({10, 1, 0, 10, 1, 0, 2, 1, 0, 2, 1, 0, 1, 1, 0, 0x87, 11}) + "objectClass" +
                            bytes({0x30, 5, 4, 3, '1', '.', '1'}));
  CHECK(good.farewell == bytes({0x30, 5, 2, 1, 3, 0x42, 0}));
  CHECK(play(as(s, "cn=x", "pw"), bound).sent[0] ==
        bytes({0x30, 18, 2, 1, 1, 0x60, 13, 2, 1, 3, 4, 4}) + "cn=x" + bytes({0x80, 2}) + "pw");
  CHECK(play(as(s, "cn=x", ""), bound).sent[0] == good.sent[0]);  // no password: as nobody, as the original
  CHECK(down(s, result(1, 0x61, 49)) == "bind: Invalid credentials");
  CHECK(down(s, bound + result(2, 0x65, 32)) == "search: No such object");
  CHECK(down(s, bound + done) == "0 entries found, one is needed");
  CHECK(down(s, bound + entry + entry + done) == "2 entries found, one is needed");
  CHECK(down(spec(ldap, "dc=example", "^cn="), bound + entry + done) == "no match for /^cn=/ in dc=example");
  CHECK(down(s, "HTTP/1.1 400\r\n") == "the answer is not LDAP");
  CHECK(down(s, bytes({0x30, 0x84, 0x7f, 0xff, 0xff, 0xff})) == "the answer is too long");
  CHECK(down(s, bytes({0x30, 3, 2, 9, 1})) == "the answer is not LDAP");
  CHECK(down(s, bound.substr(0, 10)) == "closed without an answer");
  std::string endless = bound;
  for (int i = 0; i < 200; ++i) endless += entry;
  CHECK(down(s, endless) == "the answer has no end");
}

TEST_CASE("the time a run may take is the original's") {
  auto s = spec(http);
  s.negotiate_timeout = std::chrono::seconds(30);
  s.check_timeout = std::chrono::seconds(5);
  CHECK(timeout_of(s, CheckType::negotiate).count() == 30);
  CHECK(timeout_of(s, CheckType::connect).count() == 5);
  for (auto service : {ldap, ldaps, radius}) {
    s.service = service;
    CHECK(timeout_of(s, CheckType::negotiate).count() == 5);
  }
}

TEST_CASE("answers of any bytes are judged in one line, by every script") {
  base::Rng rng(11);
  const std::string words[] = {"220 x\r\n",
                               "331 x\r\n",
                               "230 x\r\n",
                               "227 (1,2,3,4,5,6)\r\n",
                               "229 (|||5|)\r\n",
                               "150 x\r\n",
                               "+OK <a>\r\n",
                               "-ERR\r\n",
                               "+ eHh4\r\n",
                               "* OK\r\n",
                               "1 OK\r\n",
                               "SIP/2.0 200 OK\r\n\r\n",
                               "HTTP/1.1 302 x\r\nLocation: /y\r\n\r\n",
                               "<<again>>",
                               bytes({0x30, 12, 2, 1, 1, 0x61, 7, 10, 1, 0, 4, 0, 4, 0}),
                               bytes({0x64, 2, 4, 0}),
                               bytes({1, 2, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0}),
                               "2"};
  for (int i = 0; i <= static_cast<int>(submission); ++i) {
    auto s = as(spec(static_cast<ldir::model::ServiceType>(i), "/x", "y"), "u", "p", "s");
    for (auto protocol : {Protocol::tcp, Protocol::udp}) {
      s.protocol = protocol;
      auto script = make_script(s, CheckType::negotiate);
      if (!script) continue;
      for (int round = 0; round < 300; ++round) {
        std::string text;
        for (auto n = rng.below(8); n--;) {
          text += words[rng.below(std::size(words))];
          if (rng.chance(0.3)) text[rng.below(text.size())] = static_cast<char>(rng.next());
        }
        auto verdict = test::play_all(*script, text, 1 + rng.below(40), text).verdict;
        REQUIRE_FALSE(verdict.detail.empty());
        REQUIRE(verdict.detail.find('\n') == std::string::npos);
      }
    }
  }
}
