"""The JavaScript runtime against Python: decisions of the reference, verdicts of the loader."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from . import cases

ROOT = Path(__file__).parents[2]
COMPARE = ROOT / "runtime" / "js" / "test" / "differential.mjs"
CALLS = int(os.environ.get("TACIT_JS_CALLS", "5000"))
DAMAGED = int(os.environ.get("TACIT_JS_DAMAGED", "5000"))
SEED = int(os.environ.get("TACIT_JS_SEED", "20260801"))
OLDEST_NODE = 20


def node() -> str:
    """The path of a Node that is new enough; skips without one."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not here")
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    if int(told.removeprefix("v").split(".")[0]) < OLDEST_NODE:
        pytest.skip(f"node is {told.strip()}, the tests need {OLDEST_NODE}")
    return found


def compared(lines: str) -> subprocess.CompletedProcess[str]:
    command = [node(), str(COMPARE)]
    return subprocess.run(command, input=lines, capture_output=True, text=True, check=False)


def test_decides_and_refuses_as_python_does() -> None:
    found = compared("".join(json.dumps(x) + "\n" for x in cases.lines(CALLS, DAMAGED, SEED)))
    assert found.returncode == 0, found.stderr[:5_000]
    counts = json.loads(found.stdout.splitlines()[0])
    assert counts["calls"] >= CALLS
    assert counts["decisions"] > counts["calls"]
    assert counts["refused"] + counts["accepted"] >= DAMAGED
    assert min(counts["refused"], counts["accepted"]) > DAMAGED // 20


@pytest.mark.parametrize("field", ["variant", "reason", "unknown", "content", "arm"])
def test_a_difference_is_found(field: str) -> None:
    line = next(iter(cases.lines(1, 0, SEED)))
    line["calls"][0]["expect"][0][field] = "another"
    found = compared(json.dumps(line) + "\n")
    assert found.returncode == 1
    assert "line 1" in found.stderr


def test_another_verdict_or_code_is_found() -> None:
    lines = list(cases.lines(0, 200, SEED))
    refused = next(line for line in lines if line["code"])
    accepted = next(line for line in lines if not line["code"])
    codes = ("R101", "R102")
    others = [refused | {"code": None}, *(refused | {"code": x} for x in codes)]
    assert compared(json.dumps(refused) + "\n").returncode == 0
    for line in (*others, accepted | {"code": "R101"}):
        if line["code"] != refused["code"]:
            assert compared(json.dumps(line) + "\n").returncode == 1
