"""Builds the runtime and the harness a second time, with sanitizers, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
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
modules.append(Extension("harness", ["harness.pyx"], extra_compile_args=flags, extra_link_args=link))
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
        if path.suffix in (".py", ".pyx", ".pxd"):
            _copy(path, package / path.name)
    _copy(Path(__file__).with_name("_harness.pyx"), folder / "harness.pyx")
    (folder / "setup.py").write_text(SETUP.format(flags=FLAGS, link=SANITIZE), encoding="utf-8")
    subprocess.run([sys.executable, "setup.py"], cwd=folder, check=True)
    return folder


def _copy(source: Path, target: Path) -> None:
    if not target.exists() or source.read_bytes() != target.read_bytes():
        shutil.copyfile(source, target)


def environment(folder: Path) -> dict[str, str]:
    """Variables under which the instrumented modules run in a plain interpreter."""
    libraries = [
        subprocess.run(
            ["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True
        ).stdout.strip()
        for name in ("libasan.so", "libubsan.so")
    ]
    return os.environ | {
        "LD_PRELOAD": ":".join(libraries),
        # Python's own allocator would hide what lies beyond an object.
        "PYTHONMALLOC": "malloc",
        "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1:abort_on_error=1",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
    }
