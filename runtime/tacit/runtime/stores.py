"""Where the bytes of a state are kept: in memory, or in one file per device.

A store knows bytes, never what they mean: `DeviceState.load` judges a damaged file. What a store
promises is that those bytes are always whole: the old ones or the new ones, whatever fails and
whenever the process is killed, and that two processes never undo each other's records.

    def load(data):
        return DeviceState(bundle) if data is None else DeviceState.load(bundle, data)

    store = FileStore("device.state")
    state = keep(store, load, lambda state: state.record_shown(decision))
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from typing import Final, Protocol, TypeAlias, TypeVar

from tacit.runtime.errors import StoreError

MAX_STORED_BYTES: Final = 65_536
"""The largest state a store takes. Bundles need far less; their section 6 says how much."""

Change: TypeAlias = Callable[[bytes | None], bytes]
"""What is stored, None for nothing, -> what is to be stored. It must not use the store itself."""


class Store(Protocol):
    """A place for the state of one device. All of it may raise StoreError."""

    def read(self) -> bytes | None:
        """What is stored; None when nothing is."""
        ...

    def write(self, data: bytes) -> None:
        """Store these bytes, whatever was there. To record something, use `update`."""
        ...

    def update(self, change: Change) -> bytes:
        """Store what `change` makes of what is stored; nobody else writes in between.

        Returns the new bytes. What `change` raises passes through, and nothing is stored.
        """
        ...

    def erase(self) -> None:
        """Forget the state, and every trace of the store itself."""
        ...


class HasBytes(Protocol):
    """A state, as far as a store is concerned."""

    @property
    def bytes(self) -> bytes: ...


S = TypeVar("S", bound=HasBytes)


def keep(store: Store, load: Callable[[bytes | None], S], change: Callable[[S], object]) -> S:
    """Change the state that is stored, and return it.

    `load` makes a state of the stored bytes, a fresh one of None. Since it is loaded anew each
    time, what other tabs or processes have recorded meanwhile is in the state that comes back.
    """
    states: list[S] = []

    def changed(data: bytes | None) -> bytes:
        state = load(data)
        change(state)
        states.append(state)
        return state.bytes

    store.update(changed)
    return states[0]


def _fitting(data: bytes) -> bytes:
    if len(data) > MAX_STORED_BYTES:
        raise StoreError("S206", f"{len(data)} bytes, at most {MAX_STORED_BYTES}")
    return data


class MemoryStore:
    """A state that lives as long as the process. Threads may share it."""

    def __init__(self, data: bytes | None = None) -> None:
        self._data = data if data is None else _fitting(data)
        self._lock = threading.Lock()

    def read(self) -> bytes | None:
        return self._data

    def write(self, data: bytes) -> None:
        self.update(lambda _: data)

    def update(self, change: Change) -> bytes:
        with self._lock:
            self._data = _fitting(change(self._data))
            return self._data

    def erase(self) -> None:
        with self._lock:
            self._data = None


class FileStore:
    """A state in a file of its own, for programs on the device. Threads and processes may share it.

    Beside `NAME` there are `NAME.lock`, held while somebody writes, and for a moment `NAME.tmp`;
    what a killed writer leaves of the latter is cleared away by the next. The folder must exist.
    The lock is advisory and needs a file system of this machine, or one that passes locks on.
    """

    def __init__(self, path: str | os.PathLike[str], *, patience_s: float = 5.0) -> None:
        """`patience_s`: how long to wait for another process before StoreError S207."""
        # The real path: two names for one file must mean one lock, and a link must stay a link.
        self._path = os.path.realpath(path)
        self._temporary = self._path + ".tmp"
        self._lock = self._path + ".lock"
        self._patience_s = patience_s

    def read(self) -> bytes | None:
        """What is stored. A file beyond `MAX_STORED_BYTES` is no state and is not read: b""."""
        with self._undisturbed(), _reading():
            return _read(self._path)

    def write(self, data: bytes) -> None:
        _fitting(data)
        with self._locked(), _writing():
            self._replace(data)

    def update(self, change: Change) -> bytes:
        with self._locked():
            with _reading():
                before = _read(self._path)
            data = _fitting(change(before))
            # A record that changed nothing, such as a repeated one, costs no write.
            if data != before:
                with _writing():
                    self._replace(data)
            return data

    def erase(self) -> None:
        """Remove the file and those beside it. The disk may hold freed blocks until it needs them.

        A state that some process still has in memory is that process's to forget.
        """
        with self._locked(), _writing():
            for path in (self._path, self._temporary):
                with suppress(FileNotFoundError):
                    os.unlink(path)
            # Last, and still held: whoever waits for this lock finds it gone and makes a new one.
            # Windows lets nobody remove an open file; there an empty lock file stays.
            with suppress(FileNotFoundError, *_WINDOWS_ONLY):
                os.unlink(self._lock)
            _sync_folder(self._path)

    def _replace(self, data: bytes) -> None:
        """Put the bytes in place at once. Only the holder of the lock may."""
        with suppress(FileNotFoundError):
            os.unlink(self._temporary)
        try:
            _create(self._temporary, data)
            os.replace(self._temporary, self._path)
        except BaseException:
            with suppress(OSError):
                os.unlink(self._temporary)
            raise
        # Without this the new name may not survive a loss of power. If it fails, the new bytes are
        # in place all the same: the caller hears that they may not last.
        _sync_folder(self._path)

    def _undisturbed(self) -> AbstractContextManager[None]:
        """What a reader must hold: nothing, but that Windows replaces no file that is open."""
        return self._locked() if sys.platform == "win32" else nullcontext()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        deadline = time.monotonic() + self._patience_s
        pause = 0.000_5
        while True:
            with _writing():
                lock = os.open(self._lock, os.O_RDWR | os.O_CREAT | _PLAIN, 0o600)
            try:
                with _writing():
                    # Erasing removes the lock: then this is not the one that others look for.
                    ours = _lock_now(lock) and _is_at(lock, self._lock)
                if ours:
                    yield
                    return
            finally:
                with suppress(OSError):
                    os.close(lock)  # which gives the lock up
            if time.monotonic() > deadline:
                raise StoreError("S207", f"{self._patience_s:g} s")
            time.sleep(pause)
            pause = min(pause * 2, 0.016)


_PLAIN: Final = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_WINDOWS_ONLY: Final = (PermissionError,) if sys.platform == "win32" else ()


def _read(path: str) -> bytes | None:
    """The whole of a regular file; b"" if it is too large, None if there is none."""
    try:
        # Without waiting for the other end of a pipe.
        file = os.open(path, os.O_RDONLY | _PLAIN | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return None
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            raise StoreError("S205")
        if found.st_size > MAX_STORED_BYTES:
            return b""
        parts: list[bytes] = []
        while part := os.read(file, MAX_STORED_BYTES + 1):
            parts.append(part)
            if sum(map(len, parts)) > MAX_STORED_BYTES:
                return b""
        return b"".join(parts)
    finally:
        with suppress(OSError):
            os.close(file)


def _create(path: str, data: bytes) -> None:
    """A new file with these bytes, on the disk when this returns."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _PLAIN, 0o600)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(file, rest) :]
        os.fsync(file)
    except BaseException:
        with suppress(OSError):
            os.close(file)
        raise
    os.close(file)  # may be the first to say that the disk is full


def _sync_folder(path: str) -> None:
    """Bring the names in a file's folder to the disk, where folders can be opened at all."""
    if sys.platform == "win32":
        return
    folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY | _PLAIN)
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that has no such thing
            raise
    finally:
        with suppress(OSError):
            os.close(folder)


def _lock_now(file: int) -> bool:
    """Lock an open file against other processes and threads, or say at once that it is held."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        raise StoreError("S208") from None
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return False
        raise
    return True


def _is_at(file: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(file), os.stat(path))
    except FileNotFoundError:
        return False


_NO_ROOM: Final = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG})
_FORBIDDEN: Final = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_NOT_A_FILE: Final = frozenset({errno.EISDIR, errno.ENOTDIR, errno.ELOOP})


@contextmanager
def _typed(otherwise: str) -> Iterator[None]:
    """Turn an error of the system into a StoreError. The text has no path: it may be logged."""
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        if error.errno in _NOT_A_FILE:
            code = "S205"
        elif otherwise == "S202" and error.errno in _NO_ROOM:
            code = "S203"
        elif otherwise == "S202" and error.errno in _FORBIDDEN:
            code = "S204"
        else:
            code = otherwise
        raise StoreError(code, (error.strerror or type(error).__name__).lower()) from error


def _reading() -> AbstractContextManager[None]:
    return _typed("S201")


def _writing() -> AbstractContextManager[None]:
    return _typed("S202")
