#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A client that never rests: asks again and again until standard input ends.

    steady.py --mode http|keepalive|tcp|udp --address A --port P [--method M] [--path /]

http opens a connection for each request, keepalive and tcp use one as long as it lives, udp one
socket. Prints a JSON object a line for each attempt: "start" and "end" in seconds since the
epoch, "seen" (reaches, forbidden, status-N or no-connection), and the number of the connection.
"""

from __future__ import annotations

import argparse
import http.client
import json
import select
import socket
import sys
import time
from typing import Any


class Client:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.family = socket.AF_INET6 if ":" in options.address else socket.AF_INET
        self.sock: socket.socket | None = None
        self.connections = 0

    def connected(self) -> socket.socket:
        if self.sock is None:
            udp = self.options.mode == "udp"
            kind = socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
            self.connections += 1
            sock = socket.socket(self.family, kind)
            sock.settimeout(self.options.connect_seconds)
            try:
                sock.connect((self.options.address, self.options.port))
            except OSError:
                sock.close()
                raise
            sock.settimeout(self.options.seconds)
            self.sock = sock
        return self.sock

    def drop(self) -> None:
        if self.sock is not None:
            self.sock.close()
            self.sock = None

    def attempt(self) -> str:
        if self.options.mode in ("http", "keepalive"):
            return self.http()
        sock = self.connected()
        sock.send(b"steady\n")
        answer = sock.recv(65536)
        if not answer:
            raise ConnectionError("closed")
        return "reaches"

    def http(self) -> str:
        sock = self.connected()
        options = self.options
        host = f"[{options.address}]" if ":" in options.address else options.address
        request = f"{options.method} {options.path} HTTP/1.1\r\nHost: {host}\r\n"
        request += "Content-Length: 0\r\n\r\n" if options.method == "POST" else "\r\n"
        sock.sendall(request.encode())
        response = http.client.HTTPResponse(sock, method=options.method)
        response.begin()
        response.read()
        if options.mode == "http" or response.will_close:
            self.drop()
        if response.status == 200:
            return "reaches"
        return "forbidden" if response.status == 403 else f"status-{response.status}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mode", choices=["http", "keepalive", "tcp", "udp"], required=True)
    parser.add_argument("--address", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--method", default="GET")
    parser.add_argument("--path", default="/")
    parser.add_argument("--interval", type=float, default=0.02)
    parser.add_argument("--connect-seconds", type=float, default=1.5)
    parser.add_argument("--seconds", type=float, default=1.0)
    client = Client(parser.parse_args())
    while not select.select([sys.stdin], [], [], client.options.interval)[0]:
        event: dict[str, Any] = {"start": time.time()}
        try:
            event["seen"] = client.attempt()
        except (OSError, http.client.HTTPException) as error:
            event["seen"] = "no-connection"
            event["how"] = type(error).__name__
            if client.options.mode != "udp":
                client.drop()
        event["end"] = time.time()
        event["connection"] = client.connections
        print(json.dumps(event), flush=True)


if __name__ == "__main__":
    main()
