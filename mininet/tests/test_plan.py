# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import sys
import unittest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from weirlab.plan import PlanError, application, make_plan


def pod(name: str, *addresses: str, ports: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    status = {"podIP": addresses[0], "podIPs": [{"ip": a} for a in addresses]} if addresses else {}
    return {
        "metadata": {"namespace": "shop", "name": name},
        "spec": {"containers": [{"name": "main", "ports": ports or []}]},
        "status": status,
    }


class PlanTest(unittest.TestCase):
    def test_declared_addresses_are_kept_and_others_assigned_around_them(self) -> None:
        plan = make_plan([pod("a"), pod("b", "10.77.1.1"), pod("c")], 2)
        addresses = {w.name: [str(a) for a in w.addresses] for w in plan.workloads}
        self.assertEqual(
            {
                "shop/a": ["10.77.1.2", "fd77::1:2"],
                "shop/b": ["10.77.1.1"],
                "shop/c": ["10.77.1.3", "fd77::1:3"],
            },
            addresses,
        )
        self.assertEqual([True, False, True], [w.assigned for w in plan.workloads])

    def test_an_address_with_two_owners_is_refused(self) -> None:
        for taken in ("10.9.9.9", "10.77.0.1", "10.77.200.1", "198.51.100.2"):
            with self.subTest(taken), self.assertRaisesRegex(PlanError, taken):
                make_plan([pod("a", "10.9.9.9"), pod("b", taken)], 1)

    def test_a_pod_of_the_hosts_network_is_refused(self) -> None:
        host = pod("a")
        host["spec"]["hostNetwork"] = True
        with self.assertRaisesRegex(PlanError, "hostNetwork"):
            make_plan([host], 1)

    def test_every_attachment_has_its_own_port_and_mac(self) -> None:
        fabric = make_plan([pod(f"p{n}") for n in range(9)], 3).fabric("127.0.0.1:1", "weir")
        attachments = fabric["attachments"]
        self.assertEqual(13, len({a["port"] for a in attachments}))
        self.assertEqual(13, len({a["mac"] for a in attachments}))
        self.assertEqual(
            {"sidecar-1", "sidecar-2", "sidecar-3"},
            {a["sidecar"] for a in attachments if "workload" in a},
        )
        self.assertEqual([True], [a["world"] for a in attachments if "world" in a])

    def test_the_ports_name_says_what_the_server_speaks(self) -> None:
        speaks = {
            name: application(name, "TCP") for name in ("http", "", "web", "redis", "tcp-x", "tls")
        }
        self.assertEqual(
            {
                "http": "http",
                "": "http",
                "web": "http",
                "redis": "tcp",
                "tcp-x": "tcp",
                "tls": "tcp",
            },
            speaks,
        )
        self.assertEqual("udp", application("http", "UDP"))
        self.assertEqual("none", application("http", "SCTP"))

    def test_a_port_declared_twice_is_served_once(self) -> None:
        ports: list[dict[str, Any]] = [
            {"containerPort": 80},
            {"containerPort": 80, "name": "again"},
        ]
        self.assertEqual(1, len(make_plan([pod("a", ports=ports)], 1).workloads[0].ports))


if __name__ == "__main__":
    unittest.main()
