"""Leave out what rules that can never decide anything would read and show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tacit.compiler import ir


def unreachable_outcomes(program: ir.Program) -> ir.Program:
    """Rules whose condition is the constant false, and rules behind one that always fires.

        {when: false, show: a, traffic: 5%}, {show: b}, {when: x, show: c}
        ->  {when: false, show: default}, {show: b}

    A rule that is never true keeps its place, for people pause rules that way: the others keep
    their numbers, and `explain` shows it. Those behind the last one that can decide are dropped.
    A rule always fires when it has no condition, traffic, schedule or split (a split may find no
    unit). Variants stay, even those that no rule shows any more: hosts may know them by id.
    `analyse` warns of all of this.
    """
    return replace(
        program,
        surfaces=tuple(
            replace(surface, rules=tuple(_reachable(surface))) for surface in program.surfaces
        ),
    )


def _reachable(surface: ir.Surface) -> Iterator[ir.Rule]:
    for rule in surface.rules:
        if rule.condition == ir.Constant(False):
            shown = ir.Show(surface.default)
            yield replace(rule, outcome=shown, traffic=None, schedule=None, because=())
            continue
        yield rule
        if rule.condition == ir.Constant(True) and decides_alone(rule):
            return


def decides_alone(rule: ir.Rule) -> bool:
    """Whether the rule decides as soon as its condition is true."""
    return rule.traffic is None and rule.schedule is None and isinstance(rule.outcome, ir.Show)
