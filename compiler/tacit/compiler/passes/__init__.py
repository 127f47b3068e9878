"""The passes: each rewrites the IR into IR of the same meaning, one rewrite per file.

Two laws hold for every pass: a condition keeps its value, unknown included; and the set of signals
that a rule reads never grows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from tacit.compiler import ir
from tacit.compiler.passes.constant_folding import constant_folding
from tacit.compiler.passes.negation_to_leaves import negation_to_leaves
from tacit.compiler.passes.shared_predicates import shared_predicates
from tacit.compiler.passes.unreachable_outcomes import unreachable_outcomes
from tacit.compiler.wellformed import check

Pass: TypeAlias = Callable[[ir.Program], ir.Program]

PASSES: Final[tuple[Pass, ...]] = (
    constant_folding,
    # Needs the constants; the passes after it then have fewer rules to rewrite.
    unreachable_outcomes,
    # Needs constants gone from inside conditions: a choice with a constant is cheaper folded.
    negation_to_leaves,
    # Needs negation on the literals: only there do equal tests look equal.
    shared_predicates,
)


def optimise(program: ir.Program) -> ir.Program:
    """The program after all passes, checked after each, so that a fault shows where it is made."""
    for rewrite in PASSES:
        program = rewrite(program)
        check(program, after=rewrite.__name__)
    return program
