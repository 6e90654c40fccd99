# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import unittest
from pathlib import Path
from typing import Any

SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop"
OUTCOMES = {"reaches": "reaches", "forbidden": "403", "no-connection": "no connection"}


def row(expectation: dict[str, Any]) -> str:
    def end(side: str, addresses: str) -> str:
        named = expectation.get(addresses)
        return str(expectation[side]) + (f" ({', '.join(named)})" if named else "")

    request = expectation["protocol"].upper()
    if request == "HTTP":
        request = f"{expectation['method']} {expectation['path']}"
    cells = [
        end("from", "fromAddress"),
        end("to", "toAddress"),
        str(expectation["port"]),
        request,
        OUTCOMES[expectation["outcome"]],
        expectation["tier"],
        expectation["why"],
    ]
    return "| " + " | ".join(cells) + " |"


class ShopTest(unittest.TestCase):
    def test_the_readmes_table_is_the_expectations(self) -> None:
        expectations = json.loads((SHOP / "expectations.json").read_text())["expectations"]
        lines = (SHOP / "README.md").read_text().splitlines()
        header = lines.index("| client | server | port | request | outcome | decided by | why |")
        self.assertEqual([row(e) for e in expectations], lines[header + 2 :])


if __name__ == "__main__":
    unittest.main()
