"""An edge as a process of its own on a free loopback port, and plain HTTP to talk to it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE_S = 60.0  # a busy machine is no fault; a hanging server is
_START = "from tacit.edge_server import Settings, serve; serve(Settings.load())"


@dataclass(frozen=True)
class Running:
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)

    def raw(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)

    def get(self, path: str) -> tuple[int, Any]:
        connection = self.connect()
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read())
        finally:
            connection.close()

    def hang_up(self) -> None:
        self.process.send_signal(signal.SIGHUP)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(folder: Path, bundle: Path, **settings: object) -> Iterator[Running]:
    """A served file; ended on the way out, and only it."""
    port = free_port()
    chosen = {"bundle": bundle, "port": port, "poll_s": 0.02, "settle_s": 0.01, **settings}
    variables = {f"TACIT_{name.upper()}": str(value) for name, value in chosen.items()}
    log = folder / "edge.log"
    with open(log, "wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-c", _START], env=os.environ | variables, stderr=stderr
        )
    try:
        server = Running(process, port, log)
        _wait(server)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)


def _wait(server: Running) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise RuntimeError(f"the edge ended: {server.log.read_text()}")
        try:
            server.get("/healthz")
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("the edge did not answer")
