# SPDX-License-Identifier: Apache-2.0
"""A session of finsy with a switch that runs conformance.p4.

usage: finsy_session.py HOST:PORT P4INFO JSON [roles]
"""

import asyncio
import sys
from pathlib import Path

import finsy as fy

CONTROLLER = 510
PATIENCE = 10


def check(what: str, got: object, wanted: object) -> None:
    if got != wanted:
        sys.exit(f"{what}: {got!r}, not {wanted!r}")
    print(f"ok: {what}")


def packet(op: int, a: int, b: int, d: int) -> bytes:
    return bytes([op]) + a.to_bytes(2, "big") + b.to_bytes(4, "big") + bytes([d, 0])


async def read(sw: fy.Switch, entity: object) -> list:
    return [e async for e in sw.read(entity)]


async def through(sw: fy.Switch, payload: bytes, wanted: int) -> list[bytes]:
    seen: list[bytes] = []

    async def listen() -> None:
        async for back in sw.read_packets():
            seen.append(back.payload)
            if len(seen) == wanted:
                return

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0)
    await sw.write(fy.P4PacketOut(payload, egress_port=CONTROLLER, flags=0))
    await asyncio.wait_for(listening, PATIENCE)
    return seen


async def entries(sw: fy.Switch) -> None:
    exact = fy.P4TableEntry(
        "exact_t", match=fy.Match(a=1, d=2), action=fy.Action("set", value=0x11), metadata=b"f"
    )
    await sw.write([+exact])
    (back,) = await read(sw, fy.P4TableEntry("exact_t"))
    check("the entry", (back["a"], back.action.args["value"], back.metadata), (1, 0x11, b"f"))
    await sw.write(
        [
            ~fy.P4TableEntry(
                "exact_t", match=fy.Match(a=1, d=2), action=fy.Action("set", value=0x12)
            ),
            +fy.P4TableEntry(
                "lpm_t", match=fy.Match(b="10.1.0.0/16"), action=fy.Action("set", value=0x21)
            ),
            +fy.P4TableEntry(
                "ternary_t",
                match=fy.Match(a="0x1200/&0xff00", b="5...900", d=7),
                action=fy.Action("set", value=0x31),
                priority=9,
            ),
        ]
    )
    (back,) = await through(sw, packet(1, 1, 0, 2), 1)
    check("the modified entry decides", back[-1], 0x12)
    (back,) = await through(sw, packet(2, 0, 0x0A010203, 0), 1)
    check("the prefix decides", back[-1], 0x21)
    (back,) = await through(sw, packet(3, 0x1234, 77, 7), 1)
    check("the ternary entry decides", back[-1], 0x31)
    (counted,) = await read(sw, fy.P4TableEntry("ternary_t", counter_data=fy.P4CounterData()))
    check("its counter", counted.counter_data.packet_count, 1)
    await sw.write([-fy.P4TableEntry("lpm_t", match=fy.Match(b="10.1.0.0/16"))])
    check("deleted", await read(sw, fy.P4TableEntry("lpm_t")), [])


async def others(sw: fy.Switch) -> None:
    await through(sw, packet(12, 0, 3, 0), 1)
    (counter,) = await read(sw, fy.P4CounterEntry("counts", index=3))
    check("the counter", counter.data.packet_count, 1)
    await sw.write([+fy.P4MulticastGroupEntry(21, replicas=[(CONTROLLER, 1), (CONTROLLER, 2)])])
    check("copies", len(await through(sw, packet(15, 21, 0, 0), 2)), 2)
    await sw.write([+fy.P4CloneSessionEntry(22, replicas=[(CONTROLLER, 3)])])
    check("clones", len(await through(sw, packet(16, 0, 22, 0), 1)), 1)
    meter = fy.P4MeterConfig(cir=1, cburst=1, pir=1, pburst=1)
    await sw.write([~fy.P4MeterEntry("meters", index=1, config=meter)])
    (back,) = await read(sw, fy.P4MeterEntry("meters", index=1))
    check("the meter", back.config, meter)
    await sw.write(
        [
            +fy.P4ActionProfileMember("profile", member_id=1, action=fy.Action("set", value=0x41)),
        ]
    )
    await sw.write(
        [
            +fy.P4TableEntry(
                "profile_t", match=fy.Match(a=1), action=fy.P4IndirectAction(member_id=1)
            )
        ]
    )
    (back,) = await through(sw, packet(7, 1, 0, 0), 1)
    check("the member's action", back[-1], 0x41)


async def digests(sw: fy.Switch) -> None:
    await sw.write([+fy.P4DigestEntry("learn_t", max_list_size=1, ack_timeout_ns=1)])

    async def listen() -> fy.P4DigestList:
        async for each in sw.read_digests("learn_t"):
            return each
        raise AssertionError

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0)
    await through(sw, packet(17, 0x1234, 0x99, 0), 1)
    heard = await asyncio.wait_for(listening, PATIENCE)
    check("the digest", list(heard), [{"a": 0x1234, "b": 0x99}])
    await sw.write(heard.ack())


async def roles(address: str, options: fy.SwitchOptions) -> None:
    """A second role beside the first one, which may write one table alone."""
    from finsy.proto import stratum

    async with fy.Switch("all", address, options) as everything:
        config = stratum.P4RoleConfig(
            shared_p4_ids=[everything.p4info.tables["exact_t"].id], receives_packet_ins=True
        )
        limited = fy.SwitchOptions(
            p4info=options.p4info, role_name="limited", role_config=config, initial_election_id=7
        )
        async with fy.Switch("limited", address, limited) as one:
            check("both are primary", (everything.is_primary, one.is_primary), (True, True))
            await one.write(
                [
                    +fy.P4TableEntry(
                        "exact_t", match=fy.Match(a=9, d=9), action=fy.Action("set", value=9)
                    )
                ]
            )
            try:
                await one.write(
                    [
                        +fy.P4TableEntry(
                            "lpm_t", match=fy.Match(b="10.0.0.0/8"), action=fy.Action("drop")
                        )
                    ]
                )
                sys.exit("the limited role wrote what is not its own")
            except fy.P4ClientError as e:
                check(
                    "not its own",
                    [d.canonical_code for d in e.details.values()],
                    [fy.GRPCStatusCode.PERMISSION_DENIED],
                )


async def main() -> None:
    address, p4info, json = sys.argv[1:4]
    options = fy.SwitchOptions(
        p4info=Path(p4info), p4blob=Path(json), p4force=True, initial_election_id=5
    )
    async with fy.Switch("one", address, options) as sw:
        check("primary", sw.is_primary, True)
        await entries(sw)
        await others(sw)
        await digests(sw)
    if sys.argv[4:] == ["roles"]:
        await roles(address, options(initial_election_id=6))
    print("done")


if __name__ == "__main__":
    fy.run(main())
