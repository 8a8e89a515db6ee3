# SPDX-License-Identifier: Apache-2.0
"""What a pair of two packaged originals complains of, event by event (mixed.py with --stack debian): in the same event a
mixed pair may say so, too. Patterns of whole lines as mixed.normal() makes them: numbers are #, node names NODE."""
import re

ALWAYS = [
    # Of the lab: small limits, a short initdead, a first start; ours says at which line of ha.cf.
    r"(ERROR|WARN): Cannot lock ourselves into memory:.*",
    r"WARN: (/etc/ha.d/ha.cf:#:#: )?Initial dead time .*",
    r"WARN: Logging daemon is disabled .*",
    r"WARN: No Previous generation .*",
    r"WARN: (/etc/ha.d/ha.cf:#:#: )?Deprecated 'legacy' auto_failback option selected\..*",
    r"WARN: Please convert to 'auto_failback on'\.", r"WARN: See documentation for conversion details\.",
    r"WARN: Core dumps could be lost .*", r"WARN: Consider setting .*",
    # Of a loaded machine.
    r"WARN: Gmain_timeout_dispatch: .*",
    r"WARN: G_\w+: .*",
    r"WARN: Late heartbeat: .*",
    # Two of its scripts speak at the same time: both words are lost.
    r"ERROR: msg#string: Message with zero fields", r"ERROR: NV failure \(msgfromsteam\): .*",
    r"WARN: ha_msg_add_nv_depth: line doesn't contain '='",
    # It sends what it says in answer before what is answered (reference 3.6).
    r"WARN: # lost packet\(s\) for \[NODE\] \[#:#\]",
]
DEATH = [r"WARN: node NODE: is dead", r"WARN: No STONITH device configured\.", r"WARN: Shared disks are not protected\.",
         r"WARN: T_STARTING received during takeover\."]
PARTITION = [r"CRIT: Cluster node NODE returning after partition\.", r"WARN: Deadtime value may be too small\.",
             r"CRIT: Late heartbeat: .*", r"ERROR: Both machines own (our|foreign) resources!"]
LOSS = [r"ERROR: Both machines own (our|foreign) resources!", r"ERROR: No one owns (our local|foreign) resources!"]
# What comes too late for what it answers is dropped, word by word.
DROPPED = [r"WARN: message is dropped ?", r"WARN: MSG: Dumping message with # fields", r"WARN: MSG\[#\] : .*"]
BY_EVENT = {
    # A takeover ends so when the next start comes before the dead time is over.
    "stop": DEATH,
    "partition": DEATH + PARTITION + [r"WARN: Shutdown delayed until current resource activity finishes\."],
    # Killed with the daemons; and ours looks whether something was left up, and goes on with it.
    "crash": [r"ERROR: Could not send gratuitous arps\. rc=#", r"CRIT: Resource .* is active, and should not be!",
              *LOSS],
    "fast_restart": DEATH,
    "start_in_turn": DEATH,
    "cut": DEATH + [r"WARN: No reply to standby request\.  Standby request cancelled\."],
    "lossy_cut": DEATH + LOSS + DROPPED,
    "third_node": DEATH + PARTITION + [r"WARN: node carol: is dead"],
    # What is lost comes after what was said later, and the original believes the last that it hears.
    "lossy": LOSS + DROPPED,
    # A takeover and the end of a standby at the same time.
    "lossy_restart": LOSS + DEATH + DROPPED + [r"ERROR: Ignored standby message 'done' from NODE in state #"],
}


# What only ours says: for which group both hold it, and who keeps it.
BOTH = r"WARN: Resource group .* is held by NODE as well: .*"
OURS = {
    "partition": [BOTH],
    "third_node": [BOTH],
}
# How many lines of errors the quieter one of two originals has in a row of mixed.py. That of loss-cut-off is a guess: a
# pair of originals has not come to its end.
ERRORS_OF_A_PAIR = {
    "bcast": 6, "ucast": 2, "mcast": 3, "two": 3, "two-partition": 4, "serial": 2, "serial-standby": 1, "serial-and-bcast": 5,
    "ucast6": 1, "ucast6-local": 2, "mcast6": 1, "partition": 7, "off": 6, "off-restart": 5, "off-in-turn": 2, "legacy": 3,
    "legacy-cut": 5, "legacy-in-turn": 2,
    "loss": 0, "loss-bcast": 0, "loss-netstring": 0, "loss-two": 0, "reorder": 0, "loss-cut": 0, "loss-cut-off": 0,
}


def allowed(event, failback, line, ours=False):
    patterns = ALWAYS + BY_EVENT.get(event, []) + BY_EVENT.get(f"{event} {failback}", []) + (OURS.get(event, []) if ours else [])
    return any(re.fullmatch(pattern, line) for pattern in patterns)
