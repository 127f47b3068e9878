"""Two tabs of one device: merging gives the same whatever the order, and loses nothing."""

from __future__ import annotations

import random
from typing import Any

import pytest
from tacit.runtime import ArgumentError, DeviceState

from .drawn import CATEGORIES, JUMPS, PAUSES, PRICES
from .remember import FIRST, HOUR, START, values

ADS = ("ads",)


def fork(data: bytes, writer: int, now: int) -> DeviceState:
    return DeviceState.load(FIRST, data, now, consent=ADS, writer=writer)


def live(state: DeviceState, rng: random.Random, now: int, steps: int) -> int:
    """Random records; gives the time after them."""
    for _ in range(steps):
        now += rng.choice(JUMPS) if rng.random() < 0.03 else rng.choice(PAUSES)
        now = max(now, 0)
        how: dict[str, Any] = {"now": now, "nonce": rng.choice((None, f"n{rng.random()}"))}
        chance = rng.random()
        if chance < 0.5:
            fields = {"category": rng.choice(CATEGORIES), "price": rng.choice(PRICES)}
            state.record_event(rng.choice(("viewed", "viewed", "bought")), fields, **how)
        elif chance < 0.7:
            state.record_shown("hero", rng.choice("dac"), **how)
        elif chance < 0.8:
            state.record_clicked("hero", rng.choice("ac"), **how)
        elif chance < 0.85:
            state.record_dismissed("hero", "a", **how)
        elif chance < 0.9:
            state.refresh({}, now)
        elif chance < 0.94:
            state.less_of(topic=rng.choice(("sale", "shoes")), now=now)
        elif chance < 0.96 and state.controls:
            state.undo(rng.choice(state.controls), now)
        elif chance < 0.98:
            state.declare("score", rng.choice((1, 2.5, None)), now)
        else:
            state.force("exp", rng.choice(("a", "c")))
    return now


def merged(*datas: bytes) -> bytes:
    """The bytes of states merged one after another."""
    first, *others = (fork(data, 0, START) for data in datas)
    for other in others:
        first.merge(other)
    return first.bytes


@pytest.mark.parametrize("seed", range(60))
def test_commutative_associative_idempotent(seed: int) -> None:
    rng = random.Random(seed)
    root = DeviceState(FIRST, START, consent=ADS)
    now = live(root, rng, START, rng.choice((0, 30)))
    datas = []
    for writer in range(3):
        # Sometimes an older copy of the same tab instead of another tab.
        tab = fork(root.bytes, rng.choice((writer, 1)), now)
        live(tab, rng, now, rng.choice((0, 10, 60)))
        datas.append(tab.bytes)
    a, b, c = datas
    assert merged(a, a) == a
    assert merged(a, b) == merged(b, a)
    assert merged(merged(a, b), c) == merged(a, merged(b, c))
    assert merged(a, merged(a, b)) == merged(a, b)


def test_counts_of_both_tabs_add_up() -> None:
    root = DeviceState(FIRST, START, consent=ADS)
    root.record_event("viewed", {"category": "shoes", "price": 20}, now=START)
    one, two = fork(root.bytes, 0, START), fork(root.bytes, 1, START)
    for tab, times in ((one, 2), (two, 3)):
        for number in range(times):
            fields = {"category": "shoes", "price": 0.1}
            tab.record_event("viewed", fields, now=START + number)
    one.record_event("viewed", {"category": "hats", "price": 1}, now=START)
    two.record_shown("hero", "a", now=START + 5)
    one.merge(two)
    found = values(one, START + 9)
    assert found["shoes.least"] == 6
    assert found["views"] == 7
    assert found["kinds"] == 2
    # The first tab's slot, then the second's: cheap shoes are not summed.
    assert found["spent.least"] == 20.0 + 1.0
    assert found["taste"] == ("shoes", "hats")
    assert one.health()["hero"].shows == 1
    # What the other had does not change with it.
    before = two.bytes
    one.record_event("viewed", {"category": "ties"}, now=START + 10)
    one.record_shown("hero", "c", now=START + 10)
    assert two.bytes == before


def test_a_control_taken_back_stays_so() -> None:
    root = DeviceState(FIRST, START)
    root.not_interested(topic="sale", now=START)
    tab = fork(root.bytes, 1, START)
    tab.undo(tab.controls[0], START)
    tab.merge(root)
    assert tab.controls == ()
    root.merge(tab)
    assert root.controls == ()


def test_off_wins_and_erases() -> None:
    root = DeviceState(FIRST, START)
    root.record_event("viewed", {"category": "shoes"}, now=START)
    tab = fork(root.bytes, 1, START)
    tab.turn_off(START + HOUR)
    root.merge(tab)
    assert root.is_off
    assert root.export()["items"] == []


def test_only_with_a_state() -> None:
    with pytest.raises(ArgumentError, match="R204"):
        DeviceState(FIRST, START).merge(b"")  # type: ignore[arg-type]


def test_scores_of_writers_add_up_in_their_order() -> None:
    data = DeviceState(FIRST, START).bytes
    tabs = [fork(data, writer, START) for writer in (2, 0, 1)]
    for number, tab in enumerate(tabs):
        for _ in range(number + 1):
            tab.record_event("viewed", {"category": "bags"}, now=START + number * HOUR)
        tab.record_event("viewed", {"category": "hats"}, now=START + number * HOUR)
    for tab in tabs[1:]:
        tabs[0].merge(tab)
    found = tabs[0]._data.items[4, 50].data
    assert isinstance(found, dict)
    assert [len(found[writer]) for writer in (0, 1, 2)] == [2, 2, 2]
    assert values(tabs[0], START + 3 * HOUR)["taste"] == ("bags", "hats")
