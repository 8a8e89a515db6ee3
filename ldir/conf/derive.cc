// SPDX-License-Identifier: Apache-2.0
#include "ldir/conf/derive.h"

#include <fmt/format.h>

#include <map>

#include "base/text.h"
#include "ldir/conf/address.h"
#include "ldir/conf/check_spec.h"
#include "ldir/conf/words.h"

namespace ldir::conf {

namespace {

using ipvs::Protocol;

std::string_view name_of(Protocol p) {
  return p == Protocol::udp ? "udp" : p == Protocol::tcp ? "tcp" : "";
}

// gate and ipip do not rewrite packets: the kernel's entry has the virtual service's port whatever was
// written.
bool keeps_port(const ipvs::ServiceKey& key, ipvs::Forward forward) {
  return key.protocol != Protocol::fwm && forward != ipvs::Forward::masq;
}

class Deriver {
 public:
  Deriver(const Section& s, const Global& g, const Resolver& resolver, Findings& say)
      : s_(s), g_(g), resolver_(resolver), say_(say) {}

  std::optional<model::VirtualService> run() {
    bool known = key();
    options();
    inherited();
    fallback();
    reals();
    if (!known) return std::nullopt;
    return std::move(out_);
  }

 private:
  void error(Place at, std::string message) { say_.error(at.line, at.text, std::move(message)); }
  void warning(Place at, std::string message) { say_.warning(at.line, at.text, std::move(message)); }

  bool key() {
    const auto& v = s_.address;
    auto& key = out_.key;
    out_.at = base::locate(v.all.line, say_.source().line(v.all.line), v.all.text);
    std::array<std::uint8_t, 16> any{};
    key.address = v.family == base::Family::v6 ? base::IpAddress::v6(any) : base::IpAddress::v4(0);
    if (!v.valid) return false;
    if (v.mark) {
      key.protocol = Protocol::fwm;
      key.fwmark = *v.mark;
      return true;
    }
    auto by_port = v.port == "53" || v.port == "domain" ? Protocol::udp : Protocol::tcp;
    key.protocol = s_.protocol.value_or(by_port);
    auto address = resolve_host(resolver_, v.host, v.family);
    if (!address)
      error({v.all.line, v.host}, "invalid address for virtual service: " + address.error().message);
    auto port = resolve_port(resolver_, v.port, name_of(key.protocol));
    if (!port) error({v.all.line, v.port}, "invalid address for virtual service: " + port.error().message);
    if (address) key.address = *address;
    if (port) key.port = *port;
    if (port && *port == 0 && s_.persistent.value_or(0) == 0)
      error({v.all.line, v.port},
            "invalid address for virtual service: port 0 stands for all ports, which the kernel "
            "takes only with persistent");
    return address && port;
  }

  void options() {
    auto& o = out_.options;
    o.scheduler = s_.scheduler;
    o.persistent_s = s_.persistent.value_or(0);
    if (s_.netmask_at.line) o.netmask = netmask();
    bool mark_or_tcp = out_.key.protocol != Protocol::udp;
    o.ops = s_.ops && !mark_or_tcp;
    if (s_.ops && mark_or_tcp) warning(s_.ops_at, "ops has an effect on udp services only");
    if (s_.sched_flags_at.line) {
      std::string_view wrong;
      if (auto flags = scheduler_flags(s_.scheduler, s_.sched_flags_at.text, wrong))
        o.sched_flags = *flags;
      else
        error({s_.sched_flags_at.line, wrong}, fmt::format("invalid sched-flags: \"{}\" is not a flag of {}; "
                                                           "known are flag-1, flag-2, flag-3 and, of sh "
                                                           "and mh, NAME-fallback and NAME-port",
                                                           base::printable(wrong), s_.scheduler));
    }
  }

  std::uint32_t netmask() {
    auto text = s_.netmask_at.text;
    std::uint32_t mask = 0;
    if (s_.address.family == base::Family::v6) {
      auto n = base::parse_number<std::uint32_t>(text);
      if (!n || *n < 1 || *n > 128)
        error(s_.netmask_at, "invalid netmask: a prefix length between 1 and 128 is required");
      mask = n.value_or(128);
    } else {
      auto address = base::IpAddress::parse(text);
      if (!address || !address->is_v4() || address->v4_value() == 0)
        error(s_.netmask_at, "invalid netmask: dotted quad notation is required");
      else
        mask = address->v4_value();
    }
    if (out_.options.persistent_s) return mask;
    warning(s_.netmask_at, "netmask has an effect only together with persistent");
    return 0;
  }

  void inherited() {
    auto pick = [](const auto& own, const auto& global, auto otherwise) {
      return own ? *own : global ? *global : otherwise;
    };
    out_.quiescent = pick(s_.quiescent, g_.quiescent, false);
    out_.cleanstop = pick(s_.cleanstop, g_.cleanstop, true);
    out_.failure_count = pick(s_.failure_count, g_.failure_count, 1u);
    out_.fallback_command = pick(s_.fallback_command, g_.fallback_command, std::string());
    out_.email_alert = pick(s_.email_alert, g_.email_alert, std::string());
    out_.email_alert_status = pick(s_.email_alert_status, g_.email_alert_status, std::string("all"));
    out_.email_alert_freq = model::seconds(pick(s_.email_alert_freq, g_.email_alert_freq, 0u));
    out_.smtp = pick(s_.smtp, g_.smtp, std::string());
    out_.monitorfile = s_.monitorfile;
    out_.service_name = s_.service_name;
    out_.comment = s_.comment;
    if (s_.check_interval && !g_.fork.value_or(false))
      warning(s_.check_interval_at, fmt::format("checkinterval in virtual service {} ignored when fork=no",
                                                base::printable(s_.address.all.text)));
  }

  void fallback() {
    bool v6 = s_.address.family == base::Family::v6;
    const auto& own = v6 ? s_.fallback6 : s_.fallback;
    const auto& chosen = own ? own : v6 ? g_.fallback6 : g_.fallback;
    if (!chosen) return;
    auto address = resolve_host(resolver_, chosen->host, s_.address.family);
    auto port = chosen->port.empty() ? base::Result<std::uint16_t>(out_.key.port)
                                     : resolve_port(resolver_, chosen->port, name_of(out_.key.protocol));
    if (own) {  // a global one is checked once, not per section
      if (!address) error(host_of(*chosen), bad_fallback(*chosen, address.error().message));
      if (!port)
        error({chosen->all.line, chosen->port}, "invalid port for fallback server: " + port.error().message);
    }
    if (!address || !port) return;
    bool mapped = keeps_port(out_.key, chosen->forward) && *port != out_.key.port;
    if (own && mapped && s_.address.valid)
      warning(chosen->all,
              fmt::format("gate and ipip cannot change the port: clients reach the fallback at port {}",
                          out_.key.port));
    out_.fallback = model::Fallback{{*address, mapped ? out_.key.port : *port}, chosen->forward};
  }

  static Place host_of(const FallbackText& f) { return f.host.empty() ? f.all : Place{f.all.line, f.host}; }
  std::string bad_fallback(const FallbackText& f, const std::string& why) const {
    return fmt::format("invalid {} address or could not resolve for fallback server: {}: {}",
                       s_.address.family == base::Family::v4 ? "IPv4" : "IPv6", base::printable(f.host), why);
  }

  void reals() {
    check_ = check_base(s_, g_, out_.key, resolver_, say_);
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
      warning(s_.address.all, "this virtual service has no real server");
    std::vector<model::RealServer> kept;
    for (auto& real : out_.reals)
      if (seen_.at(real.endpoint) == static_cast<std::size_t>(&real - out_.reals.data()))
        kept.push_back(std::move(real));
    out_.reals = std::move(kept);
  }

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
    if (real.last_host.empty()) return add(real, *first, *port, say_);
    Place range{real.all.line, real.all.text.substr(0, real.host.size() + 2 + real.last_host.size())};
    if (!first->is_v4()) return error(range, "Address range for IPv6 is not supported yet");
    auto from = first->v4_value(), to = last->v4_value();
    if (from > to)
      return error(range,
                   fmt::format("Invalid Range: {}-{}: the first address must not be above the last one",
                               first->str(), last->str()));
    if (to - from >= kMostInRange || out_.reals.size() + (to - from) >= kMostReals)
      return error(range, fmt::format("Invalid Range: {}-{}: more than {} addresses", first->str(),
                                      last->str(), kMostInRange));
    Findings quiet(say_.source());  // what is wrong with one address of a range is wrong with all
    for (std::uint64_t v = from; v <= to; ++v)
      add(real, base::IpAddress::v4(static_cast<std::uint32_t>(v)), *port, v == from ? say_ : quiet);
  }

  void add(const RealText& text, const base::IpAddress& address, std::uint16_t port, Findings& say) {
    model::RealServer real;
    bool mapped = keeps_port(out_.key, text.dest.forward) && s_.address.valid;
    real.endpoint = {address, mapped ? out_.key.port : port};
    real.configured_port = port;
    real.dest = text.dest;
    real.at = base::locate(text.all.line, say_.source().line(text.all.line), text.all.text);
    real.check = check_of(check_, text, address, port, resolver_, say);
    if (mapped && port != 0 && port != out_.key.port)
      say.warning(
          text.all.line, text.port.empty() ? text.all.text : text.port,
          fmt::format(
              "gate and ipip cannot change the port: clients reach this server at port {}; port {} is "
              "only checked",
              out_.key.port, real.check.port ? real.check.port : port));
    auto [at, fresh] = seen_.try_emplace(real.endpoint, out_.reals.size());
    if (!fresh) {
      say.warning(text.all.line, text.all.text,
                  fmt::format("duplicate real server {}, first in line {}: this line counts",
                              address.bracketed() + ":" + std::to_string(real.endpoint.port),
                              out_.reals[at->second].at.line));
      at->second = out_.reals.size();
    }
    out_.reals.push_back(std::move(real));
  }

  const Section& s_;
  const Global& g_;
  const Resolver& resolver_;
  Findings& say_;
  model::VirtualService out_;
  CheckBase check_;
  std::map<ipvs::DestKey, std::size_t> seen_;
};

}  // namespace

std::optional<model::VirtualService> derive(const Section& section, const Global& global,
                                            const Resolver& resolver, Findings& say) {
  return Deriver(section, global, resolver, say).run();
}

}  // namespace ldir::conf
