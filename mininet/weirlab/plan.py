# SPDX-License-Identifier: Apache-2.0
"""Who is in the lab, where, and under which address. Pure: values in, values out."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Union

IpAddress = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]

POD_PREFIXES = (ipaddress.ip_network("10.77.0.0/16"), ipaddress.ip_network("fd77::/64"))
GATEWAYS = (ipaddress.ip_address("10.77.0.1"), ipaddress.ip_address("fd77::1"))
WORLD_ADDRESSES = ("198.51.100.2", "198.51.100.66", "198.51.100.130", "2001:db8:ffff::2")
WORLD_PREFIXES = (
    ipaddress.ip_network("198.51.100.0/24"),
    ipaddress.ip_network("2001:db8:ffff::/64"),
)
FABRIC_MAC = "02:77:65:69:72:01"
WORLD = "world"
# Pods get 10.77.1.1 and up; the third byte's values from here on are the sidecars'.
SIDECAR_BLOCK = 200
# Interface numbers have three digits (names have 15 characters), and so have switch ports.
MOST_PORTS = 500

# Port names, alone or before a dash, that say a TCP port carries something else than HTTP.
OPAQUE_NAMES = frozenset(
    {"tcp", "tls", "https", "mongo", "mysql", "redis", "postgres", "kafka", "zookeeper", "amqp"}
)


class PlanError(Exception):
    """The pods cannot be a lab; the message says which and why."""


@dataclass(frozen=True)
class Port:
    """A declared container port; `application` is what the stock server speaks there."""

    name: str
    number: int
    protocol: str
    application: str

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "port": self.number,
            "protocol": self.protocol,
            "application": self.application,
        }


@dataclass(frozen=True)
class Node:
    """What stands behind one switch port."""

    name: str
    port: int
    addresses: tuple[IpAddress, ...]

    @property
    def mac(self) -> str:
        return f"02:77:65:00:{self.port >> 8:02x}:{self.port & 255:02x}"


@dataclass(frozen=True)
class Workload(Node):
    ports: tuple[Port, ...] = ()
    sidecar: str = ""
    # Whether the addresses are the lab's choice, to be written to the pod's status.
    assigned: bool = False


@dataclass(frozen=True)
class Sidecar(Node):
    number: int = 0


@dataclass(frozen=True)
class World(Node):
    ports: tuple[Port, ...] = (
        Port("http", 8080, "TCP", "http"),
        Port("tcp-ledger", 8443, "TCP", "tcp"),
        Port("udp-time", 5300, "UDP", "udp"),
    )


@dataclass(frozen=True)
class Plan:
    workloads: tuple[Workload, ...]
    sidecars: tuple[Sidecar, ...]
    world: World
    pods: Mapping[str, Mapping[str, Any]] = field(repr=False, default_factory=dict)

    def nodes(self) -> Iterator[Workload | Sidecar | World]:
        yield from self.workloads
        yield from self.sidecars
        yield self.world

    def served(self) -> Iterator[Workload | World]:
        """Those that a stock server runs in."""
        yield from self.workloads
        yield self.world

    def fabric(self, grpc: str, pipeline: str) -> dict[str, Any]:
        """What PUT /weir/v1/fabric takes."""
        attachments: list[dict[str, Any]] = []
        for workload in self.workloads:
            attachments.append(
                {
                    "port": workload.port,
                    "mac": workload.mac,
                    "workload": workload.name,
                    "addresses": [str(address) for address in workload.addresses],
                    "sidecar": workload.sidecar,
                }
            )
        for sidecar in self.sidecars:
            attachments.append(
                {
                    "port": sidecar.port,
                    "mac": sidecar.mac,
                    "sidecarName": sidecar.name,
                    "number": sidecar.number,
                    "addresses": [str(address) for address in sidecar.addresses],
                }
            )
        attachments.append({"port": self.world.port, "mac": self.world.mac, "world": True})
        return {
            "switch": {"name": "s1", "deviceId": 1, "grpc": grpc, "pipeline": pipeline},
            "fabricMac": FABRIC_MAC,
            "gateways": [str(gateway) for gateway in GATEWAYS],
            "attachments": attachments,
        }

    def hosts_file(self) -> str:
        """Names of all workloads: cart.shop and cart.shop.svc.cluster.local for shop/cart."""
        lines = ["127.0.0.1 localhost", "::1 localhost"]
        for workload in self.workloads:
            namespace, _, name = workload.name.partition("/")
            names = f"{name}.{namespace} {name}.{namespace}.svc.cluster.local"
            lines += [f"{address} {names}" for address in workload.addresses]
        lines += [f"{address} {WORLD}" for address in self.world.addresses]
        return "\n".join(lines) + "\n"


def application(name: str, protocol: str) -> str:
    """What the stock server speaks on a port of that name: http, tcp, udp or none."""
    if protocol == "UDP":
        return "udp"
    if protocol != "TCP":
        return "none"
    return "tcp" if name.split("-", 1)[0] in OPAQUE_NAMES else "http"


def declared_ports(pod: Mapping[str, Any]) -> tuple[Port, ...]:
    ports: list[Port] = []
    for container in pod.get("spec", {}).get("containers", []):
        for declared in container.get("ports", []):
            name = declared.get("name", "")
            protocol = declared.get("protocol", "TCP")
            number = int(declared["containerPort"])
            if not any(p.number == number and p.protocol == protocol for p in ports):
                ports.append(Port(name, number, protocol, application(name, protocol)))
    return tuple(ports)


def declared_addresses(pod: Mapping[str, Any]) -> tuple[IpAddress, ...]:
    status = pod.get("status", {})
    texts = [entry.get("ip", "") for entry in status.get("podIPs", [])]
    if status.get("podIP") and status["podIP"] not in texts:
        texts.insert(0, status["podIP"])
    return tuple(ipaddress.ip_address(text) for text in texts if text)


def _free_addresses(taken: set[IpAddress]) -> Iterator[tuple[IpAddress, IpAddress]]:
    for block in range(1, SIDECAR_BLOCK):
        for low in range(1, 255):
            pair = (
                ipaddress.ip_address(f"10.77.{block}.{low}"),
                ipaddress.ip_address(f"fd77::{block:x}:{low:x}"),
            )
            if not taken.intersection(pair):
                yield pair


def make_plan(pods: Iterable[Mapping[str, Any]], sidecar_count: int) -> Plan:
    """Ports in the order of the pods' names, then the sidecars, then the world."""
    by_name: dict[str, Mapping[str, Any]] = {}
    for pod in pods:
        metadata = pod["metadata"]
        by_name[f"{metadata.get('namespace', 'default')}/{metadata['name']}"] = pod
    if not by_name:
        raise PlanError("there is no Pod; apply at least one before the lab starts")
    if sidecar_count < 1:
        raise PlanError("the lab needs at least one sidecar")
    if len(by_name) + sidecar_count + 1 > MOST_PORTS:
        raise PlanError(f"{len(by_name)} Pods and {sidecar_count} sidecars: at most {MOST_PORTS}")
    for name, pod in by_name.items():
        if pod.get("spec", {}).get("hostNetwork"):
            raise PlanError(f"Pod {name}: spec.hostNetwork has no place of its own on the switch")

    world_addresses = tuple(ipaddress.ip_address(text) for text in WORLD_ADDRESSES)
    sidecars = tuple(
        Sidecar(
            name=f"sidecar-{number}",
            port=len(by_name) + number,
            addresses=(
                ipaddress.ip_address(f"10.77.{SIDECAR_BLOCK}.{number}"),
                ipaddress.ip_address(f"fd77::{SIDECAR_BLOCK:x}:{number:x}"),
            ),
            number=number,
        )
        for number in range(1, sidecar_count + 1)
    )
    owners: dict[IpAddress, str] = {gateway: "the gateway" for gateway in GATEWAYS}
    owners.update({address: WORLD for address in world_addresses})
    for sidecar in sidecars:
        owners.update({address: sidecar.name for address in sidecar.addresses})
    for name, pod in sorted(by_name.items()):
        for address in declared_addresses(pod):
            if address in owners:
                raise PlanError(f"Pod {name}: status.podIP {address} is {owners[address]}'s too")
            owners[address] = name

    free = _free_addresses(set(owners))
    # Dealt out in the order of their own names, which spreads those of each namespace.
    by_own_name = sorted(by_name, key=lambda name: (name.partition("/")[2], name))
    sidecar_of = {
        name: sidecars[index % len(sidecars)].name for index, name in enumerate(by_own_name)
    }
    workloads: list[Workload] = []
    for index, (name, pod) in enumerate(sorted(by_name.items())):
        declared = declared_addresses(pod)
        workloads.append(
            Workload(
                name=name,
                port=index + 1,
                addresses=declared or next(free),
                ports=declared_ports(pod),
                sidecar=sidecar_of[name],
                assigned=not declared,
            )
        )
    world = World(name=WORLD, port=len(by_name) + sidecar_count + 1, addresses=world_addresses)
    return Plan(tuple(workloads), sidecars, world, by_name)
