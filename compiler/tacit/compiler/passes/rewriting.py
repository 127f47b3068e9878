"""What the passes share: applying a rewrite to every condition of a program."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from tacit.compiler import ir

_Holder = TypeVar("_Holder", ir.Segment, ir.Rule)


def rewrite_conditions(
    program: ir.Program, rewrite: Callable[[ir.Condition], ir.Condition]
) -> ir.Program:
    """The program with `rewrite` applied to the condition of every segment, then every rule.

    Segments come first and in order, so that a rewrite may learn from them what rules can use.
    """

    def rewritten(holder: _Holder) -> _Holder:
        condition = rewrite(holder.condition)
        # Most conditions pass a rewrite unchanged; copying a rule costs more than looking.
        return holder if condition is holder.condition else replace(holder, condition=condition)

    segments = tuple(map(rewritten, program.segments))
    surfaces = tuple(
        replace(surface, rules=tuple(map(rewritten, surface.rules))) for surface in program.surfaces
    )
    return replace(program, segments=segments, surfaces=surfaces)


def join(kind: type[ir.All] | type[ir.Any], terms: Iterable[ir.Condition]) -> ir.Condition:
    """Terms joined by `kind`: nested ones of the same kind are lifted, a single term stands alone.

    all(a, all(b, c)) -> all(a, b, c); all(a) -> a. At least one term must remain.
    """
    flat: list[ir.Condition] = []
    for term in terms:
        if isinstance(term, kind):
            flat.extend(term.terms)
        else:
            flat.append(term)
    return flat[0] if len(flat) == 1 else kind(tuple(flat))
