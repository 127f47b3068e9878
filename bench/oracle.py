"""The bench's own judge: decides from the neutral description, slowly and obviously.

It shares no code with any contender, nor with tacit's reference, so agreement means something.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, cast

from bench.description import All, Atom, Condition, Context, Kind, Op, Rule, Surface, Value

Position: TypeAlias = Callable[[str, str], float]
"""(salt, unit) -> place in 0..10000. Products hash in their own ways; each is judged by its own."""


def murmur3_32(data: bytes) -> int:
    """MurmurHash3 x86 32 bit, seed 0."""
    mask = 0xFFFFFFFF
    state = 0

    def mixed(word: int) -> int:
        word = word * 0xCC9E2D51 & mask
        word = (word << 15 | word >> 17) & mask
        return word * 0x1B873593 & mask

    whole = len(data) // 4 * 4
    for start in range(0, whole, 4):
        state ^= mixed(int.from_bytes(data[start : start + 4], "little"))
        state = (state << 13 | state >> 19) & mask
        state = (state * 5 + 0xE6546B64) & mask
    state ^= mixed(int.from_bytes(data[whole:], "little"))
    state ^= len(data)
    state = (state ^ state >> 16) * 0x85EBCA6B & mask
    state = (state ^ state >> 13) * 0xC2B2AE35 & mask
    return state ^ state >> 16


def tacit_position(salt: str, unit: str) -> int:
    """Tacit's buckets: murmur3 over salt, a zero byte and the unit, scaled to 10,000."""
    return murmur3_32(salt.encode() + b"\0" + unit.encode()) * 10_000 >> 32


def _version(value: Value) -> tuple[int, ...]:
    return tuple(int(part) for part in str(value).split("."))


def truth_of_atom(atom: Atom, context: Context) -> bool | None:
    """True, false, or None: the signal is absent."""
    if atom.signal.name not in context:
        return None
    value = context[atom.signal.name]
    operands: tuple[object, ...] = atom.operands
    match atom.op:
        case Op.IS:
            return value is True
        case Op.IS_NOT:
            return value is False
        case Op.AMONG:
            return value in operands
        case Op.NOT_AMONG:
            return value not in operands
        case Op.INCLUDES:
            return operands[0] in cast("list[str]", value)
        case Op.EXCLUDES:
            return operands[0] not in cast("list[str]", value)
    number: tuple[float, ...]
    if atom.signal.kind is Kind.VERSION:
        number = _version(cast(str, value))
        cuts = [_version(operand) for operand in atom.operands]
    else:
        number = (cast(float, value),)
        cuts = [(cast(float, operand),) for operand in atom.operands]  # type: ignore[misc]
    match atom.op:
        case Op.AT_LEAST:
            return number >= cuts[0]
        case Op.BELOW:
            return number < cuts[0]
        case Op.WITHIN:
            return cuts[0] <= number < cuts[1]
    raise AssertionError(atom.op)


def truth(condition: Condition, context: Context) -> bool | None:
    """Strong Kleene."""
    if isinstance(condition, Atom):
        return truth_of_atom(condition, context)
    parts = [truth(term, context) for term in condition.terms]
    decisive = not isinstance(condition, All)
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive


def fires(rule: Rule, unit: object, context: Context, position: Position) -> bool:
    if truth(rule.condition, context) is not True:
        return False
    if rule.share is None:
        return True
    return isinstance(unit, str) and position(rule.salt, unit) < rule.share


def decide(
    surface: Surface, unit_name: str, context: Context, position: Position = tacit_position
) -> tuple[str, int | None]:
    """The variant shown, and the number of the rule that fired (None: the default)."""
    unit = context.get(unit_name)
    for number, rule in enumerate(surface.rules):
        if fires(rule, unit, context, position):
            return rule.variant, number
    return surface.default, None
