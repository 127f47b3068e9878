"""Bytes of a file -> everything a request needs from it, in one value that never changes.

A request takes the current value once and works from that alone, so no reply mixes two bundles.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from tacit.edge_server.cookie import Keys, SealedCookie
from tacit.edge_server.headers import HeaderSignal
from tacit.edge_server.sections import public_form
from tacit.edge_server.settings import Settings
from tacit.edge_server.types import Decider
from tacit.runtime import Bundle, cookie_size
from tacit.runtime.format import Place, Source
from tacit.runtime.reference import decode


class StateTooLargeError(Exception):
    """What the bundle wants remembered does not fit into the cookie that is to hold it."""

    code = "state_too_large"


@dataclass(frozen=True, slots=True)
class Served:
    """A bundle as it goes out. `digest` is the sha256 of `body`, in hex."""

    digest: str
    body: bytes
    gzipped: bytes


@dataclass(frozen=True, slots=True)
class Description:
    """What the edge must know of a bundle beside deciding.

    places: surface -> where it may be decided, in declared order.
    request_signals: those declared with source `request`; None when the bundle does not say.
    retention_ms, largest_state: of what it wants remembered; None when that is nothing.
    """

    project: str

    places: Mapping[str, Place]
    request_signals: frozenset[str] | None
    retention_ms: int | None
    largest_state: int | None


@dataclass(frozen=True, slots=True)
class Loaded:
    """A bundle in use.

    digest: sha256 of the file, in hex.
    surfaces: those decided here, in declared order; `decided` is the same as a set.
    headers: the part of the mapping that applies to this bundle.
    cookie: what keeps the state of a device; None when nothing is to be remembered.
    loaded_at_ms, loaded_at: when, on the wall and on the steady clock (seconds).
    """

    bundle: Decider
    digest: str
    description: Description
    surfaces: tuple[str, ...]
    decided: frozenset[str]
    headers: tuple[HeaderSignal, ...]
    cookie: SealedCookie | None
    served: Served
    loaded_at_ms: int
    loaded_at: float


Load: TypeAlias = Callable[[bytes], Loaded]
"""Raises `tacit.runtime.BundleError` for bytes that are no good bundle, and StateTooLargeError."""


def describe(data: bytes) -> Description:
    """The description of a bundle that has been loaded and so is known to be good."""
    program = decode(data)
    audit, memory = program.audit, program.memory
    return Description(
        project=program.project,
        places={surface.name: surface.place for surface in program.surfaces},
        request_signals=None
        if audit is None
        else frozenset(
            signal.name
            for signal, source in zip(program.signals, audit.sources, strict=True)
            if source is Source.REQUEST
        ),
        retention_ms=None if memory is None else memory.retention,
        largest_state=None if memory is None else memory.largest,
    )


def serve_form(data: bytes, settings: Settings) -> Served:
    body = data if settings.form == "full" else public_form(data)
    return Served(sha256(body).hexdigest(), body, gzip.compress(body, compresslevel=9, mtime=0))


def cookie_for(description: Description, settings: Settings, keys: Keys) -> SealedCookie | None:
    """The cookie of a bundle's states. Raises StateTooLargeError."""
    retention, largest = description.retention_ms, description.largest_state
    if retention is None or largest is None or settings.state_cookie is None:
        return None
    cookie = SealedCookie(
        keys,
        project=description.project,
        name=settings.state_cookie,
        max_age_s=cookie_size.max_age_s(retention),
    )
    if not cookie.fits(largest):
        raise StateTooLargeError
    return cookie


def load(data: bytes, settings: Settings, keys: Keys | None, *, at_ms: int, at: float) -> Loaded:
    """Check and prepare a bundle. Raises `tacit.runtime.BundleError` and StateTooLargeError.

    `keys`: those of the state's cookie, None when there is to be none.
    """
    bundle = Bundle.load(data)
    description = describe(data)
    known = description.request_signals
    surfaces = tuple(
        name
        for name, place in description.places.items()
        if settings.device_surfaces or place is not Place.DEVICE
    )
    return Loaded(
        bundle=bundle,
        digest=sha256(data).hexdigest(),
        description=description,
        surfaces=surfaces,
        decided=frozenset(surfaces),
        headers=tuple(
            source for source in settings.headers if known is None or source.signal in known
        ),
        cookie=None if keys is None else cookie_for(description, settings, keys),
        served=serve_form(data, settings),
        loaded_at_ms=at_ms,
        loaded_at=at,
    )
