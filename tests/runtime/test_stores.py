"""Stores: bytes are whole whatever happens, and no process undoes another's record."""

from __future__ import annotations

import errno
import os
import pickle
import random
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from tacit.runtime import stores
from tacit.runtime.errors import CODES, StoreError, TacitError
from tacit.runtime.stores import MAX_STORED_BYTES, FileStore, MemoryStore, Store, keep

from tests.edge_server.remembering import remembering

from . import store_worker
from .store_worker import Watched, events_in, next_state, number_in, state

WORKER = store_worker.__file__
KILLS = int(os.environ.get("TACIT_KILLS", "25"))
KINDS = ("memory", "file")


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process no power is lost; the workers that are killed do wait."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "device.state"


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, path: Path) -> Store:
    return MemoryStore() if request.param == "memory" else FileStore(path)


def beside(path: Path) -> set[str]:
    """What is in the folder, without the state itself and its lock."""
    return {each.name for each in path.parent.iterdir()} - {path.name, path.name + ".lock"}


# ------------------------------------------------------------------ what a store does


def test_reads_what_was_written(store: Store) -> None:
    assert store.read() is None
    store.write(b"one")
    assert store.read() == b"one"
    store.write(b"")
    assert store.read() == b""
    assert store.update(lambda data: data + b"two") == b"two"
    assert store.read() == b"two"
    store.erase()
    assert store.read() is None
    assert store.update(next_state) == state(1)


def test_erasing_nothing_is_no_error(store: Store) -> None:
    store.erase()
    store.erase()
    assert store.read() is None


def test_a_failing_change_stores_nothing_and_passes_through(store: Store) -> None:
    def fail(_: bytes | None) -> bytes:
        raise PermissionError(errno.EACCES, "the host's own")

    store.write(b"old")
    with pytest.raises(PermissionError, match="the host's own") as caught:
        store.update(fail)
    assert not isinstance(caught.value, StoreError)
    assert store.read() == b"old"
    store.write(b"new")  # nothing is locked


def test_too_large_a_state_is_refused_and_the_old_one_stays(store: Store) -> None:
    store.write(b"x" * MAX_STORED_BYTES)
    for call in (store.write, lambda d: store.update(lambda _: d)):
        with pytest.raises(StoreError) as caught:
            call(b"y" * (MAX_STORED_BYTES + 1))
        assert caught.value.code == "S206"
    assert store.read() == b"x" * MAX_STORED_BYTES


def test_threads_lose_nothing(store: Store) -> None:
    def record() -> None:
        for _ in range(20):
            store.update(next_state)

    threads = [threading.Thread(target=record) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert number_in(store.read()) == 80


class Counted:
    """A state as hosts see one: mutable, with `bytes`."""

    def __init__(self, data: bytes | None) -> None:
        self.number = number_in(data)

    @property
    def bytes(self) -> bytes:
        return state(self.number)

    def record(self, by: int = 1) -> None:
        self.number += by


def test_keep_loads_changes_and_stores(store: Store) -> None:
    first = keep(store, Counted, Counted.record)
    second = keep(store, Counted, lambda each: each.record(10))
    assert (first.number, second.number, number_in(store.read())) == (1, 11, 11)
    store.update(next_state)  # another tab
    assert keep(store, Counted, lambda _: None).number == 12


def test_the_recipe_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[2] / "docs" / "STATE.md").read_text(encoding="utf-8")
    block = page[page.index("    from tacit") : page.index("Deciding changes nothing.")]
    monkeypatch.chdir(tmp_path)
    Path("storefront.tacit").write_bytes(remembering())
    recipe = compile(dedent(block).replace("home_hero", "offer"), "STATE.md", "exec")
    host: dict[str, Any] = {"granted": ["personalization"], "signals": {"buyer": True}}
    exec(recipe, host)
    first = host["state"].bytes
    assert host["decision"].variant == "mug"
    exec(recipe, host)
    assert host["state"].bytes == FileStore("device.state").read() != first
    assert host["state"].health()["offer"].shows == 2


# ------------------------------------------------------------------ the file


def test_the_file_is_the_owners_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        FileStore(path).write(b"one")
    finally:
        os.umask(before)
    assert [stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()] == [0o600] * 2


def test_a_file_that_is_too_large_is_not_read(path: Path) -> None:
    path.write_bytes(b"x" * (MAX_STORED_BYTES + 1))
    store = FileStore(path)
    assert store.read() == b""
    assert store.update(lambda data: b"fresh" if data == b"" else b"?") == b"fresh"


def test_a_file_that_grows_while_it_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(b"x" * (MAX_STORED_BYTES + 1))

    def call(name: str, real: Callable[[], Any]) -> Any:
        found = real()
        return os.stat_result((*found[:6], 1, *found[7:])) if name == "fstat" else found

    monkeypatch.setattr(stores, "os", Watched(call))
    assert FileStore(path).read() == b""


def test_one_file_under_two_names(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FileStore(path).write(b"one")
    link = path.with_name("link")
    link.symlink_to(path)
    monkeypatch.chdir(path.parent)
    relative = FileStore("link")
    monkeypatch.chdir("/")
    relative.write(b"two")
    assert path.read_bytes() == b"two"
    assert link.is_symlink()
    assert beside(path) == {"link"}


def test_a_repeated_record_costs_no_write(path: Path) -> None:
    store = FileStore(path)
    store.write(b"one")
    before = path.stat()
    assert store.update(lambda _: b"one") == b"one"
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_leftovers_of_dead_writers_go(path: Path) -> None:
    temporary = Path(f"{path}.tmp")
    temporary.write_bytes(b"half a st")
    FileStore(path).write(b"one")
    assert beside(path) == set()
    temporary.write_bytes(b"half a st")
    FileStore(path).erase()
    assert list(path.parent.iterdir()) == []


def test_errors_say_what_and_not_where(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StoreError) as caught:
        FileStore(path).write(b"one")
    error = caught.value
    assert isinstance(error, OSError)
    assert isinstance(error, TacitError)
    assert str(error) == f"S205: {CODES['S205']} (is a directory)"
    again = pickle.loads(pickle.dumps(error))
    assert (again.code, str(again)) == (error.code, str(error))


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_something_else_in_the_place_of_the_file(path: Path, kind: str) -> None:
    path.mkdir() if kind == "folder" else os.mkfifo(path)
    store = FileStore(path)
    for call in (store.read, lambda: store.update(next_state)):
        with pytest.raises(StoreError) as caught:
            call()
        assert caught.value.code == "S205"
    assert beside(path) == set()
    assert not path.is_file()


def test_a_folder_that_is_not_there(path: Path) -> None:
    store = FileStore(path.parent / "none" / "device.state")
    assert store.read() is None
    with pytest.raises(StoreError, match="no such file") as caught:
        store.write(b"one")
    assert caught.value.code == "S202"
    with pytest.raises(StoreError):
        store.erase()


# ------------------------------------------------------------------ locks


def test_processes_lose_nothing(path: Path) -> None:
    command = [sys.executable, WORKER, str(path), "add", "40"]
    workers = [subprocess.Popen(command) for _ in range(4)]
    assert [each.wait(timeout=120) for each in workers] == [0] * 4
    assert number_in(FileStore(path).read()) == 160
    assert beside(path) == set()


def test_waiting_for_a_lock_ends(path: Path) -> None:
    store, other = FileStore(path), FileStore(path, patience_s=0.05)
    store.write(b"one")
    inside, done = threading.Event(), threading.Event()

    def hold(data: bytes | None) -> bytes:
        inside.set()
        done.wait(20)
        return b"two"

    holder = threading.Thread(target=store.update, args=(hold,))
    holder.start()
    try:
        assert inside.wait(20)
        for call in (lambda: other.write(b"three"), other.erase):
            with pytest.raises(StoreError) as caught:
                call()
            assert caught.value.code == "S207"
        assert other.read() == b"one"  # readers wait for nobody
    finally:
        done.set()
        holder.join()
    assert other.read() == b"two"
    other.write(b"three")


def test_erasing_does_not_split_the_lock(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that opened the lock before it was erased must not take it for the lock."""
    first, opened = FileStore(path), []
    first.write(b"one")

    def call(name: str, real: Callable[[], Any]) -> Any:
        result = real()
        if name == "open" and not opened:  # the lock, and not locked yet
            opened.append(result)
            monkeypatch.setattr(stores, "os", os)
            first.erase()
        return result

    monkeypatch.setattr(stores, "os", Watched(call))
    seen: list[set[str]] = []

    def change(data: bytes | None) -> bytes:
        seen.append({each.name for each in path.parent.iterdir()})
        with pytest.raises(StoreError):
            FileStore(path, patience_s=0).write(b"another's")
        return b"two" if data is None else b"?"

    assert FileStore(path).update(change) == b"two"
    assert opened
    assert seen == [{path.name + ".lock"}]


def test_a_platform_without_locks(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with pytest.raises(StoreError) as caught:
        FileStore(path).write(b"one")
    assert caught.value.code == "S208"
    assert not path.exists()


# ------------------------------------------------------------------ every call fails


def failing(number: int, error: int, late: bool) -> Watched:
    """`os` whose `number`-th call fails: instead of doing its work, or after it."""
    calls = 0

    def call(name: str, real: Callable[[], Any]) -> Any:
        nonlocal calls
        calls += 1
        if calls != number:
            return real()
        if late or name == "close":  # a close that fails has closed
            result = real()
            if name == "open":
                os.close(result)
        raise OSError(error, os.strerror(error))

    return Watched(call)


def refusal_of(action: Callable[[], object]) -> StoreError | None:
    try:
        action()
    except StoreError as error:
        return error
    return None


def calls_of(action: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []

    def call(name: str, real: Callable[[], Any]) -> Any:
        names.append(name)
        return real()

    monkeypatch.setattr(stores, "os", Watched(call))
    action()
    monkeypatch.setattr(stores, "os", os)
    return names


def test_the_order_that_survives_a_loss_of_power(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FileStore(path).write(b"old")
    names = calls_of(lambda: FileStore(path).write(b"new"), monkeypatch)
    steps = [name for name in names if name in ("write", "fsync", "replace")]
    assert steps == ["write", "fsync", "replace", "fsync"]


@pytest.mark.parametrize("late", [False, True], ids=["instead", "after"])
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EROFS], ids=errno.errorcode.get)
@pytest.mark.parametrize("before", [0, 3], ids=["first", "later"])
@pytest.mark.parametrize("action", ["write", "update", "read"])
def test_every_failing_call(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    action: str,
    before: int,
    error: int,
    late: bool,
) -> None:
    """Old or new, never neither, and nothing half-written stays."""
    old, new = (state(before) if before else None), state(before + 1)

    def run(path: Path) -> None:
        store = FileStore(path)
        if action == "read":
            assert store.read() == old
        elif action == "write":
            store.write(new)
        else:
            store.update(next_state)

    def prepared(name: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        if old is not None:
            FileStore(folder / "state").write(old)
        return folder / "state"

    whole = prepared("whole")
    count = len(calls_of(lambda: run(whole), monkeypatch))
    assert count >= (1 if action == "read" else 8)
    refusals = 0
    for number in range(1, count + 1):
        path = prepared(str(number))
        monkeypatch.setattr(stores, "os", failing(number, error, late))
        raised = refusal_of(lambda: run(path))  # noqa: B023
        monkeypatch.setattr(stores, "os", os)
        found = FileStore(path).read()
        if raised is None:
            assert found == (old if action == "read" else new)
        else:
            refusals += 1
            assert raised.code in ("S201", "S202", "S203", "S204")
            assert isinstance(raised.__cause__, OSError)
            assert found in (old, new)
        assert beside(path) == set()
        if action != "read":  # the next record is as if nothing had been
            assert FileStore(path).update(next_state) == next_state(found)
    assert refusals >= (6 if action != "read" else 2 if before else not late)


def test_every_failing_call_of_erase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def prepared(name: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        FileStore(folder / "state").write(b"old")
        return folder / "state"

    whole = prepared("whole")
    for number in range(1, len(calls_of(FileStore(whole).erase, monkeypatch)) + 1):
        path = prepared(str(number))
        monkeypatch.setattr(stores, "os", failing(number, errno.EIO, False))
        raised = refusal_of(FileStore(path).erase)
        monkeypatch.setattr(stores, "os", os)
        if raised is None:
            assert not path.exists()
        else:
            assert raised.code == "S202"  # the person hears that it is not done
        FileStore(path).erase()
        assert list(path.parent.iterdir()) == []


def test_short_writes_are_continued(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(Watched):
        def __getattr__(self, name: str) -> Any:
            if name == "write":
                return lambda file, data: os.write(file, bytes(data[:7]))
            return getattr(os, name)

    monkeypatch.setattr(stores, "os", Slow(lambda _, real: real()))
    FileStore(path).write(state(2))
    assert path.read_bytes() == state(2)


def test_a_file_system_without_syncing_of_folders(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def call(name: str, real: Callable[[], Any]) -> Any:
        nonlocal syncs
        if name == "fsync":
            syncs += 1
            if syncs == 2:
                raise OSError(errno.EINVAL, "invalid argument")
        return real()

    syncs = 0
    monkeypatch.setattr(stores, "os", Watched(call))
    FileStore(path).write(b"one")
    assert (path.read_bytes(), syncs) == (b"one", 2)


# ------------------------------------------------------------------ kill -9


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_every_call(path: Path, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    FileStore(path).update(next_state)
    count = len(calls_of(lambda: FileStore(path).update(next_state), monkeypatch))
    before, left = 2, 0
    for number in range(1, count + 1):
        command = [sys.executable, WORKER, str(path), str(number), when]
        assert subprocess.run(command, timeout=60, check=False).returncode == -signal.SIGKILL
        found = number_in(FileStore(path).read())
        assert found in (before, before + 1)
        left += bool(beside(path))
        before = number_in(FileStore(path).update(next_state))
        assert before == found + 1
        assert beside(path) == set()
    assert left >= 2  # kills between the first byte and the rename did happen


@pytest.mark.parametrize("what", ["bytes", "device"])
def test_killed_at_random(path: Path, what: str) -> None:
    """TACIT_KILLS says how often; 25 unless set."""
    bundle = path.with_name("bundle.tacit")
    bundle.write_bytes(remembering())
    command = [sys.executable, WORKER, str(path)]
    command += ["device", str(bundle)] if what == "device" else []
    count = events_in if what == "device" else number_in
    chance = random.Random(20_260_801)
    reached = 0
    for _ in range(KILLS):
        worker = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert worker.stdout is not None
        first = worker.stdout.readline()  # it runs
        time.sleep(chance.random() * 0.06)
        worker.kill()
        lines = [first, *worker.stdout.read().splitlines()]
        worker.stdout.close()
        worker.wait(timeout=60)
        assert int(first) in (reached + 1, reached + 2)
        finished = int(lines[-1])
        assert [int(each) for each in lines] == list(range(int(first), finished + 1))
        reached = count(FileStore(path).read())
        assert reached in (finished, finished + 1)
    assert reached >= KILLS


# ------------------------------------------------------------------ real file systems


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 128 KiB, if this process may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)]
    try:
        made = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        made = False
    if not made:
        pytest.skip("NOT TESTED: a full and a read-only disk; mounting a tmpfs needs root")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk(small_disk: Path) -> None:
    store = FileStore(small_disk / "state")
    store.write(b"old" * 1_000)
    ballast = small_disk / "ballast"
    with open(ballast, "wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 4_096)
    for size in (4_000, 60_000):
        with pytest.raises(StoreError) as caught:
            store.write(b"y" * size)
        assert caught.value.code == "S203"
        assert store.read() == b"old" * 1_000
        assert beside(small_disk / "state") == {"ballast"}
    ballast.unlink()
    store.write(b"new")
    assert store.read() == b"new"


def test_a_read_only_disk(small_disk: Path) -> None:
    store = FileStore(small_disk / "state")
    store.write(b"old")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    for call in (lambda: store.write(b"new"), lambda: store.update(next_state), store.erase):
        with pytest.raises(StoreError) as caught:
            call()
        assert caught.value.code == "S204"
    assert store.read() == b"old"
