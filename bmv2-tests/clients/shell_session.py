# SPDX-License-Identifier: Apache-2.0
"""A session of p4runtime-shell with a switch that runs conformance.p4.

usage: shell_session.py HOST:PORT P4INFO JSON
"""

import sys
from pathlib import Path

import p4runtime_sh.shell as sh

CONTROLLER = 510


def check(what: str, got: object, wanted: object) -> None:
    if got != wanted:
        sys.exit(f"{what}: {got!r}, not {wanted!r}")
    print(f"ok: {what}")


def params(entry: sh.TableEntry) -> str:
    return entry.action["value"].value.hex()


def entries() -> None:
    exact = sh.TableEntry("exact_t")(action="set")
    exact.match["a"] = "1"
    exact.match["d"] = "2"
    exact.action["value"] = "0x11"
    exact.metadata = b"from the shell"
    exact.insert()
    read = list(sh.TableEntry("exact_t").read())
    check("one exact entry", len(read), 1)
    check("its parameter", params(read[0]), "11")
    check("its metadata", read[0].metadata, b"from the shell")
    exact.action["value"] = "0x12"
    exact.modify()
    check("modified", [params(e) for e in sh.TableEntry("exact_t").read()], ["12"])

    lpm = sh.TableEntry("lpm_t")(action="set")
    lpm.match["b"] = "10.1.0.0/16"
    lpm.action["value"] = "0x21"
    lpm.insert()
    read = list(sh.TableEntry("lpm_t").read())
    check("prefix length", read[0].match["b"].lpm.prefix_len, 16)
    lpm.delete()
    check("deleted", list(sh.TableEntry("lpm_t").read()), [])

    ternary = sh.TableEntry("ternary_t")(action="set")
    ternary.match["a"] = "0x1200&&&0xff00"
    ternary.match["b"] = "5..900"
    ternary.match["d"] = "7"
    ternary.priority = 9
    ternary.action["value"] = "0x31"
    ternary.insert()
    read = list(sh.TableEntry("ternary_t").read())
    check("priority", read[0].priority, 9)
    check("mask", read[0].match["a"].ternary.mask.hex(), "ff00")
    check("range", read[0].match["b"].range.high.hex(), "0384")
    check("optional", read[0].match["d"].optional.value.hex(), "07")


def packet(op: int, a: int, b: int, d: int) -> bytes:
    return bytes([op]) + a.to_bytes(2, "big") + b.to_bytes(4, "big") + bytes([d, 0])


def through(packets: sh.PacketIn, payload: bytes, wanted: int) -> list[bytes]:
    out = sh.PacketOut(payload)
    out.metadata["egress_port"] = str(CONTROLLER)
    out.metadata["flags"] = "0"
    out.send()
    return [packets.packet_in_queue.get(timeout=10).packet.payload for _ in range(wanted)]


def packets_and_counters(packets: sh.PacketIn) -> None:
    (back,) = through(packets, packet(1, 1, 0, 2), 1)
    check("the exact entry decides", back[-1], 0x12)
    (back,) = through(packets, packet(3, 0x1234, 77, 7), 1)
    check("the ternary entry decides", back[-1], 0x31)
    direct = [e.data.packet_count for e in sh.DirectCounterEntry("ternary_counter").read()]
    check("the direct counter", direct, [1])
    through(packets, packet(12, 0, 3, 0), 1)
    counter = sh.CounterEntry("counts")
    counter.index = 3
    check("the counter", [c.packet_count for c in counter.read()], [1])
    counter.packet_count = 40
    counter.modify()
    check("the counter as set", [c.packet_count for c in counter.read()], [40])


def replication(packets: sh.PacketIn) -> None:
    group = sh.MulticastGroupEntry(21)
    group.add(CONTROLLER, 1).add(CONTROLLER, 2)
    group.insert()
    check("replicas", len(list(sh.MulticastGroupEntry(21).read())[0].replicas), 2)
    check("copies", len(through(packets, packet(15, 21, 0, 0), 2)), 2)
    group.delete()
    session = sh.CloneSessionEntry(22)
    session.add(CONTROLLER, 3)
    session.insert()
    check("clones", len(through(packets, packet(16, 0, 22, 0), 1)), 1)
    session.delete()


def selection(packets: sh.PacketIn) -> None:
    member = sh.ActionProfileMember("profile")(member_id=1, action="set")
    member.action["value"] = "0x41"
    member.insert()
    entry = sh.TableEntry("profile_t")(member_id=1)
    entry.match["a"] = "1"
    entry.insert()
    (back,) = through(packets, packet(7, 1, 0, 0), 1)
    check("the member's action", back[-1], 0x41)


def main() -> None:
    address, p4info, json = sys.argv[1:]
    sh.setup(
        device_id=1,
        grpc_addr=address,
        election_id=(1, 0),
        config=sh.FwdPipeConfig(Path(p4info), Path(json)),
        verbose=False,
    )
    packets = sh.PacketIn()
    try:
        entries()
        packets_and_counters(packets)
        replication(packets)
        selection(packets)
    finally:
        sh.teardown()
    print("done")


if __name__ == "__main__":
    main()
