"""The workload as a tacit project: the dict that `compile_project` takes."""

from __future__ import annotations

import json
from typing import Any

from bench.description import (
    All,
    Atom,
    Condition,
    Kind,
    Op,
    Rule,
    Signal,
    Surface,
    Value,
    Workload,
)


def _constant(atom: Atom, value: Value) -> str:
    if atom.signal.kind is Kind.VERSION:
        return f'version("{value}")'
    return json.dumps(value)


def _atom(atom: Atom) -> str:
    name = atom.signal.name
    constants = [_constant(atom, value) for value in atom.operands]
    members = f"[{', '.join(constants)}]"
    match atom.op:
        case Op.IS:
            return name
        case Op.IS_NOT:
            return f"!{name}"
        case Op.AMONG:
            return f"{name} == {constants[0]}" if len(constants) == 1 else f"{name} in {members}"
        case Op.NOT_AMONG if len(constants) == 1:
            return f"{name} != {constants[0]}"
        case Op.NOT_AMONG:
            return f"!({name} in {members})"
        case Op.INCLUDES:
            return f"{constants[0]} in {name}"
        case Op.EXCLUDES:
            return f"!({constants[0]} in {name})"
        case Op.AT_LEAST:
            return f"{name} >= {constants[0]}"
        case Op.BELOW:
            return f"{name} < {constants[0]}"
        case Op.WITHIN:
            return f"{name} >= {constants[0]} && {name} < {constants[1]}"
    raise AssertionError(atom.op)


def when(condition: Condition, inside_and: bool = False) -> str:
    """The condition as an expression."""
    if isinstance(condition, Atom):
        return _atom(condition)
    if isinstance(condition, All):
        return " && ".join(when(term, inside_and=True) for term in condition.terms)
    text = " || ".join(when(term) for term in condition.terms)
    return f"({text})" if inside_and else text


def _signal(signal: Signal) -> dict[str, Any]:
    declared: dict[str, Any] = {"type": str(signal.kind), "source": "request"}
    if signal.values:
        declared["values"] = list(signal.values)
    return declared


def _rule(rule: Rule) -> dict[str, Any]:
    made: dict[str, Any] = {"id": rule.id, "when": when(rule.condition), "show": rule.variant}
    if rule.share is not None:
        made["traffic"] = f"{rule.share // 100}%"
    return made


def _surface(surface: Surface) -> dict[str, Any]:
    return {
        "default": surface.default,
        "variants": dict.fromkeys(surface.variants),
        "rules": [_rule(rule) for rule in surface.rules],
    }


def project(workload: Workload) -> dict[str, Any]:
    return {
        "project": workload.name,
        "unit": workload.unit.name,
        "signals": {signal.name: _signal(signal) for signal in (*workload.signals, workload.unit)},
        "surfaces": {surface.name: _surface(surface) for surface in workload.surfaces},
    }
