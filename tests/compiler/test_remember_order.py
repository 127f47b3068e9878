"""The order in which a source declares things says nothing of what is remembered: items keep their
keys, and with them their history."""

from __future__ import annotations

import random
from typing import Any

import pytest
from tacit.compiler import compile_project
from tacit.runtime import Bundle
from tacit.runtime._programs import program_of

SURFACE = {"default": "z", "variants": {"z": 1, "y": 2, "x": 3},
           "rules": [{"id": "r", "when": "a", "show": "y"},
                     {"id": "s", "when": "b", "show": "x"}],
           "guardrails": {"cap": {"*": "3 per 24h", "y": 2}, "stable_for": "1h"}}  # fmt: skip
PROJECT: dict[str, Any] = {
    "project": "p",
    "signals": {
        "c": {"type": "enum", "values": ["x", "y", "z"], "source": "request"},
        "d": {"type": "int", "source": "request"},
    },
    "events": {"e": {"fields": {"k": "string", "v": "double"}}, "o": {}, "q": {}},
    "aggregates": {
        "n": {"count": "e", "within": "7d", "where": 'k in ["b", "a"] && v > 3.0'},
        "m": {"count": "o", "within": "30d"},
        "s": {"since": "q"},
        "t": {"affinity": "e", "by": "k", "half_life": "16h"},
    },
    "segments": {
        "a": {"when": 'n >= 1 && m >= 1 || "k" in t', "refresh": "daily"},
        "b": {"when": 'd > 3 && y && s < duration("3h") && x', "refresh": {"on": ["q", "o", "e"]}},
        "y": "d > 1 && x",
        "x": 'c != "y"',
    },
    "surfaces": {"h": SURFACE, "i": SURFACE},
    "groups": {"g": {"variants": ["i.y", "h.x"], "cooldown": "1h"}},
}
MAPS = (*(key for key in PROJECT if key != "project"), "fields", "variants")


def shuffled(value: Any, rng: random.Random, name: str = "") -> Any:
    if not isinstance(value, dict):
        return value
    keys = list(value)
    if name in MAPS:
        rng.shuffle(keys)
    return {key: shuffled(value[key], rng, key) for key in keys}


def keys(project: dict[str, Any]) -> set[tuple[int, int]]:
    memory = program_of(Bundle.load(compile_project(project).bytes)).memory
    assert memory is not None
    return {(item.kind, item.key) for item in memory.items}


@pytest.mark.parametrize("seed", range(12))
def test_items_keep_their_keys(seed: int) -> None:
    assert keys(shuffled(PROJECT, random.Random(seed))) == keys(PROJECT)
