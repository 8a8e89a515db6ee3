# SPDX-License-Identifier: Apache-2.0
exit($ARGV[2] eq "10.9.9.2" && $_[3] == 7000 ? 0 : 1);
