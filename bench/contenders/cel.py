"""cel-expr-python (C++): the rules of a surface as CEL, one chain of `condition ? variant : ...`.

CEL has neither rollouts nor versions nor rule lists: the chain stands for the list, the bucket is a
function given to the engine, and a version arrives as one whole number.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bench.contenders import Contender, Evaluator, Shaped
from bench.description import (
    All,
    Atom,
    Condition,
    Context,
    Kind,
    Op,
    Rule,
    Surface,
    Value,
    Workload,
)

CHAIN = 20
"""Rules in one expression: the engine's parser refuses deep nesting, so long lists are several."""

VARIABLES = (
    "install_id", "country", "device", "loyalty_tier", "page", "signed_in", "visits",
    "days_since_order", "hour", "cart_value", "engagement", "interests", "app_version",
)  # fmt: skip


def _version(text: str) -> int:
    major, minor, patch = (int(part) for part in text.split("."))
    return (major * 1000 + minor) * 1000 + patch


def _constant(atom: Atom, value: Value) -> str:
    if atom.signal.kind is Kind.VERSION:
        return str(_version(str(value)))
    return json.dumps(value)


def _atom(atom: Atom) -> str:
    name = atom.signal.name
    constants = [_constant(atom, value) for value in atom.operands]
    members = f"[{','.join(constants)}]"
    present = f"{name} != null && "
    match atom.op:
        case Op.IS:
            return f"{name} == true"
        case Op.IS_NOT:
            return f"{name} == false"
        case Op.AMONG:
            return f"{name} == {constants[0]}" if len(constants) == 1 else f"{name} in {members}"
        case Op.NOT_AMONG:
            if len(constants) == 1:
                return f"{present}{name} != {constants[0]}"
            return f"{present}!({name} in {members})"
        case Op.INCLUDES:
            return f"{present}{constants[0]} in {name}"
        case Op.EXCLUDES:
            return f"{present}!({constants[0]} in {name})"
        case Op.AT_LEAST:
            return f"{present}{name} >= {constants[0]}"
        case Op.BELOW:
            return f"{present}{name} < {constants[0]}"
        case Op.WITHIN:
            return f"{present}{name} >= {constants[0]} && {name} < {constants[1]}"
    raise AssertionError(atom.op)


def _condition(condition: Condition, inside_and: bool = False) -> str:
    if isinstance(condition, Atom):
        return _atom(condition)
    if isinstance(condition, All):
        return " && ".join(_condition(term, inside_and=True) for term in condition.terms)
    text = " || ".join(_condition(term) for term in condition.terms)
    return f"({text})" if inside_and else text


def _rule(rule: Rule, unit: str) -> str:
    condition = _condition(rule.condition, inside_and=rule.share is not None)
    if rule.share is not None:
        condition += f" && {unit} != null && bucket({json.dumps(rule.salt)},{unit}) < {rule.share}"
    return f"{condition} ? {json.dumps(rule.variant)} : "


def _chains(surface: Surface, unit: str) -> list[str]:
    """Expressions to be tried in order; an empty text means: try the next."""
    chains = []
    for start in range(0, len(surface.rules), CHAIN):
        rules = surface.rules[start : start + CHAIN]
        last = start + CHAIN >= len(surface.rules)
        end = json.dumps(surface.default if last else "")
        chains.append("".join(_rule(rule, unit) for rule in rules) + end)
    return chains


def _evaluator(env: Any, surfaces: Mapping[str, tuple[Any, ...]]) -> Evaluator:
    activate = env.Activation

    def one(surface: str, context: Shaped) -> str:
        activation = activate(context)
        shown = ""
        for expression in surfaces[surface]:
            shown = expression.eval(activation).value()
            if shown:
                break
        return shown

    def decide_all(context: Shaped) -> Mapping[str, str]:
        activation = activate(context)
        decisions = {}
        for surface, expressions in surfaces.items():
            for expression in expressions:
                shown = expression.eval(activation).value()
                if shown:
                    decisions[surface] = shown
                    break
        return decisions

    return Evaluator(one, decide_all, read=lambda found: list(found.values()))


class Cel(Contender):
    name = "cel"
    packages = ("cel-expr-python",)
    modules = ("cel_expr_python.cel", "mmh3")
    notes = (
        f"No rule lists: up to {CHAIN} rules are one expression, a chain of conditionals.",
        "No rollouts: tacit's bucket is a Python function (mmh3) that the engine calls.",
        "No versions: an app version is made one whole number before the clock runs.",
        "Absent signals are passed as null; atoms are guarded where null would be an error.",
    )

    def payload(self, workload: Workload) -> bytes:
        unit = workload.unit.name
        texts = {surface.name: _chains(surface, unit) for surface in workload.surfaces}
        return json.dumps(texts, separators=(",", ":")).encode()

    def load(self, payload: bytes) -> Evaluator:
        from cel_expr_python import cel
        from mmh3 import mmh3_32_uintdigest as hash32

        def bucket(salt: str, unit: str) -> int:
            return hash32(f"{salt}\0{unit}".encode()) * 10_000 >> 32

        text = cel.Type.STRING
        overload = cel.Overload("bucket_of_unit", cel.Type.INT, [text, text], False, bucket)
        env = cel.NewEnv(
            variables=dict.fromkeys(VARIABLES, cel.Type.DYN),
            functions=[cel.FunctionDecl("bucket", [overload])],
        )
        surfaces = {
            surface: tuple(env.compile(chain) for chain in chains)
            for surface, chains in json.loads(payload).items()
        }
        return _evaluator(env, surfaces)

    def shape(self, context: Context) -> Shaped:
        shaped: dict[str, Any] = {name: context.get(name) for name in VARIABLES}
        version = context.get("app_version")
        if isinstance(version, str):
            shaped["app_version"] = _version(version)
        return shaped


def contender() -> Contender:
    return Cel()
