"""A cap whose limit changes while shows go on, also against it: it never opens early, and not so
late that a window without shows would not do."""

from __future__ import annotations

import random

import pytest
from tacit.compiler import compile_project
from tacit.runtime import Bundle, DeviceState

from .remember import HOUR, START

SLOTS = 24
SURFACE = {"default": "d", "variants": {"d": None, "a": None}, "rules": [{"id": "r", "show": "a"}]}
LIMITS = (1, 2, 3, 5)
BUNDLES = {
    limit: Bundle.load(
        compile_project(
            {
                "project": "caps",
                "surfaces": {"s": {**SURFACE, "guardrails": {"cap": {"a": f"{limit} per 24h"}}}},
            }
        ).bytes
    )
    for limit in LIMITS
}
PAUSES = (0, 1, HOUR // 2, HOUR, HOUR, 3 * HOUR, 5 * HOUR, 9 * HOUR, 26 * HOUR)


@pytest.mark.parametrize("seed", range(40))
def test_never_early(seed: int) -> None:
    rng = random.Random(seed)
    named = rng.choice((None, "one"))  # a session without an end: nothing is swept
    now, limit = START, rng.choice(LIMITS)
    state = DeviceState(BUNDLES[limit], now)
    shows: list[int] = []
    for _ in range(150):
        now += rng.choice(PAUSES)
        if rng.random() < 0.3:
            limit = rng.choice(LIMITS)
            state.use(BUNDLES[limit], now)
        elif rng.random() < 0.8:
            assert state.record_shown("s", "a", now=now, session=named)
            shows.append(now)
        variant = BUNDLES[limit].decide("s", {}, state, now).variant
        after = now // HOUR - SLOTS - 1
        if sum(at // HOUR > after for at in shows) >= limit:
            assert variant == "d", f"{limit}: {[(now - at) / HOUR for at in shows]}"
        if not shows or shows[-1] // HOUR <= after:
            assert variant == "a"


def test_the_order_in_which_things_are_declared_does_not_matter() -> None:
    """A cap on several variants goes on counting where these, or surfaces, change places."""

    def bundle(surfaces: tuple[str, ...], variants: tuple[str, ...]) -> Bundle:
        surface = {"default": "d", "variants": dict.fromkeys(variants),
                   "rules": [{"id": "r", "show": "a"}]}  # fmt: skip
        guarded = {**surface, "guardrails": {"cap": "2 per 24h", "cooldown": "1h"}}
        group = {"variants": ["one.b", "two.a"], "cap": "2 per 24h"}
        both = {"one": guarded, "two": surface}
        project = {"project": "caps", "surfaces": {name: both[name] for name in surfaces},
                   "groups": {"pair": group}}  # fmt: skip
        return Bundle.load(compile_project(project).bytes)

    first = bundle(("one", "two"), ("d", "a", "b"))
    for other in (
        bundle(("one", "two"), ("b", "d", "a")),
        bundle(("two", "one"), ("d", "a", "b")),
    ):
        state = DeviceState(first, START)
        for _ in range(2):
            assert state.record_shown("one", "b", now=START)
        state.use(other, START)
        used = {(guard.kind, guard.used) for guard in state.inspect(START).guards}
        assert used == {("cap", 2), ("cooldown", 1)}
        assert other.decide("one", {}, state, START).variant == "d"
        assert other.decide("two", {}, state, START).variant == "d"


@pytest.mark.parametrize(
    "guardrails", [{"cap": "2 per 24h"}, {"cap": {"*": 2}}, {"cooldown": "1h"}]
)
def test_one_more_variant_starts_no_count_of_all_of_them_anew(
    guardrails: dict[str, object],
) -> None:
    def bundle(*variants: str) -> Bundle:
        surface = {**SURFACE, "variants": dict.fromkeys(variants), "guardrails": guardrails}
        return Bundle.load(compile_project({"project": "caps", "surfaces": {"s": surface}}).bytes)

    state = DeviceState(bundle("d", "a"), START)
    for _ in range(2):
        assert state.record_shown("s", "a", now=START)
    more = bundle("d", "a", "b")
    state.use(more, START)
    assert more.decide("s", {}, state, START).variant == "d"


def test_a_cap_on_a_variant_is_not_one_on_all_of_them() -> None:
    """Though there is no other: what one counts would be wrong for the other later."""
    one, all_of_them = (
        {"cap": {name: "2 per 24h"}, "cooldown": {name: "1h"}} for name in ("a", "*")
    )
    bundles = [
        Bundle.load(
            compile_project(
                {"project": "caps", "surfaces": {"s": {**SURFACE, "guardrails": guardrails}}}
            ).bytes
        )
        for guardrails in (one, all_of_them)
    ]
    state = DeviceState(bundles[0], START)
    assert state.record_shown("s", "a", now=START)
    state.use(bundles[1], START)
    assert [guard.used for guard in state.inspect(START).guards] == [0, 0]
