// SPDX-License-Identifier: Apache-2.0
#include "ldir/shell/letter.h"

#include <fmt/format.h>

#include <ctime>

#include "base/text.h"

namespace ldir::shell {
namespace {

std::string one_line(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return out;
}

/// RFC 5322, in UTC.
std::string date(base::Wall when) {
  std::time_t seconds = base::to_unix(when);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", kDays[parts.tm_wday], parts.tm_mday,
                     kMonths[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace

std::string letter(const core::SendMail& mail, const Sender& sender, base::Wall when, std::uint64_t serial) {
  auto subject = one_line(
      mail.service_name.empty() ? mail.subject : fmt::format("[{}] {}", mail.service_name, mail.subject));
  auto out = fmt::format(
      "From: {}\nTo: {}\nSubject: {}\nDate: {}\nMessage-ID: <{}.{}.ldirectord@{}>\nAuto-Submitted: "
      "auto-generated\n\n",
      one_line(mail.from.empty() ? sender.address() : mail.from), one_line(mail.to), subject, date(when),
      when.time_since_epoch().count(), serial, one_line(sender.host));
  out += fmt::format("ldirectord host: {}\nLog-Message: {}\nDaemon-Status: {}\n", one_line(sender.host),
                     subject, mail.daemon_status);
  std::string details;
  if (!mail.service_name.empty()) details += fmt::format("Service name: {}\n", one_line(mail.service_name));
  if (!mail.comment.empty()) details += fmt::format("Comment: {}\n", one_line(mail.comment));
  if (!details.empty()) out += fmt::format("\n{}\n", details);
  return out;
}

std::vector<std::string> recipients(std::string_view to) {
  std::vector<std::string> out;
  for (auto part : base::split(to, ',')) {
    auto open = part.rfind('<'), close = part.rfind('>');
    if (open != part.npos && close != part.npos && open < close)
      part = part.substr(open + 1, close - open - 1);
    for (auto word : base::words(part)) out.push_back(one_line(word));
  }
  return out;
}

}  // namespace ldir::shell
