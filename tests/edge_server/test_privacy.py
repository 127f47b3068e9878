"""Nothing about a person in logs, metrics or errors, whatever happens to their request."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tacit.edge_server import HeaderSignal

from .conftest import TOKEN, Edge, StartEdge
from .samples import compiled

VALUES = ("anna.schmidt@example.org", "shoes-anna", "Marsland", "AnnaPhone/7", "purpose-anna")
COUNTRY = HeaderSignal("country", "text", "X-Country")
DEVICE = HeaderSignal("device", "device")


def requests(edge: Edge) -> list[Any]:
    """One of each kind of request, all full of Anna."""
    mail, viewing, country, agent, purpose = VALUES
    body = {
        "signals": {"basket": mail, "viewing": [viewing], mail: country},
        "consent": [purpose],
    }
    headers = {"X-Country": country, "User-Agent": agent, "Cookie": f"id={mail}"}
    trace = {"Authorization": f"Bearer {TOKEN}", "Tacit-Trace": "1"}
    post, client = edge.client.post, edge.client
    as_json = headers | {"Content-Type": "application/json"}
    return [
        post(f"/v1/decide?user={mail}", json=body, headers=headers),
        post("/v1/decide", json=body, headers=headers | trace),
        post("/v1/decide", json=body | {"surfaces": [viewing, "hero"]}, headers=headers),
        post("/v1/decide", json=body | {mail: 1}, headers=headers),
        post("/v1/decide", json=body | {"surfaces": [mail]}, headers=headers),
        post("/v1/decide", json=body | {"now": 1}, headers=headers),
        post("/v1/decide", content=json.dumps(body) + mail, headers=as_json),
        post("/v1/decide", content=f'{{"{mail}": NaN}}', headers=as_json),
        post("/v1/decide", content=mail, headers=headers),
        post(
            "/v1/decide", json=body, headers=headers | trace | {"Authorization": f"Bearer {mail}"}
        ),
        client.get(f"/{mail}", headers=headers),
        client.get(f"/b/sha256-{mail}", headers=headers),
        client.get(f"/v1/bundle?{mail}", headers=headers | {"If-None-Match": f'"{mail}"'}),
        client.request(viewing.upper(), "/healthz", headers=headers),
        client.get("/healthz", headers=headers),
    ]


def nothing_about_anna(text: str) -> None:
    for value in VALUES:
        assert value.lower() not in text.lower()


def test_logs_metrics_and_errors(start: StartEdge, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("httpx2", "httpcore2", "httpx", "httpcore"):  # the test's own client logs urls
        caplog.set_level(logging.WARNING, logger=name)
    caplog.set_level(logging.DEBUG)
    edge = start(headers=(COUNTRY, DEVICE))
    replies = requests(edge)
    statuses = [reply.status_code for reply in replies]
    assert statuses == [200, 200, 200, 400, 400, 400, 400, 400, 415, 401, 404, 404, 200, 405, 200]
    lines = [r.getMessage() for r in caplog.records if r.name == "tacit.edge.access"]
    assert len(lines) == len(replies)
    assert lines[0].startswith("POST /v1/decide 200 ")
    assert lines[10].startswith("GET - 404 ")
    assert lines[11].startswith("GET /b/sha256-{digest} 404 ")
    assert lines[13].startswith("OTHER /healthz 405 ")
    for record in caplog.records:
        nothing_about_anna(record.getMessage() + str(record.args) + str(record.exc_info))
    nothing_about_anna(edge.client.get("/metrics").text)
    nothing_about_anna(edge.client.get("/healthz").text)
    for reply in replies:
        if reply.status_code >= 400:
            nothing_about_anna(reply.text)


def test_a_decision_says_no_more_than_was_asked(start: StartEdge) -> None:
    edge = start(headers=(COUNTRY, DEVICE))
    reply = requests(edge)[0]
    nothing_about_anna(reply.text + str(reply.headers))


class Broken:
    """A bundle that fails and quotes the person while doing so."""

    def decide(self, surface: str, signals: Mapping[str, Any], **_: Any) -> Any:
        raise KeyError(repr(signals))

    def decide_all(self, signals: Mapping[str, Any], **_: Any) -> Any:
        raise KeyError(repr(signals))


def test_a_failure_in_deciding(start: StartEdge, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="tacit")
    edge = start()
    edge.store._current = replace(edge.store.current, bundle=Broken())
    reply = edge.client.post("/v1/decide", json={"signals": {"country": VALUES[0]}})
    assert (reply.status_code, reply.json()["code"]) == (500, "internal_error")
    nothing_about_anna(reply.text)
    assert "a request failed: KeyError in decide_all, line " in caplog.text
    nothing_about_anna(caplog.text)
    assert 'tacit_errors_total{code="internal_error"} 1.0' in edge.client.get("/metrics").text
    edge.store.put(compiled(2))
    assert edge.decide({})["surfaces"]["hero"]["variant"] == "classic"
