"""The JSON Schema: valid draft-07, accepts what the compiler accepts, refuses plain mistakes."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tacit.compiler.reader import read_text
from tacit.compiler.schema import json_schema
from tacit.compiler.source import load

from . import chunks

REPOSITORY = Path(__file__).parents[2]
FULL = """\
project: storefront
unit: install_id
language: de
expires: 2027-01-01T00:00:00+01:00
on_expired: defaults
budgets: {bundle: 18.5 KB, surface_cost: 400}
signals:
  country: {type: string, source: request, category: user.location, max_length: 2}
  tier: {type: enum, values: [none, gold], source: declared, sensitivity: none}
  app: {type: version, source: device, max_age: 7d, description: of the app}
  viewing: {type: string_list, max: 64, source: session, purpose: personalization}
  install_id: {type: string, source: device}
  utc_offset_minutes: {type: int, min: -900, max: 900.0, source: device}
  score: {type: double, min: 0.5, source: device}
  member: {type: bool, source: declared}
holdout: {share: 5%}
less_of: 14d
events:
  order_completed: {}
  product_viewed: {fields: {category: string, price: {type: double, min: 0}}, purpose: ads}
aggregates:
  shoes_7d: {count: product_viewed, where: 'category == "shoes"', within: 7d, owner: crm}
  since: {since: order_completed}
  stalled: {funnel: {reached: {event: product_viewed}, not: order_completed, within: 1d}}
  taste: {affinity: product_viewed, by: category, half_life: 14d, top: 2}
groups:
  promos: {variants: [home_hero.comeback], cap: [5 per 24h, 9]}
  look: {coherent: [home_hero, banner]}
segments:
  gold: tier == "gold"
  always: true
  gold_de: {when: 'gold && country == "DE"', refresh: {on: [order_completed]}, owner: crm}
experiments:
  winback-1: {layer: offers, traffic: 40.5%, sticky: true, arms: {comeback: 50%, classic: 50%}}
surfaces:
  home_hero:
    place: device
    owner: growth
    goal: sell
    default: classic
    variants: {classic: {title: hi, n: [1.0, null]}, comeback: null}
    theme: {comeback: winter}
    topics: {comeback: [offers]}
    holdout: {share: 5%, unit: install_id}
    guardrails:
      cap: {comeback: 3 per 24h, "*": 10}
      cooldown: {comeback: 2h}
      changes_per_session: 1
      stable_for: 24h
      suppress: {comeback: {when: member, dismissed: 2}}
      without_state: allow
    rules:
      - id: a
        when: gold_de
        show: comeback
        stop_when: taste.exists(v, v == "x")
        because: {de: darum}
        traffic: 5%
        unit: country
      - {id: b, split: winback-1, from: 2026-11-01, until: 2026-12-01T10:00, zone: local}
      - {id: c, split: {classic: 33.33%, comeback: 66.67%}, because: so}
  banner: {default: a, variants: {a: 1, b: 2}, holdout: 5%, guardrails: {cap: 3, cooldown: 1h}}
  cookie_notice: {personalize: never, reason: legal, default: standard}
tests:
  - name: one
    given: {country: DE, app: {value: 1.2.3, at: 2026-11-10T12:00:00Z}}
    missing: [score]
    now: 1794312000000
    consent: [personalization]
    observed: 30d
    events: [{product_viewed: {category: shoes}, at: -2d, times: 3}, {shown: home_hero.comeback}]
    expect: {cookie_notice: standard, home_hero: {rule: null, reason: DEFAULT, unknown: []}}
    then: [{after: 25h, given: {score: 3}, expect: {cookie_notice: standard}}]
"""


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft7Validator:
    schema = json_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def _data(text: str) -> Any:
    root = read_text(text).root
    assert root is not None
    return root.data


def test_a_full_project_is_fine(validator: jsonschema.Draft7Validator) -> None:
    validator.validate(_data(FULL))
    diagnostics = chunks.run(load(_data(FULL)))[1]
    assert [item.code for item in diagnostics] == ["W320"]


MISTAKES: list[tuple[tuple[str | int, ...], Any]] = [
    (("surfcaes",), {}),
    (("project",), 5),
    (("on_expired",), "stop"),
    (("budgets", "bundle"), "18 kb"),
    (("signals", "country", "type"), "text"),
    (("signals", "country", "values"), ["DE"]),
    (("signals", "country", "min"), 1),
    (("signals", "tier", "values"), []),
    (("signals", "app", "max_length"), 5),
    (("signals", "viewing", "max"), 5000),
    (("signals", "Country"), {"type": "int", "source": "device"}),
    (("segments", "gold"), 5),
    (("segments", "gold_de", "refresh"), "weekly"),
    (("experiments", "winback-1", "arms", "classic"), 50),
    (("surfaces", "home_hero", "rules", 0, "id"), "a b"),
    (("surfaces", "home_hero", "rules", 0, "split"), "winback-1"),
    (("surfaces", "home_hero", "rules", 1, "from"), "tomorrow"),
    (("surfaces", "home_hero", "rules", 2, "because"), {}),
    (("surfaces", "cookie_notice", "rules"), [{"id": "a", "show": "standard"}]),
    (("tests", 0, "expect", "home_hero", "reason"), "BECAUSE"),
    (("tests", 0, "now"), -1),
    (("less_of",), "a month"),
    (("events", "product_viewed", "fields", "category"), "text"),
    (("events", "product_viewed", "fields", "category"), {"type": "string", "min": 3}),
    (("aggregates", "since", "count"), "order_completed"),
    (("aggregates", "shoes_7d"), {"count": "product_viewed"}),
    (("aggregates", "taste", "keep"), 65),
    (("aggregates", "stalled", "funnel", "reached"), 3),
    (("groups", "promos", "coherent"), ["home_hero", "banner"]),
    (("groups", "look", "cap"), 3),
    (("surfaces", "banner", "guardrails", "cap"), "3 per day"),
    (("surfaces", "banner", "guardrails", "cap"), {"a b": 3}),
    (("surfaces", "home_hero", "guardrails", "suppress", "comeback"), {}),
    (("surfaces", "home_hero", "guardrails", "without_state"), "show"),
    (("surfaces", "banner", "holdout"), "5"),
    (("tests", 0, "state"), "fresh"),
    (("tests", 0, "then", 0, "after"), "-1h"),
]


@pytest.mark.parametrize(("path", "value"), MISTAKES, ids=str)
def test_mistakes(
    validator: jsonschema.Draft7Validator, path: tuple[str | int, ...], value: Any
) -> None:
    """What the schema refuses, the compiler refuses too."""
    data = copy.deepcopy(_data(FULL))
    holder = data
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = value
    assert not validator.is_valid(data)
    assert any(item.code.startswith("E") for item in chunks.run(load(data))[1])


@pytest.mark.parametrize("key", ["source", "type"])
def test_keys_that_must_be_there(validator: jsonschema.Draft7Validator, key: str) -> None:
    data = copy.deepcopy(_data(FULL))
    del data["signals"]["country"][key]
    assert not validator.is_valid(data)


def test_editors_get_help() -> None:
    """Every key has a description, and so has every kind of entry."""
    schema = json_schema()
    for name, definition in schema["definitions"].items():
        assert definition["description"], name
        assert definition["additionalProperties"] is False
        for key, item in definition["properties"].items():
            assert item["description"], (name, key)
    assert schema["definitions"]["Signal"]["properties"]["type"]["enum"][0] == "bool"
    assert "from" in schema["definitions"]["Rule"]["properties"]


def _files() -> list[Path]:
    return sorted((REPOSITORY / "bundles").rglob("*.yaml"))


@pytest.mark.parametrize("path", _files(), ids=lambda path: path.parent.name + "/" + path.name)
def test_example_projects(validator: jsonschema.Draft7Validator, path: Path) -> None:
    validator.validate(_data(path.read_text(encoding="utf-8")))
