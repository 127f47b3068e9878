"""Nothing is left behind: objects and memory stay the same, however often one loads and decides."""

from __future__ import annotations

import gc
import os
import random
import sys
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
from tacit.runtime import Bundle, BundleError, no_bundle

from . import generate
from .builder import build
from .test_load_errors import CASES, GOOD

ROUNDS = 3


def objects_after(work: Callable[[], None]) -> list[int]:
    """Allocated blocks after each round, the first of which only warms caches."""
    counts = []
    for _ in range(ROUNDS + 1):
        work()
        gc.collect()
        counts.append(sys.getallocatedblocks())
    return counts


def test_objects() -> None:
    rng = random.Random(3)
    programs = [generate.program(rng) for _ in range(40)]
    calls = [[generate.call(rng, program) for _ in range(10)] for program in programs]
    bad = [data for _, _, data in CASES if len(data) < 10_000]

    def work() -> None:
        for program, own in zip(programs, calls, strict=True):
            bundle = Bundle.load(build(program))
            for signals, now, consent in own:
                decisions = bundle.decide_all(signals, now=now, consent=consent)
                for name in bundle.surfaces:
                    decision = bundle.decide(name, signals, now=now, consent=consent)
                    assert decision == decisions[name]
                    assert decision.content is None
                repr(decisions)
        good = Bundle.load(GOOD)
        for _ in range(50):
            assert good.decide("hero", {"tags": ["x"]}).content is None
            assert good.decide("hero", {}, now=3).content["b"][3] == "é"
            no_bundle("hero")
        for data in bad:
            with pytest.raises(BundleError):
                Bundle.load(data)

    counts = objects_after(work)
    assert counts[-1] - counts[1] < 60, counts


def test_decisions_do_not_hold_the_bundle_nor_the_other_way_round() -> None:
    bundle = Bundle.load(GOOD)
    gone = weakref.ref(bundle)
    decision = bundle.decide("hero", {})
    decisions = bundle.decide_all({})
    gc.disable()
    try:
        del bundle
        assert gone() is None, "without a cycle it goes at once"
    finally:
        gc.enable()
    assert decision.content == {"a": 1, "b": [None, True, 2.5, "é", -40]}
    assert decisions["hero"] == decision


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc on this system")
def test_memory() -> None:
    """The memory outside Python's objects: of programs, scratches and mappings."""
    program = generate.program(random.Random(11))
    data = build(program)
    large = build(generate.program(random.Random(12)))

    def resident() -> int:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def work(rounds: int) -> None:
        for _ in range(rounds):
            for one in (data, large, GOOD):
                bundle = Bundle.load(one)
                signals = {"s0": "é" * 9, "s1": ["é"] * 5, "s2": ("a",), "country": "é"}
                for surface in bundle.surfaces:
                    bundle.decide(surface, signals)
                list(bundle.decide_all(signals).values())

    work(300)
    before = resident()
    work(6_000)
    grown = resident() - before
    assert grown < 2_000_000, f"{grown:,} bytes in 18,000 loads"
