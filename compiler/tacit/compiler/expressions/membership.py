"""`in`: a constant in a list signal, or anything in a list of constants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from tacit.compiler import ir
from tacit.compiler.expressions import advice, lowering, messages, syntax
from tacit.compiler.expressions.comparisons import (
    NUMBERS,
    TEXTUAL,
    Result,
    counted,
    is_constant,
    member,
    milliseconds,
    mismatch,
    real,
    version_text,
)
from tacit.compiler.expressions.messages import Complaints
from tacit.compiler.expressions.operands import (
    WRONG,
    NullValue,
    Operand,
    Ref,
    SizeOf,
    Truth,
    Value,
    Values,
    ValueType,
    Wrong,
    describe,
)
from tacit.compiler.ir import SignalType

Item: TypeAlias = tuple[syntax.Expression, Operand]
"""An item of a list, and what it is."""


def membership(
    node: syntax.Relation,
    left: Operand,
    right: Operand,
    items: Callable[[Values], Sequence[Item] | None],
    complaints: Complaints,
) -> Result:
    """`left in right`; `items` looks up the items of a list of constants."""
    if isinstance(right, Values):
        found = items(right)
        if found is None or isinstance(left, Wrong):
            return WRONG
        if not found:
            complaints.add(messages.EMPTY_LIST, node.right.start, node.right.end)
            return WRONG
        return _in_constants(node, left, found, complaints)
    if isinstance(left, Wrong) or isinstance(right, Wrong):
        return WRONG
    match left, right:
        case Value(ValueType.STRING, str(text)), Ref(element=False) as ref if (
            ref.type is SignalType.STRING_LIST
        ):
            return Truth(ir.Literal(ref.index, ir.Includes(text)))
        case ((Ref() | SizeOf() | Truth()), Ref(element=False) as ref) if (
            ref.type is SignalType.STRING_LIST and not is_constant(left)
        ):
            complaints.add(messages.TWO_SIGNALS, node.start, node.end)
            return WRONG
        case _, Ref(element=False) as ref if ref.type is SignalType.STRING_LIST:
            complaints.add(
                messages.LIST_ITEM,
                node.left.start,
                node.left.end,
                wanted="a text",
                found=describe(left),
            )
            return WRONG
    help_text = None
    if isinstance(right, Ref) and right.type in TEXTUAL and isinstance(left, Value):
        help_text = f"to look for a part of a text, write `{right.name}.contains(...)`"
    elif isinstance(right, Value):
        help_text = "put the constants in brackets: `[...]`"
    complaints.add(
        messages.IN_WHAT, node.right.start, node.right.end, found=describe(right), advice=help_text
    )
    return WRONG


def _in_constants(
    node: syntax.Relation, left: Operand, items: Sequence[Item], complaints: Complaints
) -> Result:
    before = len(complaints.found)
    match left:
        case Ref(name) as ref:
            if ref.type is SignalType.STRING_LIST:
                help_text = f"write `{name}.exists(v, v in [...])`"
                complaints.add(
                    messages.WHOLE_LIST, node.start, node.end, name=name, advice=help_text
                )
                return WRONG
            values = [_item(ref, item, complaints) for item in items]
            if len(complaints.found) > before:
                return WRONG
            if ref.type in TEXTUAL:
                return Truth(lowering.among_texts(ref.index, values))  # type: ignore[arg-type]
            return Truth(lowering.among_numbers(ref.index, values))  # type: ignore[arg-type]
        case SizeOf(ref):
            sizes = [
                item.value for item in _typed(items, (ValueType.INT,), "a whole number", complaints)
            ]
            if len(complaints.found) > before:
                return WRONG
            distinct = sorted(set(sizes))
            return Truth(
                lowering.disjunction(
                    lowering.size(ref.index, "==", value)  # type: ignore[arg-type]
                    for value in distinct
                )
            )
        case Value(type, value):
            wanted = NUMBERS if type in NUMBERS else (type,)
            constants = _typed(items, wanted, str(type), complaints)
            if len(complaints.found) > before:
                return WRONG
            return Truth(lowering.constant(any(item.value == value for item in constants)))
        case NullValue():
            complaints.add(messages.NULL, node.left.start, node.left.end)
            return WRONG
    return mismatch(node, left, Values(syntax.ListOf(0, 0, ())), complaints, None)


def _typed(
    items: Sequence[Item], wanted: tuple[ValueType, ...], name: str, complaints: Complaints
) -> list[Value]:
    """The items that have a wanted type; complains about the others."""
    kept = []
    for place, item in items:
        if isinstance(item, Value) and item.type in wanted:
            kept.append(item)
        else:
            _wrong_item(place, item, name, complaints)
    return kept


def _item(ref: Ref, item: Item, complaints: Complaints) -> object:
    """An item for the signal's type; complains, and returns None, if it has another."""
    place, operand = item
    if isinstance(operand, Value) and ref.is_duration:
        return milliseconds(ref, operand, place, complaints)
    if isinstance(operand, Value):
        match ref.type, operand.type:
            case ((SignalType.STRING | SignalType.ENUM), ValueType.STRING):
                member(ref, str(operand.value), place, complaints)
                return operand.value
            case SignalType.INT, ValueType.INT:
                counted(ref, ir.Relation.EQ, operand.value, place, complaints)
                return operand.value
            case SignalType.VERSION, ValueType.VERSION:
                return operand.value
            case SignalType.DOUBLE, ValueType.INT | ValueType.DOUBLE:
                return real(operand.value)
            case SignalType.VERSION, ValueType.STRING:
                version_text(ref, str(operand.value), place, complaints)
                return None
    wanted = '`duration("...")`' if ref.is_duration else _WANTED_ITEMS[ref.type]
    _wrong_item(place, operand, wanted, complaints)
    return None


_WANTED_ITEMS = {
    SignalType.STRING: "a text",
    SignalType.ENUM: "a text",
    SignalType.INT: "a whole number",
    SignalType.DOUBLE: "a number",
    SignalType.VERSION: '`version("...")`',
}


def _wrong_item(
    place: syntax.Expression, item: Operand, wanted: str, complaints: Complaints
) -> None:
    if isinstance(item, Wrong):
        return
    help_text = None
    if wanted == "a text" and isinstance(item, Value) and item.type in NUMBERS:
        help_text = f"a text needs quotes: `{advice.quoted(str(item.value))}`"
    complaints.add(
        messages.LIST_ITEM,
        place.start,
        place.end,
        wanted=wanted,
        found=describe(item),
        advice=help_text,
    )
