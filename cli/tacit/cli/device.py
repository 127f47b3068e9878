"""A device on which things happen: plays what a test, or a file of events, says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tacit.compiler.cases_history import Feedback, Record
    from tacit.runtime import Bundle, Decision, DeviceState


class Device:
    """A state, and what its host knows beside it: the signals, the consent and the session."""

    def __init__(
        self,
        bundle: Bundle,
        state: DeviceState,
        signals: Mapping[str, Any],
        consent: tuple[str, ...],
    ) -> None:
        self.bundle = bundle
        self.state = state
        self.signals = signals
        self.consent = consent
        self.session: str | None = None
        self._last: int | None = None

    def grant(self, consent: tuple[str, ...], now: int) -> None:
        """Exactly these purposes are granted from `now` on."""
        if set(consent) != set(self.consent):
            self.state.grant(consent, now)
        self.consent = consent

    def play(self, records: Iterable[Record]) -> None:
        for record in records:
            self._play(record)
            self._last = record.at

    def _play(self, record: Record) -> None:
        from tacit.compiler import cases_history as happened

        state, now = self.state, record.at
        match record:
            case happened.EventRecord(_, name, fields):
                state.record_event(name, fields, now=now, session=self.session)
            case happened.Feedback():
                self._feedback(record)
            case happened.Control(_, strength, surface, variant, topic):
                say = getattr(state, strength.value)
                say(surface=surface, variant=variant, topic=topic, now=now)
            case happened.Declaration(_, signal, value):
                state.declare(signal, value, now)
            case happened.Refresh():
                state.refresh(self.signals, now)
            case happened.Session(_, name):
                self._begin(name, now)
            case happened.Switch(_, on):
                (state.turn_on if on else state.turn_off)(now)

    def _begin(self, session: str, now: int) -> None:
        if self.session is None and self._last is not None:
            # A session without a name would take this one; the test says that another began.
            self.state.record_session("", now=self._last)
        self.session = session
        self.state.record_session(session, now=now)

    def _feedback(self, record: Feedback) -> None:
        shown: tuple[Decision] | tuple[str, str] = (record.surface, record.variant)
        if record.act == "shown":
            # A host records the decision that it showed, and with it the rule and the arm. What
            # the rules would not have shown was shown all the same: somebody wrote that it was.
            decision = self.bundle.decide(
                record.surface,
                self.signals,
                state=self.state,
                now=record.at,
                consent=self.consent,
            )
            if decision.variant == record.variant:
                shown = (decision,)
        act = getattr(self.state, f"record_{record.act}")
        act(*shown, now=record.at, session=self.session)
