// SPDX-License-Identifier: Apache-2.0
// A conversation that a library leads over a socket of its own: the data bases, whose protocols are their
// libraries' business. It says which descriptor it waits for and is called when that is ready; it never waits
// itself. The deadline, the readiness and the bound on bytes are the run's. No Asio here.
#pragma once

#include <memory>
#include <variant>

#include "ldir/check/verdict.h"
#include "ldir/model/service.h"

namespace ldir::probe {

class Library {
 public:
  /// What must happen before step() makes sense; with neither, step() is due at once.
  struct Wants {
    bool read = false, write = false;
  };
  using Step = std::variant<Wants, check::Verdict>;

  virtual ~Library() = default;
  virtual Step begin() = 0;
  virtual Step step(bool readable, bool writable) = 0;
  /// The socket; may change from step to step. -1 before there is one.
  virtual int fd() const = 0;
};

/// Null when this build lacks the library (check::validate refuses the service then).
std::unique_ptr<Library> make_mysql(const model::CheckSpec& spec);
std::unique_ptr<Library> make_pgsql(const model::CheckSpec& spec);

}  // namespace ldir::probe
