// SPDX-License-Identifier: Apache-2.0
// The parser of ldirectord.cf on any bytes. New lines are made from the table's rows, so that a new directive
// is fuzzed without another word.
#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>

#include "base/rng.h"
#include "ldir/conf/load.h"
#include "ldir/conf/table.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most);

namespace {

class AnyName : public ldir::conf::Resolver {
 public:
  ldir::conf::HostAnswer host(const ldir::conf::HostName& asked) const override {
    if (asked.name.size() % 5 == 0) return {};
    return {{*base::IpAddress::parse(asked.family == base::Family::v4 ? "192.0.2.1" : "2001:db8::1")}};
  }
  std::optional<std::uint16_t> service(const std::string& name, const std::string&) const override {
    if (name.size() % 3 == 0) return std::nullopt;
    return static_cast<std::uint16_t>(name.size() * 97);
  }
  std::string local_name() const override { return "fuzz"; }
};

void must(bool truth) {
  if (!truth) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  base::Source source("f.cf", std::string(reinterpret_cast<const char*>(data), size));
  auto loaded = ldir::conf::parse(source, AnyName());
  must(loaded.findings.all().size() < 500);
  loaded.findings.render();
  if (!loaded.usable()) return 0;
  std::set<ldir::ipvs::ServiceKey> keys;
  for (const auto& service : loaded.config.services) {
    must(keys.insert(service.key).second);
    std::set<ldir::ipvs::DestKey> dests;
    for (const auto& real : service.reals) {
      must(dests.insert(real.endpoint).second);
      must(real.endpoint.address.family() == service.key.address.family());
      must(real.check.interval.count() > 0 && real.check.check_timeout.count() > 0);
    }
  }
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned seed) {
  base::Rng rng(seed);
  if (rng.chance(0.7)) return LLVMFuzzerMutate(data, size, most);
  auto rows = ldir::conf::directives();
  const auto& row = rows[rng.below(rows.size())];
  std::string text(reinterpret_cast<char*>(data), size);
  auto at = text.find('\n', rng.below(size + 1));
  at = at == std::string::npos ? text.size() : at + 1;
  text.insert(at, (row.in_section && rng.chance(0.8) ? "\t" : "") + std::string(row.name) + "=" +
                      std::string(row.sample) + "\n");
  text.resize(std::min(text.size(), most));
  std::copy(text.begin(), text.end(), reinterpret_cast<char*>(data));
  return text.size();
}
