// SPDX-License-Identifier: Apache-2.0
// A director with everything around it made of memory: a kernel, real servers that are up or down, a clock that the
// test moves. Carries out effects as director.h demands of a shell.
#pragma once

#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "ldir/core/director.h"
#include "ldir/core/events.h"
#include "test/support/fake_ipvs.h"

namespace test {

using namespace std::chrono_literals;
using ldir::ipvs::Forward;
using ldir::ipvs::Protocol;
using ldir::model::CheckType;
using ldir::model::ServiceType;
using Lines = std::vector<std::string>;

inline base::IpAddress ip(const std::string& text) { return *base::IpAddress::parse(text); }

// "10.9.9.2:80", "[fd00::2]:80", "10.9.9.2" (port 0).
inline ldir::ipvs::DestKey endpoint(const std::string& text) {
  const auto close = text.find(']');
  const auto colon = text.rfind(':');
  if (close != text.npos) return {ip(text.substr(1, close - 1)), static_cast<std::uint16_t>(colon > close ? std::stoi(text.substr(colon + 1)) : 0)};
  if (colon == text.npos) return {ip(text), 0};
  return {ip(text.substr(0, colon)), static_cast<std::uint16_t>(std::stoi(text.substr(colon + 1)))};
}

inline ldir::model::VirtualService service(const std::string& address) {
  ldir::model::VirtualService v;
  const auto e = endpoint(address);
  v.key = {Protocol::tcp, e.address, e.port, 0};
  return v;
}

inline ldir::model::VirtualService mark(std::uint32_t number, bool v6 = false) {
  ldir::model::VirtualService v;
  v.key = {Protocol::fwm, ip(v6 ? "::" : "0.0.0.0"), 0, number};
  return v;
}

// Adds a real as the configuration would: gate and ipip on a port service use the virtual's port.
inline ldir::model::RealServer& real(ldir::model::VirtualService& v, const std::string& address, Forward forward,
                                     std::uint32_t weight = 1, CheckType type = CheckType::connect) {
  ldir::model::RealServer r;
  r.endpoint = endpoint(address);
  r.configured_port = r.endpoint.port;
  if (forward != Forward::masq && v.key.protocol != Protocol::fwm) r.endpoint.port = v.key.port;
  r.dest = {forward, weight, 0, 0};
  r.check.type = type;
  r.check.protocol = v.key.protocol;
  r.check.address = r.endpoint.address;
  r.check.port = r.configured_port;
  v.reals.push_back(r);
  return v.reals.back();
}

inline void fallback(ldir::model::VirtualService& v, const std::string& address, Forward forward = Forward::route) {
  v.fallback = ldir::model::Fallback{endpoint(address), forward};
}

inline ldir::model::Config config(std::vector<ldir::model::VirtualService> services) {
  ldir::model::Config c;
  c.path = "/etc/ha.d/t.cf";
  c.services = std::move(services);
  return c;
}

class World {
 public:
  FakeIpvs kernel;
  ldir::core::Director director;
  base::Mono now{1000s};
  std::set<std::string> off;  ///< "10.9.9.2:80" as the check addresses it: not answering
  std::map<ldir::core::CheckId, ldir::model::CheckSpec> checks;
  std::vector<base::Event> log;
  Lines commands;
  Lines monitor;    ///< "FILE TEXT"
  Lines instances;  ///< "start other.cf"
  std::vector<ldir::core::SendMail> mails;
  int started = 0, stopped = 0, reloads = 0, reads = 0;
  bool finished = false;

  void step(ldir::core::Input input) {
    ldir::core::Effects out;
    director.step(now, std::move(input), out);
    carry_out(out);
    settle();
  }

  void settle() {
    for (int bound = 0; bound < 100; ++bound) {
      ldir::core::Effects out;
      director.settle(now, out);
      if (out.empty()) return;
      carry_out(out);
    }
    std::abort();  // effects without end
  }

  void load(ldir::model::Config c) {
    auto table = kernel.read();
    step(ldir::core::Load{std::move(c), table ? std::optional(*table) : std::nullopt});
  }

  /// Every running check once, in the order of ids; one settling for the batch.
  void check() {
    ldir::core::Effects out;
    for (const auto& [id, spec] : checks) {
      const auto name = base::Endpoint{spec.address, spec.port}.str();
      director.step(now, ldir::core::CheckDone{id, off.count(name) ? ldir::check::failed(ldir::check::Layer::network, "refused")
                                                                     : ldir::check::passed("connected")}, out);
    }
    carry_out(out);
    settle();
  }

  /// Time passes, timers fire, checks do not run.
  void wait(base::Duration d) {
    const auto until = now + d;
    for (int bound = 0; bound < 1000; ++bound) {
      const auto wake = std::max(director.next_wake(), now);
      if (wake > until) break;
      now = wake;
      step(ldir::core::Tick{});
      if (director.next_wake() <= now) now += 1ms;
    }
    now = until;
  }

  void start(ldir::model::Config c) {
    load(std::move(c));
    check();
  }

  Lines table() const { return kernel.lines(); }

  std::vector<std::string> ids() const {
    std::vector<std::string> out;
    for (const auto& e : log) out.emplace_back(e.kind->id);
    return out;
  }
  Lines texts() const {
    Lines out;
    for (const auto& e : log) out.push_back(e.text());
    return out;
  }
  int count(const base::EventKind& kind) const {
    int n = 0;
    for (const auto& e : log) n += e.kind == &kind;
    return n;
  }
  std::string last(const base::EventKind& kind) const {
    for (auto e = log.rbegin(); e != log.rend(); ++e)
      if (e->kind == &kind) return e->text();
    return "";
  }

 private:
  void carry_out(ldir::core::Effects& effects) {
    using namespace ldir::core;
    for (auto& effect : effects) {
      if (auto* e = std::get_if<StartCheck>(&effect)) checks[e->check] = e->spec, ++started;
      else if (auto* s = std::get_if<StopCheck>(&effect)) checks.erase(s->check), ++stopped;
      else if (auto* op = std::get_if<ApplyOp>(&effect)) answer(OpDone{op->id, kernel.apply(op->op)});
      else if (std::holds_alternative<ReadTable>(effect)) ++reads, answer(TableRead{kernel.read()});
      else if (auto* p = std::get_if<Publish>(&effect)) log.push_back(p->event);
      else if (auto* c = std::get_if<RunCommand>(&effect)) commands.push_back(c->command + (c->argument.empty() ? "" : " " + c->argument));
      else if (std::holds_alternative<ReloadConfig>(effect)) ++reloads;
      else if (auto* m = std::get_if<SendMail>(&effect)) mails.push_back(*m);
      else if (auto* line = std::get_if<WriteMonitor>(&effect)) monitor.push_back(line->file + " " + line->text);
      else if (auto* i = std::get_if<RunInstance>(&effect)) instances.push_back(i->verb + " " + i->config);
      else finished = true;
    }
  }

  void answer(ldir::core::Input input) {
    ldir::core::Effects out;
    director.step(now, std::move(input), out);
    carry_out(out);
  }
};

}  // namespace test
