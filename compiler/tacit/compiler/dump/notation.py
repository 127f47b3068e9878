"""Conditions and constants as text, for dumps and messages about the IR.

The notation looks like the source language but shows the IR as it is: `not` marks a negated
literal, `!` a `Not` node; groups in groups have brackets.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from tacit.compiler import ir


@dataclass(frozen=True, slots=True)
class Names:
    """What the indexes in conditions stand for."""

    signals: Sequence[str]
    segments: Sequence[str]

    @classmethod
    def of(cls, program: ir.Program) -> Names:
        return cls(
            [signal.name for signal in program.signals],
            [segment.name for segment in program.segments],
        )


ELEMENT = "it"
"""How the element of a list is called in the body of `exists`."""


def condition_text(condition: ir.Condition, names: Names) -> str:
    """One line for a condition."""
    return _text(condition, names, None)


def _text(condition: ir.Condition, names: Names, element: str | None) -> str:
    def inner(term: ir.Condition) -> str:
        text = _text(term, names, element)
        return f"({text})" if isinstance(term, ir.All | ir.Any | ir.Choose) else text

    match condition:
        case ir.Constant(value):
            return _constant(value)
        case ir.SegmentIs(segment, negated):
            return _negated(names.segments[segment], negated)
        case ir.Literal(signal, test, negated):
            subject = names.signals[signal] if element is None else element
            return _negated(_test(test, subject, names), negated)
        case ir.All(terms):
            return " && ".join(map(inner, terms))
        case ir.Any(terms):
            return " || ".join(map(inner, terms))
        case ir.Not(term):
            return f"!({_text(term, names, element)})"
        case ir.Choose(test, then, otherwise):
            return f"{inner(test)} ? {inner(then)} : {inner(otherwise)}"


def _negated(text: str, negated: bool) -> str:
    return f"not {text}" if negated else text


def _test(test: ir.Test, subject: str, names: Names) -> str:
    match test:
        case ir.Has():
            return f"has({subject})"
        case ir.IsTrue():
            return subject
        case ir.Compare(relation, value):
            return f"{subject} {relation} {constant_text(value)}"
        case ir.Among((value,)):
            return f"{subject} == {constant_text(value)}"
        case ir.Among(values):
            return f"{subject} in [{', '.join(map(constant_text, values))}]"
        case ir.TextMatch(affix, text):
            return f"{subject}.{affix}({constant_text(text)})"
        case ir.Size(relation, value):
            return f"size({subject}) {relation} {value}"
        case ir.Includes(value):
            return f"{constant_text(value)} in {subject}"
        case ir.Exists(body):
            return f"{subject}.exists({ELEMENT}, {_text(body, names, ELEMENT)})"


def constant_text(value: bool | float | str | ir.Version) -> str:
    """A constant as the source language would have it."""
    match value:
        case tuple():
            return f'version("{version_text(value)}")'
        case bool():
            return _constant(value)
        case str():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return repr(value)


def version_text(version: ir.Version) -> str:
    """Dotted, without zeros at the end, but two parts at least."""
    parts = list(version)
    while len(parts) > 2 and parts[-1] == 0:
        parts.pop()
    return ".".join(map(str, parts))


def _constant(value: bool) -> str:
    return "true" if value else "false"
