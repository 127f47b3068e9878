"""A syntax tree back to text: one canonical way to write each, with no needless parentheses."""

from __future__ import annotations

from tacit.compiler.expressions.syntax import (
    And,
    Bad,
    Bool,
    Call,
    Conditional,
    Double,
    Expression,
    Int,
    ListOf,
    Name,
    Not,
    Null,
    Or,
    Relation,
    Select,
    Text,
)

_CHOICE, _OR, _AND, _RELATION, _UNARY, _MEMBER = range(1, 7)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def pretty(node: Expression) -> str:
    """The expression as text. Parsing it gives an equal tree, unless it holds a `Bad` node."""
    return _write(node, _CHOICE)


def quote(text: str) -> str:
    """`text` as a constant in double quotes."""
    return '"' + "".join(_escaped(c) for c in text) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def _write(node: Expression, least: int) -> str:
    """`node`, in parentheses if it binds looser than `least`."""
    text, power = _text(node)
    return text if power >= least else f"({text})"


def _text(node: Expression) -> tuple[str, int]:
    match node:
        case Bad():
            return "<bad>", _MEMBER
        case Null():
            return "null", _MEMBER
        case Bool(_, _, value):
            return ("true" if value else "false"), _MEMBER
        case Int(_, _, value):
            return str(value), _UNARY  # `1.size()` would be read as a number
        case Double(_, _, value):
            return repr(value), _UNARY
        case Text(_, _, value):
            return quote(value), _MEMBER
        case ListOf(_, _, items):
            return f"[{_joined(items)}]", _MEMBER
        case Name(_, _, name):
            return name, _MEMBER
        case Select(_, _, operand, name):
            return f"{_write(operand, _MEMBER)}.{name}", _MEMBER
        case Call(_, _, None, name, args):
            return f"{name}({_joined(args)})", _MEMBER
        case Call(_, _, target, name, args):
            assert target is not None
            return f"{_write(target, _MEMBER)}.{name}({_joined(args)})", _MEMBER
        case Not(_, _, operand):
            return f"!{_write(operand, _UNARY)}", _UNARY
        case Relation(_, _, operator, left, right):
            # Comparisons do not chain, so a comparison on either side needs parentheses.
            return f"{_write(left, _UNARY)} {operator} {_write(right, _UNARY)}", _RELATION
        case And(_, _, terms):
            return " && ".join(_write(term, _RELATION) for term in terms), _AND
        case Or(_, _, terms):
            return " || ".join(_write(term, _AND) for term in terms), _OR
        case Conditional(_, _, test, then, otherwise):
            return (
                f"{_write(test, _OR)} ? {_write(then, _OR)} : {_write(otherwise, _CHOICE)}",
                _CHOICE,
            )


def _joined(nodes: tuple[Expression, ...]) -> str:
    return ", ".join(_write(node, _CHOICE) for node in nodes)
