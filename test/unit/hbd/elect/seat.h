// SPDX-License-Identifier: Apache-2.0
// The whole engine in one seat, and who speaks to it from the other.
#pragma once

#include <algorithm>
#include <functional>
#include <map>

#include "hbd/core/engine.h"
#include "hbd/elect/heartbeat/elector.h"
#include "hbd/elect/heartbeat/transport.h"
#include "hbd/wire/seal.h"
#include "test/support/catch.h"

namespace hbd::elect_test {

using namespace hbd::core;
using namespace std::chrono_literals;
using elect::heartbeat::Transport;
using wire::Message;

struct Seat {
  explicit Seat(std::string_view remembered = {}, model::Failback failback = model::Failback::on,
                bool scripts_take_time = false, bool log_badpack = true,
                const std::function<void(model::Cluster&)>& other_settings = {})
      : slow(scripts_take_time) {
    cluster.nodes = {"alice", "bob"};
    cluster.self = "alice";
    cluster.media = {{model::Bcast{"eth0"}, 694, {}}};
    cluster.failback = failback;
    cluster.log.log_badpack = log_badpack;
    cluster.timing = {200ms, 1000ms, 500ms, 3000ms, 1000ms, 250ms};
    cluster.auth.sign_with = 1;
    cluster.auth.keys[1] = {model::AuthKey::Method::sha1, "secret"};
    resources.groups = {{"alice", {{"IPaddr", {"10.0.0.1"}, "IPaddr::10.0.0.1", {}}}, {}},
                        {"bob", {{"IPaddr", {"10.0.0.2"}, "IPaddr::10.0.0.2", {}}}, {}}};
    if (other_settings) other_settings(cluster);
    begin(7, remembered);
  }
  Seat(model::Cluster of, model::Haresources groups, std::uint64_t generation, base::Mono since)
      : now(since), cluster(std::move(of)), resources(std::move(groups)) {
    begin(generation, {});
  }
  void begin(std::uint64_t generation, std::string_view remembered) {
    elect::heartbeat::Identity identity;
    identity.generation = generation;
    identity.uuid.fill(1);
    engine = std::make_unique<Engine>(cluster, resources, make_elector(cluster, resources, identity), remembered);
    engine->start(clock(), effects);
    work();
  }

  Now clock() const { return {now, base::Wall(std::chrono::hours(500000)) + now.time_since_epoch()}; }

  void give(Input input) {
    engine->step(clock(), std::move(input), effects);
    work();
  }
  /// Carries effects out: jobs end at once, messages and events are kept.
  void work() {
    while (!effects.empty()) {
      auto batch = std::move(effects);
      effects.clear();
      for (auto& effect : batch) {
        if (auto* packet = std::get_if<Transmit>(&effect)) {
          if (packet->link) {
            pinged[*packet->link] = packet->bytes;
            on_link.emplace_back(*packet->link, packet->bytes);
            continue;
          }
          auto m = wire::open(packet->bytes, cluster.auth);
          REQUIRE(m);
          said.push_back(*m);
        } else if (auto* run = std::get_if<RunJob>(&effect)) {
          const auto verb = run->verb;
          const auto at = std::string(verb == Verb::status ? "status" : verb == Verb::start ? "start" : "stop");
          if (verb != Verb::status) ran.push_back(resources.groups[run->group].key() + ' ' + at);
          const auto place = std::pair(run->group, run->resource);
          const bool fails = verb == Verb::start && broken;
          if (verb != Verb::status) up[place] = verb == Verb::start && !fails;
          JobDone done{run->id, JobDone::End::exited, fails ? 1 : 0, up[place] ? "running" : "stopped"};
          if (slow)
            running.push_back(done);
          else
            engine->step(clock(), done, effects);
        } else if (auto* event = std::get_if<Publish>(&effect)) {
          events.push_back(event->event);
        } else if (auto* pace = std::get_if<PauseClients>(&effect)) {
          paces.push_back(pace->pause);
        } else if (auto* order = std::get_if<Fence>(&effect)) {
          resets.push_back(order->node);
        } else if (auto* list = std::get_if<Nodes>(&effect)) {
          nodes = list->names;
        } else if (auto* word = std::get_if<ToClients>(&effect)) {
          told.push_back(word->message);
        } else if (auto* memory = std::get_if<Remember>(&effect)) {
          memento = memory->memento;
        } else if (std::holds_alternative<Finish>(effect)) {
          finished = true;
        }
      }
    }
  }
  /// The ping node on a medium answers.
  void pong(LinkId link) { give(Datagram{link, pinged.at(link), "10.0.0.8", now}); }
  /// The scripts that are under way end, and from now on each at once.
  void end_scripts() {
    slow = false;
    for (auto& done : std::exchange(running, {})) give(done);
  }
  void pass(base::Duration d) {
    const auto end = now + d;
    for (int wakes = 0; engine->next_wake() <= end; ++wakes) {
      REQUIRE(wakes < 100000);  // it asks for a moment that is past, for ever
      now = std::max(now, engine->next_wake());
      give(Tick{now, "0.1 0.1 0.1 1/1 1"});
      if (finished) return;
    }
    now = end;
  }
  GroupState state(std::size_t g) const { return engine->snapshot().groups[g].state; }
  /// The last message of a type since the last clear().
  const Message* heard(std::string_view type) const {
    const auto at = std::find_if(said.rbegin(), said.rend(), [&](const Message& m) { return m.type() == type; });
    return at == said.rend() ? nullptr : &*at;
  }
  int count(std::string_view event) const {
    return static_cast<int>(std::count_if(events.begin(), events.end(), [&](const auto& e) { return e.kind->id == event; }));
  }
  void clear() { said.clear(), on_link.clear(), ran.clear(), events.clear(), told.clear(); }

  bool slow = false;
  bool broken = false;  ///< no start succeeds
  std::map<std::pair<std::uint16_t, std::uint16_t>, bool> up;  ///< group, resource: was started
  std::vector<JobDone> running;
  base::Mono now{1h};
  model::Cluster cluster;
  model::Haresources resources;
  std::unique_ptr<Engine> engine;
  Effects effects;
  std::vector<Message> said;
  std::map<LinkId, std::string> pinged;  ///< the last packet to each ping node
  std::vector<std::pair<LinkId, std::string>> on_link;  ///< all that went out on one medium only
  std::vector<std::string> ran;
  std::vector<base::Event> events;
  std::vector<bool> paces;
  std::vector<std::string> resets;  ///< nodes that were to be reset
  std::vector<std::string> nodes;   ///< as the shell was told last
  std::vector<Message> told;        ///< to clients
  std::string memento;
  bool finished = false;
};

/// The other seat, as Heartbeat 3.0.6 speaks.
struct Historic {
  explicit Historic(Seat& s, std::uint64_t generation = 40, std::string own_name = "bob") : seat(s), name(std::move(own_name)) {
    restart(generation);
  }
  void restart(std::uint64_t generation) {
    Transport::Settings settings;
    settings.self = name;
    settings.uuid.fill(2);
    settings.generation = generation;
    transport = std::make_unique<Transport>(settings);
    transport->add_peer("alice");
  }
  void say(Message m) {
    const auto stamped = transport->stamp(std::move(m), seat.clock(), "n/a");
    seat.give(Datagram{0, wire::seal(stamped, seat.cluster.auth, model::MessageFormat::classic), "10.0.0.9", seat.now});
  }
  void status(std::string_view st) { say(Message("status").add("st", st).add("dt", "3e8").add("protocol", "1")); }
  void resource(std::string_view hold, bool stable) {
    say(Message("resource").add("rsc_hold", hold).add("rtype", "full").add("isstable", stable ? "1" : "0"));
  }
  void ask(std::string_view hold, std::string_view info) {
    say(Message("ask_resources").add("rsc_hold", hold).add("info", info));
  }
  /// Alive for a while.
  void live(base::Duration d, std::string_view st = "active") {
    for (; d > 0ms; d -= 200ms) {
      status(st);
      seat.pass(200ms);
    }
  }
  Seat& seat;
  std::string name;
  std::unique_ptr<Transport> transport;
};

using Strings = std::vector<std::string>;

}  // namespace hbd::elect_test
