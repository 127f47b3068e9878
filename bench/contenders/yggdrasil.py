"""yggdrasil-engine (Rust, Unleash): a feature per surface, a strategy per clause."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bench.contenders import Contender, Evaluator, Shaped
from bench.description import Atom, Context, Kind, Op, Rule, Surface, Workload, clauses_of
from bench.oracle import murmur3_32

DEFAULT = "control"


def _constraint(name: str, operator: str, **more: Any) -> dict[str, Any]:
    return {"contextName": name, "operator": operator, **more}


def _constraints(atom: Atom) -> list[dict[str, Any]]:
    name = atom.signal.name
    operands = [str(value) for value in atom.operands]
    # NOT_IN and inverted constraints are true where the property is absent; no operator asks for
    # presence, but every text contains the empty one.
    present = _constraint(name, "STR_CONTAINS", values=[""])
    family = "SEMVER" if atom.signal.kind is Kind.VERSION else "NUM"
    match atom.op:
        case Op.IS | Op.IS_NOT:
            return [_constraint(name, "IN", values=["true" if atom.op is Op.IS else "false"])]
        case Op.AMONG:
            return [_constraint(name, "IN", values=operands)]
        case Op.NOT_AMONG:
            return [present, _constraint(name, "NOT_IN", values=operands)]
        case Op.INCLUDES:
            return [_constraint(name, "STR_CONTAINS", values=[f"|{operands[0]}|"])]
        case Op.EXCLUDES:
            absent = _constraint(name, "STR_CONTAINS", values=[f"|{operands[0]}|"], inverted=True)
            return [present, absent]
        case Op.AT_LEAST:
            return [_constraint(name, f"{family}_GTE", value=operands[0])]
        case Op.BELOW:
            return [_constraint(name, f"{family}_LT", value=operands[0])]
        case Op.WITHIN:
            return [
                _constraint(name, f"{family}_GTE", value=operands[0]),
                _constraint(name, f"{family}_LT", value=operands[1]),
            ]
    raise AssertionError(atom.op)


def _strategies(rule: Rule) -> list[dict[str, Any]]:
    made: dict[str, Any] = {"name": "default"}
    if rule.share is not None:
        parameters = {
            "rollout": str(rule.share // 100),
            "stickiness": "userId",
            "groupId": rule.salt,
        }
        made = {"name": "flexibleRollout", "parameters": parameters}
    variant = {"name": rule.variant, "weight": 1000}
    return [
        {
            **made,
            "constraints": [asked for atom in clause for asked in _constraints(atom)],
            "variants": [variant],
        }
        for clause in clauses_of(rule.condition)
    ]


def _feature(surface: Surface) -> dict[str, Any]:
    return {
        "name": surface.name,
        "enabled": True,
        "strategies": [strategy for rule in surface.rules for strategy in _strategies(rule)],
    }


def _variant(result: Any) -> str:
    shown = result.variant
    return shown.name if shown.enabled else DEFAULT


def _evaluator(engine: Any) -> Evaluator:
    check = engine.check_variant
    surfaces = tuple(sorted(toggle.name for toggle in engine.list_known_toggles()))

    def decide_all(context: Shaped) -> Mapping[str, Any]:
        return {surface: check(surface, context) for surface in surfaces}

    return Evaluator(check, decide_all, variant=_variant)


class Yggdrasil(Contender):
    name = "yggdrasil"
    packages = ("yggdrasil-engine",)
    modules = ("yggdrasil_engine.engine",)
    notes = (
        "Rollouts use its own hash (murmur3 in 100 buckets, whole percents); judged by that hash.",
        "Properties are texts: numbers are written out and a list is one text with bars (|a|b|),"
        " before the clock runs.",
        "Negations carry a constraint that asks for presence; without it they are true where the"
        " property is absent.",
        "An OR becomes several strategies; the first that is on gives its variant.",
        "check_variant is called, which counts no metrics.",
    )

    def payload(self, workload: Workload) -> bytes:
        features = [_feature(surface) for surface in workload.surfaces]
        return json.dumps({"version": 2, "features": features}, separators=(",", ":")).encode()

    def load(self, payload: bytes) -> Evaluator:
        from yggdrasil_engine.engine import UnleashEngine

        engine = UnleashEngine()
        engine.take_state(payload.decode())
        return _evaluator(engine)

    def shape(self, context: Context) -> Shaped:
        shaped: dict[str, Any] = {}
        properties: dict[str, str] = {}
        for name, value in context.items():
            if name == "install_id":
                shaped["userId"] = value
            elif isinstance(value, bool):
                properties[name] = "true" if value else "false"
            elif isinstance(value, list):
                properties[name] = "|" + "".join(item + "|" for item in value)
            else:
                properties[name] = str(value)
        shaped["properties"] = properties
        return shaped

    def position(self, salt: str, unit: str) -> float:
        return murmur3_32(f"{salt}:{unit}".encode()) % 100 * 100


def contender() -> Contender:
    return Yggdrasil()
