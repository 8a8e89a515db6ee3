// SPDX-License-Identifier: Apache-2.0
// The words that ps shows for a process.
#pragma once

namespace hbd::shell {

/// Call first in main, before anything keeps pointers into argv or environ; afterwards set_title works.
void prepare_title(int argc, char** argv);
void set_title(const char* title);

}  // namespace hbd::shell
