"""Arithmetic of slots, scores and sums, and the texts that are hashed: STATE.md 4.1 and 4.2."""

from __future__ import annotations

from typing import Any

import pytest
from tacit.runtime import _state_slots as slots
from tacit.runtime._state_data import OnSurface
from tacit.runtime._state_where import decimal, text_of


def test_of_equally_old_values_the_smaller_hash_goes() -> None:
    seen = {7: 1, 5: 1, 9: 2}
    slots.add_distinct(seen, 1, 3, 3)
    assert seen == {7: 1, 9: 2, 1: 3}


def test_the_first_show_of_a_session_is_free() -> None:
    shown = OnSurface(personalized="a", personalized_session=4)
    assert slots.changes_spent(shown, 4, 0)
    assert not slots.changes_spent(shown, 5, 0)
    assert not slots.changes_spent(shown, 4, 1)


def test_a_score_fades_by_halves_to_nothing() -> None:
    assert slots.brought(3.0, 16) == 1.5
    assert slots.brought(3.0, 64 * 16) == 3.0 / 2**64
    assert slots.brought(3.0, 65 * 16 - 1) > 0
    assert slots.brought(3.0, 65 * 16) == 0
    assert slots.brought(3.0, -1) == 3.0


def test_a_sum_stays_finite() -> None:
    sums = {1: (1, 1.7e308)}
    slots.add_sum(sums, 1, 5, 1.7e308)
    assert sums == {1: (2, 1.7e308)}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (12, "12"),
        (12.0, "12"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (-2.5, "-2.5"),
        (1e-5, "0.00001"),
        (1.25e-6, "0.00000125"),
        (1e-7, "1e-7"),
        (-1.5e-9, "-1.5e-9"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e21, "1e+21"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        ("é", "é"),
    ],
)
def test_texts_that_are_hashed(value: Any, text: str) -> None:
    assert text_of(value) == text
    if isinstance(value, float):
        assert float(decimal(value)) == value
