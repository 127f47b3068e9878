"""Leave out what rules that can never decide anything would read and show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tacit.compiler import ir
from tacit.compiler.stateful import needs_memory


def unreachable_outcomes(program: ir.Program) -> ir.Program:
    """Rules whose condition is the constant false, and rules behind one that always fires.

        {when: false, show: a, traffic: 5%}, {show: b}, {when: x, show: c}
        ->  {when: false, show: default}, {show: b}

    A rule that is never true keeps its place, for people pause rules that way: the others keep
    their numbers, and `explain` shows it. Those behind the last one that can decide are dropped.
    A rule always fires when it has no condition, traffic, schedule, guard or split (a split may
    find no unit). Variants stay, even those that no rule shows any more: hosts may know them by id.
    `analyse` warns of all of this.
    """
    guarded = needs_memory(program)
    return replace(
        program,
        surfaces=tuple(
            replace(surface, rules=tuple(_reachable(surface, guarded)))
            for surface in program.surfaces
        ),
    )


def _reachable(surface: ir.Surface, guarded: bool) -> Iterator[ir.Rule]:
    for rule in surface.rules:
        if rule.condition == ir.Constant(False):
            shown = ir.Show(surface.default)
            yield replace(rule, outcome=shown, traffic=None, schedule=None, because=(), stop=None)
            continue
        yield rule
        if rule.condition == ir.Constant(True) and decides_alone(rule, surface, guarded):
            return


def decides_alone(rule: ir.Rule, surface: ir.Surface, guarded: bool) -> bool:
    """Whether the rule decides as soon as its condition is true.

    In a `guarded` program, one that needs memory, any variant but the default may be one that this
    device is not to be shown.
    """
    match rule:
        case ir.Rule(outcome=ir.Show(variant), traffic=None, schedule=None, stop=None):
            return variant == surface.default or not guarded
        case _:
            return False
