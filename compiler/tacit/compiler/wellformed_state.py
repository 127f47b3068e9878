"""The laws of what devices remember, as written: indexes that mean something, fields in place."""

from __future__ import annotations

from collections.abc import Iterator

from tacit.compiler import ir, ir_state
from tacit.compiler.conditions import conditions_beside_rules, signals_of
from tacit.compiler.ir_state import occurrences


def faults(program: ir.Program) -> Iterator[str]:
    """What is wrong; conditions themselves are looked at in `wellformed`."""
    names = [event.name for event in program.events]
    if names != sorted(set(names)):
        yield "events are not sorted and distinct"
    hosts = len(program.signals) if program.host_signals is None else program.host_signals
    fields = [field for event in program.events for field in event.fields]
    if fields != list(range(hosts, hosts + len(fields))):
        yield "fields do not follow the signals of the host"
    numbered = hosts + len(fields)
    for aggregate in program.aggregates:
        if aggregate.signal != numbered:
            yield f"aggregate {aggregate.name}: signal {aggregate.signal}, not {numbered}"
        numbered += 1
        if aggregate.least is not None:
            if aggregate.least != numbered:
                yield f"aggregate {aggregate.name}: least {aggregate.least}, not {numbered}"
            numbered += 1
        for fault in _aggregate(aggregate, program):
            yield f"aggregate {aggregate.name}: {fault}"
    if program.memory is None and numbered != len(program.signals):
        yield f"{len(program.signals)} signals, and {numbered} are declared"
    yield from _readers(program, frozenset(fields))
    guarded = [cap.variants for cap in program.caps]
    guarded += [cooldown.variants for cooldown in program.cooldowns]
    for variants in guarded:
        yield from _variants(variants, program)
    for surface in program.surfaces:
        for item in surface.guardrails.suppress if surface.guardrails is not None else ():
            if not 0 <= item.variant < len(surface.variants):
                yield f"surface {surface.name}: suppresses variant {item.variant}"
    for segment in program.segments:
        if not all(0 <= event < len(names) for event in segment.refresh_on):
            yield f"segment {segment.name}: refreshes on events {segment.refresh_on}"
    yield from _groups(program)


def _aggregate(aggregate: ir_state.Aggregate, program: ir.Program) -> Iterator[str]:
    for occurrence in occurrences(aggregate.kind):
        if not 0 <= occurrence.event < len(program.events):
            yield f"event {occurrence.event} of {len(program.events)}"
            continue
        own = set(program.events[occurrence.event].fields)
        read = signals_of(occurrence.where) if occurrence.where is not None else frozenset()
        if read - own:
            yield "its condition reads more than the fields of its event"
        field = getattr(aggregate.kind, "field", None)
        if field is not None and field not in own:
            yield f"field {field} is not of its event"


def _readers(program: ir.Program, fields: frozenset[int]) -> Iterator[str]:
    """Fields are read where events are recorded, and nowhere else."""
    for segment in program.segments:
        if signals_of(segment.condition) & fields:
            yield f"segment {segment.name} reads a field"
    for surface in program.surfaces:
        conditions = (rule.condition for rule in surface.rules)
        for condition in (*conditions, *conditions_beside_rules(surface)):
            if signals_of(condition) & fields:
                yield f"surface {surface.name} reads a field"


def _variants(variants: tuple[tuple[int, int], ...], program: ir.Program) -> Iterator[str]:
    if not variants or list(variants) != sorted(set(variants)):
        yield f"guarded variants {variants}"
    for number, variant in variants:
        known = 0 <= number < len(program.surfaces)
        surface = program.surfaces[number] if known else None
        if surface is None or not 0 <= variant < len(surface.variants):
            yield f"guarded variant {variant} of surface {number}"
        elif variant == surface.default:
            yield f"the default of surface {surface.name} is guarded"


def _groups(program: ir.Program) -> Iterator[str]:
    grouped = [surface for group in program.groups for surface in group.surfaces]
    if len(set(grouped)) < len(grouped):
        yield "a surface is in two groups"
    for group in program.groups:
        if len(group.surfaces) < 2 or list(group.surfaces) != sorted(group.surfaces):
            yield f"group {group.name}: surfaces {group.surfaces}"
        if not all(0 <= surface < len(program.surfaces) for surface in group.surfaces):
            yield f"group {group.name}: surfaces {group.surfaces}"
