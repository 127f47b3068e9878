"""uvicorn's HTTP/1.1 protocol with one limit more: a header must arrive in time.

uvicorn bounds the size of a header, the number of connections and how long an idle one is kept,
but waits for ever for the rest of a header once it has begun, and reads on for ever what follows a
reply that was sent early. Few slow sockets would then hold all connections.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol


class ImpatientH11(H11Protocol):
    """Closes a connection on which no request has been in work for `header_timeout_s`."""

    header_timeout_s = 10.0
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_waiting()

    def handle_events(self) -> None:
        super().handle_events()
        if self._in_work():
            self._stop_waiting()

    def on_response_complete(self) -> None:
        # First, as a request that was waiting in the pipe is taken up in the call.
        self._start_waiting()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _in_work(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _start_waiting(self) -> None:
        self._stop_waiting()
        self._patience = self.loop.call_later(self.header_timeout_s, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        if not self._in_work():
            self.transport.close()


def impatient(header_timeout_s: float) -> type[asyncio.Protocol]:
    """The protocol with this limit, as uvicorn takes a class."""
    members: dict[str, Any] = {"header_timeout_s": header_timeout_s}
    return type("ImpatientH11", (ImpatientH11,), members)
