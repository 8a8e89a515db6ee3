// SPDX-License-Identifier: Apache-2.0
// Kernels before Linux 5.3 take a gue or gre entry for a plain ipip one, without a word: clients would be
// sent in a wrapping that the real server does not open. So the first entry of each kind goes in with weight
// 0 and is read back; where it has become something else it is taken out again, and that kind is refused from
// then on. Nothing else is changed on the way.
#pragma once

#include <map>
#include <optional>

#include "ldir/ipvs/backend.h"

namespace ldir::ipvs {

class TunnelGuard final : public Backend {
 public:
  explicit TunnelGuard(Backend& kernel) : kernel_(kernel) {}
  base::Result<Table> read() override;
  base::Result<void> apply(const Op& op) override;

 private:
  base::Result<void> try_out(const Op& op, const ServiceKey& service, const DestKey& dest, const Dest& value);

  Backend& kernel_;
  std::map<Tunnel, bool> works_;  // what has been found out
};

}  // namespace ldir::ipvs
