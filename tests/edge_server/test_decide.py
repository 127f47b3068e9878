"""POST /v1/decide: what it answers."""

from __future__ import annotations

import json

import pytest
from tacit.edge_server.metrics import MAX_SURFACES

from .conftest import TOKEN, Edge, StartEdge
from .samples import HOUR_MS, NOW_MS, SURFACES, compiled


def test_all_surfaces_but_those_of_devices(edge: Edge) -> None:
    reply = edge.decide({"signals": {"country": "DE"}})
    assert list(reply["surfaces"]) == list(SURFACES)
    assert reply["bundle"] == f"sha256-{edge.store.current.digest}"
    assert reply["surfaces"]["hero"] == {
        "variant": "local",
        "content": {"title": "Grüß Gott", "version": 1},
    }
    assert reply["surfaces"]["notice"] == {"variant": "standard", "content": None}


def test_an_empty_request_is_all_defaults(edge: Edge) -> None:
    variants = {name: each["variant"] for name, each in edge.decide({})["surfaces"].items()}
    assert variants == {"hero": "classic", "offer": "none", "layout": "wide", "notice": "standard"}


def test_named_surfaces_in_the_order_asked_and_once_each(edge: Edge) -> None:
    reply = edge.decide({"surfaces": ["offer", "hero", "offer"], "signals": {"basket": 5}})
    assert list(reply["surfaces"]) == ["offer", "hero"]
    assert reply["surfaces"]["offer"]["variant"] == "basket"
    assert edge.decide({"surfaces": []})["surfaces"] == {}


def test_named_and_all_agree(edge: Edge) -> None:
    signals = {"country": "DE", "basket": 9, "device": "mobile", "viewing": ["shoes"]}
    body = {"signals": signals, "consent": ["personalization"]}
    everything = edge.trace(body)["surfaces"]
    assert everything["hero"]["variant"] == "shoes"
    assert edge.trace(body | {"surfaces": list(SURFACES)})["surfaces"] == everything


def test_consent_is_needed_and_named(edge: Edge) -> None:
    signals = {"viewing": ["shoes"]}
    assert edge.decide({"signals": signals})["surfaces"]["hero"]["variant"] == "classic"
    granted = edge.decide({"signals": signals, "consent": ["personalization", "ads"]})
    assert granted["surfaces"]["hero"]["variant"] == "shoes"


def test_what_cannot_be_decided_here_gets_the_documented_default(edge: Edge) -> None:
    """One surface that is gone must not cost the page the others."""
    reply = edge.decide({"surfaces": ["hero", "drawer", "gone"]})
    assert reply["surfaces"]["hero"]["variant"] == "classic"
    nothing = {"variant": None, "content": None}
    assert reply["surfaces"]["drawer"] == nothing | {"error": "decided_on_device"}
    assert reply["surfaces"]["gone"] == nothing | {"error": "no_surface"}


def test_surfaces_of_devices_can_be_previewed(start: StartEdge) -> None:
    edge = start(device_surfaces=True)
    reply = edge.decide({"signals": {"tier": "gold"}})
    assert list(reply["surfaces"]) == ["hero", "offer", "layout", "drawer", "notice"]
    assert reply["surfaces"]["drawer"]["variant"] == "open"


def test_wrong_signals_are_missing_and_never_an_error(edge: Edge) -> None:
    wrong = {"country": 5, "basket": True, "device": "toaster", "viewing": "shoes", "tier": {}}
    reply = edge.trace({"signals": wrong | {"undeclared": [1, {"a": None}]}})
    assert reply["surfaces"]["hero"]["variant"] == "classic"
    assert reply["surfaces"]["hero"]["unknown"] == ["country", "viewing"]
    assert reply["surfaces"]["offer"]["unknown"] == ["basket"]


@pytest.mark.parametrize("text", ["1e999", "-0.0", "1" * 400, '"\\ud800"', "[[[[]]]]"])
def test_odd_values_are_missing_too(edge: Edge, text: str) -> None:
    body = f'{{"signals": {{"basket": {text}, "country": {text}}}}}'
    reply = edge.client.post(
        "/v1/decide", content=body, headers={"Content-Type": "application/json"}
    )
    assert reply.status_code == 200
    assert reply.json()["surfaces"]["offer"]["variant"] == "none"


def test_text_beyond_ascii(edge: Edge) -> None:
    reply = edge.client.post(
        "/v1/decide",
        content=json.dumps(
            {"signals": {"viewing": ["shoes", "Schuhe für 👟"]}, "consent": ["personalization"]},
            ensure_ascii=False,
        ).encode(),
        headers={"Content-Type": 'application/json; charset="UTF-8"'},
    )
    assert reply.json()["surfaces"]["hero"]["content"]["title"] == "👟"
    assert "👟".encode() in reply.content


def test_time_of_observation(edge: Edge) -> None:
    def offer(observed_ms: int) -> str:
        body = {"signals": {"basket": 5}, "observed_at": {"basket": observed_ms, "other": 1}}
        return str(edge.decide(body)["surfaces"]["offer"]["variant"])

    assert offer(NOW_MS - HOUR_MS + 1) == "basket"
    assert offer(NOW_MS - HOUR_MS - 1) == "none"


# ------------------------------------------------------------------ time


def test_now_is_the_servers(edge: Edge) -> None:
    body = {"signals": {"basket": 5}, "observed_at": {"basket": NOW_MS}}
    assert edge.decide(body)["surfaces"]["offer"]["variant"] == "basket"
    edge.clock.pass_s(3_601)
    assert edge.decide(body)["surfaces"]["offer"]["variant"] == "none"


def test_now_may_be_set_only_where_allowed(edge: Edge, start: StartEdge) -> None:
    refused = edge.client.post("/v1/decide", json={"now": NOW_MS})
    assert (refused.status_code, refused.json()["code"]) == (400, "now_not_allowed")
    body = {
        "signals": {"basket": 5},
        "observed_at": {"basket": NOW_MS},
        "now": NOW_MS + 2 * HOUR_MS,
    }
    assert start(allow_now=True).decide(body)["surfaces"]["offer"]["variant"] == "none"


@pytest.mark.parametrize("now", [-1, 1.5, True, "1", None, 2**53])
def test_now_must_be_a_time(start: StartEdge, now: object) -> None:
    reply = start(allow_now=True).client.post("/v1/decide", json={"now": now})
    assert (reply.status_code, reply.json()["code"]) == (400, "invalid_request")


# ------------------------------------------------------------------ traces


def test_a_plain_reply_says_variant_and_content_alone(edge: Edge) -> None:
    reply = edge.decide(
        {"signals": {"country": "DE"}}, headers={"Authorization": f"Bearer {TOKEN}"}
    )
    assert reply.keys() == {"bundle", "surfaces"}
    assert all(each.keys() == {"variant", "content"} for each in reply["surfaces"].values())


def test_a_trace_says_why(edge: Edge) -> None:
    reply = edge.trace({"signals": {"country": "DE"}})
    assert reply["surfaces"]["hero"] == {
        "variant": "local",
        "content": {"title": "Grüß Gott", "version": 1},
        "reason": "RULE_MATCH",
        "rule": "german",
        "explanation": "You are in Germany",
        "unknown": ["viewing"],
    }
    assert reply["surfaces"]["notice"]["reason"] == "FORBIDDEN"
    assert reply["trace"] == {"from_headers": [], "not_read": []}


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Basic {TOKEN}",
        TOKEN,
        "Bearer Grüße",
    ],
)
def test_a_trace_without_the_token_is_refused(edge: Edge, authorization: str | None) -> None:
    headers = {"Tacit-Trace": "1"}
    if authorization is not None:
        headers["Authorization"] = authorization.encode("latin-1")
    reply = edge.client.post("/v1/decide", json={}, headers=headers)
    assert reply.status_code == 401
    assert reply.json()["code"] == "trace_denied"
    assert reply.headers["WWW-Authenticate"] == "Bearer"
    assert "surfaces" not in reply.text


def test_no_token_configured_means_no_traces(start: StartEdge) -> None:
    edge = start(trace_token=None)
    for token in ("", "None", TOKEN):
        headers = {"Tacit-Trace": "1", "Authorization": f"Bearer {token}"}
        assert edge.client.post("/v1/decide", json={}, headers=headers).status_code == 401


# ------------------------------------------------------------------ HTTP


def test_a_decision_is_never_cached(edge: Edge) -> None:
    reply = edge.client.post("/v1/decide", json={})
    assert reply.headers["Cache-Control"] == "private, no-store"
    assert reply.headers["Content-Type"] == "application/json"
    assert "ETag" not in reply.headers
    assert "Vary" not in reply.headers  # nothing is stored, so nothing is told apart


def test_without_a_bundle_it_says_so_and_recovers(start: StartEdge) -> None:
    edge = start(bundle=None)
    reply = edge.client.post("/v1/decide", json={})
    assert (reply.status_code, reply.json()["code"]) == (503, "no_bundle")
    assert reply.headers["Retry-After"] == "1"
    edge.store.put(compiled())
    assert edge.decide({})["surfaces"]["hero"]["variant"] == "classic"


def test_pages_of_other_origins(start: StartEdge) -> None:
    closed, opened = start(), start(cors_origins=("https://shop.example",))
    ask = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    assert closed.client.options("/v1/decide", headers=ask).status_code == 405
    answer = opened.client.options("/v1/decide", headers=ask)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    reply = opened.client.post("/v1/decide", json={}, headers={"Origin": "https://other.example"})
    assert "Access-Control-Allow-Origin" not in reply.headers


def test_many_surfaces_are_counted_as_one(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(SURFACES) <= MAX_SURFACES
    monkeypatch.setattr("tacit.edge_server.decide.MAX_SURFACES", len(SURFACES) - 1)
    edge.decide({})
    assert (
        'tacit_decisions_total{reason="FORBIDDEN",surface="*"} 1.0'
        in edge.client.get("/metrics").text
    )
