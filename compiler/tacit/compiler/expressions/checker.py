"""Names and types: a syntax tree to a condition of the typed IR, in one walk.

Every part becomes an operand (`operands`); comparisons and calls of operands become conditions. A
part at fault is complained about once and then is `Wrong`, which says nothing more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tacit.compiler import ir
from tacit.compiler.expressions import (
    advice,
    calls,
    comparisons,
    lowering,
    membership,
    messages,
    syntax,
)
from tacit.compiler.expressions.messages import Complaints
from tacit.compiler.expressions.operands import (
    FALSE,
    TRUE,
    WRONG,
    NullValue,
    Operand,
    Ref,
    SizeOf,
    Truth,
    Unknown,
    Value,
    Values,
    ValueType,
    Wrong,
    condition_help,
    describe,
)
from tacit.compiler.expressions.scope import Scope
from tacit.compiler.ir import SignalType
from tacit.compiler.nearest import nearest
from tacit.compiler.spans import Span

_IS_TRUE = ir.IsTrue()
_HAS = ir.Has()


class Checker:
    """One walk over one tree. `signals` and `segments` collect what was looked up, by index."""

    __slots__ = ("complaints", "element", "macro", "scope", "segments", "signals", "text")

    def __init__(self, text: str, scope: Scope, complaints: Complaints) -> None:
        self.text = text
        self.scope = scope
        self.complaints = complaints
        self.signals: dict[int, ir.Signal] = {}
        self.segments: dict[int, str] = {}
        self.element: Ref | None = None  # inside a macro: its variable
        self.macro = ""

    # -------------------------------------------------------------- conditions

    def whole(self, node: syntax.Expression) -> ir.Condition | None:
        operand = self.operand(node)
        if isinstance(operand, Truth):
            return operand.condition
        if isinstance(operand, Unknown):
            self.unknown(node, operand)
        elif not isinstance(operand, Wrong):
            self.complaints.add(
                messages.NOT_A_CONDITION,
                node.start,
                node.end,
                found=describe(operand),
                advice=condition_help(operand),
            )
        return None

    def truth(self, node: syntax.Expression, operator: str) -> ir.Condition | None:
        """An operand that must be a condition; complains, and gives None, if it is not."""
        operand = self.operand(node)
        if isinstance(operand, Truth):
            return operand.condition
        if isinstance(operand, Unknown):
            self.unknown(node, operand)
        elif not isinstance(operand, Wrong):
            self.complaints.add(
                messages.BRANCHES if operator == ":" else messages.OPERAND,
                node.start,
                node.end,
                operator=operator,
                found=describe(operand),
                advice=condition_help(operand),
            )
        return None

    def operand(self, node: syntax.Expression) -> Operand:
        return _KINDS[type(node)](self, node)

    def chain(self, node: syntax.And | syntax.Or) -> Operand:
        both = isinstance(node, syntax.And)
        operator = "&&" if both else "||"
        conditions = []
        for term in node.terms:
            condition = self.truth(term, operator)
            if condition is not None:
                conditions.append(condition)
        if len(conditions) < len(node.terms):
            return WRONG
        return Truth((lowering.conjunction if both else lowering.disjunction)(conditions))

    def negation(self, node: syntax.Not) -> Operand:
        condition = self.truth(node.operand, "!")
        return WRONG if condition is None else Truth(lowering.negate(condition))

    def conditional(self, node: syntax.Conditional) -> Operand:
        test = self.truth(node.test, "?")
        then = self.truth(node.then, ":")
        otherwise = self.truth(node.otherwise, ":")
        if test is None or then is None or otherwise is None:
            return WRONG
        return Truth(lowering.choice(test, then, otherwise))

    # -------------------------------------------------------------- names

    def name(self, node: syntax.Name) -> Operand:
        name = node.name
        element = self.element
        if element is not None and name == element.name:
            return element
        found = self.scope.signals.get(name)
        if found is not None:
            if element is not None:
                return self.outside_body(node)
            index, signal = found
            self.signals[index] = signal
            if signal.type is SignalType.BOOL:
                return Truth(ir.Literal(index, _IS_TRUE))
            return Ref(name, index, signal, most=self.scope.most.get(name))
        segment = self.scope.segments.get(name)
        if segment is not None:
            if element is not None:
                return self.outside_body(node)
            self.segments[segment] = name
            return Truth(ir.SegmentIs(segment))
        if name in self.scope.faulty:
            return WRONG
        return Unknown(name)

    def outside_body(self, node: syntax.Name) -> Wrong:
        assert self.element is not None
        self.complaints.add(
            messages.BODY_READS,
            node.start,
            node.end,
            name=node.name,
            macro=self.macro,
            element=self.element.name,
        )
        return WRONG

    def select(self, node: syntax.Select) -> Operand:
        """`a.b`: there are no fields, so this is a name written with a dot, if anything."""
        inner: syntax.Expression = node
        parts: list[str] = []
        while isinstance(inner, syntax.Select):
            parts.append(inner.field)
            inner = inner.operand
        if not isinstance(inner, syntax.Name):
            self.operand(inner)
            self.complaints.add(messages.UNSUPPORTED, node.start, node.end, what="fields")
            return WRONG
        return Unknown(".".join([inner.name, *reversed(parts)]))

    def unknown(
        self, node: syntax.Expression, unknown: Unknown, beside: Operand | None = None
    ) -> Wrong:
        """Complain about an undeclared name; `beside` is what it is compared with."""
        name = unknown.name
        known = [*self.scope.signals, *self.scope.segments, *sorted(self.scope.faulty)]
        if self.element is not None:
            known.insert(0, self.element.name)
        text, help_text = messages.UNKNOWN_NAME, self.scope.hints.get(name)
        labels: tuple[tuple[Span, str], ...] = ()
        if help_text is None:
            help_text = advice.for_foreign_value(name)
        if help_text is not None:
            pass
        elif isinstance(beside, Ref) and beside.type in {SignalType.STRING, SignalType.ENUM}:
            member = nearest(name, beside.signal.values)
            text, help_text = messages.QUOTES, f"write `{advice.quoted(member or name)}`"
        elif near := nearest(name, known):
            help_text = f"did you mean `{near}`?"
            declared = self.scope.signals.get(near)
            if declared and declared[1].span:
                labels = ((declared[1].span, f"`{near}` is declared here"),)
        else:
            help_text = advice.for_dotted(name, known) or advice.outside(name)
        self.complaints.add(
            text, node.start, node.end, name=advice.shown(name), advice=help_text, labels=labels
        )
        return WRONG

    # -------------------------------------------------------------- comparisons

    def relation(self, node: syntax.Relation) -> Operand:
        if isinstance(node.left, syntax.Not):
            inner = self.operand(node.left.operand)
            if isinstance(inner, (Ref, SizeOf)):
                left, right = node.left, self.text[node.left.operand.start : node.end]
                self.complaints.add(
                    messages.OPERAND,
                    left.start,
                    left.end,
                    operator="!",
                    found=f"`!` binds before `{node.operator}`",
                    advice=f"write `!({advice.shown(right)})`",
                )
                return WRONG
        left_operand = self.operand(node.left)
        right_operand = self.operand(node.right)
        if isinstance(left_operand, Unknown):
            left_operand = self.unknown(node.left, left_operand, right_operand)
        if isinstance(right_operand, Unknown):
            right_operand = self.unknown(node.right, right_operand, left_operand)
        if node.operator == "in":
            return membership.membership(
                node,
                left_operand,
                right_operand,
                lambda values: self.items(values, left_operand),
                self.complaints,
            )
        return comparisons.compare(node, left_operand, right_operand, self.complaints)

    def items(self, values: Values, beside: Operand | None) -> list[membership.Item] | None:
        """What the items of a list are; None if one of them is at fault."""
        found: list[membership.Item] = []
        whole = True
        for node in values.node.items:
            operand = self.operand(node)
            if isinstance(operand, Unknown):
                operand = self.unknown(node, operand, beside)
            whole = whole and not isinstance(operand, Wrong)
            found.append((node, operand))
        return found if whole else None

    # -------------------------------------------------------------- calls

    def call(self, node: syntax.Call) -> Operand:
        name = node.name
        if node.target is None:
            if name not in advice.FUNCTIONS:
                declared = name in self.scope.signals or name in self.scope.segments
                return calls.unknown(node, self.complaints, declared=declared)
            if not calls.arity(node, 1, self.complaints):
                return WRONG
            if name == "has":
                return self.has(node.args[0])
            if name == "size":
                return self.size(node.args[0])
            make = calls.duration if name == "duration" else calls.version
            return make(node, self.complaints)
        if name not in advice.METHODS:
            asked = self.operand(node.target) if isinstance(node.target, syntax.Name) else None
            of_list = isinstance(asked, Ref) and asked.type is SignalType.STRING_LIST
            return calls.unknown(node, self.complaints, of_list=of_list)
        if name == "size":
            if node.args:
                calls.arity(node, 0, self.complaints)
                return WRONG
            return self.size(node.target)
        if name in {"exists", "all"}:
            return self.quantifier(node)
        target = self.known(node.target)
        if not calls.arity(node, 1, self.complaints):
            return WRONG
        argument = self.operand(node.args[0])
        if isinstance(argument, Unknown):
            argument = self.unknown(node.args[0], argument, target)
        return calls.affix(node, target, argument, self.complaints)

    def known(self, node: syntax.Expression) -> Operand:
        """The operand; an undeclared name is complained about."""
        operand = self.operand(node)
        return self.unknown(node, operand) if isinstance(operand, Unknown) else operand

    def size(self, node: syntax.Expression) -> Operand:
        operand = self.known(node)
        if isinstance(operand, Values):
            items = self.items(operand, None)
            if items is None:
                return WRONG
            for place, item in items:
                if not isinstance(item, Value):
                    self.complaints.add(
                        messages.LIST_ITEM,
                        place.start,
                        place.end,
                        wanted="a constant",
                        found=describe(item),
                    )
                    return WRONG
        return calls.size_of(node, operand, self.complaints)

    def has(self, node: syntax.Expression) -> Operand:
        if isinstance(node, syntax.Name):
            name = node.name
            in_body = self.element is not None and name == self.element.name
            declared = self.scope.signals.get(name)
            if declared and not in_body:
                if self.element is not None:
                    return self.outside_body(node)
                self.signals[declared[0]] = declared[1]
                return Truth(ir.Literal(declared[0], _HAS))
            operand = self.name(node)
            if isinstance(operand, Wrong):
                return WRONG
            if isinstance(operand, Unknown):
                return self.unknown(node, operand)
            found, help_text = "a segment", "ask whether the signals that it reads are present"
            if in_body:
                found, help_text = "an element", "an element is never missing"
        elif isinstance(node, syntax.Bad):
            return WRONG
        else:
            found, help_text = "not a plain name", "write `has(signal)`"
            if isinstance(node, syntax.Select):
                near = nearest(node.field, self.scope.signals)
                help_text = f"write `has({near or 'signal'})`; names have no dots"
            elif isinstance(node, syntax.Text) and node.value in self.scope.signals:
                help_text = f"write `has({node.value})`, without quotes"
        self.complaints.add(messages.HAS, node.start, node.end, found=found, advice=help_text)
        return WRONG

    def quantifier(self, node: syntax.Call) -> Operand:
        """`list.exists(v, p)` and `list.all(v, p)`; all(v, p) is not exists(v, not p)."""
        assert node.target is not None
        target = self.known(node.target)
        if not calls.arity(node, 2, self.complaints) or isinstance(target, Wrong):
            return WRONG
        if not isinstance(target, Ref) or target.type is not SignalType.STRING_LIST:
            self.complaints.add(
                messages.RECEIVER,
                node.target.start,
                node.target.end,
                name=node.name,
                wanted="signals that are lists of strings",
                found=describe(target),
            )
            return WRONG
        variable, body_node = node.args
        if not isinstance(variable, syntax.Name):
            if not isinstance(variable, syntax.Bad):
                self.complaints.add(
                    messages.VARIABLE,
                    variable.start,
                    variable.end,
                    macro=node.name,
                    found="not a name",
                    advice=f"write `{advice.FORMS[node.name]}`",
                )
            return WRONG
        self.element = Ref(variable.name, target.index, target.signal, element=True)
        self.macro = node.name
        body = self.truth(body_node, f"{node.name}(v, ...)")
        self.element = None
        if body is None:
            return WRONG
        if node.name == "exists":
            return Truth(lowering.exists(target.index, body))
        return Truth(lowering.negate(lowering.exists(target.index, lowering.negate(body))))


_KINDS: dict[type[Any], Callable[[Checker, Any], Operand]] = {
    syntax.Name: Checker.name,
    syntax.Relation: Checker.relation,
    syntax.And: Checker.chain,
    syntax.Or: Checker.chain,
    syntax.Not: Checker.negation,
    syntax.Conditional: Checker.conditional,
    syntax.Call: Checker.call,
    syntax.Select: Checker.select,
    syntax.Text: lambda _, node: Value(ValueType.STRING, node.value),
    syntax.Int: lambda _, node: Value(ValueType.INT, node.value),
    syntax.Double: lambda _, node: Value(ValueType.DOUBLE, node.value),
    syntax.Bool: lambda _, node: Truth(TRUE if node.value else FALSE),
    syntax.ListOf: lambda _, node: Values(node),
    syntax.Null: lambda _, node: NullValue(),
    syntax.Bad: lambda _, node: WRONG,
}
"""What to do with each kind of node; a table, for a chain of tests costs a third of the walk."""
