"""What `remember` makes: how long and how large a state is, what is refused, its laws."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgpack
import pytest
from tacit.compiler import ir, ir_state, limits
from tacit.compiler.encode import lay_out
from tacit.compiler.ir_state import Cadence, Item, ItemKind, Memory, Standing, Window
from tacit.compiler.passes import optimise
from tacit.compiler.remember import remember
from tacit.compiler.wellformed import faults
from tacit.runtime import format as fmt

from .memories import (
    AGGREGATES,
    CATEGORY,
    DAY,
    EVERYTHING,
    HOUR,
    ORDERS,
    SEGMENTS,
)
from .programs import SIGNALS, B, n, program, s
from .test_remember import FULL, MEMORY, aggregate, aggregates, memory_of, with_rule, with_surface

# ------------------------------------------------------------------------------------------ bounds


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (with_rule(stop=B), 0),
        (aggregates(aggregate(ir_state.Count(ORDERS, Window(DAY, 7)))), 7 * DAY),
        (aggregates(AGGREGATES[5]), DAY),
        (aggregates(AGGREGATES[4]), 65 * 14 * DAY),
        (replace(program(B), caps=(ir_state.Cap(((0, 1),), 1, Window(HOUR, 3)),)), 4 * HOUR),
        (replace(program(B), caps=(ir_state.Cap(((0, 1),), 1, None),)), 0),
        (replace(program(B), cooldowns=(ir_state.Cooldown(((0, 1),), 5 * DAY),)), 5 * DAY),
        (with_surface(guardrails=ir_state.Guardrails(stable_for=2 * DAY)), 2 * DAY),
    ],
)
def test_retention(found: ir.Program, expected: int) -> None:
    assert memory_of(found).retention == expected


LATE = 2**42 - 1  # the latest time
MANY = 2**32 - 1
EMOJI = "\U0001f45f"


def begun(item: Item) -> int:
    watched = (ItemKind.COUNT, ItemKind.SUM, ItemKind.DISTINCT, ItemKind.LAST)
    return LATE if item.kind in watched else 0


def full_counter(slot: int, slots: int, *more: float) -> list[Any]:
    newest = LATE // slot if slot else 0
    entries = [x for i in range(slots) for x in (newest - i, MANY, *more)]
    return [[7, entries]]


def caps(item: Item, memory: Memory) -> list[int]:
    number = memory.items.index(item)
    return [guard.limit for guard in memory.guards if guard.item == number]


def full_data(item: Item, memory: Memory) -> Any:
    total = [[7, [0, MANY]]]
    match item.kind, item.arguments:
        case ItemKind.COUNT, (_, _, slot, slots):
            return full_counter(slot, slots)
        case ItemKind.SUM, (_, _, _, slot, slots):
            return full_counter(slot, slots, 0.1)
        case ItemKind.DISTINCT, (_, _, _, slot, _, limit):
            return [x for i in range(limit) for x in (MANY - i, LATE // slot)]
        case ItemKind.SCORES, (_, _, _, step, keep):
            texts = (EMOJI * 11 + chr(0x1F600 + i) for i in range(keep))
            return [[7, [x for text in texts for x in (text, LATE // step, 1.5)]]]
        case ItemKind.SHOWN, (slot, slots):
            most = min(slots + 1, max(caps(item, memory))) if slots else 1
            return full_counter(slot, most) if slots else total
        case ((ItemKind.LAST | ItemKind.LAST_SHOWN), _):
            return LATE
        case ItemKind.DISMISSED, _:
            return total
        case ItemKind.UNCLICKED, _:
            return [total, total]
        case ItemKind.SURFACE, (surface,):
            longest = max((v.id for v in EVERYTHING.surfaces[surface].variants), key=len)
            by_session = [[7, [MANY, MANY]]]
            return [longest, MANY, LATE, LATE, longest, by_session, *[total] * 6]
        case ItemKind.ARM, _:
            return ["comeback", LATE]
        case _:
            return [True, LATE, LATE]


def test_a_full_state_has_the_size_that_was_worked_out() -> None:
    """Every part of STATE.md section 3 at its longest, packed by msgpack."""
    controls = [
        [0, 0, surface.name, variant.id, LATE]
        for surface in EVERYTHING.surfaces
        for variant in surface.variants
    ]
    controls += [[1, 0, topic, "", LATE] for topic in MEMORY.topics]
    controls += [[2, 0, surface.name, "", LATE] for surface in EVERYTHING.surfaces]
    controls = sorted(controls, key=lambda row: -len(msgpack.packb(row)))[: fmt.MAX_CONTROLS]
    state = [
        fmt.STATE_MAGIC,
        fmt.STATE_VERSION,
        MANY,
        LATE,
        LATE,
        [MANY, LATE, LATE, MANY],
        True,
        {"e": "low"},
        controls,
        {MEMORY.experiments[0].key: "comeback"},
        [
            [int(item.kind), MANY, item.purpose, begun(item), full_data(item, MEMORY)]
            for item in MEMORY.items
        ],
        [MANY] * fmt.MAX_NONCES,
        [MANY] * 3,
    ]
    assert MEMORY.largest == len(msgpack.packb(state))


@pytest.mark.parametrize(
    ("signal", "longest"),
    [
        ({"type": "bool"}, True),
        ({"type": "int"}, 2**53 - 1),
        ({"type": "int", "minimum": -40, "maximum": 100}, -40),
        ({"type": "int", "minimum": -129, "maximum": 127}, -129),
        ({"type": "int", "minimum": 0, "maximum": 70_000}, 70_000),
        ({"type": "double"}, 0.1),
        ({"type": "string", "max_length": 9}, EMOJI * 9),
        ({"type": "enum", "values": ("a", "é" * 20)}, "é" * 20),
        ({"type": "version"}, "67108863.67108863.67108863.67108863"),
        ({"type": "string_list", "max_length": 2, "max_items": 17}, [EMOJI * 2] * 17),
    ],
)
def test_the_longest_preference_of_each_type(signal: dict[str, Any], longest: Any) -> None:
    bare = with_rule(stop=B)
    without = tuple(replace(one, source="device") for one in bare.signals)
    kind = ir.SignalType(signal.pop("type"))
    declared = ir.Signal("mine", kind, "declared", **signal)
    base = memory_of(replace(bare, signals=without)).largest
    found = memory_of(replace(bare, signals=(*without, declared))).largest
    assert found - base == len(msgpack.packb("mine")) + len(msgpack.packb(longest))


def test_controls_are_bounded() -> None:
    variants = tuple(ir.Variant(f"v{i:02}") for i in range(99))
    few = memory_of(with_surface(variants=variants[:40], guardrails=ir_state.Guardrails()))
    many = memory_of(with_surface(variants=variants, guardrails=ir_state.Guardrails()))
    assert few.largest == many.largest


# ----------------------------------------------------------------------------------------- refused


def codes(found: ir.Program) -> list[str]:
    return [item.code for item in limits.memory(remember(optimise(found)))]


def test_budget_of_state() -> None:
    size = MEMORY.largest
    assert codes(replace(EVERYTHING, state_budget=size)) == []
    (found,) = limits.memory(replace(FULL, state_budget=size - 1))
    assert (found.code, found.path) == ("E402", "budgets.state")
    assert f"{size:,} bytes" in found.message
    assert found.help is not None
    assert found.help.startswith("most is taken by `spent` (533), `taste` (511), ")


def test_conditions_that_guards_make_too_large() -> None:
    wide = ir.Any(tuple(n("==", i) for i in range(30)))
    deep: ir.Condition = B
    for i in range(130):
        deep = ir.All((n(">", i), deep)) if i % 2 else ir.Any((n("<", i), deep))
    rule = ir.Rule("a", B, ir.Show(1), stop=ir.All((*(ir.SegmentIs(i) for i in range(70)), wide)))
    segments = tuple(
        ir.Segment(f"s{i}", ir.Any(tuple(ir.All((n(">", j), s(f"{i}{j}"))) for j in range(30))), "")
        for i in range(70)
    )
    found = replace(with_surface(rules=(rule, replace(rule, id="b", stop=deep))), segments=segments)
    reported = {item.path: item.code for item in limits.memory(remember(optimise(found)))}
    assert reported == {"surfaces.home.rules[0]": "E420", "surfaces.home.rules[1]": "E421"}


def test_a_stored_segment_has_one_purpose() -> None:
    signals = (*SIGNALS[:1], replace(SIGNALS[1], purpose="fun"), *SIGNALS[2:])
    condition = ir.All((n(">", 1), ir.Literal(6, ir.Has())))
    segment = ir.Segment("s0", condition, "", cadence=Cadence.DAILY)
    found = replace(program(B), signals=signals, segments=(segment,))
    (item,) = limits.memory(remember(optimise(found)))
    assert (item.code, item.path) == ("E423", "segments.s0")
    assert "`ads`, `fun`" in item.message


def test_keys_that_collide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tacit.compiler.remember.items.key_of", lambda words: 7)
    assert set(codes(EVERYTHING)) == {"E422"}
    assert len(codes(EVERYTHING)) == len(MEMORY.items) - 1


def test_keys_of_rules_that_collide_on_a_held_surface(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tacit.compiler.remember.key_of", lambda words: 7)
    assert codes(EVERYTHING) == ["E422"] * 3
    assert codes(with_rule(stop=B)) == []


def test_counts_are_bounded_after_lowering(monkeypatch: pytest.MonkeyPatch) -> None:
    def messages(found: ir.Program) -> list[str]:
        return [item.message for item in limits.tables(lay_out(found))]

    assert messages(FULL) == []
    monkeypatch.setattr(fmt, "MAX_SIGNALS", 30)
    monkeypatch.setattr(fmt, "MAX_SURFACE_RULES", 10)
    assert messages(FULL) == [
        "31 signals, and a bundle holds at most 30",
        "17 rules of `hero`, and a bundle holds at most 10",
    ]
    monkeypatch.setattr(fmt, "MAX_ITEMS_OF_STATE", 3)
    assert codes(EVERYTHING) == ["E410"]


# ----------------------------------------------------------------------------------------- its laws


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"host_signals": 8}, "machine signals"),
        ({"declared": ()}, "declared"),
        ({"rules": MEMORY.rules[1:]}, "rules"),
        ({"rule_keys": ()}, "keys of rules"),
        ({"written": (4, 3)}, "surfaces"),
        ({"variant_topics": ()}, "topics"),
        ({"items": MEMORY.items[::-1]}, "not sorted"),
        ({"guards": (replace(MEMORY.guards[0], item=0),)}, "guard CAP"),
        ({"holds": (replace(MEMORY.holds[0], item=0),)}, "a hold of item 0"),
        ({"holds": (replace(MEMORY.holds[0], entries=()),)}, "a hold of ()"),
        ({"groups": (replace(MEMORY.groups[0], surfaces=(1, 0)),)}, "a group"),
        ({"groups": (replace(MEMORY.groups[0], of_variants=(9,) * 6),)}, "with themes"),
        ({"wheres": (B,)}, "more than fields"),
        ({"rules": (*MEMORY.rules[:-1], replace(MEMORY.rules[-1], written=3))}, "written rule 3"),
        ({"rules": (*MEMORY.rules[:-1], replace(MEMORY.rules[-1], stop_terms=9))}, "guards in"),
        (
            {"rules": (*MEMORY.rules[:-1], replace(MEMORY.rules[-1], standing=Standing.BLOCKED))},
            "not the split of one arm",
        ),
        ({"derived": (replace(MEMORY.derived[0], arguments=(3, 0)), *MEMORY.derived[1:])}, "EXACT"),
    ],
)
def test_broken_laws_are_found(change: dict[str, Any], fault: str) -> None:
    assert list(faults(FULL)) == []
    found = replace(FULL, memory=replace(MEMORY, **change))
    assert any(fault in text for text in faults(found))


def test_items_with_wrong_numbers_are_found() -> None:
    for number, item in enumerate(MEMORY.items):
        wrong = [replace(item, arguments=(99, *item.arguments[1:]))] if item.arguments else []
        if item.kind in (ItemKind.COUNT, ItemKind.SUM, ItemKind.DISTINCT, ItemKind.SCORES):
            wrong.append(replace(item, arguments=(*item.arguments[:-1], 0)))
        if item.variants:
            wrong = [replace(item, variants=(99,)), replace(item, variants=())]
        for one in wrong:
            items = (*MEMORY.items[:number], one, *MEMORY.items[number + 1 :])
            found = replace(FULL, memory=replace(MEMORY, items=items))
            assert list(faults(found)), one


def test_fields_are_read_by_where_alone() -> None:
    read = replace(SEGMENTS[0], condition=ir.Literal(CATEGORY, ir.Has()))
    found = replace(FULL, segments=(read, *FULL.segments[1:]))
    assert any("a field is read" in text for text in faults(found))
