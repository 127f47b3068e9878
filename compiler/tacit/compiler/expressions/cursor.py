"""The parser's place among the tokens: taking them, counting against limits, closing brackets."""

from __future__ import annotations

from tacit.compiler.expressions import advice, lexer, messages
from tacit.compiler.expressions.lexer import Token
from tacit.compiler.expressions.limits import Limits
from tacit.compiler.expressions.messages import Complaints, GiveUp
from tacit.compiler.expressions.syntax import Expression

RELATION = 4
"""The binding power of comparisons and `in`."""
OPERAND_STARTS = frozenset(
    {"name", "int", "double", "text", "true", "false", "null", "bad", "(", "[", "{", "!", "-", "."}
)
"""Kinds of tokens that an operand can start with."""
_PARTNER = {"(": ")", "[": "]", "{": "}"}


class Cursor:
    """The tokens of one expression and how far they have been read."""

    __slots__ = ("at", "complaints", "depth", "kind", "limits", "nodes", "text", "tokens")

    def __init__(self, text: str, complaints: Complaints, limits: Limits) -> None:
        self.text = text
        self.complaints = complaints
        self.limits = limits
        self.tokens = lexer.tokens(text, complaints)
        self.at = 0
        self.kind = self.tokens[0].kind
        self.nodes = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def advance(self) -> Token:
        """Take the current token. The last one, `end`, stays."""
        token = self.tokens[self.at]
        if token.kind != "end":
            self.at += 1
            self.kind = self.tokens[self.at].kind
        return token

    def peek(self) -> Token:
        return self.tokens[min(self.at + 1, len(self.tokens) - 1)]

    def written(self, node: Expression) -> str:
        return advice.shown(self.text[node.start : node.end])

    def found(self) -> str:
        token = self.token
        if token.kind == "end":
            return "the end"
        return f"`{advice.shown(self.text[token.start : token.end])}`"

    def expected(self, wanted: str, help_text: str | None = None) -> None:
        token = self.token
        start, end = token.start, token.end
        if token.kind == "end" and self.at:
            start = end = self.tokens[self.at - 1].end
        self.complaints.add(
            messages.EXPECTED, start, end, wanted=wanted, found=self.found(), advice=help_text
        )

    def count(self, start: int, end: int) -> None:
        self.nodes += 1
        if self.nodes > self.limits.nodes:
            self.complaints.add(messages.NODE_LIMIT, start, end, limit=self.limits.nodes)
            raise GiveUp

    def enter(self, start: int, end: int) -> None:
        self.depth += 1
        if self.depth > self.limits.depth:
            self.complaints.add(messages.DEPTH_LIMIT, start, end, limit=self.limits.depth)
            raise GiveUp

    def close(self, bracket: Token) -> int:
        """Take the partner of `bracket`; return where it ends."""
        if self.kind == _PARTNER[bracket.kind]:
            return self.advance().end
        if self.kind == "end" or self.kind in {")", "]", "}"}:
            self.complaints.add(
                messages.UNBALANCED,
                bracket.start,
                bracket.end,
                bracket=bracket.kind,
                label="is not closed",
            )
        else:
            self.expected(f"`{_PARTNER[bracket.kind]}`")
            end = self.skip_to_closer()
            if self.kind == _PARTNER[bracket.kind]:
                return self.advance().end
            return end
        return max(self.tokens[self.at - 1].end, bracket.end)

    def skip_to_closer(self) -> int:
        """Pass over tokens up to the bracket that closes where we are; return where we got to."""
        open_brackets = 0
        end = self.token.start
        while self.kind != "end":
            if self.kind in _PARTNER:
                open_brackets += 1
            elif self.kind in {")", "]", "}"}:
                if open_brackets == 0:
                    break
                open_brackets -= 1
            end = self.advance().end
        return end

    def refuse(self, what: str, start: int, end: int, help_text: str | None = None) -> None:
        self.complaints.add(messages.UNSUPPORTED, start, end, what=what, advice=help_text)
