"""Windows: which slot a length gets, and which lengths fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tacit.compiler.ir_state import Window
from tacit.compiler.quantities import duration_ms
from tacit.compiler.windows import near, slot_of, window
from tacit.runtime.format import MAX_SLOTS


def _ms(text: str) -> int:
    found = duration_ms(text)
    assert found is not None
    return found


SLOTS = {
    "5s": "1s", "12s": "1s", "13s": "1s", "60s": "5s", "90s": "6s", "5m": "25s", "7m": "35s",
    "605s": "11s", "11m": "55s", "12m": "1m", "59m": "1m", "1h": "5m", "100m": "5m", "3h": "15m",
    "11h": "15m", "12h": "1h", "24h": "1h", "72h": "6h", "7d": "6h", "12d": "1d", "30d": "1d",
    "365d": "1d",
}  # fmt: skip


@pytest.mark.parametrize(("within", "slot"), SLOTS.items())
def test_slots(within: str, slot: str) -> None:
    assert slot_of(_ms(within)) == _ms(slot)


FITS = {
    "7d": (6 * 3_600_000, 28), "400d": (86_400_000, 400), "24h": (3_600_000, 24),
    "401d": None, "91m": None, "61s": None, "500ms": None, "1500ms": None,
}  # fmt: skip


@pytest.mark.parametrize(("within", "found"), FITS.items())
def test_lengths_that_fit(within: str, found: tuple[int, int] | None) -> None:
    assert window(_ms(within)) == (Window(*found) if found else None)


def test_a_slot_of_its_own() -> None:
    assert window(_ms("1d"), _ms("30m")) == Window(1_800_000, 48)
    assert window(_ms("1d"), _ms("7h")) is None
    assert window(_ms("1d"), _ms("1m")) is None
    assert window(_ms("1d"), _ms("1d")) == Window(86_400_000, 1)


@given(st.integers(1, 400 * 86_400))
def test_whole_seconds_get_whole_windows_or_the_next_ones_do(seconds: int) -> None:
    within = seconds * 1000
    slot = slot_of(within)
    assert slot % 1000 == 0
    found = window(within)
    if found is not None:
        assert found.slot * found.slots == within
        assert found.slots <= MAX_SLOTS
        assert found.slots >= 12 or found.slot == 1000
    for text in near(within, slot).replace("`", "").split(" or "):
        assert window(_ms(text), slot) is not None
