#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The real agent against a real kernel, in a network namespace of its own. $1 = ipaddr, $2 = arp listener.
set -u
if [ "${INSIDE:-}" != 1 ]; then
  unshare -n -m true 2>/dev/null || { echo "SKIP: no right to make a network namespace"; exit 77; }
  INSIDE=1 exec unshare -n -m "$0" "$@"
fi
agents=$(mktemp -d) && mount --make-rprivate / && mount -t tmpfs none "$agents" || exit 77
for name in IPaddr IPv6addr; do ln -s "$(readlink -f "$1")" "$agents/$name"; done
trap 'cd /; umount "$agents"; rmdir "$agents"' EXIT
listener=$(readlink -f "$2")
export HA_LOGFILE="$agents/log" HA_DEBUGLOG="$agents/debug" HA_DATEFMT='%Y/%m/%d_%T	'
exec </dev/null
failed=0

ip link set lo up
ip link add eth0 type veth peer name far0 || { echo "SKIP: no veth"; exit 77; }
ip link set far0 up
ip addr add 172.16.60.206/24 brd + dev eth0
ip link set eth0 up
ip link add eth1 type veth peer name far1
ip link set far1 up

is() { # what, expected, got
  if [ "$2" = "$3" ]; then echo "ok: $1"; else failed=1; printf 'FAILED: %s\n  expected: %s\n  got:      %s\n' "$1" "$2" "$3"; fi
}
run() { out=$("$@" 2>&1); rc=$?; echo "$rc $out"; }
shows() { ip -o -4 addr show | sed -n "s/.*\(inet $1[/ ].*\)/\1/p" | sed 's/\\.*//; s/ *$//'; }

is "stopped" "7 INFO:  Resource is stopped" "$(run "$agents/IPaddr" 172.16.60.111 status)"
is "start" "0 INFO:  Success" "$(run "$agents/IPaddr" 172.16.60.111 start)"
is "as the drill shows it" "inet 172.16.60.111/24 brd 172.16.60.255 scope global secondary eth0" "$(shows 172.16.60.111)"
is "running" "0 INFO:  Running OK" "$(run "$agents/IPaddr" 172.16.60.111 status)"
is "monitor" "0 INFO:  Running OK" "$(run "$agents/IPaddr" 172.16.60.111 monitor)"
is "start again" "0 INFO:  Success" "$(run "$agents/IPaddr" 172.16.60.111 start)"
is "stop" "0 INFO:  Success" "$(run "$agents/IPaddr" 172.16.60.111 stop)"
is "gone" "" "$(shows 172.16.60.111)"
is "stop again" "0 INFO:  Success" "$(run "$agents/IPaddr" 172.16.60.111 stop)"
is "own address untouched" "inet 172.16.60.206/24 brd 172.16.60.255 scope global eth0" "$(shows 172.16.60.206)"

run "$agents/IPaddr" 172.16.60.112/24/eth0:0 start >/dev/null
is "alias" "inet 172.16.60.112/24 brd 172.16.60.255 scope global secondary eth0:0" "$(shows 172.16.60.112)"
run "$agents/IPaddr" 172.16.60.112/24/eth0:0 stop >/dev/null
run "$agents/IPaddr" 10.9.9.9//8/eth1:10 start >/dev/null
is "two slashes, and the device comes up" "inet 10.9.9.9/8 brd 10.255.255.255 scope global eth1:10" "$(shows 10.9.9.9)"
run "$agents/IPaddr" 10.9.9.9//8/eth1:10 stop >/dev/null
is "no route" "1 ERROR:  Generic error" "$(run "$agents/IPaddr" 203.0.113.9 start)"
is "no such device" "1 ERROR:  Generic error" "$(run "$agents/IPaddr" 203.0.113.9/24/eth9 start)"
is "no address" "6 ERROR:  Program is not configured" "$(run "$agents/IPaddr" vip start)"

# The VIP that a real server or director keeps on lo is not the cluster's.
ip addr add 172.16.60.113/32 dev lo
is "on lo is not running" "7 INFO:  Resource is stopped" "$(run "$agents/IPaddr" 172.16.60.113 status)"
is "starts beside it" "0 INFO:  Success" "$(run "$agents/IPaddr" 172.16.60.113 start)"
run "$agents/IPaddr" 172.16.60.113 stop >/dev/null
is "and leaves it" "inet 172.16.60.113/32 scope global lo" "$(shows 172.16.60.113)"

# Another group's address must survive when the first one of its network goes.
echo 0 > /proc/sys/net/ipv4/conf/eth1/promote_secondaries
run "$agents/IPaddr" 192.168.7.1/24/eth1 start >/dev/null
run "$agents/IPaddr" 192.168.7.2/24/eth1 start >/dev/null
run "$agents/IPaddr" 192.168.7.1/24/eth1 stop >/dev/null
is "the other address stays" "inet 192.168.7.2/24 brd 192.168.7.255 scope global eth1" "$(shows 192.168.7.2)"
is "the first is gone" "" "$(shows 192.168.7.1)"

is "IPv6" "0 INFO:  Success" "$(run "$agents/IPv6addr" fd00:60::111/64/eth0 start)"
is "usable at once" "1" "$(ip -6 -o addr show dev eth0 | grep 'fd00:60::111/64 scope global' | grep -vc tentative)"
is "never the source of the node's own connections" "1" "$(ip -6 -o addr show dev eth0 | grep 'fd00:60::111/64' | grep -c 'valid_lft forever preferred_lft 0sec')"
is "IPv6 running" "0 INFO:  Running OK" "$(run "$agents/IPv6addr" fd00:60::111 status)"
is "IPv6 stop" "0 INFO:  Success" "$(run "$agents/IPv6addr" fd00:60::111/64/eth0 stop)"
is "IPv6 gone" "7 INFO:  Resource is stopped" "$(run "$agents/IPv6addr" fd00:60::111 status)"

# Announcements: five bursts of request and reply, the first at once, the others while start has long returned.
"$listener" far0 172.16.60.114 10 > "$agents/arp" &
listening=$!
i=0; while [ ! -s "$agents/arp" ] && [ $i -lt 100 ]; do sleep 0.05; i=$((i + 1)); done
run "$agents/IPaddr" 172.16.60.114 start >/dev/null
wait $listening
is "ten packets, request and reply in turn" "ready request reply request reply request reply request reply request reply" "$(tr '\n' ' ' < "$agents/arp" | sed 's/ *$//')"

# Asked to start what it holds, it tells the network again: another node may have let go of the address just now.
: > "$agents/arp"
"$listener" far0 172.16.60.114 10 > "$agents/arp" &
listening=$!
i=0; while [ ! -s "$agents/arp" ] && [ $i -lt 100 ]; do sleep 0.05; i=$((i + 1)); done
is "start again" "0 INFO:  Success" "$(run "$agents/IPaddr" 172.16.60.114 start)"
wait $listening
is "told again" "ready request reply request reply request reply request reply request reply" "$(tr '\n' ' ' < "$agents/arp" | sed 's/ *$//')"
run "$agents/IPaddr" 172.16.60.114 stop >/dev/null

is "log line" "1" "$(grep -cE '^[0-9/]{10}_[0-9:]{8}  IPaddr\(IPaddr_172\.16\.60\.111\)\[[0-9]+\]:    INFO: Adding inet address 172\.16\.60\.111/24 with broadcast address 172\.16\.60\.255 to device eth0$' "$agents/log")"
is "debug line" "1" "$(grep -cE '^IPaddr\(IPaddr_172\.16\.60\.111\)\[[0-9]+\]:	[0-9/]{10}_[0-9:]{8} INFO: Adding inet address' "$agents/debug")"
is "nothing went wrong on the way" "0" "$(grep -c WARNING "$agents/log")"
exit $failed
