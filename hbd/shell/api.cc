// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/api.h"

namespace hbd::shell {
struct Api::Impl {};
Api::Api(io::Context&, io::Fd, const model::Cluster&, Driver&) : impl_(std::make_unique<Impl>()) {}
Api::~Api() = default;
void Api::open() {}
void Api::deliver(const wire::Message&) {}
}  // namespace hbd::shell
