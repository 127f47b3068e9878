"""growthbook (Python): a feature per surface, a force rule per rule."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bench.contenders import Contender, Evaluator, Shaped
from bench.description import All, Atom, Condition, Kind, Op, Rule, Surface, Workload


def _operator(atom: Atom) -> Any:
    first, *rest = atom.operands or (True,)
    # Without $exists a negation is true where the attribute is absent.
    present = {"$exists": True}
    version = "v" if atom.signal.kind is Kind.VERSION else ""
    match atom.op:
        case Op.IS:
            return True
        case Op.IS_NOT:
            return False
        case Op.AMONG:
            return {"$in": [first, *rest]} if rest else first
        case Op.NOT_AMONG:
            return present | ({"$nin": [first, *rest]} if rest else {"$ne": first})
        case Op.INCLUDES:
            return {"$in": [first]}
        case Op.EXCLUDES:
            return present | {"$nin": [first]}
        case Op.AT_LEAST:
            return {f"${version}gte": first}
        case Op.BELOW:
            return {f"${version}lt": first}
        case Op.WITHIN:
            return {f"${version}gte": first, f"${version}lt": rest[0]}
    raise AssertionError(atom.op)


def _condition(condition: Condition) -> dict[str, Any]:
    if isinstance(condition, Atom):
        return {condition.signal.name: _operator(condition)}
    parts = [_condition(term) for term in condition.terms]
    if not isinstance(condition, All):
        return {"$or": parts}
    merged: dict[str, Any] = {}
    for part in parts:
        merged |= part
    # Keys that meet (two ORs) need the list form.
    return merged if len(merged) == sum(map(len, parts)) else {"$and": parts}


def _rule(rule: Rule, unit: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": rule.id,
        "condition": _condition(rule.condition),
        "force": rule.variant,
    }
    if rule.share is not None:
        made |= {
            "coverage": rule.share / 10_000,
            "hashAttribute": unit,
            "seed": rule.salt,
            "hashVersion": 2,
        }
    return made


def _feature(surface: Surface, unit: str) -> dict[str, Any]:
    return {
        "defaultValue": surface.default,
        "rules": [_rule(rule, unit) for rule in surface.rules],
    }


def _evaluator(growthbook: Any) -> Evaluator:
    set_attributes = growthbook.set_attributes
    get_value = growthbook.get_feature_value
    surfaces = tuple(growthbook.get_features())

    def one(surface: str, context: Shaped) -> str:
        set_attributes(context)
        return get_value(surface, "")  # type: ignore[no-any-return]

    def decide_all(context: Shaped) -> Mapping[str, str]:
        set_attributes(context)
        return {surface: get_value(surface, "") for surface in surfaces}

    return Evaluator(one, decide_all, read=lambda found: list(found.values()))


def _fnv1a32(text: str) -> int:
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


class GrowthBook(Contender):
    name = "growthbook"
    packages = ("growthbook",)
    modules = ("growthbook",)
    notes = (
        "Rollouts use its own hash (FNV-1a twice, version 2, 10,000 buckets); judged by that hash.",
        "Negations carry $exists, without which they are true where the attribute is absent.",
    )

    def payload(self, workload: Workload) -> bytes:
        unit = workload.unit.name
        features = {surface.name: _feature(surface, unit) for surface in workload.surfaces}
        return json.dumps({"features": features}, separators=(",", ":")).encode()

    def load(self, payload: bytes) -> Evaluator:
        import growthbook

        return _evaluator(growthbook.GrowthBook(features=json.loads(payload)["features"]))

    def position(self, salt: str, unit: str) -> float:
        return _fnv1a32(str(_fnv1a32(salt + unit))) % 10_000


def contender() -> Contender:
    return GrowthBook()
