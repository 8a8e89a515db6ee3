// SPDX-License-Identifier: Apache-2.0
#include "ldir/conf/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <span>

#include "base/text.h"
#include "ldir/conf/address.h"
#include "ldir/conf/derive.h"
#include "ldir/conf/lines.h"
#include "ldir/conf/names.h"
#include "ldir/conf/server.h"
#include "ldir/conf/table.h"

namespace ldir::conf {

namespace {

class Parser {
 public:
  Parser(const base::Source& source, const Resolver& resolver)
      : source_(source), resolver_(resolver), say_(source) {}

  Loaded run() {
    Loaded out;
    out.config = read();
    check_global(global_.fallback, base::Family::v4);
    check_global(global_.fallback6, base::Family::v6);
    std::map<ipvs::ServiceKey, std::size_t> seen;
    for (const auto& section : sections_) {
      auto service = derive(section, global_, resolver_, say_);
      if (!service) continue;
      auto [at, fresh] = seen.try_emplace(service->key, service->at.line);
      if (!fresh)
        say_.error(section.address.all.line, section.address.all.text,
                   fmt::format("duplicate virtual server, first in line {}", at->second));
      else
        out.config.services.push_back(std::move(*service));
    }
    if (sections_.empty() && !say_.failed()) say_.file_warning("no virtual service is configured: nothing will be balanced");
    out.findings = say_.take();
    return out;
  }

  /// All lines; no name in them has been asked for yet.
  model::Config read() {
    for (const auto& line : split_lines(source_, say_)) {
      if (say_.full()) break;
      take(line);
    }
    model::Config out;
    out.path = source_.name();
    globals(out);
    return out;
  }

 private:
  void take(const Line& line) {
    bool is_virtual = line.name == "virtual" || line.name == "virtual6";
    if (is_virtual && line.has_equals) {
      if (line.indented) unknown(line, "a virtual section begins in the first column");
      open(line);
      return;
    }
    if (!line.indented) section_ = nullptr;
    auto row = find_directive(line.name);
    if (!row || (!line.has_equals && line.name != "supervised")) return refuse(line, row);
    if (line.indented && !section_)
      return unknown(
          line,
          "indented lines belong to a virtual section, and none is open; global lines begin in the "
          "first column");
    auto setter = section_ ? row->in_section : row->in_global;
    if (!setter)
      return unknown(
          line, section_
                    ? fmt::format("\"{}\" is a global directive and begins in the first column", row->name)
                    : fmt::format("\"{}\" belongs to a virtual section and is indented by four blanks "
                                  "or one tab",
                                  row->name));
    repeated(line, *row);
    Assignment a{line,    say_,    resolver_, section_ ? static_cast<Shared&>(*section_) : global_,
                 global_, section_};
    setter(a);
  }

  void open(const Line& line) {
    sections_.emplace_back();
    section_ = &sections_.back();
    section_->address = parse_virtual(line, say_);
    if (line.indented) section_->address.valid = false;  // an error anyway
    section_lines_.clear();
  }

  void unknown(const Line& line, std::string_view why) {
    say_.error(line.number, line.name.empty() ? line.whole : line.name,
               fmt::format("Unknown command \"{}\"{}{}", base::printable(line.name, 60),
                           why.empty() ? "" : ": ", why));
  }

  void refuse(const Line& line, const Directive* row) {
    if (row) return unknown(line, fmt::format("expected {} = VALUE", row->name));
    if (line.name.starts_with('[')) return unknown(line, "there are no headers in brackets in this format");
    std::vector<std::string_view> names{"virtual", "virtual6"};
    for (const auto& d : directives())
      if (!d.withdrawn) names.push_back(d.name);
    if (!line.has_equals) return without_equals(line, names);
    auto near = base::did_you_mean(line.name, names);
    unknown(line, near.empty() ? "expected a directive of ldirectord.cf(5)" : fmt::format("did you mean \"{}\"?", near));
  }

  void without_equals(const Line& line, std::span<const std::string_view> names) {
    auto word = line.name.substr(0, std::min(line.name.find_first_of(base::kBlanks), line.name.size()));
    auto near = std::find(names.begin(), names.end(), word) != names.end() ? word : base::did_you_mean(word, names);
    unknown(line, near.empty() ? std::string("expected NAME = VALUE") : fmt::format("the \"=\" is missing, expected {} = VALUE", near));
    if (line.indented || (near != "virtual" && near != "virtual6")) return;
    // It was meant to open a section: what follows is looked at as one.
    sections_.emplace_back();
    section_ = &sections_.back();
    section_->address.family = near == "virtual6" ? base::Family::v6 : base::Family::v4;
    section_->address.all = {line.number, line.name};
    section_lines_.clear();
  }

  void repeated(const Line& line, const Directive& row) {
    if (row.repeatable) return;
    auto& lines = section_ ? section_lines_ : global_lines_;
    auto [at, fresh] = lines.try_emplace(row.name, line.number);
    if (!fresh)
      say_.warning(
          line.number, line.name,
          fmt::format("{} is given again, first in line {}: this line counts", row.name, at->second));
    at->second = line.number;
  }

  void globals(model::Config& c) {
    const auto& g = global_;
    c.check_interval = model::seconds(g.check_interval.value_or(10));
    c.autoreload = g.autoreload.value_or(false);
    c.supervised = g.supervised.value_or(false);
    c.fork = g.fork.value_or(false);
    c.readdquiescent = g.readdquiescent.value_or(false);
    c.cleanstop = g.cleanstop.value_or(true);
    c.callback = g.callback.value_or("");
    c.logfile = g.logfile.value_or(c.logfile);
    c.execute = g.execute;
    c.maintenance_dir = g.maintenance_dir.value_or("");
    c.email_alert_from = g.email_alert_from.value_or("");
    c.status_page = g.status_page;
  }

  // Once here, so that a mistake is said once and also where no section uses it.
  void check_global(const std::optional<FallbackText>& f, base::Family family) {
    if (!f) return;
    if (auto address = resolve_host(resolver_, f->host, family); !address)
      say_.error(f->all.line, f->host,
                 fmt::format("invalid {} address or could not resolve for fallback server: {}: {}",
                             family == base::Family::v4 ? "IPv4" : "IPv6", base::printable(f->host),
                             address.error().message));
    if (f->port.empty()) return;
    if (auto port = resolve_port(resolver_, f->port, ""); !port)
      say_.error(f->all.line, f->port, "invalid port for fallback server: " + port.error().message);
  }

  const base::Source& source_;
  const Resolver& resolver_;
  Findings say_;
  Global global_;
  std::deque<Section> sections_;  // addresses stay while it grows
  Section* section_ = nullptr;
  std::map<std::string_view, std::size_t> global_lines_, section_lines_;
};

/// Whom parse_globals() hands to setters that have nothing to ask.
class Nobody final : public Resolver {
 public:
  HostAnswer host(const HostName&) const override { return {}; }
  std::optional<std::uint16_t> service(const std::string&, const std::string&) const override { return std::nullopt; }
  std::string local_name() const override { return {}; }
};

}  // namespace

Loaded parse(const base::Source& source, const Resolver& resolver) {
  Names names(resolver);
  auto loaded = Parser(source, names).run();
  while (names.look_up()) loaded = Parser(source, names).run();
  return loaded;
}

model::Config parse_globals(const base::Source& source) {
  return Parser(source, Nobody()).read();
}

}  // namespace ldir::conf
