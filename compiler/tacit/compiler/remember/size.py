"""How long a state keeps what it keeps, and how many bytes it has at most.

The bound is the size of a state (STATE.md section 3) in which everything is there and as long as it
can be, so that such a state meets it to the byte. It assumes one writer; times before 2^42 ms,
which is the year 2109, and slots and steps accordingly; fewer than 2^32 sessions, and of anything
that is counted. Sums and scores may be any numbers. Texts are as long as their signal allows, each
code point of four bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from tacit.compiler import ir
from tacit.compiler.ir_state import Affinity, Funnel, GuardKind, Item, ItemKind, Memory, Role
from tacit.runtime import format as fmt

_TIME: Final = 2**42 - 1
_COUNT: Final = 2**32 - 1  # and a hash
_CODE_POINT: Final = 4  # bytes
_VERSION: Final = 4 * 8 + 3  # four groups of eight digits
_HALVINGS: Final = 64  # a score after more of them is 0
_OBSERVED: Final = (ItemKind.COUNT, ItemKind.SUM, ItemKind.DISTINCT, ItemKind.LAST)
_NUMBER_TEXT: Final = {  # of a value that is no text: how many characters it has as one
    ir.SignalType.BOOL: 5,  # false
    ir.SignalType.INT: 17,  # -9007199254740991
    ir.SignalType.DOUBLE: 24,  # -2.2250738585072014e-308
}
# Sizes in bytes of what is always the same.
_NIL = _BOOL = _WRITER = 1
_DOUBLE = 9


def retention(program: ir.Program, items: Iterable[Item]) -> int:
    """The longest time, in ms, for which something counts: in a window, a score, a guard.

    What has no window is kept until it is erased and does not count here: the newest time of an
    event, how often something was shown in all, what the person said.
    """
    times = [0]
    for item in items:
        match item.kind, item.arguments:
            case (ItemKind.COUNT, (_, _, slot, slots)):
                times.append(slot * slots)
            case (ItemKind.SUM, (_, _, _, slot, slots)):
                times.append(slot * slots)
            case (ItemKind.DISTINCT, (_, _, _, slot, slots, _)):
                times.append(slot * slots)
            case (ItemKind.SHOWN, (slot, slots)) if slots:
                times.append(slot * (slots + 1))
    for aggregate in program.aggregates:
        match aggregate.kind:
            case Affinity() as affinity:
                times.append(affinity.half_life * (_HALVINGS + 1))
            case Funnel() as funnel:
                times.append(funnel.within)
    times += [cooldown.length for cooldown in program.cooldowns]
    for surface in program.surfaces:
        if surface.guardrails is not None:
            times.append(surface.guardrails.stable_for or 0)
    return max(times)


def heaviest(program: ir.Program, memory: Memory, count: int) -> list[tuple[str, int]]:
    """The parts of a state that take most, and how many bytes they may take."""
    aggregates = {
        derived.arguments[0]: f"`{signal.name}`"
        for signal, derived in zip(
            program.signals[memory.host_signals + memory.field_signals :],
            memory.derived,
            strict=True,
        )
        if derived.role in (Role.EXACT, Role.SINCE, Role.TOP)
    }
    parts = [
        (aggregates.get(number) or _words(item), _item(item, program, memory))
        for number, item in enumerate(memory.items)
    ]
    parts.append(("the person's controls", _list(_controls(program, memory))))
    parts.append(("declared preferences", _preferences(program, memory)))
    return sorted(parts, key=lambda part: (-part[1], part[0]))[:count]


def _words(item: Item) -> str:
    """What an item is, without its numbers."""
    return " ".join(word for word in item.name.split() if not word.isdigit())


def largest(program: ir.Program, memory: Memory) -> int:
    """The most bytes that a state for this program has."""
    session = _head(4) + _uint(_COUNT) + 2 * _uint(_TIME) + _uint(_COUNT)
    forced = [
        _uint(_COUNT) + max(map(_text_of, experiment.arms)) for experiment in memory.experiments
    ]
    parts = (
        _head(13) + _text_of(fmt.STATE_MAGIC) + _uint(fmt.STATE_VERSION) + _uint(_COUNT),
        2 * _uint(_TIME) + session + _BOOL,
        _preferences(program, memory),
        _list(_controls(program, memory)),
        _list(forced),
        _list([_item(item, program, memory) for item in memory.items]),
        _list([_uint(_COUNT)] * fmt.MAX_NONCES),
        _list([_uint(_COUNT)] * 3),
    )
    return sum(parts)


def _preferences(program: ir.Program, memory: Memory) -> int:
    signals = program.signals[: memory.host_signals]
    declared = [one for one, is_one in zip(signals, memory.declared, strict=True) if is_one]
    return _list([_text_of(signal.name) + _value(signal) for signal in declared])


def _controls(program: ir.Program, memory: Memory) -> list[int]:
    """The longest controls, each on something else: one takes the place of another."""
    head = _head(5) + 2 * _uint(1)
    end = _uint(_TIME)
    own = [
        head + _text_of(surface.name) + text + end
        for surface in program.surfaces
        for text in (_text_of(""), *(_text_of(variant.id) for variant in surface.variants))
    ]
    own += [head + _text_of(topic) + _text_of("") + end for topic in memory.topics]
    return sorted(own, reverse=True)[: fmt.MAX_CONTROLS]


def _item(item: Item, program: ir.Program, memory: Memory) -> int:
    purpose = _NIL if item.purpose is None else _text_of(item.purpose)
    begun = _uint(_TIME if item.kind in _OBSERVED else 0)
    head = _head(5) + _uint(item.kind) + _uint(_COUNT) + purpose + begun
    return head + _data(item, program, memory)


def _data(item: Item, program: ir.Program, memory: Memory) -> int:
    match item.kind, item.arguments:
        case (ItemKind.COUNT, (_, _, slot, slots)):
            return _counter(slot, slots)
        case (ItemKind.SUM, (_, _, _, slot, slots)):
            return _of_writer([_slot(slot), _uint(_COUNT), _DOUBLE], slots)
        case (ItemKind.DISTINCT, (_, _, _, slot, _, limit)):
            return _head(2 * limit) + limit * (_uint(_COUNT) + _slot(slot))
        case (ItemKind.SCORES, (_, _, field, step, keep)):
            return _of_writer([_key(program.signals[field]), _slot(step), _DOUBLE], keep)
        case (ItemKind.SHOWN, (slot, slots)) if slots:
            return _counter(slot, min(slots + 1, _most_shows(item, memory) or slots + 1))
        case ((ItemKind.SHOWN | ItemKind.DISMISSED), _):
            return _total()
        case ((ItemKind.LAST | ItemKind.LAST_SHOWN), _):
            return _uint(_TIME)
        case (ItemKind.UNCLICKED, _):
            return _head(2) + 2 * _total()
        case (ItemKind.SURFACE, (surface,)):
            variant = max(_text_of(variant.id) for variant in program.surfaces[surface].variants)
            changes = _of_writer([_uint(_COUNT), _uint(_COUNT)], 1)
            shown = 2 * variant + _uint(_COUNT) + 2 * _uint(_TIME)
            return _head(12) + shown + changes + 6 * _total()
        case (ItemKind.ARM, (experiment,)):
            arms = memory.experiments[experiment].arms
            return _head(2) + max(map(_text_of, arms)) + _uint(_TIME)
        case (ItemKind.SEGMENT, _):
            return _head(3) + _BOOL + 2 * _uint(_TIME)
    raise TypeError(f"{item.kind} with {item.arguments}")


# ------------------------------------------------------------------------------- sizes of parts


def _most_shows(item: Item, memory: Memory) -> int:
    """The greatest cap on what an item counts: it keeps no more slots."""
    caps = (guard for guard in memory.guards if guard.kind is GuardKind.CAP)
    return max(guard.limit for guard in caps if memory.items[guard.item] == item)


def _counter(slot: int, slots: int) -> int:
    return _of_writer([_slot(slot), _uint(_COUNT)], slots)


def _total() -> int:
    """A counter without a window: all in slot 0."""
    return _of_writer([_uint(0), _uint(_COUNT)], 1)


def _of_writer(entry: Sequence[int], count: int) -> int:
    """An array of the one writer, with so many entries of these parts."""
    return _head(1) + _head(2) + _WRITER + _head(len(entry) * count) + count * sum(entry)


def _slot(length: int) -> int:
    return _uint(_TIME // length)


def _key(field: ir.Signal) -> int:
    """The value of a field as the text that scores go by."""
    bytes_ = _NUMBER_TEXT.get(field.type)
    return _text(_CODE_POINT * field.max_length if bytes_ is None else bytes_)


def _value(signal: ir.Signal) -> int:
    """A declared preference."""
    match signal.type:
        case ir.SignalType.BOOL:
            return _BOOL
        case ir.SignalType.INT:
            bounds = (signal.minimum, signal.maximum)
            return max(_DOUBLE if bound is None else _int(int(bound)) for bound in bounds)
        case ir.SignalType.DOUBLE:
            return _DOUBLE
        case ir.SignalType.ENUM:
            return max(map(_text_of, signal.values))
        case ir.SignalType.VERSION:
            return _text(_VERSION)
        case ir.SignalType.STRING:
            return _text(_CODE_POINT * signal.max_length)
        case ir.SignalType.STRING_LIST:
            return _list([_text(_CODE_POINT * signal.max_length)] * signal.max_items)


def _list(entries: Sequence[int]) -> int:
    """An array of these, or a map of pairs of these."""
    return _head(len(entries)) + sum(entries)


def _text_of(text: str) -> int:
    return _text(len(text.encode()))


# --------------------------------------------------------------------------- sizes of msgpack


def _uint(most: int) -> int:
    """A number from 0 to `most`."""
    return 1 if most < 2**7 else 1 + _bytes_for(most)


def _int(bound: int) -> int:
    """A number between 0 and `bound`, which may be negative."""
    if bound >= 0:
        return _uint(bound)
    return 1 if bound >= -(2**5) else 1 + _bytes_for(2 * (-bound - 1) + 1)


def _bytes_for(number: int) -> int:
    return next(size for size in (1, 2, 4, 8) if number < 2 ** (8 * size))


def _head(count: int) -> int:
    """What stands before the elements of an array or a map."""
    return 1 if count < 2**4 else 3 if count < 2**16 else 5


def _text(size: int) -> int:
    """A text of so many bytes."""
    return size + (1 if size < 2**5 else 1 + _bytes_for(size))
