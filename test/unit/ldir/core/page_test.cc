// SPDX-License-Identifier: Apache-2.0
#include "ldir/core/page.h"

#include "test/support/catch.h"

using namespace ldir::core;

TEST_CASE("the page carries the status as text for browsers without scripts, escaped and bounded") {
  Status status{"/etc/ha.d/<t>.cf", "running", 42, {}, {}, {}, "dir", {}, {}};
  status.services.resize(1);
  status.services[0].entries.resize(20'000);
  for (auto& e : status.services[0].entries) e.name = "10.9.9.2:80", e.reason = "a reason of some length in words <script>";
  auto html = page(status).html;
  CHECK(html.find("/etc/ha.d/&lt;t&gt;.cf: running, pid 42") != html.npos);
  CHECK(html.find("<script>alert") == html.npos);
  CHECK(html.find("words <script>") == html.npos);
  CHECK(html.find("...\n</pre>") != html.npos);
  CHECK(html.size() < 512 * 1024);
}
