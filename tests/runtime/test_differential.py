"""The evaluator against the reference: the same decision on random programs and random calls."""

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


def compare(seed: int, calls: int = CALLS) -> int:
    """One program and its calls; gives the number of pairs."""
    rng = random.Random(seed)
    program = generate.program(rng)
    data = build(program)
    bundle = Bundle.load(data)
    oracle = reference.decode(data)
    for number in range(calls):
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
    return calls


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_equals_the_reference(chunk: int) -> None:
    pairs = 0
    seed = SEED + chunk
    while pairs < PAIRS // CHUNKS:
        pairs += compare(seed)
        seed += CHUNKS
    print(f"{pairs} pairs, seeds {SEED + chunk} to {seed - CHUNKS}")
