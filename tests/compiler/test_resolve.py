"""From a project to the IR: order, places, salts, ranges, and what an error leaves standing."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tacit.compiler import ir, lock
from tacit.compiler.buckets import salt
from tacit.compiler.ir_state import Cadence
from tacit.compiler.nodes import path_text
from tacit.compiler.project import parse
from tacit.compiler.reader import read_text
from tacit.compiler.resolve import Resolved, resolve
from tacit.compiler.resolve_segments import _sort
from tacit.compiler.source import Source, load

from . import chunks
from .test_models import without_places

BANNER = """\
surfaces:
  banner:
    default: a
    variants: {a: 1, b: 2, c: 3}
    rules:
"""


def _resolve(text: str, base: str = chunks.BASE) -> Resolved:
    return resolve(parse(Source((read_text(base + text),))))


def _program(text: str, base: str = chunks.BASE) -> ir.Program:
    found = _resolve(text, base)
    assert found.program is not None, found.diagnostics
    return found.program


def _rules(*rules: str, more: str = "") -> tuple[ir.Rule, ...]:
    text = more + BANNER + "".join(f"      - {rule}\n" for rule in rules)
    return _program(text).surfaces[0].rules


def test_declared_order_is_kept() -> None:
    program = _program(
        "surfaces:\n"
        "  z: {default: b, variants: {c: 1, a: 2, b: 3}, "
        "rules: [{id: r2, show: c}, {id: r1, show: a}]}\n"
        "  a: {default: x, variants: {x: 1}}\n"
    )
    assert [signal.name for signal in program.signals] == [
        "country", "tier", "age", "score", "visitor", "basket", "app", "member"
    ]  # fmt: skip
    assert [surface.name for surface in program.surfaces] == ["z", "a"]
    surface = program.surfaces[0]
    assert [variant.id for variant in surface.variants] == ["c", "a", "b"]
    assert surface.default == 2
    assert [rule.id for rule in surface.rules] == ["r2", "r1"]
    assert [rule.outcome for rule in surface.rules] == [ir.Show(0), ir.Show(1)]


def test_signals() -> None:
    program = _program(
        "surfaces: {}\n",
        "project: p\nsignals:\n"
        "  a: {type: string_list, max: 5, max_length: 7, source: session, purpose: ads}\n"
        "  b: {type: int, min: -3.0, max: 4, source: device, max_age: 90s, sensitivity: none}\n"
        "  c: {type: double, min: -0.0, max: 4, source: request, category: user.x}\n"
        "  d: {type: enum, values: [y, x], source: declared}\n",
    )
    a, b, c, d = program.signals
    assert (a.max_items, a.max_length, a.maximum, a.purpose) == (5, 7, None, "ads")
    assert (b.minimum, b.maximum, b.max_age_ms, b.sensitivity) == (-3, 4, 90_000, "none")
    assert [type(bound) for bound in (b.minimum, b.maximum, c.minimum, c.maximum)] == [
        int, int, float, float
    ]  # fmt: skip
    assert str(c.minimum) == "0.0"  # not -0.0, which the bundle format does not hold
    assert (c.category, c.max_length, c.max_items) == ("user.x", 256, 64)
    assert d.values == ("y", "x")


def test_segments_come_after_what_they_use() -> None:
    program = _program(
        "surfaces: {}\n"
        "segments:\n  z: y && x\n  y: {when: x, refresh: daily, owner: crm}\n  x: member\n  a: y\n"
    )
    assert [segment.name for segment in program.segments] == ["x", "y", "z", "a"]
    assert program.segments[2].condition == ir.All((ir.SegmentIs(1), ir.SegmentIs(0)))
    assert (program.segments[1].cadence, program.segments[1].owner) == (Cadence.DAILY, "crm")
    assert program.segments[0].cadence is Cadence.LIVE
    assert program.segments[2].source_text == "y && x"


@st.composite
def _graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    names = [f"n{index}" for index in range(draw(st.integers(1, 8)))]
    return {name: draw(st.lists(st.sampled_from(names), unique=True)) for name in names}


@settings(deadline=None)
@given(_graphs())
def test_order_and_circles(uses: dict[str, list[str]]) -> None:
    """Against reachability: circles are found if there are any, and cut they leave an order."""
    reach = {name: set(used) for name, used in uses.items()}
    for _ in uses:
        reach = {
            name: found.union(*(reach[other] for other in found)) for name, found in reach.items()
        }
    circular = {name for name in uses if name in reach[name]}
    order, circles = _sort(list(uses), uses)
    assert sorted(order) == sorted(uses)
    assert bool(circles) == bool(circular)
    for circle in circles:
        assert set(circle) <= circular
        for name, following in zip(circle, circle[1:] + circle[:1], strict=True):
            assert following in uses[name]
    cut = {circle[0] for circle in circles}
    for name, found in uses.items():
        if name not in cut:
            assert all(order.index(used) < order.index(name) for used in found)


@settings(deadline=None)
@given(_graphs())
def test_declared_order_stays_where_it_can(uses: dict[str, list[str]]) -> None:
    names = list(uses)
    forward = {
        name: [used for used in uses[name] if names.index(used) < names.index(name)]
        for name in names
    }
    assert _sort(names, forward) == (names, [])


def test_a_long_chain_of_segments() -> None:
    lines = ["surfaces: {}", "segments:"]
    lines += [f"  s{number}: s{number + 1}" for number in range(2000)]
    program = _program("\n".join([*lines, "  s2000: member", ""]))
    assert program.segments[0].name == "s2000"
    assert program.segments[-1].name == "s0"


def test_outcomes_traffic_and_salts() -> None:
    show, own, part, whole, other = _rules(
        "{id: r, show: b}",
        "{id: s, split: {c: 25%, a: 0%, b: 75%}, unit: tier}",
        "{id: t, show: b, traffic: 12.5%}",
        "{id: u, show: b, traffic: 100%}",
        "{id: v, split: {b: 100%}, traffic: 5%}",
    )
    assert (show.outcome, show.traffic, show.condition) == (ir.Show(1), None, ir.Constant(True))
    assert show.source_text == ""
    assert own.outcome == ir.Split(
        1, salt(3, "split", "banner", "s"), ((2, ((0, 2500),)), (1, ((2500, 10_000),)))
    )
    assert part.traffic == ir.Traffic(4, salt(3, "traffic", "banner", "t"), 1250)
    assert whole.traffic is None
    assert isinstance(other.outcome, ir.Split)
    assert other.traffic is not None
    assert other.traffic.salt != other.outcome.salt
    assert len(other.traffic.salt) == len(other.outcome.salt) == 3


def test_experiments_and_holdout_with_a_lock() -> None:
    text = (
        "experiments:\n"
        "  e: {layer: offers, traffic: 30%, arms: {b: 50%, a: 50%, c: 0%}}\n"
        "  f: {layer: offers, unit: visitor, traffic: 70%, arms: {a: 100%}}\n"
        "holdout: {share: 5%, unit: tier}\n"
        + BANNER
        + "      - {id: r, split: e, traffic: 50%, unit: tier}\n      - {id: s, split: f}\n"
    )
    found = _resolve(text)
    assert found.program is not None
    assert found.lock is not None
    first, second = found.program.surfaces[0].rules
    shared = salt(7, "layer", "offers")
    assert first.outcome == ir.Split(4, shared, ((1, ((0, 1500),)), (0, ((1500, 3000),))), "e")
    assert second.outcome == ir.Split(4, shared, ((0, ((3000, 10_000),)),), "f")
    assert first.traffic is not None
    assert first.traffic.unit == 1
    assert found.program.holdout == ir.Holdout(1, salt(7, "holdout", "shop"), ((0, 500),))
    project = parse(Source((read_text(chunks.BASE + text),)))
    again = resolve(project, found.lock)
    assert again.program == found.program
    assert again.diagnostics == ()
    pools = dict(found.lock.pools)
    pool = pools[("layer", "offers")]
    pools[("layer", "offers")] = lock.Pool(
        pool.unit, "abcdefg", {**pool.ranges, ("f", "a"): ((3000, 10_000),)}
    )
    moved = resolve(project, lock.Lock("shop", pools))
    assert moved.program is not None
    outcome = moved.program.surfaces[0].rules[0].outcome
    assert isinstance(outcome, ir.Split)
    assert outcome.salt == "abcdefg"


def test_schedules() -> None:
    first, second, third, fourth = _schedules()
    midnight = 1793491200000
    assert first.schedule == ir.Schedule(midnight, None)
    assert second.schedule == ir.Schedule(None, midnight)
    assert third.schedule == ir.Schedule(midnight, midnight + 86_400_000, ir.Zone.LOCAL)
    assert fourth.schedule == ir.Schedule(midnight, None)


def _schedules() -> tuple[ir.Rule, ...]:
    rules = (
        "{id: r, show: a, from: 2026-11-01}",
        "{id: s, show: a, until: 2026-11-01T01:00+01:00}",
        "{id: t, show: a, from: 2026-11-01, until: 2026-11-02, zone: local}",
        "{id: u, show: a, from: 2026-11-01, zone: utc}",
    )
    base = chunks.BASE + "  utc_offset_minutes: {type: int, source: device}\n"
    text = BANNER + "".join(f"      - {rule}\n" for rule in rules)
    return _program(text, base).surfaces[0].rules


def test_because() -> None:
    one, many, none = _rules(
        "{id: r, show: a, because: darum}",
        "{id: s, show: a, because: {pt-BR: x, de: y}}",
        "{id: t, show: a}",
        more="language: de\n",
    )
    assert one.because == (("de", "darum"),)
    assert many.because == (("de", "y"), ("pt-BR", "x"))
    assert none.because == ()


def test_forbidden_surfaces() -> None:
    program = _program(
        "surfaces:\n"
        "  a: {personalize: never, reason: law, default: x}\n"
        "  b: {personalize: never, reason: law, default: x, variants: {y: 1, x: 2}}\n"
    )
    first, second = program.surfaces
    assert (first.forbidden, first.default, first.rules) == ("law", 0, ())
    assert [(variant.id, variant.content) for variant in first.variants] == [("x", None)]
    assert (second.forbidden, second.default) == ("law", 1)


def test_top_level() -> None:
    program = _program(
        "surfaces: {}\nlanguage: pt-BR\nexpires: 2027-01-01\non_expired: defaults\n"
        "budgets: {bundle: 18 KiB, surface_cost: 40}\n"
    )
    assert (program.project, program.language, program.expires) == ("shop", "pt-BR", 1798761600000)
    assert (program.on_expired, program.bundle_budget, program.surface_cost_budget) == (
        "defaults", 18_432, 40
    )  # fmt: skip
    plain = _program("surfaces: {}\n")
    assert (plain.language, plain.expires, plain.on_expired) == ("en", None, "serve")
    assert (plain.bundle_budget, plain.surface_cost_budget, plain.holdout) == (None, None, None)


def test_a_bare_bool_is_a_condition() -> None:
    first, second = _rules("{id: r, when: true, show: a}", "{id: s, when: 'false', show: a}")
    assert (first.condition, first.source_text) == (ir.Constant(True), "true")
    assert (second.condition, second.source_text) == (ir.Constant(False), "false")


def test_spans_of_a_program() -> None:
    text = chunks.BASE + BANNER + "      - {id: r, show: a}\n"
    program = _program("", text)
    places = {
        "banner": program.surfaces[0].span,
        "b": program.surfaces[0].variants[1].span,
        "r": program.surfaces[0].rules[0].span,
        "tier": program.signals[1].span,
    }
    for name, span in places.items():
        assert span is not None
        assert text[span.start : span.end] == name


def test_warnings_alone_leave_a_program() -> None:
    found = _resolve("on_expired: serve\nsurfaces: {}\n")
    assert found.program is not None
    assert [item.code for item in found.diagnostics] == ["W305"]


def test_edge_reads_are_followed_through_segments_and_units() -> None:
    """What the message says: the signal, its source, and by which way it is read."""
    found = _resolve(
        "segments: {old: age > 60, deep: old}\n"
        "surfaces:\n  s:\n    place: edge\n    default: a\n    variants: {a: 1}\n"
        "    rules: [{id: r, when: deep, show: a}]\n"
    )
    (item,) = found.diagnostics
    assert item.message == (
        "the edge surface `s` reads the signal `age`, whose source is `device`, "
        "through the segment `deep`"
    )
    assert item.path == "surfaces.s.rules[0].when"
    ((span, label),) = item.labels
    assert label == "its source is `device`"
    assert chunks.BASE[span.start : span.end] == "age"


def test_paths() -> None:
    assert (
        path_text(("surfaces", "home_hero", "rules", 2, "when"))
        == "surfaces.home_hero.rules[2].when"
    )
    assert path_text(("surfaces", "a.b", "default")) == 'surfaces["a.b"].default'
    assert path_text(()) == ""


@st.composite
def _projects(draw: st.DrawFn) -> dict[str, Any]:
    """Small random projects, sound but for chance."""
    variants = draw(
        st.lists(st.sampled_from(["a", "b", "c-d", "1", "e.f"]), min_size=1, unique=True)
    )
    variant = st.sampled_from(variants)
    rules = draw(
        st.lists(
            st.fixed_dictionaries(
                {"id": st.uuids().map(str), "show": variant},
                optional={
                    "when": st.sampled_from(['x > 3 && y == "NO"', "s", True, "has(x) || s"]),
                    "traffic": st.sampled_from(["5%", "0.01%", "100%"]),
                    "from": st.sampled_from(["2026-11-01", "2026-11-01T10:00:00Z"]),
                    "because": st.one_of(st.text(max_size=5), st.just({"en": "on", "de": "1"})),
                },
            ),
            max_size=4,
        )
    )
    content = draw(st.dictionaries(st.text(max_size=3), st.floats(0, 1) | st.text(max_size=3)))
    return {
        "project": draw(st.sampled_from(["p", "1", "null", "on"])),
        "unit": "y",
        "signals": {
            "x": {"type": "double", "source": "device", "max": draw(st.floats(4, 9))},
            "y": {"type": "string", "source": "request"},
        },
        "segments": {"s": draw(st.sampled_from(["x < 3", 'y in ["a", "yes"]']))},
        "surfaces": {
            "1e3": {
                "default": draw(variant),
                "variants": dict.fromkeys(variants, content),
                "rules": rules,
            }
        },
    }


@settings(max_examples=40, deadline=None)
@given(_projects(), st.randoms(use_true_random=False))
def test_yaml_and_dictionary_give_one_program(
    project: dict[str, Any], chance: random.Random
) -> None:
    from_data = resolve(parse(load(project)))
    from_text = resolve(parse(Source((read_text(_as_yaml(project, chance)),))))
    assert from_data.program is not None, from_data.diagnostics
    assert without_places(from_data.program) == without_places(from_text.program)


def _as_yaml(value: Any, chance: random.Random, indent: int = 0) -> str:
    """YAML in block or flow style, by chance."""
    if isinstance(value, dict) and value and chance.random() < 0.7:
        pad = " " * indent
        return "".join(
            f"\n{pad}{chunks.as_json(key)}: {_as_yaml(item, chance, indent + 2)}"
            for key, item in value.items()
        )
    if isinstance(value, list) and value and chance.random() < 0.7:
        pad = " " * indent
        return "".join(f"\n{pad}- {_as_yaml(item, chance, indent + 2)}" for item in value)
    return chunks.as_json(value)


@pytest.mark.parametrize("text", ["", "surfaces: {s: {default: x, variants: {x: 1}, rules: 5}}\n"])
def test_nothing_raises_where_much_is_wrong(text: str) -> None:
    found = _resolve(text, "project: 5\nsignals: 3\nsegments: {a: b}\ntests: [1, {}]\n")
    assert found.program is None
    assert found.diagnostics
