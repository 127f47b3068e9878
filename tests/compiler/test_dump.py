"""Dumps say everything, the same each time; golden files hold large ones (test_golden)."""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random

import pytest
from tacit.compiler import ir
from tacit.compiler.dump import Names, condition_text, dump_bundle, dump_ir, dump_tables
from tacit.compiler.dump.tape import Damaged
from tacit.compiler.encode import encode, lay_out, unpack
from tacit.compiler.encode.container import pack
from tacit.compiler.passes import optimise

from .programs import HAS_N, B, d, element, exists, n, program, random_program, s, size, v
from .test_encode import FULL

NAMES = Names.of(program(segments=(B, B)))


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (ir.Constant(True), "true"),
        (ir.Constant(False), "false"),
        (B, "b"),
        (HAS_N, "has(n)"),
        (replace(HAS_N, negated=True), "not has(n)"),
        (n(">=", -3), "n >= -3"),
        (d("!=", 0.1), "d != 0.1"),
        (d("<", 3.0), "d < 3.0"),
        (v("<", 2), 'v < version("2.0")'),
        (v("<", 2, 10, 0, 1), 'v < version("2.10.0.1")'),
        (s('a"b'), 's == "a\\"b"'),
        (s("é", "😀", negated=True), 'not s in ["é", "😀"]'),
        (ir.Literal(1, ir.Among((1, 2))), "n in [1, 2]"),
        (ir.Literal(3, ir.TextMatch(ir.Affix.CONTAINS, "x")), 's.contains("x")'),
        (size("<", 3), "size(t) < 3"),
        (ir.Literal(6, ir.Includes("a")), '"a" in t'),
        (exists(ir.Any((element("a"), element("b")))), 't.exists(it, it == "a" || it == "b")'),
        (ir.SegmentIs(1), "s1"),
        (ir.SegmentIs(0, True), "not s0"),
        (ir.Not(ir.All((B, HAS_N))), "!(b && has(n))"),
        (ir.All((B, ir.Any((HAS_N, B)))), "b && (has(n) || b)"),
        (ir.Choose(B, HAS_N, ir.All((B, B))), "b ? has(n) : (b && b)"),
        (ir.Any((ir.Choose(B, B, B), B)), "(b ? b : b) || b"),
    ],
)
def test_conditions(condition: ir.Condition, text: str) -> None:
    assert condition_text(condition, NAMES) == text


@pytest.mark.parametrize("seed", range(4))
def test_different_conditions_have_different_texts(seed: int) -> None:
    random = Random(seed)
    texts: dict[str, ir.Condition] = {}
    for _ in range(60):
        found = random_program(random, leaves=4)
        for rule in found.surfaces[0].rules:
            text = condition_text(rule.condition, NAMES_3)
            known = texts.setdefault(text, rule.condition)
            assert alike(known) == alike(rule.condition)


NAMES_3 = Names.of(program(segments=(B, B, B)))


def alike(condition: ir.Condition) -> ir.Condition:
    """A set of one value reads like an equality, which is no difference that matters."""
    match condition:
        case ir.Literal(_, ir.Among((int() | float() | tuple() as value,))):
            return replace(condition, test=ir.Compare(ir.Relation.EQ, value))
        case ir.All(terms) | ir.Any(terms):
            return type(condition)(tuple(map(alike, terms)))
        case ir.Not(term):
            return ir.Not(alike(term))
        case ir.Choose(test, then, otherwise):
            return ir.Choose(alike(test), alike(then), alike(otherwise))
        case _:
            return condition


def test_spans_are_not_in_a_dump() -> None:
    from tacit.compiler.spans import Span

    found = program(B)
    placed = replace(found, surfaces=(replace(found.surfaces[0], span=Span("a.yaml", 1, 2)),))
    assert dump_ir(placed) == dump_ir(found)


@pytest.mark.parametrize("seed", range(5))
def test_every_byte_of_every_section_is_shown_once(seed: int) -> None:
    """The offsets of a disassembly follow one another from 0 to the end of each section."""
    random = Random(seed)
    for found in (FULL, *(optimise(random_program(random)) for _ in range(10))):
        data = encode(found)
        text = dump_bundle(data)
        ends = {number: len(payload) for number, payload in unpack(data).items()}
        assert f"bundle of {len(data)} bytes" in text
        for part in text.split("\nsection ")[1:]:
            head, *lines = part.splitlines()
            at = 0
            for line in lines:
                if not (shown := re.match(r"  ([0-9a-f]{5}) ([0-9a-f]*)(\.\.)? ", line)):
                    assert line.startswith("  --"), line
                    continue
                offset, hexes, more = shown.groups()
                start = int(offset, 16)
                payload = unpack(data)[int(head.split()[0])]
                assert payload[start : start + len(hexes) // 2].hex() == hexes
                assert start == at if at is not None else start > 0
                at = None if more else start + len(hexes) // 2
            assert at is None or at == ends[int(head.split()[0])]


def test_sections_of_later_versions_are_named_unknown() -> None:
    data = pack({**unpack(encode(FULL)), 99: b"later"})
    assert "section 99 unknown: 5 bytes" in dump_bundle(data)


def test_damaged_bytes_are_refused_with_the_section() -> None:
    sections = unpack(encode(FULL))
    for number, cut in ((1, -1), (1, 40), (3, -1), (4, 3), (5, -1)):
        with pytest.raises(Damaged, match="section "):
            dump_bundle(pack({**sections, number: sections[number][:cut]}))
        with pytest.raises(Damaged, match="left over"):
            dump_bundle(pack({**sections, number: sections[number] + b"\x00"}))
    with pytest.raises(ValueError, match="not a tacit bundle"):
        dump_bundle(b"hello")


def test_long_columns_are_cut() -> None:
    found = program(*[n(">", i) for i in range(100)])
    assert " and 36 more" in dump_bundle(encode(found))


def test_tables_name_every_rule() -> None:
    text = dump_tables(lay_out(FULL))
    for title in ("segment s0", "home/shows", "home/local", "other/r0"):
        assert f"  {title}: " in text
