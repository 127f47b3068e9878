"""What a device remembers, worked out the long way: the whole log is kept, and every value is
counted from it by the definitions of STATE.md. Shares nothing with the runtime but the tables of
`remember` and the hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tacit.runtime._buckets import murmur3_32

from .remember import (
    CAP,
    CHANGES,
    COOLDOWN,
    DISMISSALS,
    EVER,
    HOUR,
    LESS_OF,
    STABLE_FOR,
    UNCLICKED,
)

DAY = 24 * HOUR
IDLE = 30 * 60_000
TRUST = 48 * HOUR
WEEK = 7 * DAY
TOPICS = {("hero", "a"): {"sale", "shoes"}, ("hero", "c"): {"sale"}, ("side", "x"): {"shoes"}}
VARIANTS = {"hero": ("d", "a", "c"), "side": ("d", "x")}
ENTRIES = {("one", "a"): 1, ("two", "c"): 2}
"""Rule and variant of the hold -> 1 + the entry."""
WINDOWS = {0: (HOUR, 6), 1: (60_000, 30), 2: (HOUR, 3), 3: (2 * HOUR, 4), 7: (HOUR, 3)}
"""Items with windows: length of a slot, slots."""
LIMIT, KEEP = 3, 3
PURPOSE = {1: "ads", 13: "ads"}
FIRST_STORED = 14
SHOWS = (7, 16)
"""Items that count shows in windows: of the surface, of a group."""
LAST_SHOWS = (9, 17)
"""Those that hold the newest show."""
LAST_EVENTS = (4, 5)
ON_SURFACE = 12

How = tuple[int, str | None, str | None]
"""Of a record: now, nonce, session."""


@dataclass
class Entry:
    """A record that was taken. `gone`: the items in which it no longer counts; `left`: those of
    shows whose window it has left, though the state may count it with later ones."""

    name: str
    at: int
    session: int
    fields: dict[str, Any] = field(default_factory=dict)
    surface: str = ""
    variant: str = ""
    rule: str = ""
    counted: int = -1
    """When it counts: a show not before the floor."""
    gone: set[int] = field(default_factory=set)
    left: set[int] = field(default_factory=set)
    slots: dict[int, int] = field(default_factory=dict)
    """Item of shows -> the slot in which the state counts it."""
    times: dict[int, int] = field(default_factory=dict)
    """Item of shows -> when it counts there, if the clock was far ahead then."""

    back: int = 0
    """By how many steps its score was brought back, if the clock was far ahead then."""

    def __post_init__(self) -> None:
        self.counted = max(self.at, self.counted)

    def time(self, place: int) -> int:
        return self.times.get(place, self.counted)


class Model:
    """The numbers of the program are attributes: a model of another program has its own."""

    windows: Mapping[int, tuple[int, int]] = WINDOWS
    purposes: Mapping[int, str] = PURPOSE
    topics: Mapping[tuple[str, str], set[str]] = TOPICS
    variants: Mapping[str, tuple[str, ...]] = VARIANTS
    entries: Mapping[tuple[str, str], int] = ENTRIES
    cap, ever, cooldown, changes, stable_for = CAP, EVER, COOLDOWN, CHANGES, STABLE_FOR

    def __init__(self, keys: tuple[int, ...], now: int, granted: frozenset[str]) -> None:
        self.keys = keys
        self.granted = granted
        self.off = False
        self.start(now)

    def start(self, now: int) -> None:
        """As a fresh state."""
        self.log: list[Entry] = []
        self.first_seen = self.floor = self.last = now
        self.session = 1
        self.began = now  # the session
        self.name: str | None = None
        self.nonces: list[str] = []
        self.controls: dict[tuple[str, ...], tuple[str, int]] = {}
        self.preferences: dict[str, Any] = {}
        self.refused = [0, 0, 0]
        self.begun: dict[int, int] = {}  # place of an item -> when it came in
        self.stored: dict[int, tuple[bool, int] | None] = {14: None, 15: None}
        self.waiting: set[int] = set()  # segments that an event made due
        self.arm: str | None = None
        self.forced: str | None = None
        self.items(now)

    # ------------------------------------------------------------ items

    def items(self, now: int, changed: frozenset[int] = frozenset()) -> None:
        """What is wanted stays, unless its definition changed; the rest is forgotten."""
        for place in range(len(self.keys)):
            purpose = self.purposes.get(place)
            wanted = not self.off and (purpose is None or purpose in self.granted)
            if place in self.begun and (not wanted or place in changed):
                del self.begun[place]
                self.forget(place)
            if wanted and place not in self.begun:
                self.begun[place] = now

    def forget(self, place: int) -> None:
        for entry in self.log:
            entry.gone.add(place)
        if place in self.stored:
            self.stored[place] = None
            self.waiting.discard(place)
        if place == 13:
            self.arm = None

    def use(self, keys: tuple[int, ...], now: int) -> None:
        pairs = zip(keys, self.keys, strict=True)
        changed = {place for place, (new, old) in enumerate(pairs) if new != old}
        self.keys = keys
        self.items(now, frozenset(changed))

    def grant(self, granted: frozenset[str], now: int) -> None:
        self.granted = granted
        self.items(now)
        if "ads" not in granted:
            self.preferences.pop("score", None)

    # ------------------------------------------------------------ records

    def touch(self, now: int, nonce: str | None, name: str | None) -> None:
        if nonce is not None:
            self.nonces = [*self.nonces, nonce][-32:]
        self.drop_floor(now)
        if self.floor < now <= self.floor + TRUST:
            self.floor = now
        idle = now - self.last >= IDLE
        if name is None:
            begins = self.name is None and idle
        elif self.name is None:
            begins = idle
        else:
            begins = name != self.name
        self.name = name or self.name
        self.last = now
        if begins:
            before, self.began = self.began, now
            self.session += 1
            time = max(now, self.floor)
            if before <= time + TRUST:
                self.draw_back(time)
            self.sweep()

    def draw_back(self, time: int) -> None:
        """What is later than the trusted time by more than 48 hours is then of that time."""
        first = self.first_of_run()
        if first is not None and first.times.get(ON_SURFACE, first.at) > time + TRUST:
            first.times[ON_SURFACE] = time
        for entries in self.by_value(6).values():
            step, _ = self.score(entries)
            if step * HOUR > time + TRUST:
                for entry in entries:
                    entry.back += step - time // HOUR
        for place in (*LAST_EVENTS, *LAST_SHOWS):
            if place < len(self.keys) and (self.newest(place) or 0) > time + TRUST:
                for entry in self.of(place):  # the state knows the newest only
                    entry.times[place] = min(entry.time(place), time)
        for place in SHOWS:
            if place not in self.windows:
                continue
            slot, _ = self.windows[place]
            moved = False
            for entry in self.of(place):
                if entry.time(place) // slot * slot > time + TRUST:
                    entry.times[place] = time
                if entry.slots[place] * slot > time + TRUST:  # one added there goes with it
                    entry.slots[place] = time // slot
                    entry.times[place] = min(entry.time(place), time)
                    moved = True
            if moved:
                self.fold(place)

    def drop_floor(self, now: int) -> None:
        if self.floor > now + TRUST:
            self.floor = now

    def sweep(self) -> None:
        for place, (slot, slots) in self.windows.items():
            until = self.floor // slot - slots - (place in SHOWS)
            if place in SHOWS:
                for entry in self.of(place):
                    if entry.time(place) // slot <= until:
                        entry.left.add(place)
                    if entry.slots[place] <= until:
                        entry.gone.add(place)
            elif place == 3:
                for entries in self.by_value(place).values():
                    if max(entry.counted // slot for entry in entries) <= until:
                        for entry in entries:
                            entry.gone.add(place)
            else:
                for entry in self.of(place):
                    if entry.counted // slot <= until:
                        entry.gone.add(place)
        for entries in self.by_value(6).values():
            if self.floor // HOUR - self.score(entries)[0] >= 65 * 16:
                for entry in entries:
                    entry.gone.add(6)
        for control, (strength, time) in list(self.controls.items()):
            if strength != "not" and time + LESS_OF <= self.floor:
                del self.controls[control]

    def event(self, name: str, fields: dict[str, Any], at: int, how: How) -> bool:
        now, nonce, session = how
        if self.off or (nonce is not None and nonce in self.nonces):
            return False
        why = None
        if name not in ("bought", "viewed") or (name == "viewed" and self.is_wrong(fields)):
            why = 2
        elif at > now:
            why = 0
        elif at < now - WEEK:
            why = 1
        if why is not None:
            self.refused[why] += 1
            return False
        self.touch(now, nonce, session)
        entry = Entry(name, at, self.session, fields)
        self.append(entry)
        if name == "bought" and 15 in self.begun:
            self.waiting.add(15)
        return True

    @staticmethod
    def is_wrong(fields: dict[str, Any]) -> bool:
        category, price = fields.get("category"), fields.get("price")
        if category is not None and (not isinstance(category, str) or len(category) > 8):
            return True
        number = isinstance(price, int | float) and not isinstance(price, bool)
        return price is not None and (not number or price < 0)

    def limit(self, place: int) -> int:
        """The cap on the shows in a window."""
        return self.cap

    def append(self, entry: Entry) -> None:
        """Adds to the log; in items that are not kept now it never counts."""
        entry.gone = {n for n in range(len(self.keys)) if n not in self.begun}
        self.log.append(entry)
        for place, (slot, slots) in self.windows.items():
            if place == 3:
                continue
            if not self.matches(place, entry):
                continue
            if place in SHOWS:
                self.append_show(place, entry)
                continue
            found = self.of(place)
            newest = sorted({one.counted // slot for one in found})[-slots:]
            for one in found:
                if one.counted // slot not in newest:
                    one.gone.add(place)
        values = self.by_value(3)
        if len(values) > LIMIT:
            slot = self.windows[3][0]
            oldest = min(
                values,
                key=lambda value: (
                    max(one.counted // slot for one in values[value]),
                    murmur3_32(value.encode()),
                ),
            )
            for one in values[oldest]:
                one.gone.add(3)
        scores = {value: self.score(entries) for value, entries in self.by_value(6).items()}
        if len(scores) > KEEP:
            newest_step = max(step for step, _ in scores.values())
            lowest = min(fade(score, newest_step - step) for step, score in scores.values())
            worst = max(
                value
                for value, (step, score) in scores.items()
                if fade(score, newest_step - step) == lowest
            )
            for one in self.by_value(6)[worst]:
                one.gone.add(6)

    def append_show(self, place: int, entry: Entry) -> None:
        """The state has room for a few slots: what is in the oldest then counts with the next, or
        no longer if that is out of every window."""
        entry.slots[place] = own = entry.counted // self.windows[place][0]
        found = self.of(place)
        if place in entry.gone or any(one.slots[place] == own for one in found if one is not entry):
            return
        self.fold(place)

    def fold(self, place: int) -> None:
        slot, slots = self.windows[place]
        found = self.of(place)
        while len(held := sorted({one.slots[place] for one in found})) > min(
            slots + 1, self.limit(place)
        ):
            for one in found:
                if one.slots[place] == held[0] and held[0] > self.floor // slot - slots - 1:
                    one.slots[place] = held[1]
                elif one.slots[place] == held[0]:
                    one.gone.add(place)
            found = self.of(place)

    def of_variant(self, what: str, shown: tuple[str, str, str], how: How) -> bool:
        """`shown`: a surface, a variant, a rule or ""."""
        surface, variant, rule = shown
        now, nonce, session = how
        if self.off or (nonce is not None and nonce in self.nonces):
            return False
        if variant not in self.variants.get(surface, ()):
            self.refused[2] += 1
            return False
        self.touch(now, nonce, session)
        entry = Entry(what, now, self.session, surface=surface, variant=variant, rule=rule)
        if what == "shown":
            entry.counted = max(now, self.floor)
        self.append(entry)
        return True

    # ------------------------------------------------------------ what counts where

    def of(self, place: int) -> list[Entry]:
        """The records that count in an item, as they came."""
        return [one for one in self.log if place not in one.gone and self.matches(place, one)]

    @staticmethod
    def matches(place: int, one: Entry) -> bool:
        category, price = one.fields.get("category"), one.fields.get("price")
        viewed = one.name == "viewed"
        shown = one.name == "shown" and one.surface == "hero"
        if place == 0:
            return viewed and category == "shoes"
        if place == 2:
            other = category is not None and category != "shoes"
            return viewed and price is not None and (other or price >= 10)
        if place in (3, 6):
            return viewed and category is not None
        return {
            1: viewed,
            4: one.name == "bought",
            5: viewed,
            7: shown and one.variant in ("a", "c"),
            8: shown and one.variant == "a",
            9: shown and one.variant == "c",
            10: one.name == "dismissed" and one.surface == "hero" and one.variant == "a",
            11: one.name in ("shown", "clicked") and one.surface == "hero" and one.variant == "c",
            12: shown,
        }[place]

    def by_value(self, place: int) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for one in self.of(place):
            found.setdefault(one.fields["category"], []).append(one)
        return found

    @staticmethod
    def score(entries: list[Entry]) -> tuple[int, float]:
        """Step and score of a key, from its events as they came."""
        step, score = entries[0].at // HOUR - entries[0].back, 1.0
        for one in entries[1:]:
            own = one.at // HOUR - one.back
            if own >= step:
                step, score = own, fade(score, own - step) + 1.0
            else:
                score += fade(1.0, step - own)
        return step, score

    # ------------------------------------------------------------ values

    def current_session(self, now: int) -> int:
        return self.session + (self.name is None and now - self.last >= IDLE)

    def window(self, place: int, now: int) -> list[Entry]:
        slot, slots = self.windows[place]
        current = now // slot
        return [one for one in self.of(place) if current - slots < one.counted // slot <= current]

    def observed(self, place: int, now: int) -> bool:
        slot, slots = self.windows[place]
        return place in self.begun and self.begun[place] // slot <= now // slot - slots

    def values(self, now: int) -> dict[str, object]:
        if self.off:
            return {}
        found: dict[str, object | None] = {}
        found["shoes.least"] = len(self.window(0, now))
        found["shoes"] = found["shoes.least"] if self.observed(0, now) else None
        found["views"] = len(self.window(1, now))
        found["spent.least"] = self.spent(now)
        found["spent"] = found["spent.least"] if self.observed(2, now) else None
        slot, slots = self.windows[3]
        newest = [max(e.counted // slot for e in entries) for entries in self.by_value(3).values()]
        found["kinds"] = sum(now // slot - slots < one <= now // slot for one in newest)
        bought, viewed = self.newest(4), self.newest(5)
        found["since"] = None if bought is None else max(0, now - bought)
        found["taste"] = self.taste(now)
        begun = self.begun.get(5, now)
        for name, after, within, zero in (
            ("stalled", HOUR, 5 * HOUR, False),
            ("stalled_zero", 0, 2 * HOUR, True),
        ):
            true = viewed is not None and after <= now - viewed < within
            true = true and (bought is None or viewed is None or bought < viewed)
            old = viewed is None or now - viewed >= within
            unknown = not true and old and now - begun < within and not zero
            found[name] = None if unknown else true
        found["first_seen"] = max(0, now - self.first_seen)
        found["session_number"] = self.current_session(now)
        for surface, variant in (("hero", "a"), ("hero", "c"), ("side", "x")):
            found[f"{surface}.{variant}"] = self.block(surface, variant, now)
        found["hero.hold"] = self.hold(now)
        for place, name in ((14, "seg0"), (15, "seg1")):
            stored = self.stored[place]
            if place == 14 and stored is not None and now // HOUR - stored[1] // HOUR >= 2:
                stored = None  # not refreshed for two hours
            found[f"{name}.in"] = True if stored is not None and stored[0] else None
            found[f"{name}.out"] = True if stored is not None and not stored[0] else None
        arm = self.forced or self.arm
        found["exp.arm"] = None if arm is None else 1 + ("a", "c").index(arm)
        return {name: value for name, value in found.items() if value is not None}

    def spent(self, now: int) -> float:
        slots: dict[int, float] = {}
        alive = self.of(2)
        for one in alive:
            slot = one.counted // HOUR
            slots[slot] = slots.get(slot, 0.0) + one.fields["price"]
        total = 0.0
        for slot in sorted(slots):
            if now // HOUR - self.windows[2][1] < slot <= now // HOUR:
                total += slots[slot]
        return total

    def newest(self, place: int) -> int | None:
        return max((one.time(place) for one in self.of(place)), default=None)

    def taste(self, now: int) -> tuple[str, ...] | None:
        scores = {value: self.score(entries) for value, entries in self.by_value(6).items()}
        brought = {
            value: fade(score, max(0, now // HOUR - step))
            for value, (step, score) in scores.items()
        }
        best = sorted((-score, value) for value, score in brought.items() if score > 0)
        return tuple(value for _, value in best[:2]) or None

    def shows(self) -> list[Entry]:
        return self.of(ON_SURFACE)

    def first_of_run(self) -> Entry | None:
        """The show since which what shows has not changed."""
        shows = self.shows()
        others = [n for n, one in enumerate(shows) if one.variant != shows[-1].variant]
        return shows[others[-1] + 1 if others else 0] if shows else None

    def spent_changes(self, now: int, limit: int) -> str | None:
        """The variant that stays when a session has no changes left; None: it has some."""
        session = self.current_session(now)
        last: Entry | None = None
        changes = 0
        for one in self.shows():
            if one.variant == "d":
                continue
            if last is not None and last.variant != one.variant and last.session == one.session:
                changes += one.session == session
            last = one
        if last is None or last.session != session or changes < limit:
            return None
        return last.variant

    def block(self, surface: str, variant: str, now: int) -> int | None:
        for control, (strength, time) in self.controls.items():
            hit = control in (("surface", surface), ("variant", surface, variant)) or (
                control[0] == "topic" and control[1] in self.topics.get((surface, variant), ())
            )
            if hit and (strength == "not" or (strength == "less" and now < time + LESS_OF)):
                return 1
        if surface != "hero":
            return None
        time = self.floor if now < self.floor <= now + TRUST else now
        if variant == "a" and len(self.of(10)) >= DISMISSALS:
            return 1
        shows_of_c = self.of(11)
        clicks = [n for n, one in enumerate(shows_of_c) if one.name == "clicked"]
        since = shows_of_c[clicks[-1] + 1 :] if clicks else shows_of_c
        if variant == "c" and len(since) >= UNCLICKED:
            return 1
        if self.is_capped(7, time) or (variant == "a" and len(self.of(8)) >= self.ever):
            return 2
        stays = self.spent_changes(now, self.changes)
        if stays is not None and stays != variant:
            return 4
        newest = self.newest(9)
        if variant == "c" and newest is not None and time < newest + self.cooldown:
            return 3
        return None

    def is_capped(self, place: int, time: int) -> bool:
        """As the state counts, which is never less than what the whole log counts."""
        slot, slots = self.windows[place]
        after = time // slot - slots - 1
        found = self.of(place)
        counted = sum(one.slots[place] > after for one in found)
        whole = sum(one.time(place) // slot > after for one in found if place not in one.left)
        assert counted >= whole, f"item {place} opens early: {counted} of {whole}"
        return counted >= self.limit(place)

    def hold(self, now: int) -> int | None:
        shows = self.shows()
        if not shows or shows[-1].variant == "d":
            return None
        last, first = shows[-1], self.first_of_run()
        assert first is not None
        young = now - first.times.get(ON_SURFACE, first.at) < self.stable_for
        if not young and self.spent_changes(now, self.changes) is None:
            return None
        return self.entries.get((last.rule, last.variant))

    # ------------------------------------------------------------ refresh

    def live(self, now: int) -> dict[int, bool | None]:
        """What the segments say; None: unknown."""
        return {14: len(self.window(0, now)) >= 2, 15: self.newest(4) is not None}

    def refresh(self, now: int) -> tuple[int, ...]:
        if self.off:
            return ()
        self.drop_floor(now)
        self.sweep()
        due = []
        for place, is_true in self.live(now).items():
            if place not in self.begun:
                continue
            stored = self.stored[place]
            if place == 14 and stored is not None and stored[1] // HOUR == now // HOUR:
                continue
            if place == 15 and stored is not None and place not in self.waiting:
                continue
            self.stored[place] = None if is_true is None else (is_true, now)
            self.waiting.discard(place)
            due.append(place - FIRST_STORED)
        return tuple(due)


def fade(score: float, steps: int) -> float:
    """STATE.md 4.2, word for word."""
    if steps // 16 > 64:
        return 0.0
    score *= DECAYS[steps % 16]
    for _ in range(steps // 16):
        score *= 0.5
    return score


DECAYS = [float(Decimal(2) ** (Decimal(-j) / 16)) for j in range(16)]
