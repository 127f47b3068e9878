"""An edge that keeps the state of a device in the device's own cookie."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from tacit.edge_server import FileStore, MemoryStore, Outcome, Settings, SettingsError, loader
from tacit.edge_server.cookie import Keys, Refused, SealedCookie
from tacit.edge_server.kept import OUTCOMES
from tacit.edge_server.loaded import StateTooLargeError
from tacit.runtime import Bundle, cookie_size
from tacit.runtime.state import DeviceState

from .conftest import Edge, StartEdge
from .remembering import HOUR_MS, PROJECT, PURPOSE, remembering
from .samples import NOW_MS, ManualClock, compiled

NAME = cookie_size.NAME
OLD, NEW = "11" * 32, "22" * 32
KEYS = f"1:{OLD}"
VIEW = {"event": "viewed", "fields": {"kind": "shoes"}}
GRANTED = {"consent": [PURPOSE]}


@pytest.fixture
def keeping(start: StartEdge) -> Callable[..., Edge]:
    def _start(bundle: bytes = remembering(), **settings: Any) -> Edge:
        return start(bundle, **{"state_cookie": NAME, "state_keys": KEYS, **settings})

    return _start


class Browser:
    """Keeps the cookie between requests, as a browser does."""

    def __init__(self, edge: Edge, cookie: str | None = None) -> None:
        self.edge = edge
        self.cookie = cookie
        self.set: str | None = None

    def ask(self, **body: Any) -> Any:
        headers = {} if self.cookie is None else {"Cookie": f"other=1; {NAME}={self.cookie}"}
        reply = self.edge.client.post("/v1/decide", json=GRANTED | body, headers=headers)
        assert reply.status_code == 200, reply.text
        assert reply.headers["Cache-Control"] == "private, no-store"
        self.set = reply.headers.get("Set-Cookie")
        if self.set is not None:
            morsel = SimpleCookie(self.set)[NAME]
            self.cookie = morsel.value if morsel["max-age"] != "0" else None
        self.edge.client.cookies.clear()
        return reply.json()

    def hero(self, **body: Any) -> str:
        return str(self.ask(surfaces=["hero"], **body)["surfaces"]["hero"]["variant"])

    def state(self) -> Any:
        return self.ask(export=True)["state"]


def counts(edge: Edge) -> dict[str, float]:
    text = edge.client.get("/metrics").text
    return {
        outcome: float(line.split()[-1])
        for line in text.splitlines()
        for outcome in OUTCOMES
        if line.startswith(f'tacit_state_cookies_total{{outcome="{outcome}"}}')
    }


# ------------------------------------------------------------------ remembering


def test_what_was_recorded_is_remembered(keeping: Callable[..., Edge]) -> None:
    edge = keeping()
    browser, other = Browser(edge), Browser(edge)
    assert browser.hero() == "classic"
    assert browser.set is None  # nothing has happened yet
    assert browser.hero(records=[VIEW]) == "classic"
    assert browser.set is not None
    assert browser.set.endswith("; Path=/; Max-Age=172800; HttpOnly; Secure; SameSite=Lax")
    assert browser.hero(records=[VIEW]) == "shoes"  # recorded first, then decided
    assert browser.hero() == "shoes"
    assert browser.set is None
    assert other.hero() == "classic"  # the server keeps nothing
    edge.clock.pass_s(25 * 3_600)
    assert browser.hero() == "classic"
    assert counts(edge) == {"sealed": 2, "opened": 3}


def test_records_tell_whether_they_were_taken(keeping: Callable[..., Edge]) -> None:
    browser = Browser(keeping())
    records = [
        VIEW | {"nonce": "n1"},
        VIEW | {"nonce": "n1"},
        VIEW | {"at": NOW_MS - HOUR_MS},
        VIEW | {"at": NOW_MS + 1},
        {"event": "unheard"},
        {"shown": "hero", "variant": "shoes"},
        {"shown": "hero", "variant": "gone"},
        {"shown": "gone", "variant": "shoes"},
        {"clicked": "offer", "variant": "mug", "nonce": "n2"},
        {"dismissed": "offer"},
    ]
    taken = browser.ask(records=records)["recorded"]
    assert taken == [True, False, True, False, False, True, False, False, True, False]
    assert browser.ask(records=[VIEW | {"nonce": "n1"}, VIEW])["recorded"] == [False, True]
    assert browser.ask(records=[])["recorded"] == []
    assert "recorded" not in browser.ask()


def test_caps_hold(keeping: Callable[..., Edge]) -> None:
    browser = Browser(keeping())
    shown = {"shown": "hero", "variant": "shoes"}
    assert browser.hero(records=[VIEW, VIEW]) == "shoes"
    assert browser.hero(records=[shown]) == "shoes"
    assert browser.hero(records=[shown]) == "classic"


def test_shown_at_once(keeping: Callable[..., Edge]) -> None:
    """A page that shows whatever is decided need not say so afterwards, and the rule is known."""
    edge = keeping()
    browser = Browser(edge)
    assert [browser.hero(records=[VIEW, VIEW], shown=True), browser.hero(shown=True)] == [
        "shoes",
        "shoes",
    ]
    assert browser.hero(shown=True) == "classic"
    buyer = {"signals": {"buyer": True}, "surfaces": ["offer"]}
    assert browser.ask(**buyer, shown=True)["surfaces"]["offer"]["variant"] == "mug"
    traced = edge.client.post(
        "/v1/decide",
        json=GRANTED | buyer,
        headers={
            "Cookie": f"{NAME}={browser.cookie}",
            "Tacit-Trace": "1",
            "Authorization": "Bearer a-token-for-traces-0123",
        },
    ).json()["surfaces"]["offer"]
    assert (traced["variant"], traced["reason"], traced["rule"]) == ("mug", "KEPT", "buyers")


def test_sessions_have_the_hosts_names(keeping: Callable[..., Edge]) -> None:
    edge = keeping()
    browser = Browser(edge)
    numbers = []
    for session in ("a", "a", "b"):
        browser.ask(records=[VIEW], session=session)
        assert browser.cookie is not None
        data = SealedCookie(Keys.parse(KEYS), project=PROJECT).open(browser.cookie, NOW_MS)
        assert isinstance(data, bytes)
        numbers.append(
            DeviceState.load(Bundle.load(remembering()), data, NOW_MS)._data.session.number
        )
    assert numbers == [numbers[0], numbers[0], numbers[0] + 1]


def test_consent_withdrawn_erases(keeping: Callable[..., Edge]) -> None:
    browser = Browser(keeping())
    assert browser.hero(records=[VIEW, VIEW]) == "shoes"
    assert browser.hero(consent=[]) == "classic"
    assert browser.set is not None
    assert browser.hero() == "classic"  # granted again, and nothing came back


def test_what_the_person_says(keeping: Callable[..., Edge]) -> None:
    browser = Browser(keeping())
    assert browser.hero(records=[VIEW, VIEW]) == "shoes"
    for target in ({"surface": "hero", "variant": "shoes"}, {"surface": "hero"}, {"topic": "feet"}):
        for said in ("not_interested", "less_of"):
            assert browser.hero(records=[{said: target}]) == "classic"
            assert browser.hero() == "classic"
            assert browser.hero(records=[{"undo": target}]) == "shoes"
    unknown = [{"not_interested": {"topic": "hands"}}, {"undo": {"surface": "hero"}}]
    assert browser.ask(records=unknown)["recorded"] == [False, False]


def test_off_and_on(keeping: Callable[..., Edge]) -> None:
    browser = Browser(keeping())
    browser.ask(records=[VIEW, VIEW])
    assert browser.hero(records=[{"turn_off": True}]) == "classic"
    assert browser.ask(records=[VIEW, {"not_interested": {"topic": "feet"}}])["recorded"] == [
        False,
        False,
    ]
    assert browser.cookie is not None  # which says that it is off
    assert browser.hero(records=[{"turn_on": True}, VIEW, VIEW]) == "shoes"


def test_erasing_removes_the_cookie(keeping: Callable[..., Edge]) -> None:
    edge = keeping()
    browser = Browser(edge)
    browser.ask(records=[VIEW, VIEW])
    assert browser.hero(records=[{"erase": True}]) == "classic"
    assert browser.set == f"{NAME}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"
    assert browser.cookie is None
    assert counts(edge)["removed"] == 1
    assert browser.hero(records=[{"erase": True}]) == "classic"
    assert browser.set is None


def test_the_person_may_see_it(keeping: Callable[..., Edge]) -> None:
    browser = Browser(keeping())
    browser.ask(records=[VIEW])
    exported = browser.state()
    assert isinstance(exported, dict)
    assert exported
    assert "state" not in browser.ask()


# ------------------------------------------------------------------ cookies that do not count


def sealed(data: bytes, at: int = NOW_MS, **changes: Any) -> str:
    how = {"keys": Keys.parse(KEYS), "project": PROJECT, **changes}
    return SealedCookie(how.pop("keys"), **how).seal(data, at)


def good(project: str = PROJECT) -> bytes:
    state = DeviceState(Bundle.load(remembering(project)), NOW_MS, consent=[PURPOSE])
    for _ in range(2):
        state.record_event("viewed", {"kind": "shoes"}, now=NOW_MS)
    return state.bytes


BAD: dict[str, Callable[[], str]] = {
    Refused.TOO_LARGE: lambda: "A" * 4_097,
    Refused.MALFORMED: lambda: "not-a-cookie",
    Refused.OTHER_VERSION: lambda: "AQ" * 40,
    Refused.UNKNOWN_KEY: lambda: sealed(good(), keys=Keys.parse(f"7:{NEW}")),
    Refused.FORGED: lambda: sealed(good(), project="another"),
    Refused.TOO_OLD: lambda: sealed(good(), NOW_MS - 48 * HOUR_MS - 1),
    "foreign": lambda: sealed(b"no state"),
}


def test_a_good_cookie_counts(keeping: Callable[..., Edge]) -> None:
    edge = keeping()
    assert Browser(edge, sealed(good())).hero() == "shoes"
    assert counts(edge) == {"opened": 1}


@pytest.mark.parametrize("cause", BAD)
def test_a_bad_cookie_is_a_fresh_state_and_is_counted(
    keeping: Callable[..., Edge], caplog: pytest.LogCaptureFixture, cause: str
) -> None:
    caplog.set_level(logging.DEBUG, logger="tacit")
    edge = keeping()
    value = "AgAA" * 15 if cause == Refused.OTHER_VERSION else BAD[cause]()
    browser = Browser(edge, value)
    assert browser.hero() == "classic"
    assert counts(edge)[cause] == 1
    assert "opened" not in counts(edge)
    assert value not in caplog.text
    assert value not in edge.client.get("/metrics").text
    browser.cookie = value
    assert browser.hero(records=[VIEW, VIEW]) == "shoes"  # recorded into the fresh one
    assert browser.hero() == "shoes"


def test_a_state_of_another_project_is_foreign(keeping: Callable[..., Edge]) -> None:
    edge = keeping()
    assert Browser(edge, sealed(good("bakery"))).hero() == "classic"
    assert counts(edge) == {"foreign": 1, "removed": 1}


def test_rotation(keeping: Callable[..., Edge]) -> None:
    value = sealed(good())
    turned = keeping(state_keys=f"2:{NEW},1:{OLD}")
    browser = Browser(turned, value)
    assert browser.hero() == "shoes"
    assert browser.set is None
    browser.ask(records=[VIEW])
    gone = Browser(keeping(state_keys=f"2:{NEW}"), browser.cookie)
    assert gone.hero() == "shoes"
    assert Browser(gone.edge, value).hero() == "classic"


def test_a_state_that_grew_beyond_the_cookie(
    keeping: Callable[..., Edge], monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = keeping()
    browser = Browser(edge, sealed(good()))
    before = browser.cookie
    monkeypatch.setattr(SealedCookie, "fits", lambda *_: False)
    assert browser.hero(records=[VIEW]) == "shoes"
    assert (browser.set, browser.cookie) == (None, before)
    assert counts(edge)["does_not_fit"] == 1


# ------------------------------------------------------------------ requests


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"records": {}}, "invalid_request"),
        ({"records": [VIEW] * 65}, "too_many_records"),
        ({"records": [None]}, "invalid_request"),
        ({"records": [{}]}, "invalid_request"),
        ({"records": [{"event": "viewed", "shown": "hero"}]}, "invalid_request"),
        ({"records": [VIEW | {"more": 1}]}, "invalid_request"),
        ({"records": [{"event": ""}]}, "invalid_request"),
        ({"records": [{"event": "x" * 129}]}, "invalid_request"),
        ({"records": [{"event": 1}]}, "invalid_request"),
        ({"records": [VIEW | {"fields": []}]}, "invalid_request"),
        ({"records": [VIEW | {"fields": {str(n): n for n in range(65)}}]}, "invalid_request"),
        ({"records": [VIEW | {"at": -1}]}, "invalid_request"),
        ({"records": [VIEW | {"at": 1.5}]}, "invalid_request"),
        ({"records": [VIEW | {"at": True}]}, "invalid_request"),
        ({"records": [VIEW | {"nonce": 5}]}, "invalid_request"),
        ({"records": [{"shown": "hero"}]}, "invalid_request"),
        ({"records": [{"clicked": None}]}, "invalid_request"),
        ({"records": [{"clicked": "hero", "variant": 1}]}, "invalid_request"),
        ({"records": [{"less_of": "hero"}]}, "invalid_request"),
        ({"records": [{"less_of": {}}]}, "invalid_request"),
        ({"records": [{"less_of": {"variant": "shoes"}}]}, "invalid_request"),
        ({"records": [{"undo": {"topic": "feet", "surface": "hero"}}]}, "invalid_request"),
        ({"records": [{"undo": {"topic": None}}]}, "invalid_request"),
        ({"records": [{"erase": False}]}, "invalid_request"),
        ({"records": [{"erase": 1}]}, "invalid_request"),
        ({"shown": "hero"}, "invalid_request"),
        ({"session": 5}, "invalid_request"),
        ({"export": None}, "invalid_request"),
    ],
)
def test_wrong_records_are_refused_whole(
    keeping: Callable[..., Edge], body: dict[str, Any], code: str
) -> None:
    edge = keeping()
    reply = edge.client.post("/v1/decide", json=body)
    assert (reply.status_code, reply.json()["code"]) == (400, code)
    assert "Set-Cookie" not in reply.headers


def test_odd_values_in_records_are_no_error(keeping: Callable[..., Edge]) -> None:
    body = (
        '{"records": [{"event": "\\ud800", "nonce": "\\ud800"},'
        ' {"shown": "\\ud800", "variant": "x"},'
        ' {"event": "viewed", "fields": {"kind": [1e999], "\\ud800": null}},'
        ' {"event": "viewed", "fields": {"kind": "\\ud800"}},'
        ' {"not_interested": {"topic": "\\ud800"}}], "session": "\\ud800",'
        ' "consent": ["personalization"]}'
    )
    reply = keeping().client.post(
        "/v1/decide", content=body, headers={"Content-Type": "application/json"}
    )
    assert reply.status_code == 200, reply.text
    assert reply.json()["recorded"] == [False] * 5


@pytest.mark.parametrize("body", [{"records": []}, {"shown": False}, {"export": True}])
def test_an_edge_that_keeps_nothing_says_so(start: StartEdge, body: dict[str, Any]) -> None:
    reply = start(compiled()).client.post("/v1/decide", json=body)
    assert (reply.status_code, reply.json()["code"]) == (400, "records_not_kept")


def test_a_bundle_that_wants_nothing_remembered(keeping: Callable[..., Edge]) -> None:
    """A page must not break because the new bundle has no memory any more."""
    edge = keeping(compiled())
    browser = Browser(edge, sealed(good()))
    reply = browser.ask(records=[VIEW, VIEW], shown=True, export=True)
    assert (reply["recorded"], browser.set) == ([False, False], None)
    assert "state" not in reply
    assert counts(edge) == {}


# ------------------------------------------------------------------ settings and start


def settings(**changes: Any) -> Settings:
    return Settings(**{"state_cookie": NAME, "state_keys": KEYS, **changes})


def test_a_state_that_cannot_fit_is_refused_at_the_start(tmp_path: Path) -> None:
    most = cookie_size.largest_state()
    clock = ManualClock()
    store = MemoryStore(loader(settings(), clock), clock)
    store.put(remembering(largest=most))
    with pytest.raises(StateTooLargeError):
        store.put(remembering(largest=most + 1))
    assert store.status.error == "state_too_large"
    assert store.current is not None  # the old one stays
    path = tmp_path / "bundle.tacit"
    path.write_bytes(remembering(largest=most + 1))
    files = FileStore(path, loader(settings(), clock), clock)
    assert (files.reload(), files.status.error) == (Outcome.REFUSED, "state_too_large")
    without = FileStore(path, loader(Settings(), clock), clock)
    assert without.reload() is Outcome.CHANGED


def test_keys_from_the_environment_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"2:{NEW}\n1:{OLD}\n")
    texts = {"TACIT_STATE_COOKIE": NAME, "TACIT_STATE_KEYS": KEYS}
    assert Settings.load(None, texts) == settings()
    from_file = {"TACIT_STATE_COOKIE": NAME, "TACIT_STATE_KEYS_FILE": str(file)}
    chosen = Settings.load(None, from_file)
    assert chosen.state_keys_file == file
    clock = ManualClock()
    store = MemoryStore(loader(chosen, clock), clock)
    store.put(remembering())
    assert store.current is not None
    assert store.current.cookie is not None
    assert store.current.cookie.open(sealed(good()), NOW_MS) == good()


@pytest.mark.parametrize(
    "wrong",
    [
        {"state_keys": None},
        {"state_cookie": None},
        {"state_keys_file": Path("keys")},
        {"max_records": 0},
    ],
)
def test_settings_that_do_not_go_together(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        settings(**wrong)


@pytest.mark.parametrize("content", [None, b"", b"1:short", b"\xff\xfe", OLD.encode()])
def test_keys_that_cannot_be_used(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "keys"
    if content is not None:
        file.write_bytes(content)
    chosen = settings(state_keys=None, state_keys_file=file)
    with pytest.raises(SettingsError, match=r"^state_keys_file") as caught:
        loader(chosen, ManualClock())
    assert OLD not in str(caught.value)


def test_secrets_are_not_shown() -> None:
    assert OLD not in repr(settings())
    with pytest.raises(SettingsError, match=r"^state_keys") as caught:
        loader(settings(state_keys=f"{OLD}"), ManualClock())
    assert OLD not in str(caught.value)


def test_a_name_that_no_cookie_can_have() -> None:
    with pytest.raises(SettingsError, match="state_cookie"):
        settings(state_cookie="a cookie")
