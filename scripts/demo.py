"""`make demo`: compile the shop, start an edge on a free port, decide for visitors, print why; then
follow one visitor through a fortnight.

Surfaces of place `edge` and `both` are decided by the edge over HTTP; those of place `device`
from the same bundle in this process, as a device would.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import fortnight
from tacit.runtime import Bundle, Decision, DeviceState, reference

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "bundles" / "storefront"
TACIT = [sys.executable, "-m", "tacit.cli"]
PATIENCE_S = 20.0
ELSEWHERE = """
The same rules in JavaScript (Node 20 or newer for the worker):
  a page that decides for itself, without a network too:
    python3 -m http.server 8000 --bind 127.0.0.1 --directory runtime/js
    then open http://127.0.0.1:8000/examples/web/
  a CDN worker that decides on the way of a page, on workerd:
    npm install --prefix runtime/js --no-package-lock
    node edge_server/worker/local.mjs
  more in docs/WORKER.md, docs/REACT_NATIVE.md"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(base: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            sys.exit(f"the edge ended with exit code {server.returncode}")
        try:
            with urllib.request.urlopen(f"{base}/readyz", timeout=1):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    sys.exit("the edge did not become ready")


def ask_edge(base: str, token: str, visitor: dict[str, Any]) -> dict[str, dict[str, Any]]:
    body = {key: visitor[key] for key in ("signals", "consent", "now") if key in visitor}
    request = urllib.request.Request(
        f"{base}/v1/decide",
        data=json.dumps(body).encode(),
        headers={
            "Content-Type": "application/json",
            "Authorization": f"Bearer {token}",
            "Tacit-Trace": "1",
        },
    )
    with urllib.request.urlopen(request, timeout=5) as reply:
        decisions: dict[str, dict[str, Any]] = json.load(reply)["surfaces"]
    return decisions


def check_edge(bundle: Bundle, visitor: dict[str, Any], decided: dict[str, dict[str, Any]]) -> None:
    """The edge keeps no state; without one the same bundle says the same here."""
    local = bundle.decide_all(visitor["signals"], now=visitor["now"], consent=visitor["consent"])
    for surface, entry in decided.items():
        if (local[surface].variant, local[surface].reason) != (entry["variant"], entry["reason"]):
            sys.exit(f"edge and device disagree on {surface}")


def on_device(bundle: Bundle, visitor: dict[str, Any]) -> Mapping[str, Decision]:
    """What a device decides that has just met the shop."""
    state = DeviceState(bundle, visitor["now"], consent=visitor["consent"])
    return bundle.decide_all(
        visitor["signals"], state=state, now=visitor["now"], consent=visitor["consent"]
    )


def show(place: str, surface: str, variant: str | None, reason: str, rule: object) -> None:
    by = f" by rule {rule}" if rule is not None else ""
    print(f"  {place:<7} {surface:<14} {variant!s:<14} {reason}{by}")


def main() -> None:
    visitors = json.loads((PROJECT / "visitors.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        print("$ tacit build bundles/storefront")
        subprocess.run([*TACIT, "build", PROJECT, "-o", "shop.tacit"], check=True, cwd=folder)
        path = Path(folder) / "shop.tacit"
        bundle = Bundle.load(path)
        port, token = free_port(), secrets.token_urlsafe(16)
        base = f"http://127.0.0.1:{port}"
        server = subprocess.Popen(
            [*TACIT, "serve", path, "--port", str(port)],
            # Sample visitors come at set times; a real edge goes by its own clock.
            env=os.environ
            | {"TACIT_TRACE_TOKEN": token, "TACIT_ALLOW_NOW": "true", "TACIT_LOG_LEVEL": "error"},
        )
        try:
            wait_until_ready(base, server)
            for visitor in visitors:
                print(f"\n{visitor['name']}")
                decided = ask_edge(base, token, visitor)
                for surface, entry in decided.items():
                    show("edge", surface, entry["variant"], entry["reason"], entry["rule"])
                check_edge(bundle, visitor, decided)
                for surface, decision in on_device(bundle, visitor).items():
                    if surface not in decided:
                        show("device", surface, decision.variant, decision.reason, decision.rule)
        finally:
            server.terminate()
            server.wait(timeout=10)
        print("\nMara, for a fortnight, on her own device")
        for line in fortnight.walk(
            bundle, reference.decode(path.read_bytes()), Path(folder) / "device.state"
        ):
            print(line)
    print("\nWhy? tacit explain bundles/storefront home_hero --signals FILE.json")
    print(ELSEWHERE)


if __name__ == "__main__":
    main()
