"""The limits of FORMAT.md section 5, as errors with positions before anything is encoded."""

from __future__ import annotations

from collections.abc import Iterator

from tacit.compiler import ir, ir_state
from tacit.compiler.conditions import is_always_known
from tacit.compiler.diagnostics import Diagnostic
from tacit.compiler.encode import Tables
from tacit.compiler.findings_messages import finding
from tacit.compiler.ir_state import occurrences
from tacit.compiler.remember import purposes_of
from tacit.compiler.remember.size import heaviest
from tacit.compiler.spans import Span
from tacit.runtime import format as fmt


def expansion(program: ir.Program) -> Iterator[Diagnostic]:
    """Conditions too large once their choices are written out; checked before the passes do so."""
    for condition, span, path in _conditions(program):
        count, depth = _Expansion().of(condition)
        if count > fmt.MAX_CONDITION_LITERALS:
            limit = fmt.MAX_CONDITION_LITERALS
            yield finding("E411", span, path, count=count, limit=limit)
        elif depth > fmt.MAX_SHAPE_DEPTH:
            yield finding("E414", span, path, depth=depth, limit=fmt.MAX_SHAPE_DEPTH)


def _conditions(program: ir.Program) -> Iterator[tuple[ir.Condition, Span | None, str]]:
    for segment in program.segments:
        yield segment.condition, segment.span, f"segments.{segment.name}"
    for surface in program.surfaces:
        for rule in surface.rules:
            path = _rule_path(surface, rule)
            yield rule.condition, rule.span, path
            if rule.stop is not None:
                yield rule.stop, rule.span, f"{path}.stop_when"
        for item in surface.guardrails.suppress if surface.guardrails is not None else ():
            if item.when is not None:
                name = surface.variants[item.variant].id
                path = f"surfaces.{surface.name}.guardrails.suppress.{name}"
                yield item.when, item.span, path
    for aggregate in program.aggregates:
        for occurrence in occurrences(aggregate.kind):
            if occurrence.where is not None:
                yield occurrence.where, aggregate.span, f"aggregates.{aggregate.name}"


def _rule_path(surface: ir.Surface, rule: ir.Rule) -> str:
    return f"surfaces.{surface.name}.rules[{surface.rules.index(rule)}]"


class _Expansion:
    """Literals and depth of a condition after `negation_to_leaves`, without making it."""

    def __init__(self) -> None:
        self._deepest_body = 0

    def of(self, condition: ir.Condition) -> tuple[int, int]:
        match condition:
            case ir.Literal(test=ir.Exists(body)):
                # A body is a condition of its own; the larger of both must fit.
                count, depth = self.of(body)
                return max(1, count), max(1, depth)
            case ir.Literal() | ir.SegmentIs() | ir.Constant():
                return 1, 1
            case ir.Not(term):
                return self.of(term)
            case ir.All(terms) | ir.Any(terms):
                parts = [self.of(term) for term in terms]
                return sum(count for count, _ in parts), 1 + max(depth for _, depth in parts)
            case ir.Choose(test, then, otherwise):
                (tests, a), (thens, b), (others, c) = map(self.of, (test, then, otherwise))
                repeats = 2 if is_always_known(test) else 4
                return repeats * tests + thens + others, 2 + max(a, b, c)


def tables(found: Tables) -> Iterator[Diagnostic]:
    """What a bundle cannot hold, counted on the tables that would be written."""
    program = found.program
    counts = (
        ("signals", len(program.signals), fmt.MAX_SIGNALS),
        ("segments", len(program.segments), fmt.MAX_TABLE),
        ("surfaces", len(program.surfaces), fmt.MAX_TABLE),
        ("rules", len(found.rules), fmt.MAX_RULES),
        ("tests in all conditions", len(found.literal_tests), fmt.MAX_LITERALS),
        ("kinds of tests", len(found.tests), fmt.MAX_TABLE),
        ("conditions of different shape", len(found.shapes), fmt.MAX_TABLE),
        ("different conditions in `exists` and `all`", len(found.bodies), fmt.MAX_TABLE),
    )
    for what, count, limit in counts:
        if count > limit:
            yield finding("E410", what=what, count=count, limit=limit)
    for signal, values in zip(program.signals, found.values, strict=True):
        if len(values) > fmt.MAX_TABLE:
            what = f"constants compared with `{signal.name}`"
            path = f"signals.{signal.name}"
            yield finding(
                "E410", signal.span, path, what=what, count=len(values), limit=fmt.MAX_TABLE
            )
    for surface in program.surfaces:
        yield from _surface(surface)


def _surface(surface: ir.Surface) -> Iterator[Diagnostic]:
    counts = (
        ("variants", len(surface.variants), fmt.MAX_VARIANTS),
        ("rules", len(surface.rules), fmt.MAX_SURFACE_RULES),
    )
    for name, count, limit in counts:
        if count > limit:
            what, path = f"{name} of `{surface.name}`", f"surfaces.{surface.name}"
            yield finding("E410", surface.span, path, what=what, count=count, limit=limit)


def texts(program: ir.Program) -> Iterator[Diagnostic]:
    """Texts that the source language does not bound."""
    for segment in program.segments:
        path = f"segments.{segment.name}"
        yield from _text("the owner", segment.owner, segment.span, path)
    for surface in program.surfaces:
        path = f"surfaces.{surface.name}"
        yield from _text("the owner", surface.owner, surface.span, path)
        yield from _text("the goal", surface.goal, surface.span, path)
        yield from _text("the reason", surface.forbidden, surface.span, path)
        for number, rule in enumerate(surface.rules):
            where = f"{path}.rules[{number}]"
            yield from _text("the owner", rule.owner, rule.span, where)
            for _, words in rule.because:
                yield from _text("the explanation", words, rule.span, where)


def _text(what: str, text: str | None, span: Span | None, path: str) -> Iterator[Diagnostic]:
    # A code point takes at most four bytes, so most texts need not be encoded to be judged.
    if text is not None and 4 * len(text) > fmt.MAX_TEXT_BYTES:
        size = len(text.encode())
        if size > fmt.MAX_TEXT_BYTES:
            yield finding("E412", span, path, what=what, size=size, limit=fmt.MAX_TEXT_BYTES)


def memory(program: ir.Program) -> Iterator[Diagnostic]:
    """What devices cannot keep, and what guards make too large. For the output of `remember`."""
    found = program.memory
    if found is None:
        return
    if len(found.items) > fmt.MAX_ITEMS_OF_STATE:
        what, limit = "items of state", fmt.MAX_ITEMS_OF_STATE
        yield finding("E410", what=what, count=len(found.items), limit=limit)
    budget = program.state_budget
    if budget is not None and found.largest > budget:
        parts = ", ".join(f"{name} ({size:,})" for name, size in heaviest(program, found, 3))
        yield finding("E402", None, "budgets.state", size=found.largest, budget=budget, parts=parts)
    yield from _keys(program, found)
    yield from _purposes(program)
    reported = set()
    for condition, span, path in _guarded(program, found):
        # A rule as written may stand there several times.
        if path not in reported:
            count, depth = _Expansion().of(condition)
            if count > fmt.MAX_CONDITION_LITERALS:
                reported.add(path)
                yield finding("E420", span, path, count=count, limit=fmt.MAX_CONDITION_LITERALS)
            elif depth > fmt.MAX_SHAPE_DEPTH:
                reported.add(path)
                yield finding("E421", span, path, depth=depth, limit=fmt.MAX_SHAPE_DEPTH)


def _guarded(
    program: ir.Program, found: ir_state.Memory
) -> Iterator[tuple[ir.Condition, Span | None, str]]:
    for segment in program.segments:
        yield segment.condition, segment.span, f"segments.{segment.name}"
    rows = iter(found.rules)
    for surface in program.surfaces:
        for rule in surface.rules:
            path = f"surfaces.{surface.name}.rules[{next(rows).written}]"
            yield rule.condition, rule.span, path


def _keys(program: ir.Program, found: ir_state.Memory) -> Iterator[Diagnostic]:
    """Two things that a state could not tell apart."""
    named = [(("item", item.key), item.name) for item in found.items]
    named += [(("experiment", row.key), row.id) for row in found.experiments]
    first = 0
    for surface, count in zip(program.surfaces, found.written, strict=True):
        if surface.guardrails is not None:
            keys = found.rule_keys[first : first + count]
            ids = dict.fromkeys(rule.id for rule in surface.rules if rule.id)
            named += [
                ((surface.name, key), f"{surface.name}/{id_}")
                for key, id_ in zip(keys, ids, strict=True)
            ]
        first += count
    known: dict[tuple[str, int], str] = {}
    for key, name in named:
        if known.setdefault(key, name) != name:
            yield finding("E422", one=known[key], other=name)


def _purposes(program: ir.Program) -> Iterator[Diagnostic]:
    for number, segment in enumerate(program.segments):
        if segment.cadence is not ir_state.Cadence.LIVE:
            purposes = purposes_of(program, number)
            if len(purposes) > 1:
                path = f"segments.{segment.name}"
                listed = ", ".join(f"`{purpose}`" for purpose in purposes)
                yield finding("E423", segment.span, path, segment=segment.name, purposes=listed)


def bundle_size(data: bytes) -> Iterator[Diagnostic]:
    """A bundle larger than any runtime reads."""
    if len(data) > fmt.MAX_BUNDLE_BYTES:
        yield finding("E413", size=len(data), limit=fmt.MAX_BUNDLE_BYTES)
