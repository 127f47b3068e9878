"""Tokens to a syntax tree: a Pratt parser with an exact span on every node.

It reads all of CEL's grammar and refuses, with advice, what the language leaves out. After a
mistake it goes on at the next operator or bracket, so that one run finds many.

Powers, low to high: `?:` 1, `||` 2, `&&` 3, comparisons and `in` 4, `+ -` 5, `* / %` 6.
"""

from __future__ import annotations

from collections.abc import Callable

from tacit.compiler.expressions import advice, messages
from tacit.compiler.expressions.cursor import OPERAND_STARTS, RELATION
from tacit.compiler.expressions.lexer import Token
from tacit.compiler.expressions.limits import DEFAULT, Limits
from tacit.compiler.expressions.messages import Complaints, GiveUp
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
from tacit.compiler.expressions.words import Words

_POWER = {
    "?": 1,
    "||": 2,
    "&&": 3,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in"), 4),
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
    "%": 6,
}
_CHAINS = frozenset({2, 3})
_CLOSERS = frozenset({"end", ")", "]", "}", ",", ":"})
_CONSTANT_MAKERS: dict[str, Callable[[Token], Expression]] = {
    "int": lambda t: Int(t.start, t.end, t.value),  # type: ignore[arg-type]
    "double": lambda t: Double(t.start, t.end, t.value),  # type: ignore[arg-type]
    "text": lambda t: Text(t.start, t.end, t.value),  # type: ignore[arg-type]
    "true": lambda t: Bool(t.start, t.end, True),
    "false": lambda t: Bool(t.start, t.end, False),
    "null": lambda t: Null(t.start, t.end),
    "bad": lambda t: Bad(t.start, t.end),
}
_POSTFIX = frozenset({".", "[", "{"})
_INDEX_HELP = 'ask a list with `"text" in list` or `list.exists(v, ...)`'
_STRAY = {
    ",": "join conditions with `&&` or `||`",
    ":": "write `condition ? a : b`",
}


def parse(text: str, complaints: Complaints, limits: Limits = DEFAULT) -> Expression:
    """The tree of `text`. What is wrong goes to `complaints`; then parts of the tree are `Bad`."""
    if len(text) > limits.text:
        complaints.add(
            messages.TEXT_LIMIT, limits.text, len(text), count=len(text), limit=limits.text
        )
        return Bad(0, len(text))
    if not text.strip(" \t\n\f\r"):
        complaints.add(messages.EMPTY, 0, len(text))
        return Bad(0, len(text))
    try:
        return _Parser(text, complaints, limits).whole()
    except GiveUp:
        return Bad(0, len(text))


class _Parser(Words):
    """One run over one expression."""

    __slots__ = ()

    # -------------------------------------------------------------- expressions

    def whole(self) -> Expression:
        node = self.expression(0)
        while self.kind != "end":
            token = self.token
            if token.kind in {")", "]", "}"}:
                self.complaints.add(
                    messages.UNBALANCED,
                    token.start,
                    token.end,
                    bracket=token.kind,
                    label="closes nothing",
                )
            else:
                self.expected("an operator", _STRAY.get(token.kind))
            self.advance()
            if self.kind in OPERAND_STARTS:
                self.expression(0)
            node = self.rest(Bad(node.start, node.end), 0)
        return node

    def expression(self, power: int) -> Expression:
        """An expression whose operators all bind tighter than `power`."""
        return self.rest(self.prefix(), power)

    def rest(self, left: Expression, power: int) -> Expression:
        """What follows the operand `left`, as far as it binds tighter than `power`."""
        while True:
            kind = self.kind
            bind = _POWER.get(kind)
            if bind is None:
                if kind in _CLOSERS:
                    return left
                left = self.no_operator(left)
                continue
            if bind <= power:
                return left
            if bind in _CHAINS:
                left = self.chain(left, kind, bind)
            elif bind == RELATION:
                left = self.relation(left)
            elif bind == 1:
                left = self.conditional(left)
            else:
                left = self.arithmetic(left, bind)

    def chain(self, left: Expression, kind: str, bind: int) -> Expression:
        terms = [left]
        while self.kind == kind:
            self.advance()
            terms.append(self.expression(bind))
        self.count(left.start, left.end)
        make = And if kind == "&&" else Or
        return make(left.start, terms[-1].end, tuple(terms))

    def relation(self, left: Expression) -> Expression:
        operator = self.advance()
        right = self.expression(RELATION)
        self.count(operator.start, operator.end)
        node = Relation(left.start, right.end, operator.kind, left, right, operator.start)
        return node if _POWER.get(self.kind) != RELATION else self.chained(node)

    def chained(self, node: Relation) -> Expression:
        second = self.advance()
        last = self.expression(RELATION)
        left, middle = self.written(node.left), self.written(node.right)
        self.complaints.add(
            messages.CHAINED,
            second.start,
            second.end,
            advice=f"write `{left} {node.operator} {middle} && {middle} {second.kind} "
            f"{self.written(last)}`, or use parentheses",
        )
        while _POWER.get(self.kind) == RELATION:
            self.advance()
            last = self.expression(RELATION)
        return Bad(node.start, last.end)

    def conditional(self, test: Expression) -> Expression:
        question = self.advance()
        if self.kind == ".":
            self.refuse("optional fields (`?.`)", question.start, self.token.end)
            self.advance()
            return Bad(test.start, self.skip_to_closer())
        self.enter(question.start, question.end)
        then = self.expression(1)
        if self.kind == "?":
            token = self.token
            self.complaints.add(messages.NESTED_CHOICE, token.start, token.end)
            then = self.conditional(then)
        if self.kind != ":":
            self.expected("`:`", "write `condition ? a : b`")
            self.depth -= 1
            return Bad(test.start, then.end)
        self.advance()
        otherwise = self.expression(0)
        self.depth -= 1
        self.count(question.start, question.end)
        return Conditional(test.start, otherwise.end, test, then, otherwise)

    def arithmetic(self, left: Expression, bind: int) -> Expression:
        operator = self.advance()
        if operator.kind == "%" and self.kind not in OPERAND_STARTS:
            self.complaints.add(messages.PERCENT, operator.start, operator.end)
            return Bad(left.start, operator.end)
        right = self.expression(bind)
        touching = operator.kind == "-" and left.end == operator.start == right.start - 1
        hyphen = touching and isinstance(left, Name) and isinstance(right, (Name, Bad))
        self.complaints.add(
            messages.ARITHMETIC,
            operator.start,
            operator.end,
            operator=operator.kind,
            advice=advice.HYPHEN_HELP if hyphen else advice.ARITHMETIC_HELP,
        )
        return Bad(left.start, right.end)

    # -------------------------------------------------------------- operands

    def prefix(self) -> Expression:
        kind = self.kind
        if kind == "name":
            return self.word_not() if self.at_word_not() else self.postfix(self.name())
        make = _CONSTANT_MAKERS.get(kind)
        if make is not None:
            token = self.advance()
            self.count(token.start, token.end)
            node = make(token)
            return node if self.kind not in _POSTFIX else self.postfix(node)
        if kind == "(":
            return self.postfix(self.parentheses())
        if kind == "[":
            return self.postfix(self.list_of())
        if kind == "!":
            token = self.advance()
            self.enter(token.start, token.end)
            operand = self.prefix()
            self.depth -= 1
            self.count(token.start, token.end)
            return Not(token.start, operand.end, operand)
        if kind in {"-", "+"}:
            return self.sign()
        if kind == "{":
            return self.brackets(self.token.start, "maps (`{...}`)", "write a list: `[...]`")
        token = self.token
        help_text = None
        if kind == "end":
            help_text = "the expression stops too early"
        elif kind == "." or (kind == "&&" and self.at and self.tokens[self.at - 1].kind == "&&"):
            help_text = "remove it"
        self.expected("a value", help_text)
        if kind == ".":
            self.advance()
            return self.prefix() if self.kind in OPERAND_STARTS else Bad(token.start, token.end)
        return Bad(token.start, token.start)

    def name(self) -> Expression:
        token = self.advance()
        word = str(token.value)
        self.count(token.start, token.end)
        if word in advice.RESERVED:
            self.complaints.add(
                messages.RESERVED,
                token.start,
                token.end,
                word=word,
                advice=advice.RESERVED_HELP.get(word, "choose another name; a text needs quotes"),
            )
            if self.kind in OPERAND_STARTS:
                return Bad(token.start, self.expression(RELATION).end)
            return Bad(token.start, token.end)
        if self.kind == "(":
            args, end = self.arguments()
            return Call(token.start, end, None, word, args, token.start)
        return Name(token.start, token.end, word)

    def postfix(self, node: Expression) -> Expression:
        while self.kind in _POSTFIX:
            if self.kind == ".":
                node = self.member(node)
            elif self.kind == "[":
                node = self.brackets(node.start, "indexes", _INDEX_HELP)
            elif isinstance(node, (Name, Select)):
                node = self.brackets(node.start, "messages", None)
            else:
                return node
        return node

    def member(self, target: Expression) -> Expression:
        dot = self.advance()
        if self.kind == "?":
            self.refuse("optional fields (`.?`)", dot.start, self.advance().end)
            return Bad(target.start, self.advance().end if self.kind == "name" else dot.end)
        if self.kind not in {"name", "in", "true", "false", "null"}:
            self.expected("a method name")
            return Bad(target.start, dot.end)
        token = self.advance()
        self.count(token.start, token.end)
        if self.kind == "(":
            args, end = self.arguments()
            return Call(target.start, end, target, str(token.value), args, token.start)
        return Select(target.start, token.end, target, str(token.value))

    def arguments(self) -> tuple[tuple[Expression, ...], int]:
        """`(a, b)`: the arguments and where they end."""
        bracket = self.advance()
        self.enter(bracket.start, bracket.end)
        args: list[Expression] = []
        if self.kind != ")":
            args.append(self.expression(0))
            while self.kind == ",":
                comma = self.advance()
                if self.kind == ")":
                    self.complaints.add(
                        messages.EXPECTED,
                        comma.start,
                        comma.end,
                        wanted="an argument",
                        found="`,`",
                        advice="remove the comma",
                    )
                    break
                args.append(self.expression(0))
        self.depth -= 1
        return tuple(args), self.close(bracket)

    def parentheses(self) -> Expression:
        bracket = self.advance()
        self.enter(bracket.start, bracket.end)
        node = self.expression(0)
        if self.kind == ",":
            self.expected("`)`", "a list is written with `[...]`")
            while self.kind == ",":
                self.advance()
                node = Bad(node.start, self.expression(0).end)
        self.depth -= 1
        return _widened(node, bracket.start, self.close(bracket))

    def list_of(self) -> Expression:
        bracket = self.advance()
        self.enter(bracket.start, bracket.end)
        self.count(bracket.start, bracket.end)
        items: list[Expression] = []
        limit = self.limits.items
        while self.kind not in {"]", "end", ")", "}"}:
            if len(items) == limit:
                token = self.token
                self.complaints.add(messages.LIST_LIMIT, token.start, token.end, limit=limit)
                raise GiveUp
            items.append(self.item())
            if self.kind == ",":
                self.advance()  # CEL allows one comma after the last item
            elif self.kind != "]":
                break
        self.depth -= 1
        return ListOf(bracket.start, self.close(bracket), tuple(items))

    def item(self) -> Expression:
        """One item of a list; constants there do not count as parts of the expression."""
        token = self.token
        make = _CONSTANT_MAKERS.get(token.kind)
        if make is not None and self.peek().kind in {",", "]"}:
            self.advance()
            return make(token)
        return self.expression(0)

    def sign(self) -> Expression:
        """`-1`; any other sign is arithmetic."""
        token = self.advance()
        number = self.token
        if token.kind == "-" and number.kind in {"int", "double"}:
            self.advance()
            self.count(token.start, number.end)
            value = -number.value  # type: ignore[operator]
            node: Expression = (
                Int(token.start, number.end, value)
                if isinstance(value, int)
                else Double(token.start, number.end, value)
            )
            return self.postfix(node)
        help_text = "leave the `+` out" if token.kind == "+" else advice.ARITHMETIC_HELP
        self.complaints.add(
            messages.ARITHMETIC, token.start, token.end, operator=token.kind, advice=help_text
        )
        self.enter(token.start, token.end)
        operand = self.prefix()
        self.depth -= 1
        return Bad(token.start, operand.end)

    # -------------------------------------------------------------- refusals

    def brackets(self, start: int, what: str, help_text: str | None) -> Expression:
        """Brackets with something that is refused whatever it is."""
        bracket = self.advance()
        self.skip_to_closer()
        end = self.close(bracket)
        self.refuse(what, bracket.start, end, help_text)
        return Bad(start, end)


def _widened(node: Expression, start: int, end: int) -> Expression:
    """The same node with the parentheses around it."""
    fields = [getattr(node, name) for name in node.__match_args__[2:]]
    return type(node)(start, end, *fields)
