# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

LAB = Path(__file__).resolve().parent.parent


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class EchoServerTest(unittest.TestCase):
    http: int
    tcp: int
    udp: int
    log: Path
    folder: tempfile.TemporaryDirectory[str]
    server: subprocess.Popen[bytes]

    @classmethod
    def setUpClass(cls) -> None:
        cls.http, cls.tcp = free_port(socket.SOCK_STREAM), free_port(socket.SOCK_STREAM)
        cls.udp = free_port(socket.SOCK_DGRAM)
        cls.folder = tempfile.TemporaryDirectory()
        cls.log = Path(cls.folder.name) / "log"
        ports = [f"{cls.http}/http", f"{cls.tcp}/tcp", f"{cls.udp}/udp"]
        argv = [sys.executable, str(LAB / "echo_server.py"), "--with-parent", "--name", "shop/cart"]
        argv += ["--log", str(cls.log), *(part for port in ports for part in ("--port", port))]
        cls.server = subprocess.Popen(
            argv,
            stdout=subprocess.PIPE,
        )
        assert cls.server.stdout is not None
        cls.server.stdout.readline()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.terminate()
        cls.server.communicate()
        cls.folder.cleanup()

    def test_one_http_connection_serves_any_method_and_path_in_turn(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=5)
        for method, path, body in (
            ("GET", "/a?b=c", None),
            ("DELETE", "/x", None),
            ("POST", "/y", b"z" * 100_000),
        ):
            connection.request(method, path, body)
            answer = connection.getresponse()
            facts = json.loads(answer.read())
            self.assertEqual(200, answer.status)
            self.assertEqual(("shop/cart", method, path), tuple(facts[k] for k in KEYS))
            self.assertEqual(connection.sock.getsockname()[1], facts["clientPort"])
        connection.close()

    def test_a_chunked_body_does_not_disturb_the_next_request(self) -> None:
        with socket.create_connection(("::1", self.http), timeout=5) as sock:
            head = b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            for piece in (head, b"5\r\nhe", b"llo\r\n", b"0\r", b"\n\r\nGET /b HTTP/1.1\r\n\r\n"):
                sock.sendall(piece)
            lines = sock.makefile("rb")
            paths: list[str] = []
            while len(paths) < 2:
                line = lines.readline()
                if line.startswith(b"{"):
                    facts = json.loads(line)
                    self.assertEqual("::1", facts["client"])
                    paths.append(facts["path"])
            self.assertEqual(["/a", "/b"], paths)

    def test_what_is_no_http_is_refused(self) -> None:
        for request in (b"hello\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", self.http), timeout=5) as sock:
                sock.sendall(request)
                self.assertTrue(sock.recv(100).startswith(b"HTTP/1.1 400 "))

    def test_each_line_over_tcp_is_answered_with_the_clients_own_address(self) -> None:
        with socket.create_connection(("127.0.0.1", self.tcp), timeout=5) as sock:
            sock.sendall(b"one\ntwo\n")
            lines = sock.makefile("rb")
            answers = [json.loads(lines.readline()) for _ in range(2)]
            self.assertEqual(["one", "two"], [answer["data"] for answer in answers])
            self.assertEqual({"127.0.0.1"}, {answer["client"] for answer in answers})

    def test_a_datagram_is_answered_and_logged(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(5)
            sock.sendto(b"ping", ("127.0.0.1", self.udp))
            self.assertEqual("ping", json.loads(sock.recv(9999))["data"])
        events = [json.loads(line) for line in self.log.read_text().splitlines()]
        self.assertIn("ping", [e["data"] for e in events if e["event"] == "datagram"])


KEYS = ("server", "method", "path")

if __name__ == "__main__":
    unittest.main()
