"""Bytes of a file -> everything a request needs from it, in one value that never changes.

A request takes the current value once and works from that alone, so no reply mixes two bundles.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from tacit.edge_server.headers import HeaderSignal
from tacit.edge_server.sections import public_form
from tacit.edge_server.settings import Settings
from tacit.edge_server.types import Decider
from tacit.runtime import Bundle
from tacit.runtime.format import Place, Source
from tacit.runtime.reference import decode


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
    """

    places: Mapping[str, Place]
    request_signals: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Loaded:
    """A bundle in use.

    digest: sha256 of the file, in hex.
    surfaces: those decided here, in declared order; `decided` is the same as a set.
    headers: the part of the mapping that applies to this bundle.
    loaded_at_ms, loaded_at: when, on the wall and on the steady clock (seconds).
    """

    bundle: Decider
    digest: str
    description: Description
    surfaces: tuple[str, ...]
    decided: frozenset[str]
    headers: tuple[HeaderSignal, ...]
    served: Served
    loaded_at_ms: int
    loaded_at: float


Load: TypeAlias = Callable[[bytes], Loaded]
"""Raises `tacit.runtime.BundleError` for bytes that are not a good bundle."""


def describe(data: bytes) -> Description:
    """The description of a bundle that has been loaded and so is known to be good."""
    program = decode(data)
    audit = program.audit
    return Description(
        places={surface.name: surface.place for surface in program.surfaces},
        request_signals=None
        if audit is None
        else frozenset(
            signal.name
            for signal, source in zip(program.signals, audit.sources, strict=True)
            if source is Source.REQUEST
        ),
    )


def serve_form(data: bytes, settings: Settings) -> Served:
    body = data if settings.form == "full" else public_form(data)
    return Served(sha256(body).hexdigest(), body, gzip.compress(body, compresslevel=9, mtime=0))


def load(data: bytes, settings: Settings, *, at_ms: int, at: float) -> Loaded:
    """Check and prepare a bundle. Raises `tacit.runtime.BundleError`."""
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
        served=serve_form(data, settings),
        loaded_at_ms=at_ms,
        loaded_at=at,
    )
