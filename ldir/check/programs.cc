// SPDX-License-Identifier: Apache-2.0
#include "ldir/check/programs.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace ldir::check {
namespace {

/// Whether it says that so many rows, and not none, were selected, changed or made: "10 rows selected."
bool tells_of_rows(std::string_view output) {
  for (const char* words : {" selected", " updated", " created", " deleted"}) {
    const auto at = output.rfind(words);
    const auto row = at == output.npos ? at : output.rfind(" row", at);
    if (row == output.npos) continue;
    auto before = output.substr(0, row);
    const auto digits = before.substr(std::min(before.find_last_not_of("0123456789") + 1, before.size()));
    if (digits.find_first_not_of('0') != digits.npos) return true;
  }
  return false;
}

}  // namespace

std::string first_line(std::string_view output) {
  const auto text = base::trim(output);
  return base::printable(base::trim(text.substr(0, text.find('\n'))), 120);
}

Verdict judge_sqlplus(std::string_view output, std::string_view trouble, bool truncated) {
  const auto fail = [](std::string why) { return failed(Layer::application, std::move(why)); };
  if (const auto error = output.find("ORA-"); error != output.npos) return fail(first_line(output.substr(error)));
  if (!trouble.empty()) return fail(fmt::format("sqlplus: {}", trouble));
  if (output.find("no rows selected") != output.npos) return fail("the query gave no row");
  if (tells_of_rows(output)) return passed("the query gave a row");
  // More rows than the runner keeps: what counts them is cut off.
  if (truncated) return passed("the query gave rows");
  return fail("the query gave no row");
}

Verdict judge_perl(std::string_view reply, std::string_view command) {
  const auto status = reply.substr(0, reply.find(' '));
  if (status == "0") return passed("exit 0");
  const auto why = base::printable(base::trim(reply.substr(status.size())), 160);
  return failed(Layer::application,
                fmt::format("{} {}", command, why.empty() ? fmt::format("exit {}", base::printable(status, 20)) : "died: " + why));
}

}  // namespace ldir::check
