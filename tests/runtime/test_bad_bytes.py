"""Damaged bundles: a typed error or a working bundle, nothing else; and the reference agrees."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tacit.runtime import Bundle, BundleError, reference

from . import builder, generate
from .test_differential import essence
from .test_load_errors import GOOD

SIGNALS = {
    "s0": "a",
    "s1": 1,
    "s2": 0.3,
    "s3": ["a", "é"],
    "s4": True,
    "s5": "1.2",
    "country": "DE",
}
NOW = 1_700_000_000_000


def agree(data: bytes) -> bool:
    """Loads the bytes both ways; whether they are a bundle. If so both decide alike."""
    try:
        program = reference.decode(data)
    except BundleError:
        with pytest.raises(BundleError):
            Bundle.load(data)
        return False
    bundle = Bundle.load(data)
    wanted = reference.decide_all(program, SIGNALS, now=NOW, consent=["ads"])
    found = bundle.decide_all(SIGNALS, now=NOW, consent=["ads"])
    for name, decision in wanted.items():
        assert essence(found[name]) == essence(decision)
        assert found[name].content == decision.content
        assert found[name].explanations == decision.explanations
    return True


seeds = st.integers(0, 2**32)


def parts_of(seed: int) -> tuple[builder.Program, dict[str, bytes]]:
    program = generate.program(random.Random(seed))
    return program, builder.parts(program)


@given(data=st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    agree(data)


@given(data=st.binary(max_size=100))
def test_any_program_section(data: bytes) -> None:
    agree(builder.wrap({1: data}))


@given(data=st.binary(max_size=60), section=st.integers(2, 5))
def test_any_other_section(data: bytes, section: int) -> None:
    agree(builder.wrap({1: builder.sections(SMALL)[1], section: data}))


SMALL = builder.Program(
    signals=[builder.Signal("s0", "string")],
    surfaces=[builder.Surface("a", rules=[builder.Rule(("IS", 0, "a"), 1)])],
)


@given(at=st.integers(0, len(GOOD) - 1), bit=st.integers(0, 7))
def test_one_bit_flipped(at: int, bit: int) -> None:
    agree(GOOD[:at] + bytes((GOOD[at] ^ 1 << bit,)) + GOOD[at + 1 :])


@given(
    cut=st.integers(0, len(GOOD)),
    again=st.integers(0, len(GOOD)),
    between=st.binary(max_size=4),
)
def test_spliced(cut: int, again: int, between: bytes) -> None:
    agree(GOOD[:cut] + between + GOOD[again:])


@settings(max_examples=60, deadline=None)
@given(seed=seeds, other=seeds, choice=st.randoms(use_true_random=False))
def test_parts_of_two_bundles(seed: int, other: int, choice: random.Random) -> None:
    """Each part is right, together they contradict themselves."""
    _, parts = parts_of(seed)
    _, foreign = parts_of(other)
    name = choice.choice(sorted(parts.keys() & foreign.keys()))
    agree(builder.wrap({1: b"".join((parts | {name: foreign[name]}).values())}))


@settings(max_examples=100, deadline=None)
@given(seed=seeds, choice=st.randoms(use_true_random=False))
def test_one_part_damaged(seed: int, choice: random.Random) -> None:
    _, parts = parts_of(seed)
    name = choice.choice(sorted(parts))
    data = bytearray(parts[name])
    for _ in range(choice.randint(1, 3)):
        at = choice.randint(0, len(data))
        kind = choice.randrange(3)
        if kind == 0:
            data[at : at + 1] = bytes((choice.randrange(256),))
        elif kind == 1:
            data[at:at] = choice.randbytes(choice.randint(1, 3))
        else:
            del data[at : at + choice.randint(1, 3)]
    agree(builder.wrap({1: b"".join((parts | {name: bytes(data)}).values())}))


@settings(max_examples=60, deadline=None)
@given(seed=seeds)
def test_whole_ones_are_good(seed: int) -> None:
    assert agree(builder.build(generate.program(random.Random(seed))))


@pytest.mark.parametrize(
    ("what", "parts"),
    [
        (
            "two million literals from a shape",
            {"counts": b"\0\0\x88\x27", "condition shapes": b"\0"},
        ),
        ("a set of many zeros", {"arguments 0": b"\x10" + b"\xff\xff"}),
        ("65,535 surfaces", {"surface names": builder.varint(65_535) + bytes(65_535)}),
    ],
)
def test_few_bytes_do_not_ask_for_much(what: str, parts: dict[str, bytes]) -> None:
    """Counts that nothing vouches for are refused, or stay within the limits of the format."""
    changed = builder.parts(SMALL) | parts
    assert not agree(builder.wrap({1: b"".join(changed.values())}))


@pytest.mark.parametrize(
    ("name", "kind", "op"),
    [("s0", "string", "IS"), ("s0", "enum", "IS"), ("s3", "string_list", "INCLUDES")],
)
def test_a_value_that_no_test_names(name: str, kind: str, op: str) -> None:
    """It is like any other text, and none of them is the one that a test names."""
    program = builder.Program(
        signals=[builder.Signal(name, kind, members=("b",))],
        surfaces=[builder.Surface("a", rules=[builder.Rule((op, 0, "b"), 1)])],
    )
    parts = builder.parts(program)
    parts["values 0"] = builder.texts(["a", "b"])
    parts["arguments 0"] = builder.packed([1])
    assert "a" in SIGNALS[name]
    assert agree(builder.wrap({1: b"".join(parts.values())}))
