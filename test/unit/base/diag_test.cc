// SPDX-License-Identifier: Apache-2.0
#include "base/diag.h"

#include "test/support/catch.h"

using namespace base;

TEST_CASE("a finding shows its line and a caret under the word") {
  Source source("ha.cf", "keepalive 2\ndeadtime 1\n");
  Diagnostics found;
  found.error(source, locate(2, source.line(2), source.line(2).substr(9, 1)), "deadtime must be longer");
  CHECK(found.render() ==
        "ha.cf:2:10: error: deadtime must be longer\n"
        "    2 | deadtime 1\n"
        "      |          ^\n");
}

TEST_CASE("a caret is as wide as the word, and tabs count one column") {
  Source source("f", "\tbadword here");
  Diagnostics found;
  found.warning(source, locate(1, source.line(1), source.line(1).substr(1, 7)), "unknown");
  CHECK(found.render() ==
        "f:1:2: warning: unknown\n"
        "    1 |  badword here\n"
        "      |  ^~~~~~~\n");
}

TEST_CASE("findings come by file and line, notes and whole-file findings too") {
  Source a("a", "1\n2\n3\n");
  Diagnostics found;
  found.error(a, {3, 1, 1}, "third");
  found.error("b", "cannot be read");
  found.note(a, {1, 0, 1}, "first");
  CHECK(found.render() ==
        "a:1: note: first\n    1 | 1\n"
        "a:3:1: error: third\n    3 | 3\n      | ^\n"
        "b: error: cannot be read\n");
  CHECK(found.has_errors());
}

TEST_CASE("control bytes and endless lines are shown harmlessly") {
  Source source("f", std::string(5000, 'x') + "\x1b[31mY" + std::string(5000, 'z'));
  Diagnostics found;
  found.error(source, {1, 5006, 1}, "here");
  auto text = found.render();
  CHECK(text.size() < 500);
  CHECK(text.find('\x1b') == std::string::npos);
  auto lines_end = text.rfind('^');
  auto line_start = text.rfind('\n', lines_end);
  auto above = text.substr(text.find('\n') + 1);
  CHECK(above[lines_end - line_start - 1] == 'Y');
}

TEST_CASE("lines end at newline only, the last may lack it") {
  Source source("f", "a\r\n\nb");
  CHECK(source.line_count() == 3);
  CHECK(source.line(1) == "a\r");
  CHECK(source.line(3) == "b");
  CHECK(source.line(4).empty());
  CHECK(source.line(0).empty());
}
