# SPDX-License-Identifier: Apache-2.0
"""Configurations of others to rehearse, put together from the files of test/data/corpus, which stay as they are.

One row each: its files by their place in a rehearsal's folder, the exit code, options, and words that its report must have.
"""
H, R, A, L = "hbd/ha.cf/", "hbd/haresources/", "hbd/authkeys/", "ldirectord/"
FAST = ["--fast"]
NOBODY = "as nobody"       # started by somebody who is not root
ROWS = {
    "load1": ({"ha.cf": H + "unknown__fs34130510679__load1-crm-off.txt", "haresources": R + "unknown__fs34130510679__load1-ldirectord.txt",
               "authkeys": A + "unknown__fs1763757767__somewords.txt", "ldirectord.cf": L + "unknown__fs34130510679__load1-echo.txt"},
              0, FAST, ["No fallback", "A single heartbeat path"]),
    "lb1": ({"ha.cf": H + "unknown__fs56923638436__ubuntu-forum-lb1.txt", "haresources": R + "unknown__fs56923638436__lb1-ldirectord-syncd.txt",
             "authkeys": A + "bwahn__heartbeat-vagrant__authkeys.txt", "ldirectord.cf": L + "unknown__fs56923638436__ubuntu-forum-lb1.txt"},
            0, FAST, ["ipfail has nothing to compare", "became"]),
    "etcd-pair": ({"k8s-etcd1/ha.cf": H + "evsyukovaa__HA-kubernetes__config_ha.cf-etcd1.txt",
                   "k8s-etcd2/ha.cf": H + "evsyukovaa__HA-kubernetes__config_ha.cf-etcd2.txt",
                   "k8s-etcd1/haresources": R + "evsyukovaa__HA-kubernetes__config_haresources.txt",
                   "k8s-etcd2/haresources": R + "evsyukovaa__HA-kubernetes__config_haresources.txt",
                   "k8s-etcd1/authkeys": A + "unknown__fs42475327776__auth2-crc.txt", "k8s-etcd2/authkeys": A + "unknown__fs42475327776__auth2-crc.txt"},
                  0, FAST, ["Both nodes' files were given", "192.168.32.67", "Heartbeats are not signed"]),
    "host41": ({"ha.cf": H + "chenzhiwei__linux__heartbeat_ha.cf.txt", "haresources": R + "chenzhiwei__linux__heartbeat_haresources.txt",
                "authkeys": A + "chenzhiwei__linux__heartbeat_authkeys.txt"}, 0, FAST, ["IProute: not one of ours", "arp_check: not one of ours", "dopd"]),
    "server1-10ms": ({"ha.cf": H + "ivpusic__server_configs__heartbeat_ha.cf.txt", "haresources": R + "ivpusic__server_configs__heartbeat_haresources.txt",
                      "authkeys": A + "ivpusic__server_configs__heartbeat_authkeys.txt"}, 0, [], ["10.24.21.121"]),
    "w101": ({"ha.cf": H + "unknown__fs9628468738__w101-serial-ucast.txt", "haresources": R + "unknown__fs9628468738__w101-drbddisk-noarg.txt",
              "authkeys": A + "unknown__fs9628468738__crc-only.txt"}, 1, FAST, ["both nodes had the shared data", "Shared data without fencing", "/dev/ttyS0: a pseudo terminal"]),
    "centos1": ({"ha.cf": H + "unknown__fs16167455158__centos1-annotated.txt", "haresources": R + "unknown__fs16167455158__centos1-nginx.txt",
                 "authkeys": A + "unknown__fs25116038728__sha1-short.txt"}, 0, FAST, ["192.168.22.11"]),
    "bart-lisa": ({"ha.cf": H + "kchendil__vagrant-linux-ha__ha.cf-7204d9f2.txt", "haresources": R + "kchendil__vagrant-linux-ha__haresources.txt",
                   "authkeys": A + "auditt7708__Pacemaker_resource__conf_authkeys.txt"}, 0, [], ["Ping nodes, and nobody looks", "apache"]),
    "haproxy": ({"ha.cf": H + "toreatessier__ansible-role-load_balancer__files_ha.cf.txt",
                 "haresources": R + "toreatessier__ansible-role-load_balancer__files_haresources.txt", "authkeys": A + "7layer-org__7layer.org__ha.d_authkeys.txt"},
                0, [], ["192.168.20.23", "No ping node"]),
    "lvsm": ({"ldirectord.cf": L + "khosrow__lvsm__tests_etc_ldirectord.conf-1.txt"}, 0, [], ["192.168.7.4", "https"]),
    "mailcluster": ({"ldirectord.cf": L + "unknown__fs24290135265__mailcluster-sh.txt"}, 0, ["--fast"], ["service=mysql has no stand-in"]),
    "mariadb": ({"ldirectord.cf": L + "wjesus374__ldirectord_manager__ldirectord-manager_cf_ldirectord-mariadb.cf.txt"}, 0, ["--fast", "--quick", NOBODY], ["mysql", "User-Mode Linux"]),
    # Files with an error: said with file and line, and nothing is played.
    "lvs-master": ({"ha.cf": H + "EPNMiguel__Distribuidas__ha.cf.txt", "haresources": R + "EPNMiguel__Distribuidas__haresources.txt",
                    "ldirectord.cf": L + "unknown__fs18818797047__lvs-master-unindented.txt"}, 2, [], ["ldirectord.cf:", "error"]),
}
