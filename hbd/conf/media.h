// SPDX-License-Identifier: Apache-2.0
// The setters of the media: bcast, mcast, ucast, their IPv6 twins, serial, ping, ping_group.
// They check shapes and ranges; names are resolved and sockets opened elsewhere.
#pragma once

#include "hbd/conf/directive.h"

namespace hbd::conf::media {

void bcast(Reading&, const Line&, const Word&);
void udp(Reading&, const Line&, const Word&);
void mcast(Reading&, const Line&, const Word&);
void mcast6(Reading&, const Line&, const Word&);
void ucast(Reading&, const Line&, const Word&);
void ucast6(Reading&, const Line&, const Word&);
void serial(Reading&, const Line&, const Word&);
void ping(Reading&, const Line&, const Word&);
void ping6(Reading&, const Line&, const Word&);
void ping_group(Reading&, const Line&, const Word&);
void absent_medium(Reading&, const Line&, const Word&);

}  // namespace hbd::conf::media
