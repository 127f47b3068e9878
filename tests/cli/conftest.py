"""The small project as a folder, as a bundle, and signals in a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .commands import SHOP, run


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with the project."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "shop.yaml").write_text(SHOP, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, built."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "shop.yaml").write_text(SHOP, encoding="utf-8")
    made = run("build", folder / "shop.yaml", "-o", folder / "shop.tacit")
    assert made.code == 0, made.err
    return folder / "shop.tacit"


@pytest.fixture
def signals(tmp_path: Path) -> Callable[..., Path]:
    """Writes signals to a file."""

    def write(**values: Any) -> Path:
        path = tmp_path / "signals.json"
        path.write_text(json.dumps(values), encoding="utf-8")
        return path

    return write
