"""/healthz, /readyz, /metrics."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tacit.edge_server.metrics import Batched
from tacit.runtime import BundleError

from .conftest import TOKEN, Edge, StartEdge
from .samples import NOW_MS, compiled


def values(edge: Edge) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    reply = edge.client.get("/metrics")
    assert reply.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


def test_health_names_the_bundle_and_its_age(edge: Edge) -> None:
    edge.clock.pass_s(12.5)
    health = edge.client.get("/healthz")
    assert health.status_code == 200
    assert health.headers["Cache-Control"] == "no-store"
    loaded = edge.store.current
    assert health.json() == {
        "status": "ok",
        "bundle": {
            "digest": f"sha256-{loaded.digest}",
            "served_as": f"sha256-{loaded.served.digest}",
            "loaded_at_ms": NOW_MS,
            "age_s": 12.5,
        },
        "last_error": None,
    }


def test_health_without_a_bundle(start: StartEdge) -> None:
    edge = start(bundle=None)
    assert edge.client.get("/healthz").json() == {
        "status": "degraded",
        "bundle": None,
        "last_error": None,
    }
    ready = edge.client.get("/readyz")
    assert (ready.status_code, ready.json()["code"]) == (503, "no_bundle")
    edge.store.put(compiled())
    assert edge.client.get("/readyz").json() == {"status": "ready"}


def test_health_shows_what_went_wrong_and_when(edge: Edge) -> None:
    with pytest.raises(BundleError):
        edge.store.put(b"no bundle")
    edge.clock.pass_s(3)
    health = edge.client.get("/healthz").json()
    assert health["status"] == "degraded"
    assert health["bundle"] is not None
    assert health["last_error"]["code"].startswith("R1")
    assert health["last_error"]["age_s"] == 3.0
    assert edge.client.get("/readyz").status_code == 200  # the old one still decides
    edge.store.put(compiled(2))
    assert edge.client.get("/healthz").json()["last_error"] is None


# ------------------------------------------------------------------ metrics


def test_decisions_and_missing_signals(edge: Edge) -> None:
    edge.decide({"signals": {"country": "DE"}})
    edge.decide({"surfaces": ["hero", "gone"]})
    counts = values(edge)

    def decisions(surface: str, reason: str) -> float | None:
        return counts.get(("tacit_decisions_total", (("reason", reason), ("surface", surface))))

    assert decisions("hero", "RULE_MATCH") == 1
    assert decisions("hero", "DEFAULT") == 1
    assert decisions("notice", "FORBIDDEN") == 1
    assert decisions("gone", "NO_SURFACE") is None  # a name of the caller's choosing is no label
    # Once per request, however many surfaces read it.
    assert counts["tacit_missing_signals_total", (("signal", "viewing"),)] == 2
    assert counts["tacit_missing_signals_total", (("signal", "country"),)] == 1
    assert counts["tacit_decide_seconds_count", ()] == 2


def test_requests_errors_and_reloads(edge: Edge) -> None:
    edge.decide({})
    edge.client.post("/v1/decide", content=b"{", headers={"Content-Type": "application/json"})
    edge.client.get("/nowhere")
    edge.client.request("X-ANNA", "/healthz")
    edge.store.put(compiled(1))
    edge.store.put(compiled(2))
    with pytest.raises(BundleError):
        edge.store.put(b"")
    edge.clock.pass_s(7)
    counts = values(edge)

    def requests(method: str, route: str, status: str) -> float:
        labels = (("method", method), ("route", route), ("status", status))
        return counts["tacit_requests_total", labels]

    assert requests("POST", "/v1/decide", "200") == 1
    assert requests("POST", "/v1/decide", "400") == 1
    assert requests("GET", "-", "404") == 1
    assert requests("OTHER", "/healthz", "405") == 1
    assert counts["tacit_errors_total", (("code", "malformed_json"),)] == 1
    assert counts["tacit_request_seconds_count", (("route", "/v1/decide"),)] == 2
    assert counts["tacit_requests_in_flight", ()] == 1  # this one
    for outcome, count in (("changed", 2), ("same", 1), ("refused", 1)):
        assert counts["tacit_bundle_reloads_total", (("outcome", outcome),)] == count
    assert counts["tacit_bundle_reload_failed", ()] == 1
    assert counts["tacit_bundle_age_seconds", ()] == 7
    assert counts["tacit_bundle_info", (("digest", edge.store.current.digest),)] == 1


def test_counts_about_people_come_in_batches(start: StartEdge) -> None:
    """One decision between two looks at /metrics would tell what one person got."""
    edge = start(metrics_batch=20)
    for _ in range(19):
        edge.decide({"surfaces": ["hero"], "signals": {"country": "DE"}})
    text = edge.client.get("/metrics").text
    assert 'surface="hero"' not in text
    assert 'signal="viewing"' not in text
    edge.decide({"surfaces": ["hero"]})
    counts = values(edge)
    hero = [
        (labels[0][1], count)
        for (name, labels), count in counts.items()
        if name == "tacit_decisions_total"
    ]
    assert sorted(hero) == [("DEFAULT", 1), ("RULE_MATCH", 19)]
    assert counts["tacit_missing_signals_total", (("signal", "viewing"),)] == 20
    assert ("tacit_missing_signals_total", (("signal", "country"),)) not in counts


def test_batches_lose_nothing() -> None:
    counter = Batched(3)
    for index in range(100):
        counter.add("a", "even" if index % 2 == 0 else "odd")
        published = sum(counter.published.values())
        assert published % 3 == 0
        assert 0 <= index + 1 - published < 3


def test_metrics_can_be_closed(start: StartEdge) -> None:
    edge = start(metrics_token="a-token-for-metrics-4567")
    refused = edge.client.get("/metrics")
    assert (refused.status_code, refused.json()["code"]) == (401, "metrics_denied")
    for token, status in ((TOKEN, 401), ("a-token-for-metrics-4567", 200)):
        headers = {"Authorization": f"Bearer {token}"}
        assert edge.client.get("/metrics", headers=headers).status_code == status


def test_metrics_belong_to_one_application(start: StartEdge) -> None:
    first, second = start(), start()
    first.decide({})
    assert ("tacit_decide_seconds_count", ()) in values(first)
    assert values(second)["tacit_decide_seconds_count", ()] == 0
