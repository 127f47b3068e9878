"""What the example projects remember: a fortnight to the letter, and how large a state gets."""

from __future__ import annotations

import importlib.util
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest
from tacit.runtime import DeviceState, reference

from .busy import DAY, START, history
from .projects import FOLDER, NAMES, ROOT, bundle, program
from .test_projects import FIELDS, visitor

GOLDEN = Path(__file__).with_name("fortnight.txt")
REMEMBERING = [name for name in NAMES if name != "shoppers"]
A_DAY = 20  # a busy visitor of a shop


@pytest.fixture(scope="module")
def fortnight() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fortnight", ROOT / "scripts" / "fortnight.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclasses look for their types
    spec.loader.exec_module(module)
    return module


def test_the_fortnight_of_the_demo_to_the_letter(fortnight: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "device.state"
    lines = list(fortnight.walk(bundle("storefront"), program("storefront"), path))
    assert lines == GOLDEN.read_text(encoding="utf-8").splitlines()
    assert 40 <= len(lines) <= 60
    # What she leaves behind is a state that loads, and holds nothing that she has not granted.
    left = DeviceState.load(bundle("storefront"), path.read_bytes(), fortnight.STORY[-1].now)
    assert left.warning is None
    assert {item["purpose"] for item in left.export()["items"]} == {None}


def test_the_fortnight_meets_every_kind_of_reason(fortnight: ModuleType) -> None:
    story = GOLDEN.read_text(encoding="utf-8")
    for word in ("RULE_MATCH", "SPLIT", "KEPT", "DEFAULT", "STOPPED", "CAPPED", "SUPPRESSED"):
        assert word in story
    assert "OTHER_THEME" in story
    assert len({moment.day for moment in fortnight.STORY}) >= 13


def test_a_device_of_the_shop_never_keeps_more_than_2_kb() -> None:
    memory = program("storefront").memory
    assert memory is not None
    assert memory.largest <= 2_000


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", REMEMBERING)
def test_states_stay_below_the_bound_however_busy_the_visitor(name: str, seed: int) -> None:
    memory = program(name).memory
    assert memory is not None
    largest = 0
    for state in history(name, seed, days=30, records=60):
        largest = max(largest, len(state.bytes))
        assert len(state.bytes) <= memory.largest
    assert largest > memory.largest // 2  # it was busy, and the bound is no fancy number


@pytest.mark.parametrize("name", REMEMBERING)
def test_both_runtimes_agree_on_busy_devices(name: str) -> None:
    chance = random.Random(name)
    reasons = set()
    for day, state in enumerate(history(name, 9, days=30, records=A_DAY), 1):
        now = START + day * DAY + chance.randrange(DAY)
        for _ in range(10):
            signals = visitor(name, chance)
            consent = program(name).purposes
            found = bundle(name).decide_all(signals, state, now, consent)
            wanted = reference.decide_all(program(name), signals, now, consent, state=state)
            for surface, decision in wanted.items():
                reasons.add(decision.reason)
                for field in FIELDS:
                    assert getattr(found[surface], field) == getattr(decision, field), (
                        surface,
                        field,
                        signals,
                    )
    assert {"RULE_MATCH", "DEFAULT", "FORBIDDEN"} <= reasons


def test_a_busy_fortnight_of_the_shop_stays_below_its_budget() -> None:
    largest = max(
        len(state.bytes)
        for seed in range(3)
        for state in history("storefront", seed, days=14, records=A_DAY)
    )
    assert largest < 2_000
    page = (FOLDER / "storefront" / "README.md").read_text(encoding="utf-8")
    assert f" about {round(largest / 50) * 50:,}." in page
    last = GOLDEN.read_text(encoding="utf-8").splitlines()[-1]
    assert f" {last.split()[3]}, those of" in page
