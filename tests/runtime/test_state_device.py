"""What may happen to a state, one thing at a time; histories are in test_state_model."""

from __future__ import annotations

import json
import random
from typing import Any

import msgpack
import pytest
from tacit.runtime import (
    ArgumentError,
    Control,
    ControlError,
    DeviceState,
    TimeError,
    _murmur,
    reference,
)
from tacit.runtime._buckets import murmur3_32
from tacit.runtime.format import MAX_CONTROLS, ItemKind

from . import builder as b
from .remember import (
    CAP,
    COOLDOWN,
    DAY,
    FIRST,
    HOUR,
    LESS_OF,
    SECOND,
    STABLE_FOR,
    START,
    Loaded,
    program,
    values,
)

TRUST = 48 * HOUR


def fresh(**more: Any) -> DeviceState:
    return DeviceState(FIRST, START, **more)


# ---------------------------------------------------------------- time


def test_the_floor_counts_only_near_now() -> None:
    state = fresh()
    for _ in range(CAP):
        state.record_shown("hero", "a", now=START + TRUST)
    assert state._data.floor == START + TRUST
    assert values(state, START)["hero.a"] == 2
    later = START + TRUST + 5 * HOUR
    assert "hero.a" not in values(state, later)
    state.trust(later)
    assert "hero.a" not in values(state, later - TRUST)  # the floor stands in, not now
    assert values(state, later - TRUST - 1)["hero.a"] == 2


def test_what_is_shown_before_the_floor_counts_from_the_floor() -> None:
    """The clock went back by 40 h: caps and cooldowns hold all the same."""
    state = fresh()
    state.record_event("bought", now=START + 40 * HOUR)
    for _ in range(CAP):
        state.record_shown("hero", "a", now=START)
    assert values(state, START)["hero.a"] == 2
    assert values(state, START + 42 * HOUR)["hero.a"] == 2
    assert "hero.a" not in values(state, START + 45 * HOUR)
    state.record_shown("hero", "c", now=START + 37 * HOUR)
    assert values(state, START + 41 * HOUR)["hero.c"] == 2  # capped, and below cooling down
    state = fresh()
    state.record_event("bought", now=START + 40 * HOUR)
    state.record_shown("hero", "c", now=START)
    assert values(state, START)["hero.c"] == 3


def test_a_floor_far_ahead_is_dropped_by_the_next_record() -> None:
    state = fresh()
    state.trust(START + TRUST + HOUR)
    state.record_shown("hero", "c", now=START)
    assert state._data.floor == START
    assert values(state, START + HOUR)["hero.c"] == 3  # the old floor would say that it is over
    state.trust(START + TRUST + HOUR)
    state.refresh({}, START)
    assert state._data.floor == START


def test_a_step_too_far_is_used_but_not_trusted() -> None:
    state = fresh()
    assert state.record_event("bought", now=START + TRUST + 1)
    assert state._data.floor == START
    assert values(state, START + TRUST + 2)["since"] == 1
    assert state.record_event("bought", now=START + TRUST)
    assert state._data.floor == START + TRUST


def test_times_before_1970_are_1970() -> None:
    state = DeviceState(FIRST, -5)
    assert state._data.first_seen == 0
    assert state.record_event("bought", now=-1, at=-100)
    assert DeviceState.load(FIRST, state.bytes, 0).bytes == state.bytes
    with pytest.raises(TimeError):
        DeviceState(FIRST, 2**53)


def test_a_refused_event_changes_only_its_count() -> None:
    state = fresh()
    before = state.bytes
    far = START + DAY
    assert not state.record_event("viewed", at=far + 1, now=far, nonce="x")
    assert not state.record_event("viewed", at=far - 7 * DAY - 1, now=far, nonce="x")
    assert not state.record_event("viewed", {"category": 1}, now=far, nonce="x")
    assert not state.record_event("sold", now=far, nonce="x")
    assert state._data.refused == [1, 1, 2]
    state._data.refused = [0, 0, 0]
    assert state.bytes == before
    assert state.record_event("viewed", at=far - 7 * DAY, now=far, nonce="x")


def test_what_no_item_reads_is_not_looked_at() -> None:
    assert fresh().record_event("viewed", {"color": object(), "category": None}, now=START)


# ---------------------------------------------------------------- nonces and sessions


def test_the_newest_nonces_are_known() -> None:
    state = fresh()
    for number in range(33):
        assert state.record_event("bought", now=START, nonce=f"n{number}")
    assert not state.record_shown("hero", "a", now=START, nonce="n1")
    assert state.record_shown("hero", "a", now=START, nonce="n0")
    assert not state.record_event("bought", now=START, nonce="n0")


def test_sessions_by_idleness_and_by_name() -> None:
    state = fresh()
    idle = 30 * 60_000
    state.record_event("bought", now=START + idle - 1)
    assert state._data.session.number == 1
    assert values(state, START + 2 * idle - 2)["session_number"] == 1
    assert values(state, START + 2 * idle - 1)["session_number"] == 2
    state.record_event("bought", now=START + 2 * idle - 1)
    assert state._data.session.number == 2
    state.record_event("bought", now=START + 2 * idle, session="x")  # takes the name
    assert state._data.session.number == 2
    state.record_event("bought", now=START + DAY, session="x")
    state.record_event("bought", now=START + 2 * DAY)
    assert state._data.session.number == 2
    assert values(state, START + 9 * DAY)["session_number"] == 2
    state.record_event("bought", now=START + 2 * DAY, session="y")
    assert state._data.session.number == 3


def test_old_slots_go_when_a_session_begins() -> None:
    state = fresh()
    state.record_event("viewed", {"category": "shoes", "price": 50.0}, now=START)
    state.record_event("bought", now=START + DAY)
    held = {
        tuple(item["of"] if isinstance(item["of"], list) else [item["of"]]): item["holds"]
        for item in state.export()["items"]
        if item["kind"] in ("count", "sum", "distinct")
    }
    assert held == {("viewed",): [], ("viewed.price",): [], ("viewed.category",): []}  # fmt: skip


# ---------------------------------------------------------------- what is not kept


def rows(state: DeviceState) -> list[Any]:
    """Items as STATE.md section 3 has them."""
    found: list[Any] = msgpack.unpackb(state.bytes, strict_map_key=False)[10]
    return found


def test_a_capped_counter_keeps_no_more_slots_than_the_cap_can_count_to() -> None:
    state = fresh()
    for hour in range(CAP + 1):
        state.record_shown("hero", "a", now=START + hour * HOUR)
    [[_, counted]] = next(data for _, key, _, _, data in rows(state) if key == 60)
    assert counted[1::2] == [2] + [1] * (CAP - 1)
    assert counted[0] == START // HOUR + 1  # the oldest went there
    # All of the window's four slots had a show: it blocks until only CAP - 1 of them are left.
    assert values(state, START + CAP * HOUR)["hero.a"] == 2
    opens = (START // HOUR + CAP + 2) * HOUR
    assert values(state, opens - 1)["hero.a"] == 2
    assert "hero.a" not in values(state, opens)


def test_when_it_began_is_kept_where_it_matters() -> None:
    state = fresh(consent=["ads"])
    kinds = {ItemKind.COUNT, ItemKind.SUM, ItemKind.DISTINCT, ItemKind.LAST}
    for kind, _, _, begun, _ in rows(state):
        assert begun == (START if kind in kinds else 0)


# ---------------------------------------------------------------- consent, bundles, off


def test_a_clock_that_was_far_ahead_does_not_make_caps_forget() -> None:
    state = DeviceState(FIRST, START + 30 * DAY)
    for minutes in (0, 40, 80):  # each begins a session
        state.record_shown("hero", "a", now=START + minutes * 60_000)
    now = START + 2 * HOUR
    state.less_of(topic="sale", now=now)
    state.refresh({}, now)
    assert values(state, now)["hero.a"] == 1
    (control,) = state.controls
    assert state.undo(control, now)
    assert values(state, now)["hero.a"] == 2


def test_withdrawal_erases_and_a_new_grant_begins_anew() -> None:
    state = fresh(consent=["ads"])
    state.record_event("viewed", now=START)
    assert state.declare("score", 2, START)
    state.grant([], START + 1)
    assert values(state, START + 2)["views"] == 0
    assert state.export()["preferences"] == {}
    assert not state.declare("score", 2, START)
    state.grant(["ads"], START + 3)
    begun = {item["key"]: item["begun"] for item in state.export()["items"]}
    assert (begun[10], begun[11]) == (START, START + 3)


def test_loading_without_consent_erases() -> None:
    state = fresh(consent=["ads"])
    keys = {item["key"] for item in state.export()["items"]}
    again = DeviceState.load(FIRST, state.bytes, START)
    assert keys - {item["key"] for item in again.export()["items"]} == {11, 110}


def test_another_bundle_keeps_what_is_defined_alike() -> None:
    state = fresh(consent=["ads"])
    state.record_event("viewed", {"category": "shoes", "price": 50}, now=START)
    other = dict(state._standing_for(SECOND, START).values)  # before any update: read by key
    assert (other["shoes.least"], other["views"], other["spent.least"]) == (1, 0, 0)
    state.use(SECOND, START)
    assert state.bundle is SECOND
    assert values(state, START) == other
    state.use(FIRST, START)
    assert values(state, START)["views"] == 0


def test_off() -> None:
    state = fresh()
    state.record_event("viewed", {"category": "shoes"}, now=START)
    state.not_interested(topic="sale", now=START)
    state.turn_off(START + 1)
    small = state.bytes
    assert state.is_off
    assert not state.record_event("bought", now=START + 2)
    assert not state.record_shown("hero", "a", now=START + 2)
    assert not state.declare("tier", "gold", START)
    assert state.refresh({}, START) == ()
    state.less_of(topic="sale", now=START)
    state.force("exp", "a")
    state.erase(START + 1)
    assert state.is_off
    assert state.bytes == small
    assert DeviceState.load(FIRST, small, START).is_off
    state.turn_on(START + 5)
    state.turn_on(START + 6)
    assert state.bytes == DeviceState(FIRST, START + 5).bytes


# ---------------------------------------------------------------- the person


def test_controls() -> None:
    state = fresh()
    state.not_interested(surface="hero", variant="a", now=START)
    state.less_of(topic="shoes", now=START + 1)
    assert state.controls == (
        Control("variant", "not_interested", "hero", "a", START),
        Control("topic", "less_of", "shoes", "", START + 1),
    )
    assert values(state, START + LESS_OF)["side.x"] == 1
    assert "side.x" not in values(state, START + 1 + LESS_OF)
    assert values(state, START + 400 * DAY)["hero.a"] == 1
    assert state.undo(state.controls[0], START + 2)
    assert not state.undo(Control("topic", "less_of", "shoes", "", START))
    assert [control.kind for control in state.controls] == ["topic"]


@pytest.mark.parametrize(
    "names",
    [
        {},
        {"variant": "a"},
        {"surface": "hero", "topic": "sale"},
        {"surface": "hero", "variant": "a", "topic": "sale"},
        {"surface": "nowhere"},
        {"surface": "hero", "variant": "x"},
        {"topic": "dogs"},
    ],
)
def test_a_control_names_one_thing(names: dict[str, str]) -> None:
    with pytest.raises(ControlError, match=r"R20[89]") as caught:
        fresh().not_interested(**names)  # type: ignore[arg-type]
    assert isinstance(caught.value, ValueError)


def test_too_many_controls() -> None:
    made = program()
    assert made.memory is not None
    made.memory.topics = [f"t{n:03d}" for n in range(300)]
    state = DeviceState(Loaded(b.build(made)), START)
    for number in range(300):
        taken = state.not_interested(topic=f"t{number:03d}", now=START + number)
        assert taken is (number < MAX_CONTROLS)
    assert not state.less_of(topic="t299", now=START)
    assert state.less_of(topic="t000", now=START + 5)
    assert state.not_interested(topic="t100", now=START + 6)
    assert [control.target for control in state.controls] == [
        *(f"t{n:03d}" for n in range(1, 7)),
        "t100",
        *(f"t{n:03d}" for n in range(7, MAX_CONTROLS)),
    ]
    assert DeviceState.load(state.bundle, state.bytes, START).warning is None


def test_declared_values_are_those_of_their_signals() -> None:
    state = fresh(consent=["ads"])
    assert state.declare("score", 2.0, START)
    assert state.declare("tier", "gold", START)
    assert not state.declare("score", "2", START)
    assert not state.declare("country", "AT", START)
    found = state._standing_for(FIRST, START).declared
    assert found == {"score": 2, "tier": "gold"}
    state.declare("tier", None, START - 1)
    assert "tier" not in state._standing_for(FIRST, START).declared
    assert DeviceState.load(FIRST, state.bytes, START, consent=["ads"]).bytes == state.bytes


# ---------------------------------------------------------------- the host


def test_wrong_arguments() -> None:
    state = fresh()
    for call, code in (
        (lambda: DeviceState(FIRST, START, writer=8), "R214"),
        (lambda: DeviceState(FIRST, START, writer=True), "R214"),
        (lambda: DeviceState(FIRST, START, consent="ads"), "R203"),
        (lambda: state.record_event(3), "R213"),  # type: ignore[arg-type]
        (lambda: state.record_event("bought", [1]), "R212"),  # type: ignore[arg-type]
        (lambda: state.record_event("bought", nonce=3), "R213"),  # type: ignore[arg-type]
        (lambda: state.record_event("bought", nonce="n", session=3), "R213"),  # type: ignore[arg-type]
        (lambda: state.record_event("bought", now="today"), "R202"),  # type: ignore[arg-type]
        (lambda: state.grant({"ads"}, "today"), "R202"),  # type: ignore[arg-type]
        (lambda: state.record_shown(3), "R210"),
        (lambda: state.record_shown("hero", 3), "R210"),  # type: ignore[arg-type]
        (lambda: state.declare(3, "x"), "R213"),  # type: ignore[arg-type]
        (lambda: state.force("nothing", "a"), "R209"),
        (lambda: state.force("exp", "d"), "R209"),
    ):
        with pytest.raises(ArgumentError) as caught:
            call()
        assert caught.value.code == code
    state.use(FIRST, START)
    assert state.bytes == fresh().bytes, "what is refused changes nothing"


def test_a_click_without_a_variant_is_on_what_shows() -> None:
    state = fresh()
    assert not state.record_clicked("hero", now=START)
    for _ in range(3):
        state.record_shown("hero", "c", now=START)
    assert state.health()["hero"].fatigue == 3
    assert state.record_clicked("hero", now=START)
    found = state.health()["hero"]
    assert (found.shows, found.clicks, found.fatigue) == (3, 1, 0)
    assert found.repetition == pytest.approx(2 / 3)
    assert not state.record_dismissed("side", now=START)


def test_a_decision_without_a_surface_is_no_show() -> None:
    state = fresh()
    none = reference.decide(state._program, "nowhere", {}, START)
    assert not state.record_shown(none, now=START)


def test_export_is_json_and_names_things() -> None:
    state = fresh(consent=["ads"])
    state.record_event("viewed", {"category": "shoes", "price": 12}, now=START, nonce="n")
    state.record_shown("hero", "a", now=START)
    state.less_of(surface="hero", now=START)
    state.undo(state.controls[0], START)
    state.declare("tier", "gold", START)
    found = json.loads(json.dumps(state.export(), allow_nan=False))
    subjects = {item["key"]: item["of"] for item in found["items"]}
    assert subjects[50] == "viewed.category"
    assert subjects[60] == [["hero", "a"], ["hero", "c"]]
    assert subjects[100] == "hero"
    assert subjects[120] == "segment_0"
    assert found["preferences"]["tier"] == {"value": "gold", "time": START}
    assert found["controls"] == []
    assert len(found["controls_taken_back"]) == 1
    assert len(found["record_hashes"]) == 1


def test_inspect_tells_when_a_guard_opens() -> None:
    state = fresh()
    for number in range(CAP):
        state.record_shown("hero", "c", now=START + number * HOUR)
    now = START + (CAP - 1) * HOUR
    view = state.inspect(now)
    cap, _, cooldown = view.guards[:3]
    assert (cap.used, cap.left, cap.blocks) == (CAP, 0, True)
    assert cap.variants == (("hero", "a"), ("hero", "c"))
    assert cooldown.opens == now + COOLDOWN
    assert cap.opens is not None
    blocked = dict(view.blocked)
    assert blocked["hero", "c"] == "CAPPED"
    # It opens then and not a millisecond before.
    assert values(state, cap.opens - 1)["hero.a"] == 2
    assert "hero.a" not in values(state, cap.opens)


def test_inspect_shows_windows_segments_and_holds() -> None:
    state = fresh(consent=["ads"])
    for _ in range(2):
        state.record_event("viewed", {"category": "shoes"}, now=START)
    state.refresh({}, START)
    decision = reference.decide(state._program, "hero", {"country": "AT"}, START, state=state)
    assert state.record_shown(decision, now=START)
    view = state.inspect(START + 1)
    shoes = next(one for one in view.windows if one.name == "shoes")
    assert (shoes.value, shoes.so_far) == (None, 2)
    assert shoes.observed_from is not None
    assert values(state, shoes.observed_from)["shoes"] == 0
    assert "shoes" not in values(state, shoes.observed_from - 1)
    hourly = view.segments[0]
    assert (hourly.segment, hourly.value, hourly.since) == ("segment_0", True, START)
    assert hourly.due == (START // HOUR + 1) * HOUR
    hold = view.holds[0]
    assert (hold.variant, hold.held, hold.until) == ("a", True, START + STABLE_FOR)


# ---------------------------------------------------------------- refresh


@pytest.mark.parametrize(
    ("cadence", "due"),
    [
        (1, (HOUR, 2 * HOUR, DAY, 30 * DAY)),
        (2, (DAY, 30 * DAY)),
        (3, ()),
    ],
)
def test_cadences(cadence: int, due: tuple[int, ...]) -> None:
    made = program()
    assert made.memory is not None
    made.memory.items[14] = ("SEGMENT", 120, None, (0, cadence))
    start = START // DAY * DAY
    bundle = Loaded(b.build(made))
    for wait in (0, 1, HOUR - 1, HOUR, 2 * HOUR, DAY - 1, DAY, 30 * DAY):
        state = DeviceState(bundle, start)
        assert state.refresh({}, start) == ("segment_0", "segment_1")
        assert ("segment_0" in state.refresh({}, start + wait)) is (wait in due or (
            cadence == 1 and wait == DAY - 1))  # fmt: skip


def test_an_unknown_segment_is_not_stored() -> None:
    made = program()
    made.segments[0] = ("IS", 0, "AT")
    state = DeviceState(Loaded(b.build(made)), START)
    assert state.refresh({"country": "AT"}, START)[0] == "segment_0"
    assert values(state, START)["seg0.in"] is True
    assert state.refresh({}, START + HOUR)[0] == "segment_0"
    assert {"seg0.in", "seg0.out"}.isdisjoint(values(state, START + HOUR))
    assert state.refresh({"country": "DE"}, START + HOUR) == ("segment_0",)
    assert values(state, START + HOUR)["seg0.out"] is True


def test_the_quick_hash_is_the_plain_one() -> None:
    rng = random.Random(7)
    for size in range(70):
        data = rng.randbytes(size)
        assert _murmur.murmur3_32(data) == murmur3_32(data)


def test_what_is_over_is_no_control_any_more() -> None:
    state = fresh()
    state.less_of(topic="sale", now=START)
    state.not_interested(topic="shoes", now=START + 1)
    assert [one.target for one in state.controls] == ["sale", "shoes"]
    assert [one.target for one in state.inspect(START + LESS_OF - 1).controls] == ["sale", "shoes"]
    assert [one.target for one in state.inspect(START + LESS_OF).controls] == ["shoes"]
    state.trust(START + LESS_OF)
    assert [one.target for one in state.controls] == ["shoes"]
    assert len(state.export()["controls"]) == 2  # it is still kept
