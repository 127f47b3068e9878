"""Leave out rules that can never decide anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tacit.compiler import ir


def unreachable_outcomes(program: ir.Program) -> ir.Program:
    """Rules whose condition is the constant false, and rules behind one that always fires.

        {when: false, show: a}, {show: b}, {when: x, show: c}  ->  {show: b}

    A rule always fires when it has no condition, traffic, schedule or split (a split may find no
    unit). Variants stay, even those that no rule shows any more: hosts may know them by id.
    `analyse` warns of what is left out here.
    """
    return replace(
        program,
        surfaces=tuple(
            replace(surface, rules=tuple(_reachable(surface.rules))) for surface in program.surfaces
        ),
    )


def _reachable(rules: tuple[ir.Rule, ...]) -> Iterator[ir.Rule]:
    for rule in rules:
        if rule.condition == ir.Constant(False):
            continue
        yield rule
        if rule.condition == ir.Constant(True) and decides_alone(rule):
            return


def decides_alone(rule: ir.Rule) -> bool:
    """Whether the rule decides as soon as its condition is true."""
    return rule.traffic is None and rule.schedule is None and isinstance(rule.outcome, ir.Show)
