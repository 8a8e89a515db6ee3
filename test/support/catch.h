// SPDX-License-Identifier: Apache-2.0
// The only includer of Catch2, whose header moved between versions 2 and 3.
#pragma once
#include <catch2/catch.hpp>
