"""A process that records in a loop until it is killed; run by test_stores.py.

    store_worker.py FILE                    records until killed, one line per finished record
    store_worker.py FILE device BUNDLE      the same, with a real state: events named `viewed`
    store_worker.py FILE CALL before|after  one record, killed at its CALL-th system call
    store_worker.py FILE add COUNT          records COUNT times

The state is a number and filler that depends on it, so that half of one state is no state.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import msgpack
from tacit.runtime import Bundle, stores
from tacit.runtime.state import DeviceState

CALLS = ("open", "write", "fsync", "replace", "unlink", "close", "fstat", "read", "stat")
"""What stores call of `os` that can fail or that a process can die at."""
_SIZES = (0, 1, 700, 2_000, 9_000)


def state(number: int) -> bytes:
    head = b"%d:" % number
    return head + head * (_SIZES[number % len(_SIZES)] // len(head)) + b"."


def number_in(data: bytes | None) -> int:
    """The number of a whole state, 0 of none; anything else is an AssertionError."""
    if data is None:
        return 0
    number = int(data.partition(b":")[0])
    assert data == state(number), "a state that nobody wrote"
    return number


def next_state(data: bytes | None) -> bytes:
    return state(number_in(data) + 1)


class Watched:
    """The module `os`, with a say before and after each system call."""

    def __init__(self, call: Callable[[str, Callable[[], Any]], Any]) -> None:
        self._call = call

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in CALLS:
            return real
        return lambda *args: self._call(name, lambda: real(*args))


def _die_at(number: int, after: bool) -> Watched:
    calls = 0

    def call(_: str, real: Callable[[], Any]) -> Any:
        nonlocal calls
        calls += 1
        if calls == number and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            return real()
        finally:
            if calls == number:
                os.kill(os.getpid(), signal.SIGKILL)

    return Watched(call)


def events_in(data: bytes | None) -> int:
    """How many events a whole state has counted in its first item."""
    return 0 if data is None else sum(msgpack.unpackb(data)[10][0][4][0][1][1::2])


def _record_events(store: stores.Store, bundle: Bundle) -> None:
    def load(data: bytes | None) -> DeviceState:
        if data is None:
            return DeviceState(bundle, consent=["personalization"])
        state = DeviceState.load(bundle, data, consent=["personalization"])
        assert state.warning is None
        return state

    def record(state: DeviceState) -> None:
        assert state.record_event("viewed", {"kind": "shoes"})

    while True:
        state = stores.keep(store, load, record)
        os.write(1, b"%d\n" % events_in(state.bytes))


def main(path: str, what: str = "", how: str = "") -> None:
    store = stores.FileStore(path, patience_s=60)
    if what == "add":
        for _ in range(int(how)):
            store.update(next_state)
        return
    if what == "device":
        _record_events(store, Bundle.load(how))
        return
    if what:
        stores.os = _die_at(int(what), how == "after")  # type: ignore[attr-defined]
        store.update(next_state)
        return
    while True:
        number = number_in(store.update(next_state))
        os.write(1, b"%d\n" % number)


if __name__ == "__main__":
    main(*sys.argv[1:])
