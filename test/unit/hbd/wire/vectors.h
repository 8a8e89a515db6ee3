// SPDX-License-Identifier: Apache-2.0
// Packets captured from heartbeat 3.0.6 (reference, 1.10). In the text, "\\n" is a newline, {A} and {B} are node uuids.
#pragma once

#include <string>
#include <string_view>

#include "base/text.h"
#include "hbd/model/cluster.h"

namespace hbd::wire::test {

using Method = model::AuthKey::Method;
using Format = model::MessageFormat;

struct Vector {
  std::string_view name;
  int key_number;
  Method method;
  std::string_view key;
  Format format;
  std::size_t length, hashed;
  std::string_view sha_prefix, text;

  model::AuthKeys keys() const { return {key_number, {{key_number, {method, std::string(key)}}}}; }
  std::string bytes() const;
};

inline std::string uuid_bytes(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) out += static_cast<char>(*base::parse_number<unsigned>(hex.substr(i, 2), 16));
  return out;
}
inline const std::string kUuidA = uuid_bytes("6e4eae473bdc4661aed9820cb95f8cb7");
inline const std::string kUuidB = uuid_bytes("9f7f0c6d627f438d83caf2497f739473");

inline std::string replace_all(std::string s, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = s.find(from, at)) != std::string::npos; at += to.size()) s.replace(at, from.size(), to);
  return s;
}

inline std::string Vector::bytes() const {
  return replace_all(replace_all(replace_all(std::string(text), "\\n", "\n"), "{A}", kUuidA), "{B}", kUuidB);
}

inline constexpr Vector kVectors[] = {
    {"V1 status", 1, Method::crc, "", Format::classic, 242, 228, "6f2f160f3e157c4e",
     R"(###\n11:(0)t=status,10:(0)st=init,10:(0)dt=1b58,13:(0)protocol=1,12:(0)src=alice,27:(1)srcuuid={A},8:(0)seq=1,14:(0)hg=6b00084a,14:(0)ts=6b000849,29:(0)ld=0.44 0.26 0.14 2/111 37,8:(0)ttl=3,18:(0)auth=1 2b6c3268,%%%\n10:1 8dac69b2,)"},
    {"V2 status", 1, Method::sha1, "TestKey123", Format::classic, 310, 264, "795fdf15a5b2e82b",
     R"(###\n11:(0)t=status,12:(0)st=active,10:(0)dt=1b58,13:(0)protocol=1,12:(0)src=alice,27:(1)srcuuid={A},8:(0)seq=7,14:(0)hg=6b00084e,14:(0)ts=6b00095e,31:(0)ld=1.75 0.99 0.45 6/125 1727,8:(0)ttl=4,50:(0)auth=1 9352ca9dbe12f4c5dbeed296bf46d576be892a32,%%%\n42:1 fc7bf9c71a8497afcbcd142f3ea41d038c9a69ab,)"},
    {"V3 status", 1, Method::md5, "KeyOne", Format::netstring, 246, 208, "d76e7c4896fae278",
     R"(###\n11:(0)t=status,10:(0)st=init,10:(0)dt=1b58,13:(0)protocol=1,12:(0)src=alice,27:(1)srcuuid={A},8:(0)seq=1,14:(0)hg=6b00084f,14:(0)ts=6b0009a9,31:(0)ld=1.85 1.18 0.56 5/117 2210,8:(0)ttl=3,%%%\n34:1 0b5779233a0a74146f1a0be7183ac40a,)"},
    {"V4 NS_ackmsg", 1, Method::sha1, "TestKey123", Format::classic, 280, 234, "bb7e3c3052f41175",
     R"(###\n14:(0)t=NS_ackmsg,11:(0)dest=bob,11:(0)ackseq=2,28:(1)destuuid={B},10:(0)src=bob,27:(1)srcuuid={B},14:(0)hg=6b00084d,14:(0)ts=6b00095c,8:(0)ttl=4,50:(0)auth=1 951b7c4f270023fd5a560ab204eb2cbb751ac74a,%%%\n42:1 3dde8201a67ba5c8c70414ea028cacb6b7af6f3e,)"},
    {"V5 NS_st", 1, Method::sha1, "TestKey123", Format::classic, 192, 146, "ef9aa3eebfdc361c",
     R"(###\n10:(0)t=NS_st,10:(0)st=ping,12:(0)info=ping,18:(0)src=10.77.0.254,14:(0)ts=6b00095c,50:(0)auth=1 ef5d8ba82860a21cc6822c77eb133b1cefcc96d0,%%%\n42:1 efba291058830d7d2f83fc5accbf2e69db967207,)"},
    {"V6 resource (answer to `starting`)", 1, Method::sha1, "TestKey123", Format::classic, 318, 272, "91b1c7f0e15dd5f2",
     R"(###\n13:(0)t=resource,16:(0)rsc_hold=none,13:(0)rtype=full,13:(0)isstable=0,10:(0)src=bob,27:(1)srcuuid={B},8:(0)seq=9,14:(0)hg=6b00084d,14:(0)ts=6b00095e,32:(0)ld=1.75 0.99 0.45 10/129 1739,8:(0)ttl=4,50:(0)auth=1 321939660782ee87531a554e88c781daf690ce54,%%%\n42:1 81b4bec1bcfe280f68d95852dc419f66bf00aea8,)"},
    {"V7 standby request", 1, Method::crc, "", Format::classic, 239, 225, "a955927ff4fac769",
     R"(###\n18:(0)t=ask_resources,15:(0)rsc_hold=all,10:(0)info=me,12:(0)src=alice,27:(1)srcuuid={A},9:(0)seq=66,14:(0)hg=6b00084a,14:(0)ts=6b0008a0,30:(0)ld=0.31 0.26 0.14 3/105 294,8:(0)ttl=3,18:(0)auth=1 17842034,%%%\n10:1 1fa6d243,)"},
    {"V8 shutdone", 1, Method::crc, "", Format::classic, 215, 201, "75c4d85d7bfad9bd",
     R"(###\n13:(0)t=shutdone,10:(0)st=dead,12:(0)src=alice,27:(1)srcuuid={A},9:(0)seq=a6,14:(0)hg=6b00084a,14:(0)ts=6b0008d4,30:(0)ld=0.60 0.34 0.18 4/127 678,8:(0)ttl=3,18:(0)auth=1 f7dba52e,%%%\n10:1 e8fa3b1d,)"},
    {"V9 NS_rexmit", 2, Method::sha1, "k2", Format::classic, 300, 254, "9175ce8e1d0b87be",
     R"(###\n14:(0)t=NS_rexmit,11:(0)dest=bob,13:(0)firstseq=7,12:(0)lastseq=7,28:(1)destuuid={B},12:(0)src=alice,27:(1)srcuuid={A},14:(0)hg=6b000854,14:(0)ts=6b000b24,8:(0)ttl=3,50:(0)auth=2 f57e541a4957818fee3630cb0cb307b78c0bb446,%%%\n42:2 af86e2585e5c204682e6386f986b8a85fd865aa1,)"},
    {"V10 ip-request-resp (legacy mode)", 1, Method::crc, "", Format::classic, 305, 291, "c69d7bb566c50586",
     R"(###\n20:(0)t=ip-request-resp,11:(0)dest=bob,18:(0)ipaddr=Tres::b1,12:(0)weown=yes,8:(0)ok=OK,28:(1)destuuid={B},12:(0)src=alice,27:(1)srcuuid={A},9:(0)seq=19,14:(0)hg=6b000855,14:(0)ts=6b000b89,31:(0)ld=1.27 1.87 1.20 1/118 4894,8:(0)ttl=3,18:(0)auth=1 9e933ef6,%%%\n10:1 1e80a941,)"},
    {"V11 repnodes", 1, Method::crc, "", Format::classic, 292, 278, "1393b1ee9bed0af1",
     R"(###\n13:(0)dest=alice,13:(0)t=repnodes,22:(0)nodelist=alice bob ,16:(0)delnodelist= ,28:(1)destuuid={A},10:(0)src=bob,27:(1)srcuuid={B},8:(0)seq=4,14:(0)hg=6b00084b,14:(0)ts=6b00084b,29:(0)ld=0.44 0.26 0.14 4/118 31,8:(0)ttl=3,18:(0)auth=1 35d5d74b,%%%\n10:1 8a4eb96e,)"},
    {"V12 ipfail num_ping_nodes", 1, Method::sha1, "TestKey123", Format::classic, 394, 348, "2c3534ffc2caa292",
     R"(###\n19:(0)t=num_ping_nodes,12:(0)src=alice,13:(0)num_ping=1,11:(0)dest=bob,17:(0)from_id=ipfail,15:(0)to_id=ipfail,15:(0)client_gen=0,28:(1)destuuid={B},27:(1)srcuuid={A},8:(0)seq=d,14:(0)hg=6b00084e,14:(0)ts=6b00095f,31:(0)ld=1.75 0.99 0.45 5/127 1744,8:(0)ttl=4,50:(0)auth=1 a533bb7cae49210355fcba98e9f615bc4fac1e4f,%%%\n42:1 ecd1cc333fa2a00739280f087bf45455b15ab6b1,)"},
};

}  // namespace hbd::wire::test
