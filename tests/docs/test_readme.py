"""The tour in README.md does what it shows: files are written, commands run, output compared.

`pytest --update-golden` writes the output that the commands give into the page.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[2] / "README.md"
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(command: str, folder: Path) -> str:
    """What the command prints, and a last line `(exit code N)` when that is not 0."""
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "NO_COLOR": "1",
    }
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=60,
    )
    code = f"(exit code {done.returncode})\n" if done.returncode else ""
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines()) + code


def replay(page: str, folder: Path) -> str:
    """The page with the output its commands give now."""

    def block(match: re.Match[str]) -> str:
        language, info, body = match.groups()
        if name := re.search(r"file=(\S+)", info):
            (folder / name[1]).write_text(body, encoding="utf-8")
        elif language == "console":
            commands = [line[2:] for line in body.splitlines() if line.startswith("$ ")]
            body = "".join(f"$ {command}\n{run(command, folder)}" for command in commands)
        elif language == "python":
            program = subprocess.run(
                [sys.executable, "-c", body],
                cwd=folder,
                capture_output=True,
                text=True,
                check=True,
                timeout=60,
            )
            code = [line for line in body.splitlines() if not line.startswith("# ")]
            body = "\n".join([*code, *(f"# {line}" for line in program.stdout.splitlines())]) + "\n"
        return f"```{language}{info}\n{body}```"

    return BLOCK.sub(block, page)


def test_the_tour_is_true(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    page = README.read_text(encoding="utf-8")
    replayed = replay(page, tmp_path)
    if pytestconfig.getoption("update_golden"):
        README.write_text(replayed, encoding="utf-8")
    assert replayed == page
    assert page.count("$ tacit") >= 6
