"""Programs that ask devices to remember: one with everything, and random ones."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from tacit.compiler import ir, ir_state
from tacit.compiler.ir import SignalType
from tacit.compiler.ir_state import Cadence, Occurrence, Window

from .programs import (
    SIGNALS,
    UNIT,
    B,
    n,
    random_condition,
    random_program,
    s,
    with_random_limits,
)

HOUR = 3_600_000
DAY = 24 * HOUR
H = len(SIGNALS)
TOTAL, CATEGORY, PRICE = range(H, H + 3)
VIEWS, VIEWS_LEAST, SPENT, KINDS, SINCE, TASTE, STALLED, FIRST_SEEN, SESSION = range(H + 3, H + 12)
ORDERED, VIEWED = 0, 1

FIELDS = (
    ir.Signal("ordered.total", SignalType.DOUBLE, "device"),
    ir.Signal("viewed.category", SignalType.STRING, "device", max_length=12),
    ir.Signal("viewed.price", SignalType.DOUBLE, "device"),
)
KEPT = (
    ir.Signal("views", SignalType.INT, "device", purpose="ads"),
    ir.Signal("views.least", SignalType.INT, "device", purpose="ads"),
    ir.Signal("spent", SignalType.DOUBLE, "device"),
    ir.Signal("kinds", SignalType.INT, "device"),
    ir.Signal("since_order", SignalType.INT, "device", duration=True),
    ir.Signal("taste", SignalType.STRING_LIST, "device", max_length=12, max_items=2),
    ir.Signal("stalled", SignalType.BOOL, "device"),
    ir.Signal("first_seen", SignalType.INT, "device", duration=True),
    ir.Signal("session_number", SignalType.INT, "device"),
)
EVENTS = (
    ir_state.Event("ordered", (TOTAL,)),
    ir_state.Event("viewed", (CATEGORY, PRICE)),
)
SHOES = ir.Literal(CATEGORY, ir.Among(("shoes",)))
ANY_VIEW = Occurrence(VIEWED)
ORDERS = Occurrence(ORDERED)
AGGREGATES = (
    ir_state.Aggregate(
        "views",
        ir_state.Count(Occurrence(VIEWED, SHOES, "source of where"), Window(DAY, 7)),
        VIEWS,
        VIEWS_LEAST,
        purpose="ads",
        owner="crm",
    ),
    ir_state.Aggregate("spent", ir_state.Sum(ORDERS, TOTAL, Window(DAY, 30)), SPENT, zero=True),
    ir_state.Aggregate(
        "kinds", ir_state.Distinct(ANY_VIEW, CATEGORY, Window(HOUR, 24), 20), KINDS, zero=True
    ),
    ir_state.Aggregate("since_order", ir_state.Since(ORDERS), SINCE),
    ir_state.Aggregate("taste", ir_state.Affinity(ANY_VIEW, CATEGORY, 14 * DAY, 8, 2), TASTE),
    ir_state.Aggregate("stalled", ir_state.Funnel(ANY_VIEW, ORDERS, HOUR, DAY), STALLED),
    ir_state.Aggregate("first_seen", ir_state.FirstSeen(), FIRST_SEEN),
    ir_state.Aggregate("session_number", ir_state.SessionNumber(), SESSION),
)


def count(signal: int, relation: str, value: int) -> ir.Literal:
    return ir.Literal(signal, ir.Compare(ir.Relation(relation), value))


SEGMENTS = (
    ir.Segment("fan", count(VIEWS, ">=", 3), "views >= 3", "crm", Cadence.HOURLY),
    ir.Segment(
        "converted", count(SINCE, "<", DAY), "", cadence=Cadence.EVENTS, refresh_on=(ORDERED,)
    ),
    ir.Segment("both", ir.All((ir.SegmentIs(0), ir.SegmentIs(1, negated=True))), ""),
)
ARMS = ((0, ((0, 3000),)), (2, ((3000, 6000),)), (1, ()))
WINBACK = ir.Split(UNIT, "winback", ARMS, "winback", sticky=True)
HERO = ir.Surface(
    "hero",
    ir.Place.DEVICE,
    (
        ir.Variant("classic"),
        ir.Variant("shoes", {"text": "Shoes"}, "sport", ("clothes", "shoes")),
        ir.Variant("comeback", None, "calm", ("offers",)),
    ),
    0,
    (
        ir.Rule("fans", ir.SegmentIs(2), ir.Show(1), "both", because=(("en", "You like shoes"),)),
        ir.Rule(
            "back",
            B,
            WINBACK,
            "b",
            traffic=ir.Traffic(UNIT, "abc", 5000),
            schedule=ir.Schedule(start=1_800_000_000_000),
            stop=ir.SegmentIs(1),
            stop_text="converted",
        ),
        ir.Rule("off", ir.Constant(False), ir.Show(2), "false"),
        ir.Rule("rest", ir.Constant(True), ir.Show(2), stop=ir.All((n(">", 3), B)), owner="growth"),
    ),
    guardrails=ir_state.Guardrails(
        stable_for=DAY,
        changes_per_session=1,
        suppress=(
            ir_state.Suppress(1, ir.Any((s("a"), n("<", 0))), "", dismissed=2),
            ir_state.Suppress(2, unclicked=5),
        ),
    ),
    holdout=ir.Holdout(UNIT, "holdout", ((0, 200),)),
)
STRIP = ir.Surface(
    "strip",
    ir.Place.DEVICE,
    (ir.Variant("plain", None, "calm"), ir.Variant("shoes", None, "sport"), ir.Variant("news")),
    0,
    (
        ir.Rule("calm", n(">", 1), ir.Show(0), "n > 1"),
        ir.Rule("half", B, ir.Split(UNIT, "str", ((0, ((0, 5000),)), (1, ((5000, 10_000),))))),
        ir.Rule("any", ir.Constant(True), ir.Show(1)),
    ),
)
LAW = ir.Surface("law", ir.Place.DEVICE, (ir.Variant("standard"),), 0, forbidden="law")
EVERYTHING = ir.Program(
    "memory",
    (*SIGNALS, *FIELDS, *KEPT),
    SEGMENTS,
    (HERO, STRIP, LAW),
    host_signals=H,
    events=EVENTS,
    aggregates=AGGREGATES,
    caps=(
        ir_state.Cap(((0, 1), (1, 1)), 3, Window(HOUR, 24)),
        ir_state.Cap(((0, 2),), 9, None, without_state=True),
    ),
    cooldowns=(ir_state.Cooldown(((1, 1),), 2 * HOUR),),
    groups=(ir_state.Group("look", (0, 1)),),
    state_budget=4096,
)


# ------------------------------------------------------------------------------- random programs


def random_memory(random: Random) -> ir.Program:
    """Two surfaces with random rules, and guards of every kind that reaches their conditions."""
    found = random_program(random, rules=3, leaves=5)
    segments = tuple(
        replace(
            segment,
            cadence=random.choice((Cadence.LIVE, Cadence.HOURLY, Cadence.CAMPAIGN)),
        )
        for segment in found.segments
    )
    surfaces = []
    for name in ("one", "two"):
        own = random_program(random, rules=3, leaves=5).surfaces[0]
        conditions = [random_condition(random, 5, len(segments)) for _ in own.rules]
        rules = [
            replace(rule, condition=condition)
            for rule, condition in zip(own.rules, conditions, strict=True)
        ]
        limited = with_random_limits(
            random, replace(found, surfaces=(replace(own, rules=tuple(rules)),))
        )
        surface = replace(limited.surfaces[0], name=name)
        surfaces.append(_guarded(random, surface, len(segments)))
    return replace(
        found,
        segments=segments,
        surfaces=tuple(surfaces),
        groups=(ir_state.Group("g", (0, 1)),) if random.random() < 0.7 else (),
        caps=(ir_state.Cap(((0, 1),), 1, None),),
    )


def _guarded(random: Random, surface: ir.Surface, segments: int) -> ir.Surface:
    themes = (None, None, "x", "y", "z")
    variants = tuple(replace(one, theme=random.choice(themes)) for one in surface.variants)
    suppress = tuple(
        ir_state.Suppress(random.choice((1, 2)), random_condition(random, 3, segments))
        for _ in range(random.randint(0, 2))
    )
    held = random.random() < 0.7
    return replace(
        surface,
        variants=variants,
        rules=tuple(_rule(random, rule, segments) for rule in surface.rules),
        guardrails=ir_state.Guardrails(DAY if held else None, suppress=suppress),
        holdout=ir.Holdout(UNIT, "own-hold", ((0, 2000),)) if random.random() < 0.2 else None,
    )


def _rule(random: Random, rule: ir.Rule, segments: int) -> ir.Rule:
    if random.random() < 0.5:
        rule = replace(rule, stop=random_condition(random, 3, segments))
    if random.random() < 0.4:
        arms = [(0, ((0, 3000),)), (1, ((3000, 6000),)), (2, ((6000, 9000),))]
        random.shuffle(arms)
        name = random.choice(("e1", "e2"))
        rule = replace(
            rule, outcome=ir.Split(UNIT, name, tuple(arms[: random.randint(1, 3)]), name, True)
        )
    return rule
