// SPDX-License-Identifier: Apache-2.0
// The setters of everything in ha.cf that is not a medium: nodes, times, logging, clients, switches.
#pragma once

#include "hbd/conf/directive.h"

namespace hbd::conf::setting {

void node(Reading&, const Line&, const Word&);
void keepalive(Reading&, const Line&, const Word&);
void deadtime(Reading&, const Line&, const Word&);
void warntime(Reading&, const Line&, const Word&);
void initdead(Reading&, const Line&, const Word&);
void deadping(Reading&, const Line&, const Word&);
void max_rexmit_delay(Reading&, const Line&, const Word&);
void udpport(Reading&, const Line&, const Word&);
void baud(Reading&, const Line&, const Word&);
void auto_failback(Reading&, const Line&, const Word&);
void nice_failback(Reading&, const Line&, const Word&);
void hopfudge(Reading&, const Line&, const Word&);
void msgfmt(Reading&, const Line&, const Word&);

void logfile(Reading&, const Line&, const Word&);
void debugfile(Reading&, const Line&, const Word&);
void logfacility(Reading&, const Line&, const Word&);
void use_logd(Reading&, const Line&, const Word&);
void conn_logd_time(Reading&, const Line&, const Word&);
void syslogmsgfmt(Reading&, const Line&, const Word&);
void debug(Reading&, const Line&, const Word&);
void log_badpack(Reading&, const Line&, const Word&);

void respawn(Reading&, const Line&, const Word&);
void failfast(Reading&, const Line&, const Word&);
void apiauth(Reading&, const Line&, const Word&);
void env(Reading&, const Line&, const Word&);

void watchdog(Reading&, const Line&, const Word&);
void realtime(Reading&, const Line&, const Word&);
void rtprio(Reading&, const Line&, const Word&);
void memreserve(Reading&, const Line&, const Word&);
void coredumps(Reading&, const Line&, const Word&);
void coreroot(Reading&, const Line&, const Word&);
void stonith(Reading&, const Line&, const Word&);
void stonith_host(Reading&, const Line&, const Word&);
void hbgenmethod(Reading&, const Line&, const Word&);
void statuspage(Reading&, const Line&, const Word&);
void uuidfrom(Reading&, const Line&, const Word&);
void compression(Reading&, const Line&, const Word&);
void compression_threshold(Reading&, const Line&, const Word&);
void traditional_compression(Reading&, const Line&, const Word&);
void autojoin(Reading&, const Line&, const Word&);
void cluster(Reading&, const Line&, const Word&);

void pacemaker(Reading&, const Line&, const Word&);
void pacemaker_only(Reading&, const Line&, const Word&);
void use_apphbd(Reading&, const Line&, const Word&);

}  // namespace hbd::conf::setting
