"""The entry point: an expression and its scope to a condition, or diagnostics."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from tacit.compiler import ir
from tacit.compiler.diagnostics import Diagnostic
from tacit.compiler.expressions import lowering
from tacit.compiler.expressions.checker import Checker
from tacit.compiler.expressions.cost import cost
from tacit.compiler.expressions.limits import DEFAULT, Limits
from tacit.compiler.expressions.messages import Complaints, GiveUp, Locate
from tacit.compiler.expressions.parser import parse
from tacit.compiler.expressions.scope import Scope


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of one expression.

    `condition` is None if there is an error, or if it uses a `faulty` name. Names used are those
    that the condition reads after folding. `cost` is in units (see `cost`); 0 without a condition.
    """

    condition: ir.Condition | None
    segments_used: frozenset[str]
    signals_used: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]
    cost: int


def check(text: str, scope: Scope, locate: Locate, limits: Limits = DEFAULT) -> Checked:
    """Parse and type `text`. Never raises: what is wrong comes back as diagnostics.

    `locate(start, end)` gives the place in the file of a run of characters of `text`.
    """
    complaints = Complaints()
    tree = parse(text, complaints, limits)
    checker = Checker(text, scope, complaints)
    condition: ir.Condition | None = None
    with suppress(GiveUp):
        condition = checker.whole(tree)
    diagnostics = complaints.diagnostics(locate) if complaints.found else ()
    if condition is None or complaints.any_errors:
        return Checked(None, frozenset(), frozenset(), diagnostics, 0)
    signals: set[str] = set()
    segments: set[str] = set()
    for leaf in lowering.leaves(condition):
        if isinstance(leaf, ir.Literal):
            signals.add(checker.signals[leaf.signal].name)
        else:
            segments.add(checker.segments[leaf.segment])
    return Checked(
        condition,
        frozenset(segments),
        frozenset(signals),
        diagnostics,
        cost(condition, checker.signals),
    )
