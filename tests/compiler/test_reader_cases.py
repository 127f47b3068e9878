"""Every case file: the complaints expected, at the places expected, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tacit.compiler import catalogue
from tacit.compiler.diagnostics import Severity

from . import chunks, elsewhere

ALL = [
    pytest.param(chunk, id=f"{path.stem}: {chunk.title}")
    for path in sorted(chunks.CASES.glob("*.txt"))
    for chunk in chunks.load(path)
]


@pytest.mark.parametrize("chunk", ALL)
def test_case(chunk: chunks.Chunk) -> None:
    project, diagnostics = chunks.run(chunk.source())
    expected = sorted(chunk.expected, key=str)
    found = chunks.observed(project, diagnostics)
    unshown = {(file, line, code) for file, line, code, shown in expected if shown is None}
    found = [
        (file, line, code, None if (file, line, code) in unshown else shown)
        for file, line, code, shown in found
    ]
    assert sorted(found, key=str) == expected, [item.message for item in diagnostics]
    for item in diagnostics:
        assert item.message == item.message.rstrip(".")
        assert re.match(r"[^A-Z]|[A-Z]{2}", item.message), "a message begins in lower case"
        assert (item.severity is Severity.WARNING) == item.code.startswith("W")


def test_every_code_has_a_case() -> None:
    marked = {code for param in ALL for _, _, code, _ in param.values[0].expected}
    missing = set(catalogue.TEXTS) - marked - set(elsewhere.CASES)
    assert not missing


def test_every_case_file_is_read() -> None:
    assert {path.suffix for path in chunks.CASES.iterdir()} == {".txt"}
    assert len(ALL) >= 90


@pytest.mark.parametrize("code", sorted(elsewhere.CASES))
def test_elsewhere(code: str, tmp_path: Path) -> None:
    diagnostics = elsewhere.CASES[code](tmp_path)
    assert [item.code for item in diagnostics] == [code]


def test_a_marker_that_is_wrong_fails(tmp_path: Path) -> None:
    """The harness can fail: a wrong code, a wrong line and a wrong text each differ."""
    chunk = chunks._chunk("x + base", "surfaces: {}\nsurfcaes: {}  #! E120 surfcaes\n")
    project, diagnostics = chunks.run(chunk.source())
    assert chunks.observed(project, diagnostics) == chunk.expected
    for other in (("E121", 2, "surfcaes"), ("E120", 1, "surfcaes"), ("E120", 2, "surf")):
        code, line, shown = other
        assert chunk.expected != [("case.yaml", line, code, shown)]
