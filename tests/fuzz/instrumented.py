"""Builds the runtime and the harness a second time, with sanitizers, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RUNTIME = ROOT / "runtime" / "tacit" / "runtime"
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]
FLAGS = ["-O1", "-g", "-fno-omit-frame-pointer", "-ffp-contract=off", *SANITIZE]

SETUP = """\
from Cython.Build import cythonize
from pathlib import Path
from setuptools import Extension, setup

flags = {flags!r}
link = {link!r}
modules = [
    Extension(f"tacit.runtime.{{path.stem}}", [str(path)], extra_compile_args=flags,
              extra_link_args=link)
    for path in sorted(Path("tacit/runtime").glob("*.pyx"))
]
modules.append(
    Extension("harness", ["harness.pyx"], extra_compile_args=flags, extra_link_args=link)
)
setup(script_args=["--quiet", "build_ext", "--inplace"],
      ext_modules=cythonize(modules, include_path=["."], language_level=3, quiet=True))
"""


def build() -> Path:
    """The folder with the instrumented modules; made anew only for what has changed."""
    tag = f"{sys.implementation.cache_tag}-{sysconfig.get_platform()}"
    folder = ROOT / "build" / "fuzz" / tag
    package = folder / "tacit" / "runtime"
    package.mkdir(parents=True, exist_ok=True)
    for path in RUNTIME.iterdir():
        if path.suffix in (".py", ".pyx", ".pxd") and path.name != "_memory.pxd":
            _copy(path, package / path.name)
    _copy(HERE / "_memory.pxd", package / "_memory.pxd")
    _copy(HERE / "_harness.pyx", folder / "harness.pyx")
    _drop_stale(package)
    (folder / "setup.py").write_text(SETUP.format(flags=FLAGS, link=SANITIZE), encoding="utf-8")
    subprocess.run([sys.executable, "setup.py"], cwd=folder, check=True)
    return folder


def _drop_stale(package: Path) -> None:
    """Modules whose source is gone must not be built or imported any more."""
    sources = {path.name for path in RUNTIME.iterdir() if path.suffix in (".py", ".pyx", ".pxd")}
    stems = {name.split(".")[0] for name in sources}
    for path in package.iterdir():
        if path.is_file() and (
            path.name.split(".")[0] not in stems
            or (path.suffix in (".py", ".pyx", ".pxd") and path.name not in sources)
        ):
            path.unlink()


def _copy(source: Path, target: Path) -> None:
    if not target.exists() or source.read_bytes() != target.read_bytes():
        shutil.copyfile(source, target)


def environment(folder: Path, *, whole_stacks: bool = False) -> dict[str, str]:
    """Variables under which the instrumented modules run in a plain interpreter.

    whole_stacks: also tell where memory was allocated and freed, which takes more time.
    """
    libraries = [
        subprocess.run(
            ["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True
        ).stdout.strip()
        for name in ("libasan.so", "libubsan.so")
    ]
    options = {
        "detect_leaks": 0,  # the interpreter's own
        "abort_on_error": 1,
        # No small bundle needs that much; NULL becomes a MemoryError, which is a fault here.
        "max_allocation_size_mb": 256,
        "allocator_may_return_null": 1,
        # What one input frees fits; more would only keep memory out of the processor's cache.
        "quarantine_size_mb": 1,
        "thread_local_quarantine_size_kb": 128,
        "malloc_context_size": 30 if whole_stacks else 0,
    }
    return os.environ | {
        "LD_PRELOAD": ":".join(libraries),
        # Python's own allocator would hide what lies beyond an object.
        "PYTHONMALLOC": "malloc",
        "ASAN_OPTIONS": ":".join(f"{name}={value}" for name, value in options.items()),
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
    }
