"""Bytes -> Program, by FORMAT.md sections 1 and 3; the optional sections are in `_sections`.

Every sentence of the page that a reader can check is checked here, in the order of the page, so
that this file and the page can be read side by side.
"""

from __future__ import annotations

import dataclasses
from itertools import pairwise

from tacit.runtime import _sections
from tacit.runtime import format as f
from tacit.runtime._bytes import Reader, refuse, varints
from tacit.runtime._conditions import (
    Test,
    decode_conditions,
    decode_shapes,
    decode_tests,
)
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
from tacit.runtime.format import MetaFlag, Place, RuleFlag, Section, SignalFlag, SplitFlag, Type

SALT_BYTES = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
OFFSET_SIGNAL = "utc_offset_minutes"


def decode(data: bytes) -> Program:
    """The program in the bytes of a bundle. Raises `BundleError` for anything else."""
    sections = _sections.decode_outside(data)
    if Section.PROGRAM not in sections:
        refuse("section", "the bundle has no program")
    program = _decode_program(Reader(sections[Section.PROGRAM], "program"))
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


def _decode_program(reader: Reader) -> Program:
    meta = _decode_meta(reader)
    purposes, signals = _decode_signals(reader)
    if meta.holdout is not None:
        _check_unit(reader, meta.holdout.unit, signals)
    tests = decode_tests(reader, signals)
    shapes = decode_shapes(reader)
    bodies, segments, conditions = decode_conditions(reader, signals, tests, shapes)
    surfaces = _decode_surfaces(reader)
    if sum(surface.rules for surface in surfaces) != len(conditions):
        reader.fail("count", "the number of conditions is not that of the rules")
    rules = _decode_rules(reader, signals, surfaces, conditions)
    reader.finish()
    _check_tests_used(tests)
    return Program(
        project=meta.project,
        expires=meta.expires,
        defaults_when_expired=meta.defaults_when_expired,
        holdout=meta.holdout,
        purposes=purposes,
        signals=signals,
        bodies=bodies,
        segments=segments,
        surfaces=tuple(
            Surface(s.name, s.place, s.forbidden, s.variants, s.default, own)
            for s, own in zip(surfaces, rules, strict=True)
        ),
    )


def _check_tests_used(tests: list[Test]) -> None:
    for test in tests:
        test.arguments.finish()


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
    return _checked_salt(reader, reader.text())


def _checked_salt(reader: Reader, salt: str) -> str:
    if len(salt) not in (3, 7) or not SALT_BYTES.issuperset(salt.encode()):
        reader.fail("salt", f"a salt of other characters or length: {salt!r}")
    return salt


def _ranges(reader: Reader) -> tuple[Range, ...]:
    ranges: list[Range] = []
    end = 0
    for _ in range(reader.count(f.BUCKETS, "ranges", least=1)):
        gap = reader.varint(f.BUCKETS)
        if ranges and gap == 0:
            reader.fail("order", "two ranges touch")
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
    _check_rising(reader, purposes, "purposes")
    count = reader.count(f.MAX_SIGNALS, "signals")
    signals = tuple(_decode_signal(reader, purposes) for _ in range(count))
    _check_distinct(reader, tuple(signal.name for signal in signals), "names of signals")
    return purposes, signals


def _decode_signal(reader: Reader, purposes: tuple[str, ...]) -> Signal:
    name = reader.text()
    code = reader.u8()
    if code > max(Type):
        reader.fail("enum", f"type {code} of signal {name!r}")
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
    values: tuple[str, ...] = ()
    if has_text or kind is Type.ENUM:
        values = reader.texts()
        if len(values) > f.MAX_TABLE:
            reader.fail("limit", f"{len(values)} values of signal {name!r}")
        if kind is Type.ENUM:
            _check_distinct(reader, values, f"members of {name!r}")
        else:
            _check_rising(reader, values, f"values of {name!r}")
    return Signal(name, kind, purpose, minimum, maximum, max_age, max_length, max_items, values)


def _check_rising(reader: Reader, texts: tuple[str, ...], what: str) -> None:
    """Python compares texts by code points, as the page wants."""
    if any(left >= right for left, right in pairwise(texts)):
        reader.fail("order", f"{what} do not rise")


def _check_distinct(reader: Reader, texts: tuple[str, ...], what: str) -> None:
    if len(set(texts)) != len(texts):
        reader.fail("duplicate", f"{what} repeat")


def _check_unit(reader: Reader, unit: int, signals: tuple[Signal, ...]) -> int:
    if unit >= len(signals):
        reader.fail("index", f"unit {unit} of {len(signals)} signals")
    if signals[unit].type not in (Type.STRING, Type.INT, Type.ENUM):
        reader.fail("type", f"signal {signals[unit].name!r} cannot be a unit")
    return unit


# ---------------------------------------------------------------- 3.6 surfaces


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
    _check_distinct(reader, names, "names of surfaces")
    ids = reader.texts()
    _check_rising(reader, ids, "ids of variants")
    flags = reader.column("flags of surfaces")
    counts = reader.column("counts of variants")
    defaults = reader.column("defaults")
    rules = reader.column("counts of rules")
    variants = reader.column("variants")
    surfaces = []
    for name in names:
        flag = flags.flags(f.FORBIDDEN | 3)
        if flag & 3 > max(Place):
            flags.fail("enum", f"place {flag & 3} of surface {name!r}")
        count = counts.count(f.MAX_VARIANTS, "variants", least=1)
        default = defaults.index(count, "default")
        rule_count = rules.count(f.MAX_SURFACE_RULES, "rules")
        if flag & f.FORBIDDEN and rule_count:
            rules.fail("count", f"surface {name!r} is forbidden and has rules")
        own = tuple(ids[variants.index(len(ids), "variant id")] for _ in range(count))
        _check_distinct(variants, own, f"variants of surface {name!r}")
        surfaces.append(
            _SurfaceHead(name, Place(flag & 3), bool(flag & f.FORBIDDEN), own, default, rule_count)
        )
    for column in (flags, counts, defaults, rules, variants):
        column.finish()
    return tuple(surfaces)


# ---------------------------------------------------------------- 3.7 rules, 3.8 splits


def _decode_rules(
    reader: Reader,
    signals: tuple[Signal, ...],
    surfaces: tuple[_SurfaceHead, ...],
    conditions: tuple[Condition, ...],
) -> tuple[tuple[Rule, ...], ...]:
    """The rules of each surface."""
    if len(conditions) > f.MAX_RULES:
        reader.fail("limit", f"{len(conditions)} rules")
    flags = reader.column("flags of rules")
    outcomes = varints(reader.column("outcomes"))
    units = reader.column("units of traffic")
    shares = reader.column("shares of traffic")
    salts = reader.column("salts of traffic")
    starts = reader.column("starts")
    ends = reader.column("ends")
    splits = _decode_splits(reader, signals)
    if len(outcomes) != len(conditions):
        reader.fail("count", f"{len(outcomes)} outcomes for {len(conditions)} rules")
    has_offset = any(s.name == OFFSET_SIGNAL and s.type is Type.INT for s in signals)
    rules: list[tuple[Rule, ...]] = []
    number = used_splits = 0
    for surface in surfaces:
        own = []
        for _ in range(surface.rules):
            flag = flags.flags(
                RuleFlag.SPLIT | RuleFlag.TRAFFIC | RuleFlag.START | RuleFlag.END | RuleFlag.LOCAL
            )
            outcome: int | Split = outcomes[number]
            if flag & RuleFlag.SPLIT:
                if outcome != used_splits:
                    reader.fail("order", "splits are not used once each, in order")
                if used_splits == len(splits):
                    reader.fail("index", f"split {used_splits} of {len(splits)}")
                outcome = splits[used_splits]
                used_splits += 1
                if any(arm.variant >= len(surface.variants) for arm in outcome.arms):
                    reader.fail("index", f"an arm shows no variant of surface {surface.name!r}")
            elif outcomes[number] >= len(surface.variants):
                reader.fail("index", f"a rule shows no variant of surface {surface.name!r}")
            traffic = None
            if flag & RuleFlag.TRAFFIC:
                unit = _check_unit(units, units.varint(), signals)
                share = shares.count(f.BUCKETS - 1, "share", least=1)
                salt = _checked_salt(salts, salts.raw(3).decode("latin-1"))
                traffic = Traffic(unit, share, salt)
            start = starts.varint() if flag & RuleFlag.START else None
            end = ends.varint() if flag & RuleFlag.END else None
            if start is not None and end is not None and end <= start:
                ends.fail("order", "a schedule ends before it starts")
            local = bool(flag & RuleFlag.LOCAL)
            if local and start is None and end is None:
                flags.fail("reserved", "a local zone without a schedule")
            if local and not has_offset:
                flags.fail("section", f"a local schedule without an int {OFFSET_SIGNAL}")
            own.append(Rule(conditions[number], outcome, traffic, start, end, local))
            number += 1
        rules.append(tuple(own))
    if used_splits != len(splits):
        reader.fail("count", f"{len(splits)} splits, {used_splits} used")
    for column in (flags, units, shares, salts, starts, ends):
        column.finish()
    return tuple(rules)


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
