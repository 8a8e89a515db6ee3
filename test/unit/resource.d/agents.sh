#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The resource scripts in shell, with stand-ins for the programs that they call. Each stand-in keeps what it was told in
# a file and writes down how it was called. $1 = source root, $2 = build root.
# shellcheck disable=SC2016 # the stand-ins expand theirs themselves
set -u
# A stand-in that is not found must not let the real program loose on this machine.
if [ "${INSIDE:-}" != 1 ] && unshare -n -m true 2>/dev/null; then INSIDE=1 exec unshare -n -m "$0" "$@"; fi
source=$1 build=$2
exec </dev/null
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

is() { # what, expected, got
  if [ "$2" = "$3" ]; then echo "ok: $1"; else failed=1; printf 'FAILED: %s\n  expected: %s\n  got:      %s\n' "$1" "$2" "$3"; fi
}
run() { out=$("$@" 2>&1); rc=$?; printf '%s %s' $rc "$out" | tr '\n' '|'; }
calls() { if [ -f "$work/calls" ]; then tr '\n' '|' < "$work/calls"; rm -f "$work/calls"; fi; }
stand_in() { # NAME, script on standard input; $state is a folder of its own
  { printf '#!/bin/sh\nstate=%s\necho "%s $*" >> %s/calls\n' "$work/state" "$1" "$work"; cat; } > "$work/bin/$1"
  chmod +x "$work/bin/$1"
}
until_said() { # FILE TEXT: background work
  left=300
  until grep -q -e "$2" "$1" 2>/dev/null; do
    left=$((left - 1))
    [ $left -gt 0 ] || return 1
    sleep 0.1
  done
}

mkdir -p "$work/ha.d" "$work/bin" "$work/run" "$work/state" "$work/libexec"
cp "$build/etc/shellfuncs" "$work/ha.d/"
export HA_DIR="$work/ha.d" HA_FUNCS="$work/ha.d/shellfuncs" HA_NOARCHBIN="$source/resource.d" HA_RSCTMP="$work/run"
export HA_LOGFILE="$work/log" HA_CURHOST=alice HA_DATEFMT='%Y/%m/%d_%T	' HA_BIN="$work/libexec" HA_SBIN_DIR="$work/bin" PATH="$work/bin:$PATH"
unset HA_LOGFACILITY HA_DEBUGLOG 2>/dev/null
agents=$source/resource.d
good="0 INFO:  Success" on="0 INFO:  Running OK" off="7 INFO:  Resource is stopped"
verbs="(start|stop|status|usage|meta-data)"

# life NAME ARGUMENTS...: stopped, started twice, stopped twice, and each time it says so
life() {
  name=$1
  shift
  is "$name: stopped" "$off" "$(run "$agents/$name" "$@" status)"
  is "$name: start" "$good" "$(run "$agents/$name" "$@" start)"
  is "$name: running" "$on" "$(run "$agents/$name" "$@" status)"
  is "$name: monitor" "$on" "$(run "$agents/$name" "$@" monitor)"
  is "$name: start again" "$good" "$(run "$agents/$name" "$@" start)"
  is "$name: still running" "$on" "$(run "$agents/$name" "$@" status)"
  is "$name: stop" "$good" "$(run "$agents/$name" "$@" stop)"
  is "$name: stopped again" "$off" "$(run "$agents/$name" "$@" status)"
  is "$name: stop again" "$good" "$(run "$agents/$name" "$@" stop)"
}

# --- what all have in common ------------------------------------------------------------------------------------
for call in "Delay 1 2" "MailTo a@b" AudibleAlarm "WinPopup x" "Xinetd x" "SendArp a/b" "IPsrcaddr 10.0.0.1" "LVM vg" \
  "Raid1 /x md0" "apache" "portblock tcp 80 block" "Filesystem /dev/x /mnt" "LVSSyncDaemonSwap master" "systemd x"; do
  # shellcheck disable=SC2086
  is "$call: unknown verb" "1 ERROR: Unknown operation: dance" "$(run $agents/$call dance | sed 's/|.*//')"
  # shellcheck disable=SC2086
  is "$call: asked for its usage" "1" "$(run $agents/$call usage | grep -ci "^1 usage: .*stop" | sed 's/^/1/;s/11/1/;s/10/no usage/')"
done
is "nothing was done by these" "" "$(ls "$work/run"; calls)"

# --- Delay ------------------------------------------------------------------------------------------------------
stand_in sleep < /dev/null
life Delay 3 4
is "Delay waits as long as it was told, and once" "sleep 3|sleep 4|" "$(calls)"
"$agents/Delay" start >/dev/null; "$agents/Delay" stop > /dev/null
is "Delay without numbers" "sleep 10|sleep 30|" "$(calls)"
is "Delay: not a number" "2 ERROR: a delay is a number of seconds, not x or 30|ERROR:  Illegal argument" "$(run "$agents/Delay" x start)"
is "Delay: too many" "1 usage: $agents/Delay [delay [stopdelay]] $verbs" "$(run "$agents/Delay" 1 2 3 start)"
rm "$work/bin/sleep"

# --- MailTo -----------------------------------------------------------------------------------------------------
stand_in mail <<'STUB'
cat > "$state/mail"
STUB
life MailTo ops@example.net "Web group"
until_said "$work/calls" Takeover
until_said "$work/calls" Migrating
is "MailTo: one mail each" "mail -s Web group Migrating resource away at D from alice ops@example.net|mail -s Web group Takeover in progress at D on alice ops@example.net|" \
  "$(sed 's/at .* \(on\|from\) /at D \1 /' "$work/calls" | LC_ALL=C sort | tr '\n' '|'; calls >/dev/null)"
is "MailTo: no address" "1 At least 1 Email address has to be given!|Usage: $agents/MailTo <email> [<subject>] $verbs" "$(run "$agents/MailTo" start)"
is "MailTo: an option is not an address" "6" "$(run "$agents/MailTo" -oX start | head -c 1)"
is "MailTo: no mailer" "5 ERROR: there is no program that sends mail: mail, mailx or sendmail|ERROR:  Program is not installed" \
  "$(MAILCMD=no-such-mailer run "$agents/MailTo" a@b start)"
is "MailTo: stop needs none" "$good" "$(MAILCMD=no-such-mailer run "$agents/MailTo" a@b stop)"
stand_in sendmail <<'STUB'
cat > "$state/sendmail"
STUB
MAILCMD=sendmail "$agents/MailTo" a@b start > /dev/null
until_said "$work/state/sendmail" "Command line"
is "MailTo by sendmail" "To: a@b|Subject: Resource Group Takeover" "$(head -n 2 "$work/state/sendmail" | cut -c 1-32 | tr '\n' '|' | sed 's/|$//')"

# --- AudibleAlarm -----------------------------------------------------------------------------------------------
export CONSOLE="$work/console"
: > "$CONSOLE"
life AudibleAlarm bob
is "AudibleAlarm is silent where it was told" "$good" "$(run "$agents/AudibleAlarm" bob alice start)"
is "AudibleAlarm: yet it runs" "$on" "$(run "$agents/AudibleAlarm" bob alice status)"
is "AudibleAlarm: no process" "no" "$([ -e "$work/run/AudibleAlarm-pid" ] && echo yes || echo no)"
"$agents/AudibleAlarm" bob alice stop > /dev/null
"$agents/AudibleAlarm" start > /dev/null
read -r beeper < "$work/run/AudibleAlarm-pid"
until_said "$CONSOLE" "$(printf '\a')"
is "AudibleAlarm beeps" "0" $?
"$agents/AudibleAlarm" stop > /dev/null
left=200; while kill -0 "$beeper" 2>/dev/null && [ $left -gt 0 ]; do left=$((left - 1)); sleep 0.1; done
is "AudibleAlarm: silence" "gone" "$(kill -0 "$beeper" 2>/dev/null || echo gone)"

# --- WinPopup ---------------------------------------------------------------------------------------------------
is "WinPopup refuses and says what to do" "5 ERROR: no Windows listens for pop-up messages any more; take WinPopup out of haresources, MailTo may serve instead|ERROR:  Program is not installed" \
  "$(run "$agents/WinPopup" /etc/hosts start)"
is "WinPopup: stop" "$good" "$(run "$agents/WinPopup" stop)"
is "WinPopup: status" "$off" "$(run "$agents/WinPopup" status)"

# --- Xinetd -----------------------------------------------------------------------------------------------------
stand_in pidof <<'STUB'
cat "$state/xinetd" 2>/dev/null
STUB
export XINETD_DIR="$work/xinetd.d"
mkdir "$XINETD_DIR"
printf '# default: off\nservice imap\n{\n\tsocket_type\t= stream\n\tdisable\t\t= yes\n}\n' > "$XINETD_DIR/imap"
chmod 640 "$XINETD_DIR/imap"
is "Xinetd: no daemon" "5 ERROR: xinetd not running, we manage just xinetd services, not the daemon itself|ERROR:  Program is not installed" "$(run "$agents/Xinetd" imap start)"
env --default-signal=HUP sh -c 'trap "echo reread >> $0; sleep 1" HUP; echo $$ > $1; while [ -e $1 ]; do sleep 0.05; done' "$work/reread" "$work/state/xinetd" &
until_said "$work/state/xinetd" .
life Xinetd imap
until_said "$work/reread" reread
is "Xinetd: the daemon was told" "0" $?
is "Xinetd: only the one word has changed" "# default: off|service imap|{|	socket_type	= stream|	disable		= yes|}|" "$(tr '\n' '|' < "$XINETD_DIR/imap")"
is "Xinetd: the mode is as it was" "640" "$(stat -c %a "$XINETD_DIR/imap")"
printf 'service pop\n{\n}\n' > "$XINETD_DIR/pop"
is "Xinetd: enabled by default" "$on" "$(run "$agents/Xinetd" pop status)"
"$agents/Xinetd" pop stop > /dev/null
is "Xinetd: a line is put in" "service pop|{|	disable = yes|}|" "$(tr '\n' '|' < "$XINETD_DIR/pop")"
is "Xinetd: no such service" "5 ERROR: service definition $XINETD_DIR/ftp not found!|ERROR:  Program is not installed" "$(run "$agents/Xinetd" ftp start)"
is "Xinetd: nothing left in the folder" "imap pop " "$(ls -A "$XINETD_DIR" | tr '\n' ' ')"
is "Xinetd: not a name" "1" "$(run "$agents/Xinetd" ../passwd stop | head -c 1)"
rm "$work/state/xinetd" "$work/bin/pidof"
wait
calls > /dev/null

# --- SendArp ----------------------------------------------------------------------------------------------------
# Their own file: one that comes late, in the background, is not taken for what another script calls.
printf '#!/bin/sh\necho "send_arp $*" >> "%s/arps"\n' "$work" > "$work/libexec/send_arp"
chmod +x "$work/libexec/send_arp"
"$agents/SendArp" 10.0.0.1/eth0 start > /dev/null
until_said "$work/arps" "-r 4"  # in the background: a stop that comes at once may be earlier
is "SendArp: at once, and again" "send_arp -r 1 eth0 10.0.0.1 auto not_used not_used|send_arp -i 200 -r 4 eth0 10.0.0.1 auto not_used not_used|" "$(tr '\n' '|' < "$work/arps")"
"$agents/SendArp" 10.0.0.1/eth0 stop > /dev/null
life SendArp 10.0.0.1/eth0
is "SendArp: no device" "6 ERROR: both are needed: ip-address/interface|ERROR:  Program is not configured" "$(run "$agents/SendArp" 10.0.0.1 start)"
printf '#!/bin/sh\necho "there is no device eth9"; exit 1\n' > "$work/libexec/send_arp"
is "SendArp: refused" "1 there is no device eth9|ERROR:  Generic error" "$(run "$agents/SendArp" 10.0.0.1/eth9 start)"
is "SendArp: then it does not run" "$off" "$(run "$agents/SendArp" 10.0.0.1/eth9 status)"

# --- LVM --------------------------------------------------------------------------------------------------------
export LVM_DEV="$work/dev"
mkdir "$LVM_DEV"
stand_in vgs <<'STUB'
[ "$1" = data ]
STUB
stand_in vgscan < /dev/null
stand_in vgchange <<'STUB'
case $2 in
  ly) mkdir -p "$LVM_DEV/$3"; : > "$LVM_DEV/$3/home" ;;
  ln) [ ! -e "$state/busy" ] || { rm "$state/busy"; exit 5; }; rm -r "$LVM_DEV/$3" ;;
esac
STUB
life LVM data
is "LVM: what was called" "vgs data|vgchange -a ly data|vgchange -a ln data|" "$(calls)"
"$agents/LVM" /dev/data start > /dev/null
touch "$work/state/busy"
is "LVM: a busy one is tried again" "$good" "$(run "$agents/LVM" data stop)"
"$agents/LVM" data start > /dev/null
: > "$work/state/tries"
stand_in vgchange <<'STUB'
echo once more >> "$state/tries"
exit 5
STUB
stand_in date <<'STUB'
case $1 in +%s) echo $((1000 + 4 * $(wc -l < "$state/tries"))) ;; *) exec /bin/date "$@" ;; esac
STUB
stand_in sleep < /dev/null
is "LVM: one that stays busy" "1 ERROR: LVM: data did not stop correctly|ERROR:  Generic error" "$(run "$agents/LVM" data stop)"
is "LVM: ten seconds it is tried, however long vgchange itself takes" 3 "$(wc -l < "$work/state/tries")"
rm "$work/bin/date" "$work/bin/sleep"
is "LVM: and it runs" "$on" "$(run "$agents/LVM" data status)"
is "LVM: no such group" "1 ERROR: Volume group [nothing] does not exist or contains error!|ERROR:  Generic error" "$(run "$agents/LVM" nothing start)"
calls > /dev/null

# --- Raid1 ------------------------------------------------------------------------------------------------------
export MDSTAT="$work/mdstat"
printf 'Personalities : [raid1]\nmd127 : active raid1 sda1[0]\n' > "$MDSTAT"
printf 'DEVICE /dev/sd*\nARRAY /dev/md0 UUID=1\nARRAY /dev/md1 UUID=2\n' > "$work/mdadm.conf"
stand_in mdadm <<'STUB'
case $1 in
  --assemble) echo "${2##*/} : active raid1 sdb1[0]" >> "$MDSTAT" ;;
  --stop) sed -i "/^${2##*/} :/d" "$MDSTAT" ;;
esac
STUB
life Raid1 "$work/mdadm.conf" /dev/md0
is "Raid1: what was called" "mdadm --assemble /dev/md0 --config=$work/mdadm.conf|mdadm --stop /dev/md0|" "$(calls)"
life Raid1 "$work/mdadm.conf" auto
is "Raid1: all of them" "mdadm --assemble /dev/md0 --config=$work/mdadm.conf|mdadm --assemble /dev/md1 --config=$work/mdadm.conf|mdadm --stop /dev/md0|mdadm --stop /dev/md1|" "$(calls)"
echo "md1 : active raid1 sdb1[0]" >> "$MDSTAT"
is "Raid1: one of two" "1 INFO:  partly running" "$(run "$agents/Raid1" "$work/mdadm.conf" auto status)"
is "Raid1: the other is started" "$good" "$(run "$agents/Raid1" "$work/mdadm.conf" auto start)"
is "Raid1: both" "$on" "$(run "$agents/Raid1" "$work/mdadm.conf" auto status)"
is "Raid1: both are stopped" "$good" "$(run "$agents/Raid1" "$work/mdadm.conf" auto stop)"
is "Raid1: what that called" "mdadm --assemble /dev/md0 --config=$work/mdadm.conf|mdadm --stop /dev/md0|mdadm --stop /dev/md1|" "$(calls)"
is "Raid1: somebody else's runs on" "md127 : active raid1 sda1[0]" "$(tail -n 1 "$MDSTAT")"
calls > /dev/null
echo "md0 : inactive loop0[0](S)" >> "$MDSTAT"
is "Raid1: half of one does not run" "$off" "$(run "$agents/Raid1" "$work/mdadm.conf" /dev/md0 status)"
is "Raid1: its disks are let go of" "$good mdadm --stop /dev/md0|" "$(run "$agents/Raid1" "$work/mdadm.conf" /dev/md0 stop) $(calls)"
is "Raid1: no file" "5 ERROR: Configuration file [$work/none] does not exist, or can not be opened!|ERROR:  Program is not installed" "$(run "$agents/Raid1" "$work/none" /dev/md0 start)"
is "Raid1: no file, stop" "$good" "$(run "$agents/Raid1" "$work/none" /dev/md0 stop)"

# --- apache -----------------------------------------------------------------------------------------------------
export HTTPD="$work/bin/httpd"
printf 'PidFile somewhere\n' > "$work/httpd.conf"
stand_in httpd <<'STUB'
case $* in
  *DUMP_RUN_CFG*) echo "PidFile: \"$state/run/httpd.pid\"" ;;
  *-t*) [ ! -e "$state/broken" ] || { echo "Syntax error on line 1"; exit 1; } ;;
  *start*) setsid sh -c 'echo $$ > "$0.new"; mv "$0.new" "$0"; trap "rm -f \"$0\"; exit" TERM; while :; do sleep 0.05; done' "$state/run/httpd.pid" > /dev/null 2>&1 & ;;
esac
STUB
life apache "$work/httpd.conf"
touch "$work/state/broken"
is "apache: a broken configuration" "6 ERROR: Syntax error on line 1|ERROR:  Program is not configured" "$(run "$agents/apache" "$work/httpd.conf" start)"
is "apache: no configuration" "5 ERROR: Configuration file /nowhere not found!|ERROR:  Program is not installed" "$(run "$agents/apache" /nowhere start)"
is "apache: no program" "5 ERROR: apache httpd program not found|ERROR:  Program is not installed" "$(HTTPD=/nowhere run "$agents/apache" "$work/httpd.conf" start)"
is "apache: no program, stop" "$good" "$(HTTPD=/nowhere run "$agents/apache" "$work/httpd.conf" stop)"
calls > /dev/null

# --- portblock --------------------------------------------------------------------------------------------------
stand_in iptables <<'STUB'
[ "$1" = -w ] || exit 2
shift
verb=$1
shift
case $verb in
  -C) grep -qxF -e "$*" "$state/rules" 2>/dev/null ;;
  -I) echo "$*" >> "$state/rules" ;;
  -D) sed -i '1{/./d}' "$state/rules" ;;
  -n) exit 0 ;;
esac
STUB
export IP6TABLES=no-such-program
life portblock tcp 80,443 block
is "portblock: as iptables was asked" "iptables -w -I INPUT -p tcp -m multiport --dports 80,443 -j DROP" "$(grep -e -I "$work/calls")"
is "unblock: stopped" "$off" "$(run "$agents/portblock" tcp 80,443 unblock status)"
"$agents/portblock" tcp 80,443 block start > /dev/null
is "unblock: start" "$good" "$(run "$agents/portblock" tcp 80,443 unblock start)"
is "unblock: running" "$on" "$(run "$agents/portblock" tcp 80,443 unblock status)"
is "unblock: the rule is gone" "" "$(cat "$work/state/rules")"
is "unblock: then block is stopped" "$off" "$(run "$agents/portblock" tcp 80,443 block status)"
is "unblock: stop" "$good" "$(run "$agents/portblock" tcp 80,443 unblock stop)"
is "unblock: the rule is back" "INPUT -p tcp -m multiport --dports 80,443 -j DROP" "$(cat "$work/state/rules")"
is "portblock: not a protocol" "1 icmp is not a protocol; tcp and udp are" "$(run "$agents/portblock" icmp 80 block start | sed 's/|.*//')"
is "portblock: not ports" "1 80;reboot is not a list of ports" "$(run "$agents/portblock" tcp "80;reboot" block start | sed 's/|.*//')"
is "portblock: nothing has changed" "1" "$(wc -l < "$work/state/rules")"
is "portblock: no iptables" "5 ERROR: no-iptables is not installed|ERROR:  Program is not installed" "$(IPTABLES=no-iptables run "$agents/portblock" tcp 80 block start)"
cp "$work/bin/iptables" "$work/bin/ip6tables"
sed -i 's,/rules,/rules6,' "$work/bin/ip6tables"
: > "$work/state/rules"
IP6TABLES=ip6tables "$agents/portblock" udp 53 block start > /dev/null
is "portblock: both families" "INPUT -p udp -m multiport --dports 53 -j DROP|INPUT -p udp -m multiport --dports 53 -j DROP|" "$(cat "$work/state/rules" "$work/state/rules6" | tr '\n' '|')"
calls > /dev/null

# --- LVSSyncDaemonSwap ------------------------------------------------------------------------------------------
stand_in ipvsadm <<'STUB'
case $1 in
  -L) cat "$state/daemons" 2>/dev/null ;;
  --start-daemon) echo "$2 sync daemon (mcast=$4, syncid=$6)" >> "$state/daemons" ;;
  --stop-daemon) sed -i "/^$2 sync/d" "$state/daemons" ;;
esac
STUB
swap="$agents/LVSSyncDaemonSwap"
is "swap: stopped" "7 master stopped" "$(run "$swap" master lo status)"
is "swap: start" "$good" "$(run "$swap" master lo start)"
is "swap: running" "0 master running" "$(run "$swap" master lo status)"
is "swap: start again" "$good" "$(run "$swap" master lo start)"
is "swap: stop" "$good" "$(run "$swap" master lo stop)"
is "swap: now the other" "backup sync daemon (mcast=lo, syncid=0)" "$(cat "$work/state/daemons")"
is "swap: stop again" "$good" "$(run "$swap" master lo stop)"
is "swap: with a sync id" "$good" "$(run "$swap" master lo 7 start)"
is "swap: the other has ended" "master sync daemon (mcast=lo, syncid=7)" "$(cat "$work/state/daemons")"
is "swap: backup is the other way round" "7 backup stopped" "$(run "$swap" backup lo status)"
is "swap: no such role" "1 slave is neither master nor backup" "$(run "$swap" slave start | sed 's/|.*//')"
is "swap: no such device" "6 ERROR: there is no device eth99|ERROR:  Program is not configured" "$(rm "$work/state/daemons"; run "$swap" master eth99 start)"
is "swap: no ipvsadm" "5" "$(IPVSADM=no-ipvsadm run "$swap" master lo start | head -c 1)"
is "swap: no ipvsadm, stop" "$good" "$(IPVSADM=no-ipvsadm run "$swap" master lo stop)"
calls > /dev/null

# --- systemd ----------------------------------------------------------------------------------------------------
export SYSTEMD_RUN="$work"
stand_in systemctl <<'STUB'
unit=; for word in "$@"; do unit=$word; done
case $* in
  show*ActiveState*) if [ -e "$state/$unit" ]; then echo active; else echo inactive; fi ;;
  show*LoadState*) case $unit in nginx.service) echo loaded ;; *) echo not-found ;; esac ;;
  start*) [ ! -e "$state/refuse" ] && touch "$state/$unit" ;;
  stop*) rm -f "$state/$unit" ;;
esac
STUB
life systemd nginx.service
is "systemd: what was done" "systemctl start -- nginx.service|systemctl stop -- nginx.service|" "$(grep -v -e show -e reset-failed "$work/calls" | tr '\n' '|')"
is "systemd: a short name" "$off" "$(run "$agents/systemd" nginx status)"
is "systemd: no such unit" "5 ERROR: systemd knows no nginz.service|ERROR:  Program is not installed" "$(run "$agents/systemd" nginz start)"
touch "$work/state/refuse"
is "systemd: refused" "1 ERROR: systemd could not start nginx.service; journalctl -u nginx.service may say why|ERROR:  Generic error" "$(run "$agents/systemd" nginx.service start)"
is "systemd: not booted with it" "5 ERROR: this system was not started by systemd|ERROR:  Program is not installed" "$(SYSTEMD_RUN=/nowhere run "$agents/systemd" nginx start)"
calls > /dev/null

# --- DRBD -------------------------------------------------------------------------------------------------------
stand_in drbdadm <<'STUB'
case $* in
  *wait-connect*) [ ! -e "$state/alone" ] || exec sleep 600 ;;
  *sh-lr-of*) echo lower ;;
  *role*) cat "$state/role" ;;
  *primary*) [ ! -e "$state/held" ] || { rm "$state/held"; exit 17; }; echo Primary/Secondary > "$state/role" ;;
  *secondary* | *down*) echo Secondary/Primary > "$state/role" ;;
esac
STUB
echo Secondary/Unknown > "$work/state/role"
drbd="$agents/drbddisk"
is "drbddisk: stopped" "3 stopped (Secondary)" "$(run "$drbd" r0 status)"
touch "$work/state/held"
is "drbddisk: start, once the other has let go" "0 " "$(run "$drbd" r0 start)"
is "drbddisk: running" "0 running (Primary)" "$(run "$drbd" r0 status)"
is "drbddisk: stop" "0 " "$(run "$drbd" r0 stop)"
is "drbddisk: stopped again" "3 stopped (Secondary)" "$(run "$drbd" r0 status)"
is "drbddisk: as it was asked" "drbdadm primary r0|drbdadm primary r0|drbdadm secondary r0|" "$(grep -v role "$work/calls" | tr '\n' '|')"
printf 'Primary/Secondary\nPrimary/Unknown\n' > "$work/state/role"
is "drbddisk: all of them" "0 running (Primary)" "$(run "$drbd" status)"
printf 'Primary\nSecondary\n' > "$work/state/role"
is "drbddisk: some of them" "1 partly running (Primary Secondary)" "$(run "$drbd" status)"
printf 'Primary\nUnknown\n' > "$work/state/role"
is "drbddisk: one, and of the other nothing is known" "1 partly running (Primary Unknown)" "$(run "$drbd" status)"
: > "$work/state/role"
is "drbddisk: no answer may be running" "4 cannot determine status, may be running (no answer)" "$(run "$drbd" r0 status)"
is "drbddisk: usage" "1 Usage: drbddisk [resource] {start|stop|status}" "$(run "$drbd" r0)"
calls > /dev/null
is "drbdupper: start" "0 " "$(run "$agents/drbdupper" up start)"
is "drbdupper: in order" "drbdadm -S sh-lr-of up|drbdadm primary lower|drbdadm -S check-resize up|drbdadm -S adjust up|drbdadm -S wait-connect up|drbdadm -S primary up|" "$(calls)"
is "drbdupper: running" "0 running" "$(run "$agents/drbdupper" up status)"
calls > /dev/null
is "drbdupper: stop" "0 " "$(run "$agents/drbdupper" up stop)"
is "drbdupper: the other way round" "drbdadm -S down up|drbdadm -S sh-lr-of up|drbdadm secondary lower|" "$(calls)"
touch "$work/state/alone"
is "drbdupper: the other site is away" "0 " "$(HA_DRBDUPPER_WAIT=1 run "$agents/drbdupper" up start)"
is "drbdupper: it is primary all the same" "drbdadm -S primary up" "$(tail -n 1 "$work/calls")"
is "drbdupper: which is told" "up is not connected to the other site (waited 1 s at most); it goes on without it" \
  "$(grep -o 'up is not connected.*' "$work/log" | tail -n 1)"
rm "$work/state/alone"
"$agents/drbdupper" up stop > /dev/null
is "drbdupper: stopped" "3 stopped" "$(run "$agents/drbdupper" up status)"
is "drbdupper: without a name" "10 A resource name is required." "$(run "$agents/drbdupper" status)"

# --- OCF --------------------------------------------------------------------------------------------------------
export OCF_ROOT="$work/ocf"
mkdir -p "$OCF_ROOT/resource.d/heartbeat" "$OCF_ROOT/resource.d/acme" "$HA_DIR/conf/OCF/Thing"
cat > "$OCF_ROOT/resource.d/heartbeat/Thing" <<'STUB'
#!/bin/sh
env | grep '^OCF_RES' | LC_ALL=C sort | sed 's/^/'"$1"' /' >> "$HA_DIR/env"
echo "agent says $1 running"
case $1 in
  start) touch "$HA_DIR/thing" ;;
  stop) rm -f "$HA_DIR/thing" ;;
  monitor) [ -e "$HA_DIR/thing" ] || exit 7 ;;
  meta-data) echo "<xml/>" ;;
  *) exit 3 ;;
esac
STUB
chmod +x "$OCF_ROOT/resource.d/heartbeat/Thing"
cp "$OCF_ROOT/resource.d/heartbeat/Thing" "$OCF_ROOT/resource.d/acme/Other"
for name in Filesystem IPaddr2 IPv6addr SendArp db2 AudibleAlarm; do cp "$OCF_ROOT/resource.d/heartbeat/Thing" "$OCF_ROOT/resource.d/heartbeat/$name"; done
ocf() { run "$agents/OCF" "$@" | sed 's/agent says [a-z-]* running|*//g'; }
given() { sed -n "s/^$1 OCF_RESKEY_//p" "$HA_DIR/env" 2>/dev/null | tr '\n' '|'; rm -f "$HA_DIR/env"; }
is "OCF: stopped" "$off" "$(ocf Thing ip=1 status)"
is "OCF: only our words count" "INFO:  Resource is stopped" "$("$agents/OCF" Thing ip=1 status 2>/dev/null)"
is "OCF: start" "$good" "$(ocf Thing ip=1 opts=a=b "text=two words" start)"
is "OCF: parameters" "ip=1|opts=a=b|text=two words|" "$(given start)"
is "OCF: running" "$on" "$(ocf Thing ip=1 status)"
is "OCF: stop" "$good" "$(ocf Thing ip=1 stop)"
is "OCF: stop again" "$good" "$(ocf heartbeat Thing ip=1 stop)"
rm -f "$HA_DIR/env"
is "OCF: with a provider" "$good" "$(ocf acme Other x=1 start)"
is "OCF: the agent's own names" "start OCF_RESOURCE_INSTANCE=Other_1|start OCF_RESOURCE_PROVIDER=acme|start OCF_RESOURCE_TYPE=Other|" "$(grep 'start OCF_RESOURCE' "$HA_DIR/env" | tr '\n' '|')"
is "OCF: the provider is found" "$on" "$(ocf Other x=1 status)"
rm -f "$HA_DIR/thing" "$HA_DIR/env"
printf '# the file of an instance\n  ip=10.0.0.9  \nexport name="a b"\nOCF_RESKEY_old='"'x'"'\n' > "$HA_DIR/conf/OCF/Thing/web"
is "OCF: an instance's file" "$good" "$(ocf Thing web start)"
is "OCF: what the file says" "ip=10.0.0.9|name=a b|old=x|" "$(given start)"
is "OCF: an unknown agent" "5 ERROR: $OCF_ROOT/resource.d/heartbeat/Nothing is not an executable file|ERROR:  Program is not installed" "$(ocf Nothing start)"
is "OCF: an unknown agent, stop" "$good" "$(ocf Nothing stop)"
is "OCF: no way out of the folder" "1" "$(ocf ../../bin/sh start | head -c 1)"
is "OCF: a word without a name" "1 Thing: word needs a name: name=value" "$(ocf Thing word start | sed 's/|.*//')"
is "OCF: not a name" "1" "$(ocf Thing "a;b=c" start | head -c 1)"
is "OCF: meta-data" "0 agent says meta-data running|<xml/>" "$(run "$agents/OCF" Thing meta-data)"
rm -f "$HA_DIR/thing" "$HA_DIR/env"
ocf Filesystem /dev/sdb1 /data ext4 noatime start > /dev/null
is "OCF: Filesystem's arguments" "device=/dev/sdb1|directory=/data|fstype=ext4|options=noatime|" "$(given start)"
rm -f "$HA_DIR/thing"
ocf IPaddr2 10.0.0.1/24/eth0:0/10.0.0.255 start > /dev/null
is "OCF: IPaddr2's argument" "broadcast=10.0.0.255|cidr_netmask=24|ip=10.0.0.1|nic=eth0:0|" "$(given start)"
rm -f "$HA_DIR/thing"
ocf IPaddr2 10.0.0.1/24/10.0.0.255 start > /dev/null
is "OCF: IPaddr2's broadcast" "broadcast=10.0.0.255|cidr_netmask=24|ip=10.0.0.1|" "$(given start)"
rm -f "$HA_DIR/thing"
ocf SendArp 10.0.0.1/eth0 start > /dev/null
is "OCF: SendArp's" "ip=10.0.0.1|nic=eth0|" "$(given start)"
rm -f "$HA_DIR/thing"
ocf AudibleAlarm alice bob start > /dev/null
is "OCF: a list" "nodelist=alice bob|" "$(given start)"
rm -f "$HA_DIR/thing"
ln -s "$agents/OCF" "$work/bin/db2"
is "a short name" "$good" "$(run "$work/bin/db2" inst1 start | sed 's/agent says [a-z]* running|//g')"
is "a short name's argument" "instance=inst1|" "$(given start)"
is "a short name's usage" "1 usage: $work/bin/db2 <instance> $verbs" "$(run "$work/bin/db2")"
rm -f "$HA_DIR/thing"
printf '#!/bin/sh\nusage() { echo mine; }\n. "%s/hto-mapfuncs"\nOCF_TYPE=Thing OCF_RESKEY_mine=1\nexport OCF_TYPE OCF_RESKEY_mine\nra_execocf "$1" 2>/dev/null\n' "$agents" > "$work/bin/wrapper"
chmod +x "$work/bin/wrapper"
rm -f "$HA_DIR/env"
is "an operator's own wrapper" "0 agent says start running|INFO:  Success" "$(run "$work/bin/wrapper" start)"
is "its parameter" "mine=1|" "$(given start)"
is "its status" "0 agent says monitor running|INFO:  Running OK" "$(run "$work/bin/wrapper" status)"

is "log line" "1" "$(grep -cE '^[0-9/]{10}_[0-9:]{8}  Delay\(Delay_x\)\[[0-9]+\]:    ERROR:  Illegal argument$' "$work/log")"
exit $failed
