// SPDX-License-Identifier: Apache-2.0
#include "base/status_page.h"

#include "base/digest.h"
#include "base/text.h"
#include "test/support/catch.h"

namespace {

std::string between(std::string_view text, std::string_view from, std::string_view to) {
  const auto start = text.find(from) + from.size();
  return std::string(text.substr(start, text.find(to, start) - start));
}

}  // namespace

TEST_CASE("the status page: names become text, never markup") {
  const auto page = base::status_page("</title><script>alert(1)</script>", "upbeat.start(f);",
                                      "node </pre><img src=x onerror=alert(2)> \"'&\x01\xff");
  CHECK(page.html.find("alert(1)</script>") == std::string::npos);
  CHECK(page.html.find("<img") == std::string::npos);
  CHECK(page.html.find("<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;</title>") != std::string::npos);
  CHECK(page.html.find("node &lt;/pre&gt;&lt;img src=x onerror=alert(2)&gt; &quot;&#39;&amp;\xef\xbf\xbd\xef\xbf\xbd</pre>") !=
        std::string::npos);
}

TEST_CASE("the status page: the policy names exactly the script and the style that are in it") {
  const auto page = base::status_page("t", "upbeat.start(f);", "p");
  const auto source = [](const std::string& text) { return "'sha256-" + base::base64_encode(base::sha256(text)) + "'"; };
  const auto script = between(page.html, "<script>", "</script>");
  CHECK(script.ends_with("upbeat.start(f);"));
  CHECK(page.policy.find("script-src " + source(script) + ";") != std::string::npos);
  CHECK(page.policy.find("style-src " + source(between(page.html, "<style>", "</style>")) + ";") != std::string::npos);
  CHECK(page.policy.starts_with("default-src 'none';"));
  CHECK(page.policy.find("unsafe") == std::string::npos);
}

TEST_CASE("the status page: it needs nothing from elsewhere, and says what to do without scripts") {
  const auto page = base::status_page("t", "upbeat.start(f);", "p");
  for (auto word : {"http://", "https://", "//cdn", "@import", "url(", " style=", "innerHTML", "eval("})
    CHECK(page.html.find(word) == std::string::npos);
  CHECK(page.html.find("<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>") != std::string::npos);
  CHECK(page.html.find("width=device-width") != std::string::npos);
}
