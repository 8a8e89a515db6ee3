// SPDX-License-Identifier: Apache-2.0
#include "ldir/shell/smtp.h"

#ifdef UPBEAT_CURL
#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#endif

namespace ldir::shell {

#ifdef UPBEAT_CURL

namespace {

struct Text {
  std::string bytes;
  std::size_t at = 0;
};

std::size_t give(char* buffer, std::size_t size, std::size_t count, void* user) {
  auto& text = *static_cast<Text*>(user);
  auto n = std::min(size * count, text.bytes.size() - text.at);
  std::memcpy(buffer, text.bytes.data() + text.at, n);
  text.at += n;
  return n;
}

std::size_t drop(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

std::string with_returns(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

/// curl's own initialisation is not safe from two threads at once.
const bool kReady = curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK;

}  // namespace

bool smtp_built_in() {
  return kReady;
}

base::Result<void> send_by_smtp(const Envelope& envelope, const std::string& text, base::Duration limit) {
  std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  if (!curl) return base::fail("libcurl gives no handle");
  curl_slist* list = nullptr;
  for (const auto& to : envelope.to) list = curl_slist_append(list, fmt::format("<{}>", to).c_str());
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> to(list, curl_slist_free_all);
  Text body{with_returns(text)};
  char why[CURL_ERROR_SIZE] = "";
  auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl.get(), option, value); };
  auto url = fmt::format("smtp://{}:{}/{}", envelope.server, envelope.port, envelope.hello);
  auto from = fmt::format("<{}>", envelope.from);
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_MAIL_FROM, from.c_str());
  set(CURLOPT_MAIL_RCPT, to.get());
  set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);  // one bad address must not silence the others
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_READFUNCTION, give);
  set(CURLOPT_READDATA, &body);
  set(CURLOPT_WRITEFUNCTION, drop);
  set(CURLOPT_ERRORBUFFER, why);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROXY, "");  // the environment's proxies are for browsers
  set(CURLOPT_PROTOCOLS_STR, "smtp");
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(base::to_ms(limit)));
  auto code = curl_easy_perform(curl.get());
  if (code == CURLE_OK) return {};
  return base::fail(
      fmt::format("{}:{}: {}", envelope.server, envelope.port, why[0] ? why : curl_easy_strerror(code)));
}

#else

bool smtp_built_in() {
  return false;
}

base::Result<void> send_by_smtp(const Envelope&, const std::string&, base::Duration) {
  return base::fail("built without libcurl");
}

#endif

}  // namespace ldir::shell
