// SPDX-License-Identifier: Apache-2.0
// A cluster of seats.
#pragma once

#include "test/unit/hbd/elect/seat.h"

namespace hbd::elect_test {

/// Real seats that hear each other, but for those that are away.
struct Hall {
  Seat& start(const std::string& name, const Strings& listed, std::uint64_t generation = 7,
              const std::function<void(model::Cluster&)>& other_settings = {}) {
    Seat model;
    model.cluster.nodes = listed;
    model.cluster.self = name;
    if (other_settings) other_settings(model.cluster);
    auto& place = places[name];
    place.seat = std::make_unique<Seat>(model.cluster, model.resources, generation, now);
    place.read = 0;
    place.away = false;
    carry();
    return *place.seat;
  }
  void carry() {
    for (bool any = true; any;) {
      any = false;
      for (auto& [name, place] : places) {
        for (; place.seat && place.read < place.seat->said.size(); ++place.read) {
          const auto bytes = wire::seal(place.seat->said[place.read], place.seat->cluster.auth, model::MessageFormat::classic);
          for (auto& [other, to] : places)
            if (other != name && to.seat && !place.away && !to.away) any = true, to.seat->give(Datagram{0, bytes, "10.0.0.9", now});
        }
      }
    }
  }
  void pass(base::Duration d) {
    for (const auto end = now + d; now < end;) {
      now += 50ms;
      for (auto& [name, place] : places)
        if (place.seat) place.seat->pass(50ms);
      carry();
    }
  }
  void root(const std::string& name, Message m) {
    at(name).give(LocalMessage{"", std::move(m)});
    carry();
  }
  Seat& at(const std::string& name) { return *places.at(name).seat; }
  void power_cut(const std::string& name) { places.at(name).seat.reset(); }
  Strings holders(std::size_t group) {
    Strings out;
    for (auto& [name, place] : places)
      if (place.seat && place.seat->state(group) == GroupState::held) out.push_back(name);
    return out;
  }
  struct Place {
    std::unique_ptr<Seat> seat;
    std::size_t read = 0;
    bool away = false;
  };
  std::map<std::string, Place> places;
  base::Mono now{1h};
};

}  // namespace hbd::elect_test
