"""Constants as written: texts with escapes, numbers, durations, versions. All pure functions."""

from __future__ import annotations

import math
import re

from tacit.compiler.expressions import advice, messages
from tacit.compiler.expressions.limits import MOST_INT, MOST_VERSION_PART
from tacit.compiler.expressions.messages import Complaints
from tacit.compiler.ir import Version

_SIMPLE = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "?": "?",
    '"': '"',
    "'": "'",
    "`": "`",
}
_ESCAPE = re.compile(
    r"\\(?:[xX](?P<byte>[0-9a-fA-F]{2})|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8})"
    r"|(?P<octal>[0-3][0-7]{2})|(?P<simple>[abfnrtv\\?\"'`])|(?P<wrong>[xXuU][0-9a-fA-F]*|.|$))",
    re.DOTALL,
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_SURROGATE_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


def text_of(body: str, start: int, *, raw: bool, complaints: Complaints) -> str | None:
    """The text that the characters between the quotes mean; None if they are at fault.

    `start` is the place of the first of them in the expression.
    """
    before = len(complaints.found)
    if "\r" in body:
        at = start + body.index("\r")
        complaints.add(messages.CARRIAGE_RETURN, at, at + 1)
    surrogates(body, start, complaints)
    if raw and body.endswith("\\"):
        # By the grammar it can; but engines differ on it, and it is easily misread.
        complaints.add(messages.RAW_END, start + len(body) - 1, start + len(body))
    if raw or "\\" not in body:
        return body if len(complaints.found) == before else None

    def decode(match: re.Match[str]) -> str:
        kind = match.lastgroup
        if kind == "simple":
            return _SIMPLE[match["simple"]]
        place = (start + match.start(), start + match.end())
        if kind == "wrong":
            complaints.add(messages.ESCAPE, *place, escape=advice.shown(match[0]))
            return ""
        code = int(match["octal"], 8) if kind == "octal" else int(match[kind or 0], 16)
        if 0xD800 <= code <= 0xDFFF:
            _complain_surrogate(code, *place, complaints, _pair_advice(body, match))
        elif code > 0x10FFFF:
            complaints.add(
                messages.ESCAPE, *place, escape=match[0], advice="the last character is \\U0010FFFF"
            )
        else:
            return chr(code)
        return ""

    decoded = _ESCAPE.sub(decode, body)
    return decoded if len(complaints.found) == before else None


def surrogates(text: str, start: int, complaints: Complaints) -> None:
    """Complain about each half of a surrogate pair; `start` is the place of `text`."""
    for match in _SURROGATE.finditer(text):
        _complain_surrogate(ord(match[0]), start + match.start(), start + match.end(), complaints)


def _complain_surrogate(
    code: int, start: int, end: int, complaints: Complaints, help_text: str | None = None
) -> None:
    complaints.add(messages.SURROGATE, start, end, point=f"U+{code:04X}", advice=help_text)


def _pair_advice(body: str, match: re.Match[str]) -> str | None:
    """For `\\uD83D\\uDE00`, the character that the two halves make together."""
    for at in (match.start(), match.start() - 6):
        pair = _SURROGATE_PAIR.match(body, at) if at >= 0 else None
        if pair:
            high, low = int(pair[1], 16) - 0xD800, int(pair[2], 16) - 0xDC00
            return f"write the character as `\\U{0x10000 + (high << 10) + low:08X}`"
    return None


def whole_number(written: str, start: int, end: int, complaints: Complaints) -> int | None:
    """An int constant, decimal or `0x...`, at most 2^53-1."""
    value = int(written, 16 if written[1:2] == "x" else 10)
    if value > MOST_INT:
        complaints.add(
            messages.TOO_LARGE,
            start,
            end,
            written=advice.shown(written),
            limit="whole numbers are exact up to 9007199254740991",
        )
        return None
    return value


def fraction(written: str, start: int, end: int, complaints: Complaints) -> float | None:
    """A double constant; it must be finite."""
    value = float(written)
    if math.isinf(value):
        complaints.add(
            messages.TOO_LARGE,
            start,
            end,
            written=advice.shown(written),
            limit="a double holds at most about 1.8e308",
        )
        return None
    return value


_DURATION = re.compile(r"-?(?:(?:[0-9]+(?:\.[0-9]+)?)(?:h|ms|m|s|us|ns))+", re.ASCII)
_DURATION_PART = re.compile(r"([0-9]+)(?:\.([0-9]+))?(h|ms|m|s|us|ns)", re.ASCII)
_UNIT_NS = {
    "h": 3_600_000_000_000,
    "m": 60_000_000_000,
    "s": 1_000_000_000,
    "ms": 1_000_000,
    "us": 1_000,
    "ns": 1,
}


def duration(text: str) -> int | None:
    """Nanoseconds of `1h30m`; None if it is no duration or longer than 2^63-1 ns."""
    if len(text) > 64 or not _DURATION.fullmatch(text):
        return None
    total = 0
    for whole, part, unit in _DURATION_PART.findall(text):
        scale = _UNIT_NS[unit]
        total += int(whole) * scale
        if part:
            total += int(part) * scale // 10 ** len(part)
    if total >= 2**63:
        return None
    return -total if text[0] == "-" else total


_VERSION = re.compile(r"[0-9]{1,8}(?:\.[0-9]{1,8}){0,3}", re.ASCII)


def version(text: str) -> Version | None:
    """`2.10` as (2, 10, 0, 0); None if it is no version."""
    if not _VERSION.fullmatch(text):
        return None
    parts = [int(part) for part in text.split(".")]
    if max(parts) > MOST_VERSION_PART:
        return None
    parts += [0] * (4 - len(parts))
    return (parts[0], parts[1], parts[2], parts[3])
