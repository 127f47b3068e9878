"""The payload of each section, in the order of FORMAT.md sections 3 and 4.

One function per part; each gives the bytes of its part, and a section is its parts joined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgpack
from tacit.compiler import ir
from tacit.compiler.encode.columns import (
    f64,
    packed,
    ranges,
    stepped,
    svarint,
    text,
    texts,
    varint,
)
from tacit.compiler.encode.literals import write_arguments
from tacit.compiler.encode.numbers import Value, values
from tacit.compiler.encode.state import state
from tacit.compiler.encode.tables import Tables
from tacit.runtime import format as fmt
from tacit.runtime.format import MetaFlag, Place, RuleFlag, Section, SignalFlag, SplitFlag, Type

_TYPES: Final = {
    ir.SignalType.BOOL: Type.BOOL,
    ir.SignalType.INT: Type.INT,
    ir.SignalType.DOUBLE: Type.DOUBLE,
    ir.SignalType.STRING: Type.STRING,
    ir.SignalType.ENUM: Type.ENUM,
    ir.SignalType.VERSION: Type.VERSION,
    ir.SignalType.STRING_LIST: Type.STRING_LIST,
}
_TEXTUAL: Final = (ir.SignalType.STRING, ir.SignalType.STRING_LIST)
_PLACES: Final = {
    ir.Place.DEVICE: Place.DEVICE,
    ir.Place.EDGE: Place.EDGE,
    ir.Place.BOTH: Place.BOTH,
}


# ------------------------------------------------------------------------- section 1: program


def program(tables: Tables) -> bytes:
    """Section 1: all that a decision depends on."""
    parts = (
        _meta,
        _signals,
        _tests,
        _shapes,
        _conditions,
        _arguments,
        _surfaces,
        _rules,
        _splits,
    )
    return b"".join(part(tables) for part in parts)


def _meta(tables: Tables) -> bytes:
    source = tables.program
    flags = MetaFlag(0)
    rest = b""
    if source.expires is not None:
        flags |= MetaFlag.EXPIRES
        if source.on_expired == "defaults":
            flags |= MetaFlag.DEFAULTS_WHEN_EXPIRED
        rest += varint(source.expires)
    if source.holdout is not None:
        flags |= MetaFlag.HOLDOUT
        rest += varint(source.holdout.unit) + text(source.holdout.salt)
        rest += ranges(source.holdout.ranges)
    return text(source.project) + bytes((flags,)) + rest


def _signals(tables: Tables) -> bytes:
    out = bytearray(texts(tables.purposes))
    out += varint(len(tables.program.signals))
    for signal, constants in zip(tables.program.signals, tables.values, strict=True):
        out += _signal(signal, constants, tables.purposes)
    return bytes(out)


def _signal(signal: ir.Signal, constants: Sequence[Value], purposes: Sequence[str]) -> bytes:
    flags = SignalFlag(0)
    rest = b""
    if signal.purpose is not None:
        flags |= SignalFlag.PURPOSE
        rest += varint(purposes.index(signal.purpose))
    if signal.minimum is not None:
        flags |= SignalFlag.MINIMUM
        rest += _bound(signal.minimum, signal.type)
    if signal.maximum is not None:
        flags |= SignalFlag.MAXIMUM
        rest += _bound(signal.maximum, signal.type)
    if signal.max_age_ms is not None:
        flags |= SignalFlag.MAX_AGE
        rest += varint(signal.max_age_ms)
    if signal.type in _TEXTUAL:
        rest += varint(signal.max_length)
    if signal.type is ir.SignalType.STRING_LIST:
        rest += varint(signal.max_items)
    head = text(signal.name) + bytes((_TYPES[signal.type], flags))
    return head + rest + values(constants, signal.type)


def _bound(value: float, type_: ir.SignalType) -> bytes:
    return svarint(int(value)) if type_ is ir.SignalType.INT else f64(value)


def _tests(tables: Tables) -> bytes:
    out = bytearray(varint(len(tables.tests)))
    for test in tables.tests:
        out.append(test.op)
        out += varint(test.signal)
    return bytes(out)


def _shapes(tables: Tables) -> bytes:
    return varint(len(tables.shapes)) + b"".join(tables.shapes)


def _conditions(tables: Tables) -> bytes:
    counts = [len(tables.bodies), len(tables.program.segments), len(tables.rules)]
    if tables.program.memory is not None:
        counts.append(len(tables.wheres))
    return (
        b"".join(map(varint, counts))
        + packed(tables.condition_shapes)
        + packed(tables.literal_tests)
    )


def _arguments(tables: Tables) -> bytes:
    return b"".join(
        write_arguments(test, uses, len(tables.values[test.signal]))
        for test, uses in zip(tables.tests, tables.arguments, strict=True)
    )


def _surfaces(tables: Tables) -> bytes:
    surfaces = tables.program.surfaces
    index = {name: i for i, name in enumerate(tables.variant_ids)}
    return (
        texts([surface.name for surface in surfaces])
        + texts(tables.variant_ids)
        + packed(_surface_flags(surface) for surface in surfaces)
        + packed(len(surface.variants) for surface in surfaces)
        + packed(surface.default for surface in surfaces)
        + packed(len(surface.rules) for surface in surfaces)
        + packed(index[variant.id] for surface in surfaces for variant in surface.variants)
    )


def _surface_flags(surface: ir.Surface) -> int:
    return _PLACES[surface.place] | (fmt.FORBIDDEN if surface.forbidden is not None else 0)


def _rules(tables: Tables) -> bytes:
    rules = tables.rules
    outcomes: list[int] = []
    splits = 0
    for rule in rules:
        if isinstance(rule.outcome, ir.Split):
            outcomes.append(splits)
            splits += 1
        else:
            outcomes.append(rule.outcome.variant)
    limited = [rule.traffic for rule in rules if rule.traffic is not None]
    dated = [rule.schedule for rule in rules if rule.schedule is not None]
    return (
        packed(_rule_flags(rule) for rule in rules)
        + packed(outcomes)
        + packed(traffic.unit for traffic in limited)
        + stepped(traffic.share for traffic in limited)
        + packed(fmt.SALT_DIGITS.index(digit) for traffic in limited for digit in traffic.salt)
        + stepped(schedule.start for schedule in dated if schedule.start is not None)
        + stepped(schedule.end for schedule in dated if schedule.end is not None)
    )


def _rule_flags(rule: ir.Rule) -> int:
    flags = RuleFlag(0)
    if isinstance(rule.outcome, ir.Split):
        flags |= RuleFlag.SPLIT
    if rule.traffic is not None:
        flags |= RuleFlag.TRAFFIC
    if rule.schedule is not None:
        dated = RuleFlag(0)
        if rule.schedule.start is not None:
            dated |= RuleFlag.START
        if rule.schedule.end is not None:
            dated |= RuleFlag.END
        if dated and rule.schedule.zone is ir.Zone.LOCAL:
            dated |= RuleFlag.LOCAL
        flags |= dated
    return flags


def _splits(tables: Tables) -> bytes:
    out = bytearray(varint(len(tables.splits)))
    for split in tables.splits:
        out.append(SplitFlag.EXPERIMENT if split.experiment is not None else 0)
        out += varint(split.unit) + text(split.salt) + varint(len(split.arms))
        for variant, runs in split.arms:
            out += varint(variant) + ranges(runs)
    return bytes(out)


# ------------------------------------------------------------------------ the other sections


def content(tables: Tables) -> bytes | None:
    """Section 2: what the variants show; None when every content is null."""
    variants = [variant for surface in tables.program.surfaces for variant in surface.variants]
    if all(variant.content is None for variant in variants):
        return None
    index: dict[bytes, int] = {}
    used = [index.setdefault(canonical(v.content), len(index)) for v in variants]
    return varint(len(index)) + packed(map(len, index)) + b"".join(index) + packed(used)


def canonical(value: ir.JsonValue) -> bytes:
    """A JSON value as msgpack: shortest forms, the keys of maps sorted."""
    packed: bytes = msgpack.packb(_sorted_keys(value))
    return packed


def _sorted_keys(value: ir.JsonValue) -> ir.JsonValue:
    match value:
        case dict():
            # The order of code points is the order of UTF-8 bytes.
            return {key: _sorted_keys(value[key]) for key in sorted(value)}
        case list():
            return [_sorted_keys(item) for item in value]
        case _:
            return value


def explanations(tables: Tables) -> bytes | None:
    """Section 3: what the person may read; None when no rule says anything."""
    if not any(rule.because for rule in tables.rules):
        return None
    languages = sorted({language for rule in tables.rules for language, _ in rule.because})
    number = {language: i for i, language in enumerate(languages)}
    index: dict[tuple[tuple[str, str], ...], int] = {}
    used: list[int] = []
    for rule in tables.rules:
        because = tuple(sorted(rule.because))
        used.append(index.setdefault(because, len(index)) + 1 if because else 0)
    out = bytearray(text(tables.program.language) + texts(languages) + varint(len(index)))
    for because in index:
        out += varint(len(because))
        for language, words in because:
            out += varint(number[language]) + text(words)
    return bytes(out) + packed(used)


def debug(tables: Tables) -> bytes:
    """Section 4: names that only people need."""
    segments, rules = tables.program.segments, tables.rules
    return (
        texts([rule.id for rule in rules])
        + texts([segment.name for segment in segments])
        + texts([split.experiment or "" for split in tables.splits])
        + texts([*(s.source_text for s in segments), *(rule.source_text for rule in rules)])
    )


def audit(tables: Tables) -> bytes:
    """Section 5: where signals come from and who answers for what."""
    source = tables.program
    return (
        packed(fmt.Source[signal.source.upper()] for signal in source.signals)
        + packed(fmt.Sensitivity[signal.sensitivity.upper()] for signal in source.signals)
        + _or_empty(signal.category for signal in source.signals)
        + _or_empty(segment.owner for segment in source.segments)
        + _or_empty(surface.owner for surface in source.surfaces)
        + _or_empty(surface.goal for surface in source.surfaces)
        + _or_empty(surface.forbidden for surface in source.surfaces)
        + _or_empty(rule.owner for rule in tables.rules)
    )


def _or_empty(values: Iterable[str | None]) -> bytes:
    return texts([value or "" for value in values])


WRITERS: Final[dict[Section, Callable[[Tables], bytes | None]]] = {
    Section.PROGRAM: program,
    Section.CONTENT: content,
    Section.EXPLANATIONS: explanations,
    Section.DEBUG: debug,
    Section.AUDIT: audit,
    Section.STATE: state,
}
