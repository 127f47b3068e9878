"""The encoder: its primitives, the choices it makes, and that what is read back means the same."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tacit.compiler import ir
from tacit.compiler.encode import Tables, encode, lay_out, strip, unpack, write
from tacit.compiler.encode import columns as c
from tacit.compiler.encode.numbers import least_scale, version
from tacit.compiler.encode.sections import canonical
from tacit.compiler.passes import optimise
from tacit.runtime import format as fmt
from tacit.runtime import reference
from tacit.runtime.format import Op, Section

from .kleene import truth
from .programs import (
    DOUBLE,
    INT,
    LIST,
    SIGNALS,
    STRING,
    UNIT,
    B,
    d,
    dice,
    element,
    exists,
    host_value,
    n,
    program,
    random_assignment,
    random_program,
    s,
    size,
    surface,
    v,
)

# ------------------------------------------------------------------------------------- primitives


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (c.varint(0), "00"),
        (c.varint(127), "7f"),
        (c.varint(128), "8001"),
        (c.varint(300), "ac02"),
        (c.varint(2**53 - 1), "ffffffffffffff0f"),
        (c.svarint(0), "00"),
        (c.svarint(-1), "01"),
        (c.svarint(1), "02"),
        (c.svarint(-(2**53) + 1), "fdffffffffffff1f"),
        (c.f64(1.5), "000000000000f83f"),
        (c.f64(-0.0), "0000000000000000"),
        (c.text("é"), "02c3a9"),
        (c.texts(["a", "", "é"]), "03" "010002" "61c3a9"),
        (c.texts([]), "00"),
        (c.bits([1, 0, 1, 1], 1), "0d"),
        (c.bits([5, 0, 7], 3), "c501"),
        (c.bits([], 5), ""),
        (c.packed([]), "00"),
        (c.packed([0, 0, 0]), "00"),
        (c.packed([1, 0, 1]), "0105"),
        (c.packed([2**53 - 1]), "35ffffffffffff1f"),
        (c.stepped([]), "0000"),
        (c.stepped([0, 0]), "0000"),
        (c.stepped([500, 1500]), "f403" "020d"),
        (c.stepped([7]), "0701" "01"),
        (c.ranges([(0, 10)]), "01000a"),
        (c.ranges([(5, 10), (0, 2), (10, 300)]), "02" "0002" "03a702"),
        (version((0, 0, 0, 0)), "0100"),
        (version((2, 10, 0, 0)), "02020a"),
        (version((0, 0, 0, 1)), "0400000001"),
    ],
)  # fmt: skip
def test_primitives(written: bytes, expected: str) -> None:
    assert written.hex() == expected


@given(st.integers(0, 53), st.data())
@settings(max_examples=60, deadline=None)
def test_packed_entries_lie_where_the_page_says(width: int, data: st.DataObject) -> None:
    entries = data.draw(st.lists(st.integers(0, 2**width - 1), max_size=1100))
    run = c.bits(entries, width)
    assert len(run) == math.ceil(len(entries) * width / 8)
    for number in {0, 1, 511, 512, 513, len(entries) - 1} & set(range(len(entries))):
        first = number * width
        bits = [run[i >> 3] >> (i & 7) & 1 for i in range(first, first + width)]
        assert sum(bit << i for i, bit in enumerate(bits)) == entries[number]


def test_what_a_column_cannot_hold_is_refused() -> None:
    for write_one in (c.varint, lambda value: c.packed([value, 1])):
        with pytest.raises(ValueError, match="-1"):
            write_one(-1)


# ---------------------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("numbers", "scale"),
    [
        ([0.0], 0),
        ([3.0, -7.0], 0),
        ([0.5], 1),
        ([0.1, 3.0], 1),
        ([0.1, 0.25], 2),
        ([0.1 + 0.2], fmt.RAW_SCALE),  # seventeen digits are more than 2^53
        ([1.23456789012345], 14),
        ([1e-22], 22),
        ([1e-23], fmt.RAW_SCALE),
        ([float(2**53 - 1)], 0),
        ([float(2**53)], fmt.RAW_SCALE),
        ([1e300], fmt.RAW_SCALE),
        ([5e-324], fmt.RAW_SCALE),
        ([900719925474099.0, 0.25], fmt.RAW_SCALE),  # each has a scale, but none serves both
        ([90071992547409.0, 0.25], 2),
        ([math.pi], 15),
    ],
)
def test_the_least_scale(numbers: list[float], scale: int) -> None:
    assert least_scale(numbers) == scale


def has_scale(number: float, scale: int) -> bool:
    """Plain search around the product, so as not to repeat the encoder."""
    near = int(number * 10**scale)
    wholes = (m for m in range(near - 2, near + 3) if abs(m) <= fmt.MAX_INT)
    return any(m / 10**scale == number for m in wholes)


@given(st.floats(-1e9, 1e9) | st.decimals(-1000, 1000, places=3).map(float))
@settings(max_examples=300, deadline=None)
def test_a_scale_gives_every_bit_back_and_none_less_does(number: float) -> None:
    scale = least_scale([number])
    scales = [each for each in range(fmt.MAX_SCALE + 1) if has_scale(number, each)]
    assert scale == min(scales, default=fmt.RAW_SCALE)


# ------------------------------------------------------------------------------------------ tables


def tables(*conditions: ir.Condition, segments: tuple[ir.Condition, ...] = ()) -> Tables:
    return lay_out(program(*conditions, segments=segments))


def test_values_are_those_that_tests_name_once_and_rising() -> None:
    found = tables(
        *(n(">", 3), n("==", -1), n("<", 3), s("b", "a"), s("b"), d("<", 0.5)),
        *(v(">", 2), v(">", 1, 10), exists(element("y", "x")), ir.Literal(LIST, ir.Includes("z"))),
    )
    assert found.values[INT] == (-1, 3)
    assert found.values[STRING] == ("a", "b")
    assert found.values[DOUBLE] == (0.5,)
    assert found.values[4] == ("low", "mid", "top")  # an enum keeps all, in declared order
    assert found.values[5] == ((1, 10, 0, 0), (2, 0, 0, 0))
    assert found.values[6] == ("x", "y", "z")
    assert found.values[0] == ()


def test_tests_are_sorted_and_bodies_come_first() -> None:
    found = tables(
        ir.All((B, exists(element("a")))), exists(element("b")), exists(element("a")),
        segments=(exists(element("b")),),
    )  # fmt: skip
    assert list(found.tests) == sorted(set(found.tests))
    assert found.bodies == (element("b"), element("a"))  # in order of first use; segments first
    assert [found.tests[i].op for i in found.literal_tests[:2]] == [Op.IS, Op.IS]


def op_of(*sets: tuple[str, ...], more: int) -> set[int]:
    """The ops that sets of a signal with `more` values get."""
    others = [s(f"x{i:03}") for i in range(more)]
    found = tables(*(s(*texts) for texts in sets), *others)
    return {test.op for test in found.tests} - {Op.IS}


def test_sets_are_lists_or_masks_whichever_takes_fewer_bits() -> None:
    # With 4 values an index has 2 bits: a list of two takes 6 bits, a mask 4.
    assert op_of(("a", "b"), more=2) == {Op.AMONG_MASK}
    # With 64 an index has 6 bits: a list of nine takes 60, a mask 64.
    assert op_of(tuple("abcdefghi"), more=55) == {Op.AMONG}
    assert op_of(tuple("abcdefghij"), more=54) == {Op.AMONG_MASK}
    # With 6 an index has 3 bits and a mask as many as a list of one. Two of them: 6 against 9.
    assert op_of(("a", "b"), more=4) == {Op.AMONG_MASK}
    # All sets of a signal get one form, by their sum.
    assert op_of(("a", "b"), tuple("abcdefghij"), more=54) == {Op.AMONG}
    # A list when both take the same: with 15 values, 15 bits and (2 + 1) * 4 + (3 + 1) * 4 = 28.
    assert op_of(("a", "b"), ("a", "b", "c"), more=12) == {Op.AMONG}


def test_a_set_of_one_is_an_equality() -> None:
    assert [test.op for test in tables(s("a"), n("==", 1)).tests] == [Op.IS, Op.IS]
    negated = ir.Literal(STRING, ir.Among(("a",)), negated=True)
    assert [test.op for test in tables(negated).tests] == [Op.IS | fmt.NEGATED]


def test_one_scale_serves_all_numbers_of_a_signal() -> None:
    data = encode(program(d("<", 0.5), d("<", 0.25), d(">", 3.0)))
    found = reference.decode(data)
    arguments = [rule.condition.argument for rule in found.surfaces[0].rules]  # type: ignore[union-attr]
    assert arguments == [0.5, 0.25, 3.0]


def test_shapes_are_shared() -> None:
    found = tables(ir.All((B, n(">", 1))), ir.All((s("a"), s("b"))), B, ir.Constant(True))
    assert [shape.hex() for shape in found.shapes] == ["03020202", "02", "01"]
    assert found.condition_shapes == (0, 0, 1, 2)


# ---------------------------------------------------------------------------------------- sections

FULL = replace(
    program(ir.All((B, n(">", 3))), s("a"), segments=(B,)),
    language="de",
    expires=1_800_000_000_000,
    on_expired="defaults",
    holdout=ir.Holdout(UNIT, "hol", ((0, 100), (100, 200), (500, 600))),
)
SPLIT = ir.Split(UNIT, "abcdefg", ((1, ((0, 5000),)), (2, ((5000, 10_000),))), "winback")
RULES = (
    ir.Rule("shows", B, ir.Show(1), "b", because=(("de", "Darum"), ("en", "Because"))),
    ir.Rule("limits", n(">", 3), ir.Show(2), "n > 3", traffic=ir.Traffic(UNIT, "aB_", 2500)),
    ir.Rule("dates", B, ir.Show(1), "b", schedule=ir.Schedule(86_400_000, 172_800_000)),
    ir.Rule("local", B, SPLIT, schedule=ir.Schedule(None, 3_600_000, ir.Zone.LOCAL), owner="crm"),
    ir.Rule("open", B, ir.Show(0), "b", schedule=ir.Schedule()),
)
FULL = replace(
    FULL,
    surfaces=(
        replace(surface("home"), rules=RULES, goal="sales", owner="growth"),
        ir.Surface("legal", ir.Place.EDGE, (ir.Variant("x"),), 0, forbidden="law"),
        surface("other", B),
    ),
)


def test_everything_of_a_program_comes_back() -> None:
    found = reference.decode(encode(FULL))
    assert (found.project, found.expires, found.defaults_when_expired) == (
        "p",
        1_800_000_000_000,
        True,
    )
    assert found.holdout is not None
    assert (found.holdout.unit, found.holdout.salt) == (UNIT, "hol")
    assert found.holdout.ranges == ((0, 200), (500, 600))
    assert [signal.name for signal in found.signals] == [signal.name for signal in SIGNALS]
    assert found.purposes == ("ads",)
    home, legal, other = found.surfaces
    assert (legal.name, legal.forbidden, legal.rules) == ("legal", True, ())
    assert home.variants == ("none", "one", "two")
    shows, limits, dates, local, open_ = home.rules
    assert shows.outcome == 1
    assert limits.traffic is not None
    assert (limits.traffic.unit, limits.traffic.share, limits.traffic.salt) == (UNIT, 2500, "aB_")
    assert (dates.start, dates.end, dates.local) == (86_400_000, 172_800_000, False)
    assert (local.start, local.end, local.local) == (None, 3_600_000, True)
    assert (open_.start, open_.end, open_.local) == (None, None, False)
    split = local.outcome
    assert not isinstance(split, int)
    assert (split.salt, split.experiment) == ("abcdefg", True)
    assert [(arm.variant, arm.ranges) for arm in split.arms] == [
        (1, ((0, 5000),)),
        (2, ((5000, 10_000),)),
    ]
    assert found.contents == (None, {"text": "1"}, [2, 2.0], None, None, {"text": "1"}, [2, 2.0])
    assert found.explanations is not None
    assert found.explanations.language == "de"
    assert found.explanations.texts[0] == {"de": "Darum", "en": "Because"}
    assert found.explanations.texts[1] == {}
    assert found.debug is not None
    assert found.debug.rules == ("shows", "limits", "dates", "local", "open", "r0")
    assert found.debug.experiments == ("winback",)
    assert found.debug.rule_expressions[:2] == ("b", "n > 3")
    assert found.audit is not None
    assert found.audit.surface_goals == ("sales", "", "")
    assert found.audit.forbidden_reasons == ("", "law", "")
    assert found.audit.rule_owners[3] == "crm"
    assert len(other.rules) == 1


def sections(data: bytes) -> set[int]:
    return set(unpack(data))


def test_sections_that_can_be_left_out() -> None:
    everything = set(Section) - {Section.STATE}  # the program needs no memory
    assert sections(encode(FULL)) == everything
    assert sections(encode(FULL, debug=False)) == everything - {Section.DEBUG}
    assert sections(encode(FULL, audit=False)) == everything - {Section.AUDIT}
    bare = replace(
        FULL, surfaces=(ir.Surface("a", ir.Place.BOTH, (ir.Variant("x"),), 0),), segments=()
    )
    assert sections(encode(bare, debug=False, audit=False)) == {Section.PROGRAM}


def test_strip_leaves_the_rest_as_it_was() -> None:
    whole = encode(FULL)
    assert strip(whole, keep=list(Section)) == whole
    assert strip(whole, keep=[s for s in Section if s is not Section.DEBUG]) == encode(
        FULL, debug=False
    )
    bare = strip(whole, keep=())
    assert sections(bare) == {Section.PROGRAM}
    assert unpack(bare)[Section.PROGRAM] == unpack(whole)[Section.PROGRAM]
    reference.decode(bare)


def test_strip_drops_sections_that_it_does_not_know() -> None:
    outer = msgpack.unpackb(encode(FULL))
    outer[3].append([99, b"later"])
    later = msgpack.packb(outer)
    assert sections(strip(later, keep=[Section.DEBUG])) == {Section.PROGRAM, Section.DEBUG}
    assert 99 in sections(strip(later, keep=[99]))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"hello",
        msgpack.packb(None),
        msgpack.packb(["tacit", 2, 0, []]),
        msgpack.packb(["tacit", 1, 1, [[1, b""]]]),
        msgpack.packb(["tacit", 1, 0, []]),
        msgpack.packb(["tacit", 1, 0, [[2, b""]]]),
        msgpack.packb(["tacit", 1, 0, [[1, "text"]]]),
        msgpack.packb(["tacit", 1, 0, [[1, b"", 0]]]),
        msgpack.packb(["tacit", 1, 0, [[2, b""], [1, b""]]]),
        msgpack.packb(["tacit", 1, 0, [[1, b""], [1, b""]]]),
        msgpack.packb(["tacit", 1, 0, [[1, b""]]]) + b"\x00",
        msgpack.packb(["tacit", 1, 0, [[1, b""]]])[:-1],
        msgpack.packb(["tacit", True, 0, [[1, b""]]]),
        b"\x94\xd9\x05tacit\x01\x00\x91\x92\x01\xc4\x00",  # not the shortest form of the text
    ],
)
def test_strip_refuses_what_is_no_bundle(data: bytes) -> None:
    with pytest.raises(ValueError):
        strip(data, keep=())


def test_contents_are_canonical_and_distinct() -> None:
    assert canonical({"b": 1, "a": {"d": [], "c": None}}).hex() == "82a16182a163c0a16490a16201"
    assert canonical({"é": 1, "z": 2, "😀": 3}) == canonical({"😀": 3, "z": 2, "é": 1})
    assert list(msgpack.unpackb(canonical({"é": 1, "z": 2, "😀": 3, "\uffff": 4}))) == [
        "z",
        "é",
        "\uffff",
        "😀",
    ]
    assert canonical(1) != canonical(1.0)
    variants = tuple(
        ir.Variant(str(i), content) for i, content in enumerate([{"a": 1}, 1, 1.0, {"a": 1}])
    )
    found = replace(FULL, surfaces=(ir.Surface("x", ir.Place.BOTH, variants, 0),), segments=())
    payload = unpack(encode(found))[Section.CONTENT]
    assert payload[0] == 3  # distinct contents
    assert reference.decode(encode(found)).contents == ({"a": 1}, 1, 1.0, {"a": 1})


# ------------------------------------------------------------------------------------- read it back


def check_round_trip(random: Random) -> None:
    before = optimise(random_program(random))
    found = reference.decode(encode(before))
    for _ in range(6):
        values = random_assignment(random)
        given = {SIGNALS[signal].name: host_value(value) for signal, value in values.items()}
        facts = reference.facts_of(found, given, now=0, consent=["ads"])
        for one, other in zip(before.segments, found.segments, strict=True):
            assert reference.truth(facts, other) is truth(one.condition, before, values)
        for rule, read in zip(before.surfaces[0].rules, found.surfaces[0].rules, strict=True):
            assert reference.truth(facts, read.condition) is truth(rule.condition, before, values)


@given(dice)
@settings(max_examples=40, deadline=None)
def test_what_is_read_back_is_as_true(random: Random) -> None:
    check_round_trip(random)


@pytest.mark.parametrize("seed", range(20))
def test_what_is_read_back_is_as_true_often(seed: int) -> None:
    random = Random(seed)
    for _ in range(20):
        check_round_trip(random)


def test_the_largest_numbers_come_back() -> None:
    most = fmt.MAX_INT
    conditions = (n(">", most), n("<", -most), n("==", 0), d(">", 1e308), d("<", -5e-324),
                  v("<", 2**26 - 1, 2**26 - 1, 2**26 - 1, 2**26 - 1), size("<", most))  # fmt: skip
    signals = tuple(
        replace(signal, minimum=-most, maximum=most) if signal.name == "n" else signal
        for signal in SIGNALS
    )
    found = reference.decode(encode(replace(program(*conditions), signals=signals)))
    assert [rule.condition.argument for rule in found.surfaces[0].rules] == [  # type: ignore[union-attr]
        most, -most, 0, 1e308, -5e-324, (2**26 - 1,) * 4, most,
    ]  # fmt: skip
    assert (found.signals[INT].minimum, found.signals[INT].maximum) == (-most, most)


def test_writing_does_not_change_the_tables() -> None:
    found = lay_out(FULL)
    assert write(found) == write(found) == encode(FULL)
