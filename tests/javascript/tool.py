"""A tool that writes JSON, an object a line: its arguments are a seed and how much of what."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from typing import Any


def run(name: str, lines: Callable[..., Iterable[dict[str, Any]]], /, **amounts: int) -> None:
    """Writes `lines(seed=..., ...)`; `amounts`: how much, unless the arguments say otherwise."""
    parser = argparse.ArgumentParser(prog=f"python -m tests.javascript.{name}")
    for option, usual in {**amounts, "seed": 1}.items():
        parser.add_argument(f"--{option}", type=int, default=usual)
    for line in lines(**vars(parser.parse_args())):
        sys.stdout.write(json.dumps(line) + "\n")
