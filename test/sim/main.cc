#include <fmt/format.h>
#include "test/sim/trace.h"
using namespace sim; using namespace std::chrono_literals;
int main() {
  Setup s; s.nodes={"alice","bob"}; s.resources.groups.push_back(parse_group("alice IPaddr::10.0.0.1 web"));
  s.timing.keepalive=200ms; s.timing.deadtime=1000ms; s.timing.warntime=500ms; s.timing.initdead=3000ms; s.timing.deadping=1000ms;
  s.pings={"gw"}; s.ipfail=true;
  World w(s); auto t0=w.now();
  w.on_effect=[&](Host& h,const hbd::core::Effect& e){auto l=describe(w,h,e); if(!l.empty()) fmt::print("{} {}\n",stamp(w.now(),t0),l);};
  auto& a=w.host("alice"); auto& b=w.host("bob");
  auto say=[&](const char* x){ fmt::print("--- {}\n{}\n{}\n",x,summary(a),summary(b)); };
  w.start(a); w.run_for(500ms); w.start(b); w.run_for(3s); say("started");
  w.power_cut(a); w.run_for(3s); say("cut"); w.power_on(a); w.start(a); w.run_for(3s); say("back");
  w.input(a,hbd::core::Shutdown{}); w.run_for(3s); say("shutdown"); w.start(a); w.run_for(3s); say("back");
  w.input(a,hbd::core::Standby{}); w.run_for(3s); say("standby");
  w.input(a,hbd::core::Takeover{}); w.run_for(3s); say("takeover");
  w.cut(0,1,true); w.cut(1,0,true); w.run_for(1200ms); say("partition"); w.cut(0,1,false); w.cut(1,0,false); w.run_for(2s); say("heal");
  w.cut_ping(0,0,true); w.run_for(5s); say("ping lost"); w.cut_ping(0,0,false); w.run_for(5s); say("ping back");
  w.kill_child(b,20ms); w.run_for(2s); say("child");
  w.kill_daemon(b); w.start(b); w.run_for(2s); say("fast restart");
}
