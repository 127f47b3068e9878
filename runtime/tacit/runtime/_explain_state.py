"""What the device's state has to do with one surface, for explanations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tacit.runtime import _state_slots as slots
from tacit.runtime._explain_scene import Scene
from tacit.runtime._explain_types import GuardrailView, HeldView, RememberedView, StoredValue
from tacit.runtime._model import Hold
from tacit.runtime._readings import within_times
from tacit.runtime._standing import Clock, kept_for, unwanted
from tacit.runtime._state_data import OnSurface
from tacit.runtime.format import GuardKind, ItemKind


def remembered(scene: Scene, surface: int) -> RememberedView | None:
    """None without state, and for a bundle that remembers nothing."""
    data, view = scene.data, scene.view
    if data is None or view is None:
        return None
    shows = None if data.off else _shows(scene, surface)
    return RememberedView(data.first_seen, view.session, data.off, shows)


def _shows(scene: Scene, surface: int) -> HeldView | None:
    """What shows on a surface with a hold."""
    memory, data = scene.program.memory, scene.data
    if memory is None or data is None or scene.view is None:
        return None
    for hold, found in zip(memory.holds, scene.view.holds, strict=True):
        item, kept = kept_for(memory, data, hold.item, scene.facts.now)
        if item.surface == surface and isinstance(kept.data, OnSurface) and found.variant:
            return HeldView(
                found.variant,
                found.since,
                found.held,
                tuple(_why_held(scene, hold, kept.data)) if found.held else (),
                found.until,
                found.changes,
                hold.changes,
            )
    return None


def _why_held(scene: Scene, hold: Hold, shown: OnSurface) -> Iterator[str]:
    assert scene.view is not None
    if hold.stable_for and scene.facts.now - shown.since < hold.stable_for:
        yield "stable_for"
    if hold.changes is not None and slots.changes_spent(shown, scene.view.session, hold.changes):
        yield "changes"


def guardrails(
    scene: Scene, surface: int, variants: Iterable[int]
) -> tuple[GuardrailView, ...] | None:
    """The guardrails on these variants of a surface."""
    memory, view = scene.program.memory, scene.view
    if memory is None or view is None or (scene.data is not None and scene.data.off):
        return None
    place = scene.program.surfaces[surface]
    names = {(place.name, place.variants[variant]) for variant in variants}
    found = []
    for guard, seen in zip(memory.guards, view.guards, strict=True):
        if names.isdisjoint(seen.variants):
            continue
        item = memory.items[guard.item]
        blocks = seen.blocks
        if guard.kind is GuardKind.CHANGES and scene.data is not None:
            # Going on with what shows is no change.
            shown = kept_for(memory, scene.data, guard.item, scene.facts.now)[1].data
            assert isinstance(shown, OnSurface)
            blocks = blocks and names != {(place.name, shown.personalized)}
        window = guard.limit if guard.kind is GuardKind.COOLDOWN else item.slot * item.slots
        found.append(
            GuardrailView(
                kind=seen.kind,
                variants=tuple(_name(one, place.name) for one in seen.variants),
                limit=seen.limit,
                used=seen.used,
                left=seen.left,
                blocks=blocks,
                window=within_times(window) or None,
                opens=seen.opens,
            )
        )
    return tuple(found) or None


def is_unwanted(scene: Scene, surface: int, variant: int) -> bool | None:
    """True where a control of the person blocks the variant; None where none does."""
    program, data = scene.program, scene.data
    if program.memory is None or data is None:
        return None
    found = unwanted(program, program.memory, data, Clock(scene.facts.now))
    default = program.surfaces[surface].default
    number = program.first_variant(surface) + variant
    return True if variant != default and number in found else None


def _name(variant: tuple[str, str], surface: str) -> str:
    return variant[1] if variant[0] == surface else ".".join(variant)


def stored_value(scene: Scene, segment: int) -> StoredValue | None:
    """What the state holds of a segment; None: it is never stored, or not for this device."""
    memory, data, view = scene.program.memory, scene.data, scene.view
    if memory is None or data is None or view is None:
        return None
    kept = [
        item
        for item in memory.items
        if item.kind is ItemKind.SEGMENT and (item.kind, item.key) in data.items
    ]
    for item, found in zip(kept, view.segments, strict=False):
        granted = item.purpose is None or item.purpose in scene.granted
        if item.segment == segment and granted:
            old = found.too_old or None
            return StoredValue(found.cadence, found.value, found.since, found.due, old)
    return None
