"""Bytes -> Program, by FORMAT.md sections 1 and 3. The optional sections are in
`_sections`, values of signals in `_values`, conditions in `_conditions`.

Every sentence of the page that a reader can check is checked here, in the order of the page, so
that this file and the page can be read side by side.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import pairwise

from tacit.runtime import _sections
from tacit.runtime import format as f
from tacit.runtime._bytes import Reader, refuse
from tacit.runtime._conditions import decode_conditions, decode_shapes, decode_tests
from tacit.runtime._memory_section import decode_memory
from tacit.runtime._model import (
    Arm,
    Condition,
    Holdout,
    Program,
    Range,
    Rule,
    Signal,
    Split,
    Surface,
    Traffic,
)
from tacit.runtime._values import check_distinct, check_rising, decode_values
from tacit.runtime.format import (
    Feature,
    MetaFlag,
    Place,
    RuleFlag,
    Section,
    SignalFlag,
    SplitFlag,
    Type,
)

OFFSET_SIGNAL = "utc_offset_minutes"


def decode(data: bytes) -> Program:
    """The program in the bytes of a bundle. Raises `BundleError` for anything else."""
    features, sections = _sections.decode_outside(data)
    if Section.PROGRAM not in sections:
        refuse("lacking", "the bundle has no program")
    reader = Reader(sections[Section.PROGRAM], "program")
    program, wheres = _decode_program(reader, bool(features & Feature.STATE))
    memory = decode_memory(sections.get(Section.STATE), features, program, wheres)
    program = dataclasses.replace(program, memory=memory)
    return dataclasses.replace(
        program,
        contents=_sections.decode_content(sections, program),
        explanations=_sections.decode_explanations(sections, program),
        debug=_sections.decode_debug(sections, program),
        audit=_sections.decode_audit(sections, program),
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Meta:
    project: str
    expires: int | None
    defaults_when_expired: bool
    holdout: Holdout | None


def _decode_program(reader: Reader, has_state: bool) -> tuple[Program, tuple[Condition, ...]]:
    """Section 1, and the conditions of events that it holds beside."""
    meta = _decode_meta(reader)
    purposes, signals = _decode_signals(reader)
    if meta.holdout is not None:
        _check_unit(reader, meta.holdout.unit, signals)
    tests = decode_tests(reader, signals)
    shapes = decode_shapes(reader)
    conditions = decode_conditions(reader, signals, tests, shapes, has_state)
    surfaces = _decode_surfaces(reader)
    if sum(surface.rules for surface in surfaces) != len(conditions.rules):
        reader.fail("count", "the rules of the surfaces do not add up")
    rules = _decode_rules(reader, signals, surfaces, conditions.rules)
    reader.finish()
    program = Program(
        project=meta.project,
        expires=meta.expires,
        defaults_when_expired=meta.defaults_when_expired,
        holdout=meta.holdout,
        purposes=purposes,
        signals=signals,
        bodies=conditions.bodies,
        segments=conditions.segments,
        surfaces=tuple(
            Surface(s.name, s.place, s.forbidden, s.variants, s.default, own)
            for s, own in zip(surfaces, rules, strict=True)
        ),
    )
    return program, conditions.wheres


# ---------------------------------------------------------------- 3.1 meta


def _decode_meta(reader: Reader) -> _Meta:
    project = reader.text()
    flags = reader.flags(MetaFlag.EXPIRES | MetaFlag.DEFAULTS_WHEN_EXPIRED | MetaFlag.HOLDOUT)
    if flags & MetaFlag.DEFAULTS_WHEN_EXPIRED and not flags & MetaFlag.EXPIRES:
        reader.fail("reserved", "defaults after expiry, but no expiry")
    expires = reader.varint() if flags & MetaFlag.EXPIRES else None
    holdout = None
    if flags & MetaFlag.HOLDOUT:
        holdout = Holdout(reader.varint(), _salt(reader), _ranges(reader))
    return _Meta(project, expires, bool(flags & MetaFlag.DEFAULTS_WHEN_EXPIRED), holdout)


def _salt(reader: Reader) -> str:
    salt = reader.text()
    if len(salt) not in (3, 7) or not set(f.SALT_DIGITS).issuperset(salt):
        reader.fail("salt", f"a salt of other characters or length: {salt!r}")
    return salt


def _ranges(reader: Reader) -> tuple[Range, ...]:
    ranges: list[Range] = []
    end = 0
    for _ in range(reader.count(f.BUCKETS, "ranges", least=1)):
        # Ranges that touch would be one.
        gap = reader.count(f.BUCKETS, "buckets between ranges", least=1 if ranges else 0)
        length = reader.count(f.BUCKETS, "buckets of a range", least=1)
        start = end + gap
        end = start + length
        if end > f.BUCKETS:
            reader.fail("limit", f"a range ends at {end}")
        ranges.append((start, end))
    return tuple(ranges)


# ---------------------------------------------------------------- 3.2 signals


def _decode_signals(reader: Reader) -> tuple[tuple[str, ...], tuple[Signal, ...]]:
    purposes = reader.texts()
    check_rising(reader, purposes, "purposes")
    count = reader.count(f.MAX_SIGNALS, "signals")
    signals = tuple(_decode_signal(reader, purposes) for _ in range(count))
    check_distinct(reader, tuple(signal.name for signal in signals), "names of signals")
    return purposes, signals


def _decode_signal(reader: Reader, purposes: tuple[str, ...]) -> Signal:
    name = reader.text()
    code = reader.u8()
    if code > max(Type):
        reader.fail("code", f"type {code} of signal {name!r}")
    kind = Type(code)
    bounds = SignalFlag.MINIMUM | SignalFlag.MAXIMUM if kind in (Type.INT, Type.DOUBLE) else 0
    flags = reader.flags(SignalFlag.PURPOSE | SignalFlag.MAX_AGE | bounds)
    number = reader.svarint if kind is Type.INT else reader.f64
    purpose = (
        purposes[reader.index(len(purposes), "purpose")] if flags & SignalFlag.PURPOSE else None
    )
    minimum = number() if flags & SignalFlag.MINIMUM else None
    maximum = number() if flags & SignalFlag.MAXIMUM else None
    if minimum is not None and maximum is not None and minimum > maximum:
        reader.fail("order", f"signal {name!r} has its minimum above its maximum")
    max_age = reader.varint() if flags & SignalFlag.MAX_AGE else None
    has_text = kind in (Type.STRING, Type.STRING_LIST)
    max_length = reader.count(f.MAX_LENGTH, "code points") if has_text else None
    max_items = reader.count(f.MAX_ITEMS, "elements") if kind is Type.STRING_LIST else None
    values = decode_values(reader, name, kind)
    return Signal(name, kind, purpose, minimum, maximum, max_age, max_length, max_items, values)


def _check_unit(reader: Reader, unit: int, signals: tuple[Signal, ...]) -> int:
    if unit >= len(signals):
        reader.fail("index", f"unit {unit} of {len(signals)} signals")
    if signals[unit].type not in (Type.STRING, Type.INT, Type.ENUM):
        reader.fail("type", f"signal {signals[unit].name!r} cannot be a unit")
    return unit


# ---------------------------------------------------------------- 3.7 surfaces


@dataclasses.dataclass(frozen=True, slots=True)
class _SurfaceHead:
    """A surface before its rules are read; `rules` is their number."""

    name: str
    place: Place
    forbidden: bool
    variants: tuple[str, ...]
    default: int
    rules: int


def _decode_surfaces(reader: Reader) -> tuple[_SurfaceHead, ...]:
    names = reader.texts()
    if len(names) > f.MAX_TABLE:
        reader.fail("limit", f"{len(names)} surfaces")
    check_distinct(reader, names, "names of surfaces")
    ids = reader.texts()
    check_rising(reader, ids, "ids of variants")
    flags = reader.packed(len(names))
    counts = reader.packed(len(names))
    defaults = reader.packed(len(names))
    rules = reader.packed(len(names))
    for count in counts:
        if not 1 <= count <= f.MAX_VARIANTS:
            reader.fail("limit" if count else "count", f"{count} variants of a surface")
    if sum(counts) > len(names) and reader.peek() == 0:
        # A column without bytes, all of it the same id. Nothing vouches for its length.
        reader.fail("duplicate", "two variants of a surface have one id")
    variants = reader.packed(sum(counts))
    surfaces = []
    first = 0
    for number, name in enumerate(names):
        flag = flags[number]
        reader.known_bits(flag, f.FORBIDDEN | 3)
        if flag & 3 > max(Place):
            reader.fail("code", f"place {flag & 3} of surface {name!r}")
        reader.below(defaults[number], counts[number], "default")
        if rules[number] > f.MAX_SURFACE_RULES:
            reader.fail("limit", f"{rules[number]} rules of surface {name!r}")
        if flag & f.FORBIDDEN and rules[number]:
            reader.fail("count", f"surface {name!r} is forbidden and has rules")
        own = variants[first : first + counts[number]]
        own_ids = tuple(ids[reader.below(variant, len(ids), "variant id")] for variant in own)
        check_distinct(reader, own_ids, f"variants of surface {name!r}")
        first += counts[number]
        surfaces.append(
            _SurfaceHead(
                name,
                Place(flag & 3),
                bool(flag & f.FORBIDDEN),
                own_ids,
                defaults[number],
                rules[number],
            )
        )
    return tuple(surfaces)


# ---------------------------------------------------------------- 3.8 rules, 3.9 splits


def _decode_rules(
    reader: Reader,
    signals: tuple[Signal, ...],
    surfaces: tuple[_SurfaceHead, ...],
    conditions: tuple[Condition, ...],
) -> tuple[tuple[Rule, ...], ...]:
    """The rules of each surface."""
    flags = reader.packed(len(conditions))
    outcomes = reader.packed(len(conditions))
    traffic = iter(_decode_traffic(reader, signals, flags))
    starts = iter(reader.stepped(sum(bool(flag & RuleFlag.START) for flag in flags)))
    ends = iter(reader.stepped(sum(bool(flag & RuleFlag.END) for flag in flags)))
    splits = _decode_splits(reader, signals)
    _check_splits(reader, flags, outcomes, len(splits))
    has_offset = any(s.name == OFFSET_SIGNAL and s.type is Type.INT for s in signals)
    if any(flag & RuleFlag.LOCAL for flag in flags) and not has_offset:
        reader.fail("lacking", f"a local schedule without an int {OFFSET_SIGNAL}")
    rules = []
    for flag, index, condition in zip(flags, outcomes, conditions, strict=True):
        start = next(starts) if flag & RuleFlag.START else None
        end = next(ends) if flag & RuleFlag.END else None
        if start is not None and end is not None and end <= start:
            reader.fail("order", "a schedule ends before it starts")
        rules.append(
            Rule(
                condition,
                splits[index] if flag & RuleFlag.SPLIT else index,
                next(traffic) if flag & RuleFlag.TRAFFIC else None,
                start,
                end,
                bool(flag & RuleFlag.LOCAL),
            )
        )
    return tuple(_by_surface(reader, surfaces, rules))


def _decode_traffic(reader: Reader, signals: tuple[Signal, ...], flags: list[int]) -> list[Traffic]:
    """Checks the flags of all rules; the traffic of those that have some."""
    known = RuleFlag.TRAFFIC | RuleFlag.SPLIT | RuleFlag.START | RuleFlag.END | RuleFlag.LOCAL
    for flag in flags:
        reader.known_bits(flag, known)
        if flag & RuleFlag.LOCAL and not flag & (RuleFlag.START | RuleFlag.END):
            reader.fail("reserved", "a local zone without a schedule")
    count = sum(bool(flag & RuleFlag.TRAFFIC) for flag in flags)
    units = reader.packed(count)
    shares = reader.stepped(count)
    digits = reader.packed(3 * count)
    for unit in units:
        _check_unit(reader, unit, signals)
    for share in shares:
        if not 1 <= share < f.BUCKETS:
            reader.fail("number", f"a share of {share}")
    for digit in digits:
        if digit >= len(f.SALT_DIGITS):
            reader.fail("salt", f"digit {digit} of a salt")
    letters = "".join(f.SALT_DIGITS[digit] for digit in digits)
    return [Traffic(units[n], shares[n], letters[3 * n : 3 * n + 3]) for n in range(count)]


def _check_splits(reader: Reader, flags: list[int], outcomes: list[int], count: int) -> None:
    """Each split is used by one rule, in order."""
    used = 0
    for flag, outcome in zip(flags, outcomes, strict=True):
        if flag & RuleFlag.SPLIT:
            if outcome != used:
                reader.fail("order", "splits are not used once each, in order")
            used += 1
    if used != count:
        reader.fail("order", f"{count} splits, {used} used")


def _by_surface(
    reader: Reader, surfaces: tuple[_SurfaceHead, ...], rules: list[Rule]
) -> Iterator[tuple[Rule, ...]]:
    first = 0
    for surface in surfaces:
        own = tuple(rules[first : first + surface.rules])
        first += surface.rules
        for rule in own:
            if isinstance(rule.outcome, int):
                reader.below(rule.outcome, len(surface.variants), "variant")
            else:
                for arm in rule.outcome.arms:
                    reader.below(arm.variant, len(surface.variants), "variant of an arm")
        yield own


def _decode_splits(reader: Reader, signals: tuple[Signal, ...]) -> tuple[Split, ...]:
    count = reader.count(f.MAX_RULES, "splits")
    return tuple(_decode_split(reader, signals) for _ in range(count))


def _decode_split(reader: Reader, signals: tuple[Signal, ...]) -> Split:
    flags = reader.flags(SplitFlag.EXPERIMENT)
    unit = _check_unit(reader, reader.varint(), signals)
    salt = _salt(reader)
    count = reader.count(f.MAX_VARIANTS, "arms", least=1)
    arms = tuple(Arm(reader.varint(), _ranges(reader)) for _ in range(count))
    ranges = sorted(one for arm in arms for one in arm.ranges)
    if any(left[1] > right[0] for left, right in pairwise(ranges)):
        reader.fail("duplicate", "two arms overlap")
    return Split(unit, salt, arms, bool(flags & SplitFlag.EXPERIMENT))
