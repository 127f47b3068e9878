"""What is counted, and how it is kept from being about a person.

Counts that depend on somebody's signals (which reason a surface gave, which signals were missing)
are held back until `batch` of them have come together: whoever watches /metrics second by second
sees sums over at least that many decisions. Requests, sizes and times do not depend on signals.
Nothing is labelled with a variant, a rule, a value, an address or a path.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client import Counter as CountMetric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from tacit.edge_server.store import Outcome, Store
from tacit.edge_server.types import Clock, Decision

MAX_SURFACES: Final = 1_000
"""Surfaces counted by name; a bundle with more is counted as one, named `*`."""
_REQUEST_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_DECIDE_BUCKETS: Final = (
    *(1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 0.01, 0.1),
)


class Batched:
    """A counter of (group, label) that publishes a group's counts `batch` at a time, at least."""

    def __init__(self, batch: int) -> None:
        self._batch = batch
        self._pending: dict[str, Counter[str]] = {}
        self._sizes: Counter[str] = Counter()
        self.published: Counter[tuple[str, str]] = Counter()

    def add(self, group: str, label: str) -> None:
        self._pending.setdefault(group, Counter())[label] += 1
        self._sizes[group] += 1
        if self._sizes[group] >= self._batch:
            for each, count in self._pending.pop(group).items():
                self.published[group, each] += count
            del self._sizes[group]


class Metrics:
    """All counts of one application, in a registry of its own. Used on the event loop only."""

    def __init__(self, store: Store, clock: Clock, batch: int) -> None:
        self.decisions = Batched(batch)
        self.missing = Batched(batch)
        self.registry = CollectorRegistry()
        self.requests = CountMetric(
            "tacit_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "tacit_request_seconds",
            "From the header of a request to the end of its reply.",
            ("route",),
            buckets=_REQUEST_BUCKETS,
            registry=self.registry,
        )
        self.decide_seconds = Histogram(
            "tacit_decide_seconds",
            "Deciding alone, all surfaces of one request together.",
            buckets=_DECIDE_BUCKETS,
            registry=self.registry,
        )
        self.errors = CountMetric(
            "tacit_errors", "Problems sent, by code.", ("code",), registry=self.registry
        )
        self.in_flight = Gauge(
            "tacit_requests_in_flight", "Requests in work.", registry=self.registry
        )
        self.state_cookies = CountMetric(
            "tacit_state_cookies",
            "Cookies with a state, by what became of them.",
            ("outcome",),
            registry=self.registry,
        )
        self.registry.register(_Sums(self, store, clock))

    def text(self) -> bytes:
        """Everything, in Prometheus' text format 0.0.4."""
        return generate_latest(self.registry)

    def decided(self, decisions: Mapping[str, Decision], by_name: bool) -> None:
        """Count the decisions of one request and the signals that it lacked."""
        missing: set[str] = set()
        for surface, decision in decisions.items():
            self.decisions.add(surface if by_name else "*", decision.reason)
            missing.update(decision.unknown)
        for signal in missing:
            self.missing.add(signal, "")


class _Sums(Collector):
    """What is known without having been counted here: bundle, reloads, published batches."""

    def __init__(self, metrics: Metrics, store: Store, clock: Clock) -> None:
        self._metrics = metrics
        self._store = store
        self._clock = clock

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        decisions = CounterMetricFamily(
            "tacit_decisions", "Decisions, in batches.", labels=("surface", "reason")
        )
        for pair, count in self._metrics.decisions.published.items():
            decisions.add_metric(pair, count)
        yield decisions
        missing = CounterMetricFamily(
            "tacit_missing_signals",
            "Requests that lacked a signal some surface reads, in batches.",
            labels=("signal",),
        )
        for (signal, _), count in self._metrics.missing.published.items():
            missing.add_metric((signal,), count)
        yield missing
        status, current = self._store.status, self._store.current
        reloads = CounterMetricFamily(
            "tacit_bundle_reloads", "Reloads of the bundle.", labels=("outcome",)
        )
        for outcome in Outcome:
            reloads.add_metric((outcome.value,), status.reloads.get(outcome, 0))
        yield reloads
        yield GaugeMetricFamily(
            "tacit_bundle_reload_failed",
            "1 while the last reload was refused.",
            value=status.error is not None,
        )
        if current is not None:
            age = self._clock.monotonic() - current.loaded_at
            yield GaugeMetricFamily("tacit_bundle_age_seconds", "Since it was loaded.", value=age)
            info = GaugeMetricFamily(
                "tacit_bundle_info", "1 for the bundle in use.", labels=("digest",)
            )
            info.add_metric((current.digest,), 1)
            yield info
