"""Section 6: what is read from it, and every way it can be wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgpack
import pytest
from tacit.runtime import BundleError, reference
from tacit.runtime._model import Any as AnyOf
from tacit.runtime._model import Item, Literal
from tacit.runtime.format import Cadence, GuardKind, ItemKind, Op, Role, Standing

from . import builder as b
from .remember import AT, HOUR, KEYS, program


def test_reads_what_was_written() -> None:
    memory = reference.decode(b.build(program())).memory
    assert memory is not None
    assert (memory.host_signals, memory.field_signals, memory.first_derived) == (4, 2, 6)
    assert [(event.name, event.names) for event in memory.events] == [
        ("bought", ()),
        ("viewed", ("category", "price")),
    ]
    assert memory.wheres[0] == Literal(Op.IS, False, 4, "shoes")
    assert isinstance(memory.wheres[1], AnyOf)
    assert tuple(item.key for item in memory.items) == KEYS
    assert memory.items[1] == Item(ItemKind.COUNT, 11, "ads", event=1, slot=60_000, slots=30)
    assert memory.items[3] == Item(
        ItemKind.DISTINCT, 30, None, event=1, field=4, slot=2 * HOUR, slots=4, limit=3
    )
    assert memory.items[6] == Item(ItemKind.SCORES, 50, None, event=1, field=4, slot=HOUR, limit=3)
    # The greatest of the caps on it.
    assert memory.items[7] == Item(
        ItemKind.SHOWN, 60, None, slot=HOUR, slots=3, limit=3, variants=(1, 2)
    )
    assert memory.items[15] == Item(
        ItemKind.SEGMENT, 121, None, segment=1, cadence=Cadence.EVENTS, events=(0,)
    )
    assert memory.declared == (False, False, True, True)
    assert memory.derived[0].role is Role.EXACT
    assert memory.derived[8].arguments == (5, 4, HOUR, 5 * HOUR, 0)
    assert [guard.kind for guard in memory.guards][1:3] == [GuardKind.CAP, GuardKind.COOLDOWN]
    assert [guard.allow for guard in memory.guards] == [False, True, False, False, False, False]
    assert memory.holds[0].entries == ((0, 1), (1, 2))
    assert memory.holds[0].changes == 1
    assert memory.experiments[0].arms == ("a", "c")
    assert memory.written == (10, 0)
    assert memory.rules[0].standing is Standing.WRITTEN
    assert memory.rules[0].block_term
    assert not memory.rules[0].theme_term
    assert memory.rule_keys[0] == b.murmur3_32(b"hero\0one")
    assert memory.groups[0].of_variants == ((None, 0, 1), (None, 0))
    assert memory.topics == ("sale", "shoes")
    assert memory.variant_topics == ((), (0, 1), (0,), (), (1,))


def test_a_bundle_without_it_is_as_before() -> None:
    made = program()
    made.memory = None
    made.signals = made.signals[:4]
    made.segments = []
    made.surfaces[0].rules = []
    assert reference.decode(b.build(made)).memory is None


# ---------------------------------------------------------------- refusals

Change = Callable[[b.Program, b.Memory], Any]


def items(*rows: tuple[int, Any]) -> Change:
    """With items replaced."""

    def change(made: b.Program, memory: b.Memory) -> None:
        for number, row in rows:
            memory.items[number] = row

    return change


def put(name: str, value: Any) -> Change:
    return lambda made, memory: setattr(memory, name, value)


def row(**fields: Any) -> Change:
    def change(made: b.Program, memory: b.Memory) -> None:
        for name, value in fields.items():
            setattr(made.surfaces[0].rules[0].row, name, value)

    return change


def name(signal: int, text: str) -> Change:
    return lambda made, memory: setattr(made.signals[signal], "name", text)


def kind(signal: int, text: str) -> Change:
    return lambda made, memory: setattr(made.signals[signal], "type", text)


def an_enum(made: b.Program, memory: b.Memory) -> None:
    made.signals[4] = b.Signal("viewed.category", "enum", members=("shoes",))


def derived(place: int, role: str, *arguments: int) -> Change:
    return lambda made, memory: memory.derived.__setitem__(place, (role, arguments))


def guard(*first: Any) -> Change:
    return lambda made, memory: memory.guards.__setitem__(0, first)


def hold(*first: Any) -> Change:
    return lambda made, memory: memory.holds.__setitem__(0, first)


def rule(condition: Any) -> Change:
    return lambda made, memory: setattr(made.surfaces[0].rules[2], "when", condition)


def arm_for(number: int, sticky: bool) -> Change:
    def change(made: b.Program, memory: b.Memory) -> None:
        memory.items[13] = ("ARM", 110, "ads", (number,))
        memory.experiments[0] = (1, sticky, ["a", "c"])

    return change


REFUSED: list[tuple[str, str, Change]] = [
    ("a dot in a name of the host", "R114", name(0, "coun.try")),
    ("events out of order", "R111", put("events", [("viewed", 2), ("bought", 0)])),
    ("a field of another name", "R114", name(4, "seen.category")),
    ("a field without a name", "R114", name(4, "viewed.")),
    ("a field that is an enum", "R114", an_enum),
    ("more fields than signals", "R107", put("events", [("bought", 0), ("viewed", 200)])),
    ("more hosts than signals", "R106", put("host", 200)),
    ("a where on the host", "R114", put("wheres", [("IS", 0, "AT"), ("HAS", 5, None)])),
    ("a where on a segment", "R114", put("wheres", [("SEGMENT", 0, 0), ("HAS", 5, None)])),
    ("a rule on a field", "R114", rule(("HAS", 4, None))),
    ("items out of order", "R111", items((0, ("COUNT", 11, None, (1, 0, 1, 1))))),
    ("keys that repeat", "R112", items((2, ("SUM", 10, None, (1, 0, 5, 1, 1))))),
    ("a key beyond a word", "R106", items((15, ("SEGMENT", 2**32, None, (1, 1))))),
    ("no slots", "R115", items((0, ("COUNT", 10, None, (1, 0, HOUR, 0))))),
    ("no slot", "R115", items((0, ("COUNT", 10, None, (1, 0, 0, 5))))),
    ("too many slots", "R106", items((0, ("COUNT", 10, None, (1, 0, HOUR, 401))))),
    ("shows in half a window", "R115", items((7, ("SHOWN", 60, None, (1, 1, 0, 3))))),
    ("an event that is not there", "R107", items((0, ("COUNT", 10, None, (2, 0, HOUR, 1))))),
    ("a where that is not there", "R107", items((0, ("COUNT", 10, None, (1, 3, HOUR, 1))))),
    ("a where of another event", "R114", items((0, ("COUNT", 10, None, (0, 1, HOUR, 1))))),
    ("a sum of texts", "R114", items((2, ("SUM", 20, None, (1, 0, 4, HOUR, 1))))),
    ("scores of a number", "R114", items((6, ("SCORES", 50, None, (1, 0, 5, HOUR, 3))))),
    ("a field of the host", "R114", items((2, ("SUM", 20, None, (1, 0, 3, HOUR, 1))))),
    ("no distinct value", "R115", items((3, ("DISTINCT", 30, None, (1, 0, 4, HOUR, 1, 0))))),
    ("too many scores", "R106", items((6, ("SCORES", 50, None, (1, 0, 4, HOUR, 65))))),
    ("no variants", "R115", items((9, ("LAST_SHOWN", 70, None, (0,))))),
    ("variants out of order", "R111", items((9, ("LAST_SHOWN", 70, None, (2, 2, 1))))),
    ("a variant that is not there", "R107", items((9, ("LAST_SHOWN", 70, None, (1, 5))))),
    ("a surface that is not there", "R107", items((12, ("SURFACE", 100, None, (2,))))),
    ("a segment that is not there", "R107", items((14, ("SEGMENT", 120, None, (2, 1))))),
    ("a cadence that means nothing", "R108", items((14, ("SEGMENT", 120, None, (0, 5))))),
    ("a segment that is not stored", "R108", items((14, ("SEGMENT", 120, None, (0, 0))))),
    ("an experiment that is not there", "R107", arm_for(1, True)),
    ("an arm that nobody keeps", "R115", arm_for(0, False)),
    ("a number of the wrong item", "R114", derived(0, "EXACT", 4, 0)),
    ("a time since the wrong item", "R114", derived(6, "SINCE", 0)),
    ("a flag above one", "R113", derived(0, "EXACT", 0, 2)),
    ("a machine signal of the wrong type", "R114", kind(AT["since"], "double")),
    ("an aggregate with a dot", "R114", name(AT["shoes"], "sho.es")),
    ("a hold without a dot", "R114", name(AT["hero.hold"], "hold")),
    ("a hold that is not there", "R107", derived(15, "HOLD", 1)),
    ("a theme that is not there", "R107", derived(21, "THEME", 1)),
    ("an arm that is not there", "R107", derived(20, "ARM", 1)),
    ("a block of no variant", "R107", derived(12, "BLOCK", 5)),
    ("a cap on the wrong item", "R114", guard("CAP", False, 9, 1)),
    ("a guard on no item", "R107", guard("CAP", False, 16, 1)),
    ("a guard that allows twice", "R113", guard("CAP", 2, 7, 1)),
    ("a hold on the wrong item", "R114", hold(7, 0, None, False, [])),
    ("entries out of order", "R111", hold(12, 0, None, False, [(0, 2), (0, 1)])),
    ("an entry without its rule", "R107", hold(12, 0, None, False, [(10, 1)])),
    ("an entry without its variant", "R107", hold(12, 0, None, False, [(0, 3)])),
    ("a standing that means nothing", "R108", row(standing=5)),
    ("a rule that nobody wrote", "R107", row(written=10)),
    ("an experiment of a rule", "R107", row(experiment=1)),
    ("more terms than there are", "R115", row(stops=2)),
    ("a flag of a rule", "R113", row(flags=4)),
    ("a group of one", "R115", put("groups", [([0], [], [0, 0, 0])])),
    ("a group out of order", "R111", put("groups", [([1, 0], [], [0, 0, 0, 0, 0])])),
    ("a theme of a variant", "R107", put("groups", [([0, 1], ["x"], [2, 0, 0, 0, 0])])),
    ("two groups of a surface", "R112", put("groups", [([0, 1], [], [0] * 5)] * 2)),
    ("topics out of order", "R111", put("topics", ["shoes", "sale"])),
    ("a topic that is not there", "R107", put("variant_topics", [[], [2], [0], [], [1]])),
    ("topics of a variant", "R111", put("variant_topics", [[], [1, 0], [0], [], [1]])),
    ("equal topics", "R111", put("variant_topics", [[], [0, 0], [], [], []])),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "change"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED]
)
def test_refused(code: str, change: Change) -> None:
    made = program()
    assert made.memory is not None
    change(made, made.memory)
    with pytest.raises(BundleError) as caught:
        reference.decode(b.build(made))
    assert caught.value.code == code


def test_the_section_and_its_feature_go_together() -> None:
    sections = b.sections(program())
    without = program()
    without.memory = None
    for features, payloads in (
        (1, {1: sections[1]}),
        (0, {1: b.sections(without)[1], 6: sections[6]}),
    ):
        rows = [[number, payloads[number]] for number in sorted(payloads)]
        with pytest.raises(BundleError, match="R120"):
            reference.decode(msgpack.packb(["tacit", 1, features, rows]))


def test_no_shorter_and_no_longer_section() -> None:
    sections = b.sections(program())
    whole = sections[6]
    for size in range(len(whole)):
        with pytest.raises(BundleError):
            reference.decode(b.wrap(sections | {6: whole[:size]}))
    with pytest.raises(BundleError, match="R110"):
        reference.decode(b.wrap(sections | {6: whole + b"\0"}))


def test_damage_is_refused_or_read() -> None:
    sections = b.sections(program())
    whole = bytearray(sections[6])
    refused = 0
    for bit in range(8 * len(whole)):
        whole[bit >> 3] ^= 1 << (bit & 7)
        try:
            reference.decode(b.wrap(sections | {6: bytes(whole)}))
        except BundleError:
            refused += 1
        whole[bit >> 3] ^= 1 << (bit & 7)
    assert refused > 2 * len(whole)


def test_rules_of_one_written_rule_have_one_id() -> None:
    made = program()
    assert made.memory is not None
    first, second = made.surfaces[0].rules[:2]
    second.row = b.Row(written=0, standing=1)
    made.memory.written = [10, 0]
    with pytest.raises(BundleError, match="R112"):
        reference.decode(b.build(made))
    second.id = first.id
    assert reference.decode(b.build(made)).memory is not None
