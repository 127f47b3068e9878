"""Damaged bundles give one typed error with its code; unusual ones load."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest
from tacit.runtime import Bundle, reference
from tacit.runtime.errors import CODES, BundleError

from . import by_hand, kit, refusals

Loaded = TypeVar("Loaded")
SIGNALS = {"b": True, "n": 2, "d": 0.3, "s": "c", "e": "y", "v": "2.10", "l": ["k", "m"]}
LOADERS = {"reference": reference.decode, "compiled": Bundle.load}
REFUSED = list(refusals.refused())
ACCEPTED = list(refusals.accepted())


@pytest.mark.parametrize("load", LOADERS.values(), ids=LOADERS)
@pytest.mark.parametrize(
    ("code", "data"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_refused(load: Callable[[bytes], object], code: str, data: bytes) -> None:
    with pytest.raises(BundleError) as caught:
        load(data)
    assert caught.value.code == code


@pytest.mark.parametrize("data", [row[1] for row in ACCEPTED], ids=[row[0] for row in ACCEPTED])
def test_accepted(data: bytes) -> None:
    assert reference.decode(data).project == "by-hand"
    assert tuple(Bundle.load(data).surfaces) == ("x", "y")


def test_every_code_of_a_bundle_has_a_case() -> None:
    assert {code for _, code, _ in REFUSED} == {code for code in CODES if code.startswith("R1")}


def test_names_are_distinct() -> None:
    names = [about for about, *_ in (*REFUSED, *ACCEPTED)]
    assert len(set(names)) == len(names)


def test_the_file_is_what_is_written_here() -> None:
    assert kit.REFUSED.read_text(encoding="utf-8") == kit.refused_text()


@pytest.mark.parametrize("load", LOADERS.values(), ids=LOADERS)
def test_every_shorter_run_of_bytes_is_refused(load: Callable[[bytes], object]) -> None:
    whole = by_hand.bundle()
    for size in range(len(whole)):
        with pytest.raises(BundleError):
            load(whole[:size])


def test_with_any_bit_flipped_both_refuse_or_both_decide_alike() -> None:
    whole = bytearray(by_hand.bundle())
    refused = 0
    for at in range(8 * len(whole)):
        whole[at >> 3] ^= 1 << (at & 7)
        data = bytes(whole)
        whole[at >> 3] ^= 1 << (at & 7)
        program = _or_none(reference.decode, data)
        bundle = _or_none(Bundle.load, data)
        assert (program is None) == (bundle is None), f"bit {at}"
        if program is None or bundle is None:
            refused += 1
            continue
        expected = reference.decide_all(program, SIGNALS, 2500, ["ads"])
        found = bundle.decide_all(SIGNALS, None, 2500, ["ads"])
        for surface, wanted in expected.items():
            for field in ("variant", "content", "reason", "rule", "explanation", "unknown"):
                assert getattr(found[surface], field) == getattr(wanted, field), f"bit {at}"
    # Most of a bundle's bits mean something that must fit the rest.
    assert refused > 4 * len(whole)


def _or_none(load: Callable[[bytes], Loaded], data: bytes) -> Loaded | None:
    try:
        return load(data)
    except BundleError:
        return None
