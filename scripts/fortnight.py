"""One visitor of the shop through a fortnight: what each surface shows, what changed, and why.

Everything she does is recorded on her device alone, in a file that is opened anew each time, as by
an app that was closed in between. Times are fixed, so that the story is the same every time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tacit.runtime import Bundle, Decision, DeviceState, reference
from tacit.runtime.explain import explain
from tacit.runtime.stores import FileStore, keep

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
MONDAY = 1_793_577_600_000  # 2026-11-02T00:00Z
SURFACES = ("home_hero", "home_strip", "payment_hint")
CONSENT = ("personalization",)
SILENT = ("FALSE", "UNKNOWN", "NOT_REACHED")
"""Why most rules are passed over; not worth a word."""

Act = Callable[[DeviceState, int], object]


@dataclass(frozen=True)
class Moment:
    """Something she does, and then looks at the page."""

    day: int
    hour: float
    text: str
    act: Act = lambda state, now: None
    signals: Mapping[str, object] = field(default_factory=dict)
    """What is different from here on."""
    shows: int = 1
    consent: tuple[str, ...] = CONSENT

    @property
    def now(self) -> int:
        return MONDAY + (self.day - 1) * DAY + int(self.hour * HOUR)


MARA = {
    "install_id": "mara-6",
    "country": "NL",
    "language": "nl",
    "device_class": "desktop",
    "returning": True,
    "loyalty_tier": "none",
    "viewing": [],
    "search_text": "",
    "sold_out": [],
    "cart_value": 0,
    "cart_items": 0,
}
SOCKS = {"cart_items": 2, "cart_value": 28}


def viewed(path: str, sport: str, times: int) -> Act:
    def act(state: DeviceState, now: int) -> None:
        for number in range(times):
            fields = {"path": path, "sport": sport}
            state.record_event("product_viewed", fields, at=now - number * MINUTE, now=now)

    return act


def did(name: str) -> Act:
    return lambda state, now: state.record_event(name, now=now)


def said_no(surface: str, variant: str) -> Act:
    return lambda state, now: state.record_dismissed(surface, variant, now=now)


def clicked(surface: str, variant: str) -> Act:
    return lambda state, now: state.record_clicked(surface, variant, now=now)


def declared(signal: str, value: object) -> Act:
    return lambda state, now: state.declare(signal, value, now)


def not_interested(topic: str) -> Act:
    return lambda state, now: state.not_interested(topic=topic, now=now)


def less_of(topic: str) -> Act:
    return lambda state, now: state.less_of(topic=topic, now=now)


def takes_back(state: DeviceState, now: int) -> None:
    state.undo(state.controls[-1], now)


STORY = (
    Moment(1, 9, "is back; her last order was eleven weeks ago"),
    Moment(2, 9, "is back; which arm of the experiment she saw is remembered"),
    Moment(2, 20, "orders a tent", did("order_completed")),
    Moment(3, 19, "looks at three pairs of hiking boots", viewed("shoes/hiking", "hiking", 3)),
    Moment(3, 20, "opens the page twice more", shows=2),
    Moment(3, 21, "and again, for the fourth time this evening"),
    Moment(5, 9, "is back"),
    Moment(5, 9.5, "follows the shoes", clicked("home_hero", "shoes")),
    Moment(5, 10, "tells the shop that she runs", declared("favourite_sport", "running")),
    Moment(6, 9, "is back; what showed had half a day, and that is over"),
    Moment(7, 18, "begins to pay for two pairs of socks", did("checkout_started"), SOCKS),
    Moment(7, 18.75, "is still at it three quarters of an hour later"),
    Moment(8, 9, "waves the hint away", said_no("payment_hint", "calm")),
    Moment(8, 9.75, "is not interested in running any more", not_interested("running")),
    Moment(9, 9, "looks at hiking boots again", viewed("shoes/hiking", "hiking", 3)),
    Moment(10, 9, "is back, and shoes are sold out", signals={"sold_out": ["shoes"]}),
    Moment(11, 9, "is back, and there are shoes again", signals={"sold_out": []}),
    Moment(11, 21, "looks at seven yoga mats", viewed("mats", "yoga", 7)),
    Moment(12, 9, "takes back what she said of running", takes_back),
    Moment(13, 9, "wants less of yoga", less_of("yoga")),
    Moment(14, 9, "withdraws her consent to personalization", consent=()),
)


def walk(bundle: Bundle, program: reference.Program, path: Path) -> Iterator[str]:
    """The story in lines. `path` is the file of the device's state."""
    signals: dict[str, object] = dict(MARA)
    before: dict[str, str] = {}
    _first_order(bundle, path)
    largest = 0
    for moment in STORY:
        signals |= moment.signals
        state = _happened(bundle, path, moment, signals)
        yield f"{_day(moment.now)}  {moment.text}"
        same = True
        for surface in SURFACES:
            decision = bundle.decide(
                surface, signals, state=state, now=moment.now, consent=moment.consent
            )
            line = f"{decision.variant:<11} {_why(program, decision, signals, state, moment)}"
            if before.get(surface) != line:
                yield f"    {surface:<13} {line}"
                same = False
            before[surface] = line
        if same:
            yield "    nothing changes"
        largest = max(largest, path.stat().st_size)
    memory = program.memory
    assert memory is not None
    yield (
        f"The state took {largest:,} bytes at most, and {path.stat().st_size:,} without consent; "
        f"the bundle allows for {memory.largest:,}. Nothing of it left the device."
    )


def _first_order(bundle: Bundle, path: Path) -> None:
    then = MONDAY - 77 * DAY

    def load(data: bytes | None) -> DeviceState:
        return DeviceState(bundle, then, consent=CONSENT)

    keep(FileStore(path), load, lambda state: state.record_event("order_completed", now=then))


def _happened(
    bundle: Bundle, path: Path, moment: Moment, signals: Mapping[str, object]
) -> DeviceState:
    """The device opens its file, records what she does, refreshes, and shows her the page.

    What comes back is the state as it was when the page was decided.
    """

    def load(data: bytes | None) -> DeviceState:
        assert data is not None
        return DeviceState.load(bundle, data, moment.now, consent=moment.consent)

    def change(state: DeviceState) -> None:
        moment.act(state, moment.now)
        state.refresh(signals, moment.now)

    decided = keep(FileStore(path), load, change)

    def show(state: DeviceState) -> None:
        for _ in range(moment.shows):
            for surface in SURFACES:
                decision = bundle.decide(
                    surface, signals, state=state, now=moment.now, consent=moment.consent
                )
                state.record_shown(decision, now=moment.now)

    keep(FileStore(path), load, show)
    return decided


def _why(
    program: reference.Program,
    decision: Decision,
    signals: Mapping[str, object],
    state: DeviceState,
    moment: Moment,
) -> str:
    """Reason and rule of a decision, the text for the person, and which rules a guardrail kept."""
    found = explain(
        program, decision.surface, signals, moment.now, moment.consent, state=state, reveal=True
    )
    passed = [
        f"{rule.id} {rule.blocked or rule.outcome}"
        for rule in found.rules
        if rule.blocked or rule.outcome not in (*SILENT, "FIRED", "KEPT")
    ]
    parts = [
        str(decision.reason) if decision.rule is None else f"{decision.reason} {decision.rule}"
    ]
    parts += [f'"{decision.explanation}"'] if decision.explanation else []
    parts += [f"({', '.join(passed)})"] if passed else []
    return " ".join(parts)


def _day(now: int) -> str:
    return datetime.fromtimestamp(now / 1000, UTC).strftime("%a %d %b %H:%M")
