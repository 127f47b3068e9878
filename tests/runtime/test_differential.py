"""The evaluator against the reference: the same decision on random programs and random calls.

A pair is one program and one call, with missing and invalid signals among them; all surfaces of the
program are compared, decided one by one and all at once. `make differential` makes 200,000 pairs
and prints the seeds; `make differential PAIRS=... SEED=...` others.
"""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from tacit.runtime import Bundle, reference

from . import generate
from .builder import build

CALLS = 20
"""Per program."""
WIDE = 20
"""One pair in so many has a program with many constants and surfaces: those take long to build."""
PAIRS = int(os.environ.get("TACIT_DIFFERENTIAL_PAIRS", "8000"))
SEED = int(os.environ.get("TACIT_DIFFERENTIAL_SEED", "20260801"))
CHUNKS = 8


def essence(decision: Any) -> tuple[Any, ...]:
    return (
        decision.surface,
        decision.variant,
        str(decision.reason),
        decision.rule,
        decision.unknown,
    )


def compare(seed: int, *, wide: bool = False) -> int:
    """One program and its calls; gives the number of pairs."""
    rng = random.Random(seed)
    program = generate.program(rng, wide=wide)
    data = build(program)
    bundle = Bundle.load(data)
    oracle = reference.decode(data)
    for number in range(CALLS):
        signals, now, consent = generate.call(rng, program)
        plain = {name: generate.plain(value) for name, value in signals.items()}
        wanted = reference.decide_all(oracle, plain, now=now, consent=consent)
        found = bundle.decide_all(signals, now=now, consent=consent)
        where = f"seed {seed}, call {number}: {plain!r} now={now} consent={consent!r}"
        assert list(found) == list(wanted), where
        for name, decision in wanted.items():
            assert essence(found[name]) == essence(decision), where
            alone = bundle.decide(name, signals, now=now, consent=consent)
            assert essence(alone) == essence(decision), where
    return CALLS


def compare_many(wanted: int, first: int, *, wide: bool = False) -> None:
    pairs = 0
    seed = first
    while pairs < wanted:
        pairs += compare(seed, wide=wide)
        seed += CHUNKS
    print(f"{pairs} pairs, seeds {first} to {seed - CHUNKS}{' (wide)' if wide else ''}")


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_equals_the_reference(chunk: int) -> None:
    compare_many(PAIRS // CHUNKS, SEED + chunk)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_equals_the_reference_on_wide_programs(chunk: int) -> None:
    compare_many(PAIRS // CHUNKS // WIDE, SEED + chunk, wide=True)
