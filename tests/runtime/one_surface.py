"""Bundles with a signal of every kind and one surface `s`, for what one call decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tacit.runtime import Bundle

from .builder import Condition, Program, Rule, Signal, Surface, build

BOOL, INT, DOUBLE, STRING, ENUM, VERSION, LIST, SECRET, OLD, OFFSET = range(10)


def signals() -> list[Signal]:
    return [
        Signal("member", "bool"),
        Signal("visits", "int", minimum=-5, maximum=1_000),
        Signal("score", "double", minimum=-1.5, maximum=99.5),
        Signal("country", "string", max_length=5),
        Signal("tier", "enum", members=("none", "gold", "ab")),
        Signal("app", "version"),
        Signal("tags", "string_list", max_length=4, max_items=3),
        Signal("secret", "string", purpose="ads"),
        Signal("fresh", "int", max_age=1_000),
        Signal("utc_offset_minutes", "int"),
    ]


def bundle_of(*conditions: Condition, **rest: Any) -> Bundle:
    """One surface `s`; rule i shows variant `r<i>`, else `control`."""
    variants = ["control", *(f"r{i}" for i in range(len(conditions)))]
    rules = [Rule(when, i + 1) for i, when in enumerate(conditions)]
    surface = Surface("s", variants, rules=rules)
    return Bundle.load(build(Program(signals=signals(), surfaces=[surface], **rest)))


def fires(condition: Condition, given: Mapping[str, Any], **arguments: Any) -> bool:
    return bundle_of(condition).decide("s", given, **arguments).variant == "r0"
