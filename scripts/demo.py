"""`make demo`: compile the shop, start an edge on a free port, decide for sample visitors, print why."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TACIT = [sys.executable, "-m", "tacit.cli"]
PATIENCE_S = 20.0


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


def decide(base: str, token: str, visitor: dict[str, object]) -> dict[str, dict[str, object]]:
    body = {"signals": visitor["signals"], "consent": visitor.get("consent", [])}
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
        return json.load(reply)["surfaces"]  # type: ignore[no-any-return]


def show(visitor: dict[str, object], decisions: dict[str, dict[str, object]]) -> None:
    print(f"\n{visitor['name']}  {json.dumps(visitor['signals'], ensure_ascii=False)}")
    for surface, decision in decisions.items():
        rule = f" by rule {decision['rule']}" if decision.get("rule") else ""
        unknown = decision.get("unknown")
        missing = f", not known: {', '.join(unknown)}" if isinstance(unknown, list) and unknown else ""
        print(f"  {surface:<18} {decision['variant']!s:<18} {decision['reason']}{rule}{missing}")


def main() -> None:
    project = ROOT / "bundles" / "storefront"
    visitors = json.loads((project / "visitors.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "storefront.tacit"
        subprocess.run([*TACIT, "build", str(project), "-o", str(bundle)], check=True)
        port, token = free_port(), secrets.token_urlsafe(16)
        base = f"http://127.0.0.1:{port}"
        server = subprocess.Popen(
            [*TACIT, "serve", str(bundle), "--port", str(port)],
            env={"PATH": "", "TACIT_TRACE_TOKEN": token},
        )
        try:
            wait_until_ready(base, server)
            for visitor in visitors:
                show(visitor, decide(base, token, visitor))
        finally:
            server.terminate()
            server.wait(timeout=10)
    print("\nThe same decisions without a server: tacit decide bundles/storefront --signals FILE.json")


if __name__ == "__main__":
    main()
