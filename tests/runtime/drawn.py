"""What happens in random lives of devices: pauses, events, what a person says; drawn, and done to a
state and to the model that keeps the whole log."""

from __future__ import annotations

import random
from typing import Any

from tacit.runtime import DeviceState
from tacit.runtime.state import Control

from .remember import DAY, HOUR
from .state_model import Model

PAUSES = (0, 1, 999, 60_000, 10 * 60_000, 29 * 60_000, 30 * 60_000, HOUR, 3 * HOUR, 7 * HOUR, DAY)
JUMPS = (49 * HOUR, 400 * DAY, -1, -HOUR, -20 * HOUR, -47 * HOUR, -60 * HOUR, -30 * DAY)
CATEGORIES = ("shoes", "hats", "bags", "belts", "ties")
PRICES = (0, 0.1, 0.2, 0.3, 9.99, 10, 10.5, 1e15)
BAD = (
    {"category": 3},
    {"category": "far too long"},
    {"price": "3"},
    {"price": -1},
    {"price": True},
)


def fields(rng: random.Random) -> dict[str, Any]:
    """Those of an event; one may be absent, or no value of its signal."""
    found: dict[str, Any] = {"category": rng.choice(CATEGORIES), "price": rng.choice(PRICES)}
    if rng.random() < 0.2:
        found.pop(rng.choice(tuple(found)))
    if rng.random() < 0.05:
        found |= rng.choice(BAD)
    return found


def say(state: DeviceState, model: Model, names: dict[str, str], now: int, *, strong: bool) -> None:
    """The person is not interested, or wants less of what `names` name."""
    kind = "variant" if len(names) > 1 else next(iter(names))
    key = (kind, *names.values())
    (state.not_interested if strong else state.less_of)(**names, now=now)  # type: ignore[arg-type]
    if not model.off:
        time = max(now, model.controls.get(key, ("", 0))[1])
        model.controls[key] = "not" if strong else "less", time


def undo(state: DeviceState, model: Model, control: Control, now: int) -> None:
    assert state.undo(control, now)
    assert not state.undo(control, now)
    names = (control.kind, control.target, control.variant)
    key = tuple(name for name in names if name)
    model.controls[key] = "none", max(now, control.time)


def declare(state: DeviceState, model: Model, row: tuple[str, object, bool], now: int) -> None:
    """`row`: a signal, a value, and whether it is one that may be declared."""
    signal, value, valid = row
    assert state.declare(signal, value, now) is (valid and not model.off)
    if valid and not model.off:
        model.preferences[signal] = value
