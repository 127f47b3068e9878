"""Can a condition be true at all, and does one being true make another true?

For conditions after the passes. Both answers are sound and incomplete: what they find is certain.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from tacit.compiler import ir
from tacit.compiler.domains import Domains, narrow, opposite


def contradiction(
    condition: ir.Condition,
    signals: tuple[ir.Signal, ...],
    dead_segments: Collection[int] = (),
    domains: Domains | None = None,
) -> int | None:
    """A signal no value of which makes the condition true; None when it can perhaps be true.

    For a condition that is never true because of a segment that never is, the answer is -1.
    """
    terms = condition.terms if isinstance(condition, ir.All) else (condition,)
    narrowed = narrow(
        domains or {}, (term for term in terms if isinstance(term, ir.Literal)), signals
    )
    if isinstance(narrowed, int):
        return narrowed
    for term in terms:
        match term:
            case ir.SegmentIs(segment, False) if segment in dead_segments:
                return -1
            case ir.Any(choices):
                found = [contradiction(one, signals, dead_segments, narrowed) for one in choices]
                if None not in found:
                    return found[0]
            case _:
                pass
    return None


@dataclass(frozen=True, slots=True)
class Assumed:
    """A condition taken to be true, prepared for questions about what follows."""

    ways: tuple[Way, ...]  # one of them is true

    def makes_true(self, condition: ir.Condition) -> bool:
        """Whether the other condition is then true too, for certain."""
        return all(way.makes_true(condition) for way in self.ways)


@dataclass(frozen=True, slots=True)
class Way:
    """A conjunction taken to be true."""

    terms: frozenset[ir.Condition]
    domains: Domains
    signals: tuple[ir.Signal, ...]

    def makes_true(self, condition: ir.Condition) -> bool:
        if condition in self.terms:
            return True
        match condition:
            case ir.Constant(value):
                return value
            case ir.All(terms):
                return all(map(self.makes_true, terms))
            case ir.Any(terms):
                return any(map(self.makes_true, terms))
            case ir.Literal(signal, test):
                known = self.domains.get(signal)
                if known is None or (known.present is None and not isinstance(test, ir.Has)):
                    return False
                # The signal is known to be there (or not), so what cannot be false is true.
                return known.narrowed(opposite(condition)) is None and (
                    known.present is True or isinstance(test, ir.Has)
                )
            case _:
                return False


def assume(condition: ir.Condition, signals: tuple[ir.Signal, ...]) -> Assumed:
    """Prepare a condition. Ways in which it cannot be true are left out."""
    choices = condition.terms if isinstance(condition, ir.Any) else (condition,)
    ways = []
    for choice in choices:
        terms = choice.terms if isinstance(choice, ir.All) else (choice,)
        domains = narrow({}, (term for term in terms if isinstance(term, ir.Literal)), signals)
        if not isinstance(domains, int):
            ways.append(Way(frozenset((choice, *terms)), domains, signals))
    return Assumed(tuple(ways))
