// SPDX-License-Identifier: Apache-2.0
#include "hbd/tools/cl_status.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include <fmt/format.h>

#include "hbd/tools/options.h"

namespace hbd::tools {

using wire::Message;
using namespace std::chrono_literals;

namespace {

// The whole run has five seconds (connection.h); one question may use all of them.
constexpr auto kAnyTime = 5000ms;
constexpr int kClientStatusLimit = 500;  // ms, as the original's default

constexpr const char* kUsage =
    "Usage: cl_status <sub-command> [<options>] [<parameters>]\n"
    "\n"
    "Sub-commands:\n"
    "clientstatus <node-name> <client-id> [<timeout>]\n"
    "\tShow the status of heartbeat clients.\n"
    "hblinkstatus <node-name> <link-name>\n"
    "\tShow the status of a heartbeat link\n"
    "hbstatus\n"
    "\tIndicate if heartbeat is running on the local system.\n"
    "\tOptions:\n"
    "\t\t-v\tverbose: also add \"listnodes -v\" output\n"
    "listnodes [<option>]\n"
    "\tList the nodes in the cluster.\n"
    "\tOptions:\n"
    "\t\t-p\tlist only 'ping' type nodes\n"
    "\t\t-n\tlist only 'normal' type nodes\n"
    "\t\t-v\tverbose: also list type and status,\n"
    "\t\t\tthen add \"listhblinks -v\" output\n"
    "listhblinks <node-name>\n"
    "\tList the network interfaces used as heartbeat links.\n"
    "\tOptions:\n"
    "\t\t-v\tverbose: list link status as well\n"
    "nodestatus <node-name>\n"
    "\tList the node status.\n"
    "nodeweight <node-name>\n"
    "\tList the node weight.\n"
    "nodesite <node-name>\n"
    "\tList the node site.\n"
    "nodetype <node-name>\n"
    "\tShow the type of a node.\n"
    "rscstatus\n"
    "\tShow the status of cluster resources.\n"
    "hbparameter -p <parameter-name>\n"
    "\tRetrieve the value of a cluster parameter.\n"
    "\tAs for the valid parameter names, please refer to the man page.\n"
    "explain\n"
    "\tWhy each resource group is where it is, and what would move it.\n"
    "--json\n"
    "\tAll of it, for programs.\n"
    "\n"
    "Option -m of every sub-command: a sentence for people instead of a word for scripts.\n";

/// What --help says, on one screen; -h and no argument at all say what they always said.
constexpr const char* kHelp =
    "Usage: cl_status SUB-COMMAND [OPTIONS] [PARAMETERS]\n"
    "\n"
    "  hbstatus [-v]               is heartbeat running here?\n"
    "  rscstatus                   what this node holds: all, local, foreign, none\n"
    "  explain                     why each resource group is where it is\n"
    "  listnodes [-p|-n|-v]        the nodes: ping nodes, others, with their status\n"
    "  nodestatus NODE             active, up, dead, ...\n"
    "  nodetype NODE               normal or ping\n"
    "  nodeweight, nodesite NODE   as told to heartbeat\n"
    "  listhblinks [-v] NODE       the links to a node\n"
    "  hblinkstatus NODE LINK      up or dead\n"
    "  clientstatus NODE CLIENT [MILLISECONDS]\n"
    "                              is that program connected to heartbeat there?\n"
    "  hbparameter -p NAME         a directive of ha.cf as it is in force\n"
    "  --json                      all of it, for programs\n"
    "  --help, --version\n"
    "\n"
    "Option -m of every sub-command: a sentence for people instead of a word for\n"
    "scripts. Exit status: 0 yes or done, 1 no, 11 wrong call; see cl_status(1).\n";

struct Command {
  Heartbeat& heartbeat;
  const Voice& voice;
  Options options;
  Message daemon;  ///< its reply to signon
  bool sentences() const { return options.has('m'); }
  const std::string& parameter(std::size_t i) const { return options.parameters[i]; }
  Replies ask(std::string_view what, std::string_view name = {}, std::string_view value = {}) const {
    Message request("hbapi-req");
    request.add("reqtype", what);
    if (!name.empty()) request.add(name, value);
    return heartbeat.ask(request, kAnyTime);
  }
};

/// The exit code of a question that was not answered, said as two lines.
int give_up(const Command& command, const Failure& failure, const std::string& what, std::string_view reason, int code) {
  if (failure.kind == Failure::Kind::late) {
    command.voice.error("No answer from heartbeat in 5 seconds.");
    return kTimedOut;
  }
  command.voice.error(what);
  command.voice.error(fmt::format("REASON: {}", reason));
  return code;
}

/// As above, for a node that heartbeat does not know.
int bad_node(const Command& command, const Failure& failure, std::string_view text) {
  if (failure.kind == Failure::Kind::late) return give_up(command, failure, {}, {}, kTimedOut);
  command.voice.err(fmt::format("{}\n", text));
  return kBadArguments;
}

int list_links(const Command& command, std::string_view node) {
  auto links = command.ask("iflist", "node", node);
  if (!links)
    return give_up(command, links.error(), "Cannot start heartbeat link interface walk.", links.error().reason, kUnknown);
  if (command.sentences()) command.voice.out("\tthis node has the following heartbeat links:\n");
  // A daemon lists a device once per medium; the library that the original's tool uses shows it once.
  std::set<std::string, std::less<>> shown;
  for (const auto& link : *links)
    if (shown.emplace(link.get("ifname")).second)
      command.voice.out(command.options.has('v') ? fmt::format("\t{}\t{}\n", link.get("ifname"), link.get("st"))
                                               : fmt::format("\t{}\n", link.get("ifname")));
  return kOk;
}

void warn_of_differences(const Command& command, const std::vector<Message>& nodes) {
  for (const auto& node : nodes)
    if (node.get("differs") == "yes")
      command.voice.err(fmt::format("WARNING: haresources or ha.cf of node {} differs from this node's: groups will not move as "
                                    "they should; the log says where\n", node.get("node")));
}

int list_nodes(const Command& command) {
  auto nodes = command.ask("nodelist");
  if (!nodes)
    return give_up(command, nodes.error(), "Cannot start node walk", nodes.error().reason, kUnknown);
  warn_of_differences(command, *nodes);
  if (command.sentences()) command.voice.out("The nodes are as follow:\n");
  bool only_normal = command.options.has('n') && !command.options.has('p');
  bool only_ping = command.options.has('p') && !command.options.has('n');
  // The original's library puts each node before those it has.
  std::reverse(nodes->begin(), nodes->end());
  for (const auto& node : *nodes) {
    bool ping = node.get("nodetype") == "ping";
    if ((only_normal && ping) || (only_ping && !ping)) continue;
    auto name = node.get("node");
    if (!command.options.has('v')) {
      command.voice.out(fmt::format("{}\n", name));
      continue;
    }
    command.voice.out(fmt::format("\n{}\t{}\t(nodetype: {})\n", name, node.get("st"), node.get("nodetype")));
    if (int code = list_links(command, name); code == kTimedOut) return code;
  }
  return kOk;
}

int hb_status(const Command& command) {
  auto version = command.daemon.get("hbversion");
  if (!command.options.has('v')) {
    command.voice.out("Heartbeat is running on this machine.\n");
    return kOk;
  }
  command.voice.out(command.sentences()
                        ? fmt::format("Heartbeat version {}\nResources controlled by \"haresources\"\n", version)
                        : fmt::format("version:\t{}\nmanaged by:\t\"haresources\"\n", version));
  return list_nodes(command);
}

int node_status(const Command& command) {
  const auto& node = command.parameter(0);
  auto replies = command.ask("nodestatus", "node", node);
  if (!replies) return bad_node(command, replies.error(), "Error. May be due to incorrect node name");
  auto status = replies->back().get("st");
  command.voice.out(command.sentences() ? fmt::format("The cluster node {} is {}\n", node, status)
                                        : fmt::format("{}\n", status));
  return status == "active" || status == "up" || status == "ping" ? kOk : kNo;
}

int node_weight(const Command& command) {
  const auto& node = command.parameter(0);
  auto replies = command.ask("nodeweight", "node", node);
  if (!replies) return bad_node(command, replies.error(), "Error. Maybe due to incorrect node name.");
  auto weight = replies->back().get("weight");
  command.voice.out(command.sentences() ? fmt::format("The weight of the cluster node {} is {}\n", node, weight)
                                        : fmt::format("{}\n", weight));
  return kOk;
}

int node_site(const Command& command) {
  const auto& node = command.parameter(0);
  auto replies = command.ask("nodesite", "node", node);
  if (!replies) return bad_node(command, replies.error(), "Error. May be due to incorrect node name");
  auto site = replies->back().get("site");
  command.voice.out(command.sentences() ? fmt::format("The site of the cluster node {} is {}\n", node, site)
                                        : fmt::format("{}\n", site));
  return kOk;
}

int node_type(const Command& command) {
  const auto& node = command.parameter(0);
  auto replies = command.ask("nodetype", "node", node);
  if (!replies) return bad_node(command, replies.error(), "Error. May be due to incorrect node name");
  auto type = replies->back().get("nodetype");
  command.voice.out(command.sentences() ? fmt::format("The node {}'s type: {}\n", node, type) : fmt::format("{}\n", type));
  return kOk;
}

int list_hb_links(const Command& command) { return list_links(command, command.parameter(0)); }

int hb_link_status(const Command& command) {
  const auto& node = command.parameter(0);
  const auto& link = command.parameter(1);
  Message request("hbapi-req");
  request.add("reqtype", "ifstatus").add("node", node).add("ifname", link);
  auto replies = command.heartbeat.ask(request, kAnyTime);
  if (!replies) return give_up(command, replies.error(), "Cannot get heartbeat link status", "", kUnknown);
  auto status = replies->back().get("st");
  command.voice.out(command.sentences() ? fmt::format("The node {}'s heartbeat link {} is {}\n", node, link, status)
                                        : fmt::format("{}\n", status));
  return status == "up" ? kOk : kNo;
}

int client_status(const Command& command) {
  const auto& client = command.parameter(1);
  int limit = command.options.parameters.size() > 2 ? std::atoi(command.parameter(2).c_str()) : kClientStatusLimit;
  Message request("hbapi-req");
  request.add("reqtype", "clientstatus").add("node", command.parameter(0)).add("cn", client);
  auto replies = command.heartbeat.ask(request, std::chrono::milliseconds(std::clamp(limit, 0, 5000)));
  if (!replies)
    return give_up(command, replies.error(), fmt::format("Cannot get heartbeat client {}'s status", client),
                   "No timely response.", kUnknown);  // the original's words for every reason
  auto status = replies->back().get("cs");
  command.voice.out(fmt::format("{}\n", status));
  return status == "online" ? 0 : status == "offline" ? 1 : status == "join" ? 2 : status == "leave" ? 3 : kUnknown;
}

int rsc_status(const Command& command) {
  auto replies = command.ask("getrsc");
  if (!replies)
    return give_up(command, replies.error(), "Cannot get cluster resource status", replies.error().reason, kUnknown);
  auto held = replies->back().get("rsc_hold");
  command.voice.out(command.sentences() ? fmt::format("This node is holding {} resources.\n", held) : fmt::format("{}\n", held));
  return kOk;
}

int hb_parameter(const Command& command) {
  const auto& name = command.options.value;
  if (name.empty()) {
    command.voice.error("parameter name required");
    return kBadArguments;
  }
  auto replies = command.ask("getparm", "pname", name);
  bool known = replies && replies->back().has("pvalue");
  auto failure = replies ? Failure{Failure::Kind::bad, {}} : replies.error();
  if (!known) return give_up(command, failure, fmt::format("Cannot get parameter {}'s value", name), "", kNo);
  auto value = replies->back().get("pvalue");
  command.voice.out(command.sentences() ? fmt::format("Heartbeat parameter {}'s value: {}\n", name, value)
                                        : fmt::format("{}\n", value));
  return kOk;
}

/// Why each group is where it is, and what would move it. Only an Upbeat can say.
int explain(const Command& command) {
  auto groups = command.ask("explain");
  if (!groups)
    return give_up(command, groups.error(), "Cannot get reasons", "this heartbeat gives none: it is no Upbeat", kUnknown);
  if (auto nodes = command.ask("nodelist")) warn_of_differences(command, *nodes);
  for (const auto& group : *groups) {
    if (!group.has("group")) continue;
    command.voice.out(fmt::format("{}\t{}\t(preferred: {})\n\t{}\n\t{}\n", group.get("group"), group.get("state"),
                                  group.get("preferred"), group.get("reason"), group.get("moves")));
  }
  return kOk;
}

/// All of it at once, for programs: the very text that the daemon serves as /status.json.
int as_json(const Command& command) {
  auto status = command.ask("status");
  if (!status)
    return give_up(command, status.error(), "Cannot get the status", "this heartbeat gives none: it is no Upbeat, or an older one", kUnknown);
  command.voice.out(std::string(status->back().get("json")));
  return kOk;
}

/// What hbstatus says when nobody can be asked.
int not_running(const Command& command, const Failure& failure) {
  if (failure.kind == Failure::Kind::late) return give_up(command, failure, {}, {}, kTimedOut);
  bool stopped = failure.kind == Failure::Kind::stopped;
  command.voice.out(stopped ? "Heartbeat is stopped on this machine.\n"
                            : "Heartbeat is apparently running on this machine, but refuses my connection\n");
  if (command.options.has('v')) command.voice.out(fmt::format("({})\n", failure.reason));
  return stopped ? kNo : kOk;
}

struct SubCommand {
  std::string_view name;
  std::string_view options;
  std::size_t parameters;       ///< needed at least
  std::string_view too_few;
  bool says_code;               ///< "... returnedcharacter code ?." as some of the originals' say (sic)
  int (*run)(const Command&);
};

constexpr SubCommand kSubCommands[] = {
    {"hbstatus", "mv", 0, "", false, hb_status},
    {"listnodes", "mnpv", 0, "", true, list_nodes},
    {"nodestatus", "m", 1, "Not enough parameters.", false, node_status},
    {"nodeweight", "m", 1, "Not enough parameters.", false, node_weight},
    {"nodesite", "m", 1, "Not enough parameters.", false, node_site},
    {"nodetype", "m", 1, "No enough parameter.", false, node_type},
    {"listhblinks", "mv", 1, "No enough parameter.", true, list_hb_links},
    {"hblinkstatus", "m", 2, "No enough parameter.", false, hb_link_status},
    {"clientstatus", "m", 2, "No enough parameter.", false, client_status},
    {"rscstatus", "m", 0, "", false, rsc_status},
    {"hbparameter", "mp:", 0, "", true, hb_parameter},
    {"explain", "m", 0, "", false, explain},
    {"--json", "", 0, "", false, as_json},
};

}  // namespace

int cl_status(const std::vector<std::string>& args, Heartbeat& heartbeat, const Voice& voice) {
  if (args.empty() || args[0] == "-h") {
    voice.out(kUsage);
    return kOk;
  }
  if (args[0] == "--help") {
    voice.out(kHelp);
    return kOk;
  }
  if (args[0] == "--version") {
    voice.out("cl_status (Upbeat " UPBEAT_VERSION ")\n");
    return kOk;
  }
  const auto* chosen = std::find_if(std::begin(kSubCommands), std::end(kSubCommands),
                                    [&](const SubCommand& one) { return one.name == args[0]; });
  if (chosen == std::end(kSubCommands)) {
    voice.error(args[0] + ": invalid sub-command.");
    return kBadArguments;
  }
  Command command{heartbeat, voice, parse_options(args, chosen->options), {}};
  bool is_hbstatus = chosen->run == hb_status;
  auto daemon = heartbeat.sign_on();
  if (!daemon && !is_hbstatus)
    return give_up(command, daemon.error(), "Cannot signon with heartbeat", daemon.error().reason, kNo);
  if (!command.options.complaint.empty()) {
    voice.err(command.options.complaint + "\n");
    if (!is_hbstatus) {
      voice.error(fmt::format("Error: getopt returnedcharacter {}?.", chosen->says_code ? "code " : ""));
      return kBadArguments;
    }
  }
  if (!daemon) return not_running(command, daemon.error());
  command.daemon = daemon->back();
  if (command.options.parameters.size() < chosen->parameters) {
    voice.err(fmt::format("{}\n", chosen->too_few));
    return kBadArguments;
  }
  return chosen->run(command);
}

}  // namespace hbd::tools
