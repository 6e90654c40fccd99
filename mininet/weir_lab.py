#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The lab of Weir: real workloads and real Envoys around one switch, on this machine.

    weir_lab.py up --state DIR --api http://127.0.0.1:PORT --switch soft|bmv2 --pipeline NAME
    weir_lab.py clean --state DIR

`up` stays until it gets SIGTERM, and then removes all it has made. docs/lab.md says more.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    checkout = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description="Weir's lab on Mininet. Needs root.")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="build the lab and keep it until SIGTERM")
    clean = commands.add_parser("clean", help="remove what a crashed lab has left")
    for command in (up, clean):
        command.add_argument("--state", type=Path, required=True, metavar="DIR")
    up.add_argument("--api", required=True, help="the controller's address, http://host:port")
    up.add_argument("--switch", choices=["soft", "bmv2"], default="soft")
    up.add_argument(
        "--soft-switch",
        type=Path,
        metavar="PROGRAM",
        help="started as PROGRAM run …; default: ./weir soft-switch",
    )
    up.add_argument("--pipeline", default="weir")
    up.add_argument("--sidecars", type=int, default=2, metavar="N")
    up.add_argument("--xds", type=Path, metavar="SOCKET", help="default: DIR/xds.sock")
    up.add_argument(
        "--server-log",
        action="store_true",
        default=os.environ.get("WEIR_LAB_SERVER_LOG") == "1",
        help="servers record what arrives (also: WEIR_LAB_SERVER_LOG=1)",
    )
    up.add_argument("--parent", type=int, metavar="PID", help="end when that process has ended")
    options = parser.parse_args(arguments)
    if os.geteuid() != 0:
        print("The lab makes network namespaces and needs root.", file=sys.stderr)
        return 1
    try:
        from weirlab import lab
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != "mininet":
            raise
        print(
            "Mininet's Python package is not here; on Debian: apt-get install mininet, and run "
            "the lab with /usr/bin/python3.",
            file=sys.stderr,
        )
        return 1

    state = options.state.resolve()
    try:
        if options.command == "clean":
            with lab.only_one(state):
                for leftover in lab.clean(state):
                    print(f"removed {leftover}")
            return 0
        lab.Lab(
            lab.Options(
                state=state,
                api=options.api,
                switch=options.switch,
                soft_switch=(
                    [str(options.soft_switch.resolve())]
                    if options.soft_switch
                    else [str(checkout / "weir"), "soft-switch"]
                ),
                pipeline=options.pipeline,
                sidecars=options.sidecars,
                checkout=checkout,
                xds=(options.xds or state / "xds.sock").resolve(),
                server_log=options.server_log,
                parent=options.parent,
            )
        ).run()
        return 0
    except lab.EXPECTED_ERRORS as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
