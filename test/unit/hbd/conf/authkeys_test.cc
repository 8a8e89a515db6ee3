// SPDX-License-Identifier: Apache-2.0
#include "test/unit/hbd/conf/fake_machine.h"
#include "test/support/catch.h"

namespace {
hbd::conf::LoadedKeys load(std::string text, unsigned mode = 0600) {
  return hbd::conf::load_keys({{"authkeys", std::move(text)}, "", mode});
}
std::string says(std::string text, unsigned mode = 0600) { return load(std::move(text), mode).diagnostics.render(); }
using Method = hbd::model::AuthKey::Method;
}  // namespace

TEST_CASE("good files") {
  auto loaded = load("# keys\nauth 2\n1 md5 x\n2 sha1 HA_somestring\n15 md5 Hello! # old\n3 sha256 x\n");
  CHECK(loaded.diagnostics.render() == "");
  CHECK(loaded.keys.sign_with == 2);
  CHECK(loaded.keys.keys.size() == 4);
  CHECK(loaded.keys.keys.at(1) == hbd::model::AuthKey{Method::md5, "x"});
  CHECK(load("auth 1\n1 crc\n").keys.keys.at(1) == hbd::model::AuthKey{Method::crc, ""});
  CHECK(loaded.keys.keys.at(2) == hbd::model::AuthKey{Method::sha1, "HA_somestring"});
  CHECK(loaded.keys.keys.at(15) == hbd::model::AuthKey{Method::md5, "Hello!"});
  CHECK(loaded.keys.keys.at(3).method == Method::sha256);
  CHECK(load("auth3\n  3 md5 x\n").ok());                  // as the original's scanf reads it
  CHECK(load("auth 2 # or 3 md5\n2 sha1 test\n").ok());    // seen in the corpus
  CHECK(load("auth 1\n1 md5 #key\n").keys.keys.at(1).key == "#key");
}

TEST_CASE("findings never show the line, for it may hold the key") {
  CHECK(says("auth 1\n1 sha1REDACTED\n") ==
        "authkeys:2:3: error: Invalid authtype: a blank is missing between the method and the key\n");
  CHECK(says("auth 1\n1 sha3 secret\n") == "authkeys:2:3: error: Invalid authtype; the methods are crc, md5, sha1, sha256\n");
  CHECK(says("auth 1\n1 md5 se\x01ret\n").find("ret") == std::string::npos);
  CHECK(says("auth 1\n1 md5 secret word\n") ==
        "authkeys:2:14: warning: the key is the third word only; the rest of the line is ignored\n");
}

TEST_CASE("authkeys: one cause, one message") {
  CHECK(says("auth 1\n1 md5\n") == "authkeys:2:3: error: Auth method [md5] requires a key\n");
  CHECK(says("auth 1\n1 crc secret\n") == "authkeys:2:7: error: Auth method [crc] doesn't use a key\n");
  CHECK(says("auth 1\n1\n").find("not found") == std::string::npos);
  CHECK(says("auth 2\n1 md5\n").find("Auth Key [2] not found") != std::string::npos);
  CHECK(says("\xef\xbb\xbf" "auth 1\n1 crc\n") ==
        "authkeys:1:1: error: the file begins with a byte order mark (bytes ef bb bf), as editors on Windows put it there; save "
        "it as UTF-8 without one\n");
}

TEST_CASE("findings") {
  CHECK(says("1 crc\n").find("Missing auth directive in keyfile [authkeys]") != std::string::npos);
  CHECK(says("") == "authkeys: error: Missing auth directive in keyfile [authkeys]: `auth N` says which key signs\n");
  CHECK(says("auth 2\n1 crc\n") == "authkeys:1:6: error: Auth Key [2] not found in keyfile [authkeys]\n");
  CHECK(says("auth x\n").find("authkeys:1:1: error: Invalid auth line in authkeys: write `auth N`") == 0);
  CHECK(says("any 1\n").find("Invalid auth line") != std::string::npos);
  CHECK(says("auth 16\n16 crc\n") ==
        "authkeys:1:6: error: Invalid authnum [16] in authkeys; 0 to 15\nauthkeys:2:1: error: Invalid authnum [16] in authkeys; 0 to 15\n");
  CHECK(says("auth 1\n1 crc secret\n").find("Auth method [crc] doesn't use a key") != std::string::npos);
  CHECK(says("auth 1\n1 md5\n").find("Auth method [md5] requires a key") != std::string::npos);
  CHECK(says("auth 1\n1\n").find("key 1 has no method") != std::string::npos);
  CHECK(says("auth 1\nhello\n1 crc\n").find("authkeys:2:1: error: Auth line is invalid") == 0);
  CHECK(load("auth 1\nauth 2\n1 crc\n2 crc\n").keys.sign_with == 2);
  CHECK(says("auth 1\n1 crc\n1 md5 x\n") == "authkeys:3:1: warning: key 1 is also in line 2; the last one counts\n");
  CHECK(says("1 crc\nauth 1\n").find("warning: a key above the auth line") != std::string::npos);
}

TEST_CASE("a key that only Upbeat knows is not used unawares beside a Heartbeat") {
  CHECK(says("auth 1\n1 sha256 secret\n").find("authkeys:2:3: warning: Heartbeat 3.0.6 knows no sha256") == 0);
  CHECK(says("auth 1\n1 sha1 old\n2 sha256 new\n") == "");  // the first step of a roll-over
}

TEST_CASE("crc is taken, and it is said what it is worth") {
  const std::string_view note = "note: crc has no key: it finds damaged packets";
  CHECK(says("auth 1\n1 crc\n").find(note) != std::string::npos);
  CHECK(says("auth 2\n1 crc\n2 sha1 x\n").find(note) != std::string::npos);
  CHECK(load("auth 1\n1 crc\n").ok());
  CHECK(says("auth 2\n1 crc\n2 sha1\n").find(note) == std::string::npos);
  CHECK(says("auth 1\n1 crc\n1 sha1 x\n").find(note) == std::string::npos);
}

TEST_CASE("nobody else may read it") {
  CHECK(says("auth 1\n1 crc\n", 0644) ==
        "authkeys: error: Bad permissions on keyfile [authkeys], 600 recommended. Mode 0644 lets others than root at the key; "
        "`chmod 600 authkeys`\n");
  for (unsigned mode : {0640u, 0604u, 0660u, 0620u}) CHECK_FALSE(load("auth 1\n1 crc\n", mode).ok());
  for (unsigned mode : {0600u, 0400u, 0700u}) CHECK(load("auth 1\n1 crc\n", mode).ok());
}
