"""A bundle's file that changes: the new one is taken whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest
from tacit.edge_server import FileStore, Outcome, Settings, loader
from tacit.edge_server.store import UnreadableError, read_still

from .samples import ManualClock, compiled


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.tacit"
    path.write_bytes(compiled(1))
    return path


def store_of(path: Path, **timing: float) -> FileStore:
    clock = ManualClock()
    return FileStore(path, loader(Settings(), clock), clock, **timing)


def version(store: FileStore) -> int:
    assert store.current is not None
    decision = store.current.bundle.decide("hero", {}, now=0, consent=())
    return int(decision.content["version"])


def swap(path: Path, data: bytes) -> None:
    """Replace a file as a careful writer does."""
    beside = path.with_suffix(".new")
    beside.write_bytes(data)
    os.replace(beside, path)


# ------------------------------------------------------------------ reload()


def test_a_good_file_is_taken(file: Path) -> None:
    store = store_of(file)
    assert store.current is None
    assert store.reload() is Outcome.CHANGED
    assert version(store) == 1
    assert store.reload() is Outcome.SAME
    swap(file, compiled(2))
    assert store.reload() is Outcome.CHANGED
    assert version(store) == 2
    assert store.status.reloads == {Outcome.CHANGED: 2, Outcome.SAME: 1}


def _truncated(file: Path) -> None:
    swap(file, compiled(2)[:-1])


def _flipped(file: Path) -> None:
    data = bytearray(compiled(2))
    data[0] ^= 0xFF
    swap(file, bytes(data))


def _other_major(file: Path) -> None:
    data = bytearray(compiled(2))
    data[data.index(b"tacit") + 5] = 2
    swap(file, bytes(data))


def _text(file: Path) -> None:
    swap(file, b"project: not compiled\n")


def _empty(file: Path) -> None:
    swap(file, b"")


def _gone(file: Path) -> None:
    file.unlink()


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def test_a_pipe_that_took_the_name_of_the_file_is_not_waited_for(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_like = os.stat(file)
    _pipe(file)
    monkeypatch.setattr("tacit.edge_server.store.os.stat", lambda _: looked_like)
    with pytest.raises(UnreadableError, match="not_a_file"):
        read_still(file)


def _huge(file: Path) -> None:
    with open(file, "wb") as sparse:
        sparse.truncate(16 * 1024 * 1024 + 1)


def _loop(file: Path) -> None:
    file.unlink()
    file.symlink_to(file)


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (_truncated, None),
        (_flipped, None),
        (_other_major, "R103"),
        (_text, None),
        (_empty, None),
        (_gone, "missing"),
        (_folder, "not_a_file"),
        (_pipe, "not_a_file"),
        (_huge, "too_large"),
        (_loop, "unreadable"),
    ],
)
def test_a_bad_file_leaves_the_old_bundle(
    file: Path, damage: Callable[[Path], None], code: str | None
) -> None:
    store = store_of(file)
    store.reload()
    before = store.current
    damage(file)
    assert store.reload() is Outcome.REFUSED
    assert store.current is before
    error = store.status.error
    assert error == code if code else error is not None and error.startswith("R1")
    if file.is_dir():
        file.rmdir()
    elif file.is_symlink() or file.exists():
        file.unlink()
    swap(file, compiled(3))
    assert store.reload() is Outcome.CHANGED
    assert store.status.error is None
    assert version(store) == 3


def test_the_old_file_put_back_clears_the_error(file: Path) -> None:
    store = store_of(file)
    store.reload()
    _text(file)
    store.reload()
    swap(file, compiled(1))
    assert store.reload() is Outcome.SAME
    assert store.status.error is None


def test_a_file_one_may_not_read(file: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read every file")
    file.chmod(0)
    with pytest.raises(UnreadableError, match="unreadable"):
        read_still(file)


def test_a_loader_that_breaks_is_a_refusal(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    def load(_: bytes) -> None:
        raise RuntimeError("content of the bundle")

    store = FileStore(file, load, ManualClock())  # type: ignore[arg-type]
    assert store.reload() is Outcome.REFUSED
    assert store.status.error == "internal"
    assert "RuntimeError" in caplog.text
    assert "content of the bundle" not in caplog.text


def test_a_file_that_changes_while_it_is_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer in place, between our look at the file and the end of our reading."""
    store = store_of(file)
    store.reload()
    look = os.fstat
    looks = 0

    def fstat(descriptor: int) -> os.stat_result:
        nonlocal looks
        looks += 1
        if looks == 2:
            with open(file, "r+b") as writer:
                writer.write(compiled(2)[:100])
            os.utime(file, ns=(1, 1))
        return look(descriptor)

    monkeypatch.setattr("tacit.edge_server.store.os.fstat", fstat)
    assert store.reload() is Outcome.REFUSED
    assert store.status.error == "changing"
    assert version(store) == 1


def test_a_refusal_is_logged_once(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = store_of(file)
    _gone(file)
    for _ in range(3):
        store.reload()
    assert [record.message for record in caplog.records] == [
        "the bundle was refused (missing), there is none"
    ]


# ------------------------------------------------------------------ watch()


@contextmanager
def watching(path: Path, settle_s: float = 0.02) -> Iterator[FileStore]:
    """A store whose file is watched on an event loop of its own."""
    store = store_of(path, poll_s=0.01, settle_s=settle_s)
    store.reload()
    with anyio.from_thread.start_blocking_portal() as portal:
        future = portal.start_task_soon(store.watch)
        try:
            yield store
            assert not future.done()
        finally:
            future.cancel()


def wait_for(condition: Callable[[], bool], within_s: float = 5.0) -> None:
    async def poll() -> None:
        with anyio.fail_after(within_s):
            while not condition():
                await anyio.sleep(0.005)

    anyio.run(poll)


def test_a_renamed_file_is_noticed(file: Path) -> None:
    with watching(file) as store:
        for number in (2, 3, 4):
            swap(file, compiled(number))
            wait_for(lambda number=number: version(store) == number)  # type: ignore[misc]


def test_a_file_of_the_same_size_and_time_is_noticed(file: Path) -> None:
    """As `cp -p` or an unpacked archive leaves it: another file, told apart by inode and ctime."""
    stat = file.stat()
    with watching(file) as store:
        assert len(compiled(2)) == len(compiled(1))
        beside = file.with_suffix(".new")
        beside.write_bytes(compiled(2))
        os.utime(beside, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        os.replace(beside, file)
        wait_for(lambda: version(store) == 2)


def test_a_bad_file_is_read_once_and_a_good_one_after_it_taken(file: Path) -> None:
    with watching(file) as store:
        _text(file)
        wait_for(lambda: store.status.error is not None)
        refusals = store.status.reloads[Outcome.REFUSED]
        anyio.run(anyio.sleep, 0.1)
        assert store.status.reloads[Outcome.REFUSED] == refusals
        assert version(store) == 1
        swap(file, compiled(2))
        wait_for(lambda: version(store) == 2)


def test_a_file_that_goes_away_and_comes_back(file: Path) -> None:
    with watching(file) as store:
        _gone(file)
        wait_for(lambda: store.status.error == "missing")
        assert version(store) == 1
        swap(file, compiled(2))
        wait_for(lambda: version(store) == 2)


def test_a_writer_in_place_is_waited_for(file: Path) -> None:
    """Written slowly over the old file, equal in length: every prefix would be a mixture of two."""
    old, new = compiled(1), compiled(2)
    assert len(old) == len(new)
    with watching(file, settle_s=0.25) as store:
        seen = set()
        with open(file, "r+b", buffering=0) as writer:
            for start in range(0, len(new), 64):
                writer.write(new[start : start + 64])
                os.utime(file)
                anyio.run(anyio.sleep, 0.02)
                seen.add(store.current.digest if store.current else None)
        assert len(seen) == 1
        wait_for(lambda: version(store) == 2)


def test_wake_reads_at_once(file: Path) -> None:
    store = store_of(file, poll_s=60.0)
    store.reload()
    with anyio.from_thread.start_blocking_portal() as portal:
        future = portal.start_task_soon(store.watch)
        anyio.run(anyio.sleep, 0.05)
        swap(file, compiled(2))
        portal.call(store.wake)
        wait_for(lambda: version(store) == 2)
        future.cancel()
