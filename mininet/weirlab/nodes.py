# SPDX-License-Identifier: Apache-2.0
"""Mininet's hosts, switch and links, as the lab needs them.

Mininet makes the namespaces and the veth pairs. How a host is set up is one script for each
host, since every command through Mininet's terminals costs a round trip and loses its status.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

from mininet.link import Intf, Link
from mininet.net import Mininet
from mininet.node import Host, Switch

from weirlab.plan import GATEWAYS, POD_PREFIXES, WORLD_PREFIXES, IpAddress
from weirlab.processes import Ledger, die_with_parent

MTU = 1500
HOST_INTERFACE = "eth0"
# Segments and checksums must be on the wire as a switch of its own would see them.
OFFLOADS = ("rx", "tx", "sg", "tso", "gso", "gro", "rxvlan", "txvlan")
# Nobody moves in the lab, and a probe of a stale neighbour would come from a link-local address,
# which hosts here do not have: what has been resolved stays so for some days.
NEIGHBOUR_REACHABLE_MS = 400_000_000
# What Linux takes by default; stated since listener ports must lie below it.
EPHEMERAL_PORTS = "32768 60999"


def interface_prefix(state: Path) -> str:
    """The beginning of the names of one state directory's switch interfaces.

    A name has 15 characters at most: weir-, four digits, a dash, the port.
    """
    digest = hashlib.sha256(str(state.resolve()).encode()).hexdigest()
    return f"weir-{digest[:4]}-"


def leftover_interfaces(prefix: str) -> list[str]:
    names = subprocess.run(
        ["ip", "-json", "link", "show"], check=True, capture_output=True, text=True
    )
    return [
        link["ifname"]
        for link in json.loads(names.stdout or "[]")
        if link.get("ifname", "").startswith(prefix)
    ]


def delete_interfaces(prefix: str) -> list[str]:
    """Removes switch interfaces with the prefix, their other ends with them."""
    names = leftover_interfaces(prefix)
    for name in names:
        # One may go by itself meanwhile, with the namespace of its other end.
        subprocess.run(["ip", "link", "del", name], check=False, capture_output=True)
    return names


class BareIntf(Intf):  # type: ignore[misc]
    """Stays down and without an address until the host's script sets it up."""

    def config(self, **_params: Any) -> dict[str, Any]:
        return {}


class Guarded:
    """Records a node's shell and lets it die with the lab."""

    ledger: Ledger

    def _popen(self, cmd: list[str], **params: Any) -> subprocess.Popen[bytes]:
        popen = subprocess.Popen(cmd, preexec_fn=die_with_parent, **params)
        self.ledger.add(popen.pid, "shell of " + cmd[-1])
        return popen


class LabHost(Guarded, Host):  # type: ignore[misc]
    """A network namespace with one interface and names of its own for all workloads."""

    def __init__(self, name: str, **params: Any) -> None:
        self.ledger = params.pop("ledger")
        super().__init__(name, **params)

    def config(self, **_params: Any) -> dict[str, Any]:
        return {}

    def set_up(self, addresses: tuple[IpAddress, ...], hosts_file: Path) -> None:
        script = _host_script(addresses, hosts_file)
        done = subprocess.run(
            ["mnexec", "-a", str(self.pid), "sh", "-eu", "-c", script],
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise RuntimeError(f"setting up host {self.name}: {done.stderr.strip()}")


class LabSwitch(Guarded, Switch):  # type: ignore[misc]
    """The node in the machine's own namespace that holds the switch's ends of all links.

    The program that switches is a child process of the lab (weirlab.switches), since it is
    started again when it ends, with the same interfaces.
    """

    def __init__(self, name: str, **params: Any) -> None:
        self.ledger = params.pop("ledger")
        super().__init__(name, **params)

    def start(self, _controllers: list[Any]) -> None:
        """The program is started by the lab, later."""


def _host_script(addresses: tuple[IpAddress, ...], hosts_file: Path) -> str:
    conf6 = "/proc/sys/net/ipv6/conf"
    lines = [
        "ip link set lo up",
        f"echo '{EPHEMERAL_PORTS}' > /proc/sys/net/ipv4/ip_local_port_range",
    ]
    for scope in ("all", "default", HOST_INTERFACE):
        lines += [
            f"echo 0 > {conf6}/{scope}/accept_ra",
            f"echo 0 > {conf6}/{scope}/autoconf",
            f"echo 0 > {conf6}/{scope}/accept_redirects",
            f"echo 0 > {conf6}/{scope}/router_solicitations",
            f"echo 0 > {conf6}/{scope}/accept_dad",
        ]
    lines += [
        # No link-local address: the fabric carries none.
        f"echo 1 > {conf6}/{HOST_INTERFACE}/addr_gen_mode",
        f"echo {NEIGHBOUR_REACHABLE_MS} > "
        f"/proc/sys/net/ipv6/neigh/{HOST_INTERFACE}/base_reachable_time_ms",
        f"echo {NEIGHBOUR_REACHABLE_MS} > "
        f"/proc/sys/net/ipv4/neigh/{HOST_INTERFACE}/base_reachable_time_ms",
        _offloads_off(HOST_INTERFACE),
        f"ip link set {HOST_INTERFACE} mtu {MTU} up",
    ]
    for address in addresses:
        prefix = next((p for p in (*POD_PREFIXES, *WORLD_PREFIXES) if address in p), None)
        length = prefix.prefixlen if prefix else address.max_prefixlen
        option = " nodad" if address.version == 6 else ""
        lines.append(f"ip addr add {address}/{length} dev {HOST_INTERFACE}{option}")
    for gateway in GATEWAYS:
        if any(address.version == gateway.version for address in addresses):
            lines.append(
                f"ip -{gateway.version} route add default via {gateway} dev {HOST_INTERFACE} onlink"
            )
    # Mininet's hosts have mount namespaces of their own, so this is seen only inside.
    lines.append(f"mount --bind '{hosts_file}' /etc/hosts")
    return "\n".join(lines)


def _offloads_off(interface: str) -> str:
    return f"ethtool -K {interface} " + " ".join(f"{name} off" for name in OFFLOADS)


class LabNet:
    """One switch node and the hosts around it."""

    def __init__(self, prefix: str, ledger: Ledger) -> None:
        # Mininet would raise this machine's limits, and nobody would lower them again.
        Mininet.inited = True
        self._prefix = prefix
        self._ledger = ledger
        self._net = Mininet(controller=None, host=LabHost, switch=LabSwitch, build=False)
        self._switch = self._net.addSwitch("s1", ledger=ledger)

    def add_host(self, port: int, mac: str) -> LabHost:
        host: LabHost = self._net.addHost(f"h{port}", ledger=self._ledger)
        Link(
            host,
            self._switch,
            intfName1=HOST_INTERFACE,
            intfName2=self.interface(port),
            port1=0,
            port2=port,
            addr1=mac,
            addr2=f"02:77:65:01:{port >> 8:02x}:{port & 255:02x}",
            intf=BareIntf,
        )
        return host

    def interface(self, port: int) -> str:
        return f"{self._prefix}{port}"

    def set_up_switch_ports(self, ports: list[int]) -> None:
        for port in ports:
            name = self.interface(port)
            script = "\n".join(
                [
                    f"echo 1 > /proc/sys/net/ipv6/conf/{name}/disable_ipv6",
                    _offloads_off(name),
                    f"ip link set {name} mtu {MTU} up",
                ]
            )
            subprocess.run(["sh", "-eu", "-c", script], check=True, capture_output=True)

    def stop(self) -> None:
        self._net.stop()
