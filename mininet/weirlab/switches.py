# SPDX-License-Identifier: Apache-2.0
"""The programs that can be the lab's switch."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Callable, Mapping

DEVICE_ID = 1
# A JVM on a busy machine.
START_SECONDS = 60.0


class SwitchError(Exception):
    """The switch cannot run; the message says why."""


def free_port() -> int:
    """A TCP port on loopback that nobody listens on now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def command(
    kind: str, soft_switch: list[str], interfaces: Mapping[int, str], grpc: str
) -> list[str]:
    """How the switch is started: `interfaces` by port, `grpc` as host:port."""
    attached = [f"{port}@{name}" for port, name in sorted(interfaces.items())]
    if kind == "soft":
        argv = [*soft_switch, "run", "--grpc", grpc]
        argv += ["--device-id", str(DEVICE_ID)]
        for pair in attached:
            argv += ["-i", pair]
        return argv
    if kind == "bmv2":
        program = shutil.which("simple_switch_grpc")
        if program is None:
            raise SwitchError(
                "simple_switch_grpc is not on PATH; it is BMv2's switch with P4Runtime. "
                "Install it, or use the soft switch."
            )
        argv = [program, "--no-p4", "--device-id", str(DEVICE_ID)]
        for pair in attached:
            argv += ["-i", pair]
        return [*argv, "--", "--grpc-server-addr", grpc]
    raise SwitchError(f"switch {kind!r}: there are soft and bmv2")


def await_listening(grpc: str, still_running: Callable[[], bool]) -> None:
    """Until the address accepts a connection."""
    host, _, port = grpc.rpartition(":")
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
            return
        except OSError as error:
            if not still_running():
                raise SwitchError("the switch ended while it started") from error
            if time.monotonic() > deadline:
                raise SwitchError(f"the switch does not listen on {grpc}") from error
        time.sleep(0.05)
