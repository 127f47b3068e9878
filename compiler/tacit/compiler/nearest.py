"""The nearest known name, for help texts."""

from __future__ import annotations

from collections.abc import Iterable

_MAX_CANDIDATES = 2_000  # names compared for one help text; a project's mistakes stay cheap


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name with the fewest slips from `name`; None if none is near.

    A slip is a character left out, added, changed, or two neighbours swapped; case and the choice
    of `-` or `_` count as nothing. About one slip in three characters is let pass.
    """
    wanted = _plain(name)
    best: tuple[int, str] | None = None
    compared = 0
    for candidate in known:
        plain = _plain(candidate)
        allowed = max(len(wanted), len(plain)) // 3 if best is None else best[0] - 1
        if abs(len(plain) - len(wanted)) > allowed or candidate == name:
            continue
        compared += 1
        if compared > _MAX_CANDIDATES:
            break
        slips = distance(wanted, plain, allowed)
        if slips <= allowed:
            best = (slips, candidate)
            if slips == 0:
                break
    return best[1] if best is not None else None


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
