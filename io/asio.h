// SPDX-License-Identifier: Apache-2.0
// The sole includer of Boost.Asio, so that the version, the macros and the parts in use are decided in one place.
// Include it from .cc files only; headers name io::Context (io/loop.h) and hide the rest.
// The library is compiled once, in asio_impl.cc. Asio is used for readiness, timers and signals; bytes are moved by
// plain non-blocking system calls, which keeps a probe or a link down to the calls that the kernel needs anyway.
#pragma once

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

namespace asio = boost::asio;
