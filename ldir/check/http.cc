// SPDX-License-Identifier: Apache-2.0
// service=http, https and http_proxy: one request, then the answer must be 2xx and its whole body must match
// `receive`. Where the original is lenient, so are we: bare line feeds in the header, no reason phrase,
// answers without any header (HTTP/0.9), bodies cut short. Redirects are followed as it follows them, up to
// seven; but one to the name of the virtual host stays with this real server, where the original would ask
// whoever holds the address of that name.
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <optional>

#include "base/text.h"
#include "ldir/check/dialogue.h"
#include "ldir/check/receive.h"
#include "ldir/check/registry.h"
#include "ldir/check/url.h"

namespace ldir::check {

namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr std::size_t kMaxHeader = 64 * 1024;
constexpr std::size_t kMaxBody = 1024 * 1024;  // what is judged; the rest is not waited for
constexpr std::size_t kMaxChunkLine = 16 * 1024;
constexpr int kMaxRedirects = 7;  // LWP::UserAgent's default
constexpr int kMaxInterim = 10;   // "100 Continue" and its like before the answer
// Beast 1.81 asserts that a chunk header it asked more of has this many bytes when it sees it again; a
// shorter one is never complete ("0\r\n\r\n" is the shortest).
constexpr std::size_t kMinChunkLine = 5;

// Beast's grammar, our storage: status, Location and a bounded body.
class Parser final : public http::basic_parser<false> {
 public:
  unsigned status = 0;
  std::string reason, location, body;
  bool full = false;

 private:
  using string_view = boost::beast::string_view;
  void on_request_impl(http::verb, string_view, string_view, int, error_code&) override {}
  void on_response_impl(int code, string_view text, int, error_code&) override {
    status = static_cast<unsigned>(code);
    reason.assign(text.data(), std::min<std::size_t>(text.size(), 200));
  }
  void on_field_impl(http::field name, string_view, string_view value, error_code&) override {
    if (name == http::field::location)
      location.assign(value.data(), std::min<std::size_t>(value.size(), 2000));
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(string_view bytes, error_code&) override {
    body.append(bytes.data(), std::min(bytes.size(), kMaxBody - body.size()));
    full = body.size() == kMaxBody;
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code& e) override {
    return on_body_impl(bytes, e);
  }
  void on_finish_impl(error_code&) override {}
};

// Where the header in `bytes` ends, its empty line included; 0 if it does not end yet.
std::size_t header_end(std::string_view bytes, std::size_t from) {
  for (auto at = bytes.find('\n', from); at != bytes.npos; at = bytes.find('\n', at + 1)) {
    if (bytes.substr(at + 1, 1) == "\n") return at + 2;
    if (bytes.substr(at + 1, 2) == "\r\n") return at + 3;
  }
  return 0;
}

// The header with the line ends and the status line that Beast insists on.
std::string normalised(std::string_view header) {
  std::string out;
  out.reserve(header.size() + 64);
  while (!header.empty()) {
    auto end = header.find('\n');
    auto line = header.substr(0, end);
    header.remove_prefix(end == header.npos ? header.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    out += line;
    if (out.size() == line.size() && line.find(' ') == line.rfind(' '))
      out += ' ';  // "HTTP/1.1 200" has no reason
    out += "\r\n";
  }
  return out;
}

class Http final : public Script {
 public:
  explicit Http(const model::CheckSpec& spec)
      : first_(first_url(spec)),
        method_(one_line(spec.http_method)),
        virtual_name_(server_name(spec.virtualhost)),
        host_header_(host_header(spec)),
        port_(spec.port),
        proxy_(spec.service == model::ServiceType::http_proxy),
        verify_(spec.ssl_verify),
        head_(base::iequals(spec.http_method, "HEAD")),
        expected_(spec.receive) {
    if (proxy_ && first_.host.empty())
      unfit_ = fmt::format("the request must be a URL that begins with http://: {}",
                           base::printable(spec.request, 80));
  }

  Action next(const Happening& what) override {
    if (std::holds_alternative<Connected>(what)) {
      url_ = first_;
      redirects_ = 0;
      return ask();
    }
    if (std::holds_alternative<Reconnected>(what)) return ask();
    if (std::holds_alternative<TlsUp>(what)) return Send{request()};
    if (std::holds_alternative<Sent>(what)) return Receive{};
    if (auto* received = std::get_if<Received>(&what)) return take(received->bytes);
    return closed();
  }

 private:
  enum class Stage { header, body, bare };  // bare: HTTP/0.9, no header at all

  static Url first_url(const model::CheckSpec& spec) {
    if (spec.service == model::ServiceType::http_proxy) {
      auto url = parse_url(spec.request);
      return url && !url->tls ? *url : Url{};
    }
    Url url;
    url.tls = spec.service == model::ServiceType::https;
    url.host = spec.address.str();
    url.port = spec.port;
    url.path = escaped_path(spec.request.starts_with('/') ? spec.request : "/" + spec.request);
    return url;
  }

  // One request of the run begins, on a fresh connection.
  Action ask() {
    stage_ = Stage::header;
    interim_ = 0;
    rest_.clear();
    parser_.reset();
    if (!unfit_.empty()) return fail(unfit_);
    if (!expected_.broken().empty()) return fail(expected_.broken());
    if (url_.tls) return StartTls{redirects_ == 0 ? virtual_name_ : server_name(url_.authority()), verify_};
    return Send{request()};
  }

  // RFC 9110, 7.2: with the port where it is not the usual one. A virtualhost is sent as it is written.
  static std::string host_header(const model::CheckSpec& spec) {
    if (!spec.virtualhost.empty()) return one_line(spec.virtualhost);
    const bool usual = spec.port == (spec.service == model::ServiceType::https ? 443 : 80);
    return usual ? spec.address.bracketed() : fmt::format("{}:{}", spec.address.bracketed(), spec.port);
  }

  std::string request() const {
    return fmt::format(
        "{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nUser-Agent: ldirectord/{} (Upbeat)\r\n\r\n",
        method_, proxy_ ? url_.str() : url_.path,
        redirects_ == 0 && !proxy_ ? host_header_ : url_.authority(), UPBEAT_VERSION);
  }

  Action redirect(const std::string& status) {
    const auto where = base::printable(parser_->location, 120);
    auto to = resolve_url(url_, parser_->location);
    if (!to) return fail(fmt::format("{}: redirects to {}, which cannot be followed", status, where));
    if (++redirects_ > kMaxRedirects)
      return fail(fmt::format("{}: more than {} redirects", status, kMaxRedirects));
    const bool here =
        to->host == first_.host || (!virtual_name_.empty() && base::iequals(to->host, virtual_name_));
    // Outside, the virtual host has its scheme's port; here it has that of the real server.
    const bool same_site =
        here && to->tls == first_.tls && to->host != first_.host && to->port == (to->tls ? 443 : 80);
    url_ = *std::move(to);
    if (proxy_)
      return url_.tls ? fail(fmt::format("{}: redirects to {}, which is not for the proxy", status, where))
                      : Action(Reconnect{"", port_});
    return Reconnect{here ? "" : url_.host, same_site ? port_ : url_.port};
  }

  Action take(std::string_view bytes) {
    switch (stage_) {
      case Stage::header:
        break;
      case Stage::body:
        return take_body(bytes);
      case Stage::bare:
        return take_bare(bytes);
    }
    const auto seen = rest_.size();
    rest_.append(bytes);
    const auto known = std::string_view(rest_).substr(0, 5);
    if (known != std::string_view("HTTP/").substr(0, known.size())) {
      stage_ = Stage::bare;
      return rest_.size() >= kMaxBody ? judge_body(rest_, "200 Assumed OK") : Action(Receive{});
    }
    const auto end = header_end(rest_, seen < 3 ? 0 : seen - 3);
    if (end > kMaxHeader || (end == 0 && rest_.size() > kMaxHeader))
      return fail("the header of the answer is too long");
    if (end == 0) return Receive{};
    return take_header(end);
  }

  Action take_header(std::size_t end) {
    const auto header = normalised(std::string_view(rest_).substr(0, end));
    rest_.erase(0, end);
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(2 * kMaxHeader));
    parser_->body_limit(boost::none);
    parser_->eager(false);  // the header alone first
    parser_->skip(head_);
    error_code e;
    parser_->put(boost::asio::const_buffer(header.data(), header.size()), e);
    if (e && e != http::error::need_more) return malformed(e);
    if (!parser_->is_header_done()) return fail("the header of the answer is malformed");
    if (parser_->status >= 100 && parser_->status < 200) {
      if (++interim_ > kMaxInterim) return fail("too many interim answers");
      const auto behind = std::move(rest_);
      rest_.clear();
      return behind.empty() ? Action(Receive{}) : take(behind);
    }
    parser_->eager(true);
    stage_ = Stage::body;
    if (parser_->is_done() || parser_->status >= 300) return judge();  // only a good page is read
    const auto behind = std::move(rest_);
    rest_.clear();
    return behind.empty() ? Action(Receive{}) : take_body(behind);
  }

  Action take_body(std::string_view bytes) {
    if (!rest_.empty()) {
      rest_.append(bytes);
      if (rest_.size() < kMinChunkLine) return Receive{};
      bytes = rest_;
    }
    while (!bytes.empty() && !parser_->is_done() && !parser_->full) {
      error_code e;
      const auto used = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), e);
      bytes.remove_prefix(used);
      if (e == http::error::need_more || (!e && used == 0)) break;
      if (e) return malformed(e);
    }
    if (parser_->is_done() || parser_->full) return judge();
    if (bytes.size() > kMaxChunkLine) return fail("the chunks of the answer are malformed");
    rest_ = std::string(bytes);
    return Receive{};
  }

  Action take_bare(std::string_view bytes) {
    rest_.append(bytes.substr(0, kMaxBody - rest_.size()));
    return rest_.size() == kMaxBody ? judge_body(rest_, "200 Assumed OK") : Action(Receive{});
  }

  Action closed() {
    if (stage_ == Stage::body)
      return judge();  // cut short, perhaps: judged by what came, as the original does
    if (rest_.empty()) return fail("closed without an answer");
    if (stage_ == Stage::header && rest_.size() >= 5) return fail("closed within the header of the answer");
    return judge_body(rest_, "200 Assumed OK");
  }

  Action judge() {
    const auto reason = base::printable(base::trim(parser_->reason), 80);
    const auto status = fmt::format("{}{}{}", parser_->status, reason.empty() ? "" : " ", reason);
    switch (parser_->status) {
      case 301:
      case 302:
      case 303:
      case 307:
      case 308:
        if (!parser_->location.empty()) return redirect(status);
    }
    if (parser_->status < 200 || parser_->status > 299) return fail(status);
    return judge_body(parser_->body, status);
  }

  Action judge_body(std::string_view body, const std::string& status) {
    return Done{expected_.judge(body, status)};
  }

  static Action fail(std::string why) { return Done{failed(Layer::application, std::move(why))}; }
  static Action malformed(const error_code& e) { return fail("the answer is not HTTP: " + e.message()); }

  const Url first_;
  const std::string method_, virtual_name_, host_header_;
  const std::uint16_t port_;
  const bool proxy_, verify_, head_;
  Expectation expected_;
  std::string unfit_;

  Url url_;
  int redirects_ = 0;
  Stage stage_ = Stage::header;
  int interim_ = 0;
  std::string rest_;  // received and not yet parsed
  std::optional<Parser> parser_;
};

}  // namespace

std::unique_ptr<Script> make_http(const model::CheckSpec& spec) {
  return std::make_unique<Http>(spec);
}

}  // namespace ldir::check
