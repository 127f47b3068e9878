"""Tests and values in the notation of the source language, for people."""

from __future__ import annotations

import datetime
import json

from tacit.runtime._model import All, Any, Condition, Constant, JsonValue, Literal, Program
from tacit.runtime._readings import Value
from tacit.runtime.format import Op, Role, Type

ELEMENT = "v"
LONGEST_TEXT = 60
MOST_ITEMS = 8
RELATIONS = {Op.LT: "<", Op.LE: "<=", Op.GT: ">", Op.GE: ">="}
SIZE_RELATIONS = {Op.SIZE_LT: "<", Op.SIZE_LE: "<=", Op.SIZE_GT: ">", Op.SIZE_GE: ">="}
AFFIXES = {Op.STARTS: "startsWith", Op.ENDS: "endsWith", Op.CONTAINS: "contains"}


def literal_text(program: Program, literal: Literal, in_body: bool = False) -> str:
    """One test as an expression; inside a body it is over the element."""
    name = ELEMENT if in_body else program.signals[literal.signal].name if program.signals else ""
    argument = literal.argument
    bang = "!" if literal.negated else ""
    op = literal.op
    if op is Op.SEGMENT:
        return f"{bang}{segment_name(program, argument)}"
    if op is Op.HAS:
        return f"{bang}has({name})"
    if op is Op.IS_TRUE:
        return f"{bang}{name}"
    if op in RELATIONS:
        return f"{name} {RELATIONS[op]} {constant(program, literal, argument)}"
    if op is Op.IS:
        return f"{name} {'!=' if literal.negated else '=='} {constant(program, literal, argument)}"
    if op in (Op.AMONG, Op.AMONG_MASK):
        assert isinstance(argument, tuple)
        shown = [constant(program, literal, one) for one in argument[:MOST_ITEMS]]
        if len(argument) > MOST_ITEMS:
            shown.append(f"… {len(argument) - MOST_ITEMS} more")
        test = f"{name} in [{', '.join(shown)}]"
        return f"!({test})" if literal.negated else test
    if op in AFFIXES:
        return f"{bang}{name}.{AFFIXES[op]}({quoted(str(argument))})"
    if op in SIZE_RELATIONS:
        return f"size({name}) {SIZE_RELATIONS[op]} {argument}"
    if op is Op.SIZE_EQ:
        return f"size({name}) {'!=' if literal.negated else '=='} {argument}"
    if op is Op.INCLUDES:
        test = f"{quoted(str(argument))} in {name}"
        return f"!({test})" if literal.negated else test
    assert isinstance(argument, int)
    return f"{bang}{name}.exists({ELEMENT}, {body_text(program, program.bodies[argument])})"


def body_text(program: Program, body: Condition, within: type[All | Any] | None = None) -> str:
    """The body of an `exists`."""
    match body:
        case Constant(value):
            return "true" if value else "false"
        case Literal():
            return literal_text(program, body, in_body=True)
        case All(terms) | Any(terms):
            joint = " && " if isinstance(body, All) else " || "
            text = joint.join(body_text(program, term, type(body)) for term in terms)
            return text if within is None else f"({text})"


def segment_name(program: Program, argument: object) -> str:
    assert isinstance(argument, int)
    if program.debug is None:
        return f"segment {argument}"
    return program.debug.segments[argument]


def _is_duration(program: Program, signal: int) -> bool:
    memory = program.memory
    if memory is None or signal < memory.first_derived:
        return False
    return memory.derived[signal - memory.first_derived].role in (Role.SINCE, Role.FIRST_SEEN)


def constant(program: Program, literal: Literal, value: object) -> str:
    if isinstance(value, int) and value >= 0 and _is_duration(program, literal.signal):
        return f'duration("{span(value, SPANS[1:]).replace(" ", "")}")'
    if isinstance(value, tuple) and program.signals[literal.signal].type is Type.VERSION:
        return f'version("{dotted(value)}")'
    return quoted(value) if isinstance(value, str) else repr(value)


def value_text(value: object) -> str:
    """A value that JSON can hold, on one line and not too long."""
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list | tuple):
        shown = [value_text(item) for item in value[:MOST_ITEMS]]
        if len(value) > MOST_ITEMS:
            shown.append(f"… {len(value) - MOST_ITEMS} more")
        return f"[{', '.join(shown)}]"
    if isinstance(value, int) and value.bit_length() > 128:
        return f"an int of {value.bit_length()} bits"
    if isinstance(value, int | float):
        return repr(value)
    return f"a {type(value).__name__}"


def quoted(text: str) -> str:
    """A text in quotes, shortened, with all that is not printable written as an escape."""
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT] + "…"
    marks = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else escaped(char) for char in marks)


def escaped(char: str) -> str:
    code = ord(char)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def dotted(version: tuple[object, ...]) -> str:
    """A version without the zeros at its end."""
    parts = list(version)
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return ".".join(map(str, parts))


def json_value(kind: Type, value: Value) -> JsonValue:
    if kind is Type.VERSION:
        assert isinstance(value, tuple)
        return dotted(value)
    if isinstance(value, tuple):
        return [str(element) for element in value]
    return value


SPANS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))


def span(ms: int, units: tuple[tuple[str, int], ...] = SPANS) -> str:
    """A length of time: `2d 3h`."""
    parts = []
    for unit, size in units:
        count, ms = divmod(ms, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0s"


def moment(ms: int, zone: str = "Z") -> str:
    """Epoch milliseconds as a date and time, as short as it stays exact."""
    try:
        at = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=ms)
    except OverflowError:
        return f"{ms} ms{zone and ' UTC'}"
    if at.microsecond:
        return at.isoformat(timespec="milliseconds") + zone
    return at.isoformat(timespec="seconds" if at.second else "minutes") + zone
