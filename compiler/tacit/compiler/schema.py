"""The JSON Schema of a project (draft-07), for editors, made from the models.

A schema sees one file and knows no names: what it accepts, the compiler may still refuse.
"""

from __future__ import annotations

from typing import Any

from tacit.compiler.models import AGGREGATE_KINDS, MAX_ITEMS, NULLABLE, ProjectModel

DIALECT = "http://json-schema.org/draft-07/schema#"
_REFERENCE = "#/definitions/"


def json_schema() -> dict[str, Any]:
    """The schema of one file of a project.

    `project` is not required here, since only one file of a folder holds it.
    """
    made = ProjectModel.model_json_schema(by_alias=True, ref_template=_REFERENCE + "{model}")
    definitions = {
        name.removesuffix("Model"): _plain(item) for name, item in made.pop("$defs").items()
    }
    definitions["Signal"]["allOf"] = _SIGNAL_RULES
    definitions["Rule"]["oneOf"] = [{"required": ["show"]}, {"required": ["split"]}]
    definitions["Surface"].update(_SURFACE_RULES)
    definitions["Field"]["allOf"] = _FIELD_RULES
    definitions["Aggregate"]["oneOf"] = _AGGREGATE_RULES
    definitions["Suppress"]["anyOf"] = [{"required": [key]} for key in _SUPPRESSING]
    definitions["Group"]["oneOf"] = _GROUP_RULES
    schema = _plain(made)
    schema.pop("required")
    return {
        "$schema": DIALECT,
        "title": "tacit project",
        **schema,
        "definitions": definitions,
    }


def _plain(node: Any) -> Any:
    """Draft-07 without what pydantic adds and a project does not have: titles, nulls, lone refs."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    made: dict[str, Any] = {}
    for key, value in node.items():
        if key in ("title", "discriminator") or (key == "default" and not value):
            continue
        if key == "properties":
            made[key] = {name: _property(name, item) for name, item in value.items()}
        elif key == "$ref":
            made[key] = value.removesuffix("Model")
        else:
            # Forms told apart by their type: that one fits is enough, and is said in fewer words.
            made["anyOf" if key == "oneOf" else key] = _plain(value)
    if "patternProperties" in made:
        made["additionalProperties"] = False  # a name that does not fit is refused
    return _lone(made)


def _lone(node: dict[str, Any]) -> dict[str, Any]:
    """In draft-07 nothing counts beside a reference."""
    if "$ref" in node and len(node) > 1:
        return {"allOf": [{"$ref": node.pop("$ref")}], **node}
    return node


def _property(name: str, node: dict[str, Any]) -> Any:
    """A key's schema; null stands for a key that is not there, which a project does not write."""
    made: dict[str, Any] = _plain(node)
    if name in NULLABLE or "anyOf" not in made:
        return made
    choices = [item for item in made["anyOf"] if item != {"type": "null"}]
    if len(choices) > 1:
        return {**made, "anyOf": choices}
    return _lone({**choices[0], **{key: item for key, item in made.items() if key != "anyOf"}})


def _when(types: list[str]) -> dict[str, Any]:
    return {"properties": {"type": {"enum": types}}, "required": ["type"]}


def _without(*keys: str) -> dict[str, Any]:
    return {"not": {"anyOf": [{"required": [key]} for key in keys]}}


# What a signal's type allows beside it; resolve_signals says the same with a place.
_SIGNAL_RULES: list[dict[str, Any]] = [
    {"if": _when(["enum"]), "then": {"required": ["values"]}, "else": _without("values")},
    {"if": _when(["int", "double"]), "else": _without("min")},
    {"if": _when(["int", "double", "string_list"]), "else": _without("max")},
    {"if": _when(["string", "string_list"]), "else": _without("max_length")},
    {
        "if": _when(["string_list"]),
        "then": {"properties": {"max": {"type": "integer", "minimum": 1, "maximum": MAX_ITEMS}}},
        "else": _without("max_items"),
    },
]
_SURFACE_RULES: dict[str, Any] = {
    "if": {"required": ["personalize"]},
    "then": {"required": ["reason"], "properties": {"rules": {"maxItems": 0}}},
    "else": {"required": ["variants"], **_without("reason")},
}
_FIELD_RULES: list[dict[str, Any]] = [
    {"if": _when(["int", "double"]), "else": _without("min", "max")},
    {"if": _when(["string"]), "else": _without("max_length")},
]
_ALL_KINDS = {key for kind, keys in AGGREGATE_KINDS.items() for key in (kind, *keys[0], *keys[1])}
# resolve_aggregates says the same with a place.
_AGGREGATE_RULES: list[dict[str, Any]] = [
    {"required": [kind, *needed], **_without(*sorted(_ALL_KINDS - {kind, *needed, *more}))}
    for kind, (needed, more) in AGGREGATE_KINDS.items()
]
_SUPPRESSING = ("when", "dismissed", "shown_without_click")
_GROUP_RULES: list[dict[str, Any]] = [
    {
        "required": ["variants"],
        "anyOf": [{"required": ["cap"]}, {"required": ["cooldown"]}],
        **_without("coherent"),
    },
    {"required": ["coherent"], **_without("variants", "cap", "cooldown", "without_state")},
]
