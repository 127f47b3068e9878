"""A state never goes over to another project, not even where that defines all things alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tacit.runtime import ArgumentError, Bundle, DeviceState, reference

from . import builder as b
from .remember import FIRST, SECOND, START, Loaded, program

OTHER = Loaded(b.build(replace(program(), project="other")))
MINE, THEIRS = Bundle.load(FIRST.bytes), Bundle.load(OTHER.bytes)
PLAIN = Bundle.load(b.build(b.Program(project="plain", surfaces=[b.Surface("s", ["d"])])))


def lived() -> DeviceState:
    state = DeviceState(FIRST, START)
    assert state.record_event("viewed", {"category": "shoes", "price": 50}, now=START)
    assert state.record_shown("hero", "a", now=START)
    return state


def test_bytes_of_another_project_give_a_fresh_state() -> None:
    state = lived()
    found = DeviceState.load(OTHER, state.bytes, START + 1)
    assert found.warning is not None
    assert found.warning.code == "S107"
    assert found.bytes == DeviceState(OTHER, START + 1).bytes
    again = DeviceState.load(FIRST, state.bytes, START + 1)
    assert again.warning is None
    assert again.bytes == state.bytes


def test_the_bytes_of_two_projects_differ() -> None:
    assert DeviceState(OTHER, START).bytes != DeviceState(FIRST, START).bytes


def test_a_fresh_state_stays_with_its_project() -> None:
    state = lived()
    for change in (state.erase, state.turn_off, state.turn_on):
        change(START + 1)
        assert DeviceState.load(FIRST, state.bytes, START + 1).warning is None


CALLS: list[Callable[[DeviceState], object]] = [
    lambda state: state.use(OTHER, START + 1),
    lambda state: state.merge(DeviceState(OTHER, START)),
    lambda state: THEIRS.decide("hero", {}, state, START),
    lambda state: THEIRS.decide("gone", {}, state, START),
    lambda state: THEIRS.decide_all({}, state, START),
    lambda state: THEIRS.explain("hero", {}, state, START),
    lambda state: THEIRS.explain("gone", {}, state, START),
    lambda state: PLAIN.decide("s", {}, state, START),
    lambda state: PLAIN.decide_all({}, state, START),
    lambda state: reference.decide(reference.decode(OTHER.bytes), "hero", {}, START, state=state),
    lambda state: reference.decide(reference.decode(OTHER.bytes), "gone", {}, START, state=state),
    lambda state: reference.decide_all(reference.decode(OTHER.bytes), {}, START, state=state),
]


@pytest.mark.parametrize("call", CALLS)
def test_another_project_is_refused(call: Callable[[DeviceState], object]) -> None:
    state = lived()
    before, decided = state.bytes, MINE.decide("hero", {"country": "AT"}, state, START)
    with pytest.raises(ArgumentError, match="R215"):
        call(state)
    assert state.bytes == before
    assert state.bundle is FIRST
    assert MINE.decide("hero", {"country": "AT"}, state, START) == decided


def test_off_or_on() -> None:
    state = lived()
    state.turn_off(START)
    with pytest.raises(ArgumentError, match="R215"):
        THEIRS.decide("hero", {}, state, START)


def test_after_the_own_bundle_too() -> None:
    """What was worked out for a bundle before is not taken for that of another."""
    state = lived()
    MINE.decide_all({}, state, START)
    with pytest.raises(ArgumentError, match="R215"):
        THEIRS.decide_all({}, state, START)
    state.use(SECOND, START)
    MINE.decide_all({}, state, START)
