"""Settings from a file, the environment and arguments."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any

import pytest
from tacit.edge_server import HeaderSignal, Settings, SettingsError

SECRET = "not-to-be-shown-0123456789"


def written(folder: Path, text: str) -> Path:
    path = folder / "edge.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_later_sources_win(tmp_path: Path) -> None:
    file = written(tmp_path, 'host = "0.0.0.0"\nport = 1\nmax_signals = 7\n')
    settings = Settings.load(
        file, {"TACIT_PORT": "2", "TACIT_BUNDLE": "a.tacit"}, port=3, host=None
    )
    assert (settings.host, settings.port, settings.max_signals) == ("0.0.0.0", 3, 7)
    assert settings.bundle == Path("a.tacit")
    assert Settings.load(None, {}) == Settings()


def test_everything_a_file_may_say(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        """
        bundle = "shop.tacit"
        trace_token = "0123456789abcdef"
        allow_now = true
        request_timeout_s = 3
        poll_s = 0.5
        form = "full"
        cors_origins = ["https://shop.example"]

        [headers.country]
        read = "country"
        header = "CF-IPCountry"

        [headers.language]
        read = "language"
        offered = ["en", "de"]
        body = "preferred"
        """,
    )
    settings = Settings.load(file, {})
    assert settings.allow_now is True
    assert (settings.request_timeout_s, settings.poll_s) == (3.0, 0.5)
    assert type(settings.request_timeout_s) is float
    assert settings.cors_origins == ("https://shop.example",)
    assert settings.headers == (
        HeaderSignal("country", "country", "CF-IPCountry"),
        HeaderSignal("language", "language", None, "preferred", ("en", "de")),
    )


def test_the_environment_reaches_every_plain_setting() -> None:
    texts = {bool: "TRUE", int: "1", float: "1.5", str: "x" * 16, tuple: "a, b,"}
    special = {"form": "full", "log_level": "debug"}
    others = {"headers", "state_keys_file"}  # a table; not beside state_keys
    environment = {}
    for each in fields(Settings):
        if each.name in others:
            continue
        kind = str if each.default is None else type(each.default)
        environment[f"TACIT_{each.name.upper()}"] = special.get(each.name, texts[kind])
    settings = Settings.load(None, environment)
    assert settings.allow_now is settings.wait_for_bundle is settings.device_surfaces is True
    assert settings.cors_origins == ("a", "b")
    assert settings.headers == ()  # a table: file or argument only
    changed = {each.name for each in fields(Settings)} - others
    assert {name for name in changed if getattr(settings, name) != getattr(Settings(), name)} == (
        changed
    )


def test_an_empty_variable_is_not_a_token() -> None:
    assert Settings.load(None, {"TACIT_TRACE_TOKEN": ""}).trace_token is None


def test_tokens_are_not_shown() -> None:
    assert SECRET not in repr(Settings(trace_token=SECRET, metrics_token=SECRET))


def test_settings_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prot = 1", "unknown setting prot"),
        ("port = '80'", "port must be a whole number"),
        ("port = true", "port must be a whole number"),
        ("port = 65536", "port must be from 0 to 65535"),
        ("allow_now = 1", "allow_now must be true or false"),
        ("poll_s = '1'", "poll_s must be a number"),
        ("poll_s = nan", "poll_s must be more than 0 seconds"),
        ("settle_s = 0", "settle_s must be more than 0 seconds"),
        ("max_concurrency = 0", "max_concurrency must be at least 1"),
        ("cors_origins = 'x'", "cors_origins must be a list of texts"),
        ("form = 'secret'", "form must be one of public, full"),
        ("log_level = 'loud'", "log_level must be"),
        ("trace_token = 'short'", "trace_token must have at least 16 characters"),
        (f"trace_token = '{SECRET}' oops", "the settings file is not TOML: at line 1"),
        (f"trace_token = '{SECRET}", "the settings file is not TOML"),
        ("headers = 1", "headers must be a table"),
        ("[headers]\ncountry = 1", "headers.country must be a table"),
        ("[headers.country]", "headers.country needs the key read"),
        ("[headers.country]\nread = 'country'\nname = 'X'", "headers.country has an unknown key"),
        ("[headers.country]\nread = 5", "headers.country has a value of the wrong kind"),
        ("[headers.country]\nread = 'country'", "headers.country: read = 'country' needs a header"),
        ("[headers.d]\nread = 'device'\noffered = 'x'", "wrong kind"),
    ],
)
def test_wrong_files(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError) as error:
        Settings.load(written(tmp_path, text), {})
    assert message in str(error.value)
    assert SECRET not in str(error.value)


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot read the settings file"):
        Settings.load(tmp_path / "edge.toml", {})
    (tmp_path / "edge.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="not TOML"):
        Settings.load(tmp_path / "edge.toml", {})


@pytest.mark.parametrize(
    ("variable", "text"),
    [("PORT", "http"), ("ALLOW_NOW", "maybe"), ("POLL_S", "soon"), ("PORT", "")],
)
def test_wrong_variables(variable: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"TACIT_{variable} must be"):
        Settings.load(None, {f"TACIT_{variable}": text})


@pytest.mark.parametrize(
    "wrong", [{"max_signals": -1}, {"bundle_max_age_s": -1}, {"port": -1}, {"unheard_of": 1}]
)
def test_wrong_arguments(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        Settings.load(None, {}, **wrong)


def test_one_header_per_signal() -> None:
    twice = (HeaderSignal("a", "device"), HeaderSignal("a", "language"))
    with pytest.raises(SettingsError, match="headers names a signal twice"):
        Settings(headers=twice)


def test_the_page_lists_every_setting() -> None:
    page = (Path(__file__).parents[2] / "docs" / "EDGE.md").read_text(encoding="utf-8")
    for each in fields(Settings):
        assert f"| `{each.name}` |" in page
