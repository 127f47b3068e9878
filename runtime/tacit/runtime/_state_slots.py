"""Arithmetic of slots and scores: STATE.md 4.1 and 4.2. The same integers in every runtime."""

from __future__ import annotations

import math
from typing import Final

from tacit.runtime._state_data import Counter, OnSurface, Scores, StateData, Sums, Unclicked
from tacit.runtime.format import DECAY, MAX_COUNT, TRUSTED_STEP_MS

FADE: Final = tuple(math.ldexp(DECAY[k % 16], -(k // 16)) for k in range(65 * 16))
"""What a score is multiplied by for k steps; halving is exact, so one product does for all."""


def brought(score: float, steps: int) -> float:
    """A score `steps` later; one that belongs to a later step stays as it is."""
    if steps <= 0:
        return score
    return score * FADE[steps] if steps < len(FADE) else 0.0


def trusted(data: StateData, now: int) -> int:
    """The time that caps and cooldowns look at."""
    return data.floor if now < data.floor <= now + TRUSTED_STEP_MS else now


# ---------------------------------------------------------------- reading


def count_after(counter: Counter, after: int) -> int:
    """What falls in slots later than `after`."""
    return sum(n for slots in counter.values() for slot, n in slots.items() if slot > after)


def count_all(counter: Counter) -> int:
    return sum(n for slots in counter.values() for n in slots.values())


def count_within(counter: Counter, after: int, until: int) -> int:
    """What falls in the slots (after, until]."""
    return sum(
        n for slots in counter.values() for slot, n in slots.items() if after < slot <= until
    )


def sum_within(sums: Sums, after: int, until: int) -> float:
    """Oldest slot first, writers rising within a slot."""
    parts = sorted(
        (slot, writer, part)
        for writer, slots in sums.items()
        for slot, (_, part) in slots.items()
        if after < slot <= until
    )
    total = 0.0
    for _, _, part in parts:
        total += part
    return total


def distinct_within(slots: dict[int, int], after: int, until: int) -> int:
    return sum(1 for slot in slots.values() if after < slot <= until)


def totals(scores: Scores, step: int) -> dict[str, float]:
    """Text -> score at `step`, writers rising. What has faded to nothing is left out."""
    found: dict[str, float] = {}
    for writer in sorted(scores):
        for text, (own, score) in scores[writer].items():
            found[text] = found.get(text, 0.0) + brought(score, step - own)
    return {text: score for text, score in found.items() if score > 0}


def top(scores: Scores, step: int, count: int) -> tuple[str, ...]:
    """The texts with the highest scores."""
    found = totals(scores, step)
    return tuple(sorted(found, key=lambda text: (-found[text], text))[:count])


def unclicked(data: Unclicked) -> int:
    """Shows since the last click."""
    return sum(
        max(0, slots.get(0, 0) - data.at_click.get(writer, {}).get(0, 0))
        for writer, slots in data.shows.items()
    )


def changes_spent(data: OnSurface, session: int, limit: int) -> bool:
    """Whether a session has no changes left. The first show of a session is always free."""
    if data.personalized_session != session:
        return False
    changes = sum(slots.get(session, 0) for slots in data.session_changes.values())
    return changes >= limit


# ---------------------------------------------------------------- writing


def more(count: int, by: int = 1) -> int:
    """A count that goes on; at the greatest of the format it stays."""
    return min(count + by, MAX_COUNT)


def add(slots: dict[int, int], slot: int, most: int) -> None:
    """Counts one more in a slot; of more than `most` slots the oldest goes."""
    found = slots.get(slot)
    if found is not None:
        slots[slot] = more(found)
        return
    slots[slot] = 1
    while len(slots) > most:
        del slots[min(slots)]


def add_shown(slots: dict[int, int], slot: int, most: int, past: int) -> None:
    """Counts a show. What a cap may still count goes to the oldest slot that stays, so that a cap
    whose limit is raised again opens late rather than early; up to `past` none counts it."""
    found = slots.get(slot)
    if found is not None:
        slots[slot] = more(found)
        return
    slots[slot] = 1
    fold(slots, most, past)


def fold(slots: dict[int, int], most: int, past: int) -> None:
    while len(slots) > most:  # more than one too many where a cap was lowered
        oldest = min(slots)
        count = slots.pop(oldest)
        if oldest > past:
            oldest = min(slots)
            slots[oldest] = more(slots[oldest], count)


def move_later(slots: dict[int, int], after: int, slot: int) -> bool:
    """Moves what is in slots later than `after` to `slot`; whether there was anything."""
    later = [one for one in slots if one > after]
    for one in later:
        slots[slot] = more(slots.pop(one), slots.get(slot, 0))
    return bool(later)


def scores_back(table: dict[str, tuple[int, float]], after: int, step: int) -> None:
    """Scores of steps later than `after` become, as they are, scores of `step`."""
    for text, (own, score) in table.items():
        if own > after:
            table[text] = step, score


def add_sum(slots: dict[int, tuple[int, float]], slot: int, most: int, value: float) -> None:
    """A sum that would leave the doubles stays as it is."""
    count, total = slots.get(slot, (0, 0.0))
    added = total + value
    slots[slot] = more(count), added if math.isfinite(added) else total
    while not count and len(slots) > most:
        del slots[min(slots)]


def add_distinct(slots: dict[int, int], key: int, slot: int, most: int) -> None:
    """Of more than `most` hashes that with the oldest slot goes, then the smaller; more than one
    where the limit was lowered."""
    found = slots.get(key)
    if found is not None:
        if slot > found:
            slots[key] = slot
        return
    slots[key] = slot
    while len(slots) > most:
        oldest = min(slots.values())
        del slots[min([one for one, at in slots.items() if at == oldest])]


def add_score(table: dict[str, tuple[int, float]], text: str, step: int, keep: int) -> None:
    """Of more than `keep` texts that with the lowest score goes, then the greater."""
    found = table.get(text)
    if found is None:
        table[text] = step, 1.0
        if len(table) > keep:
            del table[weakest(table)]
        return
    own, score = found
    if step == own:
        table[text] = step, score + 1.0
    elif step > own:
        table[text] = step, brought(score, step - own) + 1.0
    else:
        table[text] = own, score + brought(1.0, own - step)


def weakest(table: dict[str, tuple[int, float]]) -> str:
    newest, _ = max(table.values())
    worst = ""
    least = math.inf
    for text, (step, score) in table.items():
        now = score if step == newest else brought(score, newest - step)
        if now < least or (now == least and text > worst):
            worst, least = text, now
    return worst


def forget(slots: dict[int, object], until: int) -> None:
    """Drops slots up to and with `until`."""
    for slot in [slot for slot in slots if slot <= until]:
        del slots[slot]
