"""All of a state as plain JSON, with the names of the bundle: what the person may ask for."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgpack
from tacit.runtime._model import Item, Program
from tacit.runtime._state_bytes import plain_data
from tacit.runtime._state_controls import controls_of
from tacit.runtime._state_data import (
    FAR_PAST,
    FUTURE,
    NONE,
    TAKEN_BACK,
    ItemId,
    Kept,
    StateData,
)
from tacit.runtime.format import MAX_INT, STATE_MAGIC, STATE_VERSION, ItemKind


def exported(program: Program, data: StateData) -> dict[str, Any]:
    """Times are epoch ms. `holds` of an item has the shape of STATE.md section 3; what a later
    version added is its msgpack as hex."""
    session = data.session
    memory = program.memory
    items: dict[ItemId, Item] = {}
    if memory is not None:
        items = {(item.kind, item.key): item for item in memory.items}
    return {
        "format": STATE_MAGIC,
        "version": STATE_VERSION,
        "project_hash": data.project,
        "first_seen": data.first_seen,
        "newest_trusted_time": data.floor,
        "session": {
            "number": session.number,
            "started": session.started,
            "last_activity": session.last,
            "name_hash": session.name,
        },
        "off": data.off,
        "preferences": {
            signal: {"value": value, "time": time}
            for signal, (value, time) in sorted(data.preferences.items())
        },
        "controls": [asdict(control) for control in controls_of(data, MAX_INT, 0)],
        "controls_taken_back": sorted(
            [*control, time]
            for control, (strength, time) in data.controls.items()
            if strength == TAKEN_BACK
        ),
        "forced_arms": {str(key): arm for key, arm in sorted(data.forced.items())},
        "items": [
            _item(program, items.get(number), data.items[number]) for number in sorted(data.items)
        ],
        "record_hashes": list(data.nonces),
        "refused": {
            "future": data.refused[FUTURE],
            "far_past": data.refused[FAR_PAST],
            "none": data.refused[NONE],
        },
        "later": [msgpack.packb(value).hex() for value in data.later],
    }


def _item(program: Program, item: Item | None, kept: Kept) -> dict[str, Any]:
    return {
        "kind": kept.kind.name.lower(),
        "key": kept.key,
        "purpose": kept.purpose,
        "of": None if item is None else _subject(program, item),
        "begun": kept.begun,
        "holds": plain_data(kept),
    }


def _subject(program: Program, item: Item) -> Any:
    """What an item is about: an event and field, variants, a surface, a segment."""
    memory = program.memory
    assert memory is not None
    if item.kind <= ItemKind.SCORES:
        event = memory.events[item.event].name
        read = item.kind in (ItemKind.SUM, ItemKind.DISTINCT, ItemKind.SCORES)
        return program.signals[item.field].name if read else event
    if item.variants:
        names = [
            [surface.name, variant] for surface in program.surfaces for variant in surface.variants
        ]
        return [names[variant] for variant in item.variants]
    if item.kind is ItemKind.SURFACE:
        return program.surfaces[item.surface].name
    if item.kind is ItemKind.SEGMENT:
        debug = program.debug
        return item.segment if debug is None else debug.segments[item.segment]
    return memory.experiments[item.experiment].key
