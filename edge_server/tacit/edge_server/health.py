"""GET /healthz, /readyz, /metrics: for whoever runs the edge."""

from __future__ import annotations

import json
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from tacit.edge_server.context import current, edge_of
from tacit.edge_server.problems import ProblemError
from tacit.edge_server.tokens import bearer_is

_NO_STORE: Final = {"Cache-Control": "no-store"}


async def live(request: Request) -> Response:
    """200 while the process answers, with the state of the bundle. Ages are in seconds."""
    edge = edge_of(request)
    loaded, status, now = edge.store.current, edge.store.status, edge.clock.monotonic()
    return _json(
        {
            "status": "ok" if loaded is not None and status.error is None else "degraded",
            "bundle": None
            if loaded is None
            else {
                "digest": f"sha256-{loaded.digest}",
                "served_as": f"sha256-{loaded.served.digest}",
                "loaded_at_ms": loaded.loaded_at_ms,
                "age_s": round(now - loaded.loaded_at, 3),
            },
            "last_error": None
            if status.error is None
            else {"code": status.error, "age_s": round(now - status.since, 3)},
        }
    )


async def ready(request: Request) -> Response:
    """200 once there is a bundle to decide from; an old one counts, as it still decides."""
    current(edge_of(request))
    return _json({"status": "ready"})


async def metrics(request: Request) -> Response:
    edge = edge_of(request)
    token = edge.settings.metrics_token
    if token is not None and not bearer_is(request.headers, token):
        raise ProblemError("metrics_denied")
    headers = {**_NO_STORE, "Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
    return Response(edge.metrics.text(), headers=headers)


def _json(content: object) -> Response:
    return Response(json.dumps(content).encode(), headers=_NO_STORE, media_type="application/json")
