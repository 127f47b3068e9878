"""The laws of a program with memory, beside those of every program (`wellformed`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from tacit.compiler import ir
from tacit.compiler.conditions import signals_of
from tacit.compiler.ir_state import Cadence, GuardKind, Item, ItemKind, Memory, Role, Standing

_GUARDED: Final = {
    GuardKind.CAP: ItemKind.SHOWN,
    GuardKind.COOLDOWN: ItemKind.LAST_SHOWN,
    GuardKind.DISMISSED: ItemKind.DISMISSED,
    GuardKind.UNCLICKED: ItemKind.UNCLICKED,
    GuardKind.CHANGES: ItemKind.SURFACE,
}
_WORKED_OUT: Final = {
    Role.LEAST: (ItemKind.COUNT, ItemKind.SUM, ItemKind.DISTINCT),
    Role.EXACT: (ItemKind.COUNT, ItemKind.SUM, ItemKind.DISTINCT),
    Role.SINCE: (ItemKind.LAST,),
    Role.TOP: (ItemKind.SCORES,),
    Role.FUNNEL: (ItemKind.LAST,),
    Role.IN: (ItemKind.SEGMENT,),
    Role.OUT: (ItemKind.SEGMENT,),
}
_EVENTFUL: Final = (
    ItemKind.COUNT,
    ItemKind.SUM,
    ItemKind.DISTINCT,
    ItemKind.LAST,
    ItemKind.SCORES,
)


def memory_faults(program: ir.Program, memory: Memory) -> Iterator[str]:
    """What is wrong with the memory of a program."""
    variants = sum(len(surface.variants) for surface in program.surfaces)
    rules = [rule for surface in program.surfaces for rule in surface.rules]
    machine = memory.host_signals + memory.field_signals
    for what, count, expected in (
        ("machine signals", len(memory.derived), len(program.signals) - machine),
        ("declared", len(memory.declared), memory.host_signals),
        ("fields", sum(len(e.fields) for e in memory.events), memory.field_signals),
        ("rules", len(memory.rules), len(rules)),
        ("surfaces of written rules", len(memory.written), len(program.surfaces)),
        ("keys of rules", len(memory.rule_keys), sum(memory.written)),
        ("topics of variants", len(memory.variant_topics), variants),
    ):
        if count != expected:
            yield f"{count} {what}, not {expected}"
            return
    yield from _items(memory, program, variants)
    yield from _derived(memory, variants)
    for guard in memory.guards:
        if not _is(memory.items, guard.item, (_GUARDED[guard.kind],)):
            yield f"a guard {guard.kind.name} of item {guard.item}"
    for hold in memory.holds:
        if not _is(memory.items, hold.item, (ItemKind.SURFACE,)):
            yield f"a hold of item {hold.item}"
        if not hold.entries or not _rising(hold.entries):
            yield f"a hold of {hold.entries}"
    for group in memory.groups:
        sizes = [len(program.surfaces[number].variants) for number in group.surfaces]
        if len(sizes) < 2 or not _rising(group.surfaces) or sum(sizes) != len(group.of_variants):
            yield f"a group of surfaces {group.surfaces}"
        if not all(0 <= theme <= len(group.themes) for theme in group.of_variants):
            yield f"a group with themes {group.of_variants}"
    yield from _rules(program, memory)
    yield from _fields(program, memory)


def _items(memory: Memory, program: ir.Program, variants: int) -> Iterator[str]:
    if not all((a.kind, a.key) <= (b.kind, b.key) for a, b in pairwise(memory.items)):
        yield "the items are not sorted"
    for item in memory.items:
        if not _is_item(item, memory, program, variants):
            yield f"item {item.name}: {item.arguments}"


def _is_item(item: Item, memory: Memory, program: ir.Program, variants: int) -> bool:
    if item.kind in _EVENTFUL:
        event, where, *own = item.arguments
        if not (0 <= event < len(memory.events) and 0 <= where <= len(memory.wheres)):
            return False
        if item.kind in (ItemKind.SUM, ItemKind.DISTINCT, ItemKind.SCORES):
            field, *own = own
            if field not in memory.events[event].fields:
                return False
        return all(number >= 1 for number in own)
    match item.kind, item.arguments:
        case (ItemKind.SURFACE, (surface,)):
            return 0 <= surface < len(program.surfaces)
        case (ItemKind.ARM, (experiment,)):
            return any(row.sticky for row in memory.experiments[experiment : experiment + 1])
        case (ItemKind.SEGMENT, (segment, cadence)):
            stored = cadence != Cadence.LIVE and 0 <= segment < len(program.segments)
            return stored and bool(item.events) is (cadence == Cadence.EVENTS)
        case _:
            counted = item.variants
            return bool(counted) and _rising(counted) and 0 <= counted[0] <= counted[-1] < variants


def _derived(memory: Memory, variants: int) -> Iterator[str]:
    limits = {
        Role.BLOCK: variants,
        Role.HOLD: len(memory.holds),
        Role.ARM: len(memory.experiments),
        Role.THEME: len(memory.groups),
    }
    for row in memory.derived:
        if row.role in limits:
            right = 0 <= row.arguments[0] < limits[row.role]
        else:
            kinds = _WORKED_OUT.get(row.role, ())
            count = 0 if not kinds else 2 if row.role is Role.FUNNEL else 1
            right = all(_is(memory.items, item, kinds) for item in row.arguments[:count])
        if not right:
            yield f"{row.role.name} of {row.arguments}"


def _rules(program: ir.Program, memory: Memory) -> Iterator[str]:
    rows = iter(memory.rules)
    for surface, written in zip(program.surfaces, memory.written, strict=True):
        for rule in surface.rules:
            row = next(rows)
            where = f"rule {rule.id} of {surface.name}, {row.standing.name}"
            if row.standing < Standing.HOLDOUT and not 0 <= row.written < written:
                yield f"{where}: of written rule {row.written}"
            terms = (
                rule.condition.terms if isinstance(rule.condition, ir.All) else (rule.condition,)
            )
            guards = row.stop_terms + row.suppress_terms + row.block_term + row.theme_term
            if guards > len(terms):
                yield f"{where}: {guards} guards in {len(terms)} terms"
            if rule.stop is not None:
                yield f"{where}: `stop_when` is left"
            single = isinstance(rule.outcome, ir.Split) and len(rule.outcome.arms) == 1
            if row.standing is Standing.BLOCKED and not single:
                yield f"{where}: not the split of one arm"


def _fields(program: ir.Program, memory: Memory) -> Iterator[str]:
    """Fields are read by `where` alone, and `where` reads nothing else."""
    fields = range(memory.host_signals, memory.host_signals + memory.field_signals)
    for where in memory.wheres:
        if not all(signal in fields for signal in signals_of(where)):
            yield f"where {where} reads more than fields"
    conditions = [segment.condition for segment in program.segments]
    conditions += [rule.condition for surface in program.surfaces for rule in surface.rules]
    for condition in conditions:
        if any(signal in fields for signal in signals_of(condition)):
            yield f"a field is read in {condition}"


def _is(items: Sequence[Item], number: int, kinds: Sequence[ItemKind]) -> bool:
    return 0 <= number < len(items) and items[number].kind in kinds


def _rising(numbers: Sequence[int | tuple[int, int]]) -> bool:
    return list(numbers) == sorted(set(numbers))
