// SPDX-License-Identifier: Apache-2.0
#include "ldir/conf/reals.h"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "base/text.h"
#include "ldir/conf/address.h"
#include "ldir/conf/check_spec.h"
#include "ldir/conf/monitor_id.h"

namespace ldir::conf {

namespace {

class Reals {
 public:
  Reals(const Section& s, const Global& g, const ipvs::ServiceKey& key, const Resolver& resolver,
        Findings& say)
      : s_(s), g_(g), key_(key), resolver_(resolver), say_(say) {}

  std::vector<model::RealServer> run() {
    check_ = check_base(s_, g_, key_, resolver_, say_);
    bool negotiates =
        s_.check_type == model::CheckType::negotiate || s_.check_type == model::CheckType::combined;
    for (const auto& real : s_.reals) {
      if (real.receive && negotiates) require_pattern(*real.receive, real.receive->text, say_);
      if (real.dest.lower > real.dest.upper)
        error(real.all,
              "invalid threshold: the kernel takes l: only together with a u: that is not below it");
      one_line(real);
    }
    if (!s_.has_real_line && s_.address.valid)
      say_.warning(s_.address.all.line, s_.address.all.text, "this virtual service has no real server");
    std::vector<model::RealServer> kept;
    for (auto& real : all_)
      if (seen_.at(real.endpoint) == static_cast<std::size_t>(&real - all_.data()))
        kept.push_back(std::move(real));
    return kept;
  }

 private:
  void error(Place at, std::string message) { say_.error(at.line, at.text, std::move(message)); }

  void one_line(const RealText& real) {
    auto first = resolve_host(resolver_, real.host, s_.address.family);
    if (!first)
      error({real.all.line, real.host}, fmt::format("invalid address ({}) for real server (could not resolve "
                                                    "host): {}",
                                                    base::printable(real.host), first.error().message));
    auto port = real.port.empty() ? base::Result<std::uint16_t>(0) : resolve_port(resolver_, real.port, "");
    if (!port)
      error({real.all.line, real.port}, fmt::format("invalid port ({}) for real server (could not resolve "
                                                    "port): {}",
                                                    base::printable(real.port), port.error().message));
    auto last = first;
    if (!real.last_host.empty()) {
      last = resolve_host(resolver_, real.last_host, s_.address.family);
      if (!last)
        error({real.all.line, real.last_host},
              fmt::format("invalid address ({}) for real server (could not resolve end host): {}",
                          base::printable(real.last_host), last.error().message));
    }
    if (!first || !last || !port) return;
    if (real.last_host.empty()) {
      add(real, *first, *port, say_);
      auto others = further_addresses(resolver_, real.host, *first);
      if (others.empty() || others.size() + all_.size() > kMostReals) return;
      say_.warning(real.all.line, real.host,
                   fmt::format("{} has {} addresses: each is a real server (older programs take one of them)",
                               base::printable(real.host), others.size() + 1));
      Findings quiet(say_.source());
      for (const auto& address : others) add(real, address, *port, quiet);
      return;
    }
    Place range{real.all.line, real.all.text.substr(0, real.host.size() + 2 + real.last_host.size())};
    if (!first->is_v4()) return error(range, "Address range for IPv6 is not supported yet");
    auto from = first->v4_value(), to = last->v4_value();
    if (from > to)
      return error(range,
                   fmt::format("Invalid Range: {}-{}: the first address must not be above the last one",
                               first->str(), last->str()));
    if (to - from >= kMostInRange || all_.size() + (to - from) >= kMostReals)
      return error(range, fmt::format("Invalid Range: {}-{}: more than {} addresses", first->str(),
                                      last->str(), kMostInRange));
    Findings quiet(say_.source());  // what is wrong with one address of a range is wrong with all
    for (std::uint64_t v = from; v <= to; ++v)
      add(real, base::IpAddress::v4(static_cast<std::uint32_t>(v)), *port, v == from ? say_ : quiet);
  }

  void add(const RealText& text, const base::IpAddress& address, std::uint16_t port, Findings& say) {
    model::RealServer real;
    bool mapped = keeps_port(key_, text.dest.forward) && s_.address.valid;
    real.endpoint = {address, mapped ? key_.port : port};
    real.configured_port = port;
    real.dest = text.dest;
    real.at = base::locate(text.all.line, say_.source().line(text.all.line), text.all.text);
    real.monitor_id = monitor_id(s_, key_, text, address, port);
    real.check = check_of(check_, text, address, port, resolver_, say);
    if (auto why = never_up(real.check); !why.empty() && !std::exchange(never_up_told_, true))  // its sisters have the same
      say.warning(text.all.line, text.all.text, why + ": without, this real server stays down");
    if (mapped && port != 0 && port != key_.port)
      say.warning(
          text.all.line, text.port.empty() ? text.all.text : text.port,
          fmt::format(
              "gate and ipip cannot change the port: clients reach this server at port {}; port {} is "
              "only checked",
              key_.port, real.check.port ? real.check.port : port));
    auto [at, fresh] = seen_.try_emplace(real.endpoint, all_.size());
    if (!fresh) {
      say.warning(text.all.line, text.all.text,
                  fmt::format("duplicate real server {}, first in line {}: this line counts",
                              address.bracketed() + ":" + std::to_string(real.endpoint.port),
                              all_[at->second].at.line));
      at->second = all_.size();
    }
    all_.push_back(std::move(real));
  }

  const Section& s_;
  const Global& g_;
  const ipvs::ServiceKey& key_;
  const Resolver& resolver_;
  Findings& say_;
  CheckBase check_;
  std::vector<model::RealServer> all_;
  bool never_up_told_ = false;
  std::map<ipvs::DestKey, std::size_t> seen_;  // the place in all_ that counts
};

}  // namespace

bool keeps_port(const ipvs::ServiceKey& key, ipvs::Forward forward) {
  return key.protocol != ipvs::Protocol::fwm && forward != ipvs::Forward::masq;
}

std::vector<model::RealServer> derive_reals(const Section& section, const Global& global,
                                            const ipvs::ServiceKey& key, const Resolver& resolver,
                                            Findings& say) {
  return Reals(section, global, key, resolver, say).run();
}

}  // namespace ldir::conf
