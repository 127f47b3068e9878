"""The example projects, compiled once."""

from __future__ import annotations

import functools
from pathlib import Path

from tacit.compiler import CompiledBundle, compile_project
from tacit.runtime import Bundle, reference

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "bundles"
NAMES = ("storefront", "newsroom", "bank", "shoppers")
DATA = ROOT.parent / "shared" / "data"


@functools.cache
def compiled(name: str) -> CompiledBundle:
    return compile_project(FOLDER / name)


@functools.cache
def bundle(name: str) -> Bundle:
    return Bundle.load(compiled(name).bytes)


@functools.cache
def program(name: str) -> reference.Program:
    return reference.decode(compiled(name).bytes)
