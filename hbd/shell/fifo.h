// SPDX-License-Identifier: Apache-2.0
// The control FIFO: root's scripts (hb_standby, hb_takeover, ...) write messages in text form into it. Opened by the
// parent with mode 0600, read by the child.
#pragma once

#include <functional>
#include <string>

#include "hbd/core/input.h"
#include "io/fd.h"
#include "io/loop.h"

namespace hbd::shell {

class Fifo {
 public:
  using OnInput = std::function<void(core::Input)>;
  using OnGarbage = std::function<void(std::string why)>;
  /// `fd` is open for reading and writing, so that it never ends when a script closes its side.
  Fifo(io::Context& context, io::Fd fd, OnInput on_input, OnGarbage on_garbage);
  /// Bytes as they come; complete messages are taken out. For tests.
  void take(std::string_view bytes);

 private:
  void read();
  void message(std::string_view text);
  io::Fd fd_;
  std::string buffer_;
  OnInput on_input_;
  OnGarbage on_garbage_;
  io::Watch watch_;
};

/// What a message of root or of an authorised client means to the core: hb_standby's and hb_takeover's have their own
/// inputs, all else goes to the cluster as it is.
core::Input input_of(wire::Message message, std::string client);

}  // namespace hbd::shell
