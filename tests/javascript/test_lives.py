"""States of the JavaScript runtime against Python's: what random devices give, say and write.

`TACIT_JS_LIVES` and `TACIT_JS_SEED` for more and for others.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from . import lives
from .test_javascript import SEED, node

COMPARE = Path(__file__).parents[2] / "runtime" / "js" / "test" / "lives.mjs"
LIVES = int(os.environ.get("TACIT_JS_LIVES", "250"))
"""Each of 21 steps: more than 5,000 cases in all."""


def compared(lines: list[dict[str, object]]) -> subprocess.CompletedProcess[str]:
    text = "".join(json.dumps(line) + "\n" for line in lines)
    command = [node(), str(COMPARE)]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def test_remembers_as_python_does() -> None:
    found = compared(list(lives.lines(LIVES, SEED)))
    assert found.returncode == 0, found.stderr[:5_000]
    counts = json.loads(found.stdout.splitlines()[0])
    assert counts["steps"] == LIVES * (lives.STEPS + 1)
    assert counts["decisions"] > LIVES
    assert min(counts["refused"], counts["accepted"]) > LIVES // 20
    # Of several faults in one input another may be met first; of one alone never.
    assert counts["otherCode"] <= counts["refused"] // 20 + 1


@pytest.mark.parametrize("key", ["gives", "after"])
def test_a_difference_is_found(key: str) -> None:
    line = next(iter(lives.lines(1, SEED)))
    line["steps"][-1][key] = "another"
    found = compared([line])
    assert found.returncode == 1
    assert f"step {lives.STEPS}" in found.stderr
