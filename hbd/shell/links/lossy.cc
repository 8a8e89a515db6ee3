// SPDX-License-Identifier: Apache-2.0
// OnlyForTesting: a link that loses packets on purpose, as Heartbeat 3.0.6 does for its test suite.
#include <algorithm>
#include <random>
#include <utility>

#include "hbd/shell/links/link.h"

namespace hbd::shell {
namespace {

/// Who says that he has sent it, in either form of a packet; not verified, for nothing but a test hangs on it. Nobody, where the
/// whole packet is compressed.
std::string_view source_of(std::string_view packet) {
  constexpr std::pair<std::string_view, char> kForms[] = {{"(0)src=", ','}, {"\nsrc=", '\n'}};
  for (const auto& [before, after] : kForms) {
    const auto at = packet.find(before);
    if (at == std::string_view::npos) continue;
    const auto name = packet.substr(at + before.size());
    return name.substr(0, name.find(after));
  }
  return {};
}

class LossyLink final : public Link {
 public:
  LossyLink(std::unique_ptr<Link> link, std::shared_ptr<const model::PacketLoss> loss, std::uint64_t seed)
      : link_(std::move(link)), loss_(std::move(loss)), dice_(seed) {}

  Outcome send(std::string_view bytes) override {
    // Where some nodes are spared, nobody can say which of them a packet is for.
    if (!bytes.empty() && loss_->spared.empty() && lost(loss_->send)) return {};
    return link_->send(bytes);
  }
  std::size_t drain(std::size_t limit, const std::function<void(const Packet&)>& take) override {
    return link_->drain(limit, [&](const Packet& packet) {
      if (spared(packet) || !lost(loss_->receive)) take(packet);
    });
  }
  int descriptor() const override { return link_->descriptor(); }
  bool gone() const override { return link_->gone(); }

 private:
  bool lost(double probability) { return probability > 0 && std::uniform_real_distribution<>(0, 1)(dice_) < probability; }
  bool spared(const Packet& packet) const {
    if (loss_->receive == 0) return true;
    const auto source = source_of(packet.bytes);
    return std::find(loss_->spared.begin(), loss_->spared.end(), source) != loss_->spared.end();
  }

  std::unique_ptr<Link> link_;
  std::shared_ptr<const model::PacketLoss> loss_;
  std::mt19937_64 dice_;
};

}  // namespace

std::unique_ptr<Link> make_lossy_link(std::unique_ptr<Link> link, std::shared_ptr<const model::PacketLoss> loss,
                                      std::uint64_t seed) {
  return std::make_unique<LossyLink>(std::move(link), std::move(loss), seed);
}

}  // namespace hbd::shell
