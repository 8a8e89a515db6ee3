// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/addr.h"
#include "base/address_arg.h"
#include "base/text.h"
#include "hbd/conf/files.h"
#include "hbd/conf/lines.h"

namespace hbd::conf {

namespace {

struct Context {
  const base::Source& source;
  const model::Cluster& cluster;
  const MachineView& machine;
  base::Diagnostics& diagnostics;
};

// The words of one logical line: physical lines that end in a backslash go on in the next.
std::vector<std::vector<Word>> logical_lines(const base::Source& source, base::Diagnostics& diagnostics) {
  std::vector<std::vector<Word>> out;
  std::size_t continues_to = 0;
  for (const auto& line : lines(source, true, diagnostics)) {
    auto text = line.text;
    bool joined = line.number == continues_to;
    if (text.back() == '\\') {
      continues_to = line.number + 1;
      text.remove_suffix(1);
    }
    auto words = line.words(text, base::kBlanks);
    if (joined && !out.empty())
      out.back().insert(out.back().end(), words.begin(), words.end());
    else if (!words.empty())
      out.push_back(std::move(words));
    else
      continues_to = joined ? continues_to : 0;
  }
  return out;
}

// The shell pattern [0-9]*.[0-9]*.[0-9]*.[0-9]* of the original.
bool looks_like_v4(std::string_view word) {
  auto digit = [&](std::size_t i) { return i < word.size() && word[i] >= '0' && word[i] <= '9'; };
  if (!digit(0)) return false;
  int dots = 0;
  for (std::size_t i = 0; i < word.size() && dots < 3; ++i)
    if (word[i] == '.' && digit(i + 1)) ++dots;
  return dots == 3;
}

std::optional<base::IpAddress> address_of(std::string_view argument) {
  const auto end = std::min(argument.find('/'), argument.find('%'));
  if (end != std::string_view::npos && argument.find("::", end) != std::string_view::npos) return {};  // another argument
  return base::IpAddress::parse(argument.substr(0, end));
}

std::vector<std::string> split_at_double_colons(std::string_view text) {
  std::vector<std::string> out;
  for (;;) {
    auto at = text.find("::");
    out.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + 2);
  }
}

model::Resource parse_resource(const Word& word) {
  model::Resource resource;
  resource.text = word.text;
  resource.at = word.at;
  if (looks_like_v4(word.text)) {
    resource.script = "IPaddr";
    resource.args = {resource.text};
    return resource;
  }
  if (auto ip = address_of(word.text); ip && !ip->is_v4()) {
    resource.script = "IPv6addr";
    resource.args = {resource.text};
    return resource;
  }
  auto parts = split_at_double_colons(word.text);
  resource.script = parts.front();
  resource.args.assign(parts.begin() + 1, parts.end());
  // fd00::1 has the separator inside; the address is whole again if the pieces make one. Only for scripts that take
  // addresses: the two arguments of Delay::5::10 make one too.
  const bool wants_address = resource.script == "IPv6addr" || resource.script == "IPaddr2";
  if (wants_address && resource.args.size() > 1) {
    auto whole = word.text.substr(resource.script.size() + 2);
    if (auto ip = address_of(whole); ip && !ip->is_v4()) resource.args = {std::string(whole)};
  }
  return resource;
}

/// What an address script of ours makes of its argument, once it is known to begin with an address that fits.
void check_placement(const Context& c, const Word& word, std::string_view argument) {
  auto parsed = base::parse_address_arg(argument);
  if (!parsed)
    c.diagnostics.error(c.source, word.at, fmt::format("\"{}\": {}; write address[/bits[/device[:label][/broadcast]]]",
                                                       argument, parsed.error().message));
  else if (!parsed->device.empty() && !c.machine.interface_exists(parsed->device))
    c.diagnostics.warning(c.source, word.at,
                          fmt::format("\"{}\": IP interface [{}] does not exist; without it this address cannot be taken",
                                      argument, parsed->device));
}

void check_address(const Context& c, const model::Resource& resource, const Word& word) {
  const bool v4_agent = resource.script == "IPaddr";
  if (resource.args.empty()) {
    c.diagnostics.error(c.source, word.at, fmt::format("{0} needs an address: `{0}::address[/bits[/device]]`", resource.script));
    return;
  }
  auto ip = address_of(resource.args.front());
  bool fits = ip && (resource.script == "IPaddr2" || ip->is_v4() == v4_agent);
  if (!fits) {
    c.diagnostics.error(c.source, word.at,
                        fmt::format("{} needs an {} address, got \"{}\"", resource.script,
                                    v4_agent ? "IPv4" : resource.script == "IPv6addr" ? "IPv6" : "IP", resource.args.front()));
    return;
  }
  const std::string_view arg = resource.args.front();
  const auto slash = arg.find('/');
  const auto bits = slash == arg.npos ? std::string_view{} : arg.substr(slash + 1, arg.find('/', slash + 1) - slash - 1);
  const bool number = !bits.empty() && bits.find_first_not_of("0123456789") == bits.npos;
  if (number && (bits.size() > 3 || std::stoi(std::string(bits)) > (ip->is_v4() ? 32 : 128)))
    c.diagnostics.error(c.source, word.at, fmt::format("the netmask of \"{}\" has {} bits, but {} have {}", arg, bits,
                                                       ip->is_v4() ? "IPv4 addresses" : "IPv6 addresses", ip->is_v4() ? 32 : 128));
  else if (c.machine.own_script(resource.script))
    check_placement(c, word, arg);
}

using Arguments = std::vector<std::string>;
bool anything(const Arguments&) { return true; }
bool seconds(const Arguments& args) {
  return std::all_of(args.begin(), args.end(), [](std::string_view a) {
    return !a.empty() && a.find_first_not_of("0123456789.") == a.npos && std::count(a.begin(), a.end(), '.') < 2;
  });
}
bool second_is_path(const Arguments& args) { return args[1].size() > 1 && args[1].front() == '/'; }
bool role_first(const Arguments& args) { return args[0] == "master" || args[0] == "backup"; }
bool blocks(const Arguments& args) {
  return (args[0] == "tcp" || args[0] == "udp") && (args[2] == "block" || args[2] == "unblock");
}

/// What scripts of ours end with their usage for; an operator's own script by that name takes what it likes.
struct ArgumentRule {
  std::string_view script;
  std::size_t least, most;
  bool (*good)(const Arguments&);
  std::string_view usage;
};
constexpr ArgumentRule kArguments[] = {
    {"AudibleAlarm", 0, 100, anything, "[::node...]"},
    {"Delay", 0, 2, seconds, "[::seconds[::seconds]]"},
    {"Filesystem", 2, 4, second_is_path, "::device::/directory[::fstype[::options]]"},
    {"IPsrcaddr", 1, 1, anything, "::address"},
    {"LVM", 1, 1, anything, "::volume-group"},
    {"LVSSyncDaemonSwap", 1, 3, role_first, "::master|backup[::device[::syncid]]"},
    {"MailTo", 1, 2, anything, "::address[::subject]"},
    {"OCF", 1, 100, anything, "[::provider]::agent[::name=value...]"},
    {"Raid1", 2, 2, anything, "::file::device"},
    {"SendArp", 1, 1, anything, "::address/device"},
    {"Xinetd", 1, 1, anything, "::service"},
    {"apache", 0, 1, anything, "[::file]"},
    {"drbddisk", 0, 1, anything, "[::resource]"},
    {"drbdupper", 1, 1, anything, "::resource"},
    {"ipvsadm", 0, 0, anything, ""},
    {"ldirectord", 0, 1, anything, "[::file]"},
    {"portblock", 3, 3, blocks, "::tcp|udp::ports::block|unblock"},
};

void check_arguments(const Context& c, const model::Resource& resource, const Word& word) {
  const auto* rule = std::find_if(std::begin(kArguments), std::end(kArguments),
                                  [&](const auto& r) { return r.script == resource.script; });
  if (rule == std::end(kArguments) || !c.machine.own_script(resource.script)) return;
  const auto& args = resource.args;
  if (args.size() < rule->least || args.size() > rule->most || !rule->good(args)) {
    c.diagnostics.error(c.source, word.at, fmt::format("{} is not called so: write `{}{}`", resource.script,
                                                       resource.script, rule->usage));
    return;
  }
  if (resource.script == "OCF") {
    const bool with_provider = args.size() > 1 && c.machine.ocf_agent_exists(args[0] + "/" + args[1]);
    if (!with_provider && !c.machine.ocf_agent_exists(args[0]))
      c.diagnostics.error(c.source, word.at, fmt::format("there is no such OCF agent in /usr/lib/ocf/resource.d: write `OCF{}`; "
                                                         "most agents come with the package resource-agents", rule->usage));
  }
  if (resource.script == "ldirectord" && !args.empty() && !c.machine.file_exists(args[0]))
    c.diagnostics.warning(c.source, word.at, fmt::format("{}: no such file; without it ldirectord cannot start", args[0]));
}

void check_script(const Context& c, const model::Resource& resource, const Word& word) {
  base::Location name_at = word.at;
  name_at.length = std::max<std::size_t>(1, std::min(resource.script.size(), word.text.size()));
  bool plain = !resource.script.empty() && resource.script.find('/') == std::string::npos;
  if (!plain || !c.machine.script_exists(resource.script)) {
    auto known = c.machine.scripts();
    std::vector<std::string_view> candidates(known.begin(), known.end());
    auto near = plain ? base::did_you_mean(resource.script, candidates) : std::string_view{};
    auto hint = !near.empty()  ? fmt::format("; did you mean \"{}\"?", near)
                : !plain       ? std::string("; a script is called by its file name, without a folder")
                               : std::string("; it must be an executable file in resource.d or init.d");
    c.diagnostics.error(c.source, name_at, fmt::format("Cannot locate resource script {}{}", resource.script, hint));
    return;
  }
  if (resource.script == "IPaddr" || resource.script == "IPaddr2" || resource.script == "IPv6addr")
    check_address(c, resource, word);
  else
    check_arguments(c, resource, word);
}

void check_node(const Context& c, const std::string& node, const Word& word) {
  const auto& nodes = c.cluster.nodes;
  if (nodes.empty() || std::find(nodes.begin(), nodes.end(), node) != nodes.end()) return;
  std::vector<std::string_view> candidates(nodes.begin(), nodes.end());
  auto near = base::did_you_mean(node, candidates);
  auto hint = near.empty() ? fmt::format("the nodes of ha.cf are {}", base::join(nodes, ", "))
                           : fmt::format("did you mean \"{}\"?", near);
  c.diagnostics.error(c.source, word.at,
                      fmt::format("Bad nodename in {} [{}]; {}", c.source.name(), base::printable(word.text, 100), hint));
}

void check_repeats(const Context& c, const model::Haresources& all, const model::ResourceGroup& group) {
  for (const auto& other : all.groups) {
    if (other.key() == group.key()) {
      c.diagnostics.error(c.source, group.resources.front().at,
                          fmt::format("{} is the first resource of the group in line {} already; a group is known by its "
                                      "first resource, which must differ", group.key(), other.at.line));
      continue;
    }
    for (const auto& resource : group.resources)
      for (const auto& theirs : other.resources)
        if (theirs.text == resource.text)
          c.diagnostics.warning(c.source, resource.at,
                                fmt::format("{} is also in the group in line {}: the first of the two groups to leave a node "
                                            "stops it for both", resource.text, other.at.line));
  }
  for (std::size_t i = 1; i < group.resources.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (group.resources[k].text == group.resources[i].text) {
        c.diagnostics.warning(c.source, group.resources[i].at, fmt::format("{} is in this group twice", group.resources[i].text));
        break;
      }
}

}  // namespace

void read_haresources(const base::Source& source, const model::Cluster& cluster, const MachineView& machine,
                      model::Haresources& haresources, base::Diagnostics& diagnostics) {
  Context c{source, cluster, machine, diagnostics};
  const auto found_before = diagnostics.all().size();
  for (const auto& words : logical_lines(source, diagnostics)) {
    if (enough(source, words.front().at, diagnostics, found_before)) return;
    model::ResourceGroup group;
    group.node = base::to_lower(words.front().text);
    group.at = words.front().at;
    check_node(c, group.node, words.front());
    if (words.size() == 1) {
      diagnostics.warning(source, words.front().at, "no resources after the node name; the line does nothing");
      continue;
    }
    for (std::size_t i = 1; i < words.size(); ++i) {
      group.resources.push_back(parse_resource(words[i]));
      check_script(c, group.resources.back(), words[i]);
    }
    check_repeats(c, haresources, group);
    haresources.groups.push_back(std::move(group));
  }
  if (haresources.groups.empty() && diagnostics.all().size() == found_before)
    diagnostics.warning(source, {}, "no resource groups: the nodes will hear each other and hold nothing; write one line a "
                                    "group, `NODE RESOURCE...`");
}

}  // namespace hbd::conf
