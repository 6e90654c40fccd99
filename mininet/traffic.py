#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Drives connections between the workloads of a running lab, and compares with expectations.

    traffic.py --lab .weir/run/lab.json --expectations examples/shop/expectations.json
    traffic.py --lab .weir/run/lab.json --all-pairs

With expectations, each is tried over every address family that it names or that both ends have,
and the exit code is 1 when one differs. With --all-pairs every workload tries every declared
port of every other. `-o json` prints the results as JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

PROBE = Path(__file__).resolve().parent / "probe.py"
# A denied SYN is sent again after one second; what is expected to arrive gets more patience.
DENIED_SECONDS = 1.5
ALLOWED_SECONDS = 5.0


def version(address: str) -> int:
    return 6 if ":" in address else 4


def on_pipeline(expected: dict[str, Any], pipeline: str) -> tuple[list[dict[str, Any]], set[int]]:
    """What is expected of one pipeline, and over which IP versions it carries anything."""
    expectations = [
        {**expectation, **expectation.get("onPipeline", {}).get(pipeline, {})}
        for expectation in expected["expectations"]
    ]
    return expectations, set(
        expected.get("pipelines", {}).get(pipeline, {}).get("versions", [4, 6])
    )


def expected_probes(
    expectations: list[dict[str, Any]], versions: set[int], workloads: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """One probe for each pair of addresses of one family."""
    for expectation in expectations:
        client, server = workloads[expectation["from"]], workloads[expectation["to"]]
        sources = expectation.get("fromAddress", client["addresses"])
        for target in expectation.get("toAddress", server["addresses"]):
            for source in sources:
                if version(source) == version(target) and version(source) in versions:
                    denied = expectation["outcome"] == "no-connection"
                    yield {
                        **expectation,
                        "fromAddress": source,
                        "address": target,
                        "seconds": DENIED_SECONDS if denied else ALLOWED_SECONDS,
                    }


def all_pairs(workloads: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for client_name, client in workloads.items():
        for server_name, server in workloads.items():
            if client_name == server_name:
                continue
            for port in server["ports"]:
                if port["application"] == "none":
                    continue
                for target in server["addresses"]:
                    source = next(
                        (a for a in client["addresses"] if version(a) == version(target)), None
                    )
                    if source is not None:
                        yield {
                            "from": client_name,
                            "to": server_name,
                            "fromAddress": source,
                            "address": target,
                            "port": port["port"],
                            "protocol": port["application"],
                            "method": "GET",
                            "path": "/",
                            "seconds": DENIED_SECONDS,
                        }


def run(probes: list[dict[str, Any]], workloads: dict[str, Any]) -> list[dict[str, Any]]:
    """All clients at once, each client's probes in one process inside its namespaces."""
    by_client: dict[str, list[dict[str, Any]]] = {}
    for probe in probes:
        by_client.setdefault(probe["from"], []).append(probe)

    def from_client(client: str) -> list[dict[str, Any]]:
        done = subprocess.run(
            ["mnexec", "-a", str(workloads[client]["pid"]), sys.executable, str(PROBE)],
            input=json.dumps(by_client[client]),
            capture_output=True,
            text=True,
            check=True,
        )
        results: list[dict[str, Any]] = json.loads(done.stdout)
        return [
            judged({**probe, **result})
            for probe, result in zip(by_client[client], results, strict=True)
        ]

    with ThreadPoolExecutor(max(1, len(by_client))) as pool:
        return [result for results in pool.map(from_client, by_client) for result in results]


def judged(result: dict[str, Any]) -> dict[str, Any]:
    """Adds who decided, as far as the answer shows it, and whether it is as expected."""
    answer = result.get("answer")
    if isinstance(answer, dict) and "client" in answer:
        bypassed = answer["client"] == result["fromAddress"]
        result["seenTier"] = "switch" if bypassed else "sidecar"
    elif result["seen"] == "forbidden":
        result["seenTier"] = "sidecar"
    if "outcome" in result:
        result["agrees"] = result["seen"] == result["outcome"]
    if "tier" in result and "seenTier" in result:
        result["tierAgrees"] = result["seenTier"] == result["tier"]
    return result


def summary(results: list[dict[str, Any]]) -> dict[str, Any]:
    arrived = [result for result in results if "seenTier" in result]
    bypassed = [result for result in arrived if result["seenTier"] == "switch"]
    return {
        "tried": len(results),
        "reached": sum(result["seen"] == "reaches" for result in results),
        "forbidden": sum(result["seen"] == "forbidden" for result in results),
        "noConnection": sum(result["seen"] == "no-connection" for result in results),
        "connections": len(arrived),
        "bypassed": len(bypassed),
        "bypassShare": round(len(bypassed) / len(arrived), 4) if arrived else None,
        "differing": sum(result.get("agrees") is False for result in results),
        # Who decided is not who was expected to; the outcome is the same.
        "elsewhere": sum(result.get("tierAgrees") is False for result in results),
    }


def described(result: dict[str, Any]) -> str:
    request = result["protocol"].upper()
    if result["protocol"] == "http":
        request = f"{result['method']} {result['path']}"
    seen = result["seen"] + (f" ({result['how']})" if "how" in result else "")
    mark = {True: "ok  ", False: "DIFF", None: "    "}[result.get("agrees")]
    where = f"{result['from']} [{result['fromAddress']}] -> {result['to']} [{result['address']}]"
    return f"{mark} {where}:{result['port']} {request}: {seen}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Connections between the lab's workloads.")
    parser.add_argument("--lab", type=Path, required=True, metavar="FILE")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--expectations", type=Path, metavar="FILE")
    what.add_argument("--all-pairs", action="store_true")
    parser.add_argument("-o", "--output", choices=["text", "json"], default="text")
    options = parser.parse_args(arguments)
    lab = json.loads(options.lab.read_text())
    workloads = lab["workloads"]
    if options.expectations:
        expected = json.loads(options.expectations.read_text())
        expectations, versions = on_pipeline(expected, lab["switch"]["pipeline"])
        probes = list(expected_probes(expectations, versions, workloads))
    else:
        probes = list(all_pairs(workloads))
    results = run(probes, workloads)
    totals = summary(results)
    if options.output == "json":
        json.dump({"summary": totals, "results": results}, sys.stdout, indent=1)
        print()
    else:
        for result in results:
            print(described(result))
        print(json.dumps(totals))
    return 1 if totals["differing"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
