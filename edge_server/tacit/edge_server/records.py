"""What a request says has happened: read from JSON, then recorded in a state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, TypeAlias, get_args

from tacit.edge_server.problems import ProblemError
from tacit.runtime import CallError
from tacit.runtime.format import MAX_INT
from tacit.runtime.state import DeviceState

MAX_TEXT: Final = 128
MAX_FIELDS: Final = 64

Seen: TypeAlias = Literal["shown", "clicked", "dismissed"]
Said: TypeAlias = Literal["not_interested", "less_of", "undo"]
Switch: TypeAlias = Literal["turn_off", "turn_on", "erase"]
_KINDS: Final = ("event", *get_args(Seen), *get_args(Said), *get_args(Switch))


class Record(Protocol):
    def record(self, state: DeviceState, now: int, session: str | None) -> bool:
        """Whether the state took it."""
        ...


@dataclass(frozen=True, slots=True)
class EventRecord:
    name: str
    fields: Mapping[str, Any]
    at: int | None
    nonce: str | None

    def record(self, state: DeviceState, now: int, session: str | None) -> bool:
        return state.record_event(
            self.name, self.fields, at=self.at, now=now, nonce=self.nonce, session=session
        )


@dataclass(frozen=True, slots=True)
class SeenRecord:
    """`variant` None: what shows on the surface."""

    what: Seen
    surface: str
    variant: str | None
    nonce: str | None

    def record(self, state: DeviceState, now: int, session: str | None) -> bool:
        match self.what:
            case "shown":
                put = state.record_shown
            case "clicked":
                put = state.record_clicked
            case "dismissed":
                put = state.record_dismissed
        return put(self.surface, self.variant, now=now, nonce=self.nonce, session=session)


@dataclass(frozen=True, slots=True)
class SaidRecord:
    what: Said
    surface: str | None
    variant: str | None
    topic: str | None

    def record(self, state: DeviceState, now: int, session: str | None) -> bool:
        if self.what == "undo":
            return self._undo(state, now)
        put = state.not_interested if self.what == "not_interested" else state.less_of
        try:
            return put(surface=self.surface, variant=self.variant, topic=self.topic, now=now)
        except CallError:  # the bundle has no such thing, though the page's may
            return False

    def _undo(self, state: DeviceState, now: int) -> bool:
        target = self.surface if self.topic is None else self.topic
        kind = "topic" if self.topic is not None else "variant" if self.variant else "surface"
        named = (kind, target, self.variant or "")
        for control in state.controls:
            if (control.kind, control.target, control.variant) == named:
                return state.undo(control, now)
        return False


@dataclass(frozen=True, slots=True)
class SwitchRecord:
    what: Switch

    def record(self, state: DeviceState, now: int, session: str | None) -> bool:
        match self.what:
            case "turn_off":
                state.turn_off(now)
            case "turn_on":
                state.turn_on(now)
            case "erase":
                state.erase(now)
        return True


# ------------------------------------------------------------------ parsing


def parse_records(value: object, most: int) -> tuple[Record, ...]:
    """The member `records`. Raises ProblemError, which quotes nothing of it."""
    if not isinstance(value, list):
        raise ProblemError("invalid_request", "records must be a list")
    if len(value) > most:
        raise ProblemError("too_many_records", f"at most {most}")
    return tuple(_record(each, f"records[{index}]") for index, each in enumerate(value))


def _record(value: object, where: str) -> Record:
    kinds = [kind for kind in _KINDS if kind in value] if isinstance(value, dict) else []
    if not isinstance(value, dict) or len(kinds) != 1:
        raise ProblemError("invalid_request", f"{where} must have one of {', '.join(_KINDS)}")
    match kinds[0]:
        case "event":
            _only(value, where, "event", "fields", "at", "nonce")
            return EventRecord(
                _text(value["event"], f"{where}.event"),
                _fields(value.get("fields", {}), where),
                _time(value.get("at"), where),
                optional_text(value.get("nonce"), f"{where}.nonce"),
            )
        case "shown" | "clicked" | "dismissed" as seen:
            _only(value, where, seen, "variant", "nonce")
            variant = optional_text(value.get("variant"), f"{where}.variant")
            if seen == "shown" and variant is None:
                raise ProblemError("invalid_request", f"{where} must name a variant")
            return SeenRecord(
                seen,
                _text(value[seen], f"{where}.{seen}"),
                variant,
                optional_text(value.get("nonce"), f"{where}.nonce"),
            )
        case "not_interested" | "less_of" | "undo" as said:
            _only(value, where, said)
            return _said(said, value[said], f"{where}.{said}")
        case "turn_off" | "turn_on" | "erase" as switch:
            _only(value, where, switch)
            if value[switch] is not True:
                raise ProblemError("invalid_request", f"{where}.{switch} must be true")
            return SwitchRecord(switch)
    raise AssertionError(kinds[0])


def _said(what: Said, value: object, where: str) -> SaidRecord:
    if not isinstance(value, dict):
        raise ProblemError("invalid_request", f"{where} must be an object")
    if value.keys() not in ({"topic"}, {"surface"}, {"surface", "variant"}):
        raise ProblemError(
            "invalid_request", f"{where} must name a topic, a surface, or a surface and a variant"
        )
    texts = {name: _text(each, f"{where}.{name}") for name, each in value.items()}
    return SaidRecord(what, texts.get("surface"), texts.get("variant"), texts.get("topic"))


def _only(value: dict[str, Any], where: str, *members: str) -> None:
    if not value.keys() <= set(members):
        raise ProblemError("invalid_request", f"members of {where} are {', '.join(members)}")


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
        raise ProblemError(
            "invalid_request", f"{where} must be a text of at most {MAX_TEXT} characters"
        )
    return value


def optional_text(value: object, where: str) -> str | None:
    return None if value is None else _text(value, where)


def _fields(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict) or len(value) > MAX_FIELDS:
        raise ProblemError(
            "invalid_request", f"{where}.fields must be an object of at most {MAX_FIELDS}"
        )
    return value


def _time(value: object, where: str) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= MAX_INT:
        raise ProblemError("invalid_request", f"{where}.at must be whole milliseconds since 1970")
    return value
