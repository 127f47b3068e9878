"""eppo-server-sdk (Rust): a flag per surface, an allocation per rule."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from bench.contenders import Contender, Evaluator, Shaped
from bench.description import Atom, Context, Op, Rule, Surface, Workload, clauses_of

SHARDS = 10_000


def _condition(atom: Atom) -> dict[str, Any]:
    name, operands = atom.signal.name, list(atom.operands)
    match atom.op:
        case Op.IS | Op.IS_NOT:
            return _asked(name, "ONE_OF", ["true" if atom.op is Op.IS else "false"])
        case Op.AMONG:
            return _asked(name, "ONE_OF", operands)
        case Op.NOT_AMONG:
            return _asked(name, "NOT_ONE_OF", operands)
        case Op.INCLUDES:
            return _asked(name, "MATCHES", rf"\|{operands[0]}\|")
        case Op.EXCLUDES:
            return _asked(name, "NOT_MATCHES", rf"\|{operands[0]}\|")
        case Op.AT_LEAST:
            return _asked(name, "GTE", operands[0])
        case Op.BELOW:
            return _asked(name, "LT", operands[0])
    raise AssertionError(atom.op)


def _asked(attribute: str, operator: str, value: Any) -> dict[str, Any]:
    return {"attribute": attribute, "operator": operator, "value": value}


def _conditions(atom: Atom) -> list[dict[str, Any]]:
    if atom.op is Op.WITHIN:
        low, high = atom.operands
        return [
            _asked(atom.signal.name, "GTE", low),
            _asked(atom.signal.name, "LT", high),
        ]
    return [_condition(atom)]


def _allocation(rule: Rule) -> dict[str, Any]:
    shards = []
    if rule.share is not None:
        shards = [{"salt": rule.salt, "ranges": [{"start": 0, "end": rule.share}]}]
    return {
        "key": rule.id,
        "rules": [
            {"conditions": [asked for atom in clause for asked in _conditions(atom)]}
            for clause in clauses_of(rule.condition)
        ],
        "splits": [{"variationKey": rule.variant, "shards": shards}],
        "doLog": False,
    }


def _flag(surface: Surface) -> dict[str, Any]:
    default = {
        "key": "default",
        "rules": [],
        "splits": [{"variationKey": surface.default, "shards": []}],
        "doLog": False,
    }
    return {
        "key": surface.name,
        "enabled": True,
        "variationType": "STRING",
        "variations": {key: {"key": key, "value": key} for key in surface.variants},
        "totalShards": SHARDS,
        "allocations": [*(_allocation(rule) for rule in surface.rules), default],
    }


def _evaluator(client: Any) -> Evaluator:
    assign = client.get_string_assignment
    surfaces: tuple[str, ...] = tuple(sorted(client.get_flag_keys()))

    def one(surface: str, context: Shaped) -> str:
        return assign(surface, context[0], context[1], "")  # type: ignore[no-any-return]

    def decide_all(context: Shaped) -> Mapping[str, str]:
        unit, attributes = context
        return {surface: assign(surface, unit, attributes, "") for surface in surfaces}

    return Evaluator(
        one, decide_all, read=lambda found: list(found.values()), close=client.shutdown
    )


class Eppo(Contender):
    name = "eppo"
    packages = ("eppo-server-sdk",)
    modules = ("eppo_client",)
    needs_unit = True
    notes = (
        "Rollouts use its own hash (MD5 of salt and subject, 10,000 shards); judged by that hash.",
        "Attributes cannot be lists: a list is one text with bars (|a|b|), membership a MATCHES.",
        "A subject key is required, so contexts without a unit are left out of its check.",
        "Lists are joined and the subject split off before the clock runs.",
    )

    def payload(self, workload: Workload) -> bytes:
        flags = {surface.name: _flag(surface) for surface in workload.surfaces}
        configuration = {
            "createdAt": "2026-01-01T00:00:00.000Z",
            "format": "SERVER",
            "environment": {"name": "bench"},
            "flags": flags,
        }
        return json.dumps(configuration, separators=(",", ":")).encode()

    def load(self, payload: bytes) -> Evaluator:
        from eppo_client import AssignmentLogger, ClientConfig, Configuration, init

        client = init(
            ClientConfig(
                api_key="none",
                base_url="http://127.0.0.1:9",
                assignment_logger=AssignmentLogger(),
                is_graceful_mode=False,
                poll_interval_seconds=None,
                initial_configuration=Configuration(flags_configuration=payload),
            )
        )
        return _evaluator(client)

    def shape(self, context: Context) -> Shaped:
        attributes = {name: value for name, value in context.items() if name != "install_id"}
        interests = attributes.get("interests")
        if isinstance(interests, list):
            attributes["interests"] = "|" + "".join(topic + "|" for topic in interests)
        return [context.get("install_id", ""), attributes]

    def position(self, salt: str, unit: str) -> float:
        digest = hashlib.md5(f"{salt}-{unit}".encode(), usedforsecurity=False).digest()
        return int.from_bytes(digest[:4], "big") % SHARDS


def contender() -> Contender:
    return Eppo()
