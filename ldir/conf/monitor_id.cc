// SPDX-License-Identifier: Apache-2.0
#include "ldir/conf/monitor_id.h"

#include <fmt/format.h>

#include "ldir/conf/words.h"

namespace ldir::conf {

namespace {

using model::CheckType;

std::string check_name(const Section& s, const ipvs::ServiceKey& key) {
  switch (s.check_type) {
    case CheckType::negotiate:
    case CheckType::combined: {
      auto derived =
          key.protocol == ipvs::Protocol::fwm ? model::ServiceType::none : service_of_port(key.port);
      return fmt::format("{}:{}", s.check_type == CheckType::combined ? "combined" : "negotiate",
                         service_word(s.service.value_or(derived)).name);
    }
    case CheckType::external:
      return "external:" + s.check_command.value_or("/bin/true");
    case CheckType::external_perl:
      return "external-perl:" + s.check_command.value_or("/bin/true");
    case CheckType::connect:
      return "connect";
    case CheckType::ping:
      return "ping";
    case CheckType::on:
      return "on";
    case CheckType::off:
      break;
  }
  return "off";
}

}  // namespace

std::string monitor_id(const Section& s, const ipvs::ServiceKey& key, const RealText& real,
                       const base::IpAddress& address, std::uint16_t port) {
  auto request = real.request ? std::string(real.request->text) : s.request ? s.request->value : "/";
  if (!request.starts_with('/')) request.insert(0, "/");
  auto receive = real.receive ? std::string(real.receive->text) : s.receive ? s.receive->value : "";
  auto whole = fmt::format("{}:{}:{}:{}:{}:{}:{}:{}:{}:{}", check_name(s, key),
                           key.protocol == ipvs::Protocol::udp   ? "udp"
                           : key.protocol == ipvs::Protocol::tcp ? "tcp"
                                                                 : "fwm",
                           address.bracketed(), port, s.virtual_host,
                           s.check_port ? std::to_string(*s.check_port) : "", real.dest.weight,
                           ipvs::method_word(real.dest.forward, real.dest.tunnel), request, receive);
  std::string out;  // runs of colons are one blank, and there are no backslashes
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (whole[i] == '\\') continue;
    if (whole[i] != ':')
      out += whole[i];
    else if (i == 0 || whole[i - 1] != ':')
      out += ' ';
  }
  return out;
}

}  // namespace ldir::conf
