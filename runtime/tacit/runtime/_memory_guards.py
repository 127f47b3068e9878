"""The parts of section 6 on guards, holds and experiments: STATE.md sections 2.4 to 2.6."""

from __future__ import annotations

from dataclasses import replace

from tacit.runtime import format as f
from tacit.runtime._bytes import Reader
from tacit.runtime._model import Experiment, Guard, Hold, Item, Program
from tacit.runtime.format import GuardKind, ItemKind

WORD = 2**32 - 1
"""The greatest key."""

ITEMS_OF_GUARDS = {
    GuardKind.CAP: ItemKind.SHOWN,
    GuardKind.COOLDOWN: ItemKind.LAST_SHOWN,
    GuardKind.DISMISSED: ItemKind.DISMISSED,
    GuardKind.UNCLICKED: ItemKind.UNCLICKED,
    GuardKind.CHANGES: ItemKind.SURFACE,
}


def read_item(
    reader: Reader, items: tuple[Item, ...], kinds: frozenset[ItemKind], what: str
) -> int:
    number = reader.index(len(items), "item")
    if items[number].kind not in kinds:
        reader.fail("type", f"{what} of an item of kind {items[number].kind.name}")
    return number


def read_bit(reader: Reader, value: int) -> int:
    return reader.known_bits(value, 1)


# ---------------------------------------------------------------- 2.4 guards, 2.5 holds


def decode_guards(reader: Reader, items: tuple[Item, ...]) -> tuple[Guard, ...]:
    guards = []
    for _ in range(reader.count(f.MAX_TABLE, "guards")):
        code = reader.u8()
        if code > max(GuardKind):
            reader.fail("code", f"kind {code} of a guard")
        kind = GuardKind(code)
        allow = reader.flags(1)
        item = read_item(reader, items, frozenset({ITEMS_OF_GUARDS[kind]}), kind.name)
        guards.append(Guard(kind, bool(allow), item, reader.varint()))
    return tuple(guards)


def with_caps(items: tuple[Item, ...], guards: tuple[Guard, ...]) -> tuple[Item, ...]:
    """The items, those of shows with the greatest limit of their caps."""
    limits: dict[int, int] = {}
    for guard in guards:
        if guard.kind is GuardKind.CAP:
            limits[guard.item] = max(guard.limit, limits.get(guard.item, 0))
    return tuple(
        replace(item, limit=limits[number]) if number in limits else item
        for number, item in enumerate(items)
    )


def decode_holds(reader: Reader, program: Program, items: tuple[Item, ...]) -> tuple[Hold, ...]:
    """The written rules of entries are checked with section 2.7."""
    holds = []
    for _ in range(reader.count(f.MAX_TABLE, "holds")):
        item = read_item(reader, items, frozenset({ItemKind.SURFACE}), "a hold")
        stable_for = reader.varint()
        changes = reader.varint()
        allow = reader.flags(1)
        variants = len(program.surfaces[items[item].surface].variants)
        entries: list[tuple[int, int]] = []
        for _ in range(reader.count(f.MAX_RULES, "entries of a hold")):
            entry = reader.varint(), reader.index(variants, "variant")
            if entries and entry <= entries[-1]:
                reader.fail("order", "entries of a hold do not rise")
            entries.append(entry)
        holds.append(
            Hold(item, stable_for, changes - 1 if changes else None, bool(allow), tuple(entries))
        )
    return tuple(holds)


# ---------------------------------------------------------------- 2.6 experiments


def decode_experiments(reader: Reader, items: tuple[Item, ...]) -> tuple[Experiment, ...]:
    experiments = []
    for _ in range(reader.count(f.MAX_RULES, "experiments")):
        key = reader.varint(WORD)
        sticky = reader.flags(1)
        experiments.append(Experiment(key, bool(sticky), reader.texts()))
    stored = [item.experiment for item in items if item.kind is ItemKind.ARM]
    for number in stored:
        reader.below(number, len(experiments), "experiment")
    sticky_ones = [number for number, one in enumerate(experiments) if one.sticky]
    if sorted(stored) != sticky_ones:
        reader.fail("count", "sticky experiments and items for their arms do not match")
    return tuple(experiments)
