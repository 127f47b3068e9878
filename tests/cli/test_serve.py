"""tacit serve: starts, decides, ends; says why it does not start."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from .commands import run

pytest.importorskip("uvicorn", reason="the extra `edge` is not installed")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail("the server did not start")


def test_it_decides_until_interrupted(bundle: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tacit.cli", "serve", bundle, "--port", str(port), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(port, process)
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/v1/decide",
            data=b'{"signals": {"country": "DE"}}',
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=5) as reply:
            assert json.load(reply)["surfaces"]["hero"]["variant"] == "dach"
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 0
    assert json.loads(out) == {"host": "127.0.0.1", "port": port}


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ([], "no bundle to serve"),
        (["nowhere.tacit"], "no such file or folder"),
        (["{shop}"], "is a project, and only a bundle is served"),
        (["{shop}/shop.yaml"], "tacit build"),
        (["{bundle}", "--config", "nowhere.toml"], "cannot read the settings file"),
    ],
)
def test_why_it_does_not_start(bundle: Path, shop: Path, arguments: list[str], why: str) -> None:
    done = run("serve", *(text.format(bundle=bundle, shop=shop) for text in arguments))
    assert done.code == 2
    assert why in done.err
    as_json = run("serve", "--json", *(text.format(bundle=bundle, shop=shop) for text in arguments))
    assert (as_json.code, why in json.dumps(as_json.json)) == (2, True)


def test_a_state_that_fits_into_no_cookie(tmp_path: Path) -> None:
    (tmp_path / "much.yaml").write_text(
        "project: much\n"
        "events: {seen: {fields: {what: string}}}\n"
        "aggregates: {taste: {affinity: seen, by: what, half_life: 14d, keep: 64}}\n"
        "surfaces: {s: {default: a, variants: {a: 1, b: 2}, "
        "rules: [{id: r, when: '\"x\" in taste', show: b}]}}\n",
        encoding="utf-8",
    )
    bundle, config = tmp_path / "much.tacit", tmp_path / "edge.toml"
    assert run("build", tmp_path / "much.yaml", "-o", bundle).code == 0
    key = "ab" * 32
    config.write_text(f'state_cookie = "__Host-tacit"\nstate_keys = "1:{key}"\n', encoding="utf-8")
    done = run("serve", bundle, "--config", config)
    assert (done.code, "state_too_large" in done.err) == (2, True)
    assert "up to 2,982 bytes; with `budgets: {state: 2982 B}`" in done.err


def test_a_port_that_is_taken(bundle: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = run("serve", bundle, "--port", other.getsockname()[1])
    assert done.code == 2
    assert done.err.endswith("tacit: the server could not start\n")
