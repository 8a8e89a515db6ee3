// SPDX-License-Identifier: Apache-2.0
#include "hbd/shell/status_sockets.h"

#include <unistd.h>

#include "hbd/shell/events.h"
#include "io/http_server.h"
#include "io/unix_server.h"

namespace hbd::shell {
namespace {

constexpr base::Duration kRetry = std::chrono::seconds(2);

}  // namespace

StatusSockets::StatusSockets(io::Context& context, Report& report, std::string path, const ChildUser& user,
                             std::function<void()> on_change)
    : report_(report), path_(std::move(path)), user_(user), on_change_(std::move(on_change)), retry_(context) {}

StatusSockets::~StatusSockets() {
  if (unix_) ::unlink(path_.c_str());
}

void StatusSockets::configure(const std::optional<base::Endpoint>& tcp) {
  if (endpoint_ != tcp) {
    endpoint_ = tcp;
    tcp_.reset();
  }
  said_ = false;
  open();
}

void StatusSockets::open() {
  const auto take = [this](io::Fd& into, base::Result<io::Fd> opened) {
    if (opened)
      into = std::move(*opened);
    else if (!said_)
      report_.say({kStatusNotServed, {{"error", opened.error().message}}});
    return opened.has_value();
  };
  bool more = false, all = true;
  if (!unix_) {
    const bool root = ::geteuid() == 0;
    const auto owner = root ? user_.uid : static_cast<uid_t>(-1);
    const auto group = root ? user_.gid : static_cast<gid_t>(-1);
    const bool opened = take(unix_, io::listen_unix(path_, 0660, owner, group));
    more |= opened, all &= opened;
  }
  if (!tcp_ && endpoint_) {
    const bool opened = take(tcp_, io::listen_loopback(*endpoint_));
    more |= opened, all &= opened;
    if (opened) report_.say({kStatusServed, {{"endpoint", endpoint_->str()}}});
  }
  said_ = !all;
  // What was open before closes in the child with the next message, too: it gets all that there is.
  if (more) on_change_();
  if (!all) retry_.after(kRetry, [this] { open(); });
}

void StatusSockets::send_to(Channel& channel) const {
  if (unix_ && tcp_) return channel.send(ipc::Status{}, {unix_.get(), tcp_.get()});
  if (unix_ || tcp_) channel.send(ipc::Status{}, {unix_ ? unix_.get() : tcp_.get()});
}

}  // namespace hbd::shell
