// SPDX-License-Identifier: Apache-2.0
// service=mysql through libmariadb's non-blocking calls: log in, ask `request` once; one row, or one row
// changed, is enough.
#include <fmt/format.h>
#include <mysql.h>
#include <sys/socket.h>

#include "base/text.h"
#include "ldir/probe/library.h"

namespace ldir::probe {
namespace {

class Mysql final : public Library {
 public:
  explicit Mysql(const model::CheckSpec& spec)
      : query_(spec.request),
        address_(spec.address.str()),
        port_(spec.port),
        login_(spec.login),
        passwd_(spec.passwd),
        database_(spec.database) {}

  ~Mysql() override {
    if (!mysql_) return;
    // In the middle of something: nothing of the farewell may wait for the server.
    if (!idle_ && fd() >= 0) ::shutdown(fd(), SHUT_RDWR);
    if (result_ && idle_) mysql_free_result(result_);
    mysql_close(mysql_);
  }

  Step begin() override {
    mysql_ = mysql_init(nullptr);
    if (!mysql_) return check::failed(check::Layer::none, "libmariadb is out of memory");
    mysql_options(mysql_, MYSQL_OPT_NONBLOCK, nullptr);
    const unsigned off = 0, protocol = MYSQL_PROTOCOL_TCP;
    const unsigned long most = 1024 * 1024;
    mysql_options(mysql_, MYSQL_OPT_LOCAL_INFILE, &off);  // no server may ask for our files
    mysql_options(mysql_, MYSQL_OPT_PROTOCOL, &protocol);
    mysql_options(mysql_, MYSQL_OPT_MAX_ALLOWED_PACKET, &most);
    stage_ = Stage::connect;
    return go_on(mysql_real_connect_start(&connected_, mysql_, address_.c_str(), login_.c_str(),
                                          passwd_.c_str(), database_.empty() ? nullptr : database_.c_str(),
                                          port_, nullptr, 0));
  }

  int fd() const override { return static_cast<int>(mysql_get_socket(mysql_)); }

  Step step(bool readable, bool writable) override {
    const int ready = (readable ? MYSQL_WAIT_READ : 0) | (writable ? MYSQL_WAIT_WRITE : 0);
    switch (stage_) {
      case Stage::connect:
        return go_on(mysql_real_connect_cont(&connected_, mysql_, ready));
      case Stage::query:
        return go_on(mysql_real_query_cont(&error_, mysql_, ready));
      case Stage::row:
        break;
    }
    return go_on(mysql_fetch_row_cont(&row_, result_, ready));
  }

 private:
  enum class Stage { connect, query, row };

  Step go_on(int waits) {
    for (;;) {
      idle_ = waits == 0;
      if (waits != 0) {
        const bool read = waits & MYSQL_WAIT_READ, write = waits & MYSQL_WAIT_WRITE;
        return Wants{read || !write, write};  // what it waits for with a time limit alone is ours to end
      }
      switch (stage_) {
        case Stage::connect:
          if (!connected_) return failed(check::Layer::network, "");
          stage_ = Stage::query;
          waits = mysql_real_query_start(&error_, mysql_, query_.data(), query_.size());
          continue;
        case Stage::query:
          if (error_) return failed(check::Layer::application, "query: ");
          result_ = mysql_use_result(mysql_);
          if (!result_) {
            if (mysql_field_count(mysql_) != 0) return failed(check::Layer::application, "query: ");
            return verdict(mysql_affected_rows(mysql_) > 0);
          }
          stage_ = Stage::row;
          waits = mysql_fetch_row_start(&row_, result_);
          continue;
        case Stage::row:
          break;
      }
      const bool found = row_ != nullptr;
      if (!found && mysql_errno(mysql_)) return failed(check::Layer::application, "query: ");
      idle_ = !found;  // the other rows may never end
      return verdict(found);
    }
  }
  static check::Verdict verdict(bool row) {
    return row ? check::passed("the query gave a row")
               : check::failed(check::Layer::application, "the query gave no row");
  }
  Step failed(check::Layer layer, const char* what) {
    return check::failed(layer, what + base::printable(base::trim(mysql_error(mysql_)), 160));
  }

  const std::string query_, address_;
  const unsigned port_;
  const std::string login_, passwd_, database_;
  MYSQL* mysql_ = nullptr;
  MYSQL* connected_ = nullptr;
  MYSQL_RES* result_ = nullptr;
  MYSQL_ROW row_ = nullptr;
  int error_ = 0;
  Stage stage_ = Stage::connect;
  bool idle_ = true;
};

}  // namespace

std::unique_ptr<Library> make_mysql(const model::CheckSpec& spec) {
  return std::make_unique<Mysql>(spec);
}

}  // namespace ldir::probe
