#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The shell scripts: their syntax, and what they do with stand-ins for the programs that they call.
# $1 = source root, $2 = build root (for the scripts that meson fills in).
set -u
source=$1 build=$2
exec </dev/null
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

is() { # what, expected, got
  if [ "$2" = "$3" ]; then echo "ok: $1"; else failed=1; printf 'FAILED: %s\n  expected: %s\n  got:      %s\n' "$1" "$2" "$3"; fi
}
run() { out=$("$@" 2>&1); rc=$?; printf '%s %s' $rc "$out"; }

scripts="$source/etc/ha.d/harc $source/resource.d/agentfuncs $source/resource.d/hto-mapfuncs $source/resource.d/link
  $(grep -l '^#!/bin/sh' "$source"/resource.d/[A-Za-z]* | grep -v '/link$' | tr '\n' ' ')
  $source/etc/ha.d/rc.d/status $source/etc/ha.d/rc.d/ip-request $source/etc/ha.d/rc.d/ip-request-resp
  $source/etc/ha.d/rc.d/hb_takeover $source/man/lint
  $build/etc/shellfuncs $build/etc/heartbeat.init.d $build/etc/ldirectord.init.d $build/etc/ResourceManager.share
  $build/etc/mach_down.share $build/etc/req_resource.share $build/etc/ha_propagate.share $build/etc/ha_config
  $source/etc/ha.d/rc.d/ask_resources"
for script in $scripts; do
  is "syntax of ${script##*/}" "0 " "$(run sh -n "$script")"
  if command -v shellcheck >/dev/null; then
    is "shellcheck of ${script##*/}" "0 " "$(run shellcheck -s sh -e SC1090,SC1091 "$script")"
  fi
done

mkdir -p "$work/ha.d/resource.d" "$work/ha.d/rc.d" "$work/bin" "$work/run"
cp "$build/etc/shellfuncs" "$work/ha.d/"
export HA_DIR="$work/ha.d" HA_RSCTMP="$work/run" HA_LOGFILE="$work/log" HA_CURHOST=alice HA_DATEFMT='%Y/%m/%d_%T	'
unset HA_FUNCS HA_LOGFACILITY HA_DEBUGLOG 2>/dev/null

# --- ipvsadm: a stand-in that keeps its table as a file of "-t 10.0.0.1:80" lines -------------------------------
cat > "$work/bin/ipvsadm" <<'STUB'
#!/bin/sh
table=$STUB_TABLE
touch "$table"
six=; for word in "$@"; do [ "$word" != -6 ] || six=" -6"; done
has() { grep -qxF -e "$1" "$table"; }
case $1 in
  -Ln) has "$2 $3$six" || exit 1 ;;
  -R) while read -r line; do "$0" $line || exit 1; done ;;
  -A) has "$2 $3$six" && exit 1; echo "$2 $3$six" >> "$table"; echo "$*" >> "$table.calls" ;;
  -E) has "$2 $3$six" || exit 1; echo "$*" >> "$table.calls" ;;
  -a) has "$2 $3$six" || exit 1; has "real $3 $5" && exit 1; echo "real $3 $5" >> "$table"; echo "$*" >> "$table.calls" ;;
  -e) has "real $3 $5" || exit 1; echo "$*" >> "$table.calls" ;;
  -D) has "$2 $3$six" || exit 1; grep -vxF -e "$2 $3$six" "$table" | grep -v -e "^real $3 " > "$table.new"; mv "$table.new" "$table" ;;
  *) exit 1 ;;
esac
STUB
chmod +x "$work/bin/ipvsadm"
agent="$source/resource.d/ipvsadm"
export IPVSADM="$work/bin/ipvsadm" STUB_TABLE="$work/table" IPVSADM_FILES="$work/sysconfig $work/rules"

is "ipvsadm: usage" "1 usage: $agent (start|stop|status)" "$(run "$agent")"
is "ipvsadm without a file: stopped" "3 ipvsadm is stopped" "$(run "$agent" status)"
is "ipvsadm without a file: start" "0 " "$(run "$agent" start)"
is "ipvsadm without a file: running" "0 ipvsadm is running" "$(run "$agent" status)"
is "ipvsadm without a file: stop" "0 " "$(run "$agent" stop)"
is "ipvsadm without a file: stopped again" "3 ipvsadm is stopped" "$(run "$agent" status)"

printf '# made by ipvsadm-save\n-A -t 10.0.0.1:80 -s wlc -p 600\r\n-a -t 10.0.0.1:80 -r 10.0.0.2:80 -g -w 1\n\n-A -u 10.0.0.1:53 -s rr\n' > "$work/rules"
echo "-t 10.9.9.9:80" > "$STUB_TABLE" # somebody else's
is "rules: stopped" "3 ipvsadm is stopped" "$(run "$agent" status)"
is "rules: start" "0 " "$(run "$agent" start)"
is "rules: in the table" "-t 10.9.9.9:80|-t 10.0.0.1:80|real 10.0.0.1:80 10.0.0.2:80|-u 10.0.0.1:53|" "$(tr '\n' '|' < "$STUB_TABLE")"
is "rules: running" "0 ipvsadm is running with the rules of $work/rules" "$(run "$agent" status)"
is "rules: start again changes what is there" "0 " "$(run "$agent" start)"
is "rules: by edits" "-E -t 10.0.0.1:80 -s wlc -p 600|-e -t 10.0.0.1:80 -r 10.0.0.2:80 -g -w 1|-E -u 10.0.0.1:53 -s rr|" "$(tail -n 3 "$STUB_TABLE.calls" | tr '\n' '|')"
is "rules: stop" "0 " "$(run "$agent" stop)"
is "rules: only ours are gone" "-t 10.9.9.9:80" "$(cat "$STUB_TABLE")"
is "rules: stop again" "0 " "$(run "$agent" stop)"
is "rules: stopped at last" "3 ipvsadm is stopped" "$(run "$agent" status)"
echo "-X nonsense" >> "$work/rules"
is "a line that is refused: start fails" "1" "$(run "$agent" start | head -c 1)"
is "and leaves nothing behind" "-t 10.9.9.9:80" "$(cat "$STUB_TABLE")"
is "and is logged" "1" "$(grep -c 'ERROR: ipvsadm refuses this line of .*rules: -X nonsense' "$work/log")"

printf -- '-A -f 7 -s rr -6\n-a -f 7 -r [fd00::2]:0 -g -w 1 -6\n-A -f 7 -s rr\n' > "$work/rules"
is "rules: a mark of both families" "0 " "$(run "$agent" start)"
echo "-f 8 -6" >> "$work/table"
is "rules: stopped in both" "0 -f 8 -6" "$(run "$agent" stop; grep -e "-f" "$work/table")"

printf '#!/bin/sh\necho "script $1"; [ "$1" != status ]\n' > "$work/sysconfig"
is "a script in the file's place, not executable" "0 script start" "$(run "$agent" start)"
chmod +x "$work/sysconfig"
is "a script in the file's place" "0 script stop" "$(run "$agent" stop)"
is "its status is passed on" "1 script status" "$(run "$agent" status)"

# --- shellfuncs -------------------------------------------------------------------------------------------------
with() { run sh -c ". \"\$HA_DIR/shellfuncs\"; $1"; }
printf 'deadtime  5s # x\nnode a\nNode b c\n' > "$HA_DIR/ha.cf"
is "ha_parameter" "0 5s" "$(with 'ha_parameter deadtime')"
is "ha_parameter: the last of several" "0 b c" "$(with 'ha_parameter node')"
is "ha_parameter: a default" "0 2" "$(with 'ha_parameter keepalive')"
is "ha_parameter: nothing" "0" "$(with 'ha_parameter logfile; true' | tr -d ' ')"
rm "$HA_DIR/ha.cf"
is "ha_pseudo_resource" "0 7 3 0 0 0 7" "$(with 'for v in monitor status start monitor stop monitor; do ha_pseudo_resource a/b $v; c="${c:+$c }$?"; done; echo $c')"
is "ha_clustermsg without heartbeat" "1" "$(HA_FIFO=$work/none with 'echo t=x | ha_clustermsg' | head -c 1)"
mkfifo "$work/pipe"
cat "$work/pipe" > "$work/message" &
is "ha_clustermsg" "0 " "$(HA_FIFO=$work/pipe with 'printf "t=x\\na=b\\n" | ha_clustermsg')"
wait $!
is "ha_clustermsg: the message" ">>>|t=x|a=b|<<<|" "$(tr '\n' '|' < "$work/message")"
is "ocf_log" "0 " "$(with 'ocf_log err disk full')"
is "ocf_log: in the log" "1" "$(grep -c 'ERROR: disk full' "$work/log")"

# --- ldirectord ------------------------------------------------------------------------------------------------
printf '#!/bin/sh\necho "ldirectord called $# $*"; echo " real servers"; echo "ldirectord for x is running with pid: 1" >&2; exit 3\n' > "$work/bin/ldirectord"
chmod +x "$work/bin/ldirectord"
export LDIRECTORD="$work/bin/ldirectord"
agent="$source/resource.d/ldirectord"
is "ldirectord start" "ldirectord called 1 start| real servers|" "$("$agent" start 2>/dev/null | tr '\n' '|')"
is "ldirectord with a file" "ldirectord called 2 www.cf stop| real servers|" "$("$agent" www.cf stop 2>/dev/null | tr '\n' '|')"
is "ldirectord status is readable on standard output" "ldirectord called 1 status|ldirectord for x is running with pid: 1|" "$("$agent" status 2>/dev/null | tr '\n' '|')"
is "ldirectord status with a file" "ldirectord called 2 www.cf status|ldirectord for x is running with pid: 1|" "$("$agent" www.cf monitor 2>/dev/null | tr '\n' '|')"
"$agent" status >/dev/null 2>&1
is "its exit code comes through" 3 $?

# --- ResourceManager -------------------------------------------------------------------------------------------
manager="$work/ResourceManager"
cp "$build/etc/ResourceManager.share" "$manager"
chmod +x "$manager"
printf '# x\nAlice\tIPaddr::10.0.0.1/24  ipvsadm \\\n   ldirectord::www.cf # web\r\n\nbob 10.0.0.2 Thing::a::b\ncarol fd00::1\ndave\n' > "$HA_DIR/haresources"
for name in IPaddr IPv6addr Thing; do
  printf '#!/bin/sh\necho "%s($*)"; if [ -e "%s/on.%s" ]; then echo "INFO:  Running OK"; else echo "INFO:  Resource is stopped"; fi\n' $name "$work" $name > "$HA_DIR/resource.d/$name"
  chmod +x "$HA_DIR/resource.d/$name"
done
export HA_NOARCHBIN="$work/share"
is "allkeys" "IPaddr::10.0.0.1/24 10.0.0.2 fd00::1 " "$("$manager" allkeys | tr '\n' ' ')"
is "listkeys" "10.0.0.2" "$("$manager" listkeys BOB)"
is "ourkeys" "IPaddr::10.0.0.1/24 ipvsadm ldirectord::www.cf" "$("$manager" ourkeys)"
is "otherkeys" "10.0.0.2 Thing::a::b|fd00::1||" "$("$manager" otherkeys | tr '\n' '|')"
is "status of what is stopped" "3 " "$(run "$manager" status Thing::a::b)"
touch "$work/on.Thing"
is "status of what runs" "0 " "$(run "$manager" status Thing::a::b)"
is "verifyallidle shows what the scripts say" "0 IPaddr(10.0.0.1/24 status)|INFO:  Resource is stopped|IPaddr(10.0.0.2 status)|INFO:  Resource is stopped|IPv6addr(fd00::1 status)|INFO:  Resource is stopped" \
  "$(run "$manager" verifyallidle | tr '\n' '|' | sed 's/|$//')"
touch "$work/on.IPv6addr"
is "verifyallidle counts and warns" "1 CRITICAL: Resource fd00::1 is active, and should not be!" "$(run "$manager" verifyallidle | sed -n -e '1s/^\([0-9]*\) .*/\1/p' -e '/^CRIT/p' | tr '\n' ' ' | sed 's/ $//')"
is "listkeys takes a pattern" "IPaddr::10.0.0.1/24 10.0.0.2 fd00::1 " "$("$manager" listkeys '.*' | tr '\n' ' ')"
is "unknown verb" "1 usage:" "$(run "$manager" dance | cut -c 1-8)"
is "no key" "1 usage:" "$(run "$manager" takegroup | cut -c 1-8)"

# Groups, with a script that keeps its state and can be told to fail. hbd is a stand-in for cl_status.
cat > "$HA_DIR/resource.d/Thing" <<'STUB'
#!/bin/sh
for verb in "$@"; do :; done
state=$HA_DIR/thing.$1
[ "$verb" = status ] || echo "$*" >> "$HA_DIR/did"
case $verb in
  start) [ "$1" != broken ] && touch "$state" ;;
  stop) [ ! -e "$HA_DIR/sticky" ] || { rm "$HA_DIR/sticky"; exit 1; }; rm -f "$state" ;;
  status) if [ -e "$state" ]; then echo running; else echo "not running"; fi ;;
esac
STUB
printf '#!/bin/sh\n[ "$(cat %s/hbd 2>/dev/null)" ] || exit 1\n[ "$1" = hbstatus ] || cat %s/hbd\n' "$work" "$work" > "$work/bin/cl_status"
chmod +x "$work/bin/cl_status"
export CL_STATUS="$work/bin/cl_status" HA_NOARCHBIN="$work/share"
did() { [ ! -e "$HA_DIR/did" ] || tr '\n' '|' < "$HA_DIR/did"; rm -f "$HA_DIR/did"; }
printf 'alice Thing::a Thing::b\nbob Thing::c::1 Thing::broken\n' > "$HA_DIR/haresources"
is "statgroup: none" "NONE" "$("$manager" statgroup Thing::a)"
is "takegroup" "0 " "$(run "$manager" takegroup Thing::a)"
is "takegroup: left to right" "a start|b start|" "$(did)"
is "statgroup: all" "ALL" "$("$manager" statgroup Thing::a)"
is "takegroup: what runs is left alone" "0 " "$(rm "$HA_DIR/thing.b"; run "$manager" takegroup Thing::a)"
is "takegroup: only the other is started" "b start|" "$(did)"
touch "$HA_DIR/sticky"
is "givegroup" "0 " "$(run "$manager" givegroup Thing::a)"
is "givegroup: right to left, tried again" "b stop|b stop|a stop|" "$(did)"
is "a failed start is undone" "1 " "$(run "$manager" takegroup Thing::c::1)"
is "a failed start is undone: all of it" "c 1 start|broken start|broken stop|c 1 stop|" "$(did)"
is "no such group" "1 " "$(run "$manager" takegroup Thing::z)"
is "the log speaks as ever" "4" "$(grep -cE 'info: (Acquiring|Releasing) resource group: alice Thing::a Thing::b$|CRIT: Giving up resources due to failure of Thing::broken$|info: Retrying failed stop operation .Thing::b.$' "$work/log" | sed 's/^[4-9]$/4/')"

# With hbd running groups are its own.
echo local > "$work/hbd"
is "takegroup of what we hold" "0 " "$(run "$manager" takegroup Thing::a)"
is "takegroup of what the other may hold" "1 " "$(run "$manager" takegroup Thing::c::1)"
is "takegroup: nothing was done there" "a start|b start|" "$(did)"
is "a hook of Heartbeat's time does nothing twice" "0 " "$(HA_t=ip-request-resp run "$manager" givegroup Thing::a)"
is "and nothing was done" "" "$(did)"
mkdir -p "$HA_NOARCHBIN"
for name in mach_down req_resource ha_propagate; do cp "$build/etc/$name.share" "$HA_NOARCHBIN/$name"; chmod +x "$HA_NOARCHBIN/$name"; done
cp "$manager" "$HA_NOARCHBIN/ResourceManager"
is "mach_down with hbd" "0 " "$(run "$HA_NOARCHBIN/mach_down" bob)"
is "req_resource with hbd" "0 " "$(run "$HA_NOARCHBIN/req_resource" Thing::c::1)"
is "neither did anything" "" "$(did)"
rm "$work/hbd"
is "mach_down without" "1 " "$(run "$HA_NOARCHBIN/mach_down" BOB)"
is "mach_down took what it could" "c 1 start|broken start|broken stop|c 1 stop|" "$(did)"
is "mach_down of ourselves" "0 " "$(run "$HA_NOARCHBIN/mach_down" alice)"
is "mach_down: usage" "1 usage: $HA_NOARCHBIN/mach_down node" "$(run "$HA_NOARCHBIN/mach_down")"
is "req_resource of what is here" "0 " "$(run "$HA_NOARCHBIN/req_resource" Thing::a)"
is "req_resource without hbd" "1 " "$(run "$HA_NOARCHBIN/req_resource" Thing::c::1)"
printf 'node Alice bob # x\n\tnode carol\n' > "$HA_DIR/ha.cf"
echo key > "$HA_DIR/authkeys"
is "ha_propagate" "0 Propagating HA configuration files to node bob.|-p $HA_DIR/ha.cf $HA_DIR/authkeys $HA_DIR/haresources root@bob:$HA_DIR/|Propagating HA configuration files to node carol.|-p $HA_DIR/ha.cf $HA_DIR/authkeys $HA_DIR/haresources root@carol:$HA_DIR/|" "$(SCP=echo run "$HA_NOARCHBIN/ha_propagate" | tr '\n' '|')|"
rm "$HA_DIR/ha.cf" "$HA_DIR/authkeys"
is "ha_propagate: nothing there" "1 HA Linux not configured on this node.  Can not propagate." "$(run "$HA_NOARCHBIN/ha_propagate")"

# --- init script: heartbeat ------------------------------------------------------------------------------------
mkdir -p "$HA_NOARCHBIN"
cat > "$HA_NOARCHBIN/ResourceManager" <<'STUB'
#!/bin/sh
echo "INFO:  Resource is stopped"
STUB
printf '#!/bin/sh\necho "standby $*" >> "%s/calls"\n' "$work" > "$HA_NOARCHBIN/hb_standby"
cat > "$work/bin/heartbeat" <<'STUB'
#!/bin/sh
echo "heartbeat $*" >> "$STUB_CALLS"
case ${1:-start} in
  start) [ -z "${STUB_FAIL:-}" ] || { echo "ha.cf:1: error"; exit 6; }; touch "$STUB_CALLS.up" ;;
  -k) rm -f "$STUB_CALLS.up" ;;
  -s) if [ -e "$STUB_CALLS.up" ]; then echo "heartbeat OK [pid 25 et al] is running on alice [alice]..."; else echo "heartbeat is stopped. No process"; exit 3; fi ;;
esac
STUB
chmod +x "$HA_NOARCHBIN/ResourceManager" "$HA_NOARCHBIN/hb_standby" "$work/bin/heartbeat"
export STUB_CALLS="$work/calls" SYSTEMCTL_SKIP_REDIRECT=1
sed -e "s|^HEARTBEAT=.*|HEARTBEAT=$work/bin/heartbeat|" -e "s|^LOCK=.*|LOCK=$work/lock/subsys/heartbeat|" \
  -e "s|\"[^\"]*/run/\$folder\"|\"$work/run/\$folder\"|g" "$build/etc/heartbeat.init.d" > "$work/init"
chmod +x "$work/init"
is "not configured" "0 Heartbeat not configured: $HA_DIR/ha.cf not found. Heartbeat failure [rc=1]. Failed.|upbeat(7) says what to write first.|" \
  "$(run "$work/init" start | tr '\n' '|')|"
printf 'node alice bob\nauto_failback on # x\n' > "$HA_DIR/ha.cf"
is "status when stopped" "3 heartbeat is stopped. No process" "$(run "$work/init" status)"
is "start as in the drill" "0 Starting High-Availability services: INFO:  Resource is stopped|Done.|" "$(run "$work/init" start | tr '\n' '|')|"
is "lock file" "yes" "$([ -e "$work/lock/subsys/heartbeat" ] && echo yes)"
is "start again asks no resource" "0 Starting High-Availability services: Done." "$(run "$work/init" start)"
is "status when running" "0 heartbeat OK [pid 25 et al] is running on alice [alice]..." "$(run "$work/init" status)"
is "reload" "0 Reloading High-Availability services: Done." "$(run "$work/init" reload)"
is "standby" "0 Attempting to enter standby modeDone." "$(run "$work/init" standby)"
is "stop" "0 Stopping High-Availability services: Done." "$(run "$work/init" stop)"
is "standby when stopped" "1 Heartbeat is not currently running." "$(run "$work/init" standby)"
is "a start that fails" "6 Starting High-Availability services: INFO:  Resource is stopped| Heartbeat failure [rc=6]. Failed.||ha.cf:1: error|" "$(STUB_FAIL=1 run "$work/init" start | tr '\n' '|')|"
is "usage" "1 Usage: $work/init {start|stop|status|restart|reload|force-reload}" "$(run "$work/init" bogus)"
echo 'auto_failback legacy' >> "$HA_DIR/ha.cf"
is "standby refuses legacy" "1 auto_failback is set to legacy.  Cannot enter standby." "$(run "$work/init" standby)"

# --- init script: ldirectord -----------------------------------------------------------------------------------
sed -e "s|^LDIRECTORD=.*|LDIRECTORD=$work/bin/ldirectord|" "$build/etc/ldirectord.init.d" > "$work/init2"
is "ldirectord status without a file" "ldirectord called 1 status" "$(sh "$work/init2" status 2>/dev/null | head -n 1)"
is "ldirectord usage" "1" "$(run sh "$work/init2" bogus | head -c 1)"

# --- functions and hooks ---------------------------------------------------------------------------------------
in_shell() { sh -c ". $HA_DIR/shellfuncs; $1"; }
rm -f "$work/log"
is "ha_parameter, the last of several" "legacy" "$(in_shell 'ha_parameter auto_failback')"
is "ha_parameter, several words" "alice bob" "$(in_shell 'ha_parameter NODE')"
is "ha_parameter, absent" "" "$(in_shell 'ha_parameter deadtime')"
HA_DEBUGLOG="$work/debug" HA_LOGTAG='Thing[7]' in_shell 'ha_log "info: hello there"; ha_debug no; HA_debug=1; ha_debug yes'
is "ha_log in the log file" "1" "$(grep -cE '^[0-9/]{10}_[0-9:]{8}  Thing\[7\]:    info: hello there$' "$work/log")"
is "ha_log in the debug file" "1" "$(grep -cE '^Thing\[7\]:	[0-9/]{10}_[0-9:]{8} info: hello there$' "$work/debug")"
is "ha_debug only with debug" "1 0" "$(grep -c 'debug: yes' "$work/debug") $(grep -c 'debug: no' "$work/debug")"
rm -f "$work/log" "$work/debug"
printf '#!/bin/sh\n[ ! -e "%s/no-logd" ] || exit 1\nfor word; do printf "<%%s>" "$word"; done >> "%s/logd"\n' "$work" "$work" > "$work/bin/ha_logger"
chmod +x "$work/bin/ha_logger"
HA_BIN="$work/bin" HA_LOGD=yes HA_DEBUGLOG="$work/debug" HA_LOGTAG='Thing[7]' in_shell 'ha_log "info: hello there"; ha_debug no; HA_debug=1; ha_debug yes'
is "with HA_LOGD, through ha_logger" "<-t><Thing[7]><-D><ha-log><info: hello there><-t><Thing[7]><-D><ha-debug><debug: yes>" "$(cat "$work/logd")"
is "and nowhere else" "no no" "$([ -e "$work/log" ] && echo yes || echo no) $([ -e "$work/debug" ] && echo yes || echo no)"
touch "$work/no-logd"
HA_BIN="$work/bin" HA_LOGD=yes HA_DEBUGLOG="$work/debug" HA_LOGTAG='Thing[7]' in_shell 'ha_log "info: hello there"; HA_debug=1; ha_debug yes'
is "without ha_logd as ever" "1 1" "$(grep -c 'info: hello there$' "$work/log") $(grep -c 'debug: yes$' "$work/debug")"
rm "$work/no-logd"
HA_BIN="$work/bin" HA_LOGD=no HA_LOGTAG='Thing[7]' in_shell 'ha_log "info: not there"'
is "HA_LOGD=no: nothing there" "0 1" "$(grep -c 'not there' "$work/logd") $(grep -c 'not there' "$work/log")"
rm "$work/bin/ha_logger"
: > "$work/fifo"
printf 't=hb_takeover\nrsc_hold=all\n' | HA_FIFO="$work/fifo" in_shell ha_clustermsg
is "ha_clustermsg" ">>>|t=hb_takeover|rsc_hold=all|<<<|" "$(tr '\n' '|' < "$work/fifo")"
printf '#!/bin/sh\necho "hook $* for $HA_src"\n' > "$HA_DIR/rc.d/status"
chmod +x "$HA_DIR/rc.d/status"
is "harc runs the hook" "0 hook status for bob" "$(HA_src=bob run "$source/etc/ha.d/harc" status)"
is "harc logs it" "1" "$(grep -c "harc(default)\[[0-9]*\]:    info: Running $HA_DIR//rc.d/status status$" "$work/log")"
is "harc without the hook" "1 " "$(run "$source/etc/ha.d/harc" nothing)"
for hook in status ip-request ip-request-resp hb_takeover; do
  is "rc.d/$hook" "0 " "$(run "$source/etc/ha.d/rc.d/$hook")"
done
exit $failed
