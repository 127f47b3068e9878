"""GET /b/sha256-HEX and GET /v1/bundle: bundles for devices, workers and other edges.

The first names its content and so never changes; the second is whatever is current. Both say the
same to everybody: nothing here depends on who asks.
"""

from __future__ import annotations

import re
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from tacit.edge_server.context import current, edge_of
from tacit.edge_server.loaded import Served
from tacit.edge_server.problems import ProblemError
from tacit.edge_server.weighted import accepts_gzip

MEDIA_TYPE: Final = "application/vnd.tacit.bundle"
IMMUTABLE: Final = "public, max-age=31536000, immutable"
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')
_PIECE: Final = 65_536


class Pieces(Response):
    """A response written piece by piece: a slow reader costs a piece of memory, not a bundle."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(
            {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        )
        body = memoryview(self.body if scope["method"] != "HEAD" else b"")
        for start in range(0, len(body), _PIECE):
            piece = bytes(body[start : start + _PIECE])
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def by_hash(request: Request) -> Response:
    digest = request.path_params["digest"]
    served = edge_of(request).store.served(digest) if _HEX.fullmatch(digest) else None
    if served is None:
        raise ProblemError("no_such_bundle")
    return _response(request, served, IMMUTABLE)


async def newest(request: Request) -> Response:
    edge = edge_of(request)
    served = current(edge).served
    age = edge.settings.bundle_max_age_s
    caching = f"public, max-age={age}, stale-while-revalidate=30, stale-if-error=86400"
    response = _response(request, served, caching)
    response.headers["Content-Location"] = f"/b/sha256-{served.digest}"
    return response


def _response(request: Request, served: Served, caching: str) -> Response:
    zipped = accepts_gzip(request.headers.get("accept-encoding"))
    tag = f'"sha256-{served.digest}"'
    headers = {
        # Packed bytes may differ between servers while they unpack to the same: a weak tag then.
        "ETag": f"W/{tag}" if zipped else tag,
        "Cache-Control": caching,
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if _matches(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    if zipped:
        headers["Content-Encoding"] = "gzip"
    return Pieces(served.gzipped if zipped else served.body, headers=headers, media_type=MEDIA_TYPE)


def _matches(header: str | None, tag: str) -> bool:
    """If-None-Match, by weak comparison (RFC 9110, section 13.1.2)."""
    if header is None:
        return False
    return header.strip() == "*" or tag in _TAG.findall(header)
