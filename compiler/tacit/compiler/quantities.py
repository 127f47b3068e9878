"""Durations, shares, dates and sizes as a project writes them. None stands for wrong text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from functools import lru_cache

BUCKETS = 10_000
"""Bucket positions; a share is a number of basis points, so one bucket is 0.01 %."""

DURATION = r"^[0-9]{1,9}(ms|s|m|h|d)$"
SHARE = r"^[0-9]{1,3}(\.[0-9]{1,2})?%$"
DATE = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?)?$"
)
CAP = r"^[0-9]{1,6}( ever| per [0-9]{1,9}(ms|s|m|h|d))?$"
SIZE = r"^[0-9]{1,9}(\.[0-9]{1,3})? ?(B|KB|MB|KiB|MiB)$"

MAX_DURATION_MS = 10_000 * 86_400_000
_UNIT_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_UNIT_BYTES = {"B": 1, "KB": 1_000, "MB": 1_000_000, "KiB": 1_024, "MiB": 1_048_576}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Instant:
    """A date in epoch milliseconds (as UTC unless it has an offset), and whether it has one."""

    ms: int
    has_offset: bool


def duration_ms(text: str) -> int | None:
    """`500ms`, `90s`, `30m`, `24h`, `7d`: more than nothing, at most 10,000 days."""
    if not re.fullmatch(DURATION, text):
        return None
    number, unit = re.findall(r"[0-9]+|[a-z]+", text)
    found = int(number) * _UNIT_MS[unit]
    return found if 0 < found <= MAX_DURATION_MS else None


def show_duration(ms: int) -> str:
    """Milliseconds as a project writes them, in the largest unit that is whole: `36h`, `7d`."""
    unit = next(unit for unit in ("d", "h", "m", "s", "ms") if ms % _UNIT_MS[unit] == 0)
    return f"{ms // _UNIT_MS[unit]}{unit}"


@dataclass(frozen=True, slots=True)
class CapText:
    """So many shows in so many milliseconds; None: ever."""

    limit: int
    within: int | None


def cap(text: str) -> CapText | None:
    """`3 per 24h`, `2 ever`, or `2`, which is the same."""
    if not re.fullmatch(CAP, text):
        return None
    limit, _, rest = text.partition(" ")
    if rest in ("", "ever"):
        return CapText(int(limit), None)
    within = duration_ms(rest.removeprefix("per "))
    return CapText(int(limit), within) if within is not None else None


def share_points(text: str) -> int | None:
    """`33.33%` as 3333 basis points; at most 100 %."""
    if not re.fullmatch(SHARE, text):
        return None
    whole, _, decimals = text[:-1].partition(".")
    points = int(whole) * 100 + int(decimals.ljust(2, "0") if decimals else 0)
    return points if points <= BUCKETS else None


def show_share(points: int) -> str:
    """Basis points as a project writes them: 3333 -> `33.33%`, 5000 -> `50%`."""
    whole, rest = divmod(points, 100)
    return f"{whole}.{rest:02d}".rstrip("0") + "%" if rest else f"{whole}%"


@lru_cache(maxsize=1024)  # campaigns share their dates
def instant(text: str) -> Instant | None:
    """`2026-11-01`, `2026-11-01T09:00`, with seconds, with `Z` or `+01:00`; from 1970 on."""
    if not re.fullmatch(DATE, text):
        return None
    day, _, clock = text.partition("T")
    zone = re.search(r"Z$|[+-][0-9]{2}:[0-9]{2}$", clock)
    clock = clock[: zone.start()] if zone else clock
    try:
        moment = datetime.fromisoformat(f"{day}T{clock or '00:00'}").replace(
            tzinfo=_offset(zone.group()) if zone else UTC
        )
        ms = (moment - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        return None
    return Instant(ms, zone is not None) if ms >= 0 else None


def _offset(text: str) -> timezone:
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    if minutes > 59 or hours > 14:
        raise ValueError(text)
    return timezone((-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))


def size_bytes(text: str) -> int | None:
    """`18 KB` is 18,000 bytes, `18 KiB` 18,432; a whole number of bytes."""
    if not re.fullmatch(SIZE, text):
        return None
    number, unit = re.findall(r"[0-9.]+|[A-Za-z]+", text)
    exact = Fraction(number) * _UNIT_BYTES[unit]
    return int(exact) if exact.denominator == 1 and exact > 0 else None
