"""Worst-case cost of a condition, in units; budgets count in them.

One unit is about one look at one signal. Nothing is assumed to stop early, so the number is a bound
that does not depend on the visitor. A text or list counts with the longest its signal may have.

| condition | units |
|---|---|
| a constant | 0 |
| `has`, a bool, a comparison, a segment | 1 |
| `in` of n constants | 1 + floor(log2 n) |
| `startsWith`, `endsWith` | 1 + length of the text / 32 |
| `contains`, `size` of a string | 1 + longest string / 32 |
| `size` of a list | 1 |
| text `in` a list | 1 + most elements / 4 |
| `exists`, `all` | 1 + most elements x (1 + the body) / 4 |
| `a && b`, `a || b` | 1 + the terms |
| `!a` | a |
| `c ? a : b` | 1 + c + a + b |

A segment costs one unit wherever it is used, and its own condition once for each surface that
uses it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from tacit.compiler import ir

_STRIDE = 32
"""Characters that are walked for one unit."""
_ELEMENTS = 4
"""Elements that are looked at for one unit: they lie side by side, signals do not."""


def cost(condition: ir.Condition, signals: Mapping[int, ir.Signal] | Sequence[ir.Signal]) -> int:
    """Units of `condition`; `signals` are looked up by index."""
    match condition:
        case ir.Literal(signal, test):
            return _test(test, signals[signal], signals)
        case ir.All(terms) | ir.Any(terms):
            return 1 + sum([cost(term, signals) for term in terms])
        case ir.SegmentIs():
            return 1
        case ir.Constant():
            return 0
        case ir.Not(term):
            return cost(term, signals)
        case ir.Choose(test, then, otherwise):
            return 1 + cost(test, signals) + cost(then, signals) + cost(otherwise, signals)
    assert_never(condition)


def _test(
    test: ir.Test,
    signal: ir.Signal,
    signals: Mapping[int, ir.Signal] | Sequence[ir.Signal],
    *,
    element: bool = False,
) -> int:
    match test:
        case ir.Has() | ir.IsTrue() | ir.Compare():
            return 1
        case ir.Among(values):
            return max(1, len(values).bit_length())
        case ir.TextMatch(affix, text):
            walked = signal.max_length if affix is ir.Affix.CONTAINS else len(text)
            return 1 + walked // _STRIDE
        case ir.Size():
            whole_list = signal.type is ir.SignalType.STRING_LIST and not element
            return 1 if whole_list else 1 + signal.max_length // _STRIDE
        case ir.Includes():
            return 1 + signal.max_items // _ELEMENTS
        case ir.Exists(body):
            return 1 + signal.max_items * (1 + _body(body, signal, signals)) // _ELEMENTS
    assert_never(test)


def _body(
    body: ir.Condition,
    signal: ir.Signal,
    signals: Mapping[int, ir.Signal] | Sequence[ir.Signal],
) -> int:
    """As `cost`, for a condition whose literals test one element."""
    match body:
        case ir.Literal(_, test):
            return _test(test, signal, signals, element=True)
        case ir.All(terms) | ir.Any(terms):
            return 1 + sum(_body(term, signal, signals) for term in terms)
        case ir.Not(term):
            return _body(term, signal, signals)
        case ir.Choose(test, then, otherwise):
            return 1 + sum(_body(part, signal, signals) for part in (test, then, otherwise))
        case ir.Constant() | ir.SegmentIs():
            return 0
    assert_never(body)
