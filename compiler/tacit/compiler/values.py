"""Why a value would count as missing: the domain of a signal, as a runtime reads it."""

from __future__ import annotations

import math
import re
from typing import Any

from tacit.compiler import ir, models
from tacit.compiler.ir import SignalType
from tacit.compiler.shape import describe

_VERSION = re.compile(r"[0-9]{1,8}(\.[0-9]{1,8}){0,3}")
_VERSION_LIMIT = 2**26


def why_missing(signal: ir.Signal, value: Any) -> str | None:
    """Why a runtime takes this value for missing; None if it does not."""
    if value is None:
        return "null is no value"
    match signal.type:
        case SignalType.BOOL:
            fits = isinstance(value, bool)
        case SignalType.INT | SignalType.DOUBLE:
            return _why_not_number(signal, value)
        case SignalType.STRING_LIST:
            return _why_not_list(signal, value)
        case _:
            fits = isinstance(value, str)
    if not fits:
        return f"it is of type {signal.type.value}, and {describe(value)} is not"
    if signal.type is SignalType.ENUM and value not in signal.values:
        return f"`{value}` is not one of its values"
    if signal.type is SignalType.STRING and len(value) > signal.max_length:
        return f"it has at most {signal.max_length} characters"
    if signal.type is SignalType.VERSION:
        parts = value.split(".") if _VERSION.fullmatch(value) else []
        if not parts or any(int(part) >= _VERSION_LIMIT for part in parts):
            return f"`{value}` is not a version"
    return None


def _why_not_number(signal: ir.Signal, value: Any) -> str | None:
    whole = signal.type is SignalType.INT
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"it is of type {signal.type.value}, and {describe(value)} is not"
    if isinstance(value, float) and not math.isfinite(value):
        return "only finite numbers count"
    if whole and value != int(value):
        return f"it is an int, and {value} is not whole"
    if (whole or isinstance(value, int)) and abs(value) > models.MAX_INT:
        return "whole numbers count up to 2^53 - 1"
    if signal.minimum is not None and value < signal.minimum:
        return f"the least is {signal.minimum:,}"
    if signal.maximum is not None and value > signal.maximum:
        return f"the greatest is {signal.maximum:,}"
    return None


def _why_not_list(signal: ir.Signal, value: Any) -> str | None:
    if not isinstance(value, list):
        return f"it is a list of texts, and {describe(value)} is not"
    if len(value) > signal.max_items:
        return f"it has at most {signal.max_items} elements"
    for item in value:
        if not isinstance(item, str):
            return f"its elements are texts, and {describe(item)} is not"
        if len(item) > signal.max_length:
            return f"its elements have at most {signal.max_length} characters"
    return None
