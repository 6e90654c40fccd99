#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Attaches all Pods to a switch on paper: addresses and fabric as the lab has them, no hosts.

    attach.py --api http://127.0.0.1:PORT --grpc 127.0.0.1:PORT --pipeline NAME

For a switch that has no interfaces. Needs neither root nor Mininet.
"""

from __future__ import annotations

import argparse
import sys

from weirlab.api import Api, ApiError
from weirlab.plan import PlanError, make_plan

API_SECONDS = 30.0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Attach all Pods to a switch, on paper.")
    parser.add_argument("--api", required=True, help="the controller's address, http://host:port")
    parser.add_argument("--grpc", required=True, help="the switch's P4Runtime server, host:port")
    parser.add_argument("--pipeline", default="weir")
    parser.add_argument("--sidecars", type=int, default=2, metavar="N")
    options = parser.parse_args(arguments)
    try:
        api = Api(options.api)
        api.await_ready(API_SECONDS)
        plan = make_plan(api.pods(), options.sidecars)
        for workload in plan.workloads:
            if workload.assigned:
                api.put_addresses(workload, plan.pods[workload.name])
        api.put_fabric(plan, options.grpc, options.pipeline)
    except (ApiError, PlanError) as error:
        print(f"attach: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
