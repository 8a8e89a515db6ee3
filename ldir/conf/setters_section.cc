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

void keep_text(std::string& where, std::optional<Text> text) {
  if (text) where = std::move(text->value);
}

Place here(const Assignment& a) {
  return {a.line.number, place_of(a)};
}

void add_slash(std::string& text) {
  if (!text.starts_with('/')) text.insert(0, 1, '/');
}

}  // namespace

void real(Assignment& a) {
  bool v6 = a.line.name == "real6";
  a.section->has_real_line = true;
  if (v6 != (a.section->address.family == base::Family::v6)) {
    a.say.error(a.line.number, a.line.name,
                fmt::format("cannot specify \"{}\" here.  please use \"{}\" instead", a.line.name,
                            v6 ? "real" : "real6"));
    return;
  }
  if (auto real = parse_real(a.line, a.say)) a.section->reals.push_back(std::move(*real));
}

void check_type(Assignment& a) {
  auto value = base::trim(a.line.value);
  a.section->check_type_at = here(a);
  if (value.find_first_of(kDigits) != std::string_view::npos) {
    if (auto n = number(a, 0, 1000000, "checktype must be a positive number")) {
      a.section->check_type = model::CheckType::combined;
      a.section->combined_connects = *n;
    }
    return;
  }
  auto name = word(a, kWordDash);
  if (auto type = check_type_word(name)) {
    a.section->check_type = *type;
    return;
  }
  a.say.error(a.line.number, place_of(a),
              "checktype must be \"connect\", \"negotiate\", \"on\", \"off\", \"ping\", \"external\", "
              "\"external-perl\" or a positive number");
}

void service(Assignment& a) {
  auto name = word(a, kWord);
  auto found = find_service(name);
  if (!found) {
    std::vector<std::string_view> names;
    for (const auto& s : service_words()) names.push_back(s.name);
    auto near = base::did_you_mean(name, names);
    a.say.error(
        a.line.number, place_of(a),
        fmt::format(
            "service must be dns, ftp, http, https, http_proxy, imap, imaps, ldap, ldaps, mysql, nntp, "
            "none, oracle, pop, pops, radius, pgsql, simpletcp, sip, smtp or submission{}{}{}",
            near.empty() ? "" : "; did you mean \"", near, near.empty() ? "" : "\"?"));
    return;
  }
  a.section->service = found->type;
}

void check_port(Assignment& a) {
  if (auto port = number(a, 1, 65535, "invalid checkport")) a.section->check_port = port;
}

void check_command(Assignment& a) {
  auto text = quoted_or_bare(a, "invalid check command");
  if (!text) return;
  if (text->value.find(' ') != std::string::npos)
    a.say.warning(a.line.number, text->at.text,
                  "the whole value is the path of one program; it takes no arguments");
  a.section->check_command = std::move(text->value);
}

void request(Assignment& a) {
  auto text = quoted(a, "no request string specified");
  if (!text) return;
  add_slash(text->value);
  a.section->request = std::move(text);
}

void receive(Assignment& a) {
  if (auto text = quoted(a, "invalid receive string")) a.section->receive = std::move(text);
}

void login(Assignment& a) {
  keep_text(a.section->login, quoted(a, "invalid login string"));
}
void passwd(Assignment& a) {
  keep_text(a.section->passwd, quoted(a, "invalid password"));
}
void database(Assignment& a) {
  keep_text(a.section->database, quoted(a, "invalid database"));
}
void secret(Assignment& a) {
  keep_text(a.section->secret, quoted(a, "invalid secret"));
}
void load(Assignment& a) {
  if (quoted(a, "invalid string for load testing"))
    a.say.warning(a.line.number, a.line.name, "load has no effect and never had one");
}

void virtual_host(Assignment& a) {
  auto value = base::trim(a.line.value);
  if (value.starts_with('"')) value.remove_prefix(1);
  auto close = value.find('"');
  if (close != std::string_view::npos) {
    if (auto after = base::trim(value.substr(close + 1)); !after.empty())
      a.say.warning(a.line.number, after, "this is ignored");
    value = value.substr(0, close);
  }
  if (value.empty())
    a.say.warning(a.line.number, a.line.name, "virtualhost is empty: the address of the real server is used");
  a.section->virtual_host = std::string(value);
}

void http_method(Assignment& a) {
  auto name = word(a, kWord);
  if (!base::iequals(name, "GET") && !base::iequals(name, "HEAD")) {
    a.say.error(a.line.number, place_of(a), "httpmethod must be GET or HEAD");
    return;
  }
  a.section->http_method = base::iequals(name, "GET") ? "GET" : "HEAD";
  a.section->http_method_at = here(a);
}

void scheduler(Assignment& a) {
  auto name = word(a, kLower);
  if (name.empty() || name.size() > 15) {  // IP_VS_SCHEDNAME_MAXLEN, with its terminating 0, is 16
    a.say.error(a.line.number, place_of(a),
                "invalid scheduler, should be only lowercase letters (a-z), at most 15 of them");
    return;
  }
  auto known = schedulers();
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    auto near = base::did_you_mean(name, known);
    a.say.warning(
        a.line.number, name,
        fmt::format(
            "no scheduler of this name is known{}{}{}: the kernel will refuse the service unless it has one",
            near.empty() ? "" : " (did you mean \"", near, near.empty() ? "" : "\"?)"));
  }
  a.section->scheduler = std::string(name);
}

void sched_flags(Assignment& a) {
  auto value = base::trim(a.line.value);
  auto flags = value.substr(0, std::min(value.find_first_of(base::kBlanks), value.size()));
  if (flags.empty())
    a.say.error(a.line.number, place_of(a), "invalid sched-flags: a value is required");
  else
    a.section->sched_flags_at = {a.line.number, flags};
}

void persistent(Assignment& a) {
  // ipvsadm refuses more than 31 days, and with 0 the whole service.
  if (auto n = number(a, 0, 2678400, "invalid persistent timeout")) {
    if (*n == 0)
      a.say.warning(a.line.number, place_of(a), "0 means: not persistent (older programs lose the service)");
    a.section->persistent = n;
  }
}

void netmask(Assignment& a) {
  exact(a);
  a.section->netmask_at = here(a);
}

void protocol(Assignment& a) {
  auto name = word(a, kWord);
  if (a.section->address.valid && a.section->address.mark) {
    if (name == "fwm") return;
    a.say.error(a.line.number, place_of(a),
                "protocol must be fwm if the virtual service is a fwmark (a number)");
  } else if (name == "tcp" || name == "udp") {
    a.section->protocol = name == "tcp" ? ipvs::Protocol::tcp : ipvs::Protocol::udp;
  } else if (a.section->address.valid) {
    a.say.error(a.line.number, place_of(a),
                "protocol must be tcp or udp if the virtual service is an address and port");
  }
}

void ops(Assignment& a) {
  if (auto on = yes_no(a)) a.section->ops = *on;
  a.section->ops_at = here(a);
}

void monitorfile(Assignment& a) {
  if (auto path = quoted_or_bare(a, "unable to open monitorfile"))
    a.section->monitorfile = std::move(path->value);
}

void service_name(Assignment& a) {
  a.section->service_name = rest(a);
}
void comment(Assignment& a) {
  a.section->comment = rest(a);
}

}  // namespace ldir::conf::set
