"""Words and forms that people bring along from elsewhere, and what they are here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tacit.compiler.nodes import Path

_TYPES = {
    "integer": "int",
    "long": "int",
    "number": "double",
    "float": "double",
    "decimal": "double",
    "boolean": "bool",
    "str": "string",
    "text": "string",
    "uuid": "string",
    "id": "string",
    "semver": "version",
    "list": "string_list",
    "array": "string_list",
    "strings": "string_list",
    "string[]": "string_list",
}
_SOURCES = {
    "user": "declared",
    "profile": "declared",
    "account": "declared",
    "app": "device",
    "client": "device",
    "browser": "device",
    "header": "request",
    "server": "request",
    "http": "request",
    "edge": "request",
}
_PLACES = {
    "server": "edge",
    "worker": "edge",
    "cdn": "edge",
    "client": "device",
    "browser": "device",
    "app": "device",
    "any": "both",
    "all": "both",
}
_CAP = "a cap is written `3 per 24h`, or `2 ever`"
_SWITCHES = ("refresh", "turn_off", "turn_on")
"""Things that happen in a test and have nothing to say beside it."""
_CHOICES: dict[str, Mapping[str, str]] = {"type": _TYPES, "source": _SOURCES, "place": _PLACES}
_KEYS: dict[str, Mapping[str, str]] = {
    "ProjectModel": {
        "metrics": "aggregates",
        "counters": "aggregates",
        "windows": "aggregates",
        "audiences": "segments",
        "placements": "surfaces",
        "slots": "surfaces",
    },
    "EventModel": {"properties": "fields", "attributes": "fields", "consent": "purpose"},
    "AggregateModel": {
        "event": "count",
        "condition": "where",
        "when": "where",
        "filter": "where",
        "window": "within",
        "per": "within",
        "property": "field",
        "group_by": "by",
        "key": "by",
        "max": "limit",
        "decay": "half_life",
        "consent": "purpose",
    },
    "FunnelModel": {"from": "reached", "start": "reached", "window": "within", "wait": "after"},
    "GuardrailsModel": {
        "caps": "cap",
        "frequency_cap": "cap",
        "frequency": "cap",
        "cool_down": "cooldown",
        "hold": "stable_for",
        "sticky": "stable_for",
        "max_changes": "changes_per_session",
    },
    "SuppressModel": {"condition": "when", "if": "when", "unclicked": "shown_without_click"},
    "GroupModel": {"surfaces": "coherent", "members": "variants", "caps": "cap"},
    "SignalModel": {
        "enum": "values",
        "members": "values",
        "options": "values",
        "choices": "values",
        "ttl": "max_age",
        "consent": "purpose",
        "origin": "source",
    },
    "SegmentModel": {"condition": "when", "if": "when", "rule": "when", "expression": "when"},
    "SurfaceModel": {"fallback": "default", "content": "variants", "variations": "variants"},
    "RuleModel": {
        "condition": "when",
        "if": "when",
        "segment": "when",
        "then": "show",
        "variant": "show",
        "variation": "show",
        "name": "id",
        "experiment": "split",
        "arms": "split",
        "percent": "traffic",
        "percentage": "traffic",
        "rollout": "traffic",
        "share": "traffic",
        "start": "from",
        "end": "until",
        "to": "until",
        "timezone": "zone",
        "stop": "stop_when",
        "until_converted": "stop_when",
    },
    "ExperimentModel": {
        "variants": "arms",
        "split": "arms",
        "weights": "arms",
        "rollout": "traffic",
        "percentage": "traffic",
        "share": "traffic",
    },
    "HoldoutModel": {"percent": "share", "percentage": "share", "traffic": "share"},
    "TestModel": {"signals": "given", "input": "given", "when": "given", "history": "events"},
    "StepModel": {"wait": "after", "later": "after", "history": "events", "then": "expect"},
}


def choice(key: object, word: str) -> str | None:
    """The choice of `key` that somebody who writes `word` means."""
    return _CHOICES.get(str(key), {}).get(word.lower())


def beside(key: object) -> str:
    """What the value of `key` may be beside one of a few words, to follow these in a help text."""
    return ", or events: `{on: [event]}`" if key == "refresh" else ""


def key(model: str, word: str) -> str | None:
    """The key of a model that somebody who writes `word` means."""
    return _KEYS.get(model, {}).get(word.lower())


def form(path: Path, expected: str, found: Any) -> str | None:
    """How the value at `path` is written, where a mapping or a list was expected."""
    name = str(path[-1]) if path else ""
    match path, expected:
        case ("signals", str()), "a mapping" if isinstance(found, str):
            kind = choice("type", found) or (found if found in _TYPES.values() else "string")
            return f"write `{name}: {{type: {kind}, source: device}}`, with the source it has"
        case ("events", str()), "a mapping":
            return f"write `{name}: {{}}` if it has no fields"
        case (*_, "events", int()), "a mapping" if isinstance(found, str) and found.isidentifier():
            value = "true" if found in _SWITCHES else "{}"
            return f"write `- {found}: {value}`, with the fields it has"
        case (*_, "variants" | "arms" | "split"), "a mapping" if isinstance(found, list):
            value = "{title: ...}" if name == "variants" else "50%"
            names = [item for item in found if isinstance(item, str)][:4] or ["a", "b"]
            return f"write `{name}: {{{', '.join(f'{item}: {value}' for item in names)}}}`"
        case (*_, "rules", int()), _:
            return "write a rule as `{id: ..., when: ..., show: ...}`"
        case (*_, "rules"), "a list":
            return "each rule begins with `- id: its-id`"
        case (str(),), "a mapping" if isinstance(found, list):
            return "write the name as the key, without `-`: `its_name: {...}`"
        case ("holdout",), "a mapping" if isinstance(found, str) and found.endswith("%"):
            return f"write `holdout: {{share: {found}}}`"
        case ("groups", _, "cap", *_), "text":
            return _CAP
        case ("surfaces", _, "guardrails", "cap", *_), "text":
            return _CAP
        case (*_, "when"), "text" if isinstance(found, list | dict):
            return "a condition is one text: join its parts with `&&` or `||`"
        case (*_, "show"), "text" if isinstance(found, list | dict):
            return "a rule shows one variant; `split: {a: 50%, b: 50%}` divides people over several"
        case _, "a list" if isinstance(found, str) and found and found.isprintable():
            return f"a list is written in brackets: `{name}: [{found[:40]}]`"
        case _:
            return None


def share(text: str) -> str | None:
    """A share that lacks its `%`: what was meant."""
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", text) or not 0 < float(text) <= 100:
        return None
    if float(text) < 1:
        return f"write `{float(text) * 100:g}%`; or `{text}%`, if so little is meant"
    return f"write `{text}%`"


def spelled(text: str, other: str, joint: str) -> str | None:
    """`text` with nothing in it but small letters, digits, `_` and `other`, if that is a name."""
    plain = re.sub(rf"[^a-z0-9_{re.escape(other)}]+", joint, text.lower()).strip("-._ ")
    return plain if plain and not plain[0].isdigit() and len(plain) <= 64 else None
