"""`== != < <= > >=` and `in`: two operands to a condition."""

from __future__ import annotations

from typing import TypeAlias

from tacit.compiler import ir
from tacit.compiler.expressions import advice, lowering, messages, syntax
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
from tacit.compiler.nearest import nearest
from tacit.compiler.spans import Span

Result: TypeAlias = Truth | Wrong

NUMBERS = (ValueType.INT, ValueType.DOUBLE)
TEXTUAL = (SignalType.STRING, SignalType.ENUM)
NS_PER_MS = 1_000_000
_LISTED = 6  # values of an enum that a help text names


def declared_at(ref: Ref) -> tuple[tuple[Span, str], ...]:
    """A label on the declaration of the signal."""
    span = ref.signal.span
    return ((span, f"`{ref.signal.name}` is declared here"),) if span else ()


def compare(node: syntax.Relation, left: Operand, right: Operand, complaints: Complaints) -> Result:
    """`left operator right`, for every operator but `in`. No operand is `Unknown`."""
    if isinstance(left, Wrong) or isinstance(right, Wrong):
        return WRONG
    if isinstance(left, NullValue) or isinstance(right, NullValue):
        return _null(node, left, right, complaints)
    if is_constant(left) and not is_constant(right):
        return _one_constant(
            node, lowering.MIRRORED[node.operator], right, left, flipped=True, complaints=complaints
        )
    if not is_constant(right):
        complaints.add(messages.TWO_SIGNALS, node.start, node.end)
        return WRONG
    if is_constant(left):
        return _fold(node, left, right, complaints)
    return _one_constant(node, node.operator, left, right, flipped=False, complaints=complaints)


def is_constant(operand: Operand) -> bool:
    """Whether its value is known without a visitor."""
    if isinstance(operand, Truth):
        return isinstance(operand.condition, ir.Constant)
    return isinstance(operand, (Value, Values))


def _null(node: syntax.Relation, left: Operand, right: Operand, complaints: Complaints) -> Result:
    null, other = (node.left, right) if isinstance(left, NullValue) else (node.right, left)
    help_text = "write `has(signal)`"
    if isinstance(other, Ref):
        help_text = f"write `{'!' if node.operator == '==' else ''}has({other.name})`"
    complaints.add(messages.NULL, null.start, null.end, advice=help_text)
    return WRONG


def _fold(node: syntax.Relation, left: Operand, right: Operand, complaints: Complaints) -> Result:
    match left, right:
        case Truth(ir.Constant(a)), Truth(ir.Constant(b)):
            if _ordered(node, "bools", complaints):
                return Truth(lowering.constant(lowering.HOLDS[node.operator](a, b)))
            return WRONG
        case Value(left_type, x), Value(right_type, y):
            if left_type is right_type or (left_type in NUMBERS and right_type in NUMBERS):
                if left_type is ValueType.STRING and not _ordered(node, "texts", complaints):
                    return WRONG
                return Truth(lowering.constant(lowering.HOLDS[node.operator](x, y)))
    return mismatch(node, left, right, complaints, None)


def _one_constant(
    node: syntax.Relation,
    operator: str,
    subject: Operand,
    value: Operand,
    *,
    flipped: bool,
    complaints: Complaints,
) -> Result:
    """`subject operator value`; `flipped` if the constant was written on the left."""
    place = node.left if flipped else node.right
    match subject, value:
        case Truth(condition), Truth(ir.Constant(wanted)):
            if not _ordered(node, "bools", complaints):
                return WRONG
            return Truth(condition if wanted == (operator == "==") else lowering.negate(condition))
        case SizeOf(ref), Value(ValueType.INT, int(size)):
            return Truth(lowering.size(ref.index, operator, size))
        case Ref() as ref, Value() as constant if ref.type is not SignalType.STRING_LIST:
            test = _test(node, operator, ref, constant, place=place, complaints=complaints)
            return test or WRONG
        case Ref(name, element=False) as ref, _ if ref.type is SignalType.STRING_LIST:
            help_text = _list_help(name, operator, value)
            complaints.add(messages.WHOLE_LIST, node.start, node.end, name=name, advice=help_text)
            return WRONG
        case Ref(name), Values() if operator in {"==", "!="}:
            help_text = f"write `{name} in [...]`"
            if operator == "!=":
                help_text = f"write `!({name} in [...])`"
            return mismatch(node, subject, value, complaints, help_text)
    return mismatch(node, subject, value, complaints, _truth_help(subject, operator, value))


def _test(
    node: syntax.Relation,
    operator: str,
    ref: Ref,
    constant: Value,
    *,
    place: syntax.Expression,
    complaints: Complaints,
) -> Truth | None:
    """A number, version, text or enum against a constant of its type."""
    value = constant.value
    relation = lowering.RELATIONS[operator]
    if ref.is_duration:
        ms = milliseconds(ref, constant, place, complaints)
        return None if ms is None else Truth(ir.Literal(ref.index, ir.Compare(relation, ms)))
    match ref.type, constant.type:
        case SignalType.INT, ValueType.INT if not counted(ref, relation, value, place, complaints):
            return None
        case (SignalType.INT, ValueType.INT) | (SignalType.VERSION, ValueType.VERSION):
            return Truth(ir.Literal(ref.index, ir.Compare(relation, value)))  # type: ignore[arg-type]
        case SignalType.DOUBLE, ValueType.INT | ValueType.DOUBLE:
            return Truth(ir.Literal(ref.index, ir.Compare(relation, real(value))))
        case ((SignalType.STRING | SignalType.ENUM), ValueType.STRING):
            if not _ordered(node, "texts", complaints) or not member(
                ref, str(value), place, complaints
            ):
                return None
            return Truth(lowering.among_texts(ref.index, (str(value),), negated=operator == "!="))
        case SignalType.INT, ValueType.DOUBLE:
            complaints.add(
                messages.INT_DOUBLE,
                place.start,
                place.end,
                name=ref.name,
                advice=advice.whole_bound(ref.name, operator, float(value)),  # type: ignore[arg-type]
                labels=declared_at(ref),
            )
        case SignalType.VERSION, ValueType.STRING:
            version_text(ref, str(value), place, complaints)
        case _:
            mismatch(node, ref, constant, complaints, _constant_help(ref, constant))
    return None


def milliseconds(
    ref: Ref, constant: Value, place: syntax.Expression, complaints: Complaints
) -> int | None:
    """A constant that a duration is compared with; complains, and gives None, if it is none."""
    if constant.type in NUMBERS:
        complaints.add(
            messages.NUMBER_DURATION,
            place.start,
            place.end,
            name=ref.name,
            labels=declared_at(ref),
        )
        return None
    if constant.type is not ValueType.DURATION:
        complaints.add(
            messages.MISMATCH,
            place.start,
            place.end,
            left=describe(ref),
            right=describe(constant),
            label="not a duration",
            advice=messages.NUMBER_DURATION.help,
            labels=declared_at(ref),
        )
        return None
    whole, rest = divmod(int(constant.value), NS_PER_MS)  # type: ignore[arg-type]
    if rest:
        help_text = f'write `duration("{whole}ms")` or `duration("{whole + 1}ms")`'
        complaints.add(
            messages.PARTS_OF_MS, place.start, place.end, name=ref.name, advice=help_text
        )
        return None
    return whole


def counted(
    ref: Ref, relation: ir.Relation, value: object, place: syntax.Expression, complaints: Complaints
) -> bool:
    """Whether the number can be told from its neighbours; complains where counting has stopped."""
    if ref.most is None:
        return True
    beyond = relation in {ir.Relation.GT, ir.Relation.LE}  # `> 64` asks whether there is a 65th
    asked = int(value) + beyond  # type: ignore[call-overload]
    if asked <= ref.most:
        return True
    advice_text = f"raise the `limit` of `{ref.name}` to {asked} or more"
    complaints.add(
        messages.COUNTED,
        place.start,
        place.end,
        name=ref.name,
        most=ref.most,
        advice=advice_text,
        labels=declared_at(ref),
    )
    return False


def real(value: object) -> float:
    """As a float. Minus zero becomes zero: the two are equal, and canonical bytes need one."""
    return float(value) + 0.0  # type: ignore[arg-type]


def member(ref: Ref, text: str, place: syntax.Expression, complaints: Complaints) -> bool:
    """Whether `text` can be a value of the signal; complains if an enum has no such member."""
    values = ref.signal.values
    if ref.type is not SignalType.ENUM or text in values:
        return True
    near = nearest(text, values)
    listed = ", ".join(advice.quoted(value) for value in values[:_LISTED])
    more = f" and {len(values) - _LISTED} more" if len(values) > _LISTED else ""
    hint = f"did you mean {advice.quoted(near)}? " if near else ""
    complaints.add(
        messages.MEMBER,
        place.start,
        place.end,
        member=advice.quoted(text),
        name=ref.name,
        advice=f"{hint}its values are {listed}{more}",
        labels=declared_at(ref),
    )
    return False


def version_text(ref: Ref, text: str, place: syntax.Expression, complaints: Complaints) -> None:
    """Complain about a version compared with a text."""
    complaints.add(
        messages.VERSION_TEXT,
        place.start,
        place.end,
        advice=advice.for_version(text) or f"write `version({advice.quoted(text)})`",
        labels=declared_at(ref),
    )


def _ordered(node: syntax.Relation, kind: str, complaints: Complaints) -> bool:
    """Complains if the operator asks for an order; `kind` has none."""
    if node.operator in {"==", "!="}:
        return True
    complaints.add(
        messages.NO_ORDER,
        node.at,
        node.at + len(node.operator),
        kind=kind,
        operator=node.operator,
        advice="compare texts with `==`, `!=` or `in [...]`" if kind == "texts" else None,
    )
    return False


def mismatch(
    node: syntax.Relation,
    left: Operand,
    right: Operand,
    complaints: Complaints,
    help_text: str | None,
) -> Wrong:
    """Complain that the two sides have different types."""
    labels = declared_at(left) if isinstance(left, Ref) else ()
    complaints.add(
        messages.MISMATCH,
        node.start,
        node.end,
        left=describe(left),
        right=describe(right),
        label="different types",
        advice=help_text,
        labels=labels,
    )
    return WRONG


def _constant_help(ref: Ref, constant: Value) -> str | None:
    """How to write the constant for the signal's type."""
    value = constant.value
    match ref.type, constant.type:
        case ((SignalType.STRING | SignalType.ENUM), ValueType.INT | ValueType.DOUBLE):
            return f"a text needs quotes: `{advice.quoted(str(value))}`"
        case ((SignalType.INT | SignalType.DOUBLE), ValueType.STRING):
            text = str(value)
            plain = text.removeprefix("-")
            if plain.replace(".", "", 1).isdecimal() and plain.isascii():
                return f"write `{advice.shown(text)}` without quotes"
        case SignalType.VERSION, ValueType.INT | ValueType.DOUBLE:
            return f'write `version("{value}")`'
        case ((SignalType.INT | SignalType.DOUBLE), ValueType.DURATION):
            return f"`{ref.name}` holds no duration: compare with a number in its unit"
    return None


def _truth_help(subject: Operand, operator: str, value: Operand) -> str | None:
    """`flag == 1`, `flag == "true"`."""
    if not isinstance(subject, Truth) or not isinstance(value, Value):
        return None
    if value.value in (1, "true", "yes"):
        return "a condition stands alone: write it without the comparison"
    if value.value in (0, "false", "no"):
        return "write `!` before the condition"
    return None


def _list_help(name: str, operator: str, value: Operand) -> str:
    if isinstance(value, Value) and value.type is ValueType.STRING:
        has = f"{advice.quoted(str(value.value))} in {name}"
        return f"write `!({has})`" if operator == "!=" else f"write `{has}`"
    if isinstance(value, Values) and not value.node.items:
        return f"write `size({name}) {operator} 0`"
    return f'write `"text" in {name}`, `{name}.exists(v, ...)` or `size({name}) > 0`'
