#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the completions offer, and that the programs know each of these words: completion.sh SOURCE CL_STATUS LDIRECTORD
set -u
source=$(realpath "$1")
cl_status=$(realpath "$2")
ldirectord=$(realpath "$3")
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '#!/bin/sh\ncase $1 in listnodes) echo alice; echo bob ;; listhblinks) echo eth0 ;; esac\n' > "$work/cl_status"
chmod +x "$work/cl_status"
PATH=$work:$PATH
for file in cl_status hb_standby hbd ldirectord lvs-realserver upbeat dev; do . "$source/etc/completion/$file"; done

offered() { # FUNCTION WORD...: what is offered for the last word
  local function=$1
  shift
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  "$function"
  printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' '
}

is() { # WHAT EXPECTED SEEN
  [ "$2" = "$3" ] || { printf '%s: expected "%s", got "%s"\n' "$1" "$2" "$3"; failed=1; }
}

is "verbs" "hblinkstatus hbparameter hbstatus " "$(offered _upbeat_cl_status cl_status hb)"
is "nodes" "-m alice bob " "$(offered _upbeat_cl_status cl_status nodestatus '')"
is "links" "eth0 " "$(offered _upbeat_cl_status cl_status hblinkstatus alice e)"
is "parameters" "deadping deadtime " "$(offered _upbeat_cl_status cl_status hbparameter -p dead)"
is "sets" "failback foreign " "$(offered _upbeat_hb_set hb_standby f)"
is "only one set" " " "$(offered _upbeat_hb_set hb_standby all '')"
is "nodes to add" "alice " "$(offered _upbeat_hb_nodes hb_delnode bob a)"
is "a node to weigh" "alice " "$(offered _upbeat_hb_node hb_setweight a)"
is "its weight is anybody's guess" " " "$(offered _upbeat_hb_node hb_setweight alice '')"
is "holdings" "local " "$(offered _upbeat_hbd hbd -R -C l)"
is "daemon's verbs" "start status stop " "$(offered _upbeat_ldirectord ldirectord st)"
is "forms of status" "--explain " "$(offered _upbeat_ldirectord ldirectord status --e)"
is "drills" "real reals " "$(offered _upbeat_upbeat upbeat rehearse --drill re)"
is "verbs of upbeat" "rehearse " "$(offered _upbeat_upbeat upbeat re)"
is "real server's verbs" "reload restart " "$(offered _upbeat_lvs_realserver lvs-realserver re)"
cd "$source" || exit 1
is "the developer's verbs" "demo " "$(offered _upbeat_dev ./dev dem)"

for verb in $(offered _upbeat_cl_status cl_status ''); do
  case $("$cl_status" "$verb" 2>&1) in *"invalid sub-command"*) echo "cl_status does not know $verb"; failed=1 ;; esac
done
for verb in $(offered _upbeat_ldirectord ldirectord ''); do
  case $verb in *.cf) continue ;; esac
  "$ldirectord" --help | grep -qw -e "$verb" || { echo "ldirectord does not know $verb"; failed=1; }
done
for verb in $(offered _upbeat_lvs_realserver lvs-realserver ''); do
  sh "$source/realserver/lvs-realserver" --help | grep -qw -e "${verb#--}" || case $verb in
    --help | --version) ;;
    *) echo "lvs-realserver does not know $verb"; failed=1 ;;
  esac
done
exit $failed
