#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The script of a real server against a real kernel: a network namespace is the machine, a second one its neighbour,
# who asks by ARP. $1 = lvs-realserver as installed
set -u
if [ "${INSIDE:-}" != 1 ]; then
  unshare -n -m true 2> /dev/null || { echo "no right to make a network namespace"; exit 77; }
  INSIDE=1 exec unshare -n -m "$0" "$(readlink -f "$1")"
fi
script=$1
mount --make-rprivate / && mount -t tmpfs none /run && mkdir /run/test && cd /run/test || exit 77
exec < /dev/null
failed=0

unshare -n sleep 600 &
neighbour=$!
trap 'kill $neighbour' EXIT
i=0
while [ "$(readlink /proc/$neighbour/ns/net)" = "$(readlink /proc/self/ns/net)" ] && [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); done
ip link set lo up
ip link add eth0 type veth peer name eth0 netns $neighbour || { echo "no veth"; exit 77; }
ip addr add 172.16.60.204/24 dev eth0
ip addr add fd00:60::204/64 dev eth0 nodad
ip link set eth0 up
there() { nsenter -t $neighbour -n "$@"; }
there ip addr add 172.16.60.1/24 dev eth0
there ip addr add fd00:60::1/64 dev eth0 nodad
there ip link set eth0 up

is() { # is WHAT EXPECTED GOT
  if [ "$2" = "$3" ]; then echo "ok: $1"; else failed=1; printf 'FAILED: %s\n  expected: %s\n  got:      %s\n' "$1" "$2" "$3"; fi
}
rs() { out=$("$script" -c rs.conf "$@" 2>&1); rc=$?; printf '%s %s\n' $rc "$out"; }
on() { ip -o addr show dev "$1" | grep -c " $2[/ ]"; }
# The neighbour has to give up by itself: three requests without an answer.
answers() { there arping -q -c 2 -w 3 -I eth0 "$1" > /dev/null 2>&1 && echo yes || echo no; }
# Where an answer is expected: a link that has just come up may lose the first requests.
comes_to_answer() { for _ in 1 2 3 4 5; do [ "$(answers "$1")" = no ] || { echo yes; return; }; done; echo no; }
setting() { cat "/proc/sys/net/ipv4/conf/$1"; }

# Without the script: an address on lo is answered for. This is what the rest would not notice if it could not fail.
ip addr add 172.16.60.111/32 dev lo
is "an address on lo is answered for by default" yes "$(comes_to_answer 172.16.60.111)"
ip addr del 172.16.60.111/32 dev lo

is "no file" "6 rs.conf: error: there is no such file; write one VIP per line into it, for example: 192.0.2.111" "$(rs start)"
printf '# nothing\n' > rs.conf
is "an empty file" "6 rs.conf: error: it lists no VIP; write one per line, for example: 192.0.2.111" "$(rs start)"
printf '172.16.60.111\n 172.16.60.999\n172.16.60.111\nfd00::zz tun\n172.16.60.112 dvi x\n172.16.60.113 dev\n172.16.60.0/24\n10.1\n' > rs.conf
is "all errors at once, and nothing was taken" \
"6 rs.conf:2:2: error: expected an IPv4 or IPv6 address without a netmask, got \"172.16.60.999\"
    2 |  172.16.60.999
      |  ^
rs.conf:3:1: error: 172.16.60.111 is listed twice
    3 | 172.16.60.111
      | ^
rs.conf:4:1: error: expected an IPv4 or IPv6 address without a netmask, got \"fd00::zz\"
    4 | fd00::zz tun
      | ^
rs.conf:5:15: error: expected \"tun\" or \"dev NAME\", got \"dvi\"
    5 | 172.16.60.112 dvi x
      |               ^
rs.conf:5:19: error: expected \"tun\" or \"dev NAME\", got \"x\"
    5 | 172.16.60.112 dvi x
      |                   ^
rs.conf:6:15: error: expected the name of a device after \"dev\"
    6 | 172.16.60.113 dev
      |               ^
rs.conf:7:1: error: expected an IPv4 or IPv6 address without a netmask, got \"172.16.60.0/24\"
    7 | 172.16.60.0/24
      | ^
rs.conf:8:1: error: expected an IPv4 or IPv6 address without a netmask, got \"10.1\"
    8 | 10.1
      | ^" "$(rs start)"
is "nothing on lo" 0 "$(on lo 172.16.60.111)"
is "a wrong verb" "2 lvs-realserver: there is no verb \"begin\"" "$(rs begin | head -n 1)"

printf '172.16.60.111\r\n\tfd00:60::111 # six\n' > rs.conf
is "stopped" "3 172.16.60.111 is not on lo
fd00:60::111 is not on lo
lvs-realserver is stopped" "$(rs status)"
is "start" "0 lvs-realserver: 172.16.60.111 is on lo
lvs-realserver: fd00:60::111 is on lo" "$(rs start)"
is "held" "1 1" "$(on lo 172.16.60.111) $(on lo fd00:60::111)"
is "silent by ARP" no "$(answers 172.16.60.111)"
is "its own address is still answered for" yes "$(comes_to_answer 172.16.60.204)"
is "never the source of its own connections" 172.16.60.204 "$(ip route get 172.16.60.1 | sed -n 's/.* src \([^ ]*\).*/\1/p')"
there ip route add 172.16.60.111 via 172.16.60.204
there ip -6 route add fd00:60::111 via fd00:60::204
is "it answers who was sent to it" ok "$(there ping -q -c 1 -W 5 172.16.60.111 > /dev/null && echo ok)"
is "by IPv6, too" ok "$(there ping -q -c 1 -W 5 fd00:60::111 > /dev/null && echo ok)"
is "running" "0 172.16.60.111 is on lo
fd00:60::111 is on lo
lvs-realserver is running" "$(rs status)"
is "start again" "0 lvs-realserver: 172.16.60.111 is already on lo
lvs-realserver: fd00:60::111 is already on lo" "$(rs start)"

echo 0 > /proc/sys/net/ipv4/conf/all/arp_ignore
is "status notices that ARP speaks" "1 172.16.60.111 is on lo, but ARP is not silent: arp_ignore is 0 (wanted 1), arp_announce 2 (wanted 2)" "$(rs status | head -n 1)"
rs start > /dev/null
ip addr del 172.16.60.111/32 dev lo
is "status notices that a VIP is gone" "1 172.16.60.111 is not on lo" "$(rs status | head -n 1)"
rs start > /dev/null

# A device that is not there is made as a dummy, where the kernel has those.
made=1
ip link add vip0 type dummy 2> /dev/null && ip link del vip0 || { made=0; ip link add vip0 type bridge; }
printf '172.16.60.112 dev vip0\nfd00:60::111\n' > rs.conf
is "reload takes the new one and gives up the other" "0 lvs-realserver: 172.16.60.111 is off lo
lvs-realserver: 172.16.60.112 is on vip0
lvs-realserver: fd00:60::111 is already on lo" "$(rs reload)"
is "on a device of its own" "0 1" "$(on lo 172.16.60.111) $(on vip0 172.16.60.112)"
is "silent there, too" no "$(answers 172.16.60.112)"
printf 'nonsense\n' >> rs.conf
is "a bad reload keeps what runs" "6 1" "$(rs restart | head -c 1) $(on vip0 172.16.60.112)"
printf '172.16.60.112 dev vip0\nfd00:60::111\n' > rs.conf
is "stop" "0 lvs-realserver: fd00:60::111 is off lo
lvs-realserver: 172.16.60.112 is off vip0" "$(rs stop)"
is "a device that it made is gone, another is down again" $((1 - made)) "$(ip -o link | grep -c 'vip0:.*state DOWN')"
is "the settings are as before" "0 0" "$(setting all/arp_ignore) $(setting all/arp_announce)"
is "stop again" "0 lvs-realserver: nothing to stop" "$(rs stop)"

# What the administrator had there before is not ours to take away.
echo 2 > /proc/sys/net/ipv4/conf/all/arp_ignore
ip addr add 172.16.60.115/32 dev lo
printf '172.16.60.115\n' > rs.conf
rs start > /dev/null
is "a stricter setting stays" 2 "$(setting all/arp_ignore)"
rs stop > /dev/null
is "and so does an address that was there" "2 1" "$(setting all/arp_ignore) $(on lo 172.16.60.115)"

if ip link add probe0 type ipip local 127.0.0.1 2> /dev/null; then
  ip link del probe0
  printf '172.16.60.116 tun\n' > rs.conf
  echo 1 > /proc/sys/net/ipv4/conf/all/rp_filter
  is "a tunnel" "0 lvs-realserver: 172.16.60.116 is on tunl0" "$(rs start)"
  is "whose packets may come from anywhere" 2 "$(setting tunl0/rp_filter)"
  is "running" 0 "$(rs status | head -c 1)"
  echo 1 > /proc/sys/net/ipv4/conf/tunl0/rp_filter
  is "status notices the filter" "1 172.16.60.116 is on tunl0, but its rp_filter drops what comes through the tunnel (wanted 2)" "$(rs status | head -n 1)"
  rs stop > /dev/null
  is "and is down again" 0 "$(ip -o link show dev tunl0 | grep -c '[<,]UP[,>]')"
else
  printf '172.16.60.116 tun\n' > rs.conf
  is "no tunnel module" "1 lvs-realserver: there is no device tunl0; is the tunnel module of the kernel there?" "$(rs start)"
fi
exit $failed
