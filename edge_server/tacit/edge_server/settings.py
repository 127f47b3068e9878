"""Settings of the edge: one frozen value, from a TOML file, the environment and arguments."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Literal, get_args

from tacit.edge_server.headers import HeaderSignal
from tacit.runtime import cookie_size

ENV_PREFIX: Final = "TACIT_"
MIN_TOKEN: Final = 16
_COUNTS: Final = (
    "max_body_bytes",
    "max_signals",
    "max_surfaces",
    "max_records",
    "max_concurrency",
    "max_connections",
    "metrics_batch",
)
_SECONDS: Final = (
    "request_timeout_s",
    "transfer_timeout_s",
    "header_timeout_s",
    "poll_s",
    "settle_s",
)
Form = Literal["public", "full"]
_KIND: Final = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
_BOOLS: Final = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


class SettingsError(ValueError):
    """A setting is unknown, of the wrong kind or out of range. The text names it, not its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How an edge behaves. The defaults are safe behind a CDN or a proxy.

    In a TOML file the names are those below and `[headers.SIGNAL]` tables hold the mapping; in the
    environment they are TACIT_HOST, TACIT_TRACE_TOKEN and so on, lists separated by commas.
    """

    bundle: Path | None = None
    """The file to serve and to watch. Needed by `serve`."""
    host: str = "127.0.0.1"
    port: int = 8080
    wait_for_bundle: bool = False
    """Start without a good bundle, not ready until one comes; else `serve` refuses to start."""

    trace_token: str | None = field(default=None, repr=False)
    """Bearer token for traces, at least 16 characters; None: no traces."""
    metrics_token: str | None = field(default=None, repr=False)
    """Bearer token for /metrics; None: open to whoever can connect."""
    allow_now: bool = False
    """Take `now` from requests. For tests and previews only."""
    device_surfaces: bool = False
    """Decide surfaces of place `device` as well. For previews only."""
    headers: tuple[HeaderSignal, ...] = ()
    """Signals taken from request headers; none by default."""
    form: Form = "public"
    """What is served as a bundle: `public` leaves debug names and audit out, `full` is the file."""
    state_cookie: str | None = None
    """Name of the cookie that keeps the device's state, such as `__Host-tacit`; None: no state."""
    state_keys: str | None = field(default=None, repr=False)
    """Keys of that cookie, `2:HEX,1:HEX`: the first seals, all open."""
    state_keys_file: Path | None = None
    """The same in a file, one on a line."""
    cors_origins: tuple[str, ...] = ()
    """Origins whose pages may call this server; `*` for any. None by default."""

    max_body_bytes: int = 65_536
    max_signals: int = 256
    max_surfaces: int = 256
    """Most surfaces one request may name; asking for all is not limited."""
    max_purposes: int = 64
    max_records: int = 64
    """Records in a request."""
    request_timeout_s: float = 10.0
    """From the end of the request's header to the end of its reply."""
    transfer_timeout_s: float = 120.0
    """The same, for a bundle."""
    header_timeout_s: float = 10.0
    """For a connection to send the whole header of a request."""
    max_concurrency: int = 1_000
    """Requests in work; more are told to come back. Health and metrics are not counted."""
    max_connections: int = 2_000
    """Open connections; more are refused."""

    poll_s: float = 1.0
    """How often the bundle's file is looked at."""
    settle_s: float = 0.2
    """How long a changed file must stay as it is before it is read."""
    bundle_max_age_s: int = 5
    """How long caches may hold /v1/bundle without asking."""
    metrics_batch: int = 20
    """Decisions of a surface are added to the published counts this many at a time, at least."""
    log_level: str = "info"

    def __post_init__(self) -> None:
        for name in _COUNTS:
            _require(getattr(self, name) >= 1, name, "must be at least 1")
        for name in _SECONDS:
            _require(0 < getattr(self, name) < 1e6, name, "must be more than 0 seconds")
        _require(self.max_purposes >= 0, "max_purposes", "must not be negative")
        _require(self.bundle_max_age_s >= 0, "bundle_max_age_s", "must not be negative")
        _require(0 <= self.port <= 65_535, "port", "must be from 0 to 65535")
        _require(self.form in get_args(Form), "form", f"must be one of {', '.join(get_args(Form))}")
        _require(
            self.log_level in ("debug", "info", "warning", "error"),
            "log_level",
            "must be debug, info, warning or error",
        )
        for token in ("trace_token", "metrics_token"):
            value = getattr(self, token)
            _require(
                value is None or len(value) >= MIN_TOKEN,
                token,
                f"must have at least {MIN_TOKEN} characters",
            )
        _require(
            (self.state_cookie is not None) == bool(self.state_keys or self.state_keys_file),
            "state_cookie",
            "and one of state_keys and state_keys_file go together",
        )
        _require(
            self.state_cookie is None or cookie_size.is_name(self.state_cookie),
            "state_cookie",
            "is not the name of a cookie",
        )
        _require(
            self.state_keys is None or self.state_keys_file is None,
            "state_keys",
            "and state_keys_file exclude each other",
        )
        names = [source.signal for source in self.headers]
        _require(len(set(names)) == len(names), "headers", "names a signal twice")

    @classmethod
    def load(
        cls,
        file: str | os.PathLike[str] | None = None,
        environment: Mapping[str, str] | None = None,
        **arguments: Any,
    ) -> Settings:
        """Defaults, then the TOML file, then the environment, then arguments that are not None.

        Raises SettingsError. `environment` is `os.environ` unless given.
        """
        chosen: dict[str, Any] = {} if file is None else _from_file(file)
        chosen |= _from_environment(os.environ if environment is None else environment)
        chosen |= {name: value for name, value in arguments.items() if value is not None}
        unknown = chosen.keys() - {each.name for each in fields(cls)}
        if unknown:
            raise SettingsError(f"unknown setting {sorted(unknown)[0]}")
        for name in ("bundle", "state_keys_file"):
            if chosen.get(name) is not None:
                chosen[name] = Path(chosen[name])
        return cls(**chosen)


def _require(holds: bool, name: str, message: str) -> None:
    if not holds:
        raise SettingsError(f"{name} {message}")


def _kind(each: Field[Any]) -> type:
    """The kind of a setting's value, by its default; None stands for a text."""
    default = None if each.default is MISSING else each.default
    return str if default is None else type(default)


def _from_file(file: str | os.PathLike[str]) -> dict[str, Any]:
    try:
        table = tomllib.loads(Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read the settings file: {error.strerror}") from None
    except ValueError as error:  # TOML or UTF-8
        # The position alone: the text of the error may quote a token.
        where = str(error).rpartition(" (")[2].rstrip(")") if " (" in str(error) else "its encoding"
        raise SettingsError(f"the settings file is not TOML: {where}") from None
    known = {each.name: each for each in fields(Settings)}
    chosen: dict[str, Any] = {}
    for name, value in table.items():
        if name not in known:
            raise SettingsError(f"unknown setting {name}")
        if name == "headers":
            chosen[name] = header_signals(value)
        elif (kind := _kind(known[name])) is tuple:
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                raise SettingsError(f"{name} must be a list of texts")
            chosen[name] = tuple(value)
        else:
            whole = kind is float and type(value) is int
            if type(value) is not kind and not whole:
                raise SettingsError(f"{name} must be {_KIND[kind]}")
            chosen[name] = kind(value)
    return chosen


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    for each in fields(Settings):
        variable = ENV_PREFIX + each.name.upper()
        text = environment.get(variable)
        if text is None or each.name == "headers":
            continue
        kind = _kind(each)
        try:
            if kind is bool:
                chosen[each.name] = _BOOLS[text.lower()]
            elif kind is tuple:
                chosen[each.name] = tuple(item.strip() for item in text.split(",") if item.strip())
            elif text or kind is not str:
                chosen[each.name] = kind(text)
        except (KeyError, ValueError):
            raise SettingsError(f"{variable} must be {_KIND[kind]}") from None
    return chosen


def header_signals(table: object) -> tuple[HeaderSignal, ...]:
    """The mapping from its TOML or JSON form: signal -> {read, header, body, offered}."""
    if not isinstance(table, Mapping):
        raise SettingsError("headers must be a table of signals")
    found: list[HeaderSignal] = []
    for signal, entry in table.items():
        name = f"headers.{signal}"
        if not isinstance(entry, Mapping):
            raise SettingsError(f"{name} must be a table")
        unknown = entry.keys() - {"read", "header", "body", "offered"}
        if unknown:
            raise SettingsError(f"{name} has an unknown key {sorted(unknown)[0]}")
        if "read" not in entry:
            raise SettingsError(f"{name} needs the key read")
        offered = entry.get("offered", [])
        texts = [value for key, value in entry.items() if key != "offered"]
        if not isinstance(offered, list) or not all(isinstance(v, str) for v in [*texts, *offered]):
            raise SettingsError(f"{name} has a value of the wrong kind")
        try:
            found.append(HeaderSignal(**{**entry, "signal": signal, "offered": tuple(offered)}))
        except ValueError as error:
            raise SettingsError(f"{name}: {error}") from None
    return tuple(found)
