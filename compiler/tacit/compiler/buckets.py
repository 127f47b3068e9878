"""Bucket arithmetic: salts, sizes in whole positions, ranges that change as little as possible."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeAlias, TypeVar

from tacit.compiler.ir import Range
from tacit.compiler.quantities import BUCKETS

SALT_LENGTH = 7  # with the zero byte two words of murmur3
RULE_SALT_LENGTH = 3  # one word

Ranges: TypeAlias = tuple[Range, ...]
"""Half-open runs of positions, sorted, none touching the next."""
Owner = TypeVar("Owner", bound=Hashable)


def salt(length: int, kind: str, *ids: str) -> str:
    """A salt of `length` characters of `A-Z a-z 0-9 - _`, the same each time for the same ids."""
    digest = hashlib.sha256("\0".join((kind, *ids)).encode()).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii")[:length]


def allot(total: int, shares: Mapping[str, int]) -> dict[str, int]:
    """Divide `total` positions by shares (basis points that add up to 10,000), without remainder.

    Each gets its exact part rounded down; what is left goes to the largest remainders, among equals
    to the first by name, so that the order of writing does not matter.
    """
    sizes = {name: total * share // BUCKETS for name, share in shares.items()}
    left = total - sum(sizes.values())
    by_remainder = sorted(shares, key=lambda name: (-(total * shares[name] % BUCKETS), name))
    for name in by_remainder[:left]:
        sizes[name] += 1
    return sizes


def redistribute(
    old: Mapping[Owner, Ranges], sizes: Mapping[Owner, int], buckets: int = BUCKETS
) -> dict[Owner, Ranges]:
    """Ranges of the wanted sizes, with as few positions as possible changing hands.

    Whoever shrinks gives up the last positions. Whoever grows takes positions that were given up
    (they change hands in any case) before positions that were nobody's; of each, those that touch
    its own before others, the first before later ones.
    """
    kept: dict[Owner, list[Range]] = {}
    given_up: list[Range] = [
        run for owner, ranges in old.items() if owner not in sizes for run in ranges
    ]
    for owner, size in sizes.items():
        kept[owner], rest = _split(old.get(owner, ()), size)
        given_up += rest
    unowned = _complement([run for ranges in old.values() for run in ranges], buckets)
    for source in (sorted(given_up), unowned):
        pool = list(join(source))
        for owner, size in sizes.items():
            missing = size - count(kept[owner])
            if missing > 0 and pool:
                taken, pool = _take(pool, missing, kept[owner])
                kept[owner] = list(join(kept[owner] + taken))
    return {owner: join(kept[owner]) for owner in sizes}


def _take(pool: list[Range], missing: int, own: Sequence[Range]) -> tuple[list[Range], list[Range]]:
    """Up to `missing` positions of the pool, and what is left of it."""
    starts, ends = {run[0] for run in own}, {run[1] for run in own}
    taken: list[Range] = []
    left: list[Range] = []
    ordered = sorted(pool, key=lambda run: (run[0] not in ends and run[1] not in starts, run))
    for start, end in ordered:
        part = min(missing, end - start)
        missing -= part
        if start not in ends and end in starts:  # touches from below: take its upper end
            cut, rest = (end - part, end), (start, end - part)
        else:
            cut, rest = (start, start + part), (start + part, end)
        taken += [cut] if part else []
        left += [rest] if rest[0] < rest[1] else []
    return taken, sorted(left)


def _split(ranges: Iterable[Range], size: int) -> tuple[list[Range], list[Range]]:
    """The first `size` positions, and the others."""
    kept, rest = [], []
    for start, end in ranges:
        cut = start + min(size, end - start)
        size -= cut - start
        if start < cut:
            kept.append((start, cut))
        if cut < end:
            rest.append((cut, end))
    return kept, rest


def _complement(ranges: Iterable[Range], buckets: int) -> list[Range]:
    """The positions in none of `ranges`, which do not overlap."""
    free, at = [], 0
    for start, end in sorted(ranges):
        if at < start:
            free.append((at, start))
        at = end
    return [*free, (at, buckets)] if at < buckets else free


def join(ranges: Iterable[Range]) -> Ranges:
    """Sorted, with ranges that touch made one."""
    joined: list[Range] = []
    for start, end in sorted(ranges):
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)


def count(ranges: Iterable[Range]) -> int:
    return sum(end - start for start, end in ranges)
