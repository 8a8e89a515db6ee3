# SPDX-License-Identifier: Apache-2.0
import ipaddress
import unittest

import samples
from rehearsal import addresses
from rehearsal.setup import Problem
from samples import changed, read


class Addresses(unittest.TestCase):
    def plan(self, **files):
        setup, plan = read(changed(**files))
        seen = {}
        for host in plan.hosts:      # nobody has another's address
            for nic, found in host.links.items():
                for address in found:
                    self.assertNotIn(address.split("/")[0], seen, (host.name, seen))
                    seen[address.split("/")[0]] = host.name
        for vip in setup.vips():
            self.assertNotIn(vip.address, seen)
        return setup, plan

    def test_addresses_are_kept(self):
        _, plan = self.plan()
        self.assertEqual(plan.by_address("192.0.2.12").name, "bob")
        self.assertEqual(plan.by_address("192.0.2.21").role, "real")
        self.assertEqual(plan.by_address("192.0.2.1").role, "ping")
        self.assertEqual(plan.host("alice").segments, {"eth0": 0, "eth1": 1})
        self.assertTrue(any("198.18." in text and "eth1" in text for text in plan.made_up))
        self.assertTrue(any("alice's own address" in text for text in plan.made_up))

    def test_hosts_file_tells_own_addresses(self):
        files = dict(samples.FILES, hosts="192.0.2.11 alice.example alice\n192.0.2.12 bob\n")
        _, plan = read(files)
        self.assertEqual(plan.by_address("192.0.2.11").name, "alice")

    def test_no_address_at_all(self):
        setup, plan = self.plan(ha_cf="node alice bob\nbcast eth0\nkeepalive 1\ndeadtime 5\n", haresources="alice nothing-but-a-script\n",
                                ldirectord_cf=None)
        self.assertTrue(all("198.18." in a for h in plan.role("director") for found in h.links.values() for a in found))

    def test_the_other_interface_names(self):
        files = {f"alice/{n}": t for n, t in samples.FILES.items()}
        files.update({f"bob/{n}": t for n, t in changed(ha_cf=samples.HA_CF.replace("2.12", "2.11").replace("eth1", "ens9")).items()})
        _, plan = read(files)
        self.assertEqual(plan.host("bob").segments, {"eth0": 0, "ens9": 1})

    def test_far_real_servers_are_reached(self):
        _, plan = self.plan(ldirectord_cf=samples.LDIRECTORD_CF.replace("192.0.2.2", "203.0.113.2"))
        director = plan.host("alice")
        self.assertTrue(any(ipaddress.ip_interface(a).network == ipaddress.ip_network("203.0.113.0/24") for a in director.links["eth0"]))
        self.assertTrue(any("192.0.2.0/24" in line for line in plan.by_address("203.0.113.21").boot))

    def test_nat_gateway(self):
        masq = samples.LDIRECTORD_CF.replace("192.0.2.2", "10.9.0.2").replace("gate", "masq", 2)
        setup, plan = self.plan(ldirectord_cf=masq)
        self.assertEqual(sorted(plan.no_gateway), ["10.9.0.21", "10.9.0.22"])
        setup, plan = self.plan(ldirectord_cf=masq, haresources="alice IPaddr::192.0.2.100/24/eth0 IPaddr::10.9.0.254/24/eth1 ldirectord\n")
        self.assertEqual(plan.no_gateway, [])
        self.assertEqual(plan.by_address("10.9.0.21").gateway, "10.9.0.254")
        self.assertEqual(plan.by_address("10.9.0.21").segments, {"eth0": 1})
        self.assertFalse(any("198.18.250" in line for line in plan.by_address("10.9.0.21").boot))

    def test_a_real_server_on_a_director(self):
        _, plan = self.plan(ldirectord_cf=samples.LDIRECTORD_CF.replace("192.0.2.22:80", "192.0.2.12:80"))
        self.assertEqual(plan.by_address("192.0.2.12").role, "director")
        self.assertEqual(len(plan.role("real")), 1)

    def test_one_network_is_one_wire(self):
        _, plan = self.plan(haresources="alice IPaddr::192.0.2.100/24/eth0 IPaddr::192.0.2.101/24/eth1 ldirectord\n")
        self.assertEqual(plan.host("bob").segments, {"eth0": 0, "eth1": 0})
        self.assertTrue(any("one wire" in text for text in plan.made_up))

    def test_a_serial_line_is_a_wire_of_its_own(self):
        setup, plan = self.plan(ha_cf=samples.HA_CF + "serial /dev/ttyS0\n")
        self.assertEqual(setup.paths(), ["eth0", "eth1", "/dev/ttyS0"])
        self.assertEqual({h.segments["cable0"] for h in plan.role("director")}, {addresses.CABLE_SEGMENT})
        with self.assertRaises(Problem):
            self.plan(ha_cf=samples.HA_CF + "serial /etc/passwd\n")

    def test_ipv6(self):
        setup, plan = self.plan(haresources="alice IPv6addr::2001:db8::100/64 IPaddr::192.0.2.100/24/eth0 ldirectord\n")
        self.assertTrue(any(a.startswith("2001:db8::") for a in plan.host("bob").links["eth0"]))
        self.assertTrue(any(":" in a for a in plan.host("client").links["eth0"]))


if __name__ == "__main__":
    samples.main()
