"""Errors of the HTTP interface: problem details (RFC 9457) with stable codes.

The table is the whole catalogue and docs/EDGE.md repeats it. A detail says where and what, never
quotes what was sent: replies to errors are cached, logged and pasted into tickets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

MEDIA_TYPE: Final = "application/problem+json"

PROBLEMS: Final[Mapping[str, tuple[int, str]]] = MappingProxyType(
    {
        "malformed_json": (400, "the body is not strict JSON"),
        "invalid_request": (400, "the body is not a decide request"),
        "too_many_signals": (400, "the request carries too many signals"),
        "too_many_surfaces": (400, "the request names too many surfaces"),
        "too_many_records": (400, "the request carries too many records"),
        "records_not_kept": (400, "this server keeps no state to record in"),
        "now_not_allowed": (400, "this server does not let a request set the time"),
        "trace_denied": (401, "a trace needs a valid token"),
        "metrics_denied": (401, "metrics need a valid token"),
        "not_found": (404, "there is nothing at this path"),
        "no_such_bundle": (404, "no bundle with this hash is served"),
        "method_not_allowed": (405, "this path does not take this method"),
        "request_timeout": (408, "the request took too long"),
        "body_too_large": (413, "the body is too large"),
        "unsupported_media_type": (415, "the body must be plain application/json"),
        "bad_request": (400, "the request cannot be served"),
        "internal_error": (500, "the server failed"),
        "no_bundle": (503, "no bundle has been loaded yet"),
        "overloaded": (503, "the server has too much to do"),
    }
)

_BY_STATUS: Final[Mapping[int, str]] = MappingProxyType(
    {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}
)
_RETRY_SOON: Final = frozenset({"no_bundle", "overloaded"})


class ProblemError(Exception):
    """One error of the table; `detail` narrows it down without quoting the request."""

    def __init__(
        self, code: str, detail: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.status, self.title = PROBLEMS[code]
        self.detail = detail
        self.headers = dict(headers or {})

    def response(self) -> Response:
        content: dict[str, object] = {
            "type": f"urn:tacit:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
        }
        if self.detail is not None:
            content["detail"] = self.detail
        headers = {"Cache-Control": "no-store", **self.headers}
        if self.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        if self.code in _RETRY_SOON:
            headers["Retry-After"] = "1"
        return Response(
            json.dumps(content).encode(),
            status_code=self.status,
            headers=headers,
            media_type=MEDIA_TYPE,
        )


def note(request: Request, code: str) -> None:
    """Leave the code for the middleware that counts errors."""
    request.scope["tacit.problem"] = code


async def on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    note(request, error.code)
    return error.response()


async def on_http_exception(request: Request, error: Exception) -> Response:
    """What the router itself refuses: a path, a method."""
    assert isinstance(error, HTTPException)
    fallback = "internal_error" if error.status_code >= 500 else "bad_request"
    problem = ProblemError(_BY_STATUS.get(error.status_code, fallback), headers=error.headers)
    note(request, problem.code)
    return problem.response()
