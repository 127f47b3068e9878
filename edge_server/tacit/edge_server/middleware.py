"""Plain ASGI classes around the endpoints. From the outside in: Watchman, Slots, Deadline.

A request leaves one line in the log: method, route template, status, milliseconds. No path, no
query, no address, no header; and a failure leaves the type of its exception and where it came
from, not its text, which may quote what somebody sent.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from typing import Final

import anyio
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tacit.edge_server.metrics import Metrics
from tacit.edge_server.problems import ProblemError
from tacit.edge_server.types import Clock

access = logging.getLogger("tacit.edge.access")
log = logging.getLogger("tacit.edge")

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNMATCHED: Final = "-"
CLOSED_BY_CLIENT: Final = 499
"""Status in log and metrics of a request whose client went away before it had a reply."""


class Watchman:
    """Counts, times and logs every request, and turns whatever escapes the endpoints into a 500."""

    def __init__(
        self, app: ASGIApp, metrics: Metrics, clock: Clock, templates: Mapping[object, str]
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._clock = clock
        self._templates = templates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        started = self._clock.monotonic()
        self._metrics.in_flight.inc()
        try:
            await self._app(scope, receive, noting)
        except ClientDisconnect:
            pass
        except Exception as error:
            log.error("a request failed: %s", _origin(error))
            scope["tacit.problem"] = "internal_error"
            if status == 0:
                await ProblemError("internal_error").response()(scope, receive, noting)
            # Else the reply has begun; ending it short makes the server close the connection.
        finally:
            self._metrics.in_flight.dec()
            self._note(scope, status or CLOSED_BY_CLIENT, self._clock.monotonic() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        # An odd method is a text of the client's choosing, so it is not repeated.
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        route = self._templates.get(scope.get("endpoint"), UNMATCHED)
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.request_seconds.labels(route).observe(seconds)
        if "tacit.problem" in scope:
            self._metrics.errors.labels(scope["tacit.problem"]).inc()
        access.info("%s %s %d %.2fms", method, route, status, seconds * 1000)


def _origin(error: BaseException) -> str:
    """Type of an exception and the innermost line of code, without its text."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    last = frames[-1]
    return f"{type(error).__name__} in {last.name}, line {last.lineno}"


class Slots:
    """At most `limit` requests in work, over all routes that share one instance's counter."""

    def __init__(self, app: ASGIApp, limit: Limit) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._limit.taken >= self._limit.limit:
            raise ProblemError("overloaded")
        self._limit.taken += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._limit.taken -= 1


class Limit:
    """A number of slots, shared by routes; all on one event loop, so plain addition does."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0


class Deadline:
    """Ends a request after `seconds`, whether it is slow to send or slow to take the reply."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        with anyio.move_on_after(self._seconds) as timer:
            await self._app(scope, receive, noting)
        if timer.cancelled_caught and not begun:
            raise ProblemError("request_timeout", headers={"Connection": "close"})
