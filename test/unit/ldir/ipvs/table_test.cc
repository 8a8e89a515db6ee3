// SPDX-License-Identifier: Apache-2.0
#include "ldir/ipvs/table.h"

#include "test/support/catch.h"

using namespace ldir::ipvs;

namespace {
base::IpAddress ip(const char* text) { return *base::IpAddress::parse(text); }
ServiceKey tcp(const char* address, std::uint16_t port) { return {Protocol::tcp, ip(address), port, 0}; }
ServiceKey mark(std::uint32_t n, bool v6 = false) { return {Protocol::fwm, ip(v6 ? "::" : "0.0.0.0"), 0, n}; }
}  // namespace

TEST_CASE("services are named as ldirectord names them") {
  CHECK(tcp("10.0.0.1", 80).str() == "tcp:10.0.0.1:80");
  CHECK(ServiceKey{Protocol::udp, ip("fd00::1"), 53, 0}.str() == "udp:[fd00::1]:53");
  CHECK(mark(5).str() == "fwm:5");
  CHECK(mark(5, true).str() == "fwm6:5");
  CHECK(tcp("fd00::1", 80).log_name() == "[fd00::1]:80");
  CHECK(mark(5, true).log_name() == "5");
  CHECK(DestKey{ip("fd00::2"), 80}.str() == "[fd00::2]:80");
}

TEST_CASE("operations are described as ipvsadm commands") {
  ServiceOptions o;
  CHECK(describe(AddService{tcp("10.9.9.100", 80), o}) == "-A -t 10.9.9.100:80 -s wrr");
  o.scheduler = "wlc";
  o.persistent_s = 600;
  CHECK(describe(EditService{tcp("10.9.9.100", 80), o}) == "-E -t 10.9.9.100:80 -s wlc -p 600");
  o.netmask = 0xffffff00;
  CHECK(describe(AddService{mark(5), o}) == "-A -f 5 -s wlc -p 600 -M 255.255.255.0");
  o.netmask = 64;
  CHECK(describe(AddService{mark(7, true), o}) == "-A -f 7 -6 -s wlc -p 600 -M 64");
  ServiceOptions rr;
  rr.scheduler = "rr";
  rr.ops = true;
  CHECK(describe(AddService{{Protocol::udp, ip("10.9.9.100"), 53, 0}, rr}) == "-A -u 10.9.9.100:53 -s rr -o");
  ServiceOptions sh;
  sh.scheduler = "sh";
  sh.sched_flags = 8 | 16;
  CHECK(describe(AddService{tcp("10.9.9.100", 80), sh}) == "-A -t 10.9.9.100:80 -s sh -b sh-fallback,sh-port");
  sh.scheduler = "wlc";
  sh.sched_flags = 8 | 32;
  CHECK(describe(AddService{tcp("10.9.9.100", 80), sh}) == "-A -t 10.9.9.100:80 -s wlc -b flag-1,flag-3");
  CHECK(describe(DeleteService{tcp("fd00::1", 80)}) == "-D -t [fd00::1]:80");

  const DestKey r{ip("10.9.9.2"), 80};
  CHECK(describe(AddDest{tcp("10.9.9.100", 80), r, {Forward::route, 1, 0, 0}}) == "-a -t 10.9.9.100:80 -r 10.9.9.2:80 -g -w 1");
  CHECK(describe(EditDest{tcp("10.9.9.100", 80), r, {Forward::masq, 3, 20, 10}}) ==
        "-e -t 10.9.9.100:80 -r 10.9.9.2:80 -m -w 3 -x 20 -y 10");
  CHECK(describe(AddDest{mark(5), {ip("10.9.9.2"), 0}, {Forward::tunnel, 4, 0, 0}}) ==
        "-a -f 5 -r 10.9.9.2:0 -i -w 4 --tun-type ipip");
  CHECK(describe(DeleteDest{tcp("10.9.9.100", 80), r}) == "-d -t 10.9.9.100:80 -r 10.9.9.2:80");
}
