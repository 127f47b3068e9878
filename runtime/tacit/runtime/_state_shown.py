"""What a host says was shown: a decision, or a surface and a variant."""

from __future__ import annotations

from dataclasses import dataclass

from tacit.runtime._model import Item, Program
from tacit.runtime._state_where import hash_of
from tacit.runtime.errors import ArgumentError
from tacit.runtime.format import ItemKind

OF_ARMS = frozenset({"SPLIT", "KEPT", "ARM_BLOCKED"})
"""Reasons of decisions that enrol."""


@dataclass(frozen=True, slots=True)
class Shown:
    """`rule` is the key of the written rule, or 0; `written` its number on the surface."""

    surface: str
    variant: str
    rule: int = 0
    written: int | None = None
    arm: str | None = None


def shown_of(program: Program, given: object, variant: str | None) -> Shown:
    """`given` is a decision, or the name of a surface. Raises `ArgumentError` for anything else.

    Without a variant it names none: `variant` is "".
    """
    if isinstance(given, str):
        if variant is not None and not isinstance(variant, str):
            raise ArgumentError("R210", type(variant).__name__)
        return Shown(given, variant or "")
    surface, shown = getattr(given, "surface", None), getattr(given, "variant", None)
    if not isinstance(surface, str) or variant is not None:
        raise ArgumentError("R210", type(given).__name__)
    if not isinstance(shown, str):  # the surface or the bundle was not there
        return Shown(surface, "")
    key, written = _rule(program, surface, getattr(given, "rule", None))
    forced = getattr(given, "forced", False)
    reason = str(getattr(given, "reason", ""))
    arm = getattr(given, "arm", None) if reason in OF_ARMS and not forced else None
    return Shown(surface, shown, key, written, arm)


def _rule(program: Program, surface: str, rule: object) -> tuple[int, int | None]:
    """The key of a decision's rule, by id or number, and its number if the bundle has it."""
    number = program.surface_number(surface)
    if program.memory is None or number is None:
        return 0, None
    first = sum(program.memory.written[:number])
    keys = program.memory.rule_keys[first : first + program.memory.written[number]]
    if isinstance(rule, str):
        key = hash_of(f"{surface}\0{rule}")
        return key, keys.index(key) if key in keys else None
    if isinstance(rule, int) and 0 <= rule < len(keys):
        return keys[rule], rule
    return 0, None


def sticky_item(program: Program, shown: Shown) -> Item | None:
    """The item that keeps the arm of the experiment behind what was shown."""
    memory = program.memory
    number = program.surface_number(shown.surface)
    if memory is None or shown.arm is None or number is None:
        return None
    first = program.first_rule(number)
    rows = memory.rules[first : first + len(program.surfaces[number].rules)]
    tried = {row.experiment for row in rows if row.written == shown.written} - {None}
    for item in memory.items:
        if item.kind is ItemKind.ARM and item.experiment in tried:
            return item
    return None
