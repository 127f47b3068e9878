"""Words where CEL has signs: `and or not is in` and their kin, complained about and understood."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tacit.compiler.expressions import advice, messages
from tacit.compiler.expressions.cursor import OPERAND_STARTS, RELATION, Cursor
from tacit.compiler.expressions.lexer import Token
from tacit.compiler.expressions.syntax import Bad, Expression, Not, Relation

_NOT_WORDS = frozenset({"not", "NOT", "Not"})
_NOT_FOLLOWS = frozenset({"name", "int", "double", "text", "true", "false", "null", "(", "!"})


class Words(Cursor, ABC):
    """The part of the parser that meets a word, or a value, where an operator should be."""

    __slots__ = ()

    @abstractmethod
    def expression(self, power: int) -> Expression:
        """An expression whose operators all bind tighter than `power`."""

    def no_operator(self, left: Expression) -> Expression:
        """A value follows a value. A word such as `and` is read as the operator it means."""
        token = self.token
        word = str(token.value) if token.kind == "name" else ""
        lower = word.casefold()
        if lower in advice.WORD_OPERATORS:
            meant = advice.WORD_OPERATORS[lower]
            self.slip(token, word, meant)
            self.tokens[self.at] = token._replace(kind=meant)
            self.kind = meant
            return left
        if lower == "not" and self.peek().kind == "in":
            self.complaints.add(
                messages.SLIP,
                token.start,
                self.peek().end,
                written=f"{word} in",
                meant=f"!({self.written(left)} in [...])",
            )
            self.advance()
            self.advance()
            return Bad(left.start, self.expression(RELATION).end)
        if lower == "is":
            return self.word_is(left, token)
        help_text = advice.for_word(word) if word else None
        if not word and self.kind in {"!", "."}:
            help_text = "write `!=` for `is not`" if self.kind == "!" else None
        if word and self.after_bare_word():
            help_text = help_text or "a text needs quotes"
        self.complaints.add(
            messages.NO_OPERATOR, token.start, token.end, found=self.found(), advice=help_text
        )
        if help_text and word:
            self.advance()
            end = self.expression(RELATION).end if self.kind in OPERAND_STARTS else token.end
            if lower == "between" and self.token.value == "and":
                self.advance()
                end = self.expression(RELATION).end
            return Bad(left.start, end)
        return Bad(left.start, self.expression(RELATION).end)

    def word_is(self, left: Expression, token: Token) -> Expression:
        """`x is null`, `x is not null`, `x is y`."""
        self.advance()
        negated = self.kind == "name" and str(self.token.value).casefold() == "not"
        if negated:
            self.advance()
        subject = self.written(left)
        name = str(self.token.value).casefold() if self.kind in {"name", "null"} else ""
        if name in {"null", "none", "missing", "empty", "undefined"}:
            self.advance()
            meant = f"has({subject})" if negated else f"!has({subject})"
        else:
            meant = "!=" if negated else "=="
        end = self.tokens[self.at - 1].end
        written = advice.shown(self.text[token.start : end])
        self.complaints.add(messages.SLIP, token.start, end, written=written, meant=meant)
        if meant in {"!=", "=="}:
            end = self.expression(RELATION).end
        return Bad(left.start, end)

    def after_bare_word(self) -> bool:
        """`country == New York`: we are at a name after a name that is compared."""
        before = [token.kind for token in self.tokens[max(self.at - 2, 0) : self.at]]
        return before in (["==", "name"], ["!=", "name"])

    def slip(self, token: Token, written: str, meant: str) -> None:
        self.complaints.add(messages.SLIP, token.start, token.end, written=written, meant=meant)

    def at_word_not(self) -> bool:
        """Whether the current name is a `not` before an operand (a signal may be called `not`)."""
        return self.token.value in _NOT_WORDS and self.peek().kind in _NOT_FOLLOWS

    def word_not(self) -> Expression:
        token = self.advance()
        self.enter(token.start, token.end)
        # `not` binds looser than a comparison where people know it from.
        operand = self.expression(RELATION - 1)
        self.depth -= 1
        compared = isinstance(operand, Relation) and self.text[operand.start] != "("
        meant = f"!({self.written(operand)})" if compared else "!"
        self.slip(token, str(token.value), meant)
        return Not(token.start, operand.end, operand)
