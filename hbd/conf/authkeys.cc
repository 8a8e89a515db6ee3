// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "hbd/conf/files.h"
#include "hbd/conf/lines.h"

namespace hbd::conf {

namespace {

using Method = model::AuthKey::Method;
constexpr int kMaxKeyNumber = 15;  // reference: constants, MAXAUTH
constexpr std::string_view kMethods[] = {"crc", "md5", "sha1", "sha256"};  // in the order of Method

// A finding about authkeys never shows the line: it may hold the key, and logs are read by others.
struct Reader {
  const base::Source& source;
  model::AuthKeys& keys;
  base::Diagnostics& diagnostics;
  Word auth{};  ///< the number of the auth line; empty = none yet
  bool saw_auth = false, auth_good = false;
  std::map<int, std::size_t> defined_at{};
  base::Location crc_at{};  ///< of the last key that is none
  std::set<int> wrong{};  ///< keys whose lines have an error: that they are missing need not be said

  void say(base::Diagnostic::Severity severity, base::Location at, std::string message) {
    diagnostics.add({severity, source.name(), at, std::move(message), {}});
  }
  void error(base::Location at, std::string message) { say(base::Diagnostic::Severity::error, at, std::move(message)); }
  void warning(base::Location at, std::string message) { say(base::Diagnostic::Severity::warning, at, std::move(message)); }

  void read_auth(const Line& line) {
    auto words = line.words(line.text, base::kBlanks);
    // `auth3` is read as `auth 3`, as the original's scanf does.
    auto number = words[0].text == "auth" && words.size() > 1 ? words[1] : line.word(words[0].text.substr(std::min<std::size_t>(4, words[0].text.size())));
    auto value = words[0].text.substr(0, 4) == "auth" ? base::parse_number<int>(number.text) : std::nullopt;
    bool twice = saw_auth;
    saw_auth = true;
    if (!value) return error(words[0].at, fmt::format("Invalid auth line in {}: write `auth N`, N the number of a key below", source.name()));
    if (*value < 0 || *value > kMaxKeyNumber)
      return error(number.at, fmt::format("Invalid authnum [{}] in {}; 0 to {}", *value, source.name(), kMaxKeyNumber));
    if (twice) warning(words[0].at, "a second auth line; the last one counts");
    auth = number;
    auth_good = true;
    keys.sign_with = *value;
  }

  void read_key(const Line& line) {
    auto words = line.words(line.text, base::kBlanks);
    auto number = base::parse_number<int>(words[0].text);
    if (!number) return error(words[0].at, "Auth line is invalid: write `auth N` or `N method key`");
    if (*number < 0 || *number > kMaxKeyNumber)
      return error(words[0].at, fmt::format("Invalid authnum [{}] in {}; 0 to {}", *number, source.name(), kMaxKeyNumber));
    wrong.insert(*number);
    if (words.size() < 2) return error(words[0].at, fmt::format("Auth line is invalid: key {} has no method; {}", *number, fmt::join(kMethods, ", ")));

    auto row = std::find(std::begin(kMethods), std::end(kMethods), words[1].text);
    if (row == std::end(kMethods)) {
      bool run_together = std::any_of(std::begin(kMethods), std::end(kMethods), [&](auto m) {
        return words[1].text.size() > m.size() && words[1].text.substr(0, m.size()) == m;
      });
      return error(words[1].at, run_together ? std::string("Invalid authtype: a blank is missing between the method and the key")
                                             : fmt::format("Invalid authtype; the methods are {}", fmt::join(kMethods, ", ")));
    }
    model::AuthKey key;
    key.method = static_cast<Method>(row - std::begin(kMethods));
    bool has_key = words.size() > 2 && words[2].text[0] != '#';
    if (key.method == Method::crc && has_key) return error(words[2].at, "Auth method [crc] doesn't use a key");
    if (key.method != Method::crc && words.size() < 3) return error(words[1].at, fmt::format("Auth method [{}] requires a key", *row));
    if (key.method != Method::crc) key.key = words[2].text;
    if (key.method != Method::crc && words.size() > 3 && words[3].text[0] != '#')
      warning(words[3].at, "the key is the third word only; the rest of the line is ignored");
    if (auto before = defined_at.find(*number); before != defined_at.end())
      warning(words[0].at, fmt::format("key {} is also in line {}; the last one counts", *number, before->second));
    if (key.method == Method::sha256 && auth_good && *number == keys.sign_with)
      warning(words[1].at, "Heartbeat 3.0.6 knows no sha256: a node that runs it refuses this file, and hears nothing that is "
                           "signed so; use it once every node runs Upbeat");
    if (key.method == Method::crc) crc_at = words[1].at;
    if (!saw_auth)
      warning(words[0].at, "a key above the auth line: Heartbeat 3.0.6 does not find it there; put `auth N` first");
    wrong.erase(*number);
    defined_at[*number] = line.number;
    keys.keys[*number] = std::move(key);
  }
};

}  // namespace

void read_authkeys(const File& file, model::AuthKeys& keys, base::Diagnostics& diagnostics) {
  const auto& source = file.source;
  const auto found_at_all = diagnostics.all().size();
  if (file.mode & 077)
    diagnostics.error(source.name(), fmt::format("Bad permissions on keyfile [{}], 600 recommended. Mode {:04o} lets others than "
                                                 "root at the key; `chmod 600 {}`", source.name(), file.mode & 07777, source.name()));
  base::Diagnostics shape;
  Reader reader{source, keys, diagnostics};
  const auto found_before = diagnostics.all().size();
  for (const auto& line : lines(source, false, shape)) {
    if (enough(source, {line.number, 0, 1}, diagnostics, found_before)) break;
    if (line.text[0] == '#') continue;
    if (line.text[0] == 'a')
      reader.read_auth(line);
    else
      reader.read_key(line);
  }
  for (auto finding : shape.all()) {
    finding.line_text.clear();
    diagnostics.add(std::move(finding));
  }
  if (!reader.saw_auth)
    reader.error({}, fmt::format("Missing auth directive in keyfile [{}]: `auth N` says which key signs", source.name()));
  else if (reader.auth_good && !keys.keys.contains(keys.sign_with) && !reader.wrong.contains(keys.sign_with))
    reader.error(reader.auth.at, fmt::format("Auth Key [{}] not found in keyfile [{}]", keys.sign_with, source.name()));
  // Only of a file that is good otherwise. One such key is enough, whichever signs: all are accepted.
  const bool crc = std::any_of(keys.keys.begin(), keys.keys.end(), [](const auto& k) { return k.second.method == Method::crc; });
  if (crc && diagnostics.all().size() == found_at_all)
    reader.say(base::Diagnostic::Severity::note, reader.crc_at,
               "crc has no key: it finds damaged packets, but whoever reaches the network can send what is accepted; write sha1 "
               "and a key unless the medium is a cable between the nodes");
}

}  // namespace hbd::conf
