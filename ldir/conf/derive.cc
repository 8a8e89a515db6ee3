// SPDX-License-Identifier: Apache-2.0
#include "ldir/conf/derive.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "ldir/conf/address.h"
#include "ldir/conf/reals.h"
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

// All that older programs ask of a netmask.
bool four_numbers(std::string_view text) {
  auto parts = base::split(text, '.');
  return parts.size() == 4 && std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
           return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
         });
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
    out_.reals = derive_reals(s_, g_, out_.key, resolver_, say_);
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
    if (auto others = address ? further_addresses(resolver_, v.host, *address) : std::vector<base::IpAddress>{}; !others.empty())
      warning({v.all.line, v.host},
              fmt::format("{} has {} addresses, and a name server may change their order: {} is used; write the address",
                          base::printable(v.host), others.size() + 1, address->str()));
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
      if (address && address->is_v4() && address->v4_value() != 0)
        mask = address->v4_value();
      else if (out_.options.persistent_s || !four_numbers(text))
        error(s_.netmask_at, "invalid netmask: dotted quad notation is required, such as 255.255.255.0");
      else
        warning(s_.netmask_at, "invalid netmask: with persistent this would be an error");
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

  const Section& s_;
  const Global& g_;
  const Resolver& resolver_;
  Findings& say_;
  model::VirtualService out_;
};

}  // namespace

std::optional<model::VirtualService> derive(const Section& section, const Global& global,
                                            const Resolver& resolver, Findings& say) {
  return Deriver(section, global, resolver, say).run();
}

}  // namespace ldir::conf
