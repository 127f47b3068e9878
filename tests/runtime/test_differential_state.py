"""The evaluator against the reference, with a state and without one, on random programs that
remember."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from tacit.runtime import Bundle, reference

from . import generate, generate_memory
from .builder import build

CALLS = 16
"""Per program."""
PAIRS = int(os.environ.get("TACIT_DIFFERENTIAL_PAIRS", "8000"))
SEED = int(os.environ.get("TACIT_DIFFERENTIAL_SEED", "20260801"))
CHUNKS = 8
REASONS = {"KEPT", "ARM_BLOCKED", "HOLDOUT", "HOLDOUT_NO_UNIT", "OPTED_OUT", "SPLIT", "EXPIRED"}


def essence(decision: Any) -> tuple[Any, ...]:
    return (
        decision.surface,
        decision.variant,
        str(decision.reason),
        decision.rule,
        decision.unknown,
        decision.experiment,
        decision.arm,
        decision.forced,
        decision.explanation,
        dict(decision.explanations),
    )


def compare(seed: int, reasons: set[str]) -> int:
    """One program and its calls; gives the number of pairs. Adds the reasons that were met."""
    rng = random.Random(seed)
    program = generate_memory.program(rng)
    data = build(program)
    bundle = Bundle.load(data)
    oracle = reference.decode(data)
    for number in range(CALLS):
        signals, now, consent = generate_memory.call(rng, program)
        state = None
        if number % 4:
            state = generate_memory.State(generate_memory.standing(rng, program))
        plain = {name: generate.plain(value) for name, value in signals.items()}
        wanted = reference.decide_all(oracle, plain, now=now, consent=consent, state=state)
        found = bundle.decide_all(signals, state, now=now, consent=consent)
        said = None if state is None else state.standing
        where = f"seed {seed}, call {number}: {plain!r} {now=} {consent=} {said!r}"
        for name, decision in wanted.items():
            assert essence(found[name]) == essence(decision), where
            alone = bundle.decide(name, signals, state, now, consent)
            assert essence(alone) == essence(decision), where
            reasons.add(str(decision.reason))
        if state is not None:
            assert state.asked == 2, "once by the reference, once by all of the evaluator's calls"
    return CALLS


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_equals_the_reference(chunk: int) -> None:
    pairs = 0
    seed = SEED + chunk
    reasons: set[str] = set()
    while pairs < PAIRS // CHUNKS:
        pairs += compare(seed, reasons)
        seed += CHUNKS
    assert reasons >= REASONS
