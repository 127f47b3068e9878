"""A small project, compiled in as many versions as a test wants, and a clock that stands still."""

from __future__ import annotations

from functools import cache
from typing import Any

from tacit.compiler import compile_project

NOW_MS = 1_780_000_000_000
HOUR_MS = 3_600_000
SURFACES = ("hero", "offer", "layout", "notice")
"""Those that an edge decides, in declared order; `drawer` is a device's."""


def project(version: int = 1, **changes: Any) -> dict[str, Any]:
    """The source. Every content of `hero` and `offer` carries `version`."""
    return {
        "project": "edge-tests",
        "signals": {
            "country": {"type": "string", "source": "request"},
            "device": {
                "type": "enum",
                "values": ["mobile", "tablet", "desktop", "bot"],
                "source": "request",
            },
            "language": {"type": "string", "source": "request"},
            "tier": {"type": "enum", "values": ["none", "silver", "gold"], "source": "declared"},
            "basket": {"type": "int", "source": "session", "max_age": "1h"},
            "viewing": {"type": "string_list", "source": "session", "purpose": "personalization"},
        },
        "surfaces": {
            "hero": {
                "default": "classic",
                "variants": {
                    "classic": {"title": "Welcome", "version": version},
                    "local": {"title": "Grüß Gott", "version": version},
                    "shoes": {"title": "👟", "version": version},
                },
                "rules": [
                    {"id": "shoe-fans", "when": '"shoes" in viewing', "show": "shoes"},
                    {
                        "id": "german",
                        "when": 'country == "DE"',
                        "show": "local",
                        "because": "You are in Germany",
                    },
                ],
            },
            "offer": {
                "default": "none",
                "variants": {"none": {"version": version}, "basket": {"version": version}},
                "rules": [{"id": "full-basket", "when": "basket >= 3", "show": "basket"}],
            },
            "layout": {
                "place": "edge",
                "default": "wide",
                "variants": {"wide": None, "narrow": None},
                "rules": [{"id": "small", "when": 'device == "mobile"', "show": "narrow"}],
            },
            "drawer": {
                "place": "device",
                "default": "closed",
                "variants": {"closed": None, "open": None},
                "rules": [{"id": "golden", "when": 'tier == "gold"', "show": "open"}],
            },
            "notice": {"personalize": "never", "reason": "legal", "default": "standard"},
        },
        **changes,
    }


@cache
def compiled(version: int = 1) -> bytes:
    """The bundle, with every section."""
    return compile_project(project(version)).bytes


class ManualClock:
    """Time that moves when told to."""

    def __init__(self) -> None:
        self.ms = NOW_MS
        self.s = 1_000.0

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.s

    def pass_s(self, seconds: float) -> None:
        self.s += seconds
        self.ms += int(seconds * 1_000)
