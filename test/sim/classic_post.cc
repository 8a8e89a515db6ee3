// SPDX-License-Identifier: Apache-2.0
#include "test/sim/classic_post.h"

#include <fmt/format.h>

#include <algorithm>

namespace sim {

using namespace hbd;
using namespace std::chrono_literals;
using wire::FieldType;
using wire::Message;

namespace {
constexpr std::size_t kHistory = 500;
constexpr base::Duration kAckedStay = 2500ms;
constexpr base::Duration kAskAgain = 250ms;
constexpr base::Duration kResendAtMost = 240ms;
constexpr std::uint64_t kBatch = 50;  ///< packets of one request
constexpr std::uint64_t kLostALot = 250;
constexpr std::uint64_t kAckEvery = 10;

std::string_view text(const std::array<std::uint8_t, 16>& uuid) {
  return {reinterpret_cast<const char*>(uuid.data()), uuid.size()};
}
}  // namespace

ClassicPost::ClassicPost(Identity identity) : me_(std::move(identity)), rng_(me_.seed) {
  ack_trigger_ = rng_.below(kAckEvery);
}

Message ClassicPost::stamp(Message m, core::Now now) {
  const bool unnumbered = m.type().starts_with("NS_");
  if (m.get("dest") == me_.peer)
    m.set("destuuid", peer_uuid_.empty() ? std::string(16, '\0') : peer_uuid_, FieldType::binary);
  m.set("src", me_.self);
  m.set("srcuuid", text(me_.uuid), FieldType::binary);
  const auto number = next_;
  if (!unnumbered) m.set("seq", fmt::format("{:x}", next_++));
  m.set("hg", fmt::format("{:x}", me_.generation));
  m.set("ts", fmt::format("{:x}", base::to_unix(now.wall)));
  if (!unnumbered) m.set("ld", "0.00 0.00 0.00 1/1 1");
  m.set("ttl", fmt::format("{}", me_.ttl));
  if (!unnumbered) {
    history_.push_back({number, m, now.mono, now.mono});
    if (history_.size() > kHistory) history_.pop_front();
  }
  return m;
}

ClassicPost::Taken ClassicPost::receive(const Message& m, bool called_dead, core::Now now,
                                        std::vector<Message>& answers) {
  if (m.type().empty() || !m.has("ts") || m.get("src") != me_.peer) return {};
  if (const auto uuid = m.get("srcuuid"); uuid.size() == 16) peer_uuid_ = uuid;
  const bool for_us = !m.has("dest") || m.get("dest") == me_.self;
  if (m.type() == "NS_rexmit") {
    if (for_us) answer_request(m, now, answers);
    return {};
  }
  if (m.type() == "NS_ackmsg") {
    if (for_us) acked(m, now.mono);
    return {};
  }
  if (m.type() == "NS_nak_rexmit") {
    if (for_us) missing_.erase(m.get_hex("firstseq").value_or(0));  // irretrievably lost
    return {};
  }
  const auto generation = m.get_hex("hg").value_or(0);
  const auto number = m.get_hex("seq").value_or(0);
  if (number == 0 || generation < generation_) return {};  // "attempted replay attack"
  Taken out;
  const bool status = m.type() == "status";
  if (status) flow_control_ = m.has("protocol");
  if (status && generation > generation_) {
    out.restarted = generation_ != 0;
    generation_ = generation;
    last_ = last_status_ = acked_ = 0;
    missing_.clear();
  } else if (status && called_dead && number > last_status_) {
    out.returned = true;
  }
  if (status) last_status_ = std::max(last_status_, number);

  if (last_ != 0 && number <= last_) {
    if (missing_.erase(number) == 0) return {};  // seen before
  } else {
    if (last_ != 0 && number > last_ + 1) {
      if (number - last_ > kLostALot) {
        missing_.clear();
      } else {
        // A random time of 50 to 250 ms before the first request.
        for (auto n = last_ + 1; n < number; ++n)
          missing_[n] = now.mono + base::Millis(rng_.between(50, 250));
      }
    }
    last_ = number;
    if (flow_control_ && number % kAckEvery == ack_trigger_ && missing_.empty()) {
      Message ack("NS_ackmsg");
      ack.add("dest", me_.peer).add_hex("ackseq", number);
      answers.push_back(stamp(std::move(ack), now));
    }
  }
  out.deliver = for_us;
  return out;
}

void ClassicPost::answer_request(const Message& m, core::Now now, std::vector<Message>& answers) {
  // The one pair of fields that is decimal.
  const auto first = m.get_number("firstseq"), last = m.get_number("lastseq");
  if (!first || !last || *first < 1 || *last < *first) return;
  const auto from = static_cast<std::uint64_t>(*first);
  const auto to = std::min(static_cast<std::uint64_t>(*last), from + kBatch - 1);
  for (auto wanted = from; wanted <= to; ++wanted) {
    if (wanted <= acked_ || wanted >= next_) continue;
    const auto at =
        std::find_if(history_.begin(), history_.end(), [&](const Sent& s) { return s.number == wanted; });
    if (at == history_.end()) {
      Message no("NS_nak_rexmit");
      no.add_hex("firstseq", wanted)
          .add_hex("lastseq", wanted)
          .add("dest", me_.peer)
          .add("info", "seqno too low");
      answers.push_back(stamp(std::move(no), now));
    } else if (now.mono - at->resent >= kResendAtMost || at->resent == at->sent) {
      at->resent = now.mono;
      answers.push_back(at->message);
    }
  }
}

void ClassicPost::acked(const Message& m, base::Mono now) {
  const auto through = m.get_hex("ackseq").value_or(0);
  if (through <= acked_ || through >= next_) return;
  acked_ = through;
  while (!history_.empty() && history_.front().number <= acked_ && now - history_.front().sent > kAckedStay)
    history_.pop_front();
}

void ClassicPost::tick(core::Now now, std::vector<Message>& requests) {
  for (auto& [number, ask_at] : missing_) {
    if (ask_at > now.mono) continue;
    ask_at = now.mono + kAskAgain;
    Message request("NS_rexmit");
    request.add("dest", me_.peer).add_number("firstseq", static_cast<std::int64_t>(number));
    request.add_number("lastseq", static_cast<std::int64_t>(number));
    requests.push_back(stamp(std::move(request), now));
  }
}

base::Mono ClassicPost::next_wake() const {
  auto wake = base::kNever;
  for (const auto& [number, ask_at] : missing_) wake = std::min(wake, ask_at);
  return wake;
}

/// The next packet of any number is taken; the generation stays.
void ClassicPost::called_dead() {
  last_ = 0;
  missing_.clear();
}

}  // namespace sim
