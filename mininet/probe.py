#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes connections from inside one workload and says what became of each.

Reads a JSON list of probes from standard input, makes them all at once, and writes a list of
results in the same order. A probe:

    {"address": "10.77.1.1", "port": 8080, "protocol": "http", "method": "GET", "path": "/",
     "fromAddress": "10.77.1.2", "seconds": 2.0}

`protocol` is http, tcp or udp; `fromAddress` may be left out. A result has `seen`:

* reaches: the server answered (for http with 200); `answer` is what it said
* forbidden: HTTP 403
* status-N: another HTTP status
* no-connection: nothing came back, the connection was refused, or it ended without an answer;
  `how` says which
"""

from __future__ import annotations

import http.client
import json
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

MOST_AT_ONCE = 64


def family_of(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def connect(probe: dict[str, Any], kind: socket.SocketKind) -> socket.socket:
    sock = socket.socket(family_of(probe["address"]), kind)
    sock.settimeout(probe["seconds"])
    try:
        if probe.get("fromAddress"):
            sock.bind((probe["fromAddress"], 0))
        sock.connect((probe["address"], probe["port"]))
    except OSError:
        sock.close()
        raise
    return sock


def over_http(probe: dict[str, Any]) -> dict[str, Any]:
    with connect(probe, socket.SOCK_STREAM) as sock:
        host = probe["address"]
        connection = http.client.HTTPConnection(host, probe["port"])
        connection.sock = sock
        connection.request(probe["method"], probe["path"])
        response = connection.getresponse()
        body = response.read()
        if response.status == 200:
            return {"seen": "reaches", "answer": parsed(body)}
        return {"seen": "forbidden" if response.status == 403 else f"status-{response.status}"}


def over_tcp(probe: dict[str, Any]) -> dict[str, Any]:
    with connect(probe, socket.SOCK_STREAM) as sock, sock.makefile("rb") as lines:
        sock.sendall(b"probe\n")
        line = lines.readline()
        if not line:
            return {"seen": "no-connection", "how": "closed without an answer"}
        return {"seen": "reaches", "answer": parsed(line)}


def over_udp(probe: dict[str, Any]) -> dict[str, Any]:
    with connect(probe, socket.SOCK_DGRAM) as sock:
        # A datagram may be lost on the way, so it is sent again while there is time.
        deadline = time.monotonic() + probe["seconds"]
        sock.settimeout(min(0.5, probe["seconds"]))
        while True:
            sock.send(b"probe")
            try:
                return {"seen": "reaches", "answer": parsed(sock.recv(65536))}
            except TimeoutError:
                if time.monotonic() > deadline:
                    raise


def parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


def run(probe: dict[str, Any]) -> dict[str, Any]:
    start = time.monotonic()
    way = {"http": over_http, "tcp": over_tcp, "udp": over_udp}[probe["protocol"]]
    try:
        result = way(probe)
    except TimeoutError:
        result = {"seen": "no-connection", "how": "timed out"}
    except http.client.HTTPException as error:
        result = {"seen": "no-connection", "how": f"closed: {error}"}
    except OSError as error:
        result = {"seen": "no-connection", "how": error.strerror or str(error)}
    return {**result, "milliseconds": round((time.monotonic() - start) * 1000, 3)}


def main() -> None:
    probes = json.load(sys.stdin)
    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        json.dump(list(pool.map(run, probes)), sys.stdout)


if __name__ == "__main__":
    main()
