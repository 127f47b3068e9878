"""Section 6: what devices remember (STATE.md section 2). One function per part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tacit.compiler.encode.columns import bits, packed, texts, varint
from tacit.compiler.encode.tables import Tables
from tacit.compiler.ir_state import (
    Cadence,
    ExperimentRow,
    GroupRow,
    Guard,
    Hold,
    Item,
    ItemKind,
    Memory,
    RuleRow,
)


def state(tables: Tables) -> bytes | None:
    """Section 6; None when the program needs no memory."""
    memory = tables.program.memory
    if memory is None:
        return None
    parts = (
        _events(memory),
        _table(_item(item, tables.purposes) for item in memory.items),
        _derived(memory),
        _table(map(_guard, memory.guards)),
        _table(map(_hold, memory.holds)),
        _table(map(_experiment, memory.experiments)),
        _rules(memory),
        _table(map(_group, memory.groups)),
        _person(memory),
        _varints((memory.retention, memory.largest)),
    )
    return b"".join(parts)


def _varints(numbers: Iterable[int]) -> bytes:
    return b"".join(map(varint, numbers))


def _table(rows: Iterable[bytes]) -> bytes:
    """How many rows, and the rows."""
    found = tuple(rows)
    return varint(len(found)) + b"".join(found)


def _events(memory: Memory) -> bytes:
    return (
        varint(memory.host_signals)
        + texts([event.name for event in memory.events])
        + packed(len(event.fields) for event in memory.events)
    )


def _item(item: Item, purposes: Sequence[str]) -> bytes:
    purpose = 0 if item.purpose is None else purposes.index(item.purpose) + 1
    counted = (len(item.variants), *item.variants) if item.kind in _OF_VARIANTS else ()
    events: tuple[int, ...] = ()
    if item.kind is ItemKind.SEGMENT and item.arguments[1] == Cadence.EVENTS:
        events = (len(item.events), *item.events)
    numbers = (item.key, purpose, *counted, *item.arguments, *events)
    return bytes((item.kind,)) + _varints(numbers)


_OF_VARIANTS = (ItemKind.SHOWN, ItemKind.LAST_SHOWN, ItemKind.DISMISSED, ItemKind.UNCLICKED)


def _derived(memory: Memory) -> bytes:
    """Which of the host's signals are declared, and a row for each machine signal."""
    rows = (bytes((row.role,)) + _varints(row.arguments) for row in memory.derived)
    return bits([int(one) for one in memory.declared], 1) + b"".join(rows)


def _guard(guard: Guard) -> bytes:
    return bytes((guard.kind, guard.allow)) + _varints((guard.item, guard.limit))


def _hold(hold: Hold) -> bytes:
    changes = 0 if hold.changes is None else hold.changes + 1
    entries = [number for entry in hold.entries for number in entry]
    head = _varints((hold.item, hold.stable_for, changes)) + bytes((hold.allow,))
    return head + varint(len(hold.entries)) + _varints(entries)


def _experiment(row: ExperimentRow) -> bytes:
    return varint(row.key) + bytes((row.sticky,)) + texts(row.arms)


def _rules(memory: Memory) -> bytes:
    rows = memory.rules
    return (
        packed(memory.written)
        + packed(row.written for row in rows)
        + packed(row.standing for row in rows)
        + packed(0 if row.experiment is None else row.experiment + 1 for row in rows)
        + packed(row.stop_terms for row in rows)
        + packed(row.suppress_terms for row in rows)
        + packed(map(_flags, rows))
        + _varints(memory.rule_keys)
    )


def _flags(row: RuleRow) -> int:
    return row.block_term | row.theme_term << 1


def _group(group: GroupRow) -> bytes:
    surfaces = varint(len(group.surfaces)) + _varints(group.surfaces)
    return surfaces + texts(group.themes) + packed(group.of_variants)


def _person(memory: Memory) -> bytes:
    return (
        texts(memory.topics)
        + packed(map(len, memory.variant_topics))
        + packed(topic for topics in memory.variant_topics for topic in topics)
        + varint(memory.less_of)
    )
