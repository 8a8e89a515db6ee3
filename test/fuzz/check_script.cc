// SPDX-License-Identifier: Apache-2.0
// Every script of ldir/check against any answer: it must end, say why in one line, and hold bounded memory.
// The first three bytes choose the service and whether certificates count, the settings, and how the answer is cut into
// pieces.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "ldir/check/script.h"

using namespace ldir;

namespace {

model::CheckSpec spec_for(std::uint8_t service, std::uint8_t settings) {
  model::CheckSpec s;
  constexpr int kServices = static_cast<int>(model::ServiceType::submission) + 1;
  s.service = static_cast<model::ServiceType>(service % kServices);
  s.ssl_verify = service / kServices % 2 == 1;
  s.address = *base::IpAddress::parse(settings & 1 ? "fd00::2" : "10.9.9.2");
  s.port = 80;
  s.protocol = settings & 2 ? ipvs::Protocol::udp : ipvs::Protocol::tcp;
  s.http_method = settings & 4 ? "HEAD" : "GET";
  s.request = s.service == model::ServiceType::http_proxy ? "http://www.example.com/a"
              : settings & 8                              ? "/a b"
                                                          : "/";
  const char* const patterns[] = {"", "hel+o", "(?m)^[a-z]+$", "(a|b)*c"};
  s.receive = patterns[settings >> 4 & 3];
  if (settings & 64) s.login = "user", s.passwd = "secret", s.secret = "shared";
  if (settings & 128) s.virtualhost = "www.example.com";
  return s;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const auto spec = spec_for(data[0], data[1]);
  auto script = check::make_script(spec, model::CheckType::negotiate);
  if (!script) return 0;
  const std::size_t piece = data[2] ? data[2] : 4096;
  std::string_view answer(reinterpret_cast<const char*>(data) + 3, size - 3);

  // What comes over a second connection is cut from the other end.
  auto file = answer.substr(answer.size() - answer.size() / 4);
  check::Self self{*base::IpAddress::parse("10.9.9.1"), 40000, {}};
  self.nonce.fill(1);

  auto action = script->next(check::Connected{});
  for (std::size_t steps = 0;; ++steps) {
    BASE_CHECK(steps < 4 * size + 100);
    if (auto* done = std::get_if<check::Done>(&action)) {
      BASE_CHECK(!done->verdict.detail.empty());
      BASE_CHECK(done->verdict.detail.find('\n') == std::string::npos);
      return 0;
    }
    if (auto* tls = std::get_if<check::StartTls>(&action)) {
      BASE_CHECK(tls->verify == spec.ssl_verify);
      BASE_CHECK(tls->server_name.find_first_of("\r\n") == std::string::npos);
      action = script->next(check::TlsUp{});
    } else if (std::holds_alternative<check::AskSelf>(action)) {
      action = script->next(self);
    } else if (auto* other = std::get_if<check::Reconnect>(&action)) {
      BASE_CHECK(other->port != 0);
      BASE_CHECK(other->host.find_first_of("\r\n") == std::string::npos);
      action = script->next(check::Reconnected{});
    } else if (auto* second = std::get_if<check::OpenData>(&action)) {
      BASE_CHECK(second->port != 0);
      action = script->next(check::DataOpen{});
    } else if (std::holds_alternative<check::ReceiveData>(action)) {
      const auto now = file.substr(0, piece);
      file.remove_prefix(now.size());
      action = now.empty() ? script->next(check::DataClosed{}) : script->next(check::DataReceived{now});
    } else if (!std::holds_alternative<check::Receive>(action)) {
      if (auto* send = std::get_if<check::Send>(&action)) BASE_CHECK(send->bytes.size() < 64 * 1024);
      action = script->next(check::Sent{});
    } else if (answer.empty()) {
      action = script->next(check::Closed{});
      BASE_CHECK(std::holds_alternative<check::Done>(action));
    } else {
      const auto now = answer.substr(0, piece);
      answer.remove_prefix(now.size());
      action = script->next(check::Received{now});
    }
  }
}
