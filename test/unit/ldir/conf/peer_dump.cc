// SPDX-License-Identifier: Apache-2.0
// Prints how we read each file, for peer_test.py to lay beside how the Perl ldirectord reads it.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>

#include "ldir/conf/words.h"
#include "test/unit/ldir/conf/dump.h"
#include "test/unit/ldir/conf/fake_resolver.h"

namespace {

using namespace ldir;

class Host : public conf::FakeResolver {
  std::string local_name() const override { return "HOST"; }
};

constexpr const char* kTypes[] = {"connect",       "negotiate", "ping", "external",
                                  "external-perl", "off",       "on",   "combined"};

const char* method(ipvs::Forward f) {
  return f == ipvs::Forward::masq ? "masq" : f == ipvs::Forward::tunnel ? "ipip" : "gate";
}

void print(const model::VirtualService& s) {
  auto table = conf::dump_table(s);
  auto flags = table.substr(3, table.find('\n') - 3);
  auto yes = [](bool b) { return b ? "yes" : "no"; };
  std::cout << fmt::format("V {} | {} {} {} | {} | {} {} | {} | {} | {} | {}\n", flags, yes(s.quiescent),
                           yes(s.cleanstop), s.failure_count, s.fallback_command, s.email_alert,
                           s.email_alert_freq.count(), s.smtp, s.monitorfile, s.service_name, s.comment);
  if (s.fallback)
    std::cout << fmt::format("F {}:{} {}\n", s.fallback->endpoint.address.bracketed(),
                             s.fallback->endpoint.port, method(s.fallback->forward));
  for (const auto& r : s.reals) {
    const auto& c = r.check;
    std::cout << fmt::format(
        "R {}:{} {} {} {} {} | {} {} {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} {} {} {}\n",
        r.endpoint.address.bracketed(), r.endpoint.port, method(r.dest.forward), r.dest.weight, r.dest.upper,
        r.dest.lower, kTypes[static_cast<int>(c.type)], c.combined_connects,
        conf::service_word(c.service).name, c.request, c.receive, c.virtualhost, c.http_method, c.login,
        c.passwd, c.database, c.secret, c.command, c.check_timeout.count(), c.negotiate_timeout.count(),
        c.ping_attempts, c.port);
  }
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::ifstream in(argv[i]);
    std::stringstream text;
    text << in.rdbuf();
    base::Source source(argv[i], text.str());
    auto loaded = conf::parse(source, Host());
    std::cout << "FILE " << argv[i] << "\n";
    for (const auto& d : loaded.findings.all())
      std::cout << (d.severity == base::Diagnostic::Severity::error ? "E " : "W ") << d.message << "\n";
    if (!loaded.usable()) continue;
    const auto& c = loaded.config;
    auto execute = c.execute;
    std::sort(execute.begin(), execute.end());
    std::cout << fmt::format("G {} {} {} {} {} | {} | {} | {} | {} | {}\n", c.check_interval.count(),
                             c.autoreload, c.fork, c.readdquiescent, c.supervised, c.logfile, c.callback,
                             c.maintenance_dir, c.email_alert_from, fmt::join(execute, ","));
    for (const auto& s : c.services) print(s);
    std::cout << "OK\n";
  }
}
