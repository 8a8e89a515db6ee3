// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "ldir/conf/server.h"
#include "ldir/conf/setters.h"
#include "ldir/conf/value.h"
#include "ldir/conf/words.h"

namespace ldir::conf::set {

namespace {

constexpr std::uint16_t kFirstFreePort = 1024;  // below: CAP_NET_BIND_SERVICE

template <class T>
void keep(std::optional<T>& where, std::optional<T> value) {
  if (value) where = std::move(value);
}

void keep_text(std::optional<std::string>& where, std::optional<Text> text) {
  if (text) where = std::move(text->value);
}

}  // namespace

void autoreload(Assignment& a) {
  keep(a.global.autoreload, yes_no(a));
}
void readdquiescent(Assignment& a) {
  keep(a.global.readdquiescent, yes_no(a));
}
void quiescent(Assignment& a) {
  keep(a.shared.quiescent, yes_no(a));
}
void ssl_verify(Assignment& a) {
  keep(a.shared.ssl_verify, yes_no(a));
}
void cleanstop(Assignment& a) {
  keep(a.shared.cleanstop, yes_no(a));
}

void fork(Assignment& a) {
  keep(a.global.fork, yes_no(a));
  a.global.fork_at = {a.line.number, a.line.name};
  if (a.global.fork == true)
    a.say.warning(a.line.number, a.line.name,
                  "fork is no longer needed: no check waits for another, and there is one "
                  "process; it only makes checkinterval in a section count");
}

void supervised(Assignment& a) {
  if (!a.line.has_equals) {
    a.say.warning(a.line.number, a.line.name,
                  "please update your config not to use a bare supervised directive");
    a.global.supervised = true;
    return;
  }
  keep(a.global.supervised, yes_no(a));
}

void callback(Assignment& a) {
  if (base::trim(a.line.value) == "\"\"") {
    a.say.warning(a.line.number, base::trim(a.line.value), "no program is named: nothing is run");
    a.global.callback = "";
    return;
  }
  keep_text(a.global.callback, quoted(a, "invalid callback"));
}
void logfile(Assignment& a) {
  keep_text(a.global.logfile, quoted(a, "unable to open logfile"));
}

void execute(Assignment& a) {
  auto name = rest(a);
  auto& all = a.global.execute;
  if (name.empty())
    a.say.error(a.line.number, a.line.name, "execute needs the name of another configuration");
  else if (std::find(all.begin(), all.end(), name) == all.end())
    all.push_back(std::move(name));
}

void maintenance_dir(Assignment& a) {
  auto path = rest(a);
  if (path.empty())
    a.say.error(a.line.number, a.line.name, "maintenance directory not specified");
  else
    a.global.maintenance_dir = std::move(path);
}

void status_page(Assignment& a) {
  const auto address = base::parse_loopback(exact(a));
  if (!address)
    a.say.error(a.line.number, place_of(a), address.error().message);
  else if (address->port < kFirstFreePort)
    a.say.error(a.line.number, place_of(a), "a port below 1024 is not free for ldirectord, which gives up root's privileges");
  else
    a.global.status_page = *address;
}

void email_from(Assignment& a) {
  auto from = rest(a);
  if (from.empty())
    a.say.error(a.line.number, a.line.name, "no email from address specified: expected one such as ldirectord@example.com");
  else
    a.global.email_alert_from = std::move(from);
}

void check_timeout(Assignment& a) {
  keep(a.shared.check_timeout, number(a, 1, kMostSeconds, "invalid check timeout"));
}
void negotiate_timeout(Assignment& a) {
  keep(a.shared.negotiate_timeout, number(a, 1, kMostSeconds, "invalid negotiate timeout"));
}
void check_interval(Assignment& a) {
  keep(a.shared.check_interval,
       number(a, 1, kMostSeconds, a.section ? "invalid checkinterval" : "invalid check interval"));
  if (a.section) a.section->check_interval_at = {a.line.number, a.line.name};
}
void check_count(Assignment& a) {
  keep(a.shared.check_count, number(a, 1, 1000, "invalid check count"));
  a.say.warning(a.line.number, a.line.name,
                "checkcount option is deprecated and slated for removal.  please see 'failurecount'");
}
void failure_count(Assignment& a) {
  keep(a.shared.failure_count, number(a, 1, kMostSeconds, "invalid failure count"));
}

void fallback(Assignment& a) {
  auto family = a.line.name == "fallback6" ? base::Family::v6 : base::Family::v4;
  if (a.section && a.section->address.family != family) {
    a.say.error(a.line.number, a.line.name,
                fmt::format("cannot specify \"{}\" here.  please use \"{}\" instead", a.line.name,
                            family == base::Family::v4 ? "fallback6" : "fallback"));
    return;
  }
  // A '#' on a global line is part of the value for older programs, which then refuse it.
  auto value = base::trim(a.section ? a.line.value : exact(a));
  auto parsed = parse_fallback(a.line, value, family, a.say);
  keep(family == base::Family::v6 ? a.shared.fallback6 : a.shared.fallback, parsed);
}

void fallback_command_global(Assignment& a) {
  // Quotation marks and comments are left to the shell that will run it.
  auto command = base::trim(a.line.raw);
  if (command.empty())
    a.say.error(a.line.number, a.line.name, "invalid fallback command: a value is required");
  else
    a.shared.fallback_command = command == "\"\"" ? std::string() : std::string(command);
}

void fallback_command_section(Assignment& a) {
  keep_text(a.shared.fallback_command, quoted_or_bare(a, "invalid fallback command"));
}

void email_alert(Assignment& a) {
  auto address = rest(a);
  std::string_view bare = address;
  if (bare.size() > 1 && bare.front() == '"' && bare.find('"', 1) == bare.size() - 1)
    bare = bare.substr(1, bare.size() - 2);
  if (bare.empty())
    a.say.error(a.line.number, place_of(a), "no email address specified: expected one such as admin@example.com, or several with commas between them");
  else
    a.shared.email_alert = std::string(bare);
}

void email_freq(Assignment& a) {
  keep(a.shared.email_alert_freq, number(a, 0, kMostSeconds, "invalid email alert frequency"));
}

void email_status(Assignment& a) {
  std::string wrong;
  if (auto states = email_states(exact(a), wrong))
    a.shared.email_alert_status = std::move(states);
  else
    a.say.error(a.line.number, place_of(a), wrong);
}

void smtp(Assignment& a) {
  auto value = base::trim(a.line.value);
  auto host = value.substr(0, std::min(value.find_first_not_of(kHost), value.size()));
  if (host.empty()) {
    a.say.error(a.line.number, place_of(a), "invalid SMTP server address: expected a name or an address, such as mail.example.com");
    return;
  }
  if (host.size() < value.size()) a.say.warning(a.line.number, value.substr(host.size()), "this is ignored");
  a.shared.smtp = std::string(host);
}

void connect_timeout(Assignment& a) {
  a.say.error(a.line.number, a.line.name,
              "connecttimeout directive deprecated in favour of negotiatetimeout");
}

void timeout(Assignment& a) {
  a.say.error(a.line.number, a.line.name,
              "timeout directive deprecated in favour of checktimeout and negotiatetimeout");
}

}  // namespace ldir::conf::set
