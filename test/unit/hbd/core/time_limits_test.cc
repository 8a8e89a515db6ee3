// SPDX-License-Identifier: Apache-2.0
#include "hbd/core/time_limits.h"

#include "test/support/catch.h"

using namespace hbd::core;
using namespace std::chrono_literals;

namespace {
hbd::model::Resource resource(std::string script, std::vector<std::string> args = {}) {
  return {script, std::move(args), script, {}};
}
}  // namespace

TEST_CASE("scripts have time, and those that may need it have more") {
  const Limits limits;
  CHECK(limits.of(resource("mysql"), Verb::start) == 300s);
  CHECK(limits.of(resource("mysql"), Verb::stop) == 300s);
  CHECK(limits.of(resource("mysql"), Verb::status) == 20s);
  CHECK(limits.of(resource("Delay", {"130", "90"}), Verb::start) == 0s);
  CHECK(limits.of(resource("Delay", {"0", "90"}), Verb::stop) == 0s);
  CHECK(limits.of(resource("Filesystem"), Verb::start) == 3600s);
  CHECK(limits.of(resource("OCF", {"heartbeat", "Filesystem", "device=/dev/x"}), Verb::start) == 3600s);
  CHECK(limits.of(resource("OCF", {"Delay", "130"}), Verb::start) == 0s);
  CHECK(limits.of(resource("drbddisk", {"r0"}), Verb::stop) == 600s);
  CHECK(limits.of(resource("systemd", {"nginx"}), Verb::stop) == 900s);
  CHECK(limits.of(resource("nginx.service"), Verb::stop) == 900s);
}

TEST_CASE("an operator sets them for one script, and for scripts in general") {
  const Limits limits({{"STOP_LIMIT_mysql", "1800"},
                       {"START_LIMIT", "60"},
                       {"START_LIMIT_Filesystem", "120"},
                       {"STATUS_LIMIT", "5"},
                       {"STOP_LIMIT_nginx_service", "7"},
                       {"STOP_LIMIT_Dummy", "0"},
                       {"STOP_LIMIT_bad", "1m"},
                       {"STOPRETRYMAX", "3"},
                       {"SITE", "north"}});
  CHECK(limits.of(resource("mysql"), Verb::stop) == 1800s);
  CHECK(limits.of(resource("mysql"), Verb::start) == 60s);
  CHECK(limits.of(resource("Filesystem"), Verb::start) == 120s);
  CHECK(limits.of(resource("LVM"), Verb::start) == 900s);  // a general word shortens nothing that is slow by nature
  CHECK(limits.of(resource("Delay", {"130"}), Verb::start) == 0s);
  CHECK(limits.of(resource("Delay"), Verb::status) == 5s);
  CHECK(limits.of(resource("nginx.service"), Verb::stop) == 7s);
  CHECK(limits.of(resource("OCF", {"heartbeat", "Dummy"}), Verb::stop) == 0s);
  CHECK(limits.of(resource("bad"), Verb::stop) == 300s);

  const Limits none(Limits::Env{{"STOP_LIMIT", "0"}});
  CHECK(none.of(resource("mysql"), Verb::stop) == 0s);
  CHECK(none.of(resource("LVM"), Verb::stop) == 0s);
  CHECK(none.of(resource("mysql"), Verb::start) == 300s);
}

TEST_CASE("what is held is asked whether it still runs only where ha.cf says so") {
  CHECK(Limits().every(resource("mysql")) == 0s);
  const Limits limits({{"STATUS_EVERY", "30"}, {"STATUS_EVERY_mysql", "10"}, {"STATUS_EVERY_nginx_service", "0"}, {"STATUS_EVERY_bad", "1m"}});
  CHECK(limits.every(resource("IPaddr")) == 30s);
  CHECK(limits.every(resource("mysql")) == 10s);
  CHECK(limits.every(resource("OCF", {"heartbeat", "mysql"})) == 10s);
  CHECK(limits.every(resource("nginx.service")) == 0s);
  CHECK(limits.every(resource("bad")) == 30s);
  CHECK(limits.of(resource("mysql"), Verb::status) == 20s);
}

TEST_CASE("the word that sets a limit is named as ha.cf has it") {
  CHECK(Limits::word_for(resource("mysql"), Verb::stop) == "STOP_LIMIT_mysql");
  CHECK(Limits::word_for(resource("nginx.service"), Verb::start) == "START_LIMIT_nginx_service");
  CHECK(Limits::word_for(resource("OCF", {"heartbeat", "Dummy"}), Verb::status) == "STATUS_LIMIT_Dummy");
}
