"""Header lists with weights: `de-CH, de;q=0.9, *;q=0.1` (RFC 9110, section 12.4.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

MAX_HEADER: Final = 1_000
"""Characters of a header that are read; a longer one counts as absent."""

_WEIGHT: Final = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")
_LANGUAGE: Final = re.compile(r"(?:[a-z]{1,8}(?:-[a-z0-9]{1,8})*|\*)")


def weighted(header: str) -> list[tuple[str, float]]:
    """(item in lower case, weight), heaviest first, as written where equal; bad items left out."""
    if len(header) > MAX_HEADER:
        return []
    found: list[tuple[str, float]] = []
    for part in header.split(","):
        item, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                value = value.strip()
                weight = float(value) if _WEIGHT.fullmatch(value) else -1.0
        if item and weight >= 0:
            found.append((item, weight))
    return sorted(found, key=lambda pair: -pair[1])


def accepts_gzip(header: str | None) -> bool:
    """Whether Accept-Encoding takes gzip; an absent header gets the plain form."""
    weights = dict(reversed(weighted(header or "")))
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def best_language(header: str, offered: Sequence[str] = ()) -> str | None:
    """The language asked for most.

    With `offered`, the first range that names one of them or a wider form of it (RFC 4647 lookup:
    `de-CH-1996`, `de-CH`, `de`); `*` takes the first offered not refused. Without `offered`, the
    first subtag of the range with the highest weight: `de` for `de-CH`.
    """
    ranges = [pair for pair in weighted(header) if _LANGUAGE.fullmatch(pair[0])]
    wanted = [language for language, weight in ranges if weight > 0]
    refused = {language for language, weight in ranges if weight == 0}
    if not offered:
        return next((language.split("-")[0] for language in wanted if language != "*"), None)
    by_lower = {language.lower(): language for language in offered}
    for language in wanted:
        if language == "*":
            return next((o for lower, o in by_lower.items() if lower not in refused), None)
        subtags = language.split("-")
        while subtags:
            name = "-".join(subtags)
            if name in by_lower and name not in refused:
                return by_lower[name]
            subtags.pop()
    return None
