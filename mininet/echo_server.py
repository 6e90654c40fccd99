#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The stock echo server: answers on every port of one workload and says who asked.

    echo_server.py --name shop/cart --port 8080/http --port 6379/tcp --port 8125/udp

* http: HTTP/1.1 with keep-alive; any method and path is answered 200 with a JSON object.
* tcp: every line is answered with one line, a JSON object that holds it as "data".
* udp: every datagram is answered with one, a JSON object that holds it as "data".

Each answer names the client's address and port as the server's socket sees them, and the
server's own name. With --log every accepted connection, request, line and datagram is also
appended to a file, one JSON object a line, so that a test can show what never arrived.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import functools
import ipaddress
import json
import os
import signal
import socket
import sys
import time
from typing import Any, TextIO, cast

MAX_HEADER_BYTES = 64 * 1024
MAX_LINE_BYTES = 64 * 1024
PR_SET_PDEATHSIG = 1


class Log:
    """Appends one JSON object a line, at once; does nothing without a file."""

    def __init__(self, path: str | None) -> None:
        # Open as long as the server runs.
        self._file: TextIO | None = open(path, "a", buffering=1) if path else None  # noqa: SIM115

    def __call__(self, event: str, **fields: Any) -> None:
        if self._file is not None:
            entry = {"time": time.time(), "event": event, **fields}
            self._file.write(json.dumps(entry) + "\n")


def plain_address(text: str) -> str:
    """An address as users write it: IPv4 not mapped into IPv6, no scope."""
    address = ipaddress.ip_address(text.split("%", 1)[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


class Connection(asyncio.Protocol):
    """What both TCP servers share: who the client is, and what has arrived."""

    application = "tcp"

    def __init__(self, name: str, port: int, log: Log) -> None:
        self.name = name
        self.port = port
        self.log = log
        self.received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        peer = transport.get_extra_info("peername")
        self.client, self.client_port = plain_address(peer[0]), peer[1]
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.note("connection")

    def note(self, event: str, **fields: Any) -> None:
        self.log(
            event,
            protocol="tcp",
            port=self.port,
            client=self.client,
            clientPort=self.client_port,
            **fields,
        )

    def answer(self, **fields: Any) -> bytes:
        facts = {
            "server": self.name,
            "port": self.port,
            "protocol": self.application,
            "client": self.client,
            "clientPort": self.client_port,
            **fields,
        }
        return json.dumps(facts).encode() + b"\n"


class LineEcho(Connection):
    def data_received(self, data: bytes) -> None:
        self.received += data
        while (end := self.received.find(b"\n")) >= 0:
            line = self.received[:end].rstrip(b"\r").decode(errors="replace")
            del self.received[: end + 1]
            self.note("line", data=line)
            self.transport.write(self.answer(data=line))
        if len(self.received) > MAX_LINE_BYTES:
            self.transport.close()


class HttpEcho(Connection):
    """HTTP/1.1 on one connection: requests in turn, their bodies read and dropped."""

    application = "http"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.body_left = 0
        self.chunked = False
        self.pending: tuple[bytes, bool] | None = None

    def data_received(self, data: bytes) -> None:
        self.received += data
        while self.received or self.pending is not None:
            if not (self.finish_body() if self.pending is not None else self.start_request()):
                return

    def start_request(self) -> bool:
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            if len(self.received) > MAX_HEADER_BYTES:
                self.refuse(431, "Request Header Fields Too Large")
            return False
        head = self.received[:end].decode("latin-1").lstrip("\r\n")
        del self.received[: end + 4]
        request_line, *lines = head.split("\r\n")
        parts = request_line.split(" ")
        if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
            self.refuse(400, "Bad Request")
            return False
        method, target, version = parts
        headers: dict[str, str] = {}
        for line in lines:
            field, colon, value = line.partition(":")
            if not colon or not field or field != field.strip():
                self.refuse(400, "Bad Request")
                return False
            field, value = field.lower(), value.strip()
            headers[field] = headers[field] + ", " + value if field in headers else value
        coding = headers.get("transfer-encoding", "").lower()
        length = headers.get("content-length", "0")
        if coding not in ("", "chunked") or not (length.isascii() and length.isdigit()):
            self.refuse(400, "Bad Request")
            return False
        self.chunked = coding == "chunked"
        self.body_left = 0 if self.chunked else int(length)
        if headers.get("expect", "").lower() == "100-continue":
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        connection = headers.get("connection", "").lower()
        keep = "close" not in connection if version == "HTTP/1.1" else "keep-alive" in connection
        self.note("request", method=method, path=target)
        body = self.answer(method=method, path=target, headers=headers)
        answer = (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n"
            % (len(body), b"" if keep else b"Connection: close\r\n")
        ) + (b"" if method == "HEAD" else body)
        self.pending = (answer, keep)
        return True

    def finish_body(self) -> bool:
        """Drops what has come of the body; answers once it is whole."""
        assert self.pending is not None
        while True:
            taken = min(self.body_left, len(self.received))
            del self.received[:taken]
            self.body_left -= taken
            if self.body_left:
                return False
            if not self.chunked:
                break
            if self.received.startswith(b"\r\n"):
                del self.received[:2]
            end = self.received.find(b"\r\n")
            if end < 0:
                return False
            try:
                size = int(self.received[:end].split(b";")[0], 16)
            except ValueError:
                self.refuse(400, "Bad Request")
                return False
            if size:
                del self.received[: end + 2]
                self.body_left = size
                continue
            # The last chunk: trailers end with an empty line.
            whole = self.received.find(b"\r\n\r\n")
            if whole < 0:
                return False
            del self.received[: whole + 4]
            break
        answer, keep = self.pending
        self.pending = None
        self.transport.write(answer)
        if not keep:
            self.transport.close()
            return False
        return True

    def refuse(self, status: int, reason: str) -> None:
        self.transport.write(
            f"HTTP/1.1 {status} {reason}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        self.received.clear()
        self.transport.close()


class DatagramEcho(asyncio.DatagramProtocol):
    def __init__(self, name: str, port: int, log: Log) -> None:
        self.name = name
        self.port = port
        self.log = log

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        facts = {
            "port": self.port,
            "protocol": "udp",
            "client": plain_address(addr[0]),
            "clientPort": addr[1],
            "data": data.decode(errors="replace"),
        }
        self.log("datagram", **facts)
        self.transport.sendto(json.dumps({"server": self.name, **facts}).encode(), addr)


def listening_socket(kind: socket.SocketKind, address: str | None, port: int) -> socket.socket:
    """On one address, or on all of both families."""
    family = socket.AF_INET if address and ":" not in address else socket.AF_INET6
    sock = socket.socket(family, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1 if address else 0)
    sock.bind((address or "::", port))
    sock.setblocking(False)
    return sock


async def serve(name: str, ports: list[str], addresses: list[str], log: Log) -> None:
    loop = asyncio.get_running_loop()
    for port_text in ports:
        number_text, _, application = port_text.partition("/")
        port = int(number_text)
        if application == "udp":
            # A socket for each address, so that an answer leaves from the address that was asked.
            every: list[str | None] = [*addresses] or [None]
            for address in every:
                await loop.create_datagram_endpoint(
                    functools.partial(DatagramEcho, name, port, log),
                    sock=listening_socket(socket.SOCK_DGRAM, address, port),
                )
        elif application in ("http", "tcp"):
            protocol = HttpEcho if application == "http" else LineEcho
            await loop.create_server(
                functools.partial(protocol, name, port, log),
                sock=listening_socket(socket.SOCK_STREAM, None, port),
                backlog=512,
            )
        else:
            raise SystemExit(f"--port {port_text}: the part after / is http, tcp or udp")
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    print("listening", flush=True)
    await stop.wait()


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description="Echo server on every port of one workload.")
    parser.add_argument("--name", required=True, help="what it calls itself in its answers")
    parser.add_argument("--port", action="append", default=[], metavar="NUMBER/http|tcp|udp")
    parser.add_argument("--address", action="append", default=[], help="own address, for UDP")
    parser.add_argument("--log", metavar="FILE", help="append what arrives, JSON a line")
    parser.add_argument("--with-parent", action="store_true", help="end when the parent ends")
    options = parser.parse_args(arguments)
    if options.with_parent:
        parent = os.getppid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            return
    asyncio.run(serve(options.name, options.port, options.address, Log(options.log)))


if __name__ == "__main__":
    main(sys.argv[1:])
