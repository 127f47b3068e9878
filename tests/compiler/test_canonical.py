"""The same source gives the same bytes: on any hash seed, from a file or a dictionary, any day."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tacit.compiler import ProjectModel, compile_project
from tacit.compiler.dump import dump_ir, dump_tables
from tacit.compiler.encode import lay_out
from tacit.compiler.reader import read_bytes

from .samples import EVERYTHING

ROOT = Path(__file__).parent.parent.parent
SCRIPT = """
import sys
from tacit.compiler import compile_project
from tacit.compiler.dump import dump_ir, dump_tables
from tacit.compiler.encode import lay_out
bundle = compile_project(sys.argv[1])
print(bundle.digest)
print([(item.code, item.path) for item in bundle.diagnostics])
print(dump_ir(bundle.program) + dump_tables(lay_out(bundle.program)))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "project.yaml"
    path.write_text(EVERYTHING, encoding="utf-8")
    return path


def as_data(text: str) -> dict[str, Any]:
    root = read_bytes(text.encode(), "").root
    assert root is not None
    data = root.data
    assert isinstance(data, dict)
    return data


@pytest.mark.parametrize("seed", ["0", "1", "4242", "random"])
def test_no_hash_seed_changes_anything(seed: str, project: Path) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(project)],
        env=environment, capture_output=True, text=True, encoding="utf-8", check=True,
        timeout=60, cwd=ROOT,
    )  # fmt: skip
    here = compile_project(project)
    found = [(item.code, item.path) for item in here.diagnostics]
    dumps = dump_ir(here.program) + dump_tables(lay_out(here.program))
    assert done.stdout == f"{here.digest}\n{found}\n{dumps}\n"


def test_file_dictionary_and_model_give_the_same_bytes(project: Path) -> None:
    data = as_data(EVERYTHING)
    from_file = compile_project(project)
    assert compile_project(data).bytes == from_file.bytes
    assert compile_project(ProjectModel.model_validate(data)).bytes == from_file.bytes


def test_folder_and_file_give_the_same_bytes(tmp_path: Path, project: Path) -> None:
    """Sections may stand in any file; only the order within a section counts."""
    folder = tmp_path / "folder"
    folder.mkdir()
    head, _, surfaces = EVERYTHING.partition("surfaces:\n")
    head, _, experiments = head.partition("experiments:\n")
    (folder / "z.yaml").write_text(head, encoding="utf-8")
    (folder / "a.yaml").write_text("surfaces:\n" + surfaces, encoding="utf-8")
    (folder / "b.yml").write_text("experiments:\n" + experiments, encoding="utf-8")
    assert compile_project(folder).bytes == compile_project(project).bytes


def test_comments_quotes_and_key_order_of_an_entry_change_nothing(
    tmp_path: Path, project: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    text = "# a comment\n" + EVERYTHING.replace(
        "mood: {type: string, source: declared, purpose: fun}",
        "mood:\n    'purpose': \"fun\"\n    source: declared # here\n    type: string\n",
    )
    assert text.count("'purpose'") == 1
    (other / "project.yaml").write_text(text, encoding="utf-8")
    assert compile_project(other).bytes == compile_project(project).bytes


def test_where_the_project_lies_is_not_in_the_bytes(tmp_path: Path, project: Path) -> None:
    deeper = tmp_path / "deep" / "er"
    deeper.mkdir(parents=True)
    (deeper / "project.yaml").write_text(EVERYTHING, encoding="utf-8")
    first, second = compile_project(deeper), compile_project(project)
    assert first.bytes == second.bytes
    assert str(tmp_path).encode() not in first.bytes
