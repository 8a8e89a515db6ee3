// SPDX-License-Identifier: Apache-2.0
#include "ldir/ipvs/tunnel_guard.h"

#include <fmt/format.h>

#include <cerrno>

namespace ldir::ipvs {
namespace {

const Dest* value_of(const Op& op) {
  if (auto* add = std::get_if<AddDest>(&op)) return &add->value;
  if (auto* edit = std::get_if<EditDest>(&op)) return &edit->value;
  return nullptr;
}

base::Result<void> refusal(Tunnel tunnel) {
  return base::fail(fmt::format("this kernel has no {} tunnels (Linux {} is the first with them)",
                                method_word(Forward::tunnel, tunnel), tunnel == Tunnel::gue ? "5.3" : "5.4"),
                    EOPNOTSUPP);
}

}  // namespace

// An entry that stands there in its wrapping is proof enough: one that serves is never taken to weight 0 for
// a trial.
base::Result<Table> TunnelGuard::read() {
  auto table = kernel_.read();
  if (!table) return table;
  for (const auto& [key, service] : *table)
    for (const auto& [dest, value] : service.dests)
      if (value.tunnel != Tunnel::ipip) works_[value.tunnel] = true;
  return table;
}

base::Result<void> TunnelGuard::apply(const Op& op) {
  const auto* value = value_of(op);
  if (!value || value->forward != Forward::tunnel || value->tunnel == Tunnel::ipip) return kernel_.apply(op);
  if (auto known = works_.find(value->tunnel); known != works_.end())
    return known->second ? kernel_.apply(op) : refusal(value->tunnel);
  if (auto* add = std::get_if<AddDest>(&op)) return try_out(op, add->service, add->dest, *value);
  const auto& edit = std::get<EditDest>(op);
  return try_out(op, edit.service, edit.dest, *value);
}

base::Result<void> TunnelGuard::try_out(const Op& op, const ServiceKey& service, const DestKey& dest,
                                        const Dest& value) {
  Dest harmless = value;
  harmless.weight = 0;
  const bool adds = std::holds_alternative<AddDest>(op);
  auto done = adds ? kernel_.apply(AddDest{service, dest, harmless})
                   : kernel_.apply(EditDest{service, dest, harmless});
  if (!done) return done;
  auto table = kernel_.read();
  if (!table)
    return tl::unexpected(table.error());  // nothing found out: the next try edits what stands there
  const auto found = table->find(service);
  const auto entry =
      found == table->end() ? decltype(found->second.dests.begin()){} : found->second.dests.find(dest);
  if (found == table->end() || entry == found->second.dests.end())
    return base::fail("the entry has gone again, somebody else has changed the table", EAGAIN);
  const bool works = works_[value.tunnel] = entry->second.tunnel == value.tunnel;
  if (works) return value.weight == 0 ? done : kernel_.apply(EditDest{service, dest, value});
  if (auto gone = kernel_.apply(DeleteDest{service, dest}); !gone) return gone;
  return refusal(value.tunnel);
}

}  // namespace ldir::ipvs
