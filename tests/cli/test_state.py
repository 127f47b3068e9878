"""What a device remembers, on the command line: decide, explain, state and build."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tacit.runtime import Bundle, DeviceState

from .commands import SHOP, run

PALS = """\
project: pals
unit: id
signals:
  id: {type: string, source: device}
  tier: {type: enum, values: [none, gold], source: declared}
events:
  viewed: {fields: {category: string, price: {type: double, min: 0}}}
  bought: {purpose: orders}
aggregates:
  views_7d: {count: viewed, where: 'category == "shoes"', within: 7d}
  since_order: {since: bought}
segments:
  fan: {when: 'views_7d >= 3', refresh: hourly}
experiments:
  winback: {sticky: true, arms: {comeback: 50%, plain: 50%}}
surfaces:
  hero:
    default: classic
    variants: {classic: null, shoes: null, comeback: null, plain: null}
    topics: {shoes: [shoes]}
    rules:
      - {id: fans, when: 'fan && tier != "none"', show: shoes}
      - {id: winback, when: 'since_order > duration("1h")', split: winback}
    guardrails: {cap: {shoes: 2 per 24h}, stable_for: 2h}
"""
NOW = "2026-11-10T12:00Z"
HER = '{"tier": "gold", "id": "u1"}'
EVENTS = """\
- {viewed: {category: shoes, price: 3.0}, at: -2d, times: 3}
- {refresh: true, at: -2d}
- {shown: hero.shoes, at: -1h}
"""


@pytest.fixture(scope="module")
def pals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pals")
    (folder / "pals.yaml").write_text(PALS, encoding="utf-8")
    assert run("build", folder / "pals.yaml", "-o", folder / "pals.tacit").code == 0
    return folder / "pals.tacit"


@pytest.fixture
def events(tmp_path: Path) -> Path:
    (tmp_path / "events.yaml").write_text(EVENTS, encoding="utf-8")
    return tmp_path / "events.yaml"


def decide(bundle: Path, *more: object) -> dict[str, object]:
    done = run("decide", bundle, "-s", HER, "--now", NOW, "--json", *more)
    assert done.code == 0, done.err
    found: dict[str, object] = done.json["hero"]
    return found


def test_deciding_after_events(pals: Path, events: Path, tmp_path: Path) -> None:
    assert decide(pals)["reason"] == "DEFAULT"
    kept = decide(pals, "--events", events)
    assert (kept["variant"], kept["reason"], kept["rule"]) == ("shoes", "KEPT", "fans")
    items = [{"viewed": {"category": "shoes"}, "at": "-2d", "times": 3}, {"shown": "hero.shoes"}]
    lines = tmp_path / "events.jsonl"
    lines.write_text("".join(json.dumps(item) + "\n\n" for item in items), encoding="utf-8")
    assert decide(pals, "--events", lines)["reason"] == "KEPT"
    lines.write_text(json.dumps({"viewed": {}, "at": "-1d"}), encoding="utf-8")
    # Not observed for a week yet, and then it is.
    assert decide(pals, "--events", lines)["unknown"] == ["views_7d", "since_order"]
    assert decide(pals, "--observed", "30d")["unknown"] == ["since_order"]


def test_a_state_is_saved_read_and_shown(pals: Path, events: Path, tmp_path: Path) -> None:
    saved = tmp_path / "device.state"
    decide(pals, "--events", events, "--observed", "40d", "--save-state", saved)
    assert decide(pals, "--state", saved)["reason"] == "KEPT"
    more = tmp_path / "more.yaml"
    more.write_text("[{shown: hero.shoes}]", encoding="utf-8")
    assert decide(pals, "--state", saved, "--events", more)["variant"] == "classic"

    found = run("state", saved, pals, "--now", NOW, "--json").json
    assert (found["bytes"], found["warning"]) == (len(saved.read_bytes()), None)
    assert found["state"]["windows"][0]["value"] == 3
    assert found["state"]["guards"][0]["used"] == 1
    assert found["health"]["hero"]["shows"] == 1
    text = run("state", saved, pals, "--now", NOW).out
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[1] == "session 4, first seen 2026-10-01T12:00Z"
    assert "cap hero.shoes 1 of 2" in lines
    old = "too old, decided live"
    assert f"fan hourly true 2026-11-08T12:00Z 2026-11-08T13:00Z {old}" in lines
    assert "hero 1 0 0 0 0% 1 0%" in lines


def test_tables_of_a_state_are_never_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    long = "comeback-" + "of-a-customer-" * 3
    source = tmp_path / "pals.yaml"
    source.write_text(PALS.replace("shoes", long), encoding="utf-8")
    events = tmp_path / "events.yaml"
    events.write_text(EVENTS.replace("shoes", long), encoding="utf-8")
    decide(source, "--events", events, "--save-state", tmp_path / "state")
    text = run("state", tmp_path / "state", source, "--now", NOW).out
    assert f"cap hero.{long} 1 of 2" in [" ".join(line.split()) for line in text.splitlines()]
    assert "\N{HORIZONTAL ELLIPSIS}" not in text


def test_an_arm_is_shown_by_the_name_of_its_experiment(pals: Path, tmp_path: Path) -> None:
    events, saved = tmp_path / "events.yaml", tmp_path / "state"
    shown = next(arm for arm in ("comeback", "plain") if _arm_is_kept(pals, events, saved, arm))
    text = run("state", saved, pals, "--now", NOW).out
    assert f"winback {shown}" in [" ".join(line.split()) for line in text.splitlines()]
    assert run("state", saved, pals, "--now", NOW, "--json").json["state"]["arms"] == [
        {"experiment": "winback", "arm": shown, "forced": False}
    ]
    bare = tmp_path / "bare.tacit"
    run("build", pals.with_suffix(".yaml"), "--no-debug", "-o", bare)
    (arm,) = run("state", saved, bare, "--now", NOW, "--json").json["state"]["arms"]
    assert (type(arm["experiment"]), arm["arm"]) == (int, shown)


def _arm_is_kept(pals: Path, events: Path, saved: Path, arm: str) -> bool:
    events.write_text(f"- {{bought: {{}}, at: -2h}}\n- {{shown: hero.{arm}}}", encoding="utf-8")
    decide(pals, "--events", events, "--consent", "orders", "--save-state", saved)
    return bool(run("state", saved, pals, "--now", NOW, "--json").json["state"]["arms"])


def test_a_forced_arm_is_marked(pals: Path, tmp_path: Path) -> None:
    kept = DeviceState(Bundle.load(pals), 0, consent=["orders"])
    assert kept.record_event("bought", now=0)
    kept.force("winback", "comeback")
    (tmp_path / "state").write_bytes(kept.bytes)
    options = ["--state", tmp_path / "state", "--consent", "orders"]
    found = decide(pals, *options)
    assert (found["experiment"], found["arm"], found["forced"]) == ("winback", "comeback", True)
    text = run("decide", pals, "-s", HER, "--now", NOW, *options).out
    assert "rule winback, forced" in text
    table = run("state", tmp_path / "state", pals, "--now", NOW).out.splitlines()
    assert "winback comeback forced" in [" ".join(line.split()) for line in table]
    kept.force("winback", None)
    assert kept.inspect(0).arms == ()


def test_explaining_after_events(pals: Path, events: Path) -> None:
    done = run("explain", pals, "hero", "-s", HER, "--now", NOW, "--events", events)
    assert done.code == 0, done.err
    assert "holds shoes since 2026-11-10T11:00Z: stable until 2026-11-10T13:00Z" in done.out
    assert "member since 2026-11-08T12:00Z" in done.out
    assert "without state" in run("explain", pals, "hero", "-s", HER, "--now", NOW).out


def test_explaining_a_segment_of_which_nothing_is_stored_yet(pals: Path, tmp_path: Path) -> None:
    events = tmp_path / "events.yaml"
    events.write_text("- {viewed: {category: shoes}, at: -2d, times: 3}", encoding="utf-8")
    asked = ["explain", pals, "hero", "-s", HER, "--now", NOW, "--events", events]
    assert "segment fan: true, nothing stored yet (hourly)" in run(*asked).out
    (segment,) = run(*asked, "--json").json["segments"]
    assert segment["stored"] == {"cadence": "hourly"}


def test_a_damaged_state_is_a_fresh_one_with_a_warning(pals: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.write_bytes(b"\x00\xff" * 40)
    for command in (["decide", pals, "-s", HER], ["explain", pals, "hero", "-s", HER]):
        done = run(*command, "--state", bad)
        assert done.code == 0
        assert f"warning: {bad}: S1" in done.err
    shown = run("state", bad, pals, "--json")
    assert shown.json["warning"].startswith("S1")
    assert run("state", tmp_path / "none", pals).code == 2


def test_what_was_refused_is_counted(pals: Path, tmp_path: Path) -> None:
    kept = DeviceState(Bundle.load(pals), 0)
    assert not kept.record_shown("heroo", "shoes", now=0)
    assert not kept.record_clicked("hero", "shoe", now=0)
    assert not kept.record_event("bought", at=5, now=0)
    (tmp_path / "state").write_bytes(kept.bytes)
    shown = run("state", tmp_path / "state", pals, "--now", "0")
    assert "refused: 1 from the future, 0 too old, 2 that name nothing" in shown.out
    assert kept.export()["refused"] == {"future": 1, "far_past": 0, "none": 2}


def test_a_state_of_another_project_is_pointed_out(
    pals: Path, events: Path, tmp_path: Path
) -> None:
    (tmp_path / "foes.yaml").write_text(PALS.replace("pals", "foes"), encoding="utf-8")
    assert run("build", tmp_path / "foes.yaml", "-o", tmp_path / "foes.tacit").code == 0
    kept = DeviceState(Bundle.load(tmp_path / "foes.tacit"), 0)
    (tmp_path / "foe").write_bytes(kept.bytes)
    done = run("decide", pals, "-s", HER, "--events", events, "--state", tmp_path / "foe")
    assert f"warning: {tmp_path / 'foe'}: S107" in done.err
    assert run("state", tmp_path / "foe", tmp_path / "foes.tacit", "--json").code == 0
    assert run("state", tmp_path / "foe", pals, "--json").json["warning"].startswith("S107")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("- {view: {}}", "item 1, view: `view` is not an event"),
        ("- {viewed: {}, at: 2d}", "item 1, at: "),
        ("- {viewed: {}, at: 2030-01-01}", "item 1, at: "),
        ("- {refresh: true}\n- {shown: hero.hats}", "item 2, shown: `hero.hats` is not a variant"),
        ("- {less_of: {topic: hats}}", "item 1, less_of.topic: `hats` is not a topic"),
        ("a: 1", "holds no list of events"),
        ("- {a: 1", "events.yaml:1: "),
    ],
)
def test_events_that_are_none(pals: Path, tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "events.yaml"
    path.write_text(text, encoding="utf-8")
    done = run("decide", pals, "-s", HER, "--now", NOW, "--events", path)
    assert done.code == 2
    assert why in done.err
    assert done.out == ""


def test_a_value_that_counts_as_missing_is_pointed_out(pals: Path, tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"viewed": {"category": 3}}\n{', encoding="utf-8")
    done = run("decide", pals, "-s", HER, "--events", path)
    assert (done.code, f"{path}:2 is not JSON" in done.err) == (2, True)
    path.write_text('{"viewed": {"category": 3}}\n', encoding="utf-8")
    done = run("decide", pals, "-s", HER, "--events", path)
    assert done.code == 0
    assert "warning: item 1, viewed.category: " in done.err
    path.write_text('{"viewed": {"price": -3}}\n{"viewed": {"category": "' + 65 * "x" + '"}}')
    done = run("decide", pals, "-s", HER, "--events", path)
    assert "warning: item 1, viewed.price: the event is refused" in done.err
    assert "warning: item 2, viewed.category: the event is refused" in done.err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--observed", "3x"], "--observed: observed"),
        (["--save-state", "x"], "--save-state: there is no state"),
        (["--state", "nothing.here"], "cannot read nothing.here"),
        (["--state", "s", "--observed", "3d"], "exclude one another"),
    ],
)
def test_wrong_usage(pals: Path, arguments: list[str], why: str) -> None:
    done = run("decide", pals, "-s", HER, *arguments)
    assert done.code == 2
    assert why in done.err
    rows = run("decide", pals, "--rows", "x.csv", *arguments)
    assert "goes with --signals" in rows.err


def test_build_says_what_is_kept(pals: Path, tmp_path: Path) -> None:
    source = pals.with_name("pals.yaml")
    done = run("build", source, "-o", tmp_path / "p.tacit", "--json").json
    assert done["counts"] == {
        "signals": 2, "segments": 1, "surfaces": 1, "rules": 2, "variants": 4,
    }  # fmt: skip
    kept = done["state"]
    assert (kept["items"], kept["longest_days"]) == (6, 7)
    text = run("build", source, "-o", tmp_path / "p.tacit").out
    assert (
        f"a device keeps 6 items, at most {kept['largest_bytes']:,} bytes; "
        "what has a window for at most 7 days\n"
    ) in text
    (tmp_path / "shop.yaml").write_text(SHOP, encoding="utf-8")
    plain = run("build", tmp_path / "shop.yaml", "-o", tmp_path / "s.tacit")
    assert "a device keeps" not in plain.out
