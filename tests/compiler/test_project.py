"""Projects from files and folders: what is read, in what order, and what is refused."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest
from tacit.compiler import source as sources
from tacit.compiler.project import Project, parse
from tacit.compiler.reader import read_text
from tacit.compiler.render import render_text
from tacit.compiler.resolve import resolve
from tacit.compiler.source import Source, load

from . import chunks


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_a_folder_is_read_in_path_order(tmp_path: Path) -> None:
    _write(
        tmp_path,
        {
            "b.yml": "segments: {s3: 'true'}\n",
            "a.yaml": "project: shop\nsegments: {s1: 'true'}\n",
            "a/z.yaml": "segments: {s2: 'true'}\ntests:\n- {name: one, expect: {x: y}}\n",
            "c/d/e.yaml": "tests:\n- {name: two, expect: {x: y}}\n",
            ".hidden.yaml": "not: read\n",
            ".git/x.yaml": "not: read\n",
            "notes.txt": "not read",
            "upper.YAML": "not: read\n",
        },
    )
    source = load(tmp_path)
    names = [document.file for document in source.documents]
    assert names == ["a.yaml", "a/z.yaml", "b.yml", "c/d/e.yaml"]
    project = parse(source)
    assert list(project.segments) == ["s1", "s2", "s3"]
    assert [test.name for test in project.tests if test] == ["one", "two"]
    span = project.span(("tests", 1, "name"))
    assert span is not None
    assert (span.file, project.texts[span.file][span.start : span.end]) == ("c/d/e.yaml", "two")


def test_one_file_is_read_alone(tmp_path: Path) -> None:
    _write(tmp_path, {"a.yaml": "project: shop\n", "b.yaml": "x", "tacit.lock": "{}"})
    source = load(tmp_path / "a.yaml")
    assert [document.file for document in source.documents] == ["a.yaml"]
    assert source.lock_text == "{}"
    assert source.lock_path == tmp_path / "tacit.lock"
    assert load(str(tmp_path / "a.yaml")).documents[0].text == "project: shop\n"


def _codes(source: Source) -> list[str]:
    return [item.code for item in chunks.run(source)[1]]


def test_what_cannot_be_read(tmp_path: Path) -> None:
    assert _codes(load(tmp_path / "nowhere")) == ["E100"]
    assert _codes(load(tmp_path)) == ["E105"]
    (tmp_path / "a.yaml").mkdir()
    assert _codes(load(tmp_path)) == ["E105"]
    assert _codes(load("a\0b")) == ["E100"]
    (tmp_path / "b.yaml").symlink_to("c.yaml")
    (item,) = chunks.run(load(tmp_path))[1]
    assert (item.code, item.message) == ("E100", "cannot read `b.yaml`: no such file or directory")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.yaml")
    (item,) = chunks.run(load(tmp_path))[1]
    assert item.message == "cannot read `a.yaml`: it is not a file"


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, {"a.yaml": "project: shop\nsurfcaes: {}\n", "b.yaml": "x: y\n"})
    (tmp_path / "b.yaml").chmod(stat.S_IWUSR)
    if os.access(tmp_path / "b.yaml", os.R_OK):  # the superuser may read everything
        opened = Path.open

        def refuse(path: Path, mode: str = "r") -> object:
            if path.name == "b.yaml":
                raise PermissionError(13, "Permission denied")
            return opened(path, mode)

        monkeypatch.setattr(Path, "open", refuse)
    diagnostics = chunks.run(load(tmp_path))[1]
    assert [item.code for item in diagnostics] == ["E100", "E120"]
    assert diagnostics[0].message == "cannot read `b.yaml`: permission denied"


def test_a_link_to_a_folder_is_not_followed(tmp_path: Path) -> None:
    _write(tmp_path, {"a.yaml": "project: shop\nsurfaces: {}\n"})
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert len(load(tmp_path).documents) == 1


def test_a_project_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_PROJECT_BYTES", 40)
    _write(tmp_path, {"a.yaml": "project: shop\n", "b.yaml": "# " + "x" * 60})
    assert _codes(load(tmp_path)) == ["E104"]


def test_empty_files_of_a_folder_do_not_matter(tmp_path: Path) -> None:
    _write(tmp_path, {"a.yaml": "project: shop\nsurfaces: {}\n", "b.yaml": "", "c.yaml": "---\n"})
    assert _codes(load(tmp_path)) == []
    _write(tmp_path, {"a.yaml": "# nothing yet\n"})
    assert _codes(load(tmp_path)) == ["E105"]


def test_a_lock_that_is_not_text(tmp_path: Path) -> None:
    _write(tmp_path, {"a.yaml": "project: shop\nsurfaces: {}\n"})
    (tmp_path / "tacit.lock").write_bytes(b"\xff\x00")
    assert _codes(load(tmp_path)) == ["E320"]
    (tmp_path / "tacit.lock").unlink()
    (tmp_path / "tacit.lock").mkdir()
    assert _codes(load(tmp_path)) == ["E100"]


def test_after_a_syntax_error_names_are_not_guessed_at() -> None:
    """What is declared in a broken file is not known; shapes elsewhere are still checked."""
    good = read_text(chunks.BASE + "segments: {a: gone}\nsurfaces: {s: {defualt: x}}\n", "a.yaml")
    bad = read_text("segments:\n  gone: 'x\n", "b.yaml")
    project, diagnostics = chunks.run(Source((good, bad)))
    assert [item.code for item in diagnostics] == ["E120", "E101"]
    assert not project.complete


def _generated(rules: int) -> str:
    """A project of the size that issue figures speak of: some 300 bytes of YAML a rule."""
    lines = ["project: big", "unit: s0", "signals:"]
    lines += [
        f"  s{n}: {{type: {'int' if n % 2 else 'string'}, source: request}}" for n in range(30)
    ]
    lines += ["segments:"]
    lines += [f"  g{n}: {{when: 's{2 * n} == \"a\" && s1 > {n}', owner: crm}}" for n in range(15)]
    lines += ["surfaces:"]
    for surface in range(rules // 10):
        lines += [f"  surface_{surface}:", "    owner: growth", "    default: a", "    variants:"]
        lines += [
            f"      {id_}: {{title: Text {id_} of {surface}, image: /img/{surface}/{id_}.png}}"
            for id_ in "abcd"
        ]
        lines += ["    rules:"]
        for rule in range(10):
            one, two = 2 * ((surface + rule) % 15), 2 * ((surface * 7 + rule) % 15) + 1
            when = f's{one} == "v{rule}" && s{two} >= {surface} && (g{rule} || s1 < 5)'
            lines += [
                f"      - id: rule-{rule}",
                f"        when: '{when}'",
                f"        show: {'bcd'[rule % 3]}",
                "        from: 2026-11-01",
                f'        because: {{en: "Picked for you because of {rule}"}}',
            ]
    return "\n".join(lines)


def _resolved(text: str) -> Project:
    project = parse(Source((read_text(text),)))
    assert resolve(project).program is not None
    return project


def test_a_thousand_rules_are_quick() -> None:
    text = _generated(1000)
    started = time.perf_counter()
    _resolved(text)
    # Half a second where this was written; the bound leaves room for a busy machine.
    assert time.perf_counter() - started < 3


def test_cost_grows_with_size_alone() -> None:
    """Ten times the rules, at most some twenty times the time: nothing is quadratic."""
    times = []
    for rules in (200, 2000):
        text = _generated(rules)
        started = time.perf_counter()
        _resolved(text)
        times.append(time.perf_counter() - started)
    assert times[1] < 25 * times[0]


def test_ten_thousand_mistakes_are_quick() -> None:
    text = _generated(1000).replace("show: b", "show: bb").replace("owner: growth", "onwer: growth")
    started = time.perf_counter()
    project, diagnostics = chunks.run(Source((read_text(text),)))
    shown = render_text(diagnostics, project.sources(diagnostics))
    assert len(diagnostics) > 400
    assert f"... and {len(diagnostics) - 100} more" in shown
    assert time.perf_counter() - started < 6
