"""The nearest known name, for help texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

_SHORTLIST = 12  # names whose slips are counted
_LONGEST = 64  # characters of a word that can be a slip of a name


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name with the fewest slips from `name`; None if none is near.

    A slip is a character left out, added, changed, or two neighbours swapped; case and the choice
    of `-` or `_` count as nothing. About one slip in three characters is let pass. Slips are
    counted for the few names that share most pairs of letters with `name`: a project may have a
    thousand names and ten thousand mistakes.
    """
    return _nearest(name, tuple(known)) if len(name) <= _LONGEST else None


@lru_cache(maxsize=1024)  # one renamed signal is misspelt in every rule that uses it
def _nearest(name: str, known: tuple[str, ...]) -> str | None:
    wanted = _plain(name)
    having = _having(known)
    shared = Counter(index for pair in _pairs(wanted) for index in having.get(pair, ()))
    likely = sorted(
        (-count, abs(len(known[index]) - len(name)), index) for index, count in shared.items()
    )
    best: tuple[int, int, str] | None = None
    for _, _, index in [one for one in likely if known[one[2]] != name][:_SHORTLIST]:
        plain = _plain(known[index])
        allowed = max(len(wanted), len(plain)) // 3 if best is None else best[0]
        found = (distance(wanted, plain, allowed), index, known[index])
        if found[0] <= allowed and (best is None or found < best):
            best = found
    return best[2] if best is not None else None


@lru_cache(maxsize=16)
def _having(known: tuple[str, ...]) -> Mapping[str, list[int]]:
    """Which names have a pair of letters, by number."""
    having: dict[str, list[int]] = {}
    for index, candidate in enumerate(known):
        for pair in _pairs(_plain(candidate)):
            having.setdefault(pair, []).append(index)
    return having


def _pairs(plain: str) -> set[str]:
    """Pairs of neighbours, and the first and the last letter by themselves."""
    marked = f"^{plain}$"
    return {marked[at : at + 2] for at in range(len(marked) - 1)}


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
