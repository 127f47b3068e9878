"""Explanations of the JavaScript runtime against Python's: as JSON and as text."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from . import explanations, told
from .test_javascript import ROOT, node

COMPARE = ROOT / "runtime" / "js" / "test" / "explanations.mjs"
CALLS = int(os.environ.get("TACIT_JS_EXPLANATIONS", "640"))
SEED = int(os.environ.get("TACIT_JS_SEED", "20260801"))
REASONS = {"RULE_MATCH", "SPLIT", "DEFAULT", "FORBIDDEN", "HOLDOUT", "NO_SURFACE", "EXPIRED"}


def compared(lines: str) -> subprocess.CompletedProcess[str]:
    command = [node(), str(COMPARE)]
    return subprocess.run(command, input=lines, capture_output=True, text=True, check=False)


def test_tells_what_python_tells() -> None:
    found = compared("".join(json.dumps(x) + "\n" for x in explanations.lines(CALLS, SEED)))
    assert found.returncode == 0, found.stderr[:5_000]
    counts = json.loads(found.stdout)
    assert counts["calls"] >= CALLS
    assert counts["withState"] > CALLS // 4
    assert counts["seen"].keys() >= REASONS | {"FALSE", "UNKNOWN", "CAPPED", "SUPPRESSED"}


@pytest.mark.parametrize("part", ["text", "expect", "inspect", "health"])
def test_a_difference_is_found(part: str) -> None:
    lines = explanations.lines(3 * explanations.CALLS, SEED)
    line = next(line for line in lines if any("state" in one for one in line["calls"]))
    (first, *_) = (one for one in line["calls"] if "state" in one)
    where = first if part in first else first["state"]
    where[part] = "another" if part == "text" else {**where[part], "more": 1}
    found = compared(json.dumps(line) + "\n")
    assert found.returncode == 1
    assert "line 1" in found.stderr


def test_the_golden_cases(golden: Callable[[str | Path, str], None]) -> None:
    """Read by runtime/js/test/explain.test.mjs."""
    golden("explain/cases.json", told.cases())
