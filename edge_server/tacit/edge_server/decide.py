"""POST /v1/decide: signals in, variant and content per surface out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from tacit.edge_server.body import read_body, strict_json
from tacit.edge_server.context import Edge, current, edge_of
from tacit.edge_server.headers import Filled, fill
from tacit.edge_server.kept import Kept, open_state, set_cookie
from tacit.edge_server.loaded import Loaded
from tacit.edge_server.metrics import MAX_SURFACES
from tacit.edge_server.problems import ProblemError
from tacit.edge_server.records import Record, optional_text, parse_records
from tacit.edge_server.settings import Settings
from tacit.edge_server.tokens import wants_trace
from tacit.edge_server.types import Decision, Signals
from tacit.runtime import Observed
from tacit.runtime.format import MAX_INT

_SURFACE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
_OF_STATE: Final = frozenset({"records", "shown", "session", "export"})
_MEMBERS: Final = _OF_STATE | {"signals", "surfaces", "consent", "observed_at", "now"}
MAX_PURPOSE: Final = 64

NO_SURFACE: Final = "no_surface"
DECIDED_ON_DEVICE: Final = "decided_on_device"


@dataclass(frozen=True, slots=True)
class Ask:
    """A decide request. `surfaces` None: all decided here; `now` None: the server's clock.

    `records` is what happened before, None for none; `shown`: what is decided is shown at once.
    """

    signals: Signals
    surfaces: tuple[str, ...] | None
    consent: frozenset[str]
    now: int | None
    records: tuple[Record, ...] | None
    shown: bool
    session: str | None
    export: bool


async def decide(request: Request) -> Response:
    edge = edge_of(request)
    trace = wants_trace(request.headers, edge.settings.trace_token)
    ask = parse(await read_body(request, edge.settings.max_body_bytes), edge.settings)
    # Taken after the last wait, so everything below sees one bundle and one moment.
    loaded = current(edge)
    now = edge.clock.now_ms() if ask.now is None else ask.now
    filled = fill(loaded.headers, request.headers, ask.signals)
    kept = open_state(loaded, request.cookies, ask.consent, now, edge.metrics)
    recorded = [] if kept is None else _record(kept, ask, filled.signals, now)
    how = {"now": now, "consent": ask.consent} | ({} if kept is None else {"state": kept.state})
    decisions = _decisions(edge, loaded, ask.surfaces, filled.signals, how)
    reply: dict[str, Any] = {
        "bundle": f"sha256-{loaded.digest}",
        "surfaces": {
            name: _entry(loaded, name, decisions.get(name), trace)
            for name in (loaded.surfaces if ask.surfaces is None else ask.surfaces)
        },
    }
    headers = {"Cache-Control": "private, no-store"}
    if ask.records is not None:
        reply["recorded"] = recorded or [False] * len(ask.records)
    if kept is not None:
        if ask.shown:
            for decision in decisions.values():
                kept.state.record_shown(decision, now=now, session=ask.session)
        if ask.export:
            reply["state"] = kept.state.export()
        cookie = set_cookie(kept, now, edge.metrics)
        if cookie is not None:
            headers["Set-Cookie"] = cookie
    if trace:
        reply["trace"] = _trace(filled)
    return Response(
        json.dumps(reply, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(),
        headers=headers,
        media_type="application/json",
    )


def _record(kept: Kept, ask: Ask, signals: Signals, now: int) -> list[bool]:
    """Record what happened, then bring stored segments up to date. Which records were taken."""
    taken = [each.record(kept.state, now, ask.session) for each in ask.records or ()]
    kept.state.refresh(signals, now)
    return taken


def _decisions(
    edge: Edge,
    loaded: Loaded,
    surfaces: tuple[str, ...] | None,
    signals: Signals,
    how: dict[str, Any],
) -> Mapping[str, Decision]:
    started = edge.clock.monotonic()
    if surfaces is None:
        everything = loaded.bundle.decide_all(signals, **how)
        decisions = {name: everything[name] for name in loaded.surfaces}
    else:
        decisions = {
            name: loaded.bundle.decide(name, signals, **how)
            for name in surfaces
            if name in loaded.decided
        }
    edge.metrics.decide_seconds.observe(edge.clock.monotonic() - started)
    edge.metrics.decided(decisions, by_name=len(loaded.surfaces) <= MAX_SURFACES)
    return decisions


def _entry(loaded: Loaded, name: str, decision: Decision | None, trace: bool) -> dict[str, Any]:
    """What the reply says of one surface. Variant and content are always there."""
    if decision is None:
        here = name in loaded.description.places
        return {
            "variant": None,
            "content": None,
            "error": DECIDED_ON_DEVICE if here else NO_SURFACE,
        }
    entry: dict[str, Any] = {"variant": decision.variant, "content": decision.content}
    if trace:
        entry["reason"] = decision.reason
        entry["rule"] = decision.rule
        entry["explanation"] = decision.explanation
        entry["unknown"] = list(decision.unknown)
    return entry


def _trace(filled: Filled) -> dict[str, Any]:
    return {"from_headers": list(filled.from_headers), "not_read": list(filled.not_read)}


# ------------------------------------------------------------------ parsing


def parse(body: bytes, settings: Settings) -> Ask:
    """A decide request from its JSON text. Raises ProblemError, which quotes nothing of it."""
    value = strict_json(body)
    if not isinstance(value, dict):
        raise ProblemError("invalid_request", "the body must be an object")
    if not value.keys() <= _MEMBERS:
        raise ProblemError("invalid_request", f"members are {', '.join(sorted(_MEMBERS))}")
    if settings.state_cookie is None and not value.keys().isdisjoint(_OF_STATE):
        raise ProblemError("records_not_kept")
    return Ask(
        signals=_signals(value, settings),
        surfaces=_surfaces(value, settings),
        consent=_consent(value, settings),
        now=_now(value, settings),
        records=parse_records(value["records"], settings.max_records)
        if "records" in value
        else None,
        shown=_flag(value, "shown"),
        session=optional_text(value.get("session"), "session"),
        export=_flag(value, "export"),
    )


def _signals(value: dict[str, Any], settings: Settings) -> Signals:
    signals = value.get("signals", {})
    times = value.get("observed_at", {})
    if not isinstance(signals, dict):
        raise ProblemError("invalid_request", "signals must be an object")
    if not isinstance(times, dict):
        raise ProblemError("invalid_request", "observed_at must be an object")
    if len(signals) > settings.max_signals or len(times) > settings.max_signals:
        raise ProblemError("too_many_signals", f"at most {settings.max_signals}")
    if not times:
        return signals
    if not all(_is_time(at) for at in times.values()):
        raise ProblemError("invalid_request", "observed_at must hold whole milliseconds since 1970")
    return {
        name: Observed(each, times[name]) if name in times else each
        for name, each in signals.items()
    }


def _surfaces(value: dict[str, Any], settings: Settings) -> tuple[str, ...] | None:
    names = value.get("surfaces")
    if names is None:
        return None
    if not isinstance(names, list):
        raise ProblemError("invalid_request", "surfaces must be a list")
    if len(names) > settings.max_surfaces:
        raise ProblemError("too_many_surfaces", f"at most {settings.max_surfaces}")
    for index, name in enumerate(names):
        if not isinstance(name, str) or not _SURFACE.fullmatch(name):
            raise ProblemError("invalid_request", f"surfaces[{index}] is not the name of a surface")
    return tuple(dict.fromkeys(names))


def _consent(value: dict[str, Any], settings: Settings) -> frozenset[str]:
    purposes = value.get("consent", [])
    if not isinstance(purposes, list) or len(purposes) > settings.max_purposes:
        raise ProblemError(
            "invalid_request", f"consent must be a list of at most {settings.max_purposes}"
        )
    for index, purpose in enumerate(purposes):
        if not isinstance(purpose, str) or not 0 < len(purpose) <= MAX_PURPOSE:
            raise ProblemError("invalid_request", f"consent[{index}] is not the name of a purpose")
    return frozenset(purposes)


def _now(value: dict[str, Any], settings: Settings) -> int | None:
    if "now" not in value:
        return None
    if not settings.allow_now:
        raise ProblemError("now_not_allowed")
    now = value["now"]
    if not _is_time(now):
        raise ProblemError("invalid_request", "now must be whole milliseconds since 1970")
    moment: int = now
    return moment


def _flag(value: dict[str, Any], name: str) -> bool:
    flag = value.get(name, False)
    if not isinstance(flag, bool):
        raise ProblemError("invalid_request", f"{name} must be true or false")
    return flag


def _is_time(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_INT
