// SPDX-License-Identifier: Apache-2.0
// Which kind of check runs next: for a combined check (checktype=N) one negotiate, then N connects, then
// negotiate again; after any failure the next is a negotiate (reference §2.1, observed N C C N C C for N=2).
// All other types always run as themselves.
#pragma once

#include "ldir/model/service.h"

namespace ldir::check {

class Sequence {
 public:
  explicit Sequence(const model::CheckSpec& spec) : type_(spec.type), connects_(spec.combined_connects) {}
  /// The kind of the run that is due now: what transport_of() and make_script() take as `as`.
  model::CheckType next() const {
    if (type_ != model::CheckType::combined) return type_;
    return left_ == 0 ? model::CheckType::negotiate : model::CheckType::connect;
  }
  /// The run that next() named is over.
  void done(bool pass) {
    if (!pass)
      left_ = 0;
    else if (left_ > 0)
      --left_;
    else
      left_ = connects_;
  }

 private:
  model::CheckType type_;
  unsigned connects_;
  unsigned left_ = 0;
};

}  // namespace ldir::check
