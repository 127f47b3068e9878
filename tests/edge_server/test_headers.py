"""Request headers as signals."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers
from tacit.compiler import compile_project
from tacit.edge_server import HeaderSignal
from tacit.edge_server.devices import device_class
from tacit.edge_server.headers import READERS, fill
from tacit.edge_server.weighted import accepts_gzip, best_language, weighted

from .conftest import Edge, StartEdge
from .samples import project

COUNTRY = HeaderSignal("country", "country", "CF-IPCountry")
DEVICE = HeaderSignal("device", "device")
LANGUAGE = HeaderSignal("language", "language")


def read(source: HeaderSignal, *lines: tuple[str, str]) -> Any:
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in lines]
    return READERS[source.read](Headers(raw=raw), source)


# ------------------------------------------------------------------ weights


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("de-CH, de;q=0.9 ,en;q=0.5", [("de-ch", 1.0), ("de", 0.9), ("en", 0.5)]),
        ("en;q=0.5,de;q=0.9", [("de", 0.9), ("en", 0.5)]),
        ("a, b;q=1.000, c;q=0", [("a", 1.0), ("b", 1.0), ("c", 0.0)]),
        ("a;q=2, b;q=-1, c;q=0.1234, d;q=, e;q=nan, f;q=1e0, g", [("g", 1.0)]),
        ("a;level=1;q=0.3; Q=0.4", [("a", 0.4)]),
        (",, ;q=1,", []),
        ("x" * 1_001, []),
    ],
)
def test_weighted_lists(header: str, expected: list[tuple[str, float]]) -> None:
    assert weighted(header) == expected


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("br, GZIP;q=0.1", True),
        ("gzip;q=0", False),
        ("*", True),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("identity", False),
        ("x-gzip", False),
    ],
)
def test_accept_encoding(header: str | None, accepted: bool) -> None:
    assert accepts_gzip(header) is accepted


@pytest.mark.parametrize(
    ("header", "offered", "language"),
    [
        ("de-CH, en;q=0.5", (), "de"),
        ("en;q=0.5, fr;q=0.9", (), "fr"),
        ("*", (), None),
        ("", (), None),
        ("de;q=0", (), None),
        ("de_CH; drop table, es", (), "es"),
        ("de-CH-1996, en", ("en", "de"), "de"),
        ("de-CH", ("de-CH", "de"), "de-CH"),
        ("pt-BR, es;q=0.1", ("pt-PT", "es"), "es"),
        ("ja", ("en", "de"), None),
        ("ja, *;q=0.1", ("en", "de"), "en"),
        ("en;q=0, *", ("en", "de"), "de"),
        ("en;q=0, en-GB", ("en",), None),
        ("EN-us", ("en-US",), "en-US"),
    ],
)
def test_best_language(header: str, offered: tuple[str, ...], language: str | None) -> None:
    assert best_language(header, offered) == language


@given(st.text(alphabet=st.characters(max_codepoint=255)))
def test_no_header_breaks_a_parser(text: str) -> None:
    assert all(0 <= weight <= 1 for _, weight in weighted(text))
    accepts_gzip(text)
    assert best_language(text, ("en", "de")) in (None, "en", "de")
    assert device_class(text, text) in (None, "mobile", "tablet", "desktop", "bot")


# ------------------------------------------------------------------ devices

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)
PIXEL = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Mobile Safari/537.36"
)
GALAXY_TAB = (
    "Mozilla/5.0 (Linux; Android 14; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Safari/537.36"
)
WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Safari/537.36"
)
GOOGLEBOT = (
    "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like "
    "Gecko) Chrome/130.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/)"
)


@pytest.mark.parametrize(
    ("agent", "hint", "expected"),
    [
        (IPHONE, None, "mobile"),
        (PIXEL, None, "mobile"),
        (PIXEL, "?1", "mobile"),
        (GALAXY_TAB, None, "tablet"),
        (GALAXY_TAB, "?0", "tablet"),
        (IPHONE.replace("iPhone;", "iPad;"), None, "tablet"),
        (WINDOWS, None, "desktop"),
        (WINDOWS, "?0", "desktop"),
        (WINDOWS, "?1", "mobile"),  # the hint is newer than the frozen user agent
        (GOOGLEBOT, "?1", "bot"),
        ("curl/8.5.0", None, "bot"),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/130.0", None, "bot"),
        ("Mozilla/5.0 (X11; Cubot) Firefox/130", None, "bot"),  # coarse: the page says so
        (None, None, None),
        (None, "?1", "mobile"),
        (None, "?0", "desktop"),
        ("something new", "nonsense", "desktop"),
    ],
)
def test_device_classes(agent: str | None, hint: str | None, expected: str | None) -> None:
    assert device_class(agent, hint) == expected


# ------------------------------------------------------------------ readers


@pytest.mark.parametrize(
    ("value", "country"),
    [
        ("DE", "DE"),
        ("de", "DE"),
        (" fr ", "FR"),
        ("XX", None),
        ("T1", None),
        ("DEU", None),
        ("D", None),
        ("", None),
        ("ßß", None),
    ],
)
def test_country(value: str, country: str | None) -> None:
    assert read(COUNTRY, ("CF-IPCountry", value)) == country


def test_a_header_sent_twice_is_nobodys_word() -> None:
    assert read(COUNTRY, ("CF-IPCountry", "DE"), ("cf-ipcountry", "US")) is None


def test_lists_may_come_in_several_lines() -> None:
    assert read(LANGUAGE, ("Accept-Language", "en;q=0.5"), ("Accept-Language", "da")) == "da"


@pytest.mark.parametrize(
    ("value", "flag"),
    [("1", True), ("?1", True), ("On", True), ("?0", False), ("false", False), ("yes", None)],
)
def test_flag(value: str, flag: bool | None) -> None:
    assert read(HeaderSignal("saver", "flag", "Save-Data"), ("Save-Data", value)) is flag


def test_text() -> None:
    source = HeaderSignal("campaign", "text", "X-Campaign")
    assert read(source, ("X-Campaign", " spring ")) == "spring"
    assert read(source, ("X-Campaign", "früh")) is None
    assert read(source, ("X-Campaign", "x" * 1_001)) is None
    assert read(source) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"read": "cookie"},
        {"read": "country"},
        {"read": "country", "header": "not a header"},
        {"read": "country", "header": ""},
        {"read": "device", "body": "maybe"},
        {"read": "device", "offered": ("mobile",)},
    ],
)
def test_a_mapping_that_makes_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        HeaderSignal("country", **wrong)


# ------------------------------------------------------------------ precedence


@pytest.mark.parametrize(
    ("body_counts", "header", "body", "expected", "not_read"),
    [
        ("ignored", "DE", "US", "DE", ("country",)),
        ("ignored", None, "US", None, ("country",)),
        ("ignored", "DE", None, "DE", ()),
        ("fallback", "DE", "US", "DE", ("country",)),
        ("fallback", None, "US", "US", ()),
        ("fallback", None, None, None, ()),
        ("preferred", "DE", "US", "US", ()),
        ("preferred", "DE", None, "DE", ()),
        ("preferred", None, "US", "US", ()),
    ],
)
def test_which_of_header_and_body_counts(
    body_counts: str,
    header: str | None,
    body: str | None,
    expected: str | None,
    not_read: tuple[str, ...],
) -> None:
    source = HeaderSignal("country", "country", "X-Country", body=body_counts)
    sent = {} if body is None else {"country": body}
    filled = fill((source,), Headers({} if header is None else {"X-Country": header}), sent)
    assert filled.signals.get("country") == expected
    assert filled.not_read == not_read
    assert sent == ({} if body is None else {"country": body})


def test_headers_decide(start: StartEdge) -> None:
    edge = start(headers=(COUNTRY, DEVICE, LANGUAGE))
    request = {"CF-IPCountry": "DE", "User-Agent": WINDOWS, "Sec-CH-UA-Mobile": "?1"}
    reply = edge.trace({"signals": {"country": "US", "basket": 3}}, **request)
    variants = {name: each["variant"] for name, each in reply["surfaces"].items()}
    assert variants == {
        "hero": "local",
        "offer": "basket",
        "layout": "narrow",
        "notice": "standard",
    }
    assert reply["trace"] == {"from_headers": ["country", "device"], "not_read": ["country"]}


def test_nothing_is_read_from_headers_unless_declared(edge: Edge) -> None:
    reply = edge.trace({}, **{"CF-IPCountry": "DE", "User-Agent": IPHONE})
    assert reply["surfaces"]["hero"]["variant"] == "classic"
    assert reply["surfaces"]["layout"]["unknown"] == ["device"]


def test_only_request_signals_are_filled(start: StartEdge) -> None:
    """A header must not speak for what the bundle says comes from the device or the person."""
    edge = start(headers=(HeaderSignal("tier", "text", "X-Tier"),), device_surfaces=True)
    drawer = {"surfaces": ["drawer"]}
    reply = edge.trace(drawer, **{"X-Tier": "gold"})
    assert reply["surfaces"]["drawer"]["unknown"] == ["tier"]
    # Nor does the mapping take the body's word away then.
    reply = edge.trace(drawer | {"signals": {"tier": "gold"}})
    assert reply["surfaces"]["drawer"]["variant"] == "open"


def test_a_bundle_without_audit_leaves_it_to_the_mapping(start: StartEdge) -> None:
    public = start().client.get("/v1/bundle").content
    edge = start(
        bundle=public, headers=(HeaderSignal("tier", "text", "X-Tier"),), device_surfaces=True
    )
    reply = edge.trace({"surfaces": ["drawer"]}, **{"X-Tier": "gold"})
    assert reply["surfaces"]["drawer"]["variant"] == "open"


def test_the_mapping_follows_the_bundle(start: StartEdge) -> None:
    edge = start(headers=(COUNTRY,))
    german = {"CF-IPCountry": "DE"}
    assert edge.decide({}, headers=german)["surfaces"]["hero"]["variant"] == "local"
    source = project()
    source["signals"]["country"]["source"] = "declared"
    edge.store.put(compile_project(source).bytes)
    assert edge.decide({}, headers=german)["surfaces"]["hero"]["variant"] == "classic"
