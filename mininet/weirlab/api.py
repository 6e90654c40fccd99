# SPDX-License-Identifier: Apache-2.0
"""What the lab asks of the controller, over its HTTP API."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from weirlab.plan import Plan, Workload

REQUEST_TIMEOUT_SECONDS = 30


class ApiError(Exception):
    """The API refused or was not reached; the message holds its answer."""


class Api:
    def __init__(self, base: str) -> None:
        self._base = base.rstrip("/")
        # The API is on loopback; a proxy of the environment is not for it.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        request = urllib.request.Request(
            self._base + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
        )
        try:
            with self._opener.open(request, timeout=REQUEST_TIMEOUT_SECONDS) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            detail = error.read().decode(errors="replace")
            raise ApiError(f"{method} {path}: {error.code} {detail}") from error
        except OSError as error:
            raise ApiError(f"{method} {self._base}{path}: {error}") from error
        return json.loads(text) if text else None

    def await_ready(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.request("GET", "/api/v1/pods")
                return
            except ApiError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.1)

    def pods(self) -> list[dict[str, Any]]:
        pods: list[dict[str, Any]] = self.request("GET", "/api/v1/pods")["items"]
        return pods

    def put_addresses(self, workload: Workload, pod: Mapping[str, Any]) -> None:
        """Writes the addresses that the lab has chosen to the pod's status."""
        namespace, _, name = workload.name.partition("/")
        texts = [str(address) for address in workload.addresses]
        status = {
            **pod.get("status", {}),
            "phase": "Running",
            "podIP": texts[0],
            "podIPs": [{"ip": text} for text in texts],
        }
        self.request(
            "PUT",
            f"/api/v1/namespaces/{namespace}/pods/{name}/status",
            {"apiVersion": "v1", "kind": "Pod", **pod, "status": status},
        )

    def put_fabric(self, plan: Plan, grpc: str, pipeline: str) -> None:
        self.request("PUT", "/weir/v1/fabric", plan.fabric(grpc, pipeline))
