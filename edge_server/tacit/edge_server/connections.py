"""uvicorn's HTTP/1.1 protocol with two limits more: a header must arrive in time, and a server that
is told to end waits for nobody long.

uvicorn bounds the size of a header, the number of connections and how long an idle one is kept,
but waits for ever for the rest of a header once it has begun, and reads on for ever what follows a
reply that was sent early. Few slow sockets would then hold all connections. And one slow client
would hold up the end until uvicorn cancels its task, with a traceback and a reply of its own.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

PARTING_S: Final = 3.0
"""Well within the ten seconds that those who run servers mostly give one to end."""


class ImpatientH11(H11Protocol):
    """Closes a connection on which no request has been in work for `header_timeout_s`, and at the
    end of the server one whose request is still in work after `PARTING_S`."""

    header_timeout_s = 10.0
    _patience: asyncio.TimerHandle | None = None
    _parting: asyncio.TimerHandle | None = None

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

    def shutdown(self) -> None:
        super().shutdown()
        if self._in_work():
            self._parting = self.loop.call_later(PARTING_S, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        if self._parting is not None:
            self._parting.cancel()
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
