"""Every way a bundle can be wrong: the code, from the loader and from the reference alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgpack
import pytest
from tacit.runtime import ArgumentError, Bundle, BundleError, reference
from tacit.runtime.errors import CODES

from . import builder as b


def program() -> b.Program:
    return b.Program(
        signals=[
            b.Signal("country", "string", purpose="ads"),
            b.Signal("visits", "int", minimum=0, maximum=100),
            b.Signal("score", "double", minimum=-1.5),
            b.Signal("tier", "enum", members=("none", "gold")),
            b.Signal("app", "version", max_age=5),
            b.Signal("tags", "string_list"),
            b.Signal("member", "bool"),
            b.Signal("utc_offset_minutes", "int"),
        ],
        segments=[
            ("AMONG", 0, ("AT", "DE", "é")),
            ("all", [("SEGMENT", 0, 0), ("GE", 1, 3)]),
        ],
        surfaces=[
            b.Surface(
                "hero",
                ["control", "shoes"],
                rules=[
                    b.Rule(("any", [("SEGMENT", 0, 1), ("INCLUDES", 5, "x")]), 1, id="one"),
                    b.Rule(("EXISTS", 5, ("STARTS", 5, "ab")), 1, (0, 5000, "a_B"), id="two"),
                    b.Rule(("all", [("LT", 2, 0.5), ("IS", 4, "1.2")]), 1, start=5, end=9),
                    b.Rule(True, b.Split(0, "abc", [(0, [(0, 10)]), (1, [(10, 20)])]), local=True,
                           end=7),
                ],
                contents=[{"a": 1, "b": [None, True, 2.5, "é", -40]}, None],
            ),
            b.Surface("cookies", ["control"], forbidden=True),
        ],
        explanations=True,
        debug=True,
    )  # fmt: skip


Change = Callable[[dict[str, bytes]], None]


def changed(**pieces: bytes | Callable[[bytes], bytes]) -> bytes:
    """The program above with some of its parts replaced; `_` stands for a space in their names."""
    made = program()
    parts = b.parts(made)
    for name, value in pieces.items():
        key = name.replace("_", " ")
        assert key in parts, f"no part {key!r} in {list(parts)}"
        parts[key] = value(parts[key]) if callable(value) else value
    return b.wrap(b.sections(made) | {1: b"".join(parts.values())})


def section(number: int, payload: bytes) -> bytes:
    return b.wrap(b.sections(program()) | {number: payload})


def outside(*items: Any) -> bytes:
    data: bytes = msgpack.packb(list(items))
    return data


def rows() -> list[list[Any]]:
    return [[number, data] for number, data in b.sections(program()).items()]


def body(data: bytes) -> bytes:
    """A content section whose first body is `data`."""
    return section(2, b.varint(1) + b.packed([len(data)]) + data + b.packed([0, 0, 0]))


GOOD = b.build(program())
PROGRAM = b.sections(program())[1]
DEEP_SHAPE = b"".join((b"\x03\x02\x02", b"\x04\x02\x02") * 64) + b"\x02"
DEEP = b"\x91" * 33 + b"\xc0"

CASES: list[tuple[str, str, bytes]] = [
    # outside
    ("R101", "nothing at all", b""),
    ("R101", "cut in the last section", GOOD[:-1]),
    ("R101", "cut in the first section", GOOD[:40]),
    ("R110", "a byte behind the end", GOOD + b"\0"),
    ("R105", "another magic", outside("tacid", 1, 0, rows())),
    ("R105", "three items", outside("tacit", 1, 0)),
    ("R105", "a map", b"\x80"),
    ("R105", "text", b"hello, world"),
    ("R105", "sections that are no pairs", outside("tacit", 1, 0, [[1]])),
    ("R105", "a section that is text", outside("tacit", 1, 0, [[1, "x"]])),
    ("R105", "a negative major", outside("tacit", -1, 0, rows())),
    ("R103", "major 2", outside("tacit", 2, 0, rows())),
    ("R103", "major 2 of another shape", outside("tacit", 2, 0, {"a": 1})),
    ("R104", "feature bit 3", outside("tacit", 1, 8, rows())),
    ("R102", "major in two bytes", GOOD.replace(b"\xa5tacit\x01", b"\xa5tacit\xcc\x01", 1)),
    ("R102", "array of four in three bytes", b"\xdc\0\x04" + GOOD[1:]),
    ("R111", "sections falling", outside("tacit", 1, 0, rows()[::-1])),
    ("R111", "a section twice", outside("tacit", 1, 0, [rows()[0], rows()[0]])),
    ("R120", "no program", outside("tacit", 1, 0, rows()[1:])),
    ("R106", "too large", outside("tacit", 1, 0, [*rows(), [9, b"x" * (16 << 20)]])),
    # primitives
    ("R101", "cut in the program", section(1, PROGRAM[:-1])),
    ("R110", "a byte behind the program", section(1, PROGRAM + b"\0")),
    ("R109", "overlong UTF-8", changed(project=b"\x02\xc0\x80")),
    ("R109", "a surrogate", changed(project=b"\x03\xed\xa0\x80")),
    ("R109", "a code point cut in two by texts", changed(variant_ids=b"\x03\x01\x01\x01\xc3\xa9a")),
    ("R102", "a superfluous group", changed(signal_count=b"\x88\x00")),
    ("R106", "a varint of nine groups", changed(signal_count=b"\xff" * 8 + b"\x01")),
    ("R106", "a varint above 2**53 - 1", changed(expires=b"\x80" * 7 + b"\x10")
     if "expires" in b.parts(program()) else section(1, b"\0\x01" + b"\x80" * 7 + b"\x10")),
    ("R102", "a packed column one bit too wide",
     changed(defaults=lambda p: bytes((p[0] + 1,)) + b"\0")),
    ("R106", "a packed column of 54 bits", changed(defaults=bytes((54,)) + bytes(14))),
    ("R113", "an unused bit of a packed column",
     changed(rule_counts=lambda p: p[:-1] + bytes((p[-1] | 0x80,)))),
    ("R102", "a step that is not the greatest", changed(shares=b.varint(2500) + b.packed([2]))),
    ("R102", "a step over nothing but zeros", changed(starts=b.varint(7) + b.packed([0]))),
    # meta
    ("R113", "an unknown flag", changed(meta_flags=b"\x08")),
    ("R113", "defaults after an expiry that is not there", changed(meta_flags=b"\x02")),
    # signals
    ("R108", "type 7", changed(signal_6=b.text("member") + b"\x07\0")),
    ("R113", "bounds on a bool", changed(signal_6=b.text("member") + b"\0\x02\0")),
    ("R107", "a purpose that is not there", changed(signal_6=b.text("member") + b"\0\x01\x05")),
    ("R112", "two signals of one name", changed(signal_6=b.text("tags") + b"\0\0")),
    ("R111", "a minimum above the maximum",
     changed(signal_1=b.text("visits") + b"\x01\x06" + b.svarint(3) + b.svarint(2))),
    ("R116", "a bound of minus zero",
     changed(signal_2=b.text("score") + b"\x02\x02" + bytes(7) + b"\x80")),
    ("R116", "an infinite bound",
     changed(signal_2=b.text("score") + b"\x02\x02" + bytes(6) + b"\xf0\x7f")),
    ("R106", "elements above 1024",
     changed(signal_5=b.text("tags") + b"\x06\0" + b.varint(256) + b.varint(1025))),
    ("R111", "values that fall", changed(values_0=b.texts(["DE", "AT", "é"]))),
    ("R112", "a member twice", changed(values_3=b.texts(["gold", "gold"]))),
    ("R116", "a value above 2**53 - 1",
     changed(values_1=b.varint(2) + b.svarint(2**53 - 1) + b.varint(0))),
    ("R108", "scale 23", changed(values_2=b"\x01\x17" + b.svarint(1))),
    ("R108", "a version of five parts", changed(values_4=b"\x01\x05" + bytes(5))),
    ("R102", "a version that ends in 0", changed(values_4=b"\x01\x02\x01\x00")),
    ("R116", "a version part of 2**26", changed(values_4=b"\x01\x01" + b.varint(2**26))),
    # tests, shapes, conditions
    ("R108", "op 0x1b", changed(tests=lambda t: t[:-2] + b"\x1b\0")),
    ("R108", "a negated order", changed(tests=lambda t: t[:-2] + b"\x83\x02")),
    ("R111", "tests that fall", changed(tests=lambda t: t[:1] + t[3:5] + t[1:3] + t[5:])),
    ("R107", "a test of signal 9", changed(tests=lambda t: t[:2] + b"\x09" + t[3:])),
    ("R114", "a test of the wrong type", changed(tests=lambda t: t[:2] + b"\x06" + t[3:])),
    ("R113", "SEGMENT with a signal", changed(tests=lambda t: t[:-1] + b"\x01")),
    ("R108", "node 5", changed(shapes=lambda s: s[:-1] + b"\x05")),
    ("R117", "all in all", changed(shapes=b"\x03\x02\x03\x02\x03\x02\x02\x02\x02\x01")),
    ("R117", "a constant in any", changed(shapes=b"\x03\x02\x04\x02\x02\x01\x01")),
    ("R115", "all of one", changed(shapes=b"\x03\x02\x03\x01\x02\x01")),
    ("R112", "a shape twice", changed(shapes=b"\x03\x02\x02\x01")),
    ("R106", "a shape 129 deep", changed(shapes=b"\x01" + DEEP_SHAPE)),
    ("R111", "shapes not in order of first use",
     changed(condition_shapes=b.packed([0, 0, 2, 1, 0, 1, 3]))),
    ("R107", "a shape that is not there",
     changed(condition_shapes=b.packed([0, 0, 1, 2, 7, 1, 3]))),
    ("R106", "100,001 rules", changed(counts=b.varint(1) + b.varint(2) + b.varint(100_001))),
    ("R107", "a test that is not there",
     changed(literal_tests=b.packed([63, 1, 6, 0, 6, 4, 5, 1, 2]))),
    # surfaces
    ("R112", "a surface twice", changed(surface_names=b.texts(["hero", "hero"]))),
    ("R111", "variant ids that fall", changed(variant_ids=b.texts(["shoes", "control"]))),
    ("R113", "an unknown flag of a surface", changed(surface_flags=b.packed([2, 14]))),
    ("R108", "place 3", changed(surface_flags=b.packed([3, 6]))),
    ("R115", "a surface without variants", changed(variant_counts=b.packed([2, 0]))),
    ("R106", "1025 variants", changed(variant_counts=b.packed([2, 1025]))),
    ("R107", "a default that is not there", changed(defaults=b.packed([2, 0]))),
    ("R115", "rules that do not add up", changed(rule_counts=b.packed([3, 0]))),
    ("R115", "a forbidden surface with rules", changed(rule_counts=b.packed([3, 1]))),
    ("R112", "a variant twice", changed(variants=b.packed([1, 1, 0]))),
    ("R107", "a variant id that is not there", changed(variants=b.packed([0, 1, 2]))),
    # rules and splits
    ("R113", "an unknown flag of a rule", changed(rule_flags=b.packed([32, 1, 12, 26]))),
    ("R113", "a local zone without a schedule", changed(rule_flags=b.packed([0, 1, 12, 18]))),
    ("R107", "a variant that the surface lacks", changed(outcomes=b.packed([2, 1, 1, 0]))),
    ("R111", "a split out of order", changed(outcomes=b.packed([1, 1, 1, 1]))),
    ("R114", "a bool that buckets", changed(traffic_units=b.packed([6]))),
    ("R107", "a unit that is not there", changed(traffic_units=b.packed([8]))),
    ("R116", "a share of 10000", changed(shares=b.stepped([10_000]))),
    ("R116", "a share of 0", changed(shares=b.stepped([0]))),
    ("R111", "an end before its start", changed(starts=b.stepped([9]))),
    ("R118", "a salt of four", changed(split_0=lambda s: s[:2] + b.text("abcd") + s[6:])),
    ("R118", "a dot in a salt", changed(split_0=lambda s: s[:2] + b.text("a.c") + s[6:])),
    ("R113", "an unknown flag of a split", changed(split_0=lambda s: b"\x02" + s[1:])),
    ("R107", "an arm that shows no variant",
     changed(split_0=b"\0\0" + b.text("abc") + b"\x01\x02" + b.ranges([(0, 10)]))),
    ("R112", "arms that overlap",
     changed(split_0=b"\0\0" + b.text("abc") + b"\x02\0" + b.ranges([(0, 11)]) + b"\x01"
             + b.ranges([(10, 20)]))),
    ("R115", "no arms", changed(split_0=b"\0\0" + b.text("abc") + b"\0")),
    ("R106", "a range above 10000",
     changed(split_0=b"\0\0" + b.text("abc") + b"\x01\0" + b"\x01" + b.varint(9_999) + b"\x02")),
    ("R120", "a local schedule without the signal",
     changed(signal_7=b.text("utc_offset") + b"\x01\0")),
    # the other sections
    ("R119", "an ext", body(b"\xd4\0\0")),
    ("R119", "a bin", body(b"\xc4\0")),
    ("R119", "a float 32", body(b"\xca" + bytes(4))),
    ("R119", "a key that is a number", body(b"\x81\x01\x01")),
    ("R101", "a content that is cut", body(b"\x92\xc0")),
    ("R110", "two values", body(b"\xc0\xc0")),
    ("R102", "an int in two bytes", body(b"\xcc\x01")),
    ("R111", "keys that fall", body(b"\x82\xa1b\xc0\xa1a\xc0")),
    ("R106", "a number above 2**53 - 1", body(b"\xcf" + (2**53).to_bytes(8, "big"))),
    ("R116", "NaN", body(b"\xcb\x7f\xf8" + bytes(6))),
    ("R106", "33 deep", body(DEEP)),
    ("R112", "a content twice",
     section(2, b.varint(2) + b.packed([1, 1]) + b"\xc0\xc0" + b.packed([0, 1, 0]))),
    ("R111", "contents not in order of first use",
     section(2, b.varint(2) + b.packed([1, 1]) + b"\xc0\xc2" + b.packed([1, 0, 0]))),
    ("R106", "more contents than variants", section(2, b.varint(4) + bytes(10))),
    ("R115", "debug without the ids of all rules", section(4, b.texts(["a"]) + bytes(20))),
    ("R112", "two rules of one id",
     section(4, b.texts(["a", "a", "b", "c"]) + b.texts(["", ""]) + b.texts([""])
             + b.texts([""] * 6))),
    ("R108", "source 4", section(5, b.packed([4] + [0] * 7) + bytes(40))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "what", "data"), CASES, ids=[case[1] for case in CASES])
def test_is_refused(code: str, what: str, data: bytes) -> None:
    with pytest.raises(BundleError) as found:
        Bundle.load(data)
    assert found.value.code == code, found.value
    with pytest.raises(BundleError) as oracle:
        reference.decode(data)
    assert oracle.value.code == code, oracle.value


def test_every_code_of_a_bundle_has_a_case() -> None:
    assert {code for code, _, _ in CASES} == {code for code in CODES if code.startswith("R1")}


def test_the_good_one_is_good() -> None:
    bundle = Bundle.load(GOOD)
    assert bundle.surfaces == ("hero", "cookies")
    assert reference.decode(GOOD).surface_number("cookies") == 1


@pytest.mark.parametrize("size", range(len(GOOD)))
def test_every_beginning_is_refused(size: int) -> None:
    with pytest.raises(BundleError):
        Bundle.load(GOOD[:size])


def test_optional_sections_can_be_dropped() -> None:
    bare = Bundle.load(b.wrap({1: PROGRAM}))
    decision = bare.decide("hero", {"tags": ["x"]})
    assert (decision.variant, decision.rule, decision.content) == ("shoes", 0, None)
    assert decision.explanation is None
    assert Bundle.load(GOOD).decide("hero", {"tags": ["x"]}).rule == "one"


def test_a_section_of_tomorrow_is_skipped() -> None:
    later = b.wrap(b.sections(program()) | {7: b"anything", 2**40: b""})
    assert Bundle.load(later).decide("cookies", {}).reason == "FORBIDDEN"


def test_numbers_may_take_54_bits() -> None:
    most = 2**53 - 1
    wide = b.Program(
        signals=[b.Signal("n", "int", minimum=-most, maximum=most)],
        surfaces=[b.Surface("s", rules=[b.Rule(("AMONG", 0, (-most, most)), 1)])],
    )
    bundle = Bundle.load(b.build(wide))
    for number, variant in (
        (-most, "other"),
        (most, "other"),
        (0, "control"),
        (most + 1, "control"),
    ):
        assert bundle.decide("s", {"n": number}).variant == variant


def test_messages_name_the_code_and_the_place() -> None:
    with pytest.raises(BundleError, match=r"^R101: the bytes end inside a value \(at byte \d+\)$"):
        Bundle.load(GOOD[:-1])


def test_load_takes_bytes_and_paths(tmp_path: Path) -> None:
    path = tmp_path / "a.tacit"
    path.write_bytes(GOOD)
    for source in (GOOD, bytearray(GOOD), memoryview(GOOD), path, str(path)):
        assert Bundle.load(source).bytes == GOOD
    with pytest.raises(FileNotFoundError):
        Bundle.load(tmp_path / "none")
    for wrong in (None, 3, ["x"]):
        with pytest.raises(ArgumentError, match="R206"):
            Bundle.load(wrong)  # type: ignore[arg-type]
    path.write_bytes(b"\x94\xa5tacit" + bytes(17 << 20))
    with pytest.raises(BundleError, match="R106"):
        Bundle.load(path)


def test_holdout_and_expiry_are_read() -> None:
    made = replace(
        program(), expires=100, defaults_when_expired=True, holdout=(0, "abcdefg", [(0, 10_000)])
    )
    bundle = Bundle.load(b.build(made))
    assert bundle.decide("hero", {}, now=100).reason == "EXPIRED"
    assert bundle.decide("hero", {}, now=99).reason == "HOLDOUT_NO_UNIT"
    held = bundle.decide("hero", {"country": "DE"}, now=99, consent=["ads"])
    assert (held.reason, held.variant) == ("HOLDOUT", "control")
