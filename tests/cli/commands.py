"""A small project, and ways to run the command line on it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tacit.cli.app import app
from typer.testing import CliRunner

SHOP = """\
project: shop
unit: install_id
signals:
  country: {type: string, source: request}
  tier: {type: enum, values: [none, silver, gold], source: declared}
  viewing: {type: string_list, source: session, purpose: personalization}
  items: {type: int, source: session, min: 0}
  price: {type: double, source: session}
  member: {type: bool, source: session}
  income: {type: int, source: declared, sensitivity: sensitive}
  install_id: {type: string, source: device}
segments:
  shoe_lover: '"shoes" in viewing && tier != "none"'
surfaces:
  hero:
    default: classic
    variants: {classic: {title: Classic}, shoes: {title: Shoes}, dach: null}
    rules:
      - {id: shoe-fans, when: shoe_lover, show: shoes, because: Picked for you}
      - {id: dach, when: 'country in ["DE", "AT", "CH"]', show: dach}
      - {id: winter, when: items > 3, show: dach, from: 2026-12-01, until: 2026-12-20}
  banner:
    default: none
    variants: {none: null, a: 1, b: 2}
    rules:
      - {id: half, when: member && price > 1.5, split: {a: 50%, b: 50%}}
      - {id: rich, when: income > 5, show: a}
      - {id: known, when: has(member), show: b}
  legal: {personalize: never, reason: the law asks for it, default: standard}
"""


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def run(*arguments: object, stdin: str | None = None) -> Ran:
    """The command in this process."""
    result = CliRunner().invoke(app, [str(item) for item in arguments], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


def spawn(*arguments: object, cwd: Path | None = None, **options: Any) -> Ran:
    """The command in a process of its own."""
    # -B: where the size of files is limited, compiled modules would be cut off too, and stay so.
    command = [sys.executable, "-B", "-m", "tacit.cli", *map(str, arguments)]
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False, **options
    )
    return Ran(done.returncode, done.stdout, done.stderr)
