"""Request headers as signals, by a mapping that the operator declares.

Nothing is read from a header that the mapping does not name, and nothing beyond the class that its
reader makes of it: the user agent text itself never becomes a signal by `device`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from starlette.datastructures import Headers
from tacit.edge_server.devices import device_class
from tacit.edge_server.types import Signals
from tacit.edge_server.weighted import MAX_HEADER, best_language

_COUNTRY: Final = re.compile(r"[A-Za-z]{2}")
_NO_COUNTRY: Final = frozenset({"XX", "ZZ", "T1", "A1", "A2"})  # unknown, Tor, proxies
_FLAGS: Final = MappingProxyType(
    {"1": True, "?1": True, "on": True, "true": True}
    | {"0": False, "?0": False, "off": False, "false": False}
)
_FIELD_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

BODY: Final = ("ignored", "fallback", "preferred")
"""What a value in the body is worth for a signal that a header supplies."""


@dataclass(frozen=True, slots=True)
class HeaderSignal:
    """One signal and the header it comes from.

    signal: name in the bundle; it applies only while the bundle declares it with source `request`
        (or does not say, being built without its audit section).
    read: `text`, `country`, `device`, `language` or `flag`; see `READERS`.
    header: the field's name. `device` and `language` have standard ones.
    body: `ignored` (the header alone speaks; a value in the body is not looked at), `fallback`
        (the body speaks when the header is absent), `preferred` (the header speaks when the body
        is silent).
    offered: for `language`, those to choose from.
    """

    signal: str
    read: str
    header: str | None = None
    body: str = "ignored"
    offered: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.read not in READERS:
            raise ValueError(f"read must be one of {', '.join(sorted(READERS))}")
        if self.body not in BODY:
            raise ValueError(f"body must be one of {', '.join(BODY)}")
        if self.header is None and self.read not in _STANDARD_HEADER:
            raise ValueError(f"read = {self.read!r} needs a header")
        if self.header is not None and not _FIELD_NAME.fullmatch(self.header):
            raise ValueError("header is not the name of a header")
        if self.offered and self.read != "language":
            raise ValueError("offered goes with read = 'language' only")

    @property
    def field(self) -> str:
        return self.header or _STANDARD_HEADER[self.read]


def _one(headers: Headers, field: str) -> str | None:
    """The field's value. A field sent twice is nobody's word: absent. So is a very long one."""
    values = headers.getlist(field)
    if len(values) != 1 or len(values[0]) > MAX_HEADER:
        return None
    return values[0].strip() or None


def _text(headers: Headers, source: HeaderSignal) -> str | None:
    value = _one(headers, source.field)
    # Bytes beyond ASCII arrive as Latin-1, whatever was meant; better missing than mangled.
    return value if value is not None and value.isascii() else None


def _country(headers: Headers, source: HeaderSignal) -> str | None:
    value = _one(headers, source.field)
    if value is None or not _COUNTRY.fullmatch(value) or value.upper() in _NO_COUNTRY:
        return None
    return value.upper()


def _device(headers: Headers, source: HeaderSignal) -> str | None:
    return device_class(_one(headers, source.field), _one(headers, "sec-ch-ua-mobile"))


def _language(headers: Headers, source: HeaderSignal) -> str | None:
    # A list field may be sent in several lines; joined by commas it means the same.
    return best_language(",".join(headers.getlist(source.field)), source.offered)


def _flag(headers: Headers, source: HeaderSignal) -> bool | None:
    return _FLAGS.get((_one(headers, source.field) or "").lower())


READERS: Final[Mapping[str, Callable[[Headers, HeaderSignal], str | bool | None]]] = (
    MappingProxyType(
        {
            "text": _text,
            "country": _country,
            "device": _device,
            "language": _language,
            "flag": _flag,
        }
    )
)
_STANDARD_HEADER: Final = MappingProxyType({"device": "User-Agent", "language": "Accept-Language"})


@dataclass(frozen=True, slots=True)
class Filled:
    """Signals to decide from, and the names that the mapping touched (for a trace)."""

    signals: Signals
    from_headers: tuple[str, ...]
    not_read: tuple[str, ...]


def fill(sources: tuple[HeaderSignal, ...], headers: Headers, body: Signals) -> Filled:
    """The signals of the body with those of the headers put in. `body` is left as it is."""
    if not sources:
        return Filled(body, (), ())
    signals = dict(body)
    used: list[str] = []
    not_read: list[str] = []
    for source in sources:
        name = source.signal
        if source.body == "preferred" and signals.get(name) is not None:
            continue
        value = READERS[source.read](headers, source)
        if value is None and source.body != "ignored":
            continue
        if name in signals:
            not_read.append(name)
            del signals[name]
        if value is not None:
            signals[name] = value
            used.append(name)
    return Filled(signals, tuple(used), tuple(not_read))
