"""Expressions: text to a typed condition, or diagnostics.

    check(text, scope, locate) -> Checked     parse, look up names, check types, lower to the IR
    names(text) -> frozenset[str]             names used, before anything is declared

Inside, one way: lexer -> parser -> checker (with comparisons and calls) -> ir.Condition. The words
of every complaint are in `messages`, the advice in `advice`.
"""

from tacit.compiler.expressions.check import Checked, check
from tacit.compiler.expressions.cost import cost
from tacit.compiler.expressions.limits import Limits
from tacit.compiler.expressions.names import names
from tacit.compiler.expressions.pretty import pretty, quote
from tacit.compiler.expressions.scope import Scope

__all__ = ["Checked", "Limits", "Scope", "check", "cost", "names", "pretty", "quote"]
