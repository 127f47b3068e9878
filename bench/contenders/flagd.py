"""flagd's in-process evaluator (Python): a flag per surface, one JsonLogic `if` over its rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bench.contenders import Contender, Evaluator, Shaped
from bench.description import All, Condition, Context, Kind, Op, Rule, Surface, Test, Workload
from bench.oracle import murmur3_32

SHARES = 10_000


def _test(test: Test) -> Any:
    variable = {"var": test.signal.name}
    operands = list(test.operands)
    # JsonLogic compares an absent value like zero, and negations of it are true.
    present = {"!==": [variable, None]}

    def compared(relation: str, operand: Any) -> Any:
        if test.signal.kind is Kind.VERSION:
            return {"sem_ver": [variable, relation, operand]}
        return {relation: [variable, operand]}

    match test.op:
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
        case Op.WITHIN if test.signal.kind is Kind.VERSION:
            return {"and": [present, compared(">=", operands[0]), compared("<", operands[1])]}
        case Op.WITHIN:
            low, high = operands
            return {"and": [present, {"<=": [low, variable]}, {"<": [variable, high]}]}
    raise AssertionError(test.op)


def _condition(condition: Condition) -> Any:
    if isinstance(condition, Test):
        return _test(condition)
    terms = [_condition(term) for term in condition.terms]
    if not isinstance(condition, All):
        return {"or": terms}
    # An `and` inside an `and` is one `and`.
    flat: list[Any] = []
    for term in terms:
        flat += term["and"] if "and" in term else [term]
    return {"and": flat}


def _rule(rule: Rule) -> list[Any]:
    condition = _condition(rule.condition)
    if rule.share is not None:
        key = {"cat": [rule.salt, {"var": "targetingKey"}]}
        shares = [["in", rule.share], ["out", SHARES - rule.share]]
        enrolled = {"==": [{"fractional": [key, *shares]}, "in"]}
        terms = condition["and"] if "and" in condition else [condition]
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


class _Core(Evaluator):
    def __init__(self, core: Any, surfaces: tuple[str, ...]) -> None:
        from openfeature.evaluation_context import EvaluationContext

        self._resolve = core.resolve_string_value
        self._surfaces = surfaces
        self._context = EvaluationContext

    def one(self, surface: str, context: Shaped) -> Any:
        return self._resolve(surface, "", self._context(context[0], context[1]))

    def all(self, context: Shaped) -> Mapping[str, Any]:
        resolve = self._resolve
        shared = self._context(context[0], context[1])
        return {surface: resolve(surface, "", shared) for surface in self._surfaces}

    def variant(self, result: Any) -> str:
        return result.value  # type: ignore[no-any-return]


class Flagd(Contender):
    name = "flagd"
    packages = ("openfeature-provider-flagd", "openfeature-flagd-core")
    needs_unit = True
    notes = (
        "The evaluator itself is called, without the OpenFeature client and its hooks.",
        "Rollouts use its own `fractional` (murmur3 over CBOR of salt and key); judged by that hash.",
        "Tests are guarded against absent values, which JsonLogic would take for zero.",
        "The targeting key is part of the call, so contexts without a unit are left out of its check.",
    )

    def payload(self, workload: Workload) -> bytes:
        flags = {surface.name: _flag(surface) for surface in workload.surfaces}
        return json.dumps({"flags": flags}, separators=(",", ":")).encode()

    def prepare(self) -> None:
        from openfeature.contrib.tools.flagd.core import FlagdCore

        assert FlagdCore

    def load(self, payload: bytes) -> Evaluator:
        from openfeature.contrib.tools.flagd.core import FlagdCore

        core = FlagdCore()
        core.set_flags(payload.decode())
        # The evaluator has no list of its flags; a host that decides all of them keeps one.
        return _Core(core, tuple(core._flag_store.flags))

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
