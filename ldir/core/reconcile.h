// SPDX-License-Identifier: Apache-2.0
// What must be done to the kernel's table so that it becomes the desired one: the smallest list of operations, in an
// order in which no service is ever emptier than both tables allow. Adds and raised weights come before lowered
// weights and deletions; services that go, go last. Equal tables give no operation at all.
#pragma once

#include <set>
#include <vector>

#include "ldir/ipvs/table.h"

namespace ldir::core {

/// One service. nullptr for `desired`: it should not exist; for `actual`: it does not.
void reconcile_service(const ipvs::ServiceKey& key, const ipvs::Service* desired, const ipvs::Service* actual,
                       std::vector<ipvs::Op>& out);

/// All services of `owned`: those not in `desired` are deleted. Nothing else is touched.
std::vector<ipvs::Op> reconcile(const ipvs::Table& desired, const ipvs::Table& actual,
                                const std::set<ipvs::ServiceKey>& owned);

/// Whether the kernel's `actual` is what `desired` asks for. Kernels report some destinations at addresses of their
/// own as "local", whatever method was asked.
bool same_dest(const ipvs::Dest& desired, const ipvs::Dest& actual);

/// The table after `op` has succeeded; what cannot be applied is left alone.
void replay(ipvs::Table& table, const ipvs::Op& op);

}  // namespace ldir::core
