"""The nearest known name, for help texts."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

_MAX_COMPARED = 100  # candidates counted for one help text, the likeliest first


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name with the fewest slips from `name`; None if none is near.

    A slip is a character left out, added, changed, or two neighbours swapped; case and the choice
    of `-` or `_` count as nothing. About one slip in three characters is let pass.
    """
    return _nearest(name, tuple(known))


@lru_cache(maxsize=1024)  # one renamed signal is misspelt in every rule that uses it
def _nearest(name: str, known: tuple[str, ...]) -> str | None:
    wanted = _plain(name)
    letters = set(wanted)
    likely: list[tuple[int, int, str, str]] = []
    for index, candidate in enumerate(known):
        plain = _plain(candidate)
        allowed = max(len(wanted), len(plain)) // 3
        # Bounds before counting: every letter that only one of them has costs a slip.
        if abs(len(plain) - len(wanted)) <= allowed and candidate != name:
            least = max(len(letters.difference(plain)), len(set(plain) - letters))
            if least <= allowed:
                likely.append((least, index, candidate, plain))
    best: tuple[int, int, str] | None = None
    for _, index, candidate, plain in sorted(likely)[:_MAX_COMPARED]:
        allowed = max(len(wanted), len(plain)) // 3 if best is None else best[0]
        found = (distance(wanted, plain, allowed), index, candidate)
        if found[0] <= allowed and (best is None or found < best):
            best = found
    return best[2] if best is not None else None


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")


def distance(left: str, right: str, bound: int) -> int:
    """Slips between two texts (optimal string alignment); `bound + 1` stands for any more."""
    before: list[int] = []
    previous = list(range(len(right) + 1))
    for row, char in enumerate(left):
        current = [row + 1]
        for column, other in enumerate(right):
            changed = previous[column] + (char != other)
            cost = min(previous[column + 1] + 1, current[column] + 1, changed)
            if row and column and char == right[column - 1] and other == left[row - 1]:
                cost = min(cost, before[column - 1] + 1)  # two neighbours swapped
            current.append(cost)
        if min(current) > bound:
            return bound + 1
        before, previous = previous, current
    return min(previous[-1], bound + 1)
