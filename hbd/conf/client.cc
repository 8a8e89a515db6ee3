// SPDX-License-Identifier: Apache-2.0
// The directives about programs that run beside hbd and talk to it: respawn, failfast, apiauth.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "hbd/conf/setting.h"

namespace hbd::conf::setting {

namespace {

void child(Reading& r, const Line& line, const Word& rest, bool failfast) {
  auto name = failfast ? "failfast" : "respawn";
  auto args = line.words(rest.text, base::kBlanks);
  if (args.size() < 2) {
    r.error(rest.at, fmt::format("{0} needs a user and a program: write `{0} hacluster /full/path arguments`", name));
    return;
  }
  bool good = true;
  if (!r.machine.user_exists(args[0].text)) {
    r.error(args[0].at, fmt::format("Invalid uid [{}] specified for client child: no such user", args[0].text));
    good = false;
  }
  auto program = args[1];
  model::Respawn entry{std::string(args[0].text),
                       std::string(rest.text.substr(static_cast<std::size_t>(program.text.data() - rest.text.data()))),
                       failfast, program.at};
  if (program.text.front() != '/') {
    r.error(program.at, fmt::format("Client child command [{}] is not full pathname", program.text));
    good = false;
  } else if (!entry.is_ipfail() && !r.machine.program_exists(program.text)) {  // ipfail's policy is built in, at any path
    r.error(program.at, fmt::format("Client child command [{}] is not executable", program.text));
    good = false;
  }
  if (good) r.cluster.respawn.push_back(std::move(entry));
}

bool take_names(Reading& r, const Line& line, std::string_view list, bool users, std::vector<std::string>& out) {
  bool good = !list.empty();
  for (auto name : base::words(list, ",")) {
    if (users ? r.machine.user_exists(name) : r.machine.group_exists(name)) {
      out.emplace_back(name);
      continue;
    }
    r.error(line.locate(name), fmt::format("Invalid apiauth directive: Invalid {} id name [{}]", users ? "user" : "group", name));
    good = false;
  }
  return good;
}

}  // namespace

void respawn(Reading& r, const Line& line, const Word& rest) { child(r, line, rest, false); }
void failfast(Reading& r, const Line& line, const Word& rest) { child(r, line, rest, true); }

void apiauth(Reading& r, const Line& line, const Word& rest) {
  auto args = line.words(rest.text, base::kBlanks);
  model::ApiAuth auth{std::string(args[0].text), {}, {}};
  bool good = true, bad_shape = args.size() < 2;
  for (std::size_t i = 1; i < args.size(); ++i) {
    auto word = args[i].text;
    bool users = word.substr(0, 4) == "uid=";
    auto& list = users ? auth.uids : auth.gids;
    if ((!users && word.substr(0, 4) != "gid=") || word.size() == 4 || !list.empty())
      bad_shape = true;
    else
      good = take_names(r, line, word.substr(4), users, list) && good;
  }
  if (bad_shape) {
    r.error(rest.at, fmt::format("Invalid apiauth directive [{}]; write `apiauth client [uid=a,b] [gid=c,d]`, "
                                 "at least one of the two lists, each once", rest.text));
    return;
  }
  for (const auto& other : r.cluster.api_auth) {
    if (other.client != auth.client) continue;
    r.error(args[0].at, fmt::format("Duplicate apiauth directive for API client {}: [{}]", auth.client, rest.text));
    return;
  }
  if (good) r.cluster.api_auth.push_back(std::move(auth));
}

}  // namespace hbd::conf::setting
