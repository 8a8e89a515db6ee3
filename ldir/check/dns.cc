// SPDX-License-Identifier: Apache-2.0
// service=dns: a question for the addresses of `request`, or for the name where it is an address; some A or
// PTR record of the answer section must match `receive`, or there must be an answer at all. ldns reads and
// writes the messages.
#include <fmt/format.h>

#include <cstdlib>
#include <memory>

#include "base/text.h"
#include "ldir/check/dialogue.h"
#include "ldir/check/receive.h"
#include "ldir/check/registry.h"

// stdbool.h keeps it from making macros of bool, true and false.
#include <stdbool.h>

#include <ldns/ldns.h>

namespace ldir::check {

namespace {

struct FreePacket {
  void operator()(ldns_pkt* p) const { ldns_pkt_free(p); }
};
struct FreeName {
  void operator()(ldns_rdf* r) const { ldns_rdf_deep_free(r); }
};
struct Free {
  void operator()(void* p) const { std::free(p); }
};
using Packet = std::unique_ptr<ldns_pkt, FreePacket>;
using Name = std::unique_ptr<ldns_rdf, FreeName>;

// The name that an address has in the reverse tree (RFC 1035 §3.5, RFC 3596 §2.5).
std::string reverse_name(const base::IpAddress& address) {
  std::string out;
  const auto& bytes = address.bytes();
  for (int i = address.is_v4() ? 3 : 15; i >= 0; --i) {
    const unsigned byte = bytes[static_cast<std::size_t>(i)];
    if (address.is_v4())
      out += fmt::format("{}.", byte);
    else
      out += fmt::format("{:x}.{:x}.", byte & 15, byte >> 4);
  }
  return out + (address.is_v4() ? "in-addr.arpa." : "ip6.arpa.");
}

std::string text_of(const ldns_rdf* data) {
  std::unique_ptr<char, Free> text(data ? ldns_rdf2str(data) : nullptr);
  std::string out = text ? text.get() : "";
  if (out.ends_with('.')) out.pop_back();
  return out;
}

class Dns final : public Script {
 public:
  explicit Dns(const model::CheckSpec& spec)
      : name_(one_line(spec.request)),
        stream_(spec.protocol != ipvs::Protocol::udp),
        expected_(spec.receive) {
    const auto address = base::IpAddress::parse(name_);
    type_ = address ? LDNS_RR_TYPE_PTR : LDNS_RR_TYPE_A;
    const auto name = address ? reverse_name(*address) : name_.empty() ? "." : name_;
    question_.reset(ldns_dname_new_frm_str(name.c_str()));
  }

  Action next(const Happening& what) override {
    if (std::holds_alternative<Connected>(what)) {
      rest_.clear();
      if (!expected_.broken().empty()) return fail(expected_.broken());
      if (!question_) return fail("\"" + base::printable(name_, 80) + "\" is not the name of a host");
      return AskSelf{};
    }
    if (auto* self = std::get_if<Self>(&what)) return ask(*self);
    if (auto* received = std::get_if<Received>(&what)) return take(received->bytes);
    if (std::holds_alternative<Closed>(what)) return fail("closed without an answer");
    return Receive{};
  }

 private:
  Action ask(const Self& self) {
    Packet query(ldns_pkt_query_new(ldns_rdf_clone(question_.get()), type_, LDNS_RR_CLASS_IN, LDNS_RD));
    std::uint8_t* wire = nullptr;
    std::size_t size = 0;
    id_ = static_cast<std::uint16_t>(static_cast<unsigned char>(self.nonce[0]) << 8 |
                                     static_cast<unsigned char>(self.nonce[1]));
    if (query) ldns_pkt_set_id(query.get(), id_);
    if (!query || ldns_pkt2wire(&wire, query.get(), &size) != LDNS_STATUS_OK)
      return fail("the question cannot be written");
    std::unique_ptr<std::uint8_t, Free> owner(wire);
    std::string bytes;
    if (stream_) bytes = {static_cast<char>(size >> 8), static_cast<char>(size)};  // RFC 1035 §4.2.2
    bytes.append(reinterpret_cast<const char*>(wire), size);
    return Send{std::move(bytes)};
  }

  Action take(std::string_view bytes) {
    if (!stream_) return judge(bytes);
    rest_.append(bytes);
    if (rest_.size() < 2) return Receive{};
    const std::size_t size =
        static_cast<unsigned char>(rest_[0]) * 256u + static_cast<unsigned char>(rest_[1]);
    if (rest_.size() < size + 2) return Receive{};
    const auto message = rest_.substr(2, size);
    rest_.erase(0, size + 2);
    return judge(message);
  }

  Action judge(std::string_view message) {
    ldns_pkt* read = nullptr;
    const auto status =
        ldns_wire2pkt(&read, reinterpret_cast<const std::uint8_t*>(message.data()), message.size());
    Packet answer(status == LDNS_STATUS_OK ? read : nullptr);
    if (!answer) return fail(fmt::format("the answer is not DNS: {}", ldns_get_errorstr_by_id(status)));
    if (ldns_pkt_id(answer.get()) != id_ || !ldns_pkt_qr(answer.get())) {
      if (stream_) return fail("the answer is to another question");
      return Receive{};  // anybody can send a datagram
    }
    const auto code = ldns_pkt_get_rcode(answer.get());
    if (code != LDNS_RCODE_NOERROR) {
      std::unique_ptr<char, Free> word(ldns_pkt_rcode2str(code));
      return fail(fmt::format("{} for {}", word ? word.get() : "an error", base::printable(name_, 80)));
    }
    const auto* records = ldns_pkt_answer(answer.get());
    std::string seen;
    std::size_t counted = 0;
    for (std::size_t i = 0; i < ldns_rr_list_rr_count(records); ++i) {
      const auto* record = ldns_rr_list_rr(records, i);
      const auto type = ldns_rr_get_type(record);
      if (type != LDNS_RR_TYPE_A && type != LDNS_RR_TYPE_PTR) continue;
      const auto text = text_of(ldns_rr_rdf(record, 0));
      if (expected_.met_by(text)) return Done{passed("answered: " + quoted(text))};
      if (++counted <= 4) seen += (seen.empty() ? "" : ", ") + quoted(text);
    }
    if (counted == 0) return fail("no address and no name in the answer for " + base::printable(name_, 80));
    return fail(expected_.complaint(seen));
  }
  static Action fail(std::string why) { return Done{failed(Layer::application, std::move(why))}; }

  const std::string name_;
  const bool stream_;
  Expectation expected_;
  ldns_rr_type type_;
  Name question_;
  std::uint16_t id_ = 0;
  std::string rest_;
};

}  // namespace

std::unique_ptr<Script> make_dns(const model::CheckSpec& spec) {
  return std::make_unique<Dns>(spec);
}

}  // namespace ldir::check
