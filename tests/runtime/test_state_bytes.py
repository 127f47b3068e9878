"""The bytes of a state: canonical, read strictly, and damage never does worse than a fresh one."""

from __future__ import annotations

import pickle
import random
from typing import Any

import msgpack
import pytest
from tacit.runtime import ArgumentError, DeviceState, StateWarning
from tacit.runtime._state_bytes import pack, unpack
from tacit.runtime._state_data import StateData

from .remember import FIRST, START
from .test_state_model import History


def lived(seed: int, steps: int = 150) -> DeviceState:
    history = History(seed)
    for _ in range(steps):
        history.step()
    if history.state.is_off:
        history.state.turn_on(history.now)
    return history.state


def plain(data: bytes) -> Any:
    return msgpack.unpackb(data, strict_map_key=False)


def changed(place: int, value: Any) -> bytes:
    """A lived state with one place replaced."""
    rows = plain(lived(3).bytes)
    rows[place] = value
    data: bytes = msgpack.packb(rows)
    return data


def item(kind: int, data: Any) -> bytes:
    return changed(10, [[kind, 1, None, 0, data]])


CASES: list[tuple[str, str, bytes]] = [
    ("nothing", "S101", b""),
    ("an end too soon", "S101", lived(3).bytes[:-1]),
    ("bytes left over", "S101", lived(3).bytes + b"\0"),
    ("a text that is none", "S101", b"\x91\xa1\xff"),
    ("an extension", "S101", changed(12, msgpack.ExtType(5, b""))),
    ("arrays without end", "S101", b"\x91" * 100_000),
    ("another thing", "S102", msgpack.packb(["tacit", 1])),
    ("a map", "S102", msgpack.packb({"tacit-state": 1})),
    ("another version", "S103", changed(1, 2)),
    ("a version that is true", "S103", changed(1, True)),
    ("no places", "S104", msgpack.packb(["tacit-state", 1])),
    ("a project by name", "S104", changed(2, "memory")),
    ("a project beyond a word", "S105", changed(2, 2**32)),
    ("another project", "S107", changed(2, 5)),
    ("a time that is a text", "S104", changed(3, "0")),
    ("a time that is true", "S104", changed(3, True)),
    ("a time before 1970", "S105", changed(3, -1)),
    ("a time too late", "S105", changed(4, 2**53)),
    ("a session of three", "S104", changed(5, [1, 0, 0])),
    ("session 0", "S105", changed(5, [0, 0, 0, None])),
    ("off that is 0", "S104", changed(6, 0)),
    ("preferences in an array", "S104", changed(7, [])),
    ("a preference without its time", "S104", changed(7, {"tier": "gold"})),
    ("a preference that is a map", "S104", changed(7, {"tier": [{}, 0]})),
    ("a control of nothing", "S105", changed(8, [[3, 0, "x", "", 0]])),
    ("a control of a variant without it", "S104", changed(8, [[0, 0, "hero", "", 0]])),
    ("a control of a topic with one", "S104", changed(8, [[1, 0, "sale", "a", 0]])),
    ("too many controls", "S105", changed(8, [[1, 0, f"t{n:03d}", "", 0] for n in range(33)])),
    ("controls out of order", "S106", changed(8, [[1, 0, "b", "", 9], [1, 0, "a", "", 8]])),
    ("two controls of a thing", "S106", changed(8, [[1, 0, "a", "", 8], [1, 1, "a", "", 9]])),
    ("an arm by name", "S104", changed(9, {"exp": "a"})),
    ("an item of two", "S104", changed(10, [[0, 1]])),
    ("an item of a later kind", "S105", item(12, [])),
    ("a key beyond a word", "S105", changed(10, [[0, 2**32, None, 0, []]])),
    ("items out of order", "S106", changed(10, [[3, 2, None, 0, 1], [3, 1, None, 0, 1]])),
    ("items that repeat", "S106", changed(10, [[3, 1, None, 0, 1], [3, 1, None, 0, 1]])),
    ("a counter that is a map", "S104", item(0, {})),
    ("a count of 0", "S105", item(0, [[0, [5, 0]]])),
    ("half a slot", "S104", item(0, [[0, [5, 1, 6]]])),
    ("a writer without slots", "S104", item(0, [[0, []]])),
    ("a writer too many", "S105", item(0, [[8, [5, 1]]])),
    ("writers out of order", "S106", item(0, [[1, [5, 1]], [0, [5, 1]]])),
    ("slots out of order", "S106", item(0, [[0, [6, 1, 5, 1]]])),
    ("too many slots", "S105", item(0, [[0, [n for slot in range(402) for n in (slot, 1)]]])),
    ("a dismissal in a slot", "S104", item(7, [[0, [5, 1]]])),
    ("a sum that is infinite", "S104", item(1, [[0, [5, 1, float("inf")]]])),
    ("a sum that is not a number", "S104", item(1, [[0, [5, 1, float("nan")]]])),
    ("a whole sum as a double", "S106", item(1, [[0, [5, 1, 2.0]]])),
    ("minus zero", "S106", item(1, [[0, [5, 1, -0.0]]])),
    ("a sum in 32 bits", "S106", item(1, [[0, [5, 1, 1.5]]]).replace(
        msgpack.packb(1.5), msgpack.packb(1.5, use_single_float=True))),
    ("a score below 1", "S105", item(4, [[0, ["x", 5, 0.5]]])),
    ("scores out of order", "S106", item(4, [[0, ["b", 5, 1, "a", 5, 1]]])),
    ("hashes out of order", "S106", item(2, [7, 1, 6, 1])),
    ("a last time that is a text", "S104", item(3, "never")),
    ("a surface of two", "S104", item(9, ["a", 0])),
    ("an arm without its time", "S104", item(10, ["a"])),
    ("a segment that is 1", "S104", item(11, [1, 0, 0])),
    ("too many nonces", "S105", changed(11, list(range(33)))),
    ("a nonce twice", "S106", changed(11, [1, 1])),
    ("two refusals", "S104", changed(12, [0, 0])),
    ("a longer form", "S106", lived(3).bytes.replace(b"tacit-state\x01", b"tacit-state\xcc\x01")),
    ("keys of preferences out of order", "S106",
     changed(7, {"tier": ["gold", 0], "score": [1, 0]})),
    ("more than a mebibyte", "S105", changed(12, [0, 0, 0]) + bytes(1024 * 1024)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "data"), [row[1:] for row in CASES], ids=[row[0] for row in CASES]
)
def test_refused(code: str, data: bytes) -> None:
    state = DeviceState.load(FIRST, data, START)
    assert state.warning is not None
    assert state.warning.code == code
    assert str(state.warning).startswith(code)
    assert state.bytes == DeviceState(FIRST, START).bytes


def test_a_warning_can_be_sent_on() -> None:
    warning = StateWarning("S103", "2")
    again = pickle.loads(pickle.dumps(warning))
    assert (again.code, again.detail, str(again)) == ("S103", "2", str(warning))


def test_only_bytes_are_loaded() -> None:
    with pytest.raises(ArgumentError, match="R211"):
        DeviceState.load(FIRST, "text")  # type: ignore[arg-type]


def test_what_a_later_version_added_is_kept() -> None:
    rows = plain(DeviceState(FIRST, START).bytes)
    data = msgpack.packb([*rows, {"x": [1.0, b"raw", None]}, 7])
    state = DeviceState.load(FIRST, data, START)
    assert state.warning is None
    assert state.bytes == data
    assert state.record_event("bought", now=START + 1)
    assert plain(state.bytes)[13:] == [{"x": [1.0, b"raw", None]}, 7]


def test_a_new_state_is_small() -> None:
    assert len(DeviceState(FIRST, START).bytes) < 300


@pytest.mark.parametrize("seed", range(12))
def test_what_was_written_is_read(seed: int) -> None:
    data = lived(seed).bytes
    found = unpack(data)
    assert isinstance(found, StateData)
    assert pack(found) == data


@pytest.mark.parametrize("seed", range(4))
def test_random_damage(seed: int) -> None:
    rng = random.Random(seed)
    data = lived(seed).bytes
    refused = 0
    for _ in range(1_500):
        bad = bytearray(data)
        for _ in range(rng.choice((1, 1, 2, 8))):
            place = rng.randrange(len(bad))
            kind = rng.random()
            if kind < 0.6:
                bad[place] = rng.randrange(256)
            elif kind < 0.8:
                del bad[place : place + rng.randrange(4)]
            else:
                bad[place:place] = rng.randbytes(rng.randrange(4))
        state = DeviceState.load(FIRST, bytes(bad), START)
        refused += state.warning is not None
        # Whatever it is now, it is whole: it says something, takes records and comes back.
        state._standing_for(FIRST, START)
        for event in ("viewed", "bought"):
            state.record_event(event, {"category": "shoes", "price": 1.5}, now=START)
        state.record_shown("hero", "a", now=START)
        state.refresh({}, START)
        state.inspect(START)
        state.export()
        state.health()
        again = DeviceState.load(FIRST, state.bytes, START)
        assert again.warning is None
        assert again.bytes == state.bytes
    assert refused > 500
