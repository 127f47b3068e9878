"""Section 6, what a device is to remember: STATE.md section 2, read strictly and in its order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tacit.runtime import format as f
from tacit.runtime._bytes import Reader, refuse
from tacit.runtime._memory_guards import (
    decode_experiments,
    decode_guards,
    decode_holds,
    read_bit,
    read_item,
    with_caps,
)
from tacit.runtime._memory_rules import decode_groups, decode_person, decode_rows
from tacit.runtime._model import (
    Condition,
    Derived,
    Event,
    Item,
    Memory,
    Program,
    Signal,
    literals,
)
from tacit.runtime._values import check_rising
from tacit.runtime.format import Cadence, Feature, ItemKind, Op, Role, Section, Type

WORD = 2**32 - 1
"""The greatest key."""

FIELD_TYPES = frozenset({Type.BOOL, Type.INT, Type.DOUBLE, Type.STRING})
NUMBERS = frozenset({Type.INT, Type.DOUBLE})

OF_EVENTS = frozenset(
    {ItemKind.COUNT, ItemKind.SUM, ItemKind.DISTINCT, ItemKind.LAST, ItemKind.SCORES}
)
OF_FIELDS = frozenset({ItemKind.SUM, ItemKind.DISTINCT, ItemKind.SCORES})
OF_VARIANTS = frozenset(
    {ItemKind.SHOWN, ItemKind.LAST_SHOWN, ItemKind.DISMISSED, ItemKind.UNCLICKED}
)

TYPES_OF_ROLES = {
    Role.EXACT: NUMBERS,
    Role.LEAST: NUMBERS,
    Role.SINCE: frozenset({Type.INT}),
    Role.TOP: frozenset({Type.STRING_LIST}),
    Role.FUNNEL: frozenset({Type.BOOL}),
    Role.FIRST_SEEN: frozenset({Type.INT}),
    Role.SESSION: frozenset({Type.INT}),
    Role.BLOCK: frozenset({Type.INT}),
    Role.HOLD: frozenset({Type.INT}),
    Role.IN: frozenset({Type.BOOL}),
    Role.OUT: frozenset({Type.BOOL}),
    Role.ARM: frozenset({Type.INT}),
    Role.THEME: frozenset({Type.INT}),
}
ITEMS_OF_ROLES = {
    Role.EXACT: frozenset({ItemKind.COUNT, ItemKind.SUM, ItemKind.DISTINCT}),
    Role.LEAST: frozenset({ItemKind.COUNT, ItemKind.SUM, ItemKind.DISTINCT}),
    Role.SINCE: frozenset({ItemKind.LAST}),
    Role.TOP: frozenset({ItemKind.SCORES}),
    Role.FUNNEL: frozenset({ItemKind.LAST}),
    Role.IN: frozenset({ItemKind.SEGMENT}),
    Role.OUT: frozenset({ItemKind.SEGMENT}),
}
READ_BY_PEOPLE = frozenset(
    {
        Role.EXACT,
        Role.SINCE,
        Role.TOP,
        Role.FUNNEL,
        Role.FIRST_SEEN,
        Role.SESSION,
    }
)
"""Roles of aggregates, whose names have no dot."""


@dataclass(frozen=True, slots=True)
class _Events:
    host_signals: int
    field_signals: int
    events: tuple[Event, ...]


def decode_memory(
    data: bytes | None, features: int, program: Program, wheres: tuple[Condition, ...]
) -> Memory | None:
    """Section 6 of a bundle, `data`; None where neither it nor its feature is there."""
    if (data is not None) is not bool(features & Feature.STATE):
        refuse("lacking", f"section {int(Section.STATE)} and its feature go together")
    if data is None:
        return None
    reader = Reader(data, "state")
    told = _decode_events(reader, program.signals)
    _check_conditions(reader, program, wheres, told)
    items = _decode_items(reader, program, told, wheres)
    declared, derived = _decode_derived(reader, program, told, items)
    guards = decode_guards(reader, items)
    items = with_caps(items, guards)
    holds = decode_holds(reader, program, items)
    experiments = decode_experiments(reader, items)
    written, rules, keys = decode_rows(reader, program, holds, items, len(experiments))
    groups = decode_groups(reader, program)
    _check_derived_tables(reader, derived, len(holds), len(experiments), len(groups))
    topics, variant_topics, less_of = decode_person(reader, program)
    retention, largest = reader.varint(), reader.varint()
    reader.finish()
    return Memory(
        host_signals=told.host_signals,
        field_signals=told.field_signals,
        events=told.events,
        wheres=wheres,
        items=items,
        declared=declared,
        derived=derived,
        guards=guards,
        holds=holds,
        experiments=experiments,
        written=written,
        rules=rules,
        rule_keys=keys,
        groups=groups,
        topics=topics,
        variant_topics=variant_topics,
        less_of=less_of,
        retention=retention,
        largest=largest,
    )


def variant_count(program: Program) -> int:
    return sum(len(surface.variants) for surface in program.surfaces)


# ---------------------------------------------------------------- 2.1 events


def _decode_events(reader: Reader, signals: tuple[Signal, ...]) -> _Events:
    host = reader.count(len(signals), "signals of the host")
    for signal in signals[:host]:
        if "." in signal.name:
            reader.fail("type", f"signal {signal.name!r} of the host has a dot in its name")
    names = reader.texts()
    check_rising(reader, names, "names of events")
    counts = reader.packed(len(names))
    if sum(counts) > len(signals) - host:
        reader.fail("index", f"{sum(counts)} fields of {len(signals) - host} signals")
    events = []
    first = host
    for name, count in zip(names, counts, strict=True):
        fields = range(first, first + count)
        first += count
        for field in fields:
            _check_field(reader, name, signals[field])
        short = tuple(signals[field].name.removeprefix(f"{name}.") for field in fields)
        events.append(Event(name, tuple(fields), short))
    return _Events(host, sum(counts), tuple(events))


def _check_field(reader: Reader, event: str, signal: Signal) -> None:
    if not signal.name.startswith(f"{event}.") or signal.name == f"{event}.":
        reader.fail("type", f"signal {signal.name!r} is no field of event {event!r}")
    if signal.type not in FIELD_TYPES:
        reader.fail("type", f"field {signal.name!r} is a {signal.type.name.lower()}")


def _check_conditions(
    reader: Reader, program: Program, wheres: Sequence[Condition], told: _Events
) -> None:
    """Fields are read in the conditions of events, and nothing else is."""
    fields = range(told.host_signals, told.host_signals + told.field_signals)
    for where in wheres:
        for literal in literals(where):
            if literal.op is Op.SEGMENT or literal.signal not in fields:
                reader.fail("type", "the condition of an event tests something else than fields")
    rules = [rule for surface in program.surfaces for rule in surface.rules]
    others = [*program.bodies, *program.segments, *(rule.condition for rule in rules)]
    for condition in others:
        for literal in literals(condition):
            if literal.op is not Op.SEGMENT and literal.signal in fields:
                reader.fail("type", "a segment or a rule tests a field of an event")
    units = [rule.traffic.unit for rule in rules if rule.traffic is not None]
    units += [rule.outcome.unit for rule in rules if not isinstance(rule.outcome, int)]
    if program.holdout is not None:
        units.append(program.holdout.unit)
    if any(unit >= told.host_signals for unit in units):
        reader.fail("type", "a unit is no signal of the host")


# ---------------------------------------------------------------- 2.2 items


def _decode_items(
    reader: Reader, program: Program, told: _Events, wheres: tuple[Condition, ...]
) -> tuple[Item, ...]:
    items: list[Item] = []
    for _ in range(reader.count(f.MAX_ITEMS_OF_STATE, "items")):
        item = _decode_item(reader, program, told, wheres)
        if items and (item.kind, item.key) <= (items[-1].kind, items[-1].key):
            reader.fail("order", "items do not rise")
        items.append(item)
    if len({item.key for item in items}) != len(items):
        reader.fail("duplicate", "two items have one key")
    return tuple(items)


def _decode_item(
    reader: Reader, program: Program, told: _Events, wheres: tuple[Condition, ...]
) -> Item:
    code = reader.u8()
    if code > max(ItemKind):
        reader.fail("code", f"kind {code} of an item")
    kind = ItemKind(code)
    key = reader.varint(WORD)
    purpose = reader.index(len(program.purposes) + 1, "purpose")
    item = Item(kind, key, program.purposes[purpose - 1] if purpose else None)
    values: dict[str, object] = {}
    if kind in OF_EVENTS:
        values |= _occurrence(reader, program, told, wheres, kind)
    elif kind in OF_VARIANTS:
        values["variants"] = _variants(reader, variant_count(program))
    if kind in (ItemKind.COUNT, ItemKind.SUM, ItemKind.DISTINCT, ItemKind.SHOWN):
        least = 0 if kind is ItemKind.SHOWN else 1
        slot = values["slot"] = _at_least(reader, least, "milliseconds of a slot")
        slots = values["slots"] = reader.count(f.MAX_SLOTS, "slots", least)
        if (slot == 0) is not (slots == 0):
            reader.fail("count", f"{slots} slots of {slot} ms")
    if kind is ItemKind.DISTINCT:
        values["limit"] = reader.count(f.MAX_DISTINCT, "distinct values", 1)
    elif kind is ItemKind.SCORES:
        values["slot"] = _at_least(reader, 1, "milliseconds of a step")
        values["limit"] = reader.count(f.MAX_KEEP, "scores", 1)
    elif kind is ItemKind.SURFACE:
        values["surface"] = reader.index(len(program.surfaces), "surface")
    elif kind is ItemKind.ARM:
        values["experiment"] = reader.varint()
    elif kind is ItemKind.SEGMENT:
        values |= _stored_segment(reader, program, told)
    return Item(kind, item.key, item.purpose, **values)  # type: ignore[arg-type]


def _at_least(reader: Reader, least: int, what: str) -> int:
    return reader.count(f.MAX_INT, what, least)


def _occurrence(
    reader: Reader,
    program: Program,
    told: _Events,
    wheres: tuple[Condition, ...],
    kind: ItemKind,
) -> dict[str, object]:
    event = reader.index(len(told.events), "event")
    fields = told.events[event].fields
    where = reader.index(len(wheres) + 1, "condition of an event")
    if where and any(literal.signal not in fields for literal in literals(wheres[where - 1])):
        reader.fail("type", "an item's condition tests a field of another event")
    found: dict[str, object] = {"event": event, "where": where - 1 if where else None}
    if kind in OF_FIELDS:
        field = reader.index(len(program.signals), "field")
        if field not in fields:
            reader.fail("type", f"signal {field} is no field of the item's event")
        type_ = program.signals[field].type
        if (kind is ItemKind.SUM and type_ not in NUMBERS) or (
            kind is ItemKind.SCORES and type_ is not Type.STRING
        ):
            reader.fail("type", f"{kind.name} of a {type_.name.lower()}")
        found["field"] = field
    return found


def _variants(reader: Reader, limit: int) -> tuple[int, ...]:
    found: list[int] = []
    for _ in range(reader.count(limit, "variants", 1)):
        variant = reader.index(limit, "variant")
        if found and variant <= found[-1]:
            reader.fail("order", "variants of an item do not rise")
        found.append(variant)
    return tuple(found)


def _stored_segment(reader: Reader, program: Program, told: _Events) -> dict[str, object]:
    segment = reader.index(len(program.segments), "segment")
    cadence = reader.varint()
    if not Cadence.HOURLY <= cadence <= Cadence.EVENTS:
        reader.fail("code", f"cadence {cadence}")
    events: tuple[int, ...] = ()
    if cadence == Cadence.EVENTS:
        count = reader.count(len(told.events), "events of a segment")
        events = tuple(reader.index(len(told.events), "event") for _ in range(count))
    return {"segment": segment, "cadence": Cadence(cadence), "events": events}


# ---------------------------------------------------------------- 2.3 derived


def _decode_derived(
    reader: Reader, program: Program, told: _Events, items: tuple[Item, ...]
) -> tuple[tuple[bool, ...], tuple[Derived, ...]]:
    declared = tuple(bit == 1 for bit in reader.bits(told.host_signals, 1))
    first = told.host_signals + told.field_signals
    derived = []
    for signal in program.signals[first:]:
        code = reader.u8()
        if code > max(Role):
            reader.fail("code", f"role {code} of signal {signal.name!r}")
        role = Role(code)
        if ("." in signal.name) is (role in READ_BY_PEOPLE):
            reader.fail("type", f"{signal.name!r} is no name for {role.name}")
        if signal.type not in TYPES_OF_ROLES[role]:
            reader.fail("type", f"{role.name} is a {signal.type.name.lower()}")
        derived.append(Derived(role, _role_arguments(reader, program, items, role)))
    return declared, tuple(derived)


def _role_arguments(
    reader: Reader, program: Program, items: tuple[Item, ...], role: Role
) -> tuple[int, ...]:
    def item() -> int:
        return read_item(reader, items, ITEMS_OF_ROLES[role], role.name)

    match role:
        case Role.EXACT:
            return item(), read_bit(reader, reader.varint())
        case Role.LEAST | Role.SINCE | Role.IN | Role.OUT:
            return (item(),)
        case Role.TOP:
            return item(), reader.varint()
        case Role.FUNNEL:
            return (
                item(),
                item(),
                reader.varint(),
                reader.varint(),
                read_bit(reader, reader.varint()),
            )
        case Role.BLOCK:
            return (reader.index(variant_count(program), "variant"),)
        case Role.HOLD | Role.ARM | Role.THEME:
            return (reader.varint(),)
        case Role.FIRST_SEEN | Role.SESSION:
            return ()


def _check_derived_tables(
    reader: Reader, derived: Sequence[Derived], holds: int, experiments: int, groups: int
) -> None:
    sizes = {Role.HOLD: holds, Role.ARM: experiments, Role.THEME: groups}
    for one in derived:
        if one.role in sizes:
            reader.below(one.arguments[0], sizes[one.role], one.role.name)
