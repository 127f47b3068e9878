"""Leave out what rules that can never decide anything would read and show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tacit.compiler import ir
from tacit.compiler.conditions import remembers


def unreachable_outcomes(program: ir.Program) -> ir.Program:
    """Rules whose condition is the constant false, and rules behind one that always fires.

        {when: false, show: a, traffic: 5%}, {show: b}, {when: x, show: c}
        ->  {when: false, show: default}, {show: b}

    A rule that is never true keeps its place, for people pause rules that way: the others keep
    their numbers, and `explain` shows it. Those behind the last one that can decide are dropped.
    A rule always fires when it has no condition, traffic, schedule, `stop_when` or split (a split
    may find no unit), and, where devices remember, when it shows the default: any other variant may
    be capped, or unwanted by the person. Variants stay, even those that no rule shows any more:
    hosts may know them by id. `analyse` warns of all of this.
    """
    memory = remembers(program)
    return replace(
        program,
        surfaces=tuple(
            replace(surface, rules=tuple(_reachable(surface, memory)))
            for surface in program.surfaces
        ),
    )


def _reachable(surface: ir.Surface, memory: bool) -> Iterator[ir.Rule]:
    for rule in surface.rules:
        if rule.condition == ir.Constant(False):
            shown = ir.Show(surface.default)
            yield replace(rule, outcome=shown, traffic=None, schedule=None, because=(), stop=None)
            continue
        yield rule
        if rule.condition == ir.Constant(True) and decides_alone(rule, surface, memory):
            return


def decides_alone(rule: ir.Rule, surface: ir.Surface, memory: bool) -> bool:
    """Whether the rule decides as soon as its condition is true; `memory`: devices remember."""
    limited = rule.traffic is not None or rule.schedule is not None or rule.stop is not None
    match rule.outcome:
        case ir.Show(variant):
            return not limited and (variant == surface.default or not memory)
        case _:
            return False
