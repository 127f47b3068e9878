"""What happened on a device before a case decides: the records of README.md, played."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgpack
from tacit.runtime import DeviceState
from tacit.runtime._buckets import murmur3_32

from . import kit

TELLS = ("at", "nonce", "session", "taken", "times")
RECORDS = ("event", "show", "shown", "clicked", "dismissed")
"""The words whose records may be refused, and so may have `nonce`, `session` and `taken`."""
PERSON = ("not_interested", "less_of")
"""Those that may be refused, and so may have `taken`."""


class Deciding(Protocol):
    """The part of a runtime that a history needs: one surface, with a state."""

    def __call__(self, bundle: Any, surface: str, case: kit.Case, state: Any) -> Any: ...


class Device:
    """A state that lives through a history. `bundles` holds what `use` may name."""

    def __init__(
        self, bundles: Mapping[str, Any], case: kit.Case, decide: Deciding, observe: kit.Observe
    ) -> None:
        self.bundles = bundles
        self.bundle = bundles["first"]
        self.case = case
        self.decide = decide
        self.observe = observe
        self.granted: tuple[str, ...] = case.granted
        assert case.first_seen is not None
        self.state = DeviceState(self.bundle, case.first_seen, consent=self.granted)

    def play(self, records: tuple[Mapping[str, Any], ...]) -> None:
        for number, record in enumerate(records):
            for _ in range(record.get("times", 1)):
                taken = self.one(record)
                wanted = record.get("taken", True)
                assert taken is wanted, f"{self.case.name}: record {number} taken: {taken}"

    def one(self, record: Mapping[str, Any]) -> bool:
        word = next(word for word in record if word not in TELLS)
        now = record["at"]
        how = {"now": now, "nonce": record.get("nonce"), "session": record.get("session")}
        given = record[word]
        if word in PERSON:
            said: bool = getattr(self.state, word)(**given, now=now)
            return said
        if word in RECORDS:
            return self.recorded(word, given, record, how)
        self.said(word, given, now)
        return True

    def recorded(self, word: str, given: Any, record: Mapping[str, Any], how: Any) -> bool:
        state = self.state
        if word == "event":
            fields = kit.decoded(record.get("fields", {}), self.observe)
            assert isinstance(fields, dict)
            return state.record_event(given, fields, at=record.get("happened"), **how)
        if word == "show":
            case = self.case.at(how["now"], record.get("signals", {}), self.granted)
            decision = self.decide(self.bundle, given, case, state)
            assert decision.variant == record["is"], f"{self.case.name}: {decision}"
            return state.record_shown(decision, **how)
        surface, variant = given
        calls: dict[str, Callable[..., bool]] = {
            "shown": state.record_shown,
            "clicked": state.record_clicked,
            "dismissed": state.record_dismissed,
        }
        return calls[word](surface, variant, **how)

    def said(self, word: str, given: Any, now: int) -> None:
        """What is no record: it always succeeds."""
        state = self.state
        if word == "undo":
            assert state.undo(state.controls[given], now)
        elif word == "declare":
            for signal, value in given.items():
                assert state.declare(signal, value, now)
        elif word == "refresh":
            state.refresh({name: kit.decoded(v, self.observe) for name, v in given.items()}, now)
        elif word == "grant":
            self.granted = tuple(given)
            state.grant(given, now)
        elif word == "use":
            self.bundle = self.bundles[given]
            state.use(self.bundle, now)
        elif word == "load":
            data = state.bytes if given is True else msgpack.packb(plain(given))
            self.state = DeviceState.load(self.bundle, data, now, consent=self.granted)
            assert self.state.warning is None
        elif word == "force":
            state.force(*given)
        elif word == "trust":
            state.trust(now)
        elif word == "tab":
            other = Device(self.bundles, self.case, self.decide, self.observe)
            other.bundle, other.granted = self.bundle, self.granted
            other.state = DeviceState.load(
                self.bundle, state.bytes, now, consent=self.granted, writer=1
            )
            other.play(tuple(given["there"]))
            self.play(tuple(given["here"]))
            state.merge(other.state)
        else:
            assert word in ("turn_off", "turn_on", "erase"), f"unknown record {word}"
            getattr(state, word)(now)


def plain(value: Any) -> Any:
    """A state as README.md writes it, ready for msgpack."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"$hash"}:
        words = value["$hash"]
        return murmur3_32((words if isinstance(words, str) else "\0".join(words)).encode())
    if set(value) == {"$map"}:
        return {plain(key): plain(one) for key, one in value["$map"]}
    return {key: plain(one) for key, one in value.items()}
