// SPDX-License-Identifier: Apache-2.0
#include "io/lookup.h"

#include <boost/asio/ip/tcp.hpp>

#include "io/asio.h"

namespace io {

struct Lookup::Impl {
  explicit Impl(Context& context) : resolver(context) {}
  asio::ip::tcp::resolver resolver;
  Done done;
};

Lookup::Lookup(Context& context, const std::string& name, Done done)
    : impl_(std::make_shared<Impl>(context)) {
  impl_->done = std::move(done);
  impl_->resolver.async_resolve(
      name, "", [impl = impl_, name](const boost::system::error_code& error, const auto& found) {
        auto tell = std::exchange(impl->done, nullptr);
        if (!tell) return;
        if (error || found.empty())
          return tell(base::fail(name + ": " + (error ? error.message() : "no address"), error.value()));
        auto address = base::IpAddress::parse(found.begin()->endpoint().address().to_string());
        if (address)
          tell(*address);
        else
          tell(base::fail(name + ": no usable address", 0));
      });
}

Lookup::~Lookup() {
  impl_->done = nullptr;
  impl_->resolver.cancel();
}

}  // namespace io
