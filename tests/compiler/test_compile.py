"""The pipeline as its users see it: what comes out, what is refused, how a bundle is written."""

from __future__ import annotations

import errno
import gzip
import os
import stat
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tacit.compiler import CompileError, Severity, compile_project
from tacit.compiler import lock as locks
from tacit.compiler.dump import dump_ir
from tacit.compiler.encode import encode, unpack
from tacit.compiler.output import write_bundle
from tacit.runtime import Bundle, DeviceState, reference
from tacit.runtime.format import Section

from .samples import EVERYTHING

PROJECT: dict[str, Any] = {
    "project": "shop",
    "unit": "id",
    "signals": {
        "id": {"type": "string", "source": "device"},
        "age": {"type": "int", "source": "declared"},
    },
    "experiments": {"trial": {"arms": {"a": "50%", "b": "50%"}}},
    "surfaces": {
        "home": {
            "default": "a",
            "variants": {"a": 1, "b": 2},
            "rules": [
                {"id": "grown", "when": "!(age < 18)", "show": "b"},
                {"id": "trial", "split": "trial"},
            ],
        }
    },
    "tests": [
        {"name": "nothing known", "given": {"id": "x"}, "expect": {"home": {"unknown": ["age"]}}}
    ],
}


# ---------------------------------------------------------------------------------- what comes out


def test_a_compiled_bundle_says_what_it_is() -> None:
    bundle = compile_project(PROJECT)
    assert bundle.digest == sha256(bundle.bytes).hexdigest()
    assert bundle.bytes == encode(bundle.program)
    assert "not age < 18" in dump_ir(bundle.checked)
    assert "age >= 18" in dump_ir(bundle.program)
    assert [case.name for case in bundle.cases] == ["nothing known"]
    assert {item.severity for item in bundle.diagnostics} <= {Severity.WARNING, Severity.NOTE}
    assert bundle.lock is not None


def test_the_bundle_decides() -> None:
    found = reference.decode(compile_project(PROJECT).bytes)
    shown = reference.decide(found, "home", {"age": 20}, now=0)
    assert (shown.variant, shown.content, shown.rule) == ("b", 2, "grown")
    unknown = reference.decide(found, "home", {"id": "x"}, now=0)
    assert (unknown.reason, unknown.unknown) == ("SPLIT", ("age",))


def test_debug_and_audit_can_be_left_out() -> None:
    everything = set(unpack(compile_project(PROJECT).bytes))
    assert set(unpack(compile_project(PROJECT, debug=False).bytes)) == everything - {Section.DEBUG}
    assert set(unpack(compile_project(PROJECT, audit=False).bytes)) == everything - {Section.AUDIT}


def test_a_project_without_surfaces_is_a_bundle_too() -> None:
    bundle = compile_project({"project": "empty"})
    assert reference.decode(bundle.bytes).surfaces == ()
    assert [item.code for item in bundle.diagnostics] == ["W300"]


def test_the_lock_beside_the_source_is_used_and_another_can_be_given(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(EVERYTHING, encoding="utf-8")
    dealt = compile_project(path)
    assert dealt.lock is not None
    text = locks.write(dealt.lock)
    (tmp_path / "tacit.lock").write_text(text, encoding="utf-8")
    locked = compile_project(path)
    assert locked.bytes == dealt.bytes
    codes = {item.code for item in dealt.diagnostics} - {item.code for item in locked.diagnostics}
    assert codes == {"W320"}
    (tmp_path / "tacit.lock").unlink()
    assert compile_project(path, lock=text).diagnostics == locked.diagnostics
    with pytest.raises(CompileError) as caught:
        compile_project(path, lock=text.replace("2500", "2501"))
    assert [item.code for item in caught.value.diagnostics if item.code == "E321"] == ["E321"]


# ------------------------------------------------------------------------------- what is refused


def test_all_that_is_wrong_comes_at_once_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(
        "project: p\n"
        "signals: {n: {type: int, source: device}}\n"
        "surfaces:\n"
        "  home:\n"
        "    default: c\n"
        "    variants: {a: 1, b: 2}\n"
        "    rules:\n"
        "      - {id: one, when: n > 'x', show: b}\n"
        "      - {id: two, when: m > 5, show: b}\n"
        "      - {id: two, when: n > 5, show: d}\n"
    )
    with pytest.raises(CompileError) as caught:
        compile_project(path)
    places = [item.span.start for item in caught.value.diagnostics if item.span]
    assert places == sorted(places)
    assert len(places) == 5
    assert caught.value.sources == {"p.yaml": path.read_text()}


def test_warnings_of_a_refused_project_are_told_too() -> None:
    source = {**PROJECT, "budgets": {"bundle": "10 B"}}
    with pytest.raises(CompileError) as caught:
        compile_project(source)
    assert {item.code for item in caught.value.diagnostics} == {"E400", "W320"}


@pytest.mark.parametrize("name", ["missing.yaml", "no/such/folder"])
def test_a_path_that_is_not_there_is_a_diagnostic(name: str, tmp_path: Path) -> None:
    with pytest.raises(CompileError) as caught:
        compile_project(tmp_path / name)
    assert [item.code for item in caught.value.diagnostics] == ["E100"]


# -------------------------------------------------------------------------------------- to the disk


def files_of(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_bundle_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "shop.tacit"
    write_bundle(path, b"first")
    assert path.read_bytes() == b"first"
    write_bundle(str(path), b"second")
    assert path.read_bytes() == b"second"
    assert files_of(tmp_path) == ["shop.tacit"]


def test_permissions_are_those_of_a_new_file_or_stay(tmp_path: Path) -> None:
    path = tmp_path / "shop.tacit"
    mask = os.umask(0o027)
    try:
        write_bundle(path, b"first")
    finally:
        os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    path.chmod(0o604)
    write_bundle(path, b"second")
    assert stat.S_IMODE(path.stat().st_mode) == 0o604


FULL_DISK = """
import resource, signal, sys
from tacit.compiler.output import write_bundle
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_bundle(sys.argv[1], bytes(5000))
except OSError as error:
    print(type(error).__name__, error.errno)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are a matter of POSIX")
@pytest.mark.parametrize("old", [None, b"the old one"])
def test_a_full_disk_leaves_no_half_written_file(old: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "shop.tacit"
    if old is not None:
        path.write_bytes(old)
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path)],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout == f"OSError {errno.EFBIG}\n"
    assert files_of(tmp_path) == ([] if old is None else ["shop.tacit"])
    assert old is None or path.read_bytes() == old


def test_a_write_that_is_not_on_disk_does_not_replace_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "shop.tacit"
    path.write_bytes(b"the old one")

    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        write_bundle(path, b"the new one")
    assert path.read_bytes() == b"the old one"
    assert files_of(tmp_path) == ["shop.tacit"]


def test_what_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_bundle(tmp_path / "no" / "folder" / "x.tacit", b"data")
    (tmp_path / "taken").mkdir()
    with pytest.raises(IsADirectoryError):
        write_bundle(tmp_path / "taken", b"data")
    assert files_of(tmp_path) == ["taken"]


@pytest.mark.skipif(sys.platform == "win32", reason="pipes with names are a matter of POSIX")
def test_what_is_no_file_is_written_into_and_not_replaced(tmp_path: Path) -> None:
    """As with `-o /dev/stdout`: a device must still be one afterwards."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_bundle(pipe, b"data")
        assert os.read(reading, 100) == b"data"
    finally:
        os.close(reading)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


# --------------------------------------------------------------------------------------------- size


def test_a_thousand_rules_fit_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """The neutral workload of the bench: 18 KB as it is and 10.5 KB zipped, without debug names."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2])
    from bench.project import project
    from bench.workload import by_name

    data = compile_project(project(by_name("n1000")), debug=False).bytes
    assert len(data) <= 18_000
    assert len(gzip.compress(data, compresslevel=9)) <= 10_500


NOW = 1_790_000_000_000


def test_a_sticky_arm_that_nobody_new_gets_is_kept_by_who_has_it() -> None:
    def bundle(of_b: str, of_c: str) -> Bundle:
        experiment = {"sticky": True, "arms": {"b": of_b, "c": of_c}}
        surface = {
            "default": "a",
            "variants": {"a": None, "b": None, "c": None},
            "rules": [{"id": "r", "split": "e"}],
        }
        project = {
            "project": "p",
            "unit": "id",
            "signals": {"id": {"type": "string", "source": "device"}},
            "experiments": {"e": experiment},
            "surfaces": {"home": surface},
        }
        return Bundle.load(compile_project(project).bytes)

    before, after = bundle("100%", "0%"), bundle("0%", "100%")
    state = DeviceState(before, NOW)
    state.record_shown(before.decide("home", {"id": "ada"}, state, NOW), now=NOW)
    state.use(after, NOW)
    assert after.decide("home", {"id": "ada"}, state, NOW).variant == "b"
    assert after.decide("home", {"id": "ada"}, now=NOW).variant == "c"
