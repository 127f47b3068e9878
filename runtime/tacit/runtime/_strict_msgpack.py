"""The little of msgpack that a bundle uses, every value in its shortest form, read by hand.

The reference has it of its own, so that nothing compiled stands between the page and the bytes.
"""

from __future__ import annotations

import math
import struct

from tacit.runtime import format as f
from tacit.runtime._bytes import Reader
from tacit.runtime._model import JsonValue

UNSIGNED = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}
SIGNED = {0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}
STR = {0xD9: 1, 0xDA: 2, 0xDB: 4}
BIN = {0xC4: 1, 0xC5: 2, 0xC6: 4}
ARRAY = {0xDC: 2, 0xDD: 4}
MAP = {0xDE: 2, 0xDF: 4}


def _big_endian(reader: Reader, size: int) -> int:
    return int.from_bytes(reader.raw(size), "big")


def _size(reader: Reader, size: int, fits_before: int) -> int:
    """A number of `size` bytes; one of at most `fits_before` has a shorter form."""
    value = _big_endian(reader, size)
    if value <= fits_before:
        reader.fail("shortest", f"{value} in {size} bytes")
    return value


def _length(reader: Reader, head: int, heads: dict[int, int], in_head: int) -> int:
    """A length behind its head; up to `in_head` fit into the head itself (-1: none)."""
    size = heads[head]
    return _size(reader, size, in_head if size == min(heads.values()) else 2 ** (4 * size) - 1)


def read_array(reader: Reader, wrong: str) -> int:
    """The count of an array; `wrong` is the fault when there is something else."""
    return _array(reader, reader.u8(), wrong)


def _array(reader: Reader, head: int, wrong: str) -> int:
    if head & 0xF0 == 0x90:
        return head & 15
    if head in ARRAY:
        return _length(reader, head, ARRAY, 15)
    return reader.fail(wrong, f"{head:#04x} where an array was due")


def read_unsigned(reader: Reader, wrong: str) -> int:
    head = reader.u8()
    if head < 0x80:
        return head
    if head in UNSIGNED:
        return _length(reader, head, UNSIGNED, 127)
    return reader.fail(wrong, f"{head:#04x} where an unsigned int was due")


def read_bin(reader: Reader, wrong: str) -> bytes:
    head = reader.u8()
    if head in BIN:
        return reader.raw(_length(reader, head, BIN, -1))
    return reader.fail(wrong, f"{head:#04x} where bytes were due")


def read_str(reader: Reader, wrong: str) -> str:
    return _str(reader, reader.u8(), wrong)


def _str(reader: Reader, head: int, wrong: str) -> str:
    if head & 0xE0 == 0xA0:
        return reader.utf8(reader.raw(head & 31))
    if head in STR:
        return reader.utf8(reader.raw(_length(reader, head, STR, 31)))
    return reader.fail(wrong, f"{head:#04x} where a text was due")


def read_json(reader: Reader, depth: int = 0) -> JsonValue:
    """One content: nil, bool, int, float 64, str, array, map; `depth` containers down."""
    head = reader.u8()
    if head < 0x80:
        return head
    if head >= 0xE0:
        return head - 0x100
    if head == 0xC0:
        return None
    if head in (0xC2, 0xC3):
        return head == 0xC3
    if head in UNSIGNED:
        return _within(reader, _length(reader, head, UNSIGNED, 127))
    if head in SIGNED:
        return _within(reader, _negative(reader, SIGNED[head]))
    if head == 0xCB:
        return _double(reader)
    if head & 0xE0 == 0xA0 or head in STR:
        return _str(reader, head, "content")
    is_array = head & 0xF0 == 0x90 or head in ARRAY
    is_map = head & 0xF0 == 0x80 or head in MAP
    if not is_array and not is_map:
        reader.fail("content", f"{head:#04x} has no place in a content")
    if depth == f.MAX_CONTENT_DEPTH:
        reader.fail("limit", f"content deeper than {f.MAX_CONTENT_DEPTH}")
    if is_array:
        count = _array(reader, head, "content")
        return [read_json(reader, depth + 1) for _ in range(count)]
    return _map(reader, head, depth)


def _within(reader: Reader, number: int) -> int:
    if abs(number) > f.MAX_INT:
        reader.fail("limit", f"the number {number} is too large")
    return number


def _negative(reader: Reader, size: int) -> int:
    value = int.from_bytes(reader.raw(size), "big", signed=True)
    least_of_shorter = -32 if size == 1 else -(2 ** (4 * size - 1))
    if value >= least_of_shorter:
        reader.fail("shortest", f"{value} in {size} bytes")
    return value


def _double(reader: Reader) -> float:
    value: float = struct.unpack(">d", reader.raw(8))[0]
    if not math.isfinite(value):
        reader.fail("number", f"{value} in a content")
    return value


def _map(reader: Reader, head: int, depth: int) -> dict[str, JsonValue]:
    count = head & 15 if head & 0xF0 == 0x80 else _length(reader, head, MAP, 15)
    found: dict[str, JsonValue] = {}
    last: str | None = None
    for _ in range(count):
        key = read_str(reader, "content")
        if last is not None and key <= last:  # code points rise as UTF-8 bytes do
            reader.fail("order", "keys do not rise")
        last = key
        found[key] = read_json(reader, depth + 1)
    return found
