// SPDX-License-Identifier: Apache-2.0
// service=nntp (RFC 3977): a greeting of 200 or 201. As the original, the first digit alone decides.
#include "ldir/check/dialogue.h"
#include "ldir/check/registry.h"

namespace ldir::check {

namespace {

class Nntp final : public Script {
 public:
  Action next(const Happening& what) override {
    if (auto* received = std::get_if<Received>(&what)) {
      const auto line = received->bytes.substr(0, received->bytes.find('\n'));
      if (line.starts_with('2')) return Done{passed(quoted(line)), "QUIT\r\n"};
      return Done{failed(Layer::application, "greeting: " + quoted(line))};
    }
    if (std::holds_alternative<Closed>(what))
      return Done{failed(Layer::application, "closed without a word")};
    return Receive{};
  }
};

}  // namespace

std::unique_ptr<Script> make_nntp(const model::CheckSpec&) {
  return std::make_unique<Nntp>();
}

}  // namespace ldir::check
