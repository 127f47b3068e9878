"""Section 6 in the loader: it refuses what the reference refuses, with the same code."""

from __future__ import annotations

import random

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tacit.runtime import Bundle, BundleError, reference
from tacit.runtime.format import Role

from . import builder as b
from . import generate_memory
from .remember import program
from .test_differential_state import essence
from .test_memory_section import REFUSED, Change


def code_of(data: bytes) -> str | None:
    """Why the loader refuses a bundle; None: it does not."""
    try:
        Bundle.load(data)
    except BundleError as error:
        return error.code
    return None


def agree(data: bytes, seed: int = 0) -> bool:
    """Loads the bytes both ways; whether they are a bundle. If so both decide alike."""
    try:
        oracle = reference.decode(data)
    except BundleError:
        assert code_of(data) is not None
        return False
    bundle = Bundle.load(data)
    rng = random.Random(seed)
    values = {}
    if oracle.memory is not None:
        first = oracle.memory.first_derived
        for signal, derived in zip(oracle.signals[first:], oracle.memory.derived, strict=True):
            if derived.role is not Role.THEME:  # no state says that
                values[signal.name] = rng.randint(0, 5)
    states = [None, generate_memory.State(generate_memory.Standing(values, {}, False, frozenset()))]
    for state in states:
        wanted = reference.decide_all(oracle, {"s0": "a"}, now=5, consent=["ads"], state=state)
        found = bundle.decide_all({"s0": "a"}, state, now=5, consent=["ads"])
        for name, decision in wanted.items():
            assert essence(found[name]) == essence(decision)
    return True


def test_loads_what_was_written() -> None:
    bundle = Bundle.load(b.build(program()))
    assert bundle.surfaces == ("hero", "side")
    assert list(bundle.signals) == ["country", "unit", "tier", "score"]
    memory = bundle._program().memory
    assert memory is not None
    assert bundle._program() is bundle._program()


@pytest.mark.parametrize(
    ("code", "change"), [one[1:] for one in REFUSED], ids=[one[0] for one in REFUSED]
)
def test_refused(code: str, change: Change) -> None:
    made = program()
    assert made.memory is not None
    change(made, made.memory)
    assert code_of(b.build(made)) == code


def test_the_section_and_its_feature_go_together() -> None:
    sections = b.sections(program())
    without = program()
    without.memory = None
    for features, payloads in (
        (1, {1: sections[1]}),
        (0, {1: b.sections(without)[1], 6: sections[6]}),
    ):
        rows = [[number, payloads[number]] for number in sorted(payloads)]
        assert code_of(msgpack.packb(["tacit", 1, features, rows])) == "R120"


def test_units_are_signals_of_the_host() -> None:
    for change in ("traffic", "split", "holdout"):
        made = program()
        rule = made.surfaces[0].rules[0]
        if change == "traffic":
            rule.traffic = (10, 5, "abc")
        elif change == "split":
            rule.show = b.Split(10, "abc", [(0, [(0, 1)])])
        else:
            made.holdout = (10, "abc", [(0, 1)])
        assert code_of(b.build(made)) == "R114"


def test_cut_anywhere() -> None:
    sections = b.sections(program())
    for size in range(len(sections[6])):
        assert code_of(b.wrap(sections | {6: sections[6][:size]})) is not None
    assert code_of(b.wrap(sections | {6: sections[6] + b"\0"})) == "R110"


def test_every_bit_flipped() -> None:
    """Where both refuse it is nearly always for one reason: they read in one order."""
    sections = b.sections(program())
    whole = bytearray(sections[6])
    same = other = 0
    for bit in range(8 * len(whole)):
        whole[bit >> 3] ^= 1 << (bit & 7)
        data = b.wrap(sections | {6: bytes(whole)})
        try:
            reference.decode(data)
            assert code_of(data) is None, bit
        except BundleError as error:
            found = code_of(data)
            assert found is not None, bit
            same += found == error.code
            other += found != error.code
        whole[bit >> 3] ^= 1 << (bit & 7)
    assert same > 20 * other
    assert same > 2 * len(whole)


def test_one_id_for_the_rules_of_a_written_rule() -> None:
    made = program()
    assert made.memory is not None
    first, second = made.surfaces[0].rules[:2]
    second.row = b.Row(written=0, standing=1)
    made.memory.written = [10, 0]
    assert code_of(b.build(made)) == "R112"
    second.id = first.id
    assert code_of(b.build(made)) is None
    second.row = b.Row(written=1)
    assert code_of(b.build(made)) == "R112"


seeds = st.integers(0, 2**32)


@settings(max_examples=150, deadline=None)
@given(seed=seeds, choice=st.randoms(use_true_random=False))
def test_one_part_damaged(seed: int, choice: random.Random) -> None:
    made = generate_memory.program(random.Random(seed))
    assert made.memory is not None
    pieces = b.memory_parts(made, made.memory)
    name = choice.choice(sorted(pieces))
    data = bytearray(pieces[name])
    for _ in range(choice.randint(1, 3)):
        at = choice.randint(0, len(data))
        kind = choice.randrange(3)
        if kind == 0:
            data[at : at + 1] = bytes((choice.randrange(256),))
        elif kind == 1:
            data[at:at] = choice.randbytes(choice.randint(1, 3))
        else:
            del data[at : at + choice.randint(1, 3)]
    damaged = b"".join((pieces | {name: bytes(data)}).values())
    agree(b.wrap(b.sections(made) | {6: damaged}))


@settings(max_examples=100, deadline=None)
@given(seed=seeds, other=seeds, choice=st.randoms(use_true_random=False))
def test_parts_of_two_bundles(seed: int, other: int, choice: random.Random) -> None:
    """Each part is right, together they contradict themselves; or section 6 is another's."""
    made = generate_memory.program(random.Random(seed))
    foreign = generate_memory.program(random.Random(other))
    assert made.memory is not None
    assert foreign.memory is not None
    pieces = b.memory_parts(made, made.memory)
    others = b.memory_parts(foreign, foreign.memory)
    name = choice.choice(sorted(pieces))
    agree(b.wrap(b.sections(made) | {6: b"".join((pieces | {name: others[name]}).values())}))
    agree(b.wrap(b.sections(made) | {6: b"".join(others.values())}))


@settings(max_examples=60, deadline=None)
@given(seed=seeds)
def test_whole_ones_are_good(seed: int) -> None:
    assert agree(b.build(generate_memory.program(random.Random(seed))), seed)


@pytest.mark.parametrize(
    ("what", "changed"),
    [
        ("holds", {"holds": b"\xff\xff\x03"}),
        ("experiments", {"experiments": b"\xa0\x8d\x06"}),
        ("items", {"items": b"\x80\x20"}),
        ("groups", {"groups": b"\x02\x02"}),
        ("texts", {"topics": b"\xff\xff\xff\xff\x07"}),
        ("topics of variants", {"topic counts": b"\x02\xff\x03", "topic numbers": b"\0"}),
    ],
)
def test_few_bytes_do_not_ask_for_much(what: str, changed: dict[str, bytes]) -> None:
    made = program()
    assert made.memory is not None
    pieces = b.memory_parts(made, made.memory) | changed
    assert not agree(b.wrap(b.sections(made) | {6: b"".join(pieces.values())}))
