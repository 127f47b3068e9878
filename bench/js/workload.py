"""The neutral workload for Node, as JSON: the rules, their bundle, visitors.

python -m bench.js.workload n1000 > n1000.json
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
from dataclasses import asdict
from typing import Any

from tacit.compiler import compile_project

from bench.description import Atom, Condition
from bench.project import project
from bench.workload import by_name, contexts, digest

VISITORS = 2_000


def condition(one: Condition) -> dict[str, Any]:
    if isinstance(one, Atom):
        return {"signal": one.signal.name, "op": str(one.op), "operands": list(one.operands)}
    terms = [condition(term) for term in one.terms]
    return {type(one).__name__.lower(): terms}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.js.workload")
    parser.add_argument("name", help="n1000, long2000, eight2000 or their like")
    workload = by_name(parser.parse_args().name)
    surfaces = [
        {
            "name": surface.name,
            "default": surface.default,
            "rules": [
                {
                    "salt": rule.salt,
                    "share": rule.share,
                    "variant": rule.variant,
                    "condition": condition(rule.condition),
                }
                for rule in surface.rules
            ],
        }
        for surface in workload.surfaces
    ]
    bundle = compile_project(project(workload), debug=False).bytes
    json.dump(
        {
            "name": workload.name,
            "digest": digest(workload),
            "rules": workload.rule_count,
            "unit": workload.unit.name,
            "signals": [asdict(signal) for signal in workload.signals],
            "surfaces": surfaces,
            "bundle": base64.b64encode(bytes(bundle)).decode(),
            "contexts": contexts(VISITORS),
            "missing": contexts(VISITORS, missing=True),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
