"""Rules as people wrote them, found again among those of the bundle (STATE.md 2.7).

A rule with a guardrail, a hold or an experiment stands in the bundle as several *ways*: the same
condition, with what leads to the way before it and what guards it behind it. Only explanations
look at them so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tacit.runtime._model import All, Condition, Constant, Literal, Program, Rule, RuleRow
from tacit.runtime.format import Op, Role, Standing

Terms = tuple[Condition, ...]

NAMELESS = (Standing.HOLDOUT, Standing.HOLDOUT_NO_UNIT)
LEADS = (Role.HOLD, Role.ARM)


@dataclass(frozen=True, slots=True)
class Way:
    """One rule of the bundle, taken apart; `place` is its number on the surface."""

    place: int
    rule: Rule
    row: RuleRow
    leads: Terms
    when: Condition
    stop: Terms
    suppress: Terms
    block: Terms
    theme: Terms

    @property
    def deals(self) -> bool:
        """Whether buckets are dealt here: another way is for people who have an arm already."""
        return not any(isinstance(lead, Literal) and lead.op is not Op.HAS for lead in self.leads)


def ways(program: Program, surface: int) -> Iterator[Way]:
    """Of every rule of a surface, in the order in which they are asked."""
    first = program.first_rule(surface)
    memory = program.memory
    for place, rule in enumerate(program.surfaces[surface].rules):
        row = RuleRow(place, Standing.WRITTEN, None, 0, 0, False, False)
        if memory is not None:
            row = memory.rules[first + place]
        yield _way(program, place, rule, row)


def written(program: Program, surface: int) -> tuple[tuple[Way, ...], ...]:
    """Per rule as written, its ways. Those of a holdout nobody wrote."""
    found: dict[int, list[Way]] = {}
    for way in ways(program, surface):
        if way.row.standing not in NAMELESS:
            found.setdefault(way.row.written, []).append(way)
    return tuple(tuple(found[number]) for number in sorted(found))


def role_of(program: Program, signal: int) -> Role | None:
    """What a machine signal is worked out from; None for a signal of the host."""
    memory = program.memory
    if memory is None or signal < memory.first_derived:
        return None
    return memory.derived[signal - memory.first_derived].role


def _way(program: Program, place: int, rule: Rule, row: RuleRow) -> Way:
    counts = (row.stop_terms, row.suppress_terms, int(row.block_term), int(row.theme_term))
    terms = _terms(rule.condition, program, sum(counts))
    leads = 0
    while leads < len(terms) - sum(counts) and _leads(program, terms[leads]):
        leads += 1
    rest = len(terms) - sum(counts)
    parts = []
    at = rest
    for count in counts:
        parts.append(terms[at : at + count])
        at += count
    return Way(place, rule, row, terms[:leads], _joined(terms[leads:rest]), *parts)


def _terms(condition: Condition, program: Program, guards: int) -> Terms:
    if isinstance(condition, All):
        return condition.terms
    if guards or _leads(program, condition):
        return (condition,)
    return () if condition == Constant(True) else (condition,)


def _leads(program: Program, term: Condition) -> bool:
    if not isinstance(term, Literal) or term.op is Op.SEGMENT:
        return False
    return role_of(program, term.signal) in LEADS


def _joined(terms: Terms) -> Condition:
    if not terms:
        return Constant(True)
    return terms[0] if len(terms) == 1 else All(terms)
