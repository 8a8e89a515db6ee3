#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Resource scripts against a real kernel, in namespaces of their own.
# $1 = source root, $2 = build root, $3 = send_arp, $4 = arp listener.
set -u
if [ "${INSIDE:-}" != 1 ]; then
  unshare -n -m true 2>/dev/null || { echo "SKIP: no right to make a network namespace"; exit 77; }
  INSIDE=1 exec unshare -n -m "$0" "$@"
fi
agents=$1/resource.d
work=$(mktemp -d) && mount --make-rprivate / && mount -t tmpfs none "$work" || exit 77
trap 'cd /; umount -R "$work"; rmdir "$work"' EXIT
mkdir "$work/bin" "$work/run"
ln -s "$(readlink -f "$3")" "$work/bin/send_arp"
ln -s "$(readlink -f "$3")" "$work/bin/send_ua"
listener=$(readlink -f "$4")
export HA_DIR="$2/etc" HA_FUNCS="$2/etc/shellfuncs" HA_NOARCHBIN="$1/resource.d" HA_RSCTMP="$work/run" HA_BIN="$work/bin"
export HA_LOGFILE="$work/log" HA_CURHOST=alice HA_DATEFMT='%Y/%m/%d_%T	'
exec </dev/null
failed=0

is() { # what, expected, got
  if [ "$2" = "$3" ]; then echo "ok: $1"; else failed=1; printf 'FAILED: %s\n  expected: %s\n  got:      %s\n' "$1" "$2" "$3"; fi
}
run() { out=$("$@" 2>&1); rc=$?; printf '%s %s' $rc "$out" | tr '\n' '|'; }
good="0 INFO:  Success" on="0 INFO:  Running OK" off="7 INFO:  Resource is stopped"

ip link set lo up
ip link add eth0 type veth peer name far0 || { echo "SKIP: no veth"; exit 77; }
ip link set far0 up
ip addr add 10.5.0.1/24 dev eth0
ip link set eth0 up
ip route add default via 10.5.0.254

# --- IPsrcaddr --------------------------------------------------------------------------------------------------
before=$(ip -4 route show)
source_of() { ip -4 route get "$1" | sed -n 's/.* src \([0-9.]*\).*/\1/p'; }
is "IPsrcaddr: not our address" "5 ERROR: We are not serving [10.5.0.77], hence can not make it a preferred source address|ERROR:  Program is not installed" "$(run "$agents/IPsrcaddr" 10.5.0.77 start)"
is "IPsrcaddr: not an address" "6 ERROR: Invalid IP address [eth0]|ERROR:  Program is not configured" "$(run "$agents/IPsrcaddr" eth0 start)"
is "IPsrcaddr: loopback" "6" "$(run "$agents/IPsrcaddr" 127.0.0.1 start | head -c 1)"
ip addr add 10.5.0.77/24 dev eth0
is "IPsrcaddr: stopped" "$off" "$(run "$agents/IPsrcaddr" 10.5.0.77 status)"
is "IPsrcaddr: start" "$good" "$(run "$agents/IPsrcaddr" 10.5.0.77 start)"
is "IPsrcaddr: far away" "10.5.0.77" "$(source_of 192.0.2.1)"
is "IPsrcaddr: nearby" "10.5.0.77" "$(source_of 10.5.0.9)"
is "IPsrcaddr: running" "$on" "$(run "$agents/IPsrcaddr" 10.5.0.77 status)"
is "IPsrcaddr: start again" "$good" "$(run "$agents/IPsrcaddr" 10.5.0.77 start)"
is "IPsrcaddr: stop" "$good" "$(run "$agents/IPsrcaddr" 10.5.0.77 stop)"
is "IPsrcaddr: every route is as it was" "$before" "$(ip -4 route show)"
is "IPsrcaddr: stop again" "$good" "$(run "$agents/IPsrcaddr" 10.5.0.77 stop)"
"$agents/IPsrcaddr" 10.5.0.77 start > /dev/null
rm -f "$work/run/"*
is "IPsrcaddr: stop without its memory" "$good" "$(run "$agents/IPsrcaddr" 10.5.0.77 stop)"
is "IPsrcaddr: the routes are as they were" "$before" "$(ip -4 route show)"
"$agents/IPsrcaddr" 10.5.0.77 start > /dev/null
ip addr del 10.5.0.77/24 dev eth0
is "IPsrcaddr: the address went first" "$good" "$(run "$agents/IPsrcaddr" 10.5.0.77 stop)"
is "IPsrcaddr: the routes are there" "$before" "$(ip -4 route show)"
ip route replace default via 10.5.0.254 proto static metric 50
ip route del default via 10.5.0.254 metric 0
ip addr add 10.5.0.77/24 dev eth0
before=$(ip -4 route show)
is "IPsrcaddr: a route with a metric" "$good 10.5.0.77 $good" "$(run "$agents/IPsrcaddr" 10.5.0.77 start) $(source_of 192.0.2.1) $(run "$agents/IPsrcaddr" 10.5.0.77 stop)"
is "IPsrcaddr: has it again" "$before" "$(ip -4 route show)"

# --- portblock --------------------------------------------------------------------------------------------------
if iptables -w -n -L INPUT > /dev/null 2>&1; then
  rules() { iptables -S INPUT | grep -c -- '--dports 80,443 -j DROP'; }
  is "portblock: stopped" "$off" "$(run "$agents/portblock" tcp 80,443 block status)"
  is "portblock: start" "$good 1" "$(run "$agents/portblock" tcp 80,443 block start) $(rules)"
  is "portblock: start again" "$good 1" "$(run "$agents/portblock" tcp 80,443 block start) $(rules)"
  is "portblock: running" "$on" "$(run "$agents/portblock" tcp 80,443 block status)"
  is "portblock: unblock" "$good 0" "$(run "$agents/portblock" tcp 80,443 unblock start) $(rules)"
  is "portblock: unblock stops" "$good 1" "$(run "$agents/portblock" tcp 80,443 unblock stop) $(rules)"
  is "portblock: stop" "$good 0" "$(run "$agents/portblock" tcp 80,443 block stop) $(rules)"
  is "portblock: stop again" "$good 0" "$(run "$agents/portblock" tcp 80,443 block stop) $(rules)"
else
  echo "skipped: portblock, this kernel filters no packets"
fi

# --- Filesystem -------------------------------------------------------------------------------------------------
here=$work/data
is "Filesystem: stopped" "$off" "$(run "$agents/Filesystem" none "$here" tmpfs status)"
is "Filesystem: start makes the folder" "$good" "$(run "$agents/Filesystem" none "$here" tmpfs size=1m start)"
is "Filesystem: with its options" "1" "$(grep -c "$here tmpfs .*size=1024k" /proc/self/mounts)"
is "Filesystem: running" "$on" "$(run "$agents/Filesystem" none "$here/" tmpfs status)"
is "Filesystem: start again" "$good 1" "$(run "$agents/Filesystem" none "$here" tmpfs start) $(grep -c " $here " /proc/self/mounts)"
ln -s data "$work/alias"
is "Filesystem: by another name" "$on" "$(run "$agents/Filesystem" none "$work/alias" tmpfs status)"
mkdir "$here/below" "$here/with blank"
mount -t tmpfs none "$here/below"
mount -t tmpfs none "$here/with blank"
sh -c 'cd "$0/below"; trap "" TERM; : > ready; while :; do sleep 0.1; done' "$here" &
sh -c 'exec 3> "$0/open"; : > "$0/ready"; while :; do sleep 0.1; done' "$here" &
left=100; until [ -e "$here/below/ready" ] && [ -e "$here/ready" ] || [ $left = 0 ]; do left=$((left - 1)); sleep 0.1; done
is "Filesystem: its users have to go, and what is mounted below" "$good 0" "$(run "$agents/Filesystem" none "$here" tmpfs stop) $(grep -c "$here" /proc/self/mounts)"
is "Filesystem: they were told, and one was made to" "TERM TERM KILL" "$(sed -n 's/.*sending signal \([A-Z]*\) to.*/\1/p' "$work/log" | sort -r | uniq -c | sed 's/^ *[1-9][0-9]* TERM/TERM TERM/;s/^ *[1-9][0-9]* KILL/KILL/' | tr '\n' ' ' | sed 's/ $//')"
is "Filesystem: stop again" "$good" "$(run "$agents/Filesystem" none "$here" tmpfs stop)"
is "Filesystem: a name with blanks" "$good $on $good" "$(run "$agents/Filesystem" none "$work/a b" tmpfs start) $(run "$agents/Filesystem" none "$work/a b" tmpfs status) $(run "$agents/Filesystem" none "$work/a b" tmpfs stop)"
is "Filesystem: no such device" "5 ERROR: Couldn't find device [/dev/nothing]. Expected /dev/??? to exist|ERROR:  Program is not installed" "$(run "$agents/Filesystem" /dev/nothing "$work/x" ext4 start)"
is "Filesystem: mount refuses" "1" "$(run "$agents/Filesystem" none "$work/x" no-such-type start | head -c 1)"
is "Filesystem: never the root" "1" "$(run "$agents/Filesystem" none / tmpfs stop | head -c 1)"
mkdir -p "$here/below" && mount -t tmpfs none "$here/below"
is "Filesystem: somebody mounted below" "6" "$(run "$agents/Filesystem" none "$here" tmpfs start | head -c 1)"
is "Filesystem: which stays" "$good 1" "$(run "$agents/Filesystem" none "$here" tmpfs stop) $(grep -c "$here/below" /proc/self/mounts)"

# --- SendArp ----------------------------------------------------------------------------------------------------
"$listener" far0 10.5.0.88 10 > "$work/arp" &
listening=$!
left=100; until [ -s "$work/arp" ] || [ $left = 0 ]; do left=$((left - 1)); sleep 0.1; done
is "SendArp: start" "$good" "$(run "$agents/SendArp" 10.5.0.88/eth0 start)"
wait $listening
is "SendArp: ten packets" "ready request reply request reply request reply request reply request reply" "$(tr '\n' ' ' < "$work/arp" | sed 's/ *$//')"
is "SendArp: running" "$on" "$(run "$agents/SendArp" 10.5.0.88/eth0 status)"
is "SendArp: stop" "$good" "$(run "$agents/SendArp" 10.5.0.88/eth0 stop)"
is "SendArp: no such device" "1 $work/bin/send_arp: there is no device eth9|ERROR:  Generic error" "$(run "$agents/SendArp" 10.5.0.88/eth9 start)"
is "send_arp: usage" "1 usage: $work/bin/send_arp [-i repeatinterval-ms] [-r repeatcount] [-p pidfile] device src_ip_addr src_hw_addr|auto broadcast_ip_addr netmask" "$(run "$work/bin"/send_arp eth0)"
is "send_arp: not a hardware address" "1 $work/bin/send_arp: zz is not a hardware address" "$(run "$work/bin"/send_arp eth0 10.5.0.88 zz x x)"
is "send_ua" "1 $work/bin/send_ua: nothing is not an address" "$(run "$work/bin"/send_ua nothing 64 eth0)"
ip -6 addr add fd00:5::1/64 dev eth0 nodad
is "send_ua: sent" "0 " "$(run "$work/bin"/send_ua -p "$work/pid" fd00:5::1 64 eth0)"
is "send_ua: no pid file is left" "no" "$([ -e "$work/pid" ] && echo yes || echo no)"
exit $failed
