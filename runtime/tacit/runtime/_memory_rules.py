"""The parts of section 6 on rules, groups and the person: STATE.md sections 2.7 to 2.9."""

from __future__ import annotations

from itertools import pairwise

from tacit.runtime import format as f
from tacit.runtime._bytes import Reader
from tacit.runtime._model import All, Condition, Group, Hold, Item, Program, RuleRow
from tacit.runtime._values import check_rising
from tacit.runtime.format import Standing

WORD = 2**32 - 1
"""The greatest key."""

BLOCK_TERM = 1
THEME_TERM = 2
NAMELESS = frozenset({Standing.HOLDOUT, Standing.HOLDOUT_NO_UNIT})
"""Standings of rules that nobody wrote."""

Rows = tuple[tuple[int, ...], tuple[RuleRow, ...], tuple[int, ...]]
Person = tuple[tuple[str, ...], tuple[tuple[int, ...], ...], int]


# ---------------------------------------------------------------- 2.7 rules


def decode_rows(
    reader: Reader,
    program: Program,
    holds: tuple[Hold, ...],
    items: tuple[Item, ...],
    experiments: int,
) -> Rows:
    """Written rules per surface, a row per rule of the program, a key per written rule."""
    written = tuple(reader.packed(len(program.surfaces)))
    for count in written:
        if count > f.MAX_SURFACE_RULES:
            reader.fail("limit", f"{count} written rules of a surface")
    if sum(written) > f.MAX_RULES:
        reader.fail("limit", f"{sum(written)} written rules")
    for hold in holds:
        for entry, _ in hold.entries:
            reader.below(entry, written[items[hold.item].surface], "written rule of a hold")
    places = [
        (number, rule) for number, surface in enumerate(program.surfaces) for rule in surface.rules
    ]
    numbers, standings, tried, stops, suppressions, flags = (
        reader.packed(len(places)) for _ in range(6)
    )
    rows = []
    for at, (surface, rule) in enumerate(places):
        if standings[at] > max(Standing):
            reader.fail("code", f"standing {standings[at]} of a rule")
        standing = Standing(standings[at])
        if standing not in NAMELESS:
            reader.below(numbers[at], written[surface], "written rule")
        reader.below(tried[at], experiments + 1, "experiment")
        flag = reader.known_bits(flags[at], BLOCK_TERM | THEME_TERM)
        row = RuleRow(
            numbers[at],
            standing,
            tried[at] - 1 if tried[at] else None,
            stops[at],
            suppressions[at],
            bool(flag & BLOCK_TERM),
            bool(flag & THEME_TERM),
        )
        terms = row.stop_terms + row.suppress_terms + row.block_term + row.theme_term
        if terms > _term_count(rule.condition):
            reader.fail("count", f"{terms} terms of {_term_count(rule.condition)}")
        rows.append(row)
    keys = tuple(reader.varint(WORD) for _ in range(sum(written)))
    return written, tuple(rows), keys


def _term_count(condition: Condition) -> int:
    return len(condition.terms) if isinstance(condition, All) else 1


# ---------------------------------------------------------------- 2.8 groups


def decode_groups(reader: Reader, program: Program) -> tuple[Group, ...]:
    groups = []
    grouped: set[int] = set()
    for _ in range(reader.count(len(program.surfaces), "groups")):
        count = reader.count(len(program.surfaces), "surfaces of a group", 2)
        surfaces = tuple(reader.index(len(program.surfaces), "surface") for _ in range(count))
        if any(left >= right for left, right in pairwise(surfaces)):
            reader.fail("order", "surfaces of a group do not rise")
        if not grouped.isdisjoint(surfaces):
            reader.fail("duplicate", "a surface is in two groups")
        grouped.update(surfaces)
        themes = reader.texts()
        sizes = [len(program.surfaces[surface].variants) for surface in surfaces]
        numbers = iter(
            [reader.below(one, len(themes) + 1, "theme") for one in reader.packed(sum(sizes))]
        )
        of_variants = tuple(tuple(_theme(next(numbers)) for _ in range(size)) for size in sizes)
        groups.append(Group(surfaces, themes, of_variants))
    return tuple(groups)


def _theme(number: int) -> int | None:
    return number - 1 if number else None


# ---------------------------------------------------------------- 2.9 the person


def decode_person(reader: Reader, program: Program) -> Person:
    """Topics, the topics of every variant, and how long "less of this" lasts."""
    topics = reader.texts()
    check_rising(reader, topics, "topics")
    variants = sum(len(surface.variants) for surface in program.surfaces)
    counts = reader.packed(variants)
    for count in counts:
        reader.below(count, len(topics) + 1, "count of topics")
    if max(counts, default=0) > 1 and reader.peek() == 0:
        # A column without bytes, all of it 0. Nothing vouches for its length.
        reader.fail("order", "topics of a variant do not rise")
    numbers = iter(reader.packed(sum(counts)))
    found = []
    for count in counts:
        own = tuple(reader.below(next(numbers), len(topics), "topic") for _ in range(count))
        if any(left >= right for left, right in pairwise(own)):
            reader.fail("order", "topics of a variant do not rise")
        found.append(own)
    return topics, tuple(found), reader.varint()
