"""Windows of time, cut into equal slots."""

from __future__ import annotations

from tacit.compiler.ir_state import Window
from tacit.compiler.quantities import show_duration
from tacit.runtime.format import MAX_SLOTS

_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000
_SLOTS = (_DAY, 6 * _HOUR, _HOUR, 15 * _MINUTE, 5 * _MINUTE, _MINUTE)
_COMMON = (
    *(count * _SECOND for count in (1, 2, 5, 10, 15, 20, 30)),
    *(count * _MINUTE for count in (1, 2, 5, 10, 15, 20, 30)),
    *(count * _HOUR for count in (1, 2, 3, 4, 6, 8, 12)),
    *(count * _DAY for count in (1, 2, 7)),
)
_FEWEST = 12
_MOST_SHORT = 60  # slots of a window of less than twelve minutes


def slot_of(within: int) -> int:
    """The slot, in milliseconds, of a window that names none.

    The largest of 1d, 6h, 1h, 15m, 5m, 1m that makes twelve slots or more. Below twelve minutes a
    twelfth of the window in whole seconds, or else the largest number of seconds that divides it
    into 12 to 60 slots; of a few seconds, one second. It may still not divide the window.
    """
    found = next((slot for slot in _SLOTS if within // slot >= _FEWEST), None)
    if found is not None:
        return found
    seconds = within // _SECOND
    least = -(-seconds // _MOST_SHORT) or 1
    fitting = [
        slot
        for slot in range(max(1, seconds // _FEWEST), least - 1, -1)
        if within % (slot * _SECOND) == 0
    ]
    return (fitting[0] if fitting else least) * _SECOND


def window(within: int, slot: int | None = None) -> Window | None:
    """`within` in slots; None where the slot does not divide it, or there would be too many."""
    slot = slot_of(within) if slot is None else slot
    slots, rest = divmod(within, slot)
    return Window(slot, slots) if rest == 0 and slots <= MAX_SLOTS else None


def slot_for(within: int) -> int | None:
    """The shortest common slot that divides `within` into as many slots as are kept; None: none
    does."""
    fitting = (slot for slot in _COMMON if window(within, slot) is not None)
    return next(fitting, None)


def near(within: int, slot: int) -> str:
    """The windows next to `within` that slots of this length divide, for a help text."""
    below = min(within // slot, MAX_SLOTS) * slot
    choices = [below] if below else []
    if within // slot < MAX_SLOTS:
        choices.append(below + slot)
    return " or ".join(f"`{show_duration(choice)}`" for choice in choices)
