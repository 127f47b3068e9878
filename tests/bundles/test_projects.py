"""The example projects compile without a word, pass their own tests, and test all their rules."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from typing import Any

import pytest
from tacit.cli.inputs import Opened
from tacit.cli.testing import Runner
from tacit.edge_server.devices import device_class
from tacit.runtime import DeviceState, reference
from tacit.runtime._model import Signal
from tacit.runtime.format import Type

from .projects import FOLDER, NAMES, bundle, compiled, program

FEWEST_RULES = 60  # of all projects together
RANDOM_CALLS = 300  # of each project
NOON = 1_794_312_000_000  # 2026-11-10T12:00Z
AGENTS = ("iPhone", "iPad", "Mozilla/5.0 (X11)", "Googlebot", None)
FIELDS = ("variant", "content", "reason", "rule", "explanation", "explanations", "unknown")


@pytest.mark.parametrize("name", NAMES)
def test_compiles_without_a_word(name: str) -> None:
    assert compiled(name).diagnostics == ()


def test_the_shop_takes_what_an_edge_says_of_devices() -> None:
    classes = {device_class(agent, hint) for agent in AGENTS for hint in (None, "?1", "?0")}
    (signal,) = (one for one in program("storefront").signals if one.name == "device_class")
    assert classes - {None, "bot"} == set(signal.values)


@pytest.mark.parametrize("name", NAMES)
def test_has_the_files_and_rules_its_page_speaks_of(name: str) -> None:
    files = {path.relative_to(FOLDER / name).as_posix() for path in (FOLDER / name).rglob("*")}
    assert {"README.md", "project.yaml", "signals.yaml", "segments.yaml", "tests.yaml"} <= files
    page = (FOLDER / name / "README.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {name}: ")
    assert f" {_rules(name)} rules" in page
    memory = program(name).memory
    if memory is not None:
        assert f" {memory.largest:,} bytes" in page
        assert "memory.yaml" in {path.name for path in (FOLDER / name).iterdir()}


def test_together_they_have_enough_rules() -> None:
    assert sum(_rules(name) for name in NAMES) >= FEWEST_RULES


def _rules(name: str) -> int:
    """As written: with memory, one rule may stand in the bundle as several."""
    memory = program(name).memory
    if memory is None:
        return sum(len(surface.rules) for surface in program(name).surfaces)
    return sum(memory.written)


def test_the_shoppers_remember_nothing_and_the_others_do() -> None:
    assert [name for name in NAMES if program(name).memory is None] == ["shoppers"]


@pytest.mark.parametrize("name", NAMES)
def test_own_tests_pass_and_cover_every_truth_of_every_rule(name: str) -> None:
    runner = Runner(Opened(bundle(name), compiled(name).bytes), lambda _: "")
    results = [runner.run(case) for case in compiled(name).cases]
    assert [result.case.name for result in results if not result.ok] == []
    coverage = runner.coverage()
    assert coverage.untested == ()
    assert coverage.never_fired == []
    for truth in ("true", "false", "unknown"):
        seen, able = coverage.seen(truth)
        assert seen == able, f"not every rule was seen {truth}"


@pytest.mark.parametrize("name", NAMES)
def test_both_runtimes_agree_on_random_visitors(name: str) -> None:
    chance = random.Random(name)
    purposes = program(name).purposes
    for _ in range(RANDOM_CALLS):
        signals = visitor(name, chance)
        consent = [purpose for purpose in purposes if chance.random() < 0.7]
        now = NOON + chance.randrange(-60, 60) * 86_400_000
        assert_same(name, signals, now, consent)


def visitor(name: str, chance: random.Random) -> dict[str, object]:
    """Some of the host's signals."""
    memory = program(name).memory
    host = program(name).signals[: None if memory is None else memory.host_signals]
    return {signal.name: _value(signal, chance) for signal in host if chance.random() < 0.8}


def _value(signal: Signal, chance: random.Random) -> object:
    """Mostly something that the rules tell apart."""
    if chance.random() < 0.05:
        return chance.choice([None, "", "x", -1, 0.5, True, [], ["x"], {}, "1.2.3"])
    if signal.type is Type.BOOL:
        return chance.random() < 0.5
    if signal.type is Type.INT:
        near = [int(value) for value in signal.values if isinstance(value, int)] or [0]
        return chance.choice(near) + chance.randint(-1, 1)
    if signal.type is Type.DOUBLE:
        near_doubles = [float(value) for value in signal.values if isinstance(value, float)] or [0]
        return chance.choice(near_doubles) + chance.choice([-0.01, 0, 0.01])
    if signal.type is Type.VERSION:
        return f"{chance.randint(3, 8)}.{chance.randint(0, 12)}"
    if signal.type is Type.STRING_LIST:
        known = [str(value) for value in signal.values]
        paths = ["shoes/trail", "shoes", "sport/rugby", "account/giro", "savings/day", "politics"]
        return chance.sample(known + paths, chance.randint(0, min(6, len(known) + 6)))
    return chance.choice([str(value) for value in signal.values] or [f"u{chance.random()}"])


def assert_same(name: str, signals: dict[str, Any], now: int, consent: Iterable[str]) -> None:
    granted = tuple(consent)
    found = bundle(name).decide_all(signals, None, now, granted)
    for surface, wanted in reference.decide_all(program(name), signals, now, granted).items():
        together = found[surface]
        alone = bundle(name).decide(surface, signals, None, now, granted)
        for field in FIELDS:
            assert getattr(together, field) == getattr(wanted, field), (surface, field, signals)
            assert getattr(alone, field) == getattr(wanted, field), (surface, field, signals)


# ---------------------------------------------------------------- storefront's sample visitors

SEEN = {
    "Ada, first visit, from Switzerland": {
        "announcement": "customs",
        "home_hero": "classic",  # an edge counts no sessions, so nobody says it is the first
        "home_strip": "bestsellers",
        "product_badge": "none",
        "size_advice": "table",
        "shipping_bar": "plain",
        "payment_hint": "none",
        "cookie_notice": "standard",
    },
    "Eva, on a phone, looks at shoes and agreed to personalization": {
        "home_hero": "shoes",
        "home_strip": "hiking",
        "product_badge": "member_price",
        "payment_hint": "wallet",
    },
    "Eva again, without consent": {
        "home_hero": "classic",
        "home_strip": "bestsellers",
        "product_badge": "member_price",
        "payment_hint": "wallet",
    },
    "Jun, a runner; only his own device knows when he ordered last": {"home_hero": "running"},
    "Lea, 62 euros in the cart, gold member": {
        "home_strip": "seen",
        "product_badge": "member_price",
        "shipping_bar": "free",  # gold members with something in the cart
        "payment_hint": "invoice",
    },
    "A visitor in the holdout": {
        "announcement": "none",
        "home_hero": "classic",
        "shipping_bar": "plain",
        "cookie_notice": "standard",
    },
}


ON_DEVICE = ("home_strip", "size_advice", "payment_hint")
"""Decided by the device, which has a state; the rest as an edge decides it."""


def test_sample_visitors_see_what_the_demo_shows() -> None:
    visitors = json.loads((FOLDER / "storefront" / "visitors.json").read_text(encoding="utf-8"))
    assert {visitor["name"] for visitor in visitors} == set(SEEN)
    declared = {signal.name for signal in program("storefront").signals}
    for visitor in visitors:
        assert set(visitor["signals"]) <= declared
        assert visitor["now"] == NOON
        shop, now, consent = bundle("storefront"), visitor["now"], visitor["consent"]
        decisions = dict(shop.decide_all(visitor["signals"], None, now, consent))
        state = DeviceState(shop, now, consent=consent)
        decisions |= {
            surface: shop.decide(surface, visitor["signals"], state, now, consent)
            for surface in ON_DEVICE
        }
        for surface, variant in SEEN[visitor["name"]].items():
            assert decisions[surface].variant == variant, (visitor["name"], surface)
        assert_same("storefront", visitor["signals"], visitor["now"], visitor["consent"])
