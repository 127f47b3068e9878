"""The state that came with a request, and the Set-Cookie that goes back with the reply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from tacit.edge_server.cookie import Refused, SealedCookie
from tacit.edge_server.loaded import Loaded
from tacit.edge_server.metrics import Metrics
from tacit.runtime.state import DeviceState

OPENED: Final = "opened"
FOREIGN: Final = "foreign"
SEALED: Final = "sealed"
REMOVED: Final = "removed"
DOES_NOT_FIT: Final = "does_not_fit"
OUTCOMES: Final = (OPENED, *Refused, FOREIGN, SEALED, REMOVED, DOES_NOT_FIT)
"""What is counted of cookies; nothing of it depends on what is in a state."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A state for as long as a request. `came`: its bytes in the cookie, None without a good one.
    `nothing`: the bytes of a state that has only just begun."""

    cookie: SealedCookie
    state: DeviceState
    came: bytes | None
    nothing: bytes


def open_state(
    loaded: Loaded,
    cookies: Mapping[str, str],
    consent: Iterable[str],
    now: int,
    metrics: Metrics,
) -> Kept | None:
    """The state of the device that asks, a fresh one if its cookie does not count.

    None: the bundle remembers nothing, or this edge is not to.
    """
    if loaded.cookie is None:
        return None
    fresh = DeviceState(loaded.bundle, now, consent=consent)
    value = cookies.get(loaded.cookie.name)
    if value is None:
        return Kept(loaded.cookie, fresh, None, fresh.bytes)
    found = loaded.cookie.open(value, now)
    if isinstance(found, Refused):
        metrics.state_cookies.labels(found).inc()
        return Kept(loaded.cookie, fresh, None, fresh.bytes)
    state = DeviceState.load(loaded.bundle, found, now, consent=consent)
    metrics.state_cookies.labels(OPENED if state.warning is None else FOREIGN).inc()
    return Kept(loaded.cookie, state, found, fresh.bytes)


def set_cookie(kept: Kept, now: int, metrics: Metrics) -> str | None:
    """The text of Set-Cookie; None: the browser's cookie, or its lack of one, is right as it is."""
    data = kept.state.bytes
    if data == (kept.nothing if kept.came is None else kept.came):
        return None
    if data == kept.nothing:  # erased
        metrics.state_cookies.labels(REMOVED).inc()
        return kept.cookie.removal
    if not kept.cookie.fits(len(data)):
        # Only what later versions or other writers have added can be that much.
        metrics.state_cookies.labels(DOES_NOT_FIT).inc()
        return None
    metrics.state_cookies.labels(SEALED).inc()
    return kept.cookie.header(kept.cookie.seal(data, now))
