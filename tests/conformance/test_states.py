"""Damaged states give a fresh one and a warning with its code; unusual ones are read."""

from __future__ import annotations

import json

import pytest
from tacit.runtime import Bundle, DeviceState
from tacit.runtime.errors import CODES

from . import kit, states_by_hand

REFUSED = list(states_by_hand.refused())
ACCEPTED = list(states_by_hand.accepted())
BUNDLE = Bundle.load(kit.load(kit.VECTORS / "state" / "bytes.json").bundle)
NOW = states_by_hand.NOW


@pytest.mark.parametrize(
    ("code", "data"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_refused(code: str, data: bytes) -> None:
    state = DeviceState.load(BUNDLE, data, NOW)
    assert state.warning is not None
    assert state.warning.code == code
    assert state.bytes == DeviceState(BUNDLE, NOW).bytes


@pytest.mark.parametrize("data", [row[1] for row in ACCEPTED], ids=[row[0] for row in ACCEPTED])
def test_accepted(data: bytes) -> None:
    state = DeviceState.load(BUNDLE, data, NOW)
    assert state.warning is None
    assert state.export()["first_seen"] == states_by_hand.T


def test_every_code_of_a_state_has_a_case() -> None:
    assert {code for _, code, _ in REFUSED} == {code for code in CODES if code.startswith("S1")}


def test_the_file_holds_these_states() -> None:
    assert kit.REFUSED_STATES.read_text(encoding="utf-8") == kit.refused_states_text()
    assert json.loads(kit.refused_states_text())["conformance"] == kit.VERSION


def test_names_are_distinct() -> None:
    names = [about for about, *_ in (*REFUSED, *ACCEPTED)]
    assert len(set(names)) == len(names)
