// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "base/text.h"
#include "hbd/shell/agents.h"

extern char** environ;

namespace hbd::shell {
namespace {

bool given(const std::string& file) { return !file.empty() && file != "/dev/null"; }

/// A directive's name as part of a variable name.
bool fit_for_name(std::string_view s) {
  for (char c : s)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) return false;
  return !s.empty();
}

}  // namespace

std::vector<std::string> script_environment(const model::Cluster& cluster, const Paths& paths, bool alone) {
  std::map<std::string, std::string> all;
  for (char** e = environ; *e; ++e) {
    std::string_view entry = *e;
    auto equals = entry.find('=');
    if (equals != std::string_view::npos && !entry.starts_with("NOTIFY_SOCKET="))
      all[std::string(entry.substr(0, equals))] = entry.substr(equals + 1);
  }
  all.try_emplace("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  for (const auto& [name, value] : cluster.parameters)
    if (fit_for_name(name)) all["HA_" + name] = value;
  for (const auto& [name, value] : cluster.env)
    if (fit_for_name(name)) all["HA_" + name] = value;
  all["HA_CURHOST"] = cluster.self;
  all["HA_DIR"] = paths.etc();
  all["HA_FUNCS"] = paths.etc() + "/shellfuncs";
  all["HA_RCDIR"] = paths.etc() + "/rc.d";
  all["HA_RESOURCEDIR"] = paths.resource_d();
  all["HA_BIN"] = "/usr/libexec/heartbeat";
  all["HA_FIFO"] = paths.fifo();
  all["HA_VARLIB"] = paths.lib();
  all["HA_RSCTMP"] = paths.run() + "/rsctmp";
  all["HA_DOCDIR"] = "/usr/share/doc/upbeat";
  all["HA_LOGFILE"] = given(cluster.log.logfile) ? cluster.log.logfile : "";
  all["HA_DEBUGLOG"] = given(cluster.log.debugfile) ? cluster.log.debugfile
                       : given(cluster.log.logfile) ? cluster.log.logfile
                                                    : "/dev/null";
  all["HA_LOGFACILITY"] = cluster.log.facility == "none" ? "" : cluster.log.facility;
  all["HA_LOGD"] = cluster.log.use_logd ? "yes" : "no";
  all["HA_DATEFMT"] = "%Y/%m/%d_%T\t";
  all["HA_debug"] = std::to_string(cluster.log.debug);
  all["HA_COMPRESSION"] = cluster.compression;
  if (alone)
    all["HA_DONTASK"] = "yes";
  else
    all.erase("HA_DONTASK");
  all["OCF_ROOT"] = "/usr/lib/ocf";
  if (cluster.nice()) all["HA_NICEFAILBACK"] = "yes";
  std::vector<std::string> out;
  for (const auto& [name, value] : all) out.push_back(name + "=" + value);
  return out;
}

}  // namespace hbd::shell
