"""Three versions of a project with every kind of guardrail, compiled, and a model of them that
keeps the whole log. What a version's windows and limits are is written here a second time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from tacit.compiler import compile_project
from tacit.runtime import Bundle, reference

from .remember import HOUR, LESS_OF
from .state_model import DAY, LAST_SHOWS, TRUST, Entry, How, Model

MINUTE = 60_000
QUARTER = 15 * MINUTE
PROMOS_SHOWN, PROMOS_LAST, SIDE = 16, 17, 18
"""Places of the model for the group's cap and cooldown, and the second surface."""
PURPOSES = {1: "ads", 4: "ads", 5: "ads", 15: "ads"}
PROMOS = (("hero", "a"), ("side", "x"))
MEMBERS: dict[int, tuple[tuple[str, str], ...]] = {
    7: (("hero", "a"), ("hero", "c")),
    8: (("hero", "a"),),
    9: (("hero", "c"),),
    PROMOS_SHOWN: PROMOS,
    PROMOS_LAST: PROMOS,
}
"""Place of a cap or cooldown -> the variants whose shows it counts."""


@dataclass(frozen=True)
class Version:
    bundle: Bundle
    program: reference.Program
    windows: Mapping[int, tuple[int, int]]
    entries: Mapping[tuple[str, str], int]
    cap: int
    ever: int
    cooldown: int
    changes: int
    stable_for: int
    promos: int
    rest: int
    keys: tuple[int, ...]
    """Per place of the model; another number: another definition."""


def source(
    *, views: str, cap: str, ever: int, cooldown: str, changes: int, stable_for: str, promos: str,
    rest: str, rules: list[str],
) -> dict[str, Any]:  # fmt: skip
    written = {
        "one": {"id": "one", "when": "flag && seg0", "show": "a", "because": {"en": "seen"}},
        "two": {"id": "two", "when": "!flag || shoes < 2", "show": "c", "stop_when": "spent > 50"},
        "exp": {"id": "exp", "when": "seg1 || !has(since)", "split": "exp"},
    }
    price = {"type": "double", "min": 0}
    text = {"type": "string", "max_length": 8}
    return {
        "project": "walk",
        "less_of": "3h",
        "signals": {
            "unit": {"type": "string", "source": "device"},
            "flag": {"type": "bool", "source": "session"},
            "tier": {"type": "enum", "values": ["none", "gold"], "source": "declared"},
            "score": {"type": "double", "source": "declared", "purpose": "ads"},
        },
        "events": {
            "bought": {"purpose": "ads"},
            "viewed": {"fields": {"category": text, "price": price}},
        },
        "aggregates": {
            "shoes": {
                "count": "viewed", "where": 'category == "shoes"', "within": "6h", "slot": "1h",
            },
            "views": {
                "count": "viewed", "within": views, "slot": "1m", "purpose": "ads",
                "until_observed": "zero",
            },
            "spent": {
                "sum": "viewed", "field": "price", "within": "3h", "slot": "1h",
                "where": 'category != "shoes" || price >= 10',
            },
            "kinds": {
                "distinct": "viewed", "field": "category", "within": "8h", "slot": "2h",
                "limit": 3, "until_observed": "zero",
            },
            "since": {"since": "bought"},
            "taste": {
                "affinity": "viewed", "by": "category", "half_life": "16h", "keep": 3, "top": 2,
            },
            "stalled": {
                "funnel": {"reached": "viewed", "not": "bought", "after": "1h", "within": "5h"}
            },
            "stalled_zero": {
                "funnel": {"reached": "viewed", "not": "bought", "within": "2h"},
                "until_observed": "zero",
            },
        },
        "segments": {
            "seg0": {"when": "shoes >= 2", "refresh": "hourly"},
            "seg1": {"when": "has(since)", "refresh": {"on": ["bought"]}},
        },
        "experiments": {"exp": {"unit": "unit", "sticky": True, "arms": {"a": "50%", "c": "50%"}}},
        "surfaces": {
            "hero": {
                "default": "d",
                "variants": {"d": None, "a": None, "c": None},
                "theme": {"a": "red", "c": "blue"},
                "topics": {"a": ["sale", "shoes"], "c": ["sale"]},
                "rules": [written[rule] for rule in rules],
                "guardrails": {
                    "cap": {"*": cap, "a": f"{ever} ever"},
                    "cooldown": {"c": cooldown},
                    "changes_per_session": changes,
                    "stable_for": stable_for,
                    "suppress": {"a": {"dismissed": 2}, "c": {"shown_without_click": 4}},
                },
            },
            "side": {
                "default": "d",
                "variants": {"d": None, "x": None, "y": None},
                "theme": {"x": "red", "y": "blue"},
                "topics": {"x": ["shoes"]},
                "rules": [
                    {"id": "x", "when": 'stalled || "shoes" in taste || score > 2', "show": "x"},
                    {
                        "id": "y",
                        "when": 'kinds >= 2 || stalled_zero || tier == "gold" || views >= 4 || '
                        'first_seen > duration("24h") && session_number > 3',
                        "show": "y",
                    },
                ],
            },
            "law": {
                "personalize": "never", "reason": "law", "default": "p",
                "variants": {"p": None, "q": None},
            },
        },
        "groups": {
            "look": {"coherent": ["hero", "side"]},
            "promos": {
                "variants": [".".join(one) for one in PROMOS], "cap": promos, "cooldown": rest,
            },
        },
    }  # fmt: skip


def version(
    *, views: int, cap: int, every: int, ever: int, cooldown: int, changes: int, stable_for: int,
    promos: int, per: int, rest: int, rules: list[str],
) -> Version:  # fmt: skip
    """Times in minutes; `cap` shows in `every`, `promos` in `per`."""
    data = compile_project(
        source(
            views=f"{views}m", cap=f"{cap} per {every}m", ever=ever, cooldown=f"{cooldown}m",
            changes=changes, stable_for=f"{stable_for}m", promos=f"{promos} per {per}m",
            rest=f"{rest}m", rules=rules,
        )
    ).bytes  # fmt: skip
    windows = {
        0: (HOUR, 6),
        1: (MINUTE, views),
        2: (HOUR, 3),
        3: (2 * HOUR, 4),
        7: (QUARTER, every // 15),
        PROMOS_SHOWN: (QUARTER, per // 15),
    }
    pairs = [
        (rule, variant)
        for rule in rules
        for variant in {"one": ("a",), "two": ("c",), "exp": ("a", "c")}[rule]
    ]
    return Version(
        Bundle.load(data),
        reference.decode(data),
        windows,
        {pair: number for number, pair in enumerate(pairs, 1)},
        cap,
        ever,
        cooldown * MINUTE,
        changes,
        stable_for * MINUTE,
        promos,
        rest * MINUTE,
        tuple(windows[place][1] if place in windows else 0 for place in range(SIDE + 1)),
    )


VERSIONS = (
    version(
        views=30, cap=3, every=180, ever=12, cooldown=120, changes=1, stable_for=90,
        promos=4, per=360, rest=10, rules=["one", "two", "exp"],
    ),
    # Other limits over the same windows, rules in another order.
    version(
        views=30, cap=2, every=180, ever=9, cooldown=30, changes=0, stable_for=240,
        promos=3, per=360, rest=40, rules=["two", "one", "exp"],
    ),
    # Other windows, so other items.
    version(
        views=45, cap=4, every=240, ever=15, cooldown=60, changes=2, stable_for=30,
        promos=2, per=300, rest=20, rules=["exp", "two", "one"],
    ),
)  # fmt: skip


class World(Model):
    purposes = PURPOSES
    variants = MappingProxyType(
        {"hero": ("d", "a", "c"), "side": ("d", "x", "y"), "law": ("p", "q")}
    )

    def __init__(self, first: Version, now: int, granted: frozenset[str]) -> None:
        self.adopt(first)
        super().__init__(first.keys, now, granted)

    def adopt(self, new: Version) -> None:
        self.version = new
        self.windows, self.entries = new.windows, new.entries
        self.cap, self.ever, self.cooldown = new.cap, new.ever, new.cooldown
        self.changes, self.stable_for = new.changes, new.stable_for

    def swap(self, new: Version, now: int) -> None:
        self.adopt(new)
        self.use(new.keys, now)

    def live(self, now: int) -> dict[int, bool | None]:
        shoes = len(self.window(0, now))
        unknown = shoes < 2 and not self.observed(0, now)
        return {14: None if unknown else shoes >= 2, 15: self.newest(4) is not None}

    def limit(self, place: int) -> int:
        return self.version.promos if place == PROMOS_SHOWN else super().limit(place)

    @staticmethod
    def matches(place: int, one: Entry) -> bool:
        if place in (PROMOS_SHOWN, PROMOS_LAST):
            return one.name == "shown" and (one.surface, one.variant) in PROMOS
        return Model.matches(place, one)

    def show(self, decision: Any, how: How) -> bool:
        """Of a decision: a sticky arm is stored with it."""
        shown = decision.surface, decision.variant, decision.rule or ""
        taken = self.of_variant("shown", shown, how)
        tells = taken and decision.experiment == "exp" and not self.forced
        if tells and self.arm is None and 13 in self.begun:
            self.arm = decision.arm
        return taken

    def block(self, surface: str, variant: str, now: int) -> int | None:
        found = super().block(surface, variant, now)
        if found == 1 or (surface, variant) not in PROMOS:
            return found
        time = self.floor if now < self.floor <= now + TRUST else now
        if found == 2 or self.is_capped(PROMOS_SHOWN, time):
            return 2
        newest = self.newest(PROMOS_LAST)
        cooling = newest is not None and time < newest + self.version.rest
        return found or (3 if cooling else None)

    def values(self, now: int) -> dict[str, object]:
        found = super().values(now)
        names = {"hero.a": "hero.a.block", "hero.c": "hero.c.block", "side.x": "side.x.block"}
        found = {names.get(name, name): value for name, value in found.items()}
        block = None if self.off else self.block("side", "y", now)
        return found if block is None else {**found, "side.y.block": block}


@dataclass
class Show:
    at: int
    newest: int
    """The greatest time that the clock has shown since."""
    counted: int
    """The floor, if that was later: by it a state knows that the clock was ahead."""


class Log:
    """The shows alone, by the clock: what caps and cooldowns promise, without slots. A show that
    has left a window once does not come back into it when the clock goes back; one that is in it
    counts wherever the clock goes."""

    def __init__(self) -> None:
        self.shows: dict[int, list[Show]] = {}
        """Cap or cooldown -> what it counts."""

    def forget(self) -> None:
        self.shows = {}

    def swap(self, old: Version, new: Version) -> None:
        """A cap over another window counts anew."""
        for place in (7, PROMOS_SHOWN):
            if old.windows[place] != new.windows[place]:
                self.shows.pop(place, None)

    def add(self, at: int, floor: int, surface: str, variant: str) -> None:
        for name, members in MEMBERS.items():
            if (surface, variant) in members:
                self.shows.setdefault(name, []).append(Show(at, at, max(at, floor)))

    def draw_back(self, version: Version, time: int) -> None:
        """What STATE.md 4.4 says of a clock that was far ahead. What has left its window stays so;
        of a cooldown only the newest show is known."""
        lengths = window_lengths(version)
        for name, shows in self.shows.items():
            latest = max((show.counted for show in shows), default=0)
            later = time if name in LAST_SHOWS and latest > time + TRUST else time + TRUST
            for show in shows:
                has_left = name in lengths and show.newest >= show.at + lengths[name]
                if show.counted > later and not has_left:
                    show.at = show.newest = show.counted = time

    def pass_to(self, now: int) -> None:
        for shows in self.shows.values():
            for show in shows:
                show.newest = max(show.newest, now)

    def broken(self, version: Version, surface: str, variant: str) -> str | None:
        """The promise that showing a variant now would break."""
        rests = {9: version.cooldown, PROMOS_LAST: version.rest}
        lengths = window_lengths(version) | rests
        most = {7: version.cap, PROMOS_SHOWN: version.promos, 8: version.ever}
        for name, members in MEMBERS.items():
            if (surface, variant) in members:
                length = lengths.get(name)
                shows = self.shows.get(name, ())
                left = [s for s in shows if length is None or s.newest < s.at + length]
                if len(left) >= most.get(name, 1):
                    return f"{'cap' if name in most else 'rest'} {name}: {left}"
        return None


def window_lengths(version: Version) -> dict[int, int]:
    """Cap -> for how long it counts a show, in ms."""
    return {
        name: slot * slots
        for name, (slot, slots) in version.windows.items()
        if name in (7, PROMOS_SHOWN)
    }


__all__ = ["DAY", "LESS_OF", "VERSIONS", "Log", "Version", "World"]
