"""Say each thing once: drop repeated terms, join tests of one signal, share equal subtrees."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from tacit.compiler import ir
from tacit.compiler.ir import Relation
from tacit.compiler.passes.rewriting import join, rewrite_conditions

_Kind: TypeAlias = type[ir.All] | type[ir.Any]
_Ordered = ir.Compare | ir.Size
Value: TypeAlias = int | float | str | ir.Version

_LOWER: Final = (Relation.GT, Relation.GE)
_UPPER: Final = (Relation.LT, Relation.LE)
_STRICT: Final = (Relation.GT, Relation.LT)


def shared_predicates(program: ir.Program) -> ir.Program:
    """Fewer literals with the same three truth values.

        a && a                              ->  a
        a || (a && b), a && (a || b)        ->  a
        x == "a" || x == "b"                ->  x in ["a", "b"]
        x in ["a", "b"] && x != "b"         ->  x == "a"
        n > 3 && n > 5                      ->  n > 5
        n > 3 || n > 5                      ->  n > 3
        (a || b) && c                       ->  c && (a || b)       literals stand before groups

    Equal subtrees of all conditions become one object. Tests of one signal are joined only where
    the joined test says something of a present value: `x == "a" && x == "b"` stays as it is, being
    false where x is there and unknown where it is not. `has(x) && x > 3` stays too: it is false,
    not unknown, without x. Literals stand first so that more conditions have the same shape.
    """
    return rewrite_conditions(program, _Sharing().of)


class _Sharing:
    def __init__(self) -> None:
        self._interned: dict[ir.Condition, ir.Condition] = {}

    def of(self, condition: ir.Condition) -> ir.Condition:
        """The simplified condition; equal results are the same object."""
        simple = self._simplify(condition)
        return self._interned.setdefault(simple, simple)

    def _simplify(self, condition: ir.Condition) -> ir.Condition:
        match condition:
            case ir.Literal(test=ir.Exists(body)):
                return replace(condition, test=ir.Exists(self.of(body)))
            case ir.Literal(test=ir.Among((_,) as values)):
                return replace(condition, test=_set_test(values))
            case ir.All() | ir.Any():
                return self._simplify_terms(type(condition), condition.terms)
            case _:
                return condition

    def _simplify_terms(self, kind: _Kind, terms: Iterable[ir.Condition]) -> ir.Condition:
        joined = join(kind, map(self.of, terms))
        if not isinstance(joined, kind):
            return joined
        rest: Sequence[ir.Condition] = tuple(dict.fromkeys(joined.terms))
        rest = _join_sets(kind, rest)
        rest = _join_orders(kind, rest)
        rest = _absorb(kind, rest)
        groups = [term for term in rest if isinstance(term, ir.All | ir.Any)]
        literals = [term for term in rest if not isinstance(term, ir.All | ir.Any)]
        return join(kind, (self._interned.setdefault(t, t) for t in (*literals, *groups)))


# ----------------------------------------------------------------------------- sets of values


def _join_sets(kind: _Kind, terms: Sequence[ir.Condition]) -> Sequence[ir.Condition]:
    """One test for all that ask one signal for membership in a set."""
    return _join_groups(terms, _set_signal, lambda group: _joined_set(kind, group))


def _set_signal(term: ir.Condition) -> int | None:
    match term:
        case ir.Literal(signal, ir.Among() | ir.Compare(Relation.EQ, _)):
            return signal
        case _:
            return None


def _joined_set(kind: _Kind, group: Sequence[ir.Literal]) -> ir.Literal | None:
    """`all`: in every named set, no excluded one. `any`: in a named set, or outside another."""
    # What `all` does with the sets that are named, `any` does with those that are excluded.
    other = kind is ir.Any
    narrowing = [_members(literal) for literal in group if literal.negated is other]
    widening = [_members(literal) for literal in group if literal.negated is not other]
    left = frozenset[Value]().union(*widening)
    if narrowing:
        left = narrowing[0].intersection(*narrowing[1:]) - left
    if not left:
        return None
    negated = bool(narrowing) is other
    return ir.Literal(group[0].signal, _set_test(left), negated)


def _members(literal: ir.Literal) -> frozenset[Value]:
    match literal.test:
        case ir.Among(values):
            return frozenset(values)
        case ir.Compare(_, value):
            return frozenset((value,))
        case _:
            raise TypeError(f"{literal.test} names no set")


def _set_test(values: Collection[Value]) -> ir.Test:
    """Membership in a set; of one number or version, equality."""
    match sorted(values):
        case [int() | float() | tuple() as only]:
            return ir.Compare(Relation.EQ, only)
        case several:
            return ir.Among(tuple(several))  # type: ignore[arg-type]  # one signal, one type


# ------------------------------------------------------------------------------------- orders


def _join_orders(kind: _Kind, terms: Sequence[ir.Condition]) -> Sequence[ir.Condition]:
    """Of several bounds on one side of one signal, the tightest (`all`) or the widest (`any`)."""
    return _join_groups(terms, _order_key, lambda group: _decisive(kind, group))


def _order_key(term: ir.Condition) -> tuple[int, type[_Ordered], bool] | None:
    match term:
        case ir.Literal(signal, ir.Compare(relation, _) | ir.Size(relation, _) as test, False):
            if relation in _LOWER or relation in _UPPER:
                return signal, type(test), relation in _LOWER
    return None


def _decisive(kind: _Kind, group: Sequence[ir.Literal]) -> ir.Literal:
    tests = {literal.test: literal for literal in group}
    tightness = {test: _bound(test) for test in tests if isinstance(test, _Ordered)}
    lower = next(iter(tightness)).relation in _LOWER
    # The tightest lower bound is the highest, the tightest upper bound the lowest.
    choose = max if lower is (kind is ir.All) else min
    return tests[choose(tightness, key=tightness.__getitem__)]


def _bound(test: _Ordered) -> tuple[int | float | ir.Version, bool]:
    """Where the bound lies; a strict one lies above its value for >, below it for <."""
    strict = test.relation in _STRICT
    return test.value, strict if test.relation in _LOWER else not strict


# ---------------------------------------------------------------------------------- both kinds


def _join_groups(
    terms: Sequence[ir.Condition],
    key: Callable[[ir.Condition], object | None],
    joined: Callable[[Sequence[ir.Literal]], ir.Literal | None],
) -> Sequence[ir.Condition]:
    """Each group of literals with one key replaced, where its first stood, by what it joins to."""
    groups: dict[object, list[ir.Literal]] = {}
    for term in terms:
        if isinstance(term, ir.Literal) and (own := key(term)) is not None:
            groups.setdefault(own, []).append(term)
    if all(len(group) == 1 for group in groups.values()):
        return terms
    replaced: dict[ir.Condition, ir.Condition | None] = {}
    for group in groups.values():
        if len(group) > 1 and (one := joined(group)) is not None:
            replaced.update(dict.fromkeys(group))
            replaced[group[0]] = one
    kept = (replaced.get(term, term) for term in terms)
    return tuple(term for term in kept if term is not None)


def _absorb(kind: _Kind, terms: Sequence[ir.Condition]) -> Sequence[ir.Condition]:
    """Without the groups that say less than another term: a || (a && b) -> a."""
    inner = ir.Any if kind is ir.All else ir.All
    if not any(isinstance(term, inner) for term in terms):
        return terms
    parts = {t: frozenset(t.terms) if isinstance(t, inner) else frozenset((t,)) for t in terms}
    groups = [term for term in terms if isinstance(term, inner)]
    absorbed = {group for group in groups if any(part < parts[group] for part in parts.values())}
    return tuple(term for term in terms if term not in absorbed)
