"""flagd's in-process evaluator (Python): a flag per surface, one JsonLogic `if` over its rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from bench.contenders import Contender, Evaluator, Shaped
from bench.description import All, Atom, Condition, Context, Kind, Op, Rule, Surface, Workload
from bench.oracle import murmur3_32

SHARES = 10_000


def _atom(atom: Atom) -> Any:
    variable = {"var": atom.signal.name}
    operands = list(atom.operands)
    # JsonLogic compares an absent value like zero, and negations of it are true.
    present = {"!==": [variable, None]}

    def compared(relation: str, operand: Any) -> Any:
        if atom.signal.kind is Kind.VERSION:
            return {"sem_ver": [variable, relation, operand]}
        return {relation: [variable, operand]}

    match atom.op:
        case Op.IS:
            return variable
        case Op.IS_NOT:
            return {"===": [variable, False]}
        case Op.AMONG:
            if len(operands) == 1:
                return {"==": [variable, operands[0]]}
            return {"in": [variable, operands]}
        case Op.NOT_AMONG:
            if len(operands) == 1:
                return {"and": [present, {"!=": [variable, operands[0]]}]}
            return {"and": [present, {"!": [{"in": [variable, operands]}]}]}
        case Op.INCLUDES:
            return {"and": [present, {"in": [operands[0], variable]}]}
        case Op.EXCLUDES:
            return {"and": [present, {"!": [{"in": [operands[0], variable]}]}]}
        case Op.AT_LEAST:
            return {"and": [present, compared(">=", operands[0])]}
        case Op.BELOW:
            return {"and": [present, compared("<", operands[0])]}
        case Op.WITHIN if atom.signal.kind is Kind.VERSION:
            return {"and": [present, compared(">=", operands[0]), compared("<", operands[1])]}
        case Op.WITHIN:
            low, high = operands
            return {"and": [present, {"<=": [low, variable]}, {"<": [variable, high]}]}
    raise AssertionError(atom.op)


def _condition(condition: Condition) -> Any:
    if isinstance(condition, Atom):
        return _atom(condition)
    terms = [_condition(term) for term in condition.terms]
    if not isinstance(condition, All):
        return {"or": terms}
    # An `and` inside an `and` is one `and`.
    flat: list[Any] = []
    for term in terms:
        flat += term.get("and", [term])
    return {"and": flat}


def _rule(rule: Rule) -> list[Any]:
    condition = _condition(rule.condition)
    if rule.share is not None:
        key = {"cat": [rule.salt, {"var": "targetingKey"}]}
        shares = [["in", rule.share], ["out", SHARES - rule.share]]
        enrolled = {"==": [{"fractional": [key, *shares]}, "in"]}
        terms = condition.get("and", [condition])
        condition = {"and": [*terms, enrolled]}
    return [condition, rule.variant]


def _flag(surface: Surface) -> dict[str, Any]:
    branches = [part for rule in surface.rules for part in _rule(rule)]
    return {
        "state": "ENABLED",
        "variants": {variant: variant for variant in surface.variants},
        "defaultVariant": surface.default,
        "targeting": {"if": [*branches, surface.default]},
    }


def _evaluator(core: Any) -> Evaluator:
    from openfeature.evaluation_context import EvaluationContext

    resolve = core.resolve_string_value
    # The evaluator has no list of its flags; a host that decides all of them keeps one.
    surfaces = tuple(core._flag_store.flags)

    def one(surface: str, context: Shaped) -> Any:
        return resolve(surface, "", EvaluationContext(context[0], context[1]))

    def decide_all(context: Shaped) -> Mapping[str, Any]:
        shared = EvaluationContext(context[0], context[1])
        return {surface: resolve(surface, "", shared) for surface in surfaces}

    return Evaluator(
        one,
        decide_all,
        variant=attrgetter("value"),
        read=lambda found: [details.value for details in found.values()],
    )


class Flagd(Contender):
    name = "flagd"
    packages = ("openfeature-provider-flagd", "openfeature-flagd-core")
    modules = ("openfeature.contrib.tools.flagd.core", "openfeature.evaluation_context")
    needs_unit = True
    notes = (
        "The evaluator itself is called, without the OpenFeature client and its hooks.",
        "Rollouts use its own `fractional` (murmur3 over CBOR); judged by that hash.",
        "Atoms are guarded against absent values, which JsonLogic would take for zero.",
        "A targeting key is part of the call; contexts without a unit are left out of its check.",
    )

    def payload(self, workload: Workload) -> bytes:
        flags = {surface.name: _flag(surface) for surface in workload.surfaces}
        return json.dumps({"flags": flags}, separators=(",", ":")).encode()

    def load(self, payload: bytes) -> Evaluator:
        from openfeature.contrib.tools.flagd.core import FlagdCore

        core = FlagdCore()
        core.set_flags(payload.decode())
        return _evaluator(core)

    def shape(self, context: Context) -> Shaped:
        attributes = {name: value for name, value in context.items() if name != "install_id"}
        return [context.get("install_id", ""), attributes]

    def position(self, salt: str, unit: str) -> float:
        text = (salt + unit).encode()
        return murmur3_32(_cbor_head(len(text)) + text) * SHARES >> 32


def _cbor_head(length: int) -> bytes:
    """The first bytes of a CBOR text of `length` bytes (RFC 8949, section 3.1)."""
    return bytes([0x60 + length]) if length < 24 else bytes([0x78, length])


def contender() -> Contender:
    return Flagd()
