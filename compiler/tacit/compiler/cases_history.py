"""What happened on the device before a moment of a test: the items of `events` as typed records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from tacit.compiler import ir, models
from tacit.compiler.ir import JsonValue
from tacit.compiler.nodes import Path, path_text
from tacit.compiler.quantities import duration_ms, instant
from tacit.compiler.resolve_context import Context, suggestion
from tacit.compiler.resolve_events import HISTORY_WORDS
from tacit.compiler.resolve_groups import find_variant
from tacit.compiler.shape import describe
from tacit.compiler.values import why_missing

MOST_TIMES = 1_000
_DETAILS = ("at", "times", "fields")  # of what happened, not what it was
WORDS = tuple(sorted(HISTORY_WORDS - set(_DETAILS) - {"event"}))
"""What may happen beside the events of a project."""


@dataclass(frozen=True, slots=True)
class EventRecord:
    """An event of the project. Every record has its time, in epoch milliseconds."""

    at: int
    name: str
    fields: Mapping[str, JsonValue]


class Act(StrEnum):
    SHOWN = "shown"
    CLICKED = "clicked"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Feedback:
    """What became of a variant."""

    at: int
    act: Act
    surface: str
    variant: str


class Strength(StrEnum):
    NOT_INTERESTED = "not_interested"
    LESS_OF = "less_of"


@dataclass(frozen=True, slots=True)
class Control:
    """What the person does not want: a variant of a surface, a whole surface, or a topic."""

    at: int
    strength: Strength
    surface: str | None = None
    variant: str | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Declaration:
    """A preference that the person declared; None takes it back."""

    at: int
    signal: str
    value: JsonValue


@dataclass(frozen=True, slots=True)
class Refresh:
    """The host refreshed the segments that were due, with the signals of the moment."""

    at: int


@dataclass(frozen=True, slots=True)
class Session:
    """A session of this id began; the records after it are in it."""

    at: int
    id: str


@dataclass(frozen=True, slots=True)
class Switch:
    """The person switched tacit off, or on again."""

    at: int
    on: bool


Record: TypeAlias = EventRecord | Feedback | Control | Declaration | Refresh | Session | Switch


@dataclass(frozen=True, slots=True)
class Moment:
    """When records are read: nothing happens after `now`, or before `since` if that is known.

    `first`: `since` is when the device was first seen, and not the moment before.
    """

    now: int
    since: int | None
    first: bool


def history(
    context: Context,
    surfaces: Mapping[str, ir.Surface],
    path: Path,
    items: list[dict[str, Any]],
    moment: Moment,
) -> tuple[Record, ...]:
    """The records of the items at `path`, in the order of their times."""
    records: list[Record] = []
    for number, item in enumerate(items):
        records += _Reader(context, surfaces, (*path, number), item, moment).records()
    return tuple(sorted(records, key=lambda record: record.at))


class _Reader:
    """Reads one item."""

    def __init__(
        self,
        context: Context,
        surfaces: Mapping[str, ir.Surface],
        path: Path,
        item: dict[str, Any],
        moment: Moment,
    ) -> None:
        self.context = context
        self.surfaces = surfaces
        self.path = path
        self.item = item
        self.moment = moment

    def records(self) -> list[Record]:
        subjects = [key for key in self.item if key not in _DETAILS]
        if "fields" in self.item and subjects != ["event"]:
            subjects.append("fields")
        if len(subjects) != 1:
            found = " and ".join(f"`{key}`" for key in subjects) or "nothing is named"
            words = ", ".join(f"`{word}`" for word in WORDS)
            self.context.at_value("E347", self.path, found=found, words=words)
            return []
        at, times = self._at(), self._times()
        if at is None or times is None:
            return []
        return list(self._records(subjects[0], self.item[subjects[0]], at)) * times

    def _at(self) -> int | None:
        moment, path = self.moment, (*self.path, "at")
        written = self.item.get("at", moment.now)
        at = written if type(written) is int and 0 <= written <= models.MAX_INT else None
        if isinstance(written, str):
            before = duration_ms(written.removeprefix("-")) if written[:1] == "-" else None
            date = instant(written)
            at = moment.now - before if before is not None else date.ms if date else None
        if at is None or at < 0:
            self.context.at_value("E374", path, text=written)
            return None
        if at > moment.now:
            self.context.at_value("E349", path)
        elif moment.since is not None and at < moment.since:
            self.context.at_value("E371" if moment.first else "E370", path)
        return at

    def _times(self) -> int | None:
        times = self.item.get("times", 1)
        if type(times) is int and 1 <= times <= MOST_TIMES:
            return times
        self._wrong("times", f"a whole number from 1 to {MOST_TIMES:,}", times)
        return None

    def _wrong(self, key: str, wanted: str, found: object, advice: str | None = None) -> None:
        values = {"key": key, "wanted": wanted, "found": describe(found)}
        self.context.at_value("E348", (*self.path, key), advice=advice, **values)

    def _records(self, key: str, value: Any, at: int) -> Iterator[Record]:
        match key:
            case "shown" | "clicked" | "dismissed":
                found = self._variant(value, (*self.path, key), key)
                if found is not None:
                    yield Feedback(at, Act(key), *found)
            case "not_interested" | "less_of":
                yield from self._control(key, value, at)
            case "declare":
                yield from self._declarations(value, at)
            case "session":
                if not isinstance(value, str) or not value:
                    self._wrong(key, "an id, or `start`", value)
                else:
                    # A session that only starts has a name that no other has.
                    name = path_text(self.path) if value == "start" else value
                    yield Session(at, name)
            case "refresh" | "turn_off" | "turn_on":
                if value is not True:
                    self._wrong(key, "`true`", value)
                else:
                    yield Refresh(at) if key == "refresh" else Switch(at, key == "turn_on")
            case "event":
                if not isinstance(value, str):
                    self._wrong(key, "the name of an event", value)
                else:
                    fields = self.item.get("fields", {})
                    yield from self._event(value, (*self.path, key), "fields", fields, at)
            case _:
                yield from self._event(key, (*self.path, key), key, value, at)

    def _event(
        self, name: str, path: Path, key: str, fields: Any, at: int
    ) -> Iterator[EventRecord]:
        event = self.context.events.get(name)
        if event is None:
            if name not in self.context.faulty_events:
                known = (*self.context.project.events, *WORDS)
                advice = suggestion(name, "events", known)
                complain = self.context.at_value if path[-1] == "event" else self.context.at_key
                complain("E279", path, name=name, advice=advice)
            return
        if not isinstance(fields, dict):
            advice = f"write `{name}: {{}}` if it has none"
            self._wrong(key, "a mapping of fields", fields, advice)
            return
        for field, value in fields.items():
            here = (*self.path, key, field)
            if field not in event.fields:
                advice = suggestion(field, "its fields", event.fields)
                advice = advice or "the event has no fields"
                self.context.at_key("E280", here, name=field, event=name, advice=advice)
                continue
            why = why_missing(event.fields[field][1], value)
            if why is not None:
                self.context.at_value("W370", here, name=field, why=why)
        yield EventRecord(at, name, dict(fields))

    def _variant(self, value: Any, path: Path, key: str) -> tuple[str, str] | None:
        if not isinstance(value, str):
            self._wrong(key, "a variant, `surface.variant`", value)
            return None
        found = find_variant(self.context, self.surfaces, value, path)
        if found is None:
            return None
        surface, index = found
        return surface, self.surfaces[surface].variants[index].id

    def _control(self, key: str, value: Any, at: int) -> Iterator[Control]:
        strength = Strength(key)
        path = (*self.path, key)
        match value:
            case {"variant": named, **rest} if not rest:
                found = self._variant(named, (*path, "variant"), key)
                if found is not None:
                    yield Control(at, strength, *found)
            case {"surface": str(surface), **rest} if not rest:
                if surface not in self.context.project.surfaces:
                    advice = suggestion(surface, "surfaces", self.context.project.surfaces)
                    here = (*path, "surface")
                    self.context.at_value("E341", here, name=surface, advice=advice)
                yield Control(at, strength, surface)
            case {"topic": str(topic), **rest} if not rest:
                topics = sorted(
                    {
                        one
                        for surface in self.surfaces.values()
                        for variant in surface.variants
                        for one in variant.topics
                    }
                )
                if topic not in topics:
                    advice = suggestion(topic, "topics", topics)
                    self.context.at_value("E373", (*path, "topic"), name=topic, advice=advice)
                yield Control(at, strength, topic=topic)
            case _:
                wanted = "one of `topic`, `surface` and `variant`"
                advice = f"write `{key}: {{topic: shoes}}`"
                self._wrong(key, wanted, value, advice)

    def _declarations(self, value: Any, at: int) -> Iterator[Declaration]:
        if not isinstance(value, dict):
            self._wrong("declare", "a mapping of signals", value)
            return
        for name, declared in value.items():
            here = (*self.path, "declare", name)
            found = self.context.host(name)
            if found is None:
                if name not in self.context.faulty:
                    advice = suggestion(name, "signals", self.context.host_names())
                    self.context.at_key("E340", here, name=name, advice=advice)
                continue
            if found[1].source != "declared":
                source = found[1].source
                self.context.at_key("E372", here, name=name, source=source)
            why = why_missing(found[1], declared) if declared is not None else None
            if why is not None:
                self.context.at_value("W371", here, name=name, why=why)
            yield Declaration(at, name, declared)
