// SPDX-License-Identifier: Apache-2.0
// A conversation in lines, as the mail, news and file protocols hold it: a base for their scripts. It cuts
// what comes into lines, opens TLS first where the service wants it, and bounds both the lines and the whole
// answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ldir/check/script.h"

namespace ldir::check {

class Dialogue : public Script {
 public:
  Action next(const Happening& what) final;

 protected:
  explicit Dialogue(const model::CheckSpec& spec);

  virtual void start_over() = 0;
  /// The connection stands, TLS included: by default the server speaks first.
  virtual Action opened() { return Receive{}; }
  /// One line without its end. Receive{} asks for the next one.
  virtual Action line(std::string_view text) = 0;
  /// What is neither bytes nor the start: answers to the actions a script of lines rarely needs.
  virtual Action other(const Happening&) { return Receive{}; }

  static Action pass(std::string detail, std::string farewell = {}) {
    return Done{passed(std::move(detail)), std::move(farewell)};
  }
  static Action fail(std::string detail, std::string farewell = {}) {
    return Done{failed(Layer::application, std::move(detail)), std::move(farewell)};
  }

 private:
  Action pump(Action action);

  const std::string server_name_;
  const bool tls_, verify_, datagrams_;
  std::string rest_;    // received and not yet cut
  std::size_t at_ = 0;  // where the next line begins
  std::size_t total_ = 0;
};

/// The replies of SMTP and FTP (RFC 5321 §4.2, RFC 959 §4.2): three digits and text, "-" behind the digits
/// where more lines follow.
class NumberedReplies {
 public:
  struct Reply {
    int code = 0;      ///< 0: this is no such reply
    std::string text;  ///< its first line, printable, code included
    bool ok() const { return code >= 200 && code < 300; }
  };
  void start_over() { *this = {}; }
  /// The reply that ends with this line, if one does.
  std::optional<Reply> line(std::string_view text);

 private:
  int open_ = 0;  // the code of a reply whose last line has not come
  std::string first_;
};

/// Whether the service speaks TLS from the first byte on.
bool speaks_tls(model::ServiceType service);
/// The name for SNI: virtualhost without its port; an address is none.
std::string server_name(const std::string& virtualhost);
/// Configured text within a command: no line of its own may begin in it.
std::string one_line(std::string text);
/// What a server has said, for a verdict.
std::string quoted(std::string_view text);

}  // namespace ldir::check
