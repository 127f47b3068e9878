"""Bundles over HTTP: by hash and the current one."""

from __future__ import annotations

import gzip
from hashlib import sha256

import anyio
import msgpack
import pytest
from tacit.edge_server.bundles import Pieces
from tacit.runtime import Bundle
from tacit.runtime.format import Section

from .conftest import Edge, StartEdge
from .remembering import remembering
from .samples import compiled


def section_ids(bundle: bytes) -> set[int]:
    return {number for number, _ in msgpack.unpackb(bundle)[3]}


def test_the_current_bundle_names_its_hash(edge: Edge) -> None:
    current = edge.client.get("/v1/bundle", headers={"Accept-Encoding": "identity"})
    digest = sha256(current.content).hexdigest()
    assert current.headers["ETag"] == f'"sha256-{digest}"'
    assert current.headers["Content-Location"] == f"/b/sha256-{digest}"
    assert current.headers["Content-Type"] == "application/vnd.tacit.bundle"
    assert current.headers["Content-Length"] == str(len(current.content))
    assert current.headers["Cache-Control"].startswith("public, max-age=5,")
    assert current.headers["Vary"] == "Accept-Encoding"
    by_hash = edge.client.get(current.headers["Content-Location"])
    assert by_hash.content == current.content
    assert by_hash.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_public_form_decides_the_same_and_says_less(edge: Edge) -> None:
    public = edge.client.get("/v1/bundle").content
    assert section_ids(compiled()) == set(Section) - {Section.STATE}
    assert section_ids(public) == {Section.PROGRAM, Section.CONTENT, Section.EXPLANATIONS}
    for name in (b"shoe-fans", b'"shoes" in viewing', b"legal"):
        assert name in compiled()
        assert name not in public
    signals = {"country": "DE", "basket": 4}
    ours, theirs = Bundle.load(compiled()), Bundle.load(public)
    for surface in ("hero", "offer", "layout", "drawer", "notice"):
        a, b = ours.decide(surface, signals), theirs.decide(surface, signals)
        assert (a.variant, a.content, a.reason) == (b.variant, b.content, b.reason)


def test_public_form_keeps_what_devices_are_to_remember(start: StartEdge) -> None:
    public = start(bundle=remembering()).client.get("/v1/bundle").content
    assert section_ids(remembering()) == {Section.PROGRAM, Section.DEBUG, Section.STATE}
    assert section_ids(public) == {Section.PROGRAM, Section.STATE}
    assert Bundle.load(public).surfaces == ("hero", "offer")


def test_the_full_form_is_the_file(start: StartEdge) -> None:
    edge = start(form="full")
    assert edge.client.get("/v1/bundle").content == compiled()


def test_a_bundle_that_is_public_already_is_served_as_it_is(edge: Edge, start: StartEdge) -> None:
    public = edge.client.get("/v1/bundle").content
    assert start(bundle=public).client.get("/v1/bundle").content == public


@pytest.mark.parametrize("path", ["/v1/bundle", "by hash"])
def test_gzip_where_accepted(edge: Edge, path: str) -> None:
    if path == "by hash":
        path = f"/b/sha256-{edge.store.current.served.digest}"
    plain = edge.client.get(path, headers={"Accept-Encoding": "br"})
    packed = edge.client.get(path, headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert packed.content == plain.content  # unpacked by the client
    assert int(packed.headers["Content-Length"]) < len(plain.content)
    assert packed.headers["ETag"] == "W/" + plain.headers["ETag"]


def test_caches_keep_pages_of_other_origins_apart(start: StartEdge) -> None:
    """Else a page gets what was stored for somebody who named no origin, and may not read it."""
    edge = start(cors_origins=("https://shop.example",))
    for sent in ({}, {"Origin": "https://shop.example"}, {"Origin": "https://other.example"}):
        varies = edge.client.get("/v1/bundle", headers=sent).headers["Vary"].split(", ")
        assert sorted(varies) == ["Accept-Encoding", "Origin"], sent


def test_gzip_bytes_unpack_to_the_hash(edge: Edge) -> None:
    served = edge.store.current.served
    assert sha256(gzip.decompress(served.gzipped)).hexdigest() == served.digest


@pytest.mark.parametrize("path", ["/v1/bundle", "by hash"])
def test_if_none_match(edge: Edge, path: str) -> None:
    if path == "by hash":
        path = f"/b/sha256-{edge.store.current.served.digest}"
    tag = edge.client.get(path, headers={"Accept-Encoding": "identity"}).headers["ETag"]
    for sent in (tag, f"W/{tag}", f'"other", {tag}', "*", f'"a,b" , W/{tag}'):
        reply = edge.client.get(path, headers={"If-None-Match": sent})
        assert reply.status_code == 304, sent
        assert reply.content == b""
        assert reply.headers["ETag"] in (tag, f"W/{tag}")
        assert "Cache-Control" in reply.headers
        assert "Vary" in reply.headers
    for sent in ('"other"', tag.strip('"'), "", f'"{tag[1:-2]}"'):
        assert edge.client.get(path, headers={"If-None-Match": sent}).status_code == 200, sent


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_head_is_get_without_its_body(edge: Edge, encoding: str) -> None:
    for path in ("/v1/bundle", f"/b/sha256-{edge.store.current.served.digest}"):
        got = edge.client.get(path, headers={"Accept-Encoding": encoding})
        head = edge.client.head(path, headers={"Accept-Encoding": encoding})
        assert head.status_code == 200
        assert head.content == b""
        assert head.headers == got.headers


def test_bundles_just_replaced_can_still_be_had(edge: Edge) -> None:
    digests = []
    for version in range(1, 7):
        edge.store.put(compiled(version))
        digests.append(edge.store.current.served.digest)
    there = [edge.client.get(f"/b/sha256-{digest}").status_code for digest in digests]
    assert there == [404, 404, 200, 200, 200, 200]


def test_going_back_to_an_old_bundle_keeps_it(edge: Edge) -> None:
    first = edge.store.current.served.digest
    for version in (2, 3, 4, 1, 5, 6, 7):
        edge.store.put(compiled(version))
    assert edge.client.get(f"/b/sha256-{first}").status_code == 200


def test_a_large_bundle_goes_out_in_pieces(edge: Edge) -> None:

    body = bytes(range(256)) * 1_000
    sent: list[dict[str, object]] = []

    async def collect(message: dict[str, object]) -> None:
        sent.append(message)

    anyio.run(Pieces(body), {"type": "http", "method": "GET"}, None, collect)
    pieces = [message["body"] for message in sent[1:]]
    assert b"".join(pieces) == body  # type: ignore[arg-type]
    assert max(map(len, pieces)) == 65_536  # type: ignore[arg-type]
    assert [message["more_body"] for message in sent[1:]] == [True] * 4 + [False]


def test_without_a_bundle(start: StartEdge) -> None:
    reply = start(bundle=None).client.get("/v1/bundle")
    assert (reply.status_code, reply.json()["code"]) == (503, "no_bundle")
