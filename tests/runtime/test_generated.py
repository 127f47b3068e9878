"""What Cython makes of the sources: no Python where none is meant, no hints about speed; and the
constants of the C side are those of the format."""

from __future__ import annotations

import contextlib
import enum
import io
import re
from pathlib import Path

import pytest
from tacit.runtime import errors, format

cython = pytest.importorskip("Cython.Build")
FOLDER = Path(format.__file__).parent
ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in FOLDER.glob("*.pyx"))
HOT = ("_evaluate", "_together", "_checking", "_units")
LOADING = ("_classes", "_clauses", "_checks", "_constants", "_declarations", "_items", "_literals",
           "_load", "_outcomes", "_outside", "_packed", "_placing", "_remembered", "_rows",
           "_standings")  # fmt: skip


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of the C files, made anew, and all that Cython said."""
    from setuptools import Extension

    folder = tmp_path_factory.mktemp("generated")
    said = io.StringIO()
    modules = [
        Extension(f"tacit.runtime.{name}", [str(FOLDER / f"{name}.pyx")]) for name in MODULES
    ]
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        cython.cythonize(
            modules,
            include_path=[str(ROOT / "runtime")],
            build_dir=str(folder),
            language_level=3,
            force=True,
            show_all_warnings=True,
        )
    return folder, said.getvalue()


def test_cython_has_nothing_to_say(generated: tuple[Path, str]) -> None:
    said = generated[1]
    assert "performance hint" not in said, said
    warnings = [line for line in said.splitlines() if "warning" in line.lower()]
    assert not warnings, "\n".join(warnings)


def functions_of(text: str, module: str) -> dict[str, str]:
    """The C functions made of the module's own, by name."""
    found = {}
    prefix = f"__pyx_f_5tacit_7runtime_{len(module)}{module}_"
    for match in re.finditer(rf"^static [^\n;]*\b({prefix}\w+)\([^;]*?\) \{{$", text, re.M):
        end = text.index("\n}", match.end())
        found[match.group(1).removeprefix(prefix)] = text[match.end() : end]
    return found


PYTHON = re.compile(r"\b(Py[A-Z]\w*|__Pyx_[A-Z]\w*|__pyx_(?:n|kp|empty|builtin)_\w+)\b")


@pytest.mark.parametrize("module", HOT + LOADING)
def test_no_python_in_functions_without_the_gil(generated: tuple[Path, str], module: str) -> None:
    (path,) = generated[0].rglob(f"{module}.c")
    functions = functions_of(path.read_text(encoding="utf-8"), module)
    source = (FOLDER / f"{module}.pyx").read_text(encoding="utf-8")
    declared = re.findall(r"^cdef [^\n(=]*?\b(\w+)\(", source, re.M)
    assert len(functions) == len(declared) > 0
    for name, commented in functions.items():
        body = re.sub(r"/\*.*?\*/", "", commented, flags=re.S)
        assert not PYTHON.search(body), f"{name}: {PYTHON.findall(body)}"


def enums_of(name: str) -> dict[str, dict[str, int]]:
    """The enums of a file: name -> members."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    found = {}
    for head, body in re.findall(r"^cdef enum (\w*):\n((?:    .*\n|\n)+)", text, re.M):
        found[head] = {
            key: int(value, 0) for key, value in re.findall(r"^    (\w+) = (\w+)", body, re.M)
        }
    return found


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("_program.pxd", "Type"),
        ("_program.pxd", "Op"),
        ("_program.pxd", "Node"),
        ("_program.pxd", "SignalFlag"),
        ("_program.pxd", "RuleFlag"),
        ("_program.pxd", "Standing"),
        ("_draft.pxd", "ItemKind"),
        ("_items.pyx", "GuardKind"),
        ("_remembered.pyx", "Role"),
    ],
)
def test_constants_are_those_of_the_format(file: str, name: str) -> None:
    wanted: type[enum.IntEnum] = getattr(format, name)
    own = enums_of(file)[name]
    shared = {key: value for key, value in own.items() if not key.startswith("CLASS")}
    assert shared == {member.name: member.value for member in wanted}


def test_limits_are_those_of_the_format() -> None:
    limits = {key: value for key, value in vars(format).items() if key.startswith("MAX_")}
    limits["MAX_BYTES"] = format.MAX_BUNDLE_BYTES
    seen = set()
    for path in [*FOLDER.glob("*.pyx"), *FOLDER.glob("*.pxd")]:
        for key, value in re.findall(
            r"^    (MAX_\w+) = (\d+)", path.read_text(encoding="utf-8"), re.M
        ):
            if key in limits:
                assert int(value) == limits[key], (path.name, key)
                seen.add(key)
    of_states = {"MAX_CONTROLS", "MAX_COUNT", "MAX_NONCES", "MAX_STATE_BYTES", "MAX_WRITERS"}
    unused = {"MAX_BUNDLE_BYTES", "MAX_SCALE", "MAX_WIDTH", "MAX_VARIANTS"} | of_states
    assert seen >= set(limits) - unused


def test_fault_codes_are_documented() -> None:
    codes = {f"R{value}" for value in enums_of("_reader.pxd")["Code"].values() if value > 100}
    assert codes == {code for code in errors.CODES if code.startswith("R1")}


@pytest.mark.parametrize(
    "path", [*FOLDER.glob("*.pyx"), *FOLDER.glob("*.pxd")], ids=lambda p: p.name
)
def test_sources_are_kept_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 440
    assert max(map(len, text.splitlines())) <= 110
    assert 'include "' not in text.replace('#include "', "")
