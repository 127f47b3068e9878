"""What a decide request may not be: each refusal has a code, and quotes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tacit.edge_server import PROBLEMS

from .conftest import TOKEN, Edge, StartEdge

SECRET = "anna.schmidt@example.org"
JSON = {"Content-Type": "application/json"}


def refusal(edge: Edge, content: bytes | str, headers: dict[str, str] | None = None) -> Any:
    """The problem that a body is answered with, checked for its form."""
    reply = edge.client.post("/v1/decide", content=content, headers=JSON | (headers or {}))
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.headers["Cache-Control"] == "no-store"
    problem = reply.json()
    status, title = PROBLEMS[problem["code"]]
    assert (problem["status"], problem["title"]) == (reply.status_code, title) == (status, title)
    assert problem["type"] == f"urn:tacit:problem:{problem['code']}"
    assert SECRET not in reply.text
    return problem


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "line 1, column 1"),
        (b"{", "line 1, column 2"),
        (f'{{"signals":\n{{"a": {SECRET}}}}}'.encode(), "line 2, column 7"),
        (b"{}{}", "line 1, column 3"),
        (b'{"signals": {"a": 01}}', "line 1, column 20"),
        (b"{'signals': {}}", "line 1, column 2"),
        (b'{"signals": {"a": "\x01"}}', "line 1, column 20"),
        (f'{{"signals": {{"{SECRET}": 1, "{SECRET}": 2}}}}'.encode(), "a member twice"),
        (b'{"signals": {}, "signals": {}}', "a member twice"),
        (b'{"signals": {"a": [{"b": 1, "b": 1}]}}', "a member twice"),
        (b'{"signals": {"a": NaN}}', "NaN"),
        (b'{"signals": {"a": -Infinity}}', "NaN and Infinity"),
        (b"\xef\xbb\xbf{}", "line 1, column 1"),
        ('{"signals": {"a": "ü"}}'.encode("latin-1"), "UTF-8"),
        ("{}".encode("utf-16"), "UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "UTF-8"),
        (b'{"signals": {"a": ' + b"9" * 5_000 + b"}}", "too long"),
        (b"[" * 50_000, "nested too deeply"),
        (b'{"signals":' + b'{"a":' * 10_000 + b"1", "nested too deeply"),
    ],
)
def test_bodies_that_are_not_strict_json(edge: Edge, body: bytes, detail: str) -> None:
    problem = refusal(edge, body)
    assert problem["code"] == "malformed_json"
    assert detail in problem["detail"]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ([], "must be an object"),
        (None, "must be an object"),
        (SECRET, "must be an object"),
        ({SECRET: 1}, "members are consent, export, now, observed_at, records,"),
        ({"Signals": {}}, "members are"),
        ({"signals": [SECRET]}, "signals must be an object"),
        ({"signals": None}, "signals must be an object"),
        ({"surfaces": SECRET}, "surfaces must be a list"),
        ({"surfaces": ["hero", 5]}, "surfaces[1]"),
        ({"surfaces": [SECRET]}, "surfaces[0]"),
        ({"surfaces": ["a" * 65]}, "surfaces[0]"),
        ({"surfaces": ["\ud800"]}, "surfaces[0]"),
        ({"surfaces": ["hero\n"]}, "surfaces[0]"),
        ({"consent": "personalization"}, "consent must be a list"),
        ({"consent": {"personalization": True}}, "consent must be a list"),
        ({"consent": [True]}, "consent[0]"),
        ({"consent": [""]}, "consent[0]"),
        ({"consent": ["p"] * 65}, "at most 64"),
        ({"observed_at": []}, "observed_at must be an object"),
        ({"observed_at": {SECRET: "yesterday"}}, "whole milliseconds"),
        ({"observed_at": {SECRET: -1}}, "whole milliseconds"),
    ],
)
def test_json_that_is_not_a_request(edge: Edge, body: Any, detail: str) -> None:
    problem = refusal(edge, json.dumps(body))
    assert problem["code"] == "invalid_request"
    assert detail in problem["detail"]


def test_counts_are_limited(start: StartEdge) -> None:
    edge = start(max_signals=3, max_surfaces=2, max_purposes=1)
    three = {"a": 1, "b": 2, "c": 3}
    edge.decide({"signals": three, "surfaces": ["hero", "offer"], "consent": ["p"]})
    assert refusal(edge, json.dumps({"signals": three | {"d": 4}}))["code"] == "too_many_signals"
    assert (
        refusal(edge, json.dumps({"observed_at": three | {"d": 4}}))["code"] == "too_many_signals"
    )
    # Repeats count too: the limit is on work, not on names.
    assert refusal(edge, json.dumps({"surfaces": ["hero"] * 3}))["code"] == "too_many_surfaces"
    assert refusal(edge, json.dumps({"consent": ["p", "q"]}))["code"] == "invalid_request"


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": ""},
        {"Content-Encoding": "gzip"},
    ],
)
def test_media_types(edge: Edge, headers: dict[str, str]) -> None:
    assert refusal(edge, b"{}", headers)["code"] == "unsupported_media_type"


def test_body_size_to_the_byte(start: StartEdge) -> None:
    edge = start(max_body_bytes=100)
    frame = b'{"signals":{"a":""}}'
    fits = frame.replace(b'""', b'"' + b"x" * (100 - len(frame)) + b'"')
    assert edge.client.post("/v1/decide", content=fits, headers=JSON).status_code == 200
    assert refusal(edge, fits + b" ")["code"] == "body_too_large"

    def chunks() -> Any:  # without a length: counted as it comes
        yield fits
        yield b" "

    reply = edge.client.post("/v1/decide", content=chunks(), headers=JSON)
    assert "content-length" not in reply.request.headers
    assert (reply.status_code, reply.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("length", ["-1", "1e3", "9" * 30, "²"])
def test_a_length_that_is_no_length(edge: Edge, length: str) -> None:
    problem = refusal(edge, b"{}", {"Content-Length": length.encode("latin-1")})  # type: ignore[dict-item]
    assert problem["code"] == "body_too_large"


@pytest.mark.parametrize(
    ("method", "path", "code", "allow"),
    [
        ("GET", "/", "not_found", None),
        ("POST", "/v1/decide/", "not_found", None),
        ("GET", "/v1/decide", "method_not_allowed", {"POST"}),
        ("PUT", "/v1/decide", "method_not_allowed", {"POST"}),
        ("OPTIONS", "/v1/decide", "method_not_allowed", {"POST"}),
        ("POST", "/v1/bundle", "method_not_allowed", {"GET", "HEAD"}),
        ("DELETE", "/healthz", "method_not_allowed", {"GET", "HEAD"}),
        ("BREW", "/healthz", "method_not_allowed", {"GET", "HEAD"}),
        ("GET", "/b/sha256-" + "0" * 64, "no_such_bundle", None),
        ("GET", "/b/sha256-" + "A" * 64, "no_such_bundle", None),
        ("GET", "/b/sha256-..%2F..%2Fetc", "not_found", None),
        ("GET", "/b/sha256-", "not_found", None),
    ],
)
def test_paths_and_methods(
    edge: Edge, method: str, path: str, code: str, allow: set[str] | None
) -> None:
    reply = edge.client.request(method, path)
    assert reply.status_code == PROBLEMS[code][0]
    assert reply.json()["code"] == code
    if allow is not None:
        assert set(reply.headers["Allow"].split(", ")) == allow


def test_the_page_lists_every_code() -> None:
    page = (Path(__file__).parents[2] / "docs" / "EDGE.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    for code, (status, title) in PROBLEMS.items():
        assert f"| `{code}` | {status} | {title} |" in rows


NAMES = st.sampled_from(
    ["country", "device", "language", "tier", "basket", "viewing", "utc_offset_minutes"]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(["DE", "mobile", "gold", "shoes", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
SIGNALS = st.dictionaries(NAMES | st.text(max_size=3), VALUES, max_size=6)
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "signals": SIGNALS | VALUES,
        "surfaces": st.lists(st.sampled_from(["hero", "drawer", "gone"]) | VALUES, max_size=3),
        "consent": st.lists(st.sampled_from(["personalization"]) | VALUES, max_size=2),
        "observed_at": st.dictionaries(NAMES, st.integers(), max_size=2) | VALUES,
        "now": VALUES,
    },
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(REQUESTS | VALUES, st.booleans())
def test_no_json_is_a_failure(edge: Edge, body: Any, traced: bool) -> None:
    headers = JSON | ({"Tacit-Trace": "1", "Authorization": f"Bearer {TOKEN}"} if traced else {})
    # As some clients write it: infinities overflow on the way in, surrogates are escaped.
    text = json.dumps(body).replace("-Infinity", "-1e999").replace("Infinity", "1e999")
    reply = edge.client.post("/v1/decide", content=text, headers=headers)
    assert reply.status_code in (200, 400)
    reply.json()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary() | st.text().map(lambda text: json.dumps({"signals": text}).encode()[:-1]))
def test_no_bytes_are_a_failure(edge: Edge, body: bytes) -> None:
    reply = edge.client.post("/v1/decide", content=body, headers=JSON)
    assert reply.json()["status"] == 400 if reply.status_code != 200 else "surfaces" in reply.json()
