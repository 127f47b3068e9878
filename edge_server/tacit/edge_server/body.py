"""The body of a request: bounded, then strict JSON."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from starlette.requests import Request
from tacit.edge_server.problems import ProblemError


async def read_body(request: Request, limit: int) -> bytes:
    """At most `limit` bytes of plain JSON text; time is limited by the middleware around.

    A length that is announced too large is refused unread; one that is not announced is counted.
    """
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.replace(" ", "").replace('"', "").lower()
    if media_type.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        raise ProblemError("unsupported_media_type")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ProblemError("unsupported_media_type", "send the body without Content-Encoding")
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced[:20]) > limit:
        raise ProblemError("body_too_large", f"at most {limit} bytes")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise ProblemError("body_too_large", f"at most {limit} bytes")
    return bytes(body)


def strict_json(body: bytes) -> Any:
    """The value of a JSON text in UTF-8: no member twice, no NaN or Infinity, no BOM."""
    try:
        return json.loads(
            body.decode("utf-8"), object_pairs_hook=_members, parse_constant=_no_constant
        )
    except UnicodeDecodeError:
        raise ProblemError("malformed_json", "not UTF-8") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ProblemError("malformed_json", where) from None
    except RecursionError:
        raise ProblemError("malformed_json", "nested too deeply") from None
    except ValueError:  # an integer of thousands of digits
        raise ProblemError("malformed_json", "a number is too long") from None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ProblemError("malformed_json", "an object has a member twice")
    return members


def _no_constant(_: str) -> NoReturn:
    raise ProblemError("malformed_json", "NaN and Infinity are not JSON")
