"""A state survives everything: whatever is recorded, its bytes are those of a state."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tacit.runtime import ControlError, DeviceState
from tacit.runtime._buckets import murmur3_32
from tacit.runtime.format import MAX_INT

from . import builder
from .extremes import GREATEST, TIMES, extreme
from .remember import FIRST, HOUR, SECOND, Loaded, program
from .test_state_bytes import lived

ADS = frozenset({"ads"})
LIVED = [lived(seed).bytes for seed in (3, 4, 5)]
PRICES = (0, 0.1, 1e15, MAX_INT, GREATEST, 5e-324, -0.0)
CATEGORIES = ("", "shoes", "\U0010ffff" * 8, "\0")
RECORDS = 8
"""Of each state."""


def loaded(data: bytes, writer: int = 0, bundle: Any = FIRST) -> DeviceState:
    return DeviceState.load(bundle, data, 0, consent=ADS, writer=writer)


def is_state(data: bytes) -> bool:
    return loaded(data).warning is None


def record(rng: random.Random, state: DeviceState) -> str:
    """Something that may happen, with arguments at their limits."""
    now = rng.choice(TIMES)
    how: dict[str, Any] = {"now": now, "nonce": rng.choice((None, str(rng.random())))}
    how["session"] = rng.choice((None, None, "s", "\ud800"))
    what = rng.choice(("event",) * 6 + ("shown",) * 4 + ("clicked", "dismissed", "other", "other"))
    if what == "event":
        at = rng.choice((None, now, max(0, now - 7 * 86_400_000), min(MAX_INT, now + 1)))
        fields = {"category": rng.choice(CATEGORIES), "price": rng.choice(PRICES)}
        name = rng.choice(("viewed", "viewed", "bought", "none"))
        state.record_event(name, fields, at=at, **how)
        return f"{name} {fields} at {at} {how}"
    if what == "other":
        return other(rng, state, now)
    surface, variant = rng.choice((("hero", "a"), ("hero", "c"), ("hero", "d"), ("side", "x")))
    getattr(state, f"record_{what}")(surface, variant, **how)
    return f"{what} {surface} {variant} {how}"


def other(rng: random.Random, state: DeviceState, now: int) -> str:
    what = rng.choice(("refresh", "less_of", "declare", "trust", "use", "merge", "grant", "undo"))
    if what == "refresh":
        state.refresh({}, now)
    elif what == "less_of":
        rng.choice((state.less_of, state.not_interested))(surface="hero", variant="a", now=now)
    elif what == "declare":
        state.declare("score", rng.choice((GREATEST, -0.0, 2**53 - 1, None)), now)
    elif what == "trust":
        state.trust(now)
    elif what == "use":
        state.use(rng.choice((FIRST, SECOND)), now)
    elif what == "merge":
        state.merge(loaded(extreme(rng, rng.choice(LIVED), is_state), writer=1))
    elif what == "grant":
        state.grant(ADS, now)
    for control in state.controls if what == "undo" else ():
        state.undo(control, now)
    return f"{what} {now}"


@given(st.integers(0, 2**32))
def test_survives_whatever_is_recorded(seed: int) -> None:
    rng = random.Random(seed)
    state = loaded(extreme(rng, rng.choice(LIVED), is_state), writer=rng.randrange(8))
    done = []
    for _ in range(RECORDS):
        done.append(record(rng, state))
        again = loaded(state.bytes, bundle=state.bundle)
        assert again.warning is None, done
        assert again.bytes == state.bytes, done


def test_a_variant_without_an_id_has_no_controls() -> None:
    """In the bytes of a control "" says that no variant is named."""
    nameless = program()
    nameless.surfaces[1] = builder.Surface("side", ["d", ""])
    state = DeviceState(Loaded(builder.build(nameless)), 0)
    for say in (state.less_of, state.not_interested):
        with pytest.raises(ControlError) as caught:
            say(surface="side", variant="", now=0)
        assert caught.value.code == "R209"
    assert state.record_shown("side", "", now=0)
    assert DeviceState.load(state.bundle, state.bytes, 0).warning is None


def test_more_forced_arms_than_there_are_signals() -> None:
    """Experiments are counted by other limits than signals."""
    many = program()
    assert many.memory is not None
    first, *_ = many.memory.experiments
    names = [f"e{number}" for number in range(1_100)]
    more = [(murmur3_32(name.encode()), False, ["a"]) for name in names]
    many.memory.experiments = [first, *more]
    state = DeviceState(Loaded(builder.build(many)), 0)
    for name in names:
        state.force(name, "a")
    assert DeviceState.load(state.bundle, state.bytes, 0).warning is None


def test_a_lower_limit_of_different_values() -> None:
    """What is over it goes when the next value comes, oldest first, then the smaller hash."""
    lower = program()
    assert lower.memory is not None
    kind, key, purpose, arguments = lower.memory.items[3]
    assert (kind, arguments[-1]) == ("DISTINCT", 3)
    lower.memory.items[3] = kind, key, purpose, (*arguments[:-1], 1)
    state = DeviceState(FIRST, 0)
    for hours, category in enumerate("abc"):
        state.record_event("viewed", {"category": category}, now=3 * hours * HOUR)
    state.use(Loaded(builder.build(lower)), 9 * HOUR)
    state.record_event("viewed", {"category": "d"}, now=9 * HOUR)
    assert state._data.items[2, key].data == {murmur3_32(b"d"): 4}


@pytest.mark.parametrize("seed", range(40))
def test_merging_goes_by_the_bytes_alone(seed: int) -> None:
    """What is in memory besides, as a writer whose slots have all gone, changes nothing."""
    rng = random.Random(f"merging {seed}")
    one, other = (loaded(extreme(rng, data, is_state), n) for n, data in enumerate(LIVED[:2]))
    other.refresh({}, MAX_INT - 1)
    direct = [one.bytes, other.bytes]
    one.merge(other)
    by_bytes, second = (loaded(data, n) for n, data in enumerate(direct))
    by_bytes.merge(second)
    assert one.bytes == by_bytes.bytes
