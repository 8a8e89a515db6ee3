# SPDX-License-Identifier: Apache-2.0
"""Two scripts speak to their daemon at the same time, twenty times over, on either node of a mixed pair. The original's
scripts write line by line and mix their words, and its daemon drops what it cannot read: that is how an hb_standby or the
end of a takeover gets lost there, with any peer. Ours loses none."""
from common import mixed
from rig.expect import at_times

TITLE = "two scripts speak to the daemon at the same time"
LONG = True
LIMIT = 200
HOSTS = mixed.hosts("alice")
SPEAK = ". /etc/ha.d/shellfuncs; printf 't=fifotest\\nx=1\\n' | ha_clustermsg"
GARBLED = "NV failure|zero fields|doesn't contain '='|(WARN|ERROR): .*(fifo|FIFO)"


def play(lab):
    pair = mixed.Pair(lab, "bcast", "crc", "classic")
    pair.start_together()
    pair.began_with("fifo", "two scripts speak at once, twenty times, on either node")
    for name in mixed.PAIR:
        lab.run(name, f"for i in $(seq 20); do ({SPEAK}) & ({SPEAK}) & wait; done", timeout=60)
        lab.run(name, SPEAK)
    lab.expect_output(pair.upbeat, "cl_status rscstatus", "^local$", 0, within=10)
    lab.expect_no_log(pair.upbeat, GARBLED, original=at_times("drops what it cannot read"))
    text = lab.hosts[pair.real].read("/var/log/ha-log")
    lab.report.line(f"   the original on {pair.real} dropped {text.count('NV failure') + text.count('zero fields')} messages")
    pair.each_its_own(within=5)
