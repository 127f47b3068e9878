from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from starlette.testclient import TestClient
from tacit.edge_server import MemoryStore, Settings, create_app, loader

from .samples import ManualClock, compiled

TOKEN = "a-token-for-traces-0123"


class Edge:
    """An application in this process, with its store and clock at hand."""

    def __init__(self, client: TestClient, store: MemoryStore, clock: ManualClock) -> None:
        self.client = client
        self.store = store
        self.clock = clock

    def decide(self, body: object = None, **request: Any) -> Any:
        """POST /v1/decide; the reply's JSON, after checking that it is a decision."""
        reply = self.client.post("/v1/decide", json={} if body is None else body, **request)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def trace(self, body: object, **headers: str) -> Any:
        """The same with a trace."""
        allowed = {"Authorization": f"Bearer {TOKEN}", "Tacit-Trace": "1"}
        return self.decide(body, headers=allowed | headers)


StartEdge = Callable[..., Edge]


@pytest.fixture
def start() -> Iterator[StartEdge]:
    """start(bundle=..., **settings) -> a running Edge."""
    with ExitStack() as stack:

        def _start(bundle: bytes | None = compiled(), **settings: Any) -> Edge:
            chosen = Settings(**{"trace_token": TOKEN, "metrics_batch": 1, **settings})
            clock = ManualClock()
            store = MemoryStore(loader(chosen, clock), clock)
            if bundle is not None:
                store.put(bundle)
            app = create_app(chosen, store=store, clock=clock)
            # Without a default user agent of its own, which would be read as one.
            client = stack.enter_context(TestClient(app, headers={"User-Agent": ""}))
            return Edge(client, store, clock)

        yield _start


@pytest.fixture
def edge(start: StartEdge) -> Edge:
    return start()
