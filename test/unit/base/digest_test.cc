// SPDX-License-Identifier: Apache-2.0
#include "base/digest.h"

#include "test/support/catch.h"

using namespace base;

TEST_CASE("crc is cksum without the length") {
  CHECK(crc32_msb("") == 0xffffffffu);
  // Captured from heartbeat 3.0.6 (reference, test vector V1): the text under its inner auth field.
  CHECK(crc32_msb("t=status\nst=init\ndt=1b58\nprotocol=1\nsrc=alice\n(1)srcuuid=bk6uRzvcRmGu2YIMuV+Mtw==\nseq=1\n"
                  "hg=6b00084a\nts=6b000849\nld=0.44 0.26 0.14 2/111 37\nttl=3\n") == 0x2b6c3268u);
}

TEST_CASE("HMAC test cases of RFC 2202 and RFC 4231") {
  CHECK(hmac_md5_hex("Jefe", "what do ya want for nothing?") == "750c783e6ab0b503eaa86e310a5db738");
  CHECK(hmac_sha1_hex("Jefe", "what do ya want for nothing?") == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  CHECK(hmac_sha256_hex("Jefe", "what do ya want for nothing?") ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  std::string long_key(80, '\xaa');
  CHECK(hmac_sha1_hex(long_key, "Test Using Larger Than Block-Size Key - Hash Key First") ==
        "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

TEST_CASE("sha256 and constant-time comparison") {
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(equal_in_constant_time("abc", "abc"));
  CHECK_FALSE(equal_in_constant_time("abc", "abd"));
  CHECK_FALSE(equal_in_constant_time("abc", "ab"));
}
