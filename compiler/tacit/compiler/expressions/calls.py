"""`has size duration version` and the methods of strings and lists, over looked-up operands."""

from __future__ import annotations

from collections.abc import Sequence

from tacit.compiler import ir
from tacit.compiler.expressions import advice, literals, lowering, messages, syntax
from tacit.compiler.expressions.comparisons import declared_at
from tacit.compiler.expressions.messages import Complaints, Text
from tacit.compiler.expressions.operands import (
    WRONG,
    Operand,
    Ref,
    SizeOf,
    Truth,
    Unknown,
    Value,
    Values,
    ValueType,
    Wrong,
    describe,
)
from tacit.compiler.ir import Affix, SignalType

AFFIXES = {affix.value: affix for affix in Affix}
_HOLDS = {
    Affix.STARTS: str.startswith,
    Affix.ENDS: str.endswith,
    Affix.CONTAINS: str.__contains__,
}
_COUNTS = ("no arguments", "one argument", "two arguments", "three arguments")


def arity(node: syntax.Call, wanted: int, complaints: Complaints) -> bool:
    """Whether the call has so many arguments; complains otherwise."""
    given = len(node.args)
    if given == wanted:
        return True
    complaints.add(
        messages.ARITY,
        node.name_start,
        node.end,
        name=node.name,
        wanted=_COUNTS[wanted],
        given=_COUNTS[given] if given < len(_COUNTS) else f"{given} arguments",
        form=advice.FORMS[node.name],
    )
    return False


def unknown(
    node: syntax.Call, complaints: Complaints, *, declared: bool = False, of_list: bool = False
) -> Wrong:
    """Complain about a function or method that is not in the language.

    `declared`: the name is a signal's or a segment's; `of_list`: a method of a list is asked for.
    """
    text: Text
    end = node.name_start + len(node.name)
    why = advice.outside(node.name)
    if declared:
        text = messages.UNKNOWN_FUNCTION
        help_text = f"`{node.name}` is a name: write an operator before the `(`"
    elif why is not None:
        text, help_text = messages.OUTSIDE, why
    elif node.target is None:
        text = messages.UNKNOWN_FUNCTION
        help_text = advice.for_function(node.name) or (
            f"the functions are {', '.join(advice.FUNCTIONS)}"
        )
    else:
        text = messages.UNKNOWN_METHOD
        help_text = advice.for_method(node.name, of_list=of_list) or (
            f"the methods are {', '.join(advice.METHODS)}"
        )
    complaints.add(text, node.name_start, end, name=advice.shown(node.name), advice=help_text)
    return WRONG


def size_of(place: syntax.Expression, operand: Operand, complaints: Complaints) -> Operand:
    """The size of a string or list; `place` is where it was written."""
    match operand:
        case Ref() as ref if ref.type in {SignalType.STRING, SignalType.STRING_LIST}:
            return SizeOf(ref)
        case Value(ValueType.STRING, str(text)):
            return Value(ValueType.INT, len(text))
        case Values(node):
            return Value(ValueType.INT, len(node.items))
        case Wrong():
            return WRONG
    return _argument("what `size` measures", "a string or a list", place, operand, complaints)


def _argument(
    subject: str,
    wanted: str,
    place: syntax.Expression,
    operand: Operand,
    complaints: Complaints,
) -> Wrong:
    complaints.add(
        messages.ARGUMENT,
        place.start,
        place.end,
        subject=subject,
        wanted=wanted,
        found=describe(operand),
        labels=declared_at(operand) if isinstance(operand, Ref) else (),
    )
    return WRONG


def _constant_text(node: syntax.Call, subject: str, complaints: Complaints) -> str | None:
    """The one argument, which must be a text as written."""
    argument = node.args[0]
    if isinstance(argument, syntax.Text):
        return argument.value
    if not isinstance(argument, syntax.Bad):
        complaints.add(
            messages.ARGUMENT,
            argument.start,
            argument.end,
            subject=subject,
            wanted="a text",
            found="not a text in quotes",
            advice=f"write `{advice.FORMS[node.name]}`",
        )
    return None


def duration(node: syntax.Call, complaints: Complaints) -> Value | Wrong:
    """`duration("1h")`, a constant."""
    text = _constant_text(node, "what `duration` is given", complaints)
    if text is None:
        return WRONG
    value = literals.duration(text)
    if value is None:
        place = node.args[0]
        complaints.add(
            messages.DURATION,
            place.start,
            place.end,
            written=advice.quoted(text),
            advice=advice.for_duration(text),
        )
        return WRONG
    return Value(ValueType.DURATION, value)


def version(node: syntax.Call, complaints: Complaints) -> Value | Wrong:
    """`version("2.10.0")`, a constant."""
    text = _constant_text(node, "what `version` is given", complaints)
    if text is None:
        return WRONG
    value = literals.version(text)
    if value is None:
        place = node.args[0]
        complaints.add(
            messages.VERSION,
            place.start,
            place.end,
            written=advice.quoted(text),
            advice=advice.for_version(text),
        )
        return WRONG
    return Value(ValueType.VERSION, value)


def affix(
    node: syntax.Call, target: Operand, argument: Operand, complaints: Complaints
) -> Truth | Wrong:
    """`x.startsWith(t)`, `x.endsWith(t)`, `x.contains(t)`."""
    place = node.target
    assert place is not None
    kind = AFFIXES[node.name]
    if isinstance(target, Wrong) or isinstance(argument, (Wrong, Unknown)):
        return WRONG
    if isinstance(argument, (Ref, SizeOf)) or (
        isinstance(argument, Truth) and not isinstance(argument.condition, ir.Constant)
    ):
        complaints.add(
            messages.ARGUMENT,
            node.args[0].start,
            node.args[0].end,
            subject=f"what `{node.name}` looks for",
            wanted="a constant text",
            found=describe(argument),
            advice=messages.TWO_SIGNALS.help,
        )
        return WRONG
    if not isinstance(argument, Value) or argument.type is not ValueType.STRING:
        subject = f"what `{node.name}` looks for"
        return _argument(subject, "a text", node.args[0], argument, complaints)
    text = str(argument.value)
    match target:
        case Ref() as ref if ref.type is SignalType.STRING:
            return Truth(ir.Literal(ref.index, ir.TextMatch(kind, text)))
        case Value(ValueType.STRING, str(whole)):
            return Truth(lowering.constant(_HOLDS[kind](whole, text)))
    complaints.add(
        messages.RECEIVER,
        place.start,
        place.end,
        name=node.name,
        wanted="strings",
        found=describe(target),
        advice=_affix_help(target, kind, text),
        labels=declared_at(target) if isinstance(target, Ref) else (),
    )
    return WRONG


def _affix_help(target: Operand, kind: Affix, text: str) -> str | None:
    if not isinstance(target, Ref):
        return None
    name = target.name
    match target.type:
        case SignalType.VERSION:
            return advice.version_prefix(name, text)
        case SignalType.STRING_LIST if kind is Affix.CONTAINS:
            return f"write `{advice.quoted(text)} in {name}`"
        case SignalType.STRING_LIST:
            return f"write `{name}.exists(v, v.{kind.value}({advice.quoted(text)}))`"
        case SignalType.ENUM:
            members = _members(target.signal.values, kind, text)
            return f"write `{name} in [{members}]`" if members else None
    return None


def _members(values: Sequence[str], kind: Affix, text: str) -> str:
    """The members of an enum that the test would take."""
    return ", ".join(advice.quoted(value) for value in values if _HOLDS[kind](value, text))
