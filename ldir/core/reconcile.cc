// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/reconcile.h"

#include <algorithm>

namespace ldir::core {

using namespace ipvs;

namespace {

const Service* find(const Table& table, const ServiceKey& key) {
  auto it = table.find(key);
  return it == table.end() ? nullptr : &it->second;
}

struct Replay {
  Table& table;
  Dest* dest(const ServiceKey& service, const DestKey& key) const {
    auto s = table.find(service);
    if (s == table.end()) return nullptr;
    auto d = s->second.dests.find(key);
    return d == s->second.dests.end() ? nullptr : &d->second;
  }
  void operator()(const AddService& op) const { table.try_emplace(op.service, Service{op.options, {}}); }
  void operator()(const EditService& op) const {
    if (auto s = table.find(op.service); s != table.end()) s->second.options = op.options;
  }
  void operator()(const DeleteService& op) const { table.erase(op.service); }
  void operator()(const AddDest& op) const {
    if (auto s = table.find(op.service); s != table.end()) s->second.dests.try_emplace(op.dest, op.value);
  }
  void operator()(const EditDest& op) const {
    auto* d = dest(op.service, op.dest);
    if (!d) return;
    const auto connections = d->connections;  // an edit closes none
    *d = op.value;
    d->connections = connections;
  }
  void operator()(const DeleteDest& op) const {
    if (auto s = table.find(op.service); s != table.end()) s->second.dests.erase(op.dest);
  }
};

}  // namespace

bool same_dest(const Dest& desired, const Dest& actual) {
  Dest seen = actual;
  if (seen.forward == Forward::local) seen.forward = desired.forward;
  return desired == seen;
}

void reconcile_service(const ServiceKey& key, const Service* desired, const Service* actual, std::vector<Op>& out) {
  if (!desired) {
    if (actual) out.emplace_back(DeleteService{key});
    return;
  }
  if (!actual) out.emplace_back(AddService{key, desired->options});
  else if (actual->options != desired->options) out.emplace_back(EditService{key, desired->options});

  // First what gives clients a server, then what takes one away.
  std::vector<Op> later;
  for (const auto& [endpoint, want] : desired->dests) {
    auto have = actual ? actual->dests.find(endpoint) : desired->dests.end();
    const bool present = actual && have != actual->dests.end();
    if (present && same_dest(want, have->second)) continue;
    Op op = present ? Op(EditDest{key, endpoint, want}) : Op(AddDest{key, endpoint, want});
    const bool helps = want.weight > 0 && (!present || have->second.weight == 0);
    if (helps) out.push_back(std::move(op));
    else later.push_back(std::move(op));
  }
  std::move(later.begin(), later.end(), std::back_inserter(out));
  if (!actual) return;
  for (const auto& [endpoint, have] : actual->dests)
    if (!desired->dests.count(endpoint)) out.emplace_back(DeleteDest{key, endpoint});
}

std::vector<Op> reconcile(const Table& desired, const Table& actual, const std::set<ServiceKey>& owned) {
  std::vector<Op> out;
  for (const auto& key : owned)
    if (auto* want = find(desired, key)) reconcile_service(key, want, find(actual, key), out);
  for (const auto& key : owned)
    if (!find(desired, key)) reconcile_service(key, nullptr, find(actual, key), out);
  return out;
}

void replay(Table& table, const Op& op) { std::visit(Replay{table}, op); }

}  // namespace ldir::core
