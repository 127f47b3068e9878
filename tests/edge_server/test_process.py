"""The edge as it runs: uvicorn in a process of its own, over real sockets."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .processes import PATIENCE_S, Running, running
from .samples import compiled

JSON = {"Content-Type": "application/json"}
ANNA = "anna.schmidt@example.org"
WORKERS = 6
SWAPS = 60


def swap(path: Path, data: bytes) -> None:
    beside = path.with_suffix(".new")
    beside.write_bytes(data)
    os.replace(beside, path)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with little patience, shared by the tests that do not change its bundle."""
    folder = tmp_path_factory.mktemp("edge")
    file = folder / "shop.tacit"
    file.write_bytes(compiled())
    patience = {"request_timeout_s": 0.6, "header_timeout_s": 0.6}
    with running(folder, file, max_body_bytes=1_000, **patience) as server:
        yield server


def decided(connection: http.client.HTTPConnection, body: object) -> tuple[int, Any]:
    connection.request("POST", "/v1/decide", json.dumps(body), JSON)
    reply = connection.getresponse()
    return reply.status, json.loads(reply.read())


def wait_for_version(server: Running, version: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    connection = server.connect()
    while decided(connection, {})[1]["surfaces"]["hero"]["content"]["version"] != version:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    connection.close()


def metrics_of(server: Running) -> str:
    connection = server.connect()
    connection.request("GET", "/metrics")
    return connection.getresponse().read().decode()


def answer(connection: socket.socket) -> bytes:
    """Everything until the server closes."""
    received = bytearray()
    while piece := connection.recv(65_536):
        received += piece
    return bytes(received)


# ------------------------------------------------------------------ one version at a time


def test_reload_under_load(tmp_path: Path) -> None:
    """Good and bad files come and go while threads decide: no request fails or mixes versions."""
    file = tmp_path / "shop.tacit"
    file.write_bytes(compiled(0))
    bad = [b"", b"tacit", compiled(1)[:-7], bytes(len(compiled(1))), compiled(1) + b"\0"]
    stop = threading.Event()
    wrong: list[object] = []
    seen: list[dict[str, set[int]]] = [{} for _ in range(WORKERS)]

    def visit(server: Running, versions: dict[str, set[int]]) -> None:
        connection = server.connect()
        while not stop.is_set():
            status, reply = decided(connection, {"signals": {"country": "DE", "basket": 4}})
            if status != 200:
                wrong.append((status, reply))
                continue
            found = {reply["surfaces"][name]["content"]["version"] for name in ("hero", "offer")}
            versions.setdefault(reply["bundle"], set()).update(found)
            if len(found) != 1:
                wrong.append(found)

    with running(tmp_path, file) as server:
        threads = [threading.Thread(target=visit, args=(server, each)) for each in seen]
        for thread in threads:
            thread.start()
        for step in range(1, SWAPS + 1):
            if step % 3 == 1:
                swap(file, bad[step % len(bad)])
            elif step % 3 == 2:
                file.write_bytes(compiled(step % 7)[: step * 10])  # in place, half-way
            else:
                swap(file, compiled(step % 7))
                wait_for_version(server, step % 7)
            time.sleep(0.04)
        swap(file, compiled(99))
        wait_for_version(server, 99)
        stop.set()
        for thread in threads:
            thread.join(PATIENCE_S)
        assert not any(thread.is_alive() for thread in threads)
        health = server.get("/healthz")[1]
    assert wrong == []
    assert health["last_error"] is None
    versions: dict[str, set[int]] = {}
    for each in seen:
        for digest, found in each.items():
            versions.setdefault(digest, set()).update(found)
    assert all(len(found) == 1 for found in versions.values()), "one hash, one version"
    assert len(versions) >= 5, "the load has seen several versions"


def test_hangup_reloads_at_once_and_terminate_ends_well(tmp_path: Path) -> None:
    file = tmp_path / "shop.tacit"
    file.write_bytes(compiled(1))
    with running(tmp_path, file, poll_s=600) as server:
        swap(file, compiled(2))
        time.sleep(0.1)
        connection = server.connect()
        assert decided(connection, {})[1]["surfaces"]["hero"]["content"]["version"] == 1
        server.hang_up()
        deadline = time.monotonic() + PATIENCE_S
        while decided(connection, {})[1]["surfaces"]["hero"]["content"]["version"] != 2:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(PATIENCE_S)
        assert "Traceback" not in server.log.read_text()


def test_a_slow_client_does_not_hold_up_the_end(tmp_path: Path) -> None:
    file = tmp_path / "shop.tacit"
    file.write_bytes(compiled())
    with running(tmp_path, file, request_timeout_s=60) as server, server.raw() as connection:
        connection.sendall(
            b"POST /v1/decide HTTP/1.1\r\nHost: edge\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
        deadline = time.monotonic() + PATIENCE_S
        while "tacit_requests_in_flight 2.0" not in metrics_of(server):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        server.process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        while server.process.poll() is None:
            with contextlib.suppress(OSError):
                connection.send(b" ")  # it goes on, and slowly
            time.sleep(0.2)
            assert time.monotonic() < begun + 30
        log = server.log.read_text()
    assert " POST /v1/decide 499 " in log
    assert "Traceback" not in log


def test_without_a_good_bundle(tmp_path: Path) -> None:
    file = tmp_path / "shop.tacit"
    start = "from tacit.edge_server import Settings, serve; serve(Settings.load())"
    ended = subprocess.run(
        [sys.executable, "-c", start],
        env=os.environ | {"TACIT_BUNDLE": str(file)},
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode != 0
    assert b"the bundle cannot be served (missing)" in ended.stderr
    with running(tmp_path, file, wait_for_bundle=True) as server:
        assert server.get("/readyz")[0] == 503
        assert server.get("/healthz")[1]["last_error"]["code"] == "missing"
        swap(file, compiled())
        deadline = time.monotonic() + PATIENCE_S
        while server.get("/readyz")[0] != 200:
            assert time.monotonic() < deadline
            time.sleep(0.02)


# ------------------------------------------------------------------ HTTP on the wire


def test_headers_of_a_reply(server: Running) -> None:
    connection = server.connect()
    for method, path, body in (("POST", "/v1/decide", "{}"), ("GET", "/nowhere", None)):
        connection.request(method, path, body, JSON)
        reply = connection.getresponse()
        reply.read()
        assert reply.getheader("Server") is None
        assert reply.getheader("Date") is not None


@pytest.mark.parametrize("path", ["/v1/bundle", "/healthz", "/readyz", "/metrics"])
def test_head_has_no_body(server: Running, path: str) -> None:
    connection = server.connect()
    connection.request("HEAD", path)
    reply = connection.getresponse()
    assert reply.status == 200
    assert reply.read() == b""
    assert int(reply.getheader("Content-Length") or 0) > 0
    assert server.get("/readyz")[0] == 200


def test_chunks_without_end(server: Running) -> None:
    """A body without a length is cut off at the limit, not read to its end."""
    with server.raw() as connection:
        connection.sendall(
            b"POST /v1/decide HTTP/1.1\r\nHost: edge\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        sent = 0
        try:
            while sent < 5_000_000:
                connection.sendall(b"100\r\n" + b"x" * 256 + b"\r\n")
                sent += 256
        except OSError:
            pass
        try:
            received = answer(connection)
        except OSError:
            return  # reset before we could read: cut off, which is the point
    assert received.startswith(b"HTTP/1.1 413 ")
    assert b'"code": "body_too_large"' in received


def test_announced_length_is_refused_unread(server: Running) -> None:
    with server.raw() as connection:
        connection.sendall(
            b"POST /v1/decide HTTP/1.1\r\nHost: edge\r\nContent-Type: application/json\r\n"
            b"Content-Length: 1000000000\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_slow_body(server: Running) -> None:
    started = time.monotonic()
    with server.raw() as connection:
        connection.sendall(
            b"POST /v1/decide HTTP/1.1\r\nHost: edge\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
        received = answer(connection)
    assert received.startswith(b"HTTP/1.1 408 ")
    assert b'"code": "request_timeout"' in received
    assert 0.5 < time.monotonic() - started < 5.0


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /healthz HTTP/1.1\r\nHost: ",
        b"GET /healthz HTTP/1.1\r\nHost: edge\r\n\r\nGET /he",  # the second on a connection
        b"GET /healthz HTTP/1.1\r\nHost: edge\r\nContent-Length: 9999\r\n\r\n",  # body never sent
    ],
)
def test_a_slow_header(server: Running, begun: bytes) -> None:
    started = time.monotonic()
    with server.raw() as connection:
        connection.sendall(begun)
        answer(connection)
    assert time.monotonic() - started < 5.0


def test_others_are_served_beside_many_slow_ones(server: Running) -> None:
    slow = [server.raw() for _ in range(200)]
    try:
        for number, connection in enumerate(slow):
            head = b"POST /v1/decide HTTP/1.1\r\nHost: edge\r\nContent-Type: application/json\r\n"
            connection.sendall(
                head + (b"Content-Length: 9\r\n\r\n{" if number % 2 else b"X-Slow: ")
            )
        started = time.monotonic()
        client = server.connect()
        for _ in range(20):
            assert decided(client, {})[0] == 200
        assert time.monotonic() - started < 2.0
    finally:
        for connection in slow:
            connection.close()


def test_a_header_that_is_too_large_and_nonsense(server: Running) -> None:
    for sent in (
        b"GET /healthz HTTP/1.1\r\nHost: edge\r\nCookie: " + b"a" * 1_000_000 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00nonsense\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n\r\n",  # no Host
    ):
        with server.raw() as connection:
            try:
                connection.sendall(sent)
                received = answer(connection)
            except ConnectionError:
                continue  # reset in the middle of our sending
        assert received.startswith(b"HTTP/1.1 400 ")
    assert server.get("/readyz")[0] == 200


def test_overload_is_told_and_health_still_answers(tmp_path: Path) -> None:
    file = tmp_path / "shop.tacit"
    file.write_bytes(compiled())
    with running(tmp_path, file, max_concurrency=2, request_timeout_s=3) as server:
        waiting = [server.raw() for _ in range(2)]
        for connection in waiting:
            connection.sendall(
                b"POST /v1/decide HTTP/1.1\r\nHost: edge\r\nContent-Type: application/json\r\n"
                b"Content-Length: 2\r\n\r\n{"
            )
        time.sleep(0.2)
        client = server.connect()
        status, problem = decided(client, {})
        assert (status, problem["code"]) == (503, "overloaded")
        assert server.get("/healthz")[0] == 200
        for connection in waiting:
            connection.sendall(b"}")
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
            connection.close()
        assert decided(client, {})[0] == 200


def test_nothing_about_a_person_in_the_log_of_the_process(tmp_path: Path) -> None:
    file = tmp_path / "shop.tacit"
    file.write_bytes(compiled())
    with running(tmp_path, file, log_level="debug") as server:
        connection = server.connect()
        decided(connection, {"signals": {"country": ANNA}})
        decided(connection, {ANNA: 1})
        connection.request("GET", f"/{ANNA}?{ANNA}", headers={"Cookie": ANNA, "User-Agent": ANNA})
        connection.getresponse().read()
        with server.raw() as broken:  # goes away in the middle of its body
            broken.sendall(
                b"POST /v1/decide HTTP/1.1\r\nHost: edge\r\nContent-Type: application/json\r\n"
                b'Content-Length: 100\r\n\r\n{"' + ANNA.encode()
            )
        with server.raw() as nonsense:
            nonsense.sendall(ANNA.encode() + b"\r\n\r\n")
            answer(nonsense)
        time.sleep(0.1)
    log = server.log.read_text()
    assert "POST /v1/decide 200 " in log
    assert "POST /v1/decide 499 " in log
    assert "GET - 404 " in log
    assert ANNA not in log
    assert "127.0.0.1:" not in log.replace(f"127.0.0.1:{server.port}", "")
