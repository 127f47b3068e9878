"""Where the current bundle is kept, and how a file becomes it.

The rule: a reload reads a file that held still, checks all of it, and only then changes one
reference. Anything wrong on the way leaves the reference alone and is remembered for /healthz.
"""

from __future__ import annotations

import logging
import os
import stat
import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol, TypeAlias

import anyio
import anyio.to_thread
from tacit.edge_server.loaded import Load, Loaded, Served, StateTooLargeError
from tacit.edge_server.types import Clock
from tacit.runtime import BundleError
from tacit.runtime.format import MAX_BUNDLE_BYTES

log = logging.getLogger("tacit.edge.store")

KEPT: Final = 4
"""Bundles that can be had by hash: the current one and those just before it."""

FileMark: TypeAlias = tuple[int, int, int, int, int]
"""Device, inode, size, and times of change of the content and of the inode, in ns."""


class Outcome(StrEnum):
    """What a reload did."""

    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Status:
    """How the last reload went: `error`, a code or None, at `since` on the steady clock."""

    error: str | None
    since: float
    reloads: Mapping[Outcome, int]


class Store(Protocol):
    """What the application asks of a store. `watch` and `wake` belong to the event loop."""

    @property
    def current(self) -> Loaded | None: ...

    @property
    def status(self) -> Status: ...

    def served(self, digest: str) -> Served | None:
        """A bundle by the sha256 of its bytes, in hex."""
        ...

    def reload(self) -> Outcome:
        """Look for a new bundle now. Never raises for what it finds."""
        ...

    async def watch(self) -> None:
        """Reload whenever there is something new, until cancelled."""
        ...

    def wake(self) -> None:
        """Make `watch` reload now. Called on the event loop."""
        ...


class UnreadableError(Exception):
    """The file cannot be had just now; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _Keeper:
    """The current bundle, those before it, and the tally; the part that stores share."""

    def __init__(self, load: Load, clock: Clock) -> None:
        self._load = load
        self._clock = clock
        self._lock = (
            threading.Lock()
        )  # reloads: by the watcher, a signal or a caller, one at a time
        self._current: Loaded | None = None
        self._served: OrderedDict[str, Served] = OrderedDict()
        self._reloads: Counter[Outcome] = Counter()
        self._status = Status(None, clock.monotonic(), {})

    @property
    def current(self) -> Loaded | None:
        return self._current

    @property
    def status(self) -> Status:
        return self._status

    def served(self, digest: str) -> Served | None:
        return self._served.get(digest)

    def _take(self, data: bytes) -> Outcome:
        loaded = self._load(data)
        current = self._current
        if current is not None and current.digest == loaded.digest:
            return Outcome.SAME
        # A new mapping, not a changed one: other threads may be looking something up. It has the
        # new bundle before `current` names it, so that whoever reads a hash can have its bytes.
        served = OrderedDict(self._served)
        served[loaded.served.digest] = loaded.served
        served.move_to_end(loaded.served.digest)
        while len(served) > KEPT:
            served.popitem(last=False)
        self._served = served
        self._current = loaded
        return Outcome.CHANGED

    def _tally(self, outcome: Outcome, error: str | None) -> None:
        self._reloads[outcome] += 1
        self._status = Status(error, self._clock.monotonic(), dict(self._reloads))


class MemoryStore(_Keeper):
    """A bundle handed over as bytes: for tests, and for hosts that fetch bundles themselves."""

    def put(self, data: bytes) -> Outcome:
        """Use these bytes from now on. Raises what the loader raises, keeping the old ones."""
        with self._lock:
            try:
                outcome = self._take(data)
            except (BundleError, StateTooLargeError) as error:
                self._tally(Outcome.REFUSED, _code(error))
                raise
            self._tally(outcome, None)
            return outcome

    def reload(self) -> Outcome:
        return Outcome.SAME

    async def watch(self) -> None:
        return

    def wake(self) -> None:
        return


class FileStore(_Keeper):
    """A bundle in a file that is replaced while we run.

    Writers should write beside the file and rename. One that writes in place is waited for: the
    file must hold still for `settle_s`, and must not change while it is read. What is half written
    even so is refused by the loader, being too short or contradicting itself. (A writer that pauses
    longer than `settle_s` in the middle of an old file of the same length could fool both.)
    """

    def __init__(
        self, path: Path, load: Load, clock: Clock, *, poll_s: float = 1.0, settle_s: float = 0.2
    ) -> None:
        super().__init__(load, clock)
        self._path = path
        self._poll_s = poll_s
        self._settle_s = settle_s
        self._seen: FileMark | None = None
        self._wake: anyio.Event | None = None

    def reload(self) -> Outcome:
        with self._lock:
            try:
                data, mark = read_still(self._path)
                self._seen = mark
                outcome = self._take(data)
            except (UnreadableError, BundleError, StateTooLargeError) as error:
                return self._refuse(_code(error))
            except Exception as error:
                # The loader failed in a way it should not. The old bundle goes on; the text of the
                # exception stays out of the log, as it may quote content.
                log.error("loading the bundle failed with %s", type(error).__name__)
                return self._refuse("internal")
            self._tally(outcome, None)
            if outcome is Outcome.CHANGED and self._current is not None:
                log.info("bundle sha256-%s is in use", self._current.digest)
            return outcome

    def _refuse(self, code: str) -> Outcome:
        before = self._status.error
        self._tally(Outcome.REFUSED, code)
        if code != before:
            kept = "the old one stays" if self._current is not None else "there is none"
            log.warning("the bundle was refused (%s), %s", code, kept)
        return Outcome.REFUSED

    async def watch(self) -> None:
        self._wake = anyio.Event()
        while True:
            with anyio.move_on_after(self._poll_s):
                await self._wake.wait()
            if self._wake.is_set():
                self._wake = anyio.Event()
            else:
                mark = await anyio.to_thread.run_sync(self._mark)
                if mark == self._seen and self._status.error not in _PASSING:
                    continue
                await self._hold_still(mark)
            await anyio.to_thread.run_sync(self.reload)

    def wake(self) -> None:
        if self._wake is not None:
            self._wake.set()

    async def _hold_still(self, mark: FileMark | None) -> None:
        """Return once the file has stayed the same for `settle_s`."""
        while True:
            await anyio.sleep(self._settle_s)
            again = await anyio.to_thread.run_sync(self._mark)
            if again == mark:
                # Noted even if reading then fails: a bad file is tried once, not at every poll.
                self._seen = mark
                return
            mark = again

    def _mark(self) -> FileMark | None:
        try:
            return _file_mark(os.stat(self._path))
        except OSError:
            return None


_PASSING: Final = frozenset({"unreadable", "changing"})
"""Errors that may go away without the file changing: those are tried again at the next poll."""


def _code(error: Exception) -> str:
    return str(getattr(error, "code", "bad_bundle"))


def _file_mark(found: os.stat_result) -> FileMark:
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _open_at_once(path: str, flags: int) -> int:
    """An opener that does not wait for the other end of a pipe; a file opens as ever."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def read_still(path: Path) -> tuple[bytes, FileMark]:
    """The whole of a regular file that did not change meanwhile. Raises UnreadableError.

    Codes: `missing`, `not_a_file`, `too_large`, `changing`, `unreadable`.
    """
    try:
        # Looked at before it is opened, since opening a device may do something ...
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise UnreadableError("not_a_file")
        with open(path, "rb", opener=_open_at_once) as file:
            before = os.fstat(file.fileno())
            # ... and after, since another thing may have taken its name meanwhile.
            if not stat.S_ISREG(before.st_mode):
                raise UnreadableError("not_a_file")
            if before.st_size > MAX_BUNDLE_BYTES:
                raise UnreadableError("too_large")
            data = file.read(MAX_BUNDLE_BYTES + 1)
            after = os.fstat(file.fileno())
    except FileNotFoundError:
        raise UnreadableError("missing") from None
    except OSError:
        raise UnreadableError("unreadable") from None
    mark = _file_mark(before)
    # ctime also moves when the file is renamed away, which harms nothing; the times are compared
    # without it here and with it between polls.
    if _file_mark(after)[:4] != mark[:4] or len(data) != before.st_size:
        raise UnreadableError("changing")
    return data, _file_mark(after)
