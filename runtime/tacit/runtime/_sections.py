"""The outside of a bundle and its optional sections: FORMAT.md sections 1 and 4."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import TypeVar

from tacit.runtime import format as f
from tacit.runtime._bytes import Reader, refuse
from tacit.runtime._model import Audit, Debug, Explanations, JsonValue, Program, Split
from tacit.runtime._strict_msgpack import read_array, read_bin, read_json, read_str, read_unsigned
from tacit.runtime.format import Section, Sensitivity, Source

T = TypeVar("T")

Sections = Mapping[int, bytes]
"""Payloads by section id."""


# ---------------------------------------------------------------- 1. outside


def decode_outside(data: bytes) -> Sections:
    """Checks magic, major and features, and splits a bundle into its sections."""
    if len(data) > f.MAX_BUNDLE_BYTES:
        refuse("limit", f"the bundle has {len(data)} bytes, at most {f.MAX_BUNDLE_BYTES}")
    reader = Reader(data, "bundle")
    parts = read_array(reader, "outside")
    if parts < 2 or read_str(reader, "outside") != f.MAGIC:
        refuse("outside", "this is no tacit bundle")
    major = read_unsigned(reader, "outside")
    if major != f.MAJOR:
        refuse("major", f"format {major}; this runtime reads {f.MAJOR}")
    if parts != 4:
        refuse("outside", f"{parts} parts in place of 4")
    features = read_unsigned(reader, "outside")
    if features & ~f.KNOWN_FEATURES:
        refuse("feature", f"the bundle needs features {features:#x}")
    sections: dict[int, bytes] = {}
    last = -1
    for _ in range(read_array(reader, "outside")):
        if read_array(reader, "outside") != 2:
            reader.fail("outside", "a section is no pair")
        number = read_unsigned(reader, "outside")
        if number <= last:
            reader.fail("order", "sections do not rise")
        last = number
        sections[number] = read_bin(reader, "outside")
    reader.finish()
    return sections


# ---------------------------------------------------------------- 4. content


def decode_content(sections: Sections, program: Program) -> tuple[JsonValue, ...] | None:
    """One value per variant of each surface, in order."""
    if Section.CONTENT not in sections:
        return None
    reader = Reader(sections[Section.CONTENT], "content")
    variants = sum(len(surface.variants) for surface in program.surfaces)
    count = reader.count(variants, "contents")
    raw = [reader.raw(length) for length in reader.packed(count)]
    uses = reader.packed(variants)
    reader.finish()
    contents = [_json_body(body) for body in raw]
    if len(set(raw)) != len(raw):
        reader.fail("duplicate", "two contents are equal")
    _check_first_use(reader, uses, count, "contents")
    return tuple(contents[use] for use in uses)


def _json_body(body: bytes) -> JsonValue:
    reader = Reader(body, "content")
    value = read_json(reader)
    reader.finish()
    return value


def _check_first_use(reader: Reader, uses: list[int], count: int, what: str) -> None:
    seen = 0
    for use in uses:
        reader.below(use, count, what)
        if use > seen:
            reader.fail("order", f"{what} are not in order of first use")
        seen = max(seen, use + 1)
    if seen != count:
        reader.fail("order", f"{count} {what}, {seen} used")


# ---------------------------------------------------------------- 4. explanations


def decode_explanations(sections: Sections, program: Program) -> Explanations | None:
    if Section.EXPLANATIONS not in sections:
        return None
    reader = Reader(sections[Section.EXPLANATIONS], "explanations")
    language = reader.text()
    languages = reader.texts()
    if any(left >= right for left, right in pairwise(languages)):
        reader.fail("order", "languages do not rise")
    count = reader.count(f.MAX_RULES, "explanations")
    distinct = [_decode_explanation(reader, languages) for _ in range(count)]
    if len({tuple(one.items()) for one in distinct}) != len(distinct):
        reader.fail("duplicate", "two explanations are equal")
    numbers = reader.packed(_rule_count(program))
    reader.finish()
    _check_first_use(reader, [number - 1 for number in numbers if number], count, "explanations")
    return Explanations(
        language, tuple(distinct[number - 1] if number else {} for number in numbers)
    )


def _decode_explanation(reader: Reader, languages: tuple[str, ...]) -> Mapping[str, str]:
    texts: dict[str, str] = {}
    last = -1
    for _ in range(reader.count(len(languages), "texts", least=1)):
        number = reader.index(len(languages), "language")
        if number <= last:
            reader.fail("order", "languages of an explanation do not rise")
        last = number
        texts[languages[number]] = reader.text()
    return texts


def _rule_count(program: Program) -> int:
    return sum(len(surface.rules) for surface in program.surfaces)


# ---------------------------------------------------------------- 4. debug, audit


def decode_debug(sections: Sections, program: Program) -> Debug | None:
    if Section.DEBUG not in sections:
        return None
    reader = Reader(sections[Section.DEBUG], "debug")
    rule_count = _rule_count(program)
    segment_count = len(program.segments)
    split_count = sum(
        isinstance(rule.outcome, Split) for surface in program.surfaces for rule in surface.rules
    )
    rules = reader.counted_texts(rule_count, "rules")
    segments = reader.counted_texts(segment_count, "segments")
    experiments = reader.counted_texts(split_count, "splits")
    expressions = reader.counted_texts(segment_count + rule_count, "expressions")
    reader.finish()
    first = 0
    for surface in program.surfaces:
        own = rules[first : first + len(surface.rules)]
        if len(set(own)) != len(own):
            reader.fail("duplicate", f"two rules of surface {surface.name!r} have one id")
        first += len(surface.rules)
    return Debug(
        rules, segments, experiments, expressions[:segment_count], expressions[segment_count:]
    )


def decode_audit(sections: Sections, program: Program) -> Audit | None:
    if Section.AUDIT not in sections:
        return None
    reader = Reader(sections[Section.AUDIT], "audit")
    signals, surfaces = len(program.signals), len(program.surfaces)
    sources = _enum_column(reader, "sources", signals, Source)
    sensitivities = _enum_column(reader, "sensitivities", signals, Sensitivity)
    audit = Audit(
        sources=sources,
        sensitivities=sensitivities,
        categories=reader.counted_texts(signals, "signals"),
        segment_owners=reader.counted_texts(len(program.segments), "segments"),
        surface_owners=reader.counted_texts(surfaces, "surfaces"),
        surface_goals=reader.counted_texts(surfaces, "surfaces"),
        forbidden_reasons=reader.counted_texts(surfaces, "surfaces"),
        rule_owners=reader.counted_texts(_rule_count(program), "rules"),
    )
    reader.finish()
    return audit


def _enum_column(reader: Reader, name: str, count: int, kind: Callable[[int], T]) -> tuple[T, ...]:
    values = []
    for number in reader.packed(count):
        try:
            values.append(kind(number))
        except ValueError:
            reader.fail("code", f"{number} in {name}")
    return tuple(values)
