// SPDX-License-Identifier: Apache-2.0
// What each row of the table does. In setters_global.cc: what only a global line or both scopes can say; in
// setters_section.cc: what belongs to a virtual section.
#pragma once

#include "ldir/conf/table.h"

namespace ldir::conf::set {

void autoreload(Assignment& a);
void callback(Assignment& a);
void logfile(Assignment& a);
void execute(Assignment& a);
void supervised(Assignment& a);
void fork(Assignment& a);
void readdquiescent(Assignment& a);
void maintenance_dir(Assignment& a);
void status_page(Assignment& a);
void email_from(Assignment& a);
void check_timeout(Assignment& a);
void negotiate_timeout(Assignment& a);
void check_interval(Assignment& a);
void check_count(Assignment& a);
void failure_count(Assignment& a);
void quiescent(Assignment& a);
void ssl_verify(Assignment& a);
void cleanstop(Assignment& a);
void fallback(Assignment& a);
void fallback_command_global(Assignment& a);
void fallback_command_section(Assignment& a);
void email_alert(Assignment& a);
void email_freq(Assignment& a);
void email_status(Assignment& a);
void smtp(Assignment& a);
void real(Assignment& a);
void check_type(Assignment& a);
void service(Assignment& a);
void check_port(Assignment& a);
void check_command(Assignment& a);
void request(Assignment& a);
void receive(Assignment& a);
void virtual_host(Assignment& a);
void http_method(Assignment& a);
void login(Assignment& a);
void passwd(Assignment& a);
void database(Assignment& a);
void secret(Assignment& a);
void load(Assignment& a);
void scheduler(Assignment& a);
void sched_flags(Assignment& a);
void persistent(Assignment& a);
void netmask(Assignment& a);
void protocol(Assignment& a);
void ops(Assignment& a);
void monitorfile(Assignment& a);
void service_name(Assignment& a);
void comment(Assignment& a);
void connect_timeout(Assignment& a);
void timeout(Assignment& a);

}  // namespace ldir::conf::set
