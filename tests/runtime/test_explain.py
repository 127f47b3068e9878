"""Explanations: whole texts as golden files, and the promise that they explain what is decided."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tacit.compiler import compile_project
from tacit.runtime import Bundle, Observed, reference
from tacit.runtime.explain import Explanation, GroupView, Outcome, Truth, explain
from tacit.runtime.explain import TestView as View  # pytest would take it for a test

Golden = Callable[[str, str], None]

NOON = 1_794_312_000_000  # 2026-11-10T12:00Z
DAY = 86_400_000

SHOP: dict[str, Any] = {
    "project": "shop",
    "unit": "id",
    "language": "en",
    "expires": "2027-01-01",
    "on_expired": "defaults",
    "holdout": {"share": "50%"},
    "signals": {
        "country": {"type": "string", "source": "request", "max_length": 2},
        "tier": {"type": "enum", "values": ["none", "silver", "gold"], "source": "declared"},
        "age": {"type": "int", "source": "declared", "min": 0, "max": 130},
        "price": {"type": "double", "source": "session", "max_age": "30m"},
        "version": {"type": "version", "source": "device"},
        "member": {"type": "bool", "source": "declared"},
        "viewing": {"type": "string_list", "source": "session", "purpose": "taste", "max": 4},
        "illness": {"type": "string", "source": "declared", "sensitivity": "sensitive"},
        "id": {"type": "string", "source": "device"},
        "utc_offset_minutes": {"type": "int", "source": "device"},
    },
    "segments": {
        "dach": {"when": 'country in ["DE", "AT", "CH"]', "owner": "growth"},
        "rich": {"when": 'price > 9.99 || tier == "gold"', "owner": "crm"},
        "rich_dach": "dach && rich",
        "shoes": 'viewing.exists(v, v.startsWith("shoes") && size(v) > 5)',
        "unused": "member",
    },
    "experiments": {"words": {"arms": {"a": "50%", "b": "25%", "c": "25%"}, "traffic": "80%"}},
    "surfaces": {
        "hero": {
            "default": "a",
            "owner": "growth",
            "variants": {"a": {"text": "A"}, "b": {"text": "B"}, "c": {"text": "C"}},
            "rules": [
                {"id": "rich", "when": "rich_dach", "show": "b", "because": "You like it fine."},
                {"id": "ill", "when": 'illness != "none"', "show": "c"},
                {
                    "id": "old",
                    "when": 'age >= 65 && version >= version("2.10") && !member',
                    "show": "b",
                },
                {"id": "soon", "when": "member", "from": "2026-12-01", "show": "c"},
                {
                    "id": "launch",
                    "when": "member",
                    "from": "2026-11-01T08:00",
                    "until": "2026-11-20",
                    "zone": "local",
                    "traffic": "20%",
                    "show": "c",
                },
                {"id": "test", "when": "shoes || !has(viewing)", "split": "words"},
                {"id": "rest", "show": "c", "owner": "crm"},
            ],
        },
        "legal": {"personalize": "never", "reason": "The law asks for it.", "default": "plain"},
        "bare": {"default": "x", "variants": {"x": None}},
    },
}
OF_MEMORY = {
    "KEPT", "ARM_BLOCKED", "STOPPED", "SUPPRESSED", "CAPPED", "COOLING_DOWN", "OTHER_THEME",
    "NO_STATE",
}  # fmt: skip
HELD = "id-0"
FREE = "id-3"
NOBODY = "id-8"
"""In nobody's bucket of the experiment, and outside the traffic of `launch`."""
CHOSEN = "id-9"
"""Inside the traffic of `launch`."""
EVERYTHING: dict[str, object] = {
    "country": "DE",
    "tier": "silver",
    "age": 70,
    "price": 5.5,
    "version": "2.10.1",
    "member": True,
    "viewing": ["shoes", "shoes/trail"],
    "illness": "flu",
    "id": FREE,
    "utc_offset_minutes": -60,
}


@pytest.fixture(scope="module")
def program() -> reference.Program:
    return reference.decode(compile_project(SHOP).bytes)


def explained(
    program: reference.Program,
    changed: Mapping[str, object] | None = None,
    *,
    surface: str = "hero",
    now: int = NOON,
    consent: tuple[str, ...] = ("taste",),
    reveal: bool = False,
) -> Explanation:
    """Of somebody of whom everything is known, but for what is `changed` (`...`: absent)."""
    signals = {
        name: value for name, value in {**EVERYTHING, **(changed or {})}.items() if value is not ...
    }
    found = explain(program, surface, signals, now, consent, reveal=reveal)
    decided = reference.decide(program, surface, signals, now, consent)
    assert (found.variant, found.reason, found.rule, found.unknown) == (
        decided.variant,
        decided.reason,
        decided.rule,
        decided.unknown,
    )
    return found


def outcomes(found: Explanation) -> dict[str, str]:
    return {str(rule.id): rule.outcome.value for rule in found.rules}


# ---------------------------------------------------------------- whole texts

TEXTS: dict[str, dict[str, Any]] = {
    "sensitive": {},
    "split": {"changed": {"illness": "none", "member": False, "age": 20}},
    "first_rule": {"changed": {"price": 10.0}},
    "in_traffic": {"changed": {"id": CHOSEN, "illness": "none"}},
    "nothing_known": {
        "changed": dict.fromkeys(EVERYTHING, ...) | {"id": FREE},
        "consent": (),
    },
    "all_kinds_of_missing": {
        "changed": {
            "country": "Germany",
            "tier": "platinum",
            "age": 131,
            "price": Observed(20.0, NOON - 1_800_001),
            "version": "2.10-beta",
            "member": None,
            "viewing": ["a", "b", "c", "d", "e"],
            "illness": "\ud800",
            "utc_offset_minutes": "60",
        },
        "reveal": True,
    },
    "beyond_dates": {"changed": {"utc_offset_minutes": 2**53 - 1, "illness": "none"}},
    "no_unit": {"changed": {"id": ...}},
    "held_out": {"changed": {"id": HELD}},
    "nobody": {"changed": {"id": NOBODY, "illness": "none", "member": False, "age": 20}},
    "expired": {"now": NOON + 60 * DAY},
    "forbidden": {"surface": "legal"},
    "no_rules": {"surface": "bare"},
    "no_surface": {"surface": "elsewhere"},
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts(program: reference.Program, golden: Golden, name: str) -> None:
    found = explained(program, **TEXTS[name])
    golden(f"explain/{name}.txt", found.text())


def test_json(program: reference.Program, golden: Golden) -> None:
    found = explained(program, {"price": Observed(20.0, 0), "viewing": 7})
    text = json.dumps(found.to_json(), indent=1, allow_nan=False, ensure_ascii=False)
    golden("explain/whole.json", text + "\n")


def test_without_names(golden: Golden) -> None:
    """A bundle of an edge that dropped debug and audit: numbers for names, and nothing shown."""
    bare = reference.decode(compile_project(SHOP, debug=False, audit=False).bytes)
    golden("explain/without_names.txt", explained(bare).text())


# ---------------------------------------------------------------- what is shown, and what not


def test_sensitive_values_are_hidden_unless_asked_for(program: reference.Program) -> None:
    hidden, shown = explained(program), explained(program, reveal=True)
    assert "flu" not in hidden.text()
    assert "flu" not in json.dumps(hidden.to_json())
    assert 'illness != "none"   (hidden)' in hidden.text()
    assert 'illness != "none"   (is "flu")' in shown.text()
    ill = explained(program, {"illness": "i" * 300})
    assert "iiii" not in ill.text() + json.dumps(ill.to_json())
    assert "too long, hidden" in ill.text()


def test_without_audit_every_value_counts_as_sensitive() -> None:
    public = reference.decode(compile_project(SHOP, audit=False).bytes)
    found = explained(public)
    assert all(signal.hidden and signal.value is None for signal in found.signals)
    for value in ("flu", "silver", "70", "2.10.1", FREE, "shoes/trail"):
        assert f"(is {value}" not in found.text()
        assert f'"value": "{value}"' not in json.dumps(found.to_json())
    assert "flu" in explained(public, reveal=True).text()


def test_without_consent_a_value_is_not_looked_at(program: reference.Program) -> None:
    class Untouchable(list[str]):
        def __len__(self) -> int:
            raise AssertionError("looked at")

        __iter__ = __getitem__ = __repr__ = __len__  # type: ignore[assignment]

    found = explained(program, {"viewing": Untouchable()}, consent=(), reveal=True)
    viewing = next(signal for signal in found.signals if signal.name == "viewing")
    assert (viewing.missing, viewing.given, viewing.hidden) == ("no consent", None, False)


def test_text_holds_no_control_characters_of_the_caller(program: reference.Program) -> None:
    found = explained(program, {"country": "\x1b[", "illness": "\u202e\n\ud800"}, reveal=True)
    assert all(char.isprintable() or char == "\n" for char in found.text())
    found.text().encode("utf-8")
    assert '"\\u001b["' in found.text()


def test_json_is_json_whatever_was_passed(program: reference.Program) -> None:
    strange = [float("nan"), float("inf"), 10**400, b"x", object(), {1: 2}, "\ud800", [1, None]]
    for value in strange:
        signals = dict.fromkeys(EVERYTHING, value) | {"id": FREE}
        found = explain(program, "hero", signals, NOON, ["taste"], reveal=True)
        text = json.dumps(found.to_json(), allow_nan=False, ensure_ascii=False)
        assert json.loads(text.encode("utf-8"))["surface"] == "hero"


# ---------------------------------------------------------------- codes


def test_each_rule_has_its_code(program: reference.Program) -> None:
    late = explained(program, {"illness": "none", "id": NOBODY, "viewing": ...}, consent=())
    assert outcomes(late) == {
        "rich": "FALSE",
        "ill": "FALSE",
        "old": "FALSE",
        "soon": "OUT_OF_SCHEDULE",
        "launch": "NOT_ENROLLED",
        "test": "NOT_ENROLLED",
        "rest": "FIRED",
    }
    early = explained(program, {"tier": ..., "price": ..., "age": 80, "member": False})
    assert outcomes(early) == {
        "rich": "UNKNOWN",
        "ill": "FIRED",
        **dict.fromkeys(("old", "soon", "launch", "test", "rest"), "NOT_REACHED"),
    }
    assert {rule.id: rule.truth.value for rule in early.rules} == {
        "rich": "unknown",
        "ill": "true",
        "old": "true",
        "soon": "false",
        "launch": "false",
        "test": "true",
        "rest": "true",
    }


def test_nobody_is_asked_after_an_earlier_step(program: reference.Program) -> None:
    for found in (
        explained(program, {"id": HELD}),
        explained(program, {"id": ...}),
        explained(program, now=NOON + 60 * DAY),
    ):
        assert {rule.outcome for rule in found.rules} == {Outcome.NOT_REACHED}


def test_segments_and_operands(program: reference.Program) -> None:
    found = explained(program)
    assert [segment.name for segment in found.segments] == ["dach", "rich", "rich_dach", "shoes"]
    shoes = found.segments[-1].condition
    assert isinstance(shoes, View)
    assert shoes.element == "shoes/trail"
    rich = found.segments[1].condition
    assert isinstance(rich, GroupView)
    assert rich.of == "any"
    texts = {term.text: term.truth for term in rich.terms if isinstance(term, View)}
    assert texts == {"price > 9.99": Truth.FALSE, 'tier == "gold"': Truth.FALSE}


def test_buckets_and_ranges(program: reference.Program) -> None:
    found = explained(program)
    assert found.holdout is not None
    assert found.holdout.ranges == ((0, 5000),)
    test = next(rule for rule in found.rules if rule.id == "test")
    assert test.split is not None
    assert (test.split.experiment, test.split.bucket) == ("words", 7521)
    assert [(arm.variant, arm.ranges, arm.holds) for arm in test.split.arms] == [
        ("a", ((0, 4000),), False),
        ("b", ((4000, 6000),), False),
        ("c", ((6000, 8000),), True),
    ]
    launch = next(rule for rule in found.rules if rule.id == "launch")
    assert launch.traffic is not None
    assert (launch.traffic.bucket, launch.traffic.ranges) == (6044, ((0, 2000),))
    assert launch.schedule is not None
    assert launch.schedule.at == NOON - 3_600_000
    assert launch.schedule.open


# ---------------------------------------------------------------- agreement


def test_explains_what_is_decided(program: reference.Program) -> None:
    """`explained` compares with the reference; here the codes must tell the same story."""
    chance = random.Random(11)
    values: dict[str, list[object]] = {
        "country": ["DE", "FR", "", 1],
        "tier": ["none", "gold", "x"],
        "age": [64, 65, 200, None],
        "price": [9.99, 10, Observed(10, 0), "1"],
        "version": ["2.9", "2.10", "x"],
        "member": [True, False, 1],
        "viewing": [[], ["shoes"], ["shoes/a"], "x"],
        "illness": ["none", "flu"],
        "id": [FREE, HELD, NOBODY, CHOSEN, None, *(f"id-{n}" for n in range(20, 40))],
        "utc_offset_minutes": [0, 720, 1.5],
    }
    seen = set()
    for _ in range(2000):
        changed = {
            name: chance.choice(found) if chance.random() < 0.8 else ...
            for name, found in values.items()
        }
        now = NOON + chance.randrange(-20, 60) * DAY
        found = explained(program, changed, now=now, consent=chance.choice([(), ("taste",)]))
        fired = [rule for rule in found.rules if rule.outcome is Outcome.FIRED]
        if found.reason in ("RULE_MATCH", "SPLIT"):
            (rule,) = fired
            assert (rule.id, rule.variant) == (found.rule, found.variant)
            asked = found.rules[: rule.number]
        else:
            assert fired == []
            asked = found.rules if found.reason == "DEFAULT" else ()
        for rule in asked:
            assert rule.outcome not in (Outcome.FIRED, Outcome.NOT_REACHED)
        assert {signal.name for signal in found.signals if signal.missing} >= set(found.unknown)
        seen |= {found.reason, *outcomes(found).values()}
        assert found.text()
    assert seen >= {"SPLIT", "RULE_MATCH", "HOLDOUT", "HOLDOUT_NO_UNIT", "EXPIRED"}
    assert seen >= {outcome.value for outcome in Outcome} - OF_MEMORY


def test_bundle_explains_itself() -> None:
    data = compile_project(SHOP).bytes
    found = Bundle.load(data).explain("hero", EVERYTHING, now=NOON, consent=["taste"])
    assert found == explain(reference.decode(data), "hero", EVERYTHING, NOON, ["taste"])
