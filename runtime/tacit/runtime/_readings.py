"""What a signal says in one call: its value, or why it is missing (FORMAT.md section 6.1)."""

from __future__ import annotations

import math
import operator
import re
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from tacit.runtime._model import Signal, Version
from tacit.runtime.errors import ArgumentError, TimeError
from tacit.runtime.format import MAX_INT, VERSION_PART_LIMIT, Type

Value: TypeAlias = bool | int | float | str | Version | tuple[str, ...]

VERSION_TEXT = re.compile(r"[0-9]{1,8}(\.[0-9]{1,8}){0,3}")


@dataclass(frozen=True, slots=True)
class Observed:
    """A signal's value with the time it was observed, in epoch ms."""

    value: object
    at: int


def moment(now: int | None) -> int:
    """The time of a call in epoch ms; None: this machine's clock."""
    if now is None:
        return time.time_ns() // 1_000_000
    if isinstance(now, bool) or not hasattr(now, "__index__"):
        raise ArgumentError("R202", type(now).__name__)
    found = operator.index(now)
    if abs(found) > MAX_INT:
        raise TimeError("R202")
    return found


def within_times(ms: int) -> int:
    """The time or length nearest to what was worked out of others: people are told no number that
    not every language has."""
    return max(-MAX_INT, min(MAX_INT, ms))


def purposes(consent: Iterable[str] | None) -> frozenset[str]:
    """The purposes that a call grants; None: none."""
    if consent is None:
        return frozenset()
    if isinstance(consent, str | bytes) or not isinstance(consent, Iterable):
        raise ArgumentError("R203", type(consent).__name__)
    granted = tuple(consent)
    for purpose in granted:
        if not isinstance(purpose, str):
            raise ArgumentError("R203", type(purpose).__name__)
    return frozenset(granted)


class Why(StrEnum):
    """Why a signal is missing. The first that applies, in this order."""

    NO_CONSENT = "no consent"
    ABSENT = "absent"
    NULL = "null"
    TOO_OLD = "too old"
    WRONG_TYPE = "wrong type"
    ILL_FORMED = "ill-formed"
    TOO_LONG = "too long"
    OUT_OF_DOMAIN = "out of domain"


@dataclass(frozen=True, slots=True)
class Missing:
    why: Why
    given: object = None
    """What the host passed, when it passed something and consent was there."""


Reading: TypeAlias = Value | Missing


def read(
    signal: Signal, signals: Mapping[str, object], now: int, granted: Collection[str]
) -> Reading:
    """The value of one signal at `now` (epoch ms), with the purposes in `granted`."""
    if signal.purpose is not None and signal.purpose not in granted:
        return Missing(Why.NO_CONSENT)
    if signal.name not in signals:
        return Missing(Why.ABSENT)
    value = signals[signal.name]
    if isinstance(value, Observed):
        if value.value is None:
            return Missing(Why.NULL)
        if signal.max_age is not None:
            if isinstance(value.at, bool) or not isinstance(value.at, int):
                return Missing(Why.WRONG_TYPE)  # no time: nobody can say how old it is
            if now - value.at > signal.max_age:
                return Missing(Why.TOO_OLD, value.value)
        value = value.value
    if value is None:
        return Missing(Why.NULL)
    return READERS[signal.type](signal, value)


def _read_bool(signal: Signal, value: object) -> Reading:
    return value if isinstance(value, bool) else Missing(Why.WRONG_TYPE, value)


def _read_int(signal: Signal, value: object) -> Reading:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Missing(Why.WRONG_TYPE, value)
    if isinstance(value, float) and not math.isfinite(value):
        return Missing(Why.ILL_FORMED, value)
    if isinstance(value, float) and not value.is_integer():
        return Missing(Why.WRONG_TYPE, value)
    if abs(value) > MAX_INT:
        return Missing(Why.OUT_OF_DOMAIN, value)
    return _within(signal, int(value), value)


def _read_double(signal: Signal, value: object) -> Reading:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Missing(Why.WRONG_TYPE, value)
    if isinstance(value, int) and abs(value) > MAX_INT:
        return Missing(Why.OUT_OF_DOMAIN, value)
    if not math.isfinite(value):
        return Missing(Why.ILL_FORMED, value)
    return _within(signal, float(value), value)


def _within(signal: Signal, number: int | float, given: object) -> Reading:
    if signal.minimum is not None and number < signal.minimum:
        return Missing(Why.OUT_OF_DOMAIN, given)
    if signal.maximum is not None and number > signal.maximum:
        return Missing(Why.OUT_OF_DOMAIN, given)
    return number


def _read_string(signal: Signal, value: object) -> Reading:
    if not isinstance(value, str):
        return Missing(Why.WRONG_TYPE, value)
    why = _text_fault(signal, value)
    return value if why is None else Missing(why, value)


def _text_fault(signal: Signal, text: str) -> Why | None:
    """Why a text is no value of a string or an element of a list; None: it is one."""
    if any("\ud800" <= char <= "\udfff" for char in text):
        return Why.ILL_FORMED
    if signal.max_length is not None and len(text) > signal.max_length:
        return Why.TOO_LONG
    return None


def _read_enum(signal: Signal, value: object) -> Reading:
    if not isinstance(value, str):
        return Missing(Why.WRONG_TYPE, value)
    return value if value in signal.values else Missing(Why.OUT_OF_DOMAIN, value)


def _read_version(signal: Signal, value: object) -> Reading:
    if not isinstance(value, str):
        return Missing(Why.WRONG_TYPE, value)
    if VERSION_TEXT.fullmatch(value) is None:
        return Missing(Why.ILL_FORMED, value)
    parts = [int(part) for part in value.split(".")]
    if max(parts) >= VERSION_PART_LIMIT:
        return Missing(Why.OUT_OF_DOMAIN, value)
    major, minor, patch, build = parts + [0] * (4 - len(parts))
    return major, minor, patch, build


def _read_list(signal: Signal, value: object) -> Reading:
    if not isinstance(value, list | tuple):
        return Missing(Why.WRONG_TYPE, value)
    if signal.max_items is not None and len(value) > signal.max_items:
        return Missing(Why.TOO_LONG, value)
    for element in value:
        if not isinstance(element, str):
            return Missing(Why.WRONG_TYPE, value)
        why = _text_fault(signal, element)
        if why is not None:
            return Missing(why, value)
    return tuple(value)


READERS = {
    Type.BOOL: _read_bool,
    Type.INT: _read_int,
    Type.DOUBLE: _read_double,
    Type.STRING: _read_string,
    Type.ENUM: _read_enum,
    Type.VERSION: _read_version,
    Type.STRING_LIST: _read_list,
}
