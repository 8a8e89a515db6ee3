// SPDX-License-Identifier: Apache-2.0
// Names for tests: a small /etc/hosts and /etc/services.
#pragma once

#include <map>

#include "ldir/conf/load.h"

namespace ldir::conf {

class FakeResolver : public Resolver {
 public:
  HostAnswer host(const HostName& asked) const override {
    const auto& [name, family] = asked;
    static const std::map<std::string, std::string> v4{
        {"localhost", "127.0.0.1"}, {"vip", "10.9.9.100"}, {"r1", "10.9.9.2"},
        {"r2", "10.9.9.3"},         {"r3", "10.9.9.4"},    {"gate1.example.com", "192.0.2.1"},
        {"rs1", "192.0.2.11"},      {"rs2", "192.0.2.12"}};
    static const std::map<std::string, std::string> v6{
        {"localhost", "::1"}, {"vip", "fd00::100"}, {"r1", "fd00::2"}};
    if (name == "pool" && family == base::Family::v4)
      return {{base::IpAddress::v4(0x0a090904), base::IpAddress::v4(0x0a090902), base::IpAddress::v4(0x0a090903)}};
    if (name == "unheard") return {{}, true};
    const auto& names = family == base::Family::v4 ? v4 : v6;
    auto at = names.find(name);
    return at == names.end() ? HostAnswer{} : HostAnswer{{*base::IpAddress::parse(at->second)}};
  }
  std::optional<std::uint16_t> service(const std::string& name, const std::string& protocol) const override {
    static const std::map<std::string, std::uint16_t> ports{
        {"http/tcp", 80},   {"https/tcp", 443},  {"www/tcp", 80},       {"domain/tcp", 53},
        {"domain/udp", 53}, {"mysql/tcp", 3306}, {"webcache/tcp", 8080}};
    for (const auto& p : protocol.empty() ? std::vector<std::string>{"tcp", "udp"} : std::vector{protocol})
      if (auto at = ports.find(name + "/" + p); at != ports.end()) return at->second;
    return std::nullopt;
  }
  std::string local_name() const override { return "dirhost"; }
};

inline Loaded load(std::string text, std::string name = "t.cf") {
  FakeResolver resolver;
  base::Source source(std::move(name), std::move(text));
  return parse(source, resolver);
}

}  // namespace ldir::conf
