#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Frames as they are, on eth0 of the namespace that it runs in.

raw.py send HEX...      sends each frame
raw.py sniff            prints "listening", then each received frame in hexadecimal
raw.py build            for each line of standard input, an expression over Scapy's layers,
                        prints the frame it makes
"""

from __future__ import annotations

import socket
import sys

ETH_P_ALL = 3
PACKET_OUTGOING = 4


def packet_socket() -> socket.socket:
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    sock.bind(("eth0", 0))
    return sock


def send(frames: list[str]) -> None:
    sock = packet_socket()
    for frame in frames:
        sock.send(bytes.fromhex(frame))


def sniff() -> None:
    sock = packet_socket()
    print("listening", flush=True)
    while True:
        frame, source = sock.recvfrom(65536)
        if source[2] != PACKET_OUTGOING:
            print(frame.hex(), flush=True)


def build() -> None:
    from scapy import all as layers

    names = vars(layers)
    print("ready", flush=True)
    for line in sys.stdin:
        # The lines are the tests' own.
        print(bytes(eval(line, names)).hex(), flush=True)


if __name__ == "__main__":
    {"send": lambda: send(sys.argv[2:]), "sniff": sniff, "build": build}[sys.argv[1]]()
