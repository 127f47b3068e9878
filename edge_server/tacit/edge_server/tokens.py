"""Bearer tokens: who may see more than a decision."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final

from starlette.datastructures import Headers
from tacit.edge_server.problems import ProblemError

TRACE_HEADER: Final = "Tacit-Trace"


def bearer_is(headers: Headers, token: str) -> bool:
    """Whether `Authorization: Bearer` carries this token; the time taken tells nothing of it."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    # Hashes have one length and are plain bytes, which the comparison wants.
    same = hmac.compare_digest(_hashed(given.strip()), _hashed(token))
    return scheme.lower() == "bearer" and same


def _hashed(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def wants_trace(headers: Headers, token: str | None) -> bool:
    """Whether to trace: asked for by `Tacit-Trace: 1` and allowed. Asked for in vain is refused.

    Without that header Authorization is not looked at: a gateway may use it for its own ends.
    """
    if headers.get(TRACE_HEADER) != "1":
        return False
    # Without a configured token the answer is the same as to a wrong one.
    if token is None or not bearer_is(headers, token):
        raise ProblemError("trace_denied")
    return True
