"""Section 6 of a bundle as text, read by STATE.md alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tacit.compiler.dump.tape import Tape
from tacit.runtime.format import Cadence, GuardKind, ItemKind, Role, Standing

# The arguments of each kind of item, in order.
_ITEMS: Final[dict[ItemKind, tuple[str, ...]]] = {
    ItemKind.COUNT: ("event", "where + 1", "slot", "slots"),
    ItemKind.SUM: ("event", "where + 1", "field", "slot", "slots"),
    ItemKind.DISTINCT: ("event", "where + 1", "field", "slot", "slots", "limit"),
    ItemKind.LAST: ("event", "where + 1"),
    ItemKind.SCORES: ("event", "where + 1", "field", "step", "keep"),
    ItemKind.SHOWN: ("variants", "slot", "slots"),
    ItemKind.LAST_SHOWN: ("variants",),
    ItemKind.DISMISSED: ("variants",),
    ItemKind.UNCLICKED: ("variants",),
    ItemKind.SURFACE: ("surface",),
    ItemKind.ARM: ("experiment",),
    ItemKind.SEGMENT: ("segment", "cadence"),
}
_ROLES: Final[dict[Role, tuple[str, ...]]] = {
    Role.EXACT: ("item", "zero"),
    Role.LEAST: ("item",),
    Role.SINCE: ("item",),
    Role.TOP: ("item", "count"),
    Role.FUNNEL: ("item, reached", "item, not", "after", "within", "zero"),
    Role.FIRST_SEEN: (),
    Role.SESSION: (),
    Role.BLOCK: ("variant",),
    Role.HOLD: ("hold",),
    Role.IN: ("item",),
    Role.OUT: ("item",),
    Role.ARM: ("experiment",),
    Role.THEME: ("group",),
}

_FLAGS: Final = ("-", "BLOCK", "THEME", "BLOCK+THEME")


def read_state(tape: Tape, *, signals: int, rules: int, variants: Sequence[int]) -> None:
    """Notes the section; the numbers are those of section 1, `variants` per surface."""
    tape.note("events")
    host = tape.varint("signals of the host")
    events = tape.texts("names")
    fields = sum(tape.packed("counts of fields", len(events)))
    tape.note("items")
    for _ in range(tape.varint("count of items")):
        _item(tape)
    tape.note("derived")
    tape.bits("declared signals", host, 1)
    for _ in range(signals - host - fields):
        role = Role(tape.u8("role", lambda value: Role(value).name))
        for label in _ROLES[role]:
            tape.varint(f"  {label}")
    tape.note("guards")
    for _ in range(tape.varint("count of guards")):
        tape.u8("guard", lambda value: GuardKind(value).name)
        for read, label in ((tape.u8, "allow"), (tape.varint, "item"), (tape.varint, "limit")):
            read(f"  {label}")
    tape.note("holds")
    for _ in range(tape.varint("count of holds")):
        _hold(tape)
    tape.note("experiments")
    for _ in range(tape.varint("count of experiments")):
        tape.varint("key")
        tape.u8("  sticky")
        tape.texts("  arms")
    _rules(tape, rules, len(variants))
    tape.note("groups")
    for _ in range(tape.varint("count of groups")):
        surfaces = _numbers(tape, "surfaces")
        tape.texts("  themes")
        tape.packed("  theme + 1 of each variant", sum(variants[number] for number in surfaces))
    tape.note("the person")
    tape.texts("topics")
    counts = tape.packed("counts of topics", sum(variants))
    tape.packed("topics of each variant", sum(counts))
    tape.varint("ms of less of this")
    tape.note("bounds")
    tape.varint("ms of retention")
    tape.varint("bytes of a state")


def _item(tape: Tape) -> None:
    kind = ItemKind(tape.u8("item", lambda value: ItemKind(value).name))
    tape.varint("  key")
    tape.varint("  purpose + 1")
    cadence = Cadence.LIVE
    for label in _ITEMS[kind]:
        if label == "variants":
            _numbers(tape, label)
        elif label == "cadence":
            cadence = Cadence(tape.varint("  cadence", lambda value: Cadence(value).name))
        else:
            tape.varint(f"  {label}")
    if cadence is Cadence.EVENTS:
        _numbers(tape, "events")


def _hold(tape: Tape) -> None:
    tape.varint("item")
    tape.varint("  stable for")
    tape.varint("  changes + 1")
    tape.u8("  allow")
    for _ in range(tape.varint("  count of entries")):
        tape.varint("    written rule")
        tape.varint("    variant")


def _rules(tape: Tape, rules: int, surfaces: int) -> None:
    tape.note("rules")
    written = sum(tape.packed("written rules", surfaces))
    tape.packed("written rule", rules)
    tape.packed("standing", rules, lambda value: Standing(value).name)
    for label in ("experiment + 1", "stop terms", "suppress terms"):
        tape.packed(label, rules)
    tape.packed("terms of block and theme", rules, lambda value: _FLAGS[value])
    for _ in range(written):
        tape.varint("key")


def _numbers(tape: Tape, label: str) -> list[int]:
    """A count and so many numbers."""
    return [tape.varint(f"    {label}") for _ in range(tape.varint(f"  count of {label}"))]
