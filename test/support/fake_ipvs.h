// SPDX-License-Identifier: Apache-2.0
// A kernel's IPVS table in memory, with the kernel's own refusals, and more on demand. Remembers what was asked.
#pragma once

#include <cerrno>
#include <functional>
#include <string>
#include <vector>

#include "ldir/ipvs/backend.h"

namespace test {

class FakeIpvs final : public ldir::ipvs::Backend {
 public:
  using Op = ldir::ipvs::Op;

  ldir::ipvs::Table table;
  std::vector<Op> applied;                          ///< successful ones
  std::function<bool(const Op&)> refuse;            ///< answers EIO where it returns true
  std::function<void(const ldir::ipvs::Table&)> watch;  ///< called after every change
  bool unreadable = false;

  base::Result<ldir::ipvs::Table> read() override {
    if (unreadable) return base::fail("no table today", EIO);
    return table;
  }

  base::Result<void> apply(const Op& op) override {
    if (refuse && refuse(op)) return base::fail("refused", EIO);
    auto result = std::visit([this](const auto& o) { return change(o); }, op);
    if (result) {
      applied.push_back(op);
      if (watch) watch(table);
    }
    return result;
  }

  /// The table as `ipvsadm -Sn` shows it, thresholds added.
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (const auto& [key, service] : table) {
      out.push_back(describe(Op(ldir::ipvs::AddService{key, service.options})));
      for (const auto& [dest, value] : service.dests) out.push_back(describe(Op(ldir::ipvs::AddDest{key, dest, value})));
    }
    return out;
  }

 private:
  using Done = base::Result<void>;
  ldir::ipvs::Service* find(const ldir::ipvs::ServiceKey& key) {
    auto it = table.find(key);
    return it == table.end() ? nullptr : &it->second;
  }

  Done change(const ldir::ipvs::AddService& op) {
    if (find(op.service)) return base::fail("the service exists already", EEXIST);
    if (op.options.scheduler == "nosuch") return base::fail("no such scheduler", ENOENT);
    table[op.service].options = op.options;
    return {};
  }
  Done change(const ldir::ipvs::EditService& op) {
    auto* s = find(op.service);
    if (!s) return base::fail("no such service", ESRCH);
    s->options = op.options;
    return {};
  }
  Done change(const ldir::ipvs::DeleteService& op) {
    if (!table.erase(op.service)) return base::fail("no such service", ESRCH);
    return {};
  }
  Done change(const ldir::ipvs::AddDest& op) {
    auto* s = find(op.service);
    if (!s) return base::fail("no such service", ESRCH);
    if (!s->dests.emplace(op.dest, op.value).second) return base::fail("the destination exists already", EEXIST);
    return {};
  }
  Done change(const ldir::ipvs::EditDest& op) {
    auto* s = find(op.service);
    if (!s) return base::fail("no such service", ESRCH);
    auto d = s->dests.find(op.dest);
    if (d == s->dests.end()) return base::fail("no such destination", ENOENT);
    const auto connections = d->second.connections;
    d->second = op.value;
    d->second.connections = connections;
    return {};
  }
  Done change(const ldir::ipvs::DeleteDest& op) {
    auto* s = find(op.service);
    if (!s) return base::fail("no such service", ESRCH);
    if (!s->dests.erase(op.dest)) return base::fail("no such destination", ENOENT);
    return {};
  }
};

}  // namespace test
