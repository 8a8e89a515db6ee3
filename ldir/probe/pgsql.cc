// SPDX-License-Identifier: Apache-2.0
// service=pgsql through libpq's non-blocking calls: log in, ask `request` once; one row, or one row changed,
// is enough.
#include <fmt/format.h>
#include <libpq-fe.h>

#include "base/text.h"
#include "ldir/probe/library.h"

namespace ldir::probe {
namespace {

std::string said(const char* text) {
  std::string_view words = text ? text : "";
  words = base::trim(words);
  return base::printable(words.substr(0, words.find('\n')), 160);
}

class Pgsql final : public Library {
 public:
  explicit Pgsql(const model::CheckSpec& spec)
      : query_(spec.request),
        address_(spec.address.str()),
        port_(std::to_string(spec.port)),
        login_(spec.login),
        passwd_(spec.passwd),
        database_(spec.database) {}
  ~Pgsql() override { PQfinish(connection_); }

  Step begin() override {
    // hostaddr: no name is looked up. No files and no environment of whoever started us, as far as libpq
    // allows.
    const char* const keys[] = {"hostaddr",         "port",       "user",     "password", "dbname",
                                "sslmode",          "gssencmode", "passfile", "sslcert",  "sslkey",
                                "application_name", nullptr};
    const char* const values[] = {address_.c_str(),  port_.c_str(), login_.c_str(), passwd_.c_str(),
                                  database_.c_str(), "prefer",      "disable",      "/dev/null",
                                  "/dev/null",       "/dev/null",   "ldirectord",   nullptr};
    connection_ = PQconnectStartParams(keys, values, 0);
    if (!connection_) return check::failed(check::Layer::none, "libpq is out of memory");
    if (PQstatus(connection_) == CONNECTION_BAD) return refused();
    PQsetNoticeProcessor(
        connection_, [](void*, const char*) {}, nullptr);
    return Wants{false, true};
  }

  int fd() const override { return PQsocket(connection_); }

  Step step(bool, bool) override {
    if (asked_) return answer();
    switch (PQconnectPoll(connection_)) {
      case PGRES_POLLING_READING:
        return Wants{true, false};
      case PGRES_POLLING_WRITING:
        return Wants{false, true};
      case PGRES_POLLING_OK:
        break;
      default:
        return refused();
    }
    PQsetnonblocking(connection_, 1);
    asked_ = true;
    if (!PQsendQuery(connection_, query_.c_str())) return failed();
    PQsetSingleRowMode(connection_);  // the first row decides; the others are not waited for
    return answer();
  }

 private:
  Step answer() {
    const int unsent = PQflush(connection_);
    if (unsent < 0 || !PQconsumeInput(connection_)) return failed();
    if (unsent > 0) return Wants{true, true};
    while (!PQisBusy(connection_)) {
      PGresult* result = PQgetResult(connection_);
      if (!result) return check::failed(check::Layer::application, "the query gave no row");
      const auto status = PQresultStatus(result);
      const auto changed = base::parse_number<long>(PQcmdTuples(result)).value_or(0);
      const auto error = said(PQresultErrorMessage(result));
      PQclear(result);
      if (status == PGRES_SINGLE_TUPLE || (status == PGRES_COMMAND_OK && changed > 0))
        return check::passed("the query gave a row");
      if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY)
        return check::failed(check::Layer::application,
                             "query: " + (error.empty() ? "a copy was begun" : error));
    }
    return Wants{true, false};
  }
  Step refused() { return check::failed(check::Layer::network, said(PQerrorMessage(connection_))); }
  Step failed() {
    return check::failed(check::Layer::application, "query: " + said(PQerrorMessage(connection_)));
  }

  const std::string query_, address_, port_, login_, passwd_, database_;
  PGconn* connection_ = nullptr;
  bool asked_ = false;
};

}  // namespace

std::unique_ptr<Library> make_pgsql(const model::CheckSpec& spec) {
  return std::make_unique<Pgsql>(spec);
}

}  // namespace ldir::probe
