"""An edge as a process: uvicorn around the application. `tacit serve` calls `serve`."""

from __future__ import annotations

import logging
import sys
from typing import Final

import uvicorn
from tacit.edge_server.app import create_app, file_store
from tacit.edge_server.connections import impatient
from tacit.edge_server.settings import Settings
from tacit.edge_server.types import SystemClock

MAX_HEADER_BYTES: Final = 16_384
_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"


class NoBundleError(Exception):
    """The bundle that was to be served cannot be; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(f"the bundle cannot be served ({code})")
        self.code = code


def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is in work and can be within a few seconds.
    SIGHUP reloads the bundle.

    Raises NoBundleError when there is no good bundle and the settings do not say to wait for one,
    and SettingsError when they name none.
    """
    clock = SystemClock()
    store = file_store(settings, clock)
    store.reload()
    if store.current is None and not settings.wait_for_bundle:
        raise NoBundleError(store.status.error or "missing")
    app = create_app(settings, store=store, clock=clock, reload_on_hangup=True)
    _log_to_stderr(settings.log_level)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        http=impatient(settings.header_timeout_s),
        ws="none",
        lifespan="on",
        log_config=None,
        # uvicorn's own access log has addresses and paths; ours has neither.
        access_log=False,
        log_level=settings.log_level,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=settings.max_connections,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
    )


def _log_to_stderr(level: str) -> None:
    """One handler for our lines and uvicorn's own; uvicorn's access log has none."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(_FORMAT))
    for name in ("tacit.edge", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level.upper())
        logger.propagate = False
