"""Does a contender decide what it should? Asked before anything is timed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from bench import oracle
from bench.contenders import Contender, Evaluator, Shaped
from bench.description import Context, Workload
from bench.workload import contexts

DECISIONS = 60_000
"""Compared with the oracle, about, for each set of contexts."""
RULES = 30_000
"""Looked at by a product's own reference, about, for each set of contexts: it is slow."""


def as_a_host_writes_it(contender: Contender, context: Context) -> Shaped:
    """The context in the contender's shape: keys are constants of a program, values are not."""
    return json.loads(json.dumps(contender.shape(context)), object_pairs_hook=_with_interned_keys)


def _with_interned_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {sys.intern(key): value for key, value in pairs}


class Tally:
    """Counts decisions that differ and keeps the first for the report."""

    def __init__(self) -> None:
        self._compared = self._differing = 0
        self._example: dict[str, Any] | None = None

    def compare(self, surface: str, context: Context, expected: Any, got: Iterable[Any]) -> None:
        """One decision, reached in several ways; each must be as expected."""
        self._compared += 1
        wrong = [answer for answer in got if answer != expected]
        if wrong:
            self._differing += 1
            self._example = self._example or {
                "surface": surface,
                "context": context,
                "expected": expected,
                "got": wrong[0],
            }

    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = {"decisions": self._compared, "differ": self._differing}
        if self._example:
            found["example"] = self._example
        return found


def with_oracle(
    contender: Contender, evaluator: Evaluator, workload: Workload, missing: bool
) -> dict[str, Any]:
    """`one` and `all` against the oracle, under the contender's own bucket hash."""
    unit = workload.unit.name
    count = DECISIONS // max(len(workload.surfaces), workload.rule_count // 10)
    tally = Tally()
    for context in contexts(max(20, min(count, 600)), missing):
        if contender.needs_unit and unit not in context:
            continue
        shaped = as_a_host_writes_it(contender, context)
        decisions = evaluator.all(shaped)
        for surface in workload.surfaces:
            expected = oracle.decide(surface, unit, context, contender.position)
            answers = []
            for result in (evaluator.one(surface.name, shaped), decisions[surface.name]):
                told = evaluator.rule(result)
                # Many products do not say which rule it was.
                rule = expected[1] if told == -1 else told
                answers.append((evaluator.variant(result), rule))
            tally.compare(surface.name, context, expected, answers)
    return tally.result()


def with_reference(
    contender: Contender, payload: bytes, evaluator: Evaluator, workload: Workload
) -> dict[str, Any] | None:
    """`one` and `all` against the product's own reference; None where it has none."""
    reference = contender.reference(payload)
    if reference is None:
        return None
    count = min(300, max(15, RULES // workload.rule_count))
    tally = Tally()
    for context in (*contexts(count), *contexts(count, missing=True)):
        shaped = as_a_host_writes_it(contender, context)
        decisions = evaluator.all(shaped)
        for surface, expected in reference(shaped).items():
            results = (evaluator.one(surface, shaped), decisions[surface])
            tally.compare(surface, context, expected, map(evaluator.essence, results))
    return tally.result()


def agreement(
    contender: Contender, payload: bytes, evaluator: Evaluator, workload: Workload
) -> dict[str, Any]:
    """Every comparison, by name."""
    found = {
        "complete": with_oracle(contender, evaluator, workload, missing=False),
        "missing": with_oracle(contender, evaluator, workload, missing=True),
    }
    referred = with_reference(contender, payload, evaluator, workload)
    return found if referred is None else found | {"reference": referred}
