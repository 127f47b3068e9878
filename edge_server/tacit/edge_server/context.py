"""What endpoints and middleware share, in one value."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from tacit.edge_server.loaded import Loaded
from tacit.edge_server.metrics import Metrics
from tacit.edge_server.problems import ProblemError
from tacit.edge_server.settings import Settings
from tacit.edge_server.store import Store
from tacit.edge_server.types import Clock


@dataclass(frozen=True, slots=True)
class Edge:
    settings: Settings
    store: Store
    clock: Clock
    metrics: Metrics


def edge_of(request: Request) -> Edge:
    edge: Edge = request.app.state.edge
    return edge


def current(edge: Edge) -> Loaded:
    """The bundle in use. To be called once per request, so that a reply has one version."""
    loaded = edge.store.current
    if loaded is None:
        raise ProblemError("no_bundle")
    return loaded
