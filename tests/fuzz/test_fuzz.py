"""The fuzzer but for its instrumented build, which takes minutes: `make fuzz` makes that."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest
from tacit.runtime import Bundle, BundleError

from tests.fuzz import __main__ as parent
from tests.fuzz import judge
from tests.fuzz.starts import Start, starts
from tests.runtime import builder

DIES = """
import struct, sys
with open(sys.argv[3], "wb") as shared:
    shared.write(struct.pack("=QQ", 7, 3) + b"abc" + bytes(9))
sys.exit(5)
"""
ENDS = """
import json
codes = {"0": 20, "101": 1, "106": 2}
print(json.dumps({"by_code": codes, "decided": 5, "slowest": 0.001, "peak": 2048}))
"""


def whole(start: Start) -> bytes:
    return builder.wrap({id: b"".join(parts) for id, parts in start.sections})


def test_starts_are_bundles_and_are_decided_as_by_the_reference() -> None:
    use = judge.Use()
    use.pool = starts(random.Random(1), 10)
    for _ in range(11):
        for number, start in enumerate(use.pool):
            use(whole(start), number)
    assert use.count > judge.SELDOM


def test_what_is_refused_is_judged() -> None:
    rng = random.Random(2)
    refused = 0
    for start in starts(rng, 20):
        data = bytearray(whole(start))
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        try:
            Bundle.load(bytes(data))
        except BundleError as error:
            refused += 1
            judge.is_refused(bytes(data), int(error.code[1:]))
            with pytest.raises(AssertionError):
                judge.is_refused(bytes(data), 99)
    assert refused > 5
    with pytest.raises(AssertionError):
        judge.is_refused(whole(start), 101)


def test_many_starts_remember_and_are_decided_with_a_state() -> None:
    pool = starts(random.Random(4), 60)
    remember = [start for start in pool if 6 in dict(start.sections)]
    assert 15 <= len(remember) <= 45
    for start in remember:
        assert len(dict(start.sections)[6]) > 5, "section 6 is cut into its parts"
    standings = [call[3] for start in remember for call in start.calls]
    assert 0 < standings.count(None) < len(standings) // 2
    assert all(call[3] is None for start in pool if start not in remember for call in start.calls)


@pytest.mark.parametrize("remembers", [False, True])
def test_visitors_for_a_bundle_that_is_replayed(remembers: bool) -> None:
    pool = starts(random.Random(3), 20)
    start = next(one for one in pool if (6 in dict(one.sections)) is remembers)
    data = whole(start)
    calls = judge.calls_for(data, 20)
    assert any(call[3] for call in calls) is remembers
    for call in calls:
        judge.decides_as_the_reference(data, call)


def test_a_state_that_lies_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a state says reaches both evaluators: if only one heard it, that would show."""
    pool = [one for one in starts(random.Random(5), 40) if 6 in dict(one.sections)]
    monkeypatch.setattr(judge.reference, "standing_of", lambda program, state, now: None)

    def all_of_them() -> None:
        for start in pool:
            for call in start.calls:
                judge.decides_as_the_reference(whole(start), call)

    with pytest.raises(AssertionError):
        all_of_them()


@pytest.fixture
def plain_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(parent, "KEPT", tmp_path)
    monkeypatch.setattr(parent, "environment", lambda folder: os.environ)
    return tmp_path


def test_a_worker_that_dies_leaves_its_input(
    plain_build: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(parent, "WORKER", [sys.executable, "-c", DIES])
    assert parent.fuzz(plain_build, inputs=100, seed=40, jobs=2) == 1
    said = capsys.readouterr().out
    for seed in (40, 41):
        kept = plain_build / f"crash-{seed}.bin"
        assert kept.read_bytes() == b"abc"
        assert f"--replay {kept}" in said


def test_the_report_adds_up(
    plain_build: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(parent, "WORKER", [sys.executable, "-c", ENDS])
    assert parent.fuzz(plain_build, inputs=46, seed=1, jobs=2) == 0
    said = capsys.readouterr().out
    assert "refused by code: R101 2, R106 4" in said
    assert "46 inputs in" in said
    assert "6 refused, 40 loaded, 10 of these decided; no fault found" in said
