"""The application: routes as data, middleware, and the watcher that runs beside them."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, Final

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route
from tacit.edge_server import bundles, health
from tacit.edge_server.context import Edge
from tacit.edge_server.cookie import Keys
from tacit.edge_server.decide import decide
from tacit.edge_server.loaded import Loaded, load
from tacit.edge_server.metrics import Metrics
from tacit.edge_server.middleware import Deadline, Limit, Slots, Watchman
from tacit.edge_server.problems import ProblemError, on_http_exception, on_problem
from tacit.edge_server.settings import Settings, SettingsError
from tacit.edge_server.store import FileStore, Store
from tacit.edge_server.tokens import TRACE_HEADER
from tacit.edge_server.types import Clock, SystemClock

# (path, endpoint, methods): GET brings HEAD along.
DECIDING: Final = (("/v1/decide", decide, ("POST",)),)
BUNDLES: Final = (
    ("/v1/bundle", bundles.newest, ("GET",)),
    ("/b/sha256-{digest}", bundles.by_hash, ("GET",)),
)
OPERATING: Final = (
    ("/healthz", health.live, ("GET",)),
    ("/readyz", health.ready, ("GET",)),
    ("/metrics", health.metrics, ("GET",)),
)
TEMPLATES: Final[Mapping[object, str]] = MappingProxyType(
    {endpoint: path for path, endpoint, _ in (*DECIDING, *BUNDLES, *OPERATING)}
)


def loader(settings: Settings, clock: Clock) -> Callable[[bytes], Loaded]:
    """Bytes -> Loaded under these settings; what a store needs. Raises SettingsError."""
    keys = state_keys(settings)

    def _load(data: bytes) -> Loaded:
        return load(data, settings, keys, at_ms=clock.now_ms(), at=clock.monotonic())

    return _load


def state_keys(settings: Settings) -> Keys | None:
    """The keys that the settings hold or name; None without a cookie for states."""
    if settings.state_cookie is None:
        return None
    name = "state_keys" if settings.state_keys_file is None else "state_keys_file"
    try:
        if settings.state_keys_file is None:
            return Keys.parse(settings.state_keys or "")
        return Keys.parse(settings.state_keys_file.read_text(encoding="ascii"))
    except OSError as error:
        raise SettingsError(f"{name} cannot be read: {error.strerror}") from None
    except UnicodeError:
        raise SettingsError(f"{name} is not plain text") from None
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from None


def file_store(settings: Settings, clock: Clock) -> FileStore:
    """The store of the file that the settings name."""
    if settings.bundle is None:
        raise SettingsError("bundle is not set")
    return FileStore(
        settings.bundle,
        loader(settings, clock),
        clock,
        poll_s=settings.poll_s,
        settle_s=settings.settle_s,
    )


def create_app(
    settings: Settings | None = None,
    *,
    store: Store | None = None,
    clock: Clock | None = None,
    reload_on_hangup: bool = False,
) -> Starlette:
    """The ASGI application of an edge.

    Without a store it serves and watches the file `settings.bundle`. `reload_on_hangup` installs a
    handler for SIGHUP while the application runs; leave it off inside a process that has its own.
    """
    settings = settings or Settings()
    clock = clock or SystemClock()
    store = store or file_store(settings, clock)
    edge = Edge(settings, store, clock, Metrics(store, clock, settings.metrics_batch))
    app = Starlette(
        routes=_routes(settings),
        middleware=_middleware(edge),
        exception_handlers={ProblemError: on_problem, HTTPException: on_http_exception},
        lifespan=_lifespan(store, reload_on_hangup),
    )
    # One path, one resource: /v1/decide/ is not found rather than redirected.
    app.router.redirect_slashes = False
    app.state.edge = edge
    return app


def app_from_environment() -> Starlette:
    """For `uvicorn --factory tacit.edge_server:app_from_environment --workers N`."""
    return create_app(Settings.load(), reload_on_hangup=True)


def _routes(settings: Settings) -> list[Route]:
    slots = Middleware(Slots, Limit(settings.max_concurrency))
    deciding = [slots, Middleware(Deadline, settings.request_timeout_s)]
    transfers = [slots, Middleware(Deadline, settings.transfer_timeout_s)]
    return [
        Route(path, endpoint, methods=methods, middleware=middleware)
        for table, middleware in ((DECIDING, deciding), (BUNDLES, transfers), (OPERATING, []))
        for path, endpoint, methods in table
    ]


def _middleware(edge: Edge) -> list[Middleware]:
    layers = [Middleware(Watchman, edge.metrics, edge.clock, TEMPLATES)]
    if edge.settings.cors_origins:
        layers.append(
            Middleware(
                CORSMiddleware,
                allow_origins=edge.settings.cors_origins,
                allow_methods=("GET", "HEAD", "POST"),
                allow_headers=("Content-Type", "If-None-Match", "Authorization", TRACE_HEADER),
                expose_headers=("ETag", "Content-Location"),
                max_age=3_600,
            )
        )
    return layers


def _lifespan(store: Store, reload_on_hangup: bool) -> Any:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        if store.current is None:
            await anyio.to_thread.run_sync(store.reload)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(store.watch)
            if reload_on_hangup and hasattr(signal, "SIGHUP"):
                tasks.start_soon(_hangups, store)
            yield
            tasks.cancel_scope.cancel()

    return lifespan


async def _hangups(store: Store) -> None:
    with anyio.open_signal_receiver(signal.SIGHUP) as hangups:
        async for _ in hangups:
            store.wake()
