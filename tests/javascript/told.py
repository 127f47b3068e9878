"""Explanations of hand-written projects, as they stand in tests/golden/explain/cases.json for other
runtimes to tell the same."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

from tacit.compiler import compile_project
from tacit.runtime import Bundle, DeviceState, reference
from tacit.runtime.format import MAX_INT

from tests.runtime import test_explain as shop
from tests.runtime import test_explain_state as pals

from .explanations import Life, call, same

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
NOON = pals.NOON


def cases() -> str:
    """The golden file: bundles by name, and calls with what they are told."""
    projects = {"shop": shop.SHOP, "pals": pals.PALS}
    found = {
        f"{name}{suffix}": compile_project(source, debug=named, audit=named).bytes
        for name, source in projects.items()
        for suffix, named in (("", True), ("-without-names", False))
    }
    bundles = {name: base64.b64encode(data).decode() for name, data in found.items()}
    told = [*_of_shop(found), *_of_pals(found)]
    return json.dumps({"bundles": bundles, "cases": told}, indent=1) + "\n"


def _of_shop(bundles: dict[str, bytes]) -> Iterator[dict[str, Any]]:
    for name, changes in shop.TEXTS.items():
        changed = changes.get("changed", {})
        given = {**shop.EVERYTHING, **changed}
        signals = {name: same(value) for name, value in given.items() if value is not ...}
        settings = {
            "surface": changes.get("surface", "hero"),
            "reveal": changes.get("reveal", False),
            "now": changes.get("now", NOON),
            "consent": list(changes.get("consent", ("taste",))),
        }
        yield _case(bundles, ("shop", name), signals, settings, None)
    bare = {"surface": "hero", "reveal": False, "now": NOON, "consent": ["taste"]}
    yield _case(bundles, ("shop-without-names", "without_names"), shop.EVERYTHING, bare, None)


def _of_pals(bundles: dict[str, bytes]) -> Iterator[dict[str, Any]]:
    for bundle, story in STORIES:
        loaded = Bundle.load(bundles[bundle])
        state, signals, surface = story(loaded)
        settings = {"surface": surface, "reveal": False, "now": NOON, "consent": ["orders"]}
        life = None if state is None else Life(state, state.bytes, ["orders"])
        yield _case(bundles, (bundle, story.__name__), signals, settings, life)


def _case(
    bundles: dict[str, bytes],
    names: tuple[str, str],
    signals: dict[str, Any],
    settings: dict[str, Any],
    life: Life | None,
) -> dict[str, Any]:
    program = reference.decode(bundles[names[0]])
    return {"name": names[1], "bundle": names[0], **call(program, signals, settings, life)}


# ---------------------------------------------------------------- stories

Told = tuple[DeviceState | None, dict[str, Any], str]
"""A state at noon, the signals, the surface."""


def kept(bundle: Bundle) -> Told:
    state = pals.device(bundle)
    pals.views(state, DAY)
    state.refresh(pals.HER, NOON - DAY)
    pals.shows(bundle, state, HOUR)
    return state, pals.HER, "hero"


def refreshed_in_time(bundle: Bundle) -> Told:
    state = pals.device(bundle)
    pals.views(state, DAY)
    state.refresh(pals.HER, NOON - HOUR)
    return state, pals.HER, "hero"


def no_change_left(bundle: Bundle) -> Told:
    state = pals.device(bundle)
    pals.shows(bundle, state, 5 * HOUR)
    for ago in range(295, 0, -20):  # the session goes on
        state.record_event("asked", now=NOON - ago * MINUTE)
    pals.views(state, MINUTE)
    state.record_shown("hero", "shoes", now=NOON - MINUTE)
    return state, pals.HER, "hero"


def capped(bundle: Bundle) -> Told:
    state = pals.device(bundle)
    pals.views(state, DAY)
    for ago in (9, 6, 3):
        pals.shows(bundle, state, ago * HOUR)
    return state, pals.HER, "hero"


def beyond_dates(bundle: Bundle) -> Told:
    """What began when a time can be no greater ends when no time is."""
    state = DeviceState(bundle, MAX_INT, consent=["orders"])
    state.record_event("viewed", {"category": "shoes", "price": 5}, now=MAX_INT)
    state.refresh(pals.HER, MAX_INT)
    state.record_shown("hero", "fresh", now=MAX_INT)
    return state, pals.HER, "hero"


def cooling_down(bundle: Bundle) -> Told:
    state = pals.device(bundle)
    state.record_shown("hero", "fresh", now=NOON - 20 * MINUTE)
    return state, pals.HER, "hero"


def dismissed(bundle: Bundle) -> Told:
    state, *_ = cooling_down(bundle)
    assert state is not None
    state.record_dismissed("hero", "fresh", now=NOON - 10 * MINUTE)
    return state, pals.HER, "hero"


def unwanted(bundle: Bundle) -> Told:
    state = pals.device(bundle)
    state.not_interested(surface="hero", variant="fresh", now=NOON)
    state.less_of(topic="shoes", now=NOON)
    return state, pals.HER, "hero"


def suppressed_by_a_condition(bundle: Bundle) -> Told:
    return pals.device(bundle), {**pals.HER, "tier": "silver"}, "hero"


def stopped(bundle: Bundle) -> Told:
    state = pals.device(bundle)
    pals.views(state, DAY)
    pals.buys(state, 2 * HOUR)
    state.refresh(pals.HER, NOON - HOUR)
    return state, pals.HER, "hero"


def not_observed_yet(bundle: Bundle) -> Told:
    state = pals.device(bundle, days=2)
    pals.views(state, DAY, 2)
    return state, pals.HER, "hero"


def forced(bundle: Bundle) -> Told:
    state = pals.device(bundle)
    pals.buys(state, 39 * DAY)
    state.force("winback", "comeback")
    return state, pals.HER, "hero"


def blocked_arm(bundle: Bundle) -> Told:
    state, *_ = forced(bundle)
    assert state is not None
    state.record_shown("hero", "comeback", now=NOON - HOUR)
    state.record_shown("hero", "classic", now=NOON - HOUR)
    return state, pals.HER, "hero"


def an_arm_that_is_kept(bundle: Bundle) -> Told:
    state = pals.device(bundle, days=60)
    pals.buys(state, 59 * DAY)
    pals.shows(bundle, state, 4 * HOUR)
    return state, {**pals.HER, "id": "somebody else"}, "hero"


def another_theme(bundle: Bundle) -> Told:
    return pals.device(bundle), pals.HER, "teaser"


def switched_off(bundle: Bundle) -> Told:
    state = pals.device(bundle)
    state.turn_off(NOON)
    return state, pals.HER, "hero"


def no_state(bundle: Bundle) -> Told:
    return None, pals.HER, "hero"


def no_state_abroad(bundle: Bundle) -> Told:
    return None, {**pals.HER, "country": "FR"}, "hero"


Story = Callable[[Bundle], Told]
STORIES: tuple[tuple[str, Story], ...] = (
    *(
        ("pals", story)
        for story in (
            kept, refreshed_in_time, no_change_left, capped, beyond_dates, cooling_down, dismissed,
            unwanted, suppressed_by_a_condition, stopped, not_observed_yet, forced, blocked_arm,
            an_arm_that_is_kept, another_theme, switched_off, no_state, no_state_abroad,
        )
    ),
    ("pals-without-names", stopped),
    ("pals-without-names", kept),
)  # fmt: skip
