# SPDX-License-Identifier: Apache-2.0
"""Bridges raw frames on interfaces to lines of text: `PORT HEX`, both ways.

Arguments: PORT@INTERFACE ... Ends when standard input does.
"""

import selectors
import socket
import sys

PACKET_OUTGOING = 4
ETH_P_ALL = 3


def main() -> None:
    selector = selectors.DefaultSelector()
    ports: dict[str, socket.socket] = {}
    for argument in sys.argv[1:]:
        number, interface = argument.split("@")
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        opened.bind((interface, 0))
        ports[number] = opened
        selector.register(opened, selectors.EVENT_READ, number)
    selector.register(sys.stdin.buffer.raw, selectors.EVENT_READ, None)
    print("ready", flush=True)
    pending = b""
    while True:
        for key, _ in selector.select():
            if key.data is not None:
                frame, address = ports[key.data].recvfrom(65535)
                if address[2] != PACKET_OUTGOING:
                    print(key.data, frame.hex(), flush=True)
                continue
            read = sys.stdin.buffer.raw.read(65536)
            if not read:
                return
            pending += read
            *lines, pending = pending.split(b"\n")
            for line in lines:
                number, text = line.decode().split()
                ports[number].send(bytes.fromhex(text))


main()
