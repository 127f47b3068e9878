"""What cannot be done: one plain line, exit code 2, no traceback, no half-written file."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from .commands import SHOP, Ran, run, spawn

Write = Callable[..., Path]
# Parquet needs an extra.
TABLES = ("d.jsonl", "d.csv", *(["d.parquet"] if find_spec("pyarrow") else []))
TACIT = (sys.executable, "-m", "tacit.cli")
needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")


def is_plain(done: Ran, *words: str) -> None:
    assert done.code == 2, (done.out, done.err)
    assert "Traceback" not in done.err
    assert done.err.startswith("tacit: ")
    assert len([line for line in done.err.splitlines() if not line.startswith("  help:")]) == 1
    for word in words:
        assert word in done.err


@pytest.mark.parametrize("command", ["check", "build", "test", "rebalance", "dump"])
def test_no_such_project(command: str, tmp_path: Path) -> None:
    is_plain(run(command, tmp_path / "nowhere"), "nowhere", "no such file or folder")
    as_json = run(command, tmp_path / "nowhere", "--json")
    assert as_json.code == 2
    assert "no such file or folder" in as_json.json["error"]


@pytest.mark.parametrize("command", ["check", "build", "test", "rebalance", "dump"])
def test_an_empty_project(command: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    is_plain(run(command, tmp_path / "empty"), "is empty")
    (tmp_path / "empty.yaml").touch()
    is_plain(run(command, tmp_path / "empty.yaml"), "is empty")
    (tmp_path / "empty.yaml").write_text("# to come\n")
    is_plain(run(command, tmp_path / "empty.yaml"), "is empty")


@pytest.mark.parametrize("command", ["check", "build", "test", "rebalance", "dump"])
def test_a_project_file_that_cannot_be_read(
    command: str, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Path.open

    def refuse(path: Path, *arguments: object, **options: object) -> object:
        if path.name == "more.yaml":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return plain(path, *arguments, **options)  # type: ignore[call-overload]

    (shop / "more.yaml").write_text("segments: {}\n")
    monkeypatch.setattr(Path, "open", refuse)
    is_plain(run(command, shop), "more.yaml", "permission denied")


@pytest.mark.parametrize("command", ["check", "build", "test", "rebalance", "dump"])
def test_a_folder_of_several_projects(command: str, shop: Path) -> None:
    (shop.parent / "second").mkdir()
    (shop.parent / "second" / "p.yaml").write_text("project: second\n")
    is_plain(run(command, shop.parent), "holds more than one project: second, shop")


def test_two_names_in_one_project_are_a_finding(shop: Path) -> None:
    (shop / "p.yaml").write_text("project: second\n")
    assert run("check", shop).code == 1


def test_what_is_no_project(bundle: Path) -> None:
    is_plain(run("check", bundle), "is not a project")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is not a bundle"),
        (b"hello", "is not a bundle"),
        (b"\x00" * 100, "is not a bundle"),
        (b"\x94\xa5tacit\x02\x00\x90", "another format major"),
    ],
)
def test_what_is_no_bundle(tmp_path: Path, signals: Write, data: bytes, words: str) -> None:
    path = tmp_path / "x.tacit"
    path.write_bytes(data)
    is_plain(run("decide", path, "-s", signals()), str(path), words)
    is_plain(run("explain", path, "home", "-s", signals()), words)
    is_plain(run("dump", path), words)


def test_a_truncated_bundle(bundle: Path, tmp_path: Path, signals: Write) -> None:
    path = tmp_path / "half.tacit"
    path.write_bytes(bundle.read_bytes()[:-5])
    is_plain(run("decide", path, "-s", signals()), "half.tacit", "is not a bundle")


def test_folders_where_files_are_wanted(bundle: Path, shop: Path, tmp_path: Path) -> None:
    is_plain(run("decide", bundle, "-s", tmp_path), "it is a folder")
    is_plain(run("decide", bundle, "--rows", tmp_path), "the format is not clear")
    (tmp_path / "x.csv").mkdir()
    is_plain(run("decide", bundle, "--rows", tmp_path / "x.csv"), "it is a folder")
    is_plain(run("build", shop, "-o", tmp_path), "it is a folder")
    is_plain(run("build", shop, "-o", tmp_path / "no" / "x.tacit"), "no such file or folder")


# ------------------------------------------------------------------ full disk


@needs_full
def test_a_full_device(shop: Path, bundle: Path, tmp_path: Path) -> None:
    is_plain(run("build", shop, "-o", "/dev/full"), "the disk is full")
    rows = tmp_path / "rows.csv"
    rows.write_text("country\nDE\n")
    full = tmp_path / "full.csv"
    full.symlink_to("/dev/full")
    is_plain(run("decide", bundle, "--rows", rows, "-o", full), "the disk is full")


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("existing", [True, False])
def test_a_disk_that_fills_up(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, existing: bool
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    if existing:
        (folder / "x.tacit").write_bytes(b"old")

    def full(*arguments: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, full)
    done = run("build", shop, "-o", folder / "x.tacit")
    monkeypatch.undo()
    is_plain(done, "x.tacit", "the disk is full")
    assert [path.name for path in folder.iterdir()] == (["x.tacit"] if existing else [])
    if existing:
        assert (folder / "x.tacit").read_bytes() == b"old"


@pytest.mark.skipif(os.name != "posix", reason="limits as on POSIX")
def test_a_file_that_cannot_grow(shop: Path, bundle: Path, tmp_path: Path) -> None:
    """A limit on the size of files: the write fails half-way, as on a full disk."""
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))

    out = tmp_path / "out"
    out.mkdir()
    (out / "x.tacit").write_bytes(b"old")
    rows = tmp_path / "rows.csv"
    rows.write_text("country\n" + "DE\n" * 1_000)
    big = "the file would be too large"
    is_plain(spawn("build", shop, "-o", out / "x.tacit", preexec_fn=limit), "x.tacit", big)
    for name in TABLES:
        is_plain(
            spawn("decide", bundle, "--rows", rows, "-o", out / name, preexec_fn=limit), name, big
        )
    assert [path.name for path in out.iterdir()] == ["x.tacit"]
    assert (out / "x.tacit").read_bytes() == b"old"


def test_a_really_full_disk(shop: Path, bundle: Path, tmp_path: Path) -> None:
    """On a file system of 64 KB, where this process may mount one."""
    place = tmp_path / "small"
    place.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    mounted = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("this machine does not let us mount a small file system")
    try:
        (place / "x.tacit").write_bytes(b"old")
        (place / "filler").write_bytes(b"x" * 60_000)
        is_plain(spawn("build", shop, "-o", place / "x.tacit"), "x.tacit", "the disk is full")
        rows = tmp_path / "rows.csv"
        rows.write_text("country\n" + "DE\n" * 5_000)
        for name in TABLES:
            is_plain(spawn("decide", bundle, "--rows", rows, "-o", place / name), "disk is full")
        assert (place / "x.tacit").read_bytes() == b"old"
        assert sorted(path.name for path in place.iterdir()) == ["filler", "x.tacit"]
    finally:
        subprocess.run(["umount", str(place)], check=True)


@needs_full
def test_a_full_disk_behind_stdout(shop: Path) -> None:
    with Path("/dev/full").open("w") as full:
        for arguments in (["schema"], ["check", shop, "--json"]):
            done = subprocess.run(
                [sys.executable, "-m", "tacit.cli", *map(str, arguments)],
                stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
            )  # fmt: skip
            assert done.returncode == 2
            assert done.stderr == "tacit: the disk is full\n"


# ------------------------------------------------------- interruptions, pipes


def test_a_reader_that_leaves(bundle: Path, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("country\n" + "DE\n" * 20_000)
    process = subprocess.Popen(
        [sys.executable, "-m", "tacit.cli", "decide", bundle, "--rows", rows, "-o", "-"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith(b'{"row":1')
    process.stdout.close()
    assert process.wait(timeout=30) == 2
    assert process.stderr.read() == b""
    process.stderr.close()


@pytest.mark.parametrize("arguments", [["check"], ["check", "--json"], ["dump"]])
def test_nobody_reads(shop: Path, arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [*TACIT, *arguments, shop],
            stdout=writing,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (2, b"")


@pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")
def test_ctrl_c_leaves_no_half_written_file(bundle: Path, tmp_path: Path) -> None:
    pipe, out = tmp_path / "rows.csv", tmp_path / "out"
    os.mkfifo(pipe)
    out.mkdir()
    (out / "d.jsonl").write_bytes(b"old")
    process = subprocess.Popen(
        [*TACIT, "decide", bundle, "--rows", pipe, "-o", out / "d.jsonl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # What a shell starts in the background ignores the signal, and so would we.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    # For reading too, so that opening does not wait; what is written fits into the pipe.
    with open(os.open(pipe, os.O_RDWR), "wb", buffering=0) as rows:
        rows.write(b"country\n" + b"DE\n" * 10_000)
        deadline = time.monotonic() + 20
        while len(list(out.iterdir())) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(list(out.iterdir())) == 2  # the old file, and the new one being written
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert errors == b"tacit: interrupted\n"
    assert [path.name for path in out.iterdir()] == ["d.jsonl"]
    assert (out / "d.jsonl").read_bytes() == b"old"


def test_a_defect_is_one_line_unless_asked_for(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tacit.compiler

    def broken(*arguments: object, **options: object) -> None:
        raise ZeroDivisionError("by\nzero")

    monkeypatch.setattr(tacit.compiler, "compile_project", broken)
    is_plain(run("check", shop), "internal error, ZeroDivisionError: by zero", "TACIT_TRACEBACK")
    monkeypatch.setenv("TACIT_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        run("check", shop)


# -------------------------------------------------------------- the command


def test_version_help_and_wrong_usage() -> None:
    version = run("--version")
    assert version.code == 0
    assert version.out.startswith("tacit ")
    assert version.out.endswith(", bundle format 1\n")
    commands = ["check", "build", "test", "decide", "explain", "dump", "schema", "rebalance"]
    overview = run("--help")
    assert overview.code == 0
    for command in commands:
        assert command in overview.out
        assert "--json" in run(command, "--help").out
    assert run().code == 2
    assert run("bild").code == 2
    assert run("check").code == 2
    assert run("check", "x", "--nonsense").code == 2
    for wrong in (["check"], ["check", "x", "--nonsense"], ["dump", "x", "--stage", "y"], ["bild"]):
        done = run(*wrong, "--json")
        assert (done.code, list(done.json)) == (2, ["error"])


def test_output_that_is_not_utf_8(shop: Path) -> None:
    (shop / "shop.yaml").write_text(SHOP.replace("items > 3", 'country == "日本" && itens > 3'))
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = spawn("check", shop, env=ascii_only)
    assert done.code == 1
    assert "E203" in done.out
    assert "\\u65e5" in done.out
    done = spawn("check", shop / "né", "--json", env=ascii_only)
    assert "né" in done.json["error"]
    done = spawn("check", os.fsdecode(bytes(shop) + b"/\xff"), "--json")
    assert done.json["error"].isascii() is False


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_typer_or_rich(missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; from tacit.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert 'pip install "tacit[cli]"' in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("package", "arguments", "extra"),
    [
        ("yaml", ["check", "."], "cli"),
        ("uvicorn", ["serve", "x"], "edge"),
    ],
)
def test_without_what_an_extra_brings(package: str, arguments: list[str], extra: str) -> None:
    # typer may need the package itself; what tacit needs is taken away after typer is there.
    code = (
        "import sys, typer, rich\n"
        f"for name in [name for name in sys.modules if name.split('.')[0] == {package!r}]:\n"
        "    del sys.modules[name]\n"
        f"sys.modules[{package!r}] = None\n"
        f"sys.argv[1:] = {arguments!r}\n"
        "from tacit.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert f'pip install "tacit[{extra}]"' in done.stderr
    assert "Traceback" not in done.stderr


def test_deciding_needs_no_compiler(bundle: Path, tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text('{"country": "DE"}')
    code = (
        "import sys, typer, rich\nsys.modules['tacit.compiler'] = None\n"
        f"sys.argv[1:] = ['decide', {str(bundle)!r}, '-s', {str(path)!r}, '--json']\n"
        "from tacit.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["hero"]["variant"] == "dach"


def test_text_of_a_project_cannot_steer_the_terminal(shop: Path, signals: Write) -> None:
    text = SHOP.replace("because: Picked for you", 'because: "\\e[31mred\\e[0m [bold]x[/bold]"')
    (shop / "shop.yaml").write_text(text)
    path = signals(viewing=["shoes"], tier="gold")
    done = run("decide", shop, "-s", path, "--consent", "personalization")
    assert "\x1b" not in done.out
    assert "\\u001b[31mred\\u001b[0m [bold]x[/bold]" in done.out
