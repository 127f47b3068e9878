"""From a project that remembers to the IR: signals, aggregates, guardrails, groups, histories."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tacit.compiler import ir, ir_state
from tacit.compiler.cases import Given
from tacit.compiler.cases_history import (
    Act,
    Control,
    Declaration,
    EventRecord,
    Feedback,
    Refresh,
    Session,
    Strength,
    Switch,
)
from tacit.compiler.dump import Names, condition_text
from tacit.compiler.ir import SignalType
from tacit.compiler.ir_state import Cadence, Window
from tacit.compiler.lock import rebalance
from tacit.compiler.passes import optimise
from tacit.compiler.project import parse
from tacit.compiler.reader import read_text
from tacit.compiler.resolve import Resolved, resolve
from tacit.compiler.source import Source
from tacit.compiler.wellformed import check, faults

from .samples_state import REMEMBERING

HOUR, DAY = 3_600_000, 86_400_000


def _resolve(text: str) -> Resolved:
    return resolve(parse(Source((read_text(text),))))


@pytest.fixture(scope="module")
def resolved() -> Resolved:
    found = _resolve(REMEMBERING)
    assert [item.code for item in found.diagnostics] == ["W320"]
    return found


@pytest.fixture(scope="module")
def program(resolved: Resolved) -> ir.Program:
    assert resolved.program is not None
    return resolved.program


def _text(program: ir.Program, condition: ir.Condition | None) -> str:
    assert condition is not None
    return condition_text(condition, Names.of(program))


def _aggregate(program: ir.Program, name: str) -> ir_state.Aggregate:
    (found,) = [one for one in program.aggregates if one.name == name]
    return found


def test_signals_of_the_host_then_fields_then_aggregates(program: ir.Program) -> None:
    assert program.host_signals == 4
    assert [signal.name for signal in program.signals[4:]] == [
        "product_viewed.category", "product_viewed.price", "product_viewed.on_sale",
        "product_viewed.stars", "shoe_views_7d", "shoe_views_7d.least", "orders_30d",
        "orders_30d.least", "spent_30d", "spent_30d.least", "stars_1d", "brands_7d",
        "brands_7d.least", "since_order", "stalled", "browsing", "taste", "first_seen",
        "session_number",
    ]  # fmt: skip
    check(program, "resolve")


def test_events_are_sorted_and_have_their_fields(program: ir.Program) -> None:
    assert [event.name for event in program.events] == [
        "checkout_started", "order_completed", "product_viewed"
    ]  # fmt: skip
    assert [event.fields for event in program.events] == [(), (), (4, 5, 6, 7)]
    assert [event.purpose for event in program.events] == [None, None, "personalization"]
    category, price, sale, _ = program.signals[4:8]
    assert (category.type, category.max_length, category.source) == (
        SignalType.STRING, 64, "device"
    )  # fmt: skip
    assert (price.type, price.minimum, price.maximum) == (SignalType.DOUBLE, 0.0, None)
    assert (sale.type, sale.purpose) == (SignalType.BOOL, None)


def test_types_of_aggregates(program: ir.Program) -> None:
    def signal(name: str) -> ir.Signal:
        return program.signals[_aggregate(program, name).signal]

    for name in ("shoe_views_7d", "brands_7d", "session_number"):
        assert (signal(name).type, signal(name).minimum) == (SignalType.INT, 0)
    assert signal("spent_30d").type is SignalType.DOUBLE
    for name in ("since_order", "first_seen"):
        assert (signal(name).type, signal(name).duration) == (SignalType.INT, True)
    assert signal("stalled").type is SignalType.BOOL
    taste = signal("taste")
    assert (taste.type, taste.max_items, taste.max_length) == (SignalType.STRING_LIST, 2, 64)
    assert signal("shoe_views_7d").purpose == "personalization"
    assert signal("browsing").purpose == "research"
    assert signal("orders_30d").purpose is None


def test_kinds_of_aggregates(program: ir.Program) -> None:
    views = _aggregate(program, "shoe_views_7d")
    assert isinstance(views.kind, ir_state.Count)
    assert views.kind.window == Window(6 * HOUR, 28)
    assert _text(program, views.kind.of.where) == 'product_viewed.category == "shoes"'
    assert (views.kind.of.where_text, views.owner) == ('category == "shoes"', "crm")
    spent = _aggregate(program, "spent_30d").kind
    assert spent == ir_state.Sum(ir_state.Occurrence(2), 5, Window(DAY, 30))
    stars = _aggregate(program, "stars_1d").kind
    assert stars == ir_state.Sum(ir_state.Occurrence(2), 7, Window(HOUR // 2, 48))
    brands = _aggregate(program, "brands_7d").kind
    assert brands == ir_state.Distinct(ir_state.Occurrence(2), 4, Window(6 * HOUR, 28), 20)
    assert _aggregate(program, "since_order").kind == ir_state.Since(ir_state.Occurrence(1))
    taste = _aggregate(program, "taste").kind
    assert taste == ir_state.Affinity(ir_state.Occurrence(2), 4, 14 * DAY, 8, 2)
    stalled = _aggregate(program, "stalled").kind
    assert stalled == ir_state.Funnel(
        ir_state.Occurrence(0), ir_state.Occurrence(1), HOUR // 2, 24 * HOUR
    )
    browsing = _aggregate(program, "browsing").kind
    assert isinstance(browsing, ir_state.Funnel)
    assert (_text(program, browsing.reached.where), browsing.after) == (
        "product_viewed.on_sale", 0
    )  # fmt: skip


def test_which_aggregates_are_intervals(program: ir.Program) -> None:
    intervals = [one.name for one in program.aggregates if one.least is not None]
    assert intervals == ["shoe_views_7d", "orders_30d", "spent_30d", "brands_7d"]
    zero = _resolve(REMEMBERING.replace("until_observed: unknown", "until_observed: zero")).program
    assert zero is not None
    orders = _aggregate(zero, "orders_30d")
    assert (orders.least, orders.zero) == (None, True)


def test_intervals_are_asked_at_both_ends(program: ir.Program) -> None:
    shoe_lover, converted, generous = program.segments
    assert (shoe_lover.cadence, shoe_lover.refresh_on) == (Cadence.HOURLY, ())
    assert (converted.cadence, converted.refresh_on) == (Cadence.EVENTS, (1,))
    assert _text(program, shoe_lover.condition) == "shoe_views_7d.least >= 3 || shoe_views_7d >= 3"
    assert _text(program, generous.condition) == (
        "(spent_30d.least < 100.0 && spent_30d < 100.0) || "
        "(brands_7d.least <= 2 && brands_7d == 2) || stars_1d > 3.0"
    )


def test_a_duration_is_in_milliseconds(program: ir.Program) -> None:
    rule = program.surfaces[1].rules[0]
    assert _text(program, rule.condition) == "first_seen < 86400000"


def test_built_in_names_are_there_when_they_are_used_and_free() -> None:
    plain = "project: p\nsurfaces: {s: {default: a, variants: {a: 1}, rules: [{id: r, when: W}]}}\n"
    plain = plain.replace("id: r, when: W", "id: r, show: a, when: session_number > 3")
    found = _resolve(plain).program
    assert found is not None
    assert [one.name for one in found.aggregates] == ["session_number"]
    assert (found.host_signals, len(found.signals)) == (0, 1)
    host = "signals: {session_number: {type: int, source: device}}\n"
    found = _resolve(plain + host).program
    assert found is not None
    assert (found.aggregates, found.host_signals) == ((), None)
    found = _resolve(plain + "segments: {first_seen: true}\n").program
    assert found is not None
    assert [one.name for one in found.aggregates] == ["session_number"]


@pytest.mark.parametrize(
    "part",
    [
        "    rules: [{id: r, show: b, stop_when: session_number > 3}]\n",
        "    guardrails: {suppress: {b: {when: session_number > 3}}}\n",
    ],
)
def test_built_in_names_are_found_in_every_condition(part: str) -> None:
    text = f"project: p\nsurfaces:\n  s:\n    default: a\n    variants: {{a: 1, b: 2}}\n{part}"
    found = _resolve(text).program
    assert found is not None
    assert [one.name for one in found.aggregates] == ["session_number"]


def test_variants_rules_and_budgets(program: ir.Program) -> None:
    hero, _ = program.surfaces
    assert [variant.theme for variant in hero.variants] == [None, "trail", "winter"]
    assert hero.variants[1].topics == ("shoes", "sport")
    win_back = hero.rules[1]
    assert (_text(program, win_back.stop), win_back.stop_text) == ("converted", "converted")
    assert isinstance(win_back.outcome, ir.Split)
    assert win_back.outcome.sticky
    assert (program.less_of, program.state_budget) == (14 * DAY, 2_000)


def test_caps_and_cooldowns(program: ir.Program) -> None:
    caps = [(cap.variants, cap.limit, cap.window, cap.without_state) for cap in program.caps]
    assert caps == [
        (((0, 1),), 3, Window(HOUR, 24), False),
        (((0, 1),), 10, Window(DAY, 30), False),
        (((0, 1), (0, 2)), 10, Window(6 * HOUR, 28), False),
        (((0, 2),), 2, None, False),
        (((1, 1),), 3, Window(HOUR, 24), True),
        (((0, 1), (1, 1)), 5, Window(HOUR, 24), False),
    ]
    cooldowns = [(one.variants, one.length, one.without_state) for one in program.cooldowns]
    assert cooldowns == [
        (((0, 1),), 2 * HOUR, False),
        (((1, 1),), 300_000, True),
        (((0, 1), (1, 1)), HOUR, False),
    ]


def test_guardrails_and_groups(program: ir.Program) -> None:
    hero, side = (surface.guardrails for surface in program.surfaces)
    assert hero is not None
    assert side == ir_state.Guardrails(without_state=True)
    assert (hero.stable_for, hero.changes_per_session, hero.without_state) == (DAY, 1, False)
    (suppress,) = hero.suppress
    assert (suppress.variant, suppress.dismissed, suppress.unclicked) == (1, 2, 5)
    assert suppress.when_text == '"sku-1" in unavailable'
    assert _text(program, suppress.when) == '"sku-1" in unavailable'
    assert [(group.name, group.surfaces) for group in program.groups] == [("look", (0, 1))]


def test_the_holdout_of_a_surface(resolved: Resolved, program: ir.Program) -> None:
    holdout = program.surfaces[0].holdout
    assert holdout is not None
    assert (holdout.unit, holdout.ranges) == (1, ((0, 500),))
    assert program.surfaces[1].holdout is None
    assert program.holdout is None
    assert resolved.lock is not None
    assert resolved.lock.pools[("holdout", "hero")].salt == holdout.salt


def test_holdouts_hold_different_people() -> None:
    """Also where a surface is called as its project is."""
    text = (
        "project: p\nunit: u\nsignals: {u: {type: string, source: device}}\n"
        "holdout: {share: 5%}\n"
        "surfaces: {p: {default: a, variants: {a: 1}, holdout: 5%}}\n"
    )
    found = _resolve(text).program
    assert found is not None
    own = found.surfaces[0].holdout
    assert own is not None
    assert found.holdout is not None
    assert own.salt != found.holdout.salt


def test_a_lock_with_the_holdout_of_a_surface(resolved: Resolved) -> None:
    fitting = resolve(parse(Source((read_text(REMEMBERING),))), resolved.lock)
    assert fitting.diagnostics == ()
    assert fitting.lock == resolved.lock
    assert resolved.lock is not None
    renamed = rebalance(resolved.lock, "shop", (), {"hero": "home"})
    assert renamed.pools == {}


def test_passes_reach_every_condition(program: ir.Program) -> None:
    text = REMEMBERING
    for written, instead in (
        ("stop_when: converted", "stop_when: '!(converted && !converted)'"),
        ("""'"sku-1" in unavailable'""", "'!(has(country) && size(unavailable) > 3)'"),
        ("where: on_sale", "where: '!(on_sale && stars > 3)'"),
    ):
        assert written in text
        text = text.replace(written, instead)
    found = _resolve(text).program
    assert found is not None
    after = optimise(found)
    hero = after.surfaces[0]
    assert _text(after, hero.rules[1].stop) == "not converted || converted"
    assert hero.guardrails is not None
    suppressed = _text(after, hero.guardrails.suppress[0].when)
    assert suppressed == "not has(country) || size(unavailable) <= 3"
    browsing = _aggregate(after, "browsing").kind
    assert isinstance(browsing, ir_state.Funnel)
    assert _text(after, browsing.reached.where) == (
        "not product_viewed.on_sale || product_viewed.stars <= 3"
    )


def test_a_history(resolved: Resolved) -> None:
    case, anew = resolved.cases
    noon = 1794312000000
    assert (case.observed, case.first_seen, case.without_state) == (
        30 * DAY,
        noon - 30 * DAY,
        False,
    )
    viewed = EventRecord(noon - 2 * DAY, "product_viewed", {"category": "shoes", "price": 3})
    assert case.records == (
        viewed, viewed, viewed,
        EventRecord(1794182400000, "order_completed", {}),
        Session(noon - 2 * HOUR, "tests[0].events[2]"),
        Feedback(noon - HOUR, Act.SHOWN, "hero", "shoes"),
        Feedback(noon - HOUR, Act.CLICKED, "hero", "shoes"),
        Declaration(1794310000000, "tier", "gold"),
        Feedback(noon - HOUR // 2, Act.DISMISSED, "side", "shoes"),
        Control(noon - HOUR // 3, Strength.NOT_INTERESTED, topic="sport"),
        Control(noon - HOUR // 3, Strength.LESS_OF, surface="side"),
        Control(noon - HOUR // 3, Strength.LESS_OF, surface="hero", variant="comeback"),
        Refresh(noon),
        Switch(noon, on=False),
    )  # fmt: skip
    assert (anew.without_state, anew.records, anew.now, anew.first_seen) == (True, (), None, None)


def test_steps_go_on_from_the_one_before(resolved: Resolved) -> None:
    first, second = resolved.cases[0].then
    noon = 1794312000000
    assert (first.now, second.now) == (noon + 25 * HOUR, noon + 25 * HOUR + HOUR // 2)
    assert first.records == (Switch(noon + 24 * HOUR, on=True),)
    assert first.given == {"country": Given("DE"), "tier": Given("none")}
    assert second.given == {"tier": Given("none")}
    assert (first.missing, second.missing) == ((), ("country",))
    assert (first.consent, second.consent) == (("personalization",), ())
    assert second.expect[0].unknown == ("orders_30d",)
    assert second.path == "tests[0].then[1]"


def test_without_observed_the_first_record_is_the_first_sight() -> None:
    text = (
        "project: p\nevents: {seen: {}}\nsurfaces: {s: {default: a, variants: {a: 1}}}\n"
        "tests:\n  - {name: t, now: 100000, expect: {s: a},"
        " events: [{seen: {}}, {seen: {}, at: -1m}]}\n"
        "  - {name: u, now: 100000, expect: {s: a}}\n"
    )
    first, second = _resolve(text).cases
    assert (first.first_seen, second.first_seen) == (40_000, 100_000)
    assert [record.at for record in first.records] == [40_000, 100_000]


def _broken(program: ir.Program, **changes: object) -> str:
    return "; ".join(faults(replace(program, **changes)))  # type: ignore[arg-type]


def test_the_check_finds_what_cannot_be(program: ir.Program) -> None:
    assert _broken(program) == ""
    assert "not sorted" in _broken(program, events=program.events[::-1])
    assert "fields do not follow" in _broken(program, host_signals=3)
    assert "signal 10, not 8" in _broken(program, aggregates=program.aggregates[1:])
    assert "signals, and 23 are declared" in _broken(program, signals=program.signals[:-1])
    views = program.aggregates[0]
    kind = views.kind
    assert isinstance(kind, ir_state.Count)

    def count(**changes: object) -> tuple[ir_state.Aggregate, ...]:
        of = replace(kind.of, **changes)  # type: ignore[arg-type, union-attr]
        return (replace(views, kind=replace(kind, of=of)), *program.aggregates[1:])

    has_country = ir.Literal(0, ir.Has())
    assert "more than the fields" in _broken(program, aggregates=count(where=has_country))
    assert "segment 0 of 0" in _broken(program, aggregates=count(where=ir.SegmentIs(0)))
    assert "event 7 of 3" in _broken(program, aggregates=count(event=7))
    hero = program.surfaces[0]
    reads = replace(hero.rules[0], condition=ir.Literal(6, ir.IsTrue()))
    surfaces = (replace(hero, rules=(reads,)), program.surfaces[1])
    assert "surface hero reads a field" in _broken(program, surfaces=surfaces)
    for variants in ((), ((0, 1), (0, 1)), ((0, 9),), ((0, 0),)):
        assert "guarded" in _broken(program, caps=(ir_state.Cap(variants, 1, None),))
    for surfaces_of in ((1,), (1, 0), (0, 5)):
        assert "group g" in _broken(program, groups=(ir_state.Group("g", surfaces_of),))
    twice = (ir_state.Group("g", (0, 1)), ir_state.Group("h", (0, 1)))
    assert "in two groups" in _broken(program, groups=twice)
    guardrails = ir_state.Guardrails(suppress=(ir_state.Suppress(9, ir.SegmentIs(9)),))
    surfaces = (replace(hero, guardrails=guardrails), program.surfaces[1])
    found = _broken(program, surfaces=surfaces)
    assert "suppresses variant 9" in found
    assert "suppress: segment 9 of 3" in found
    stopped = replace(hero.rules[0], stop=ir.SegmentIs(9))
    surfaces = (replace(hero, rules=(stopped,)), program.surfaces[1])
    assert "rule fans: segment 9 of 3" in _broken(program, surfaces=surfaces)
    segment = replace(program.segments[1], refresh_on=(7,))
    segments = (program.segments[0], segment, program.segments[2])
    assert "refreshes on events" in _broken(program, segments=segments)
