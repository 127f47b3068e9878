"""The constants of a signal: FORMAT.md section 3.2, *values*."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from tacit.runtime import format as f
from tacit.runtime._bytes import Reader
from tacit.runtime._model import Operand, Version
from tacit.runtime.format import Type


def decode_values(reader: Reader, name: str, kind: Type) -> tuple[Operand, ...]:
    """The constants of signal `name`: an enum's members, else what tests compare it with."""
    if kind is Type.BOOL:
        return ()
    if kind in (Type.STRING, Type.ENUM, Type.STRING_LIST):
        texts = reader.texts()
        if len(texts) > f.MAX_TABLE:
            reader.fail("limit", f"{len(texts)} values of signal {name!r}")
        if kind is Type.ENUM:
            check_distinct(reader, texts, f"members of {name!r}")
        else:
            check_rising(reader, texts, f"values of {name!r}")
        return texts
    count = reader.count(f.MAX_TABLE, f"values of signal {name!r}")
    if kind is Type.INT:
        return tuple(_wholes(reader, count))
    if kind is Type.VERSION:
        versions = [_version(reader) for _ in range(count)]
        _check_numbers_rise(reader, all(a < b for a, b in pairwise(versions)))
        return tuple(versions)
    doubles = _doubles(reader, count)
    _check_numbers_rise(reader, all(a < b for a, b in pairwise(doubles)))
    return tuple(doubles)


def _wholes(reader: Reader, count: int) -> list[int]:
    """The first, then the gaps less one."""
    numbers: list[int] = []
    for _ in range(count):
        if not numbers:
            numbers.append(reader.svarint())
        else:
            numbers.append(numbers[-1] + reader.varint(2 * f.MAX_INT) + 1)
        if numbers[-1] > f.MAX_INT:
            reader.fail("number", f"{numbers[-1]} is above {f.MAX_INT}")
    return numbers


def _doubles(reader: Reader, count: int) -> list[float]:
    if count == 0:
        return []
    scale = reader.u8()
    if scale == f.RAW_SCALE:
        return [reader.f64() for _ in range(count)]
    if scale > f.MAX_SCALE:
        reader.fail("code", f"scale {scale}")
    return [float(whole) / float(10**scale) for whole in _wholes(reader, count)]


def _version(reader: Reader) -> Version:
    count = reader.u8()
    if not 1 <= count <= 4:
        reader.fail("code", f"a version of {count} parts")
    parts = [reader.varint() for _ in range(count)]
    if max(parts) >= f.VERSION_PART_LIMIT:
        reader.fail("number", f"{max(parts)} in a version")
    if count > 1 and parts[-1] == 0:
        reader.fail("shortest", "the last part of a version is 0")
    major, minor, patch, build = parts + [0] * (4 - count)
    return major, minor, patch, build


def _check_numbers_rise(reader: Reader, rise: bool) -> None:
    if not rise:
        reader.fail("order", "values do not rise")


def check_rising(reader: Reader, texts: Sequence[str], what: str) -> None:
    """Python compares texts by code points, as the page wants."""
    if any(left >= right for left, right in pairwise(texts)):
        reader.fail("order", f"{what} do not rise")


def check_distinct(reader: Reader, texts: Sequence[str], what: str) -> None:
    if len(set(texts)) != len(texts):
        reader.fail("duplicate", f"{what} repeat")
