"""Keys: murmur3 over what a thing is, in words.

An item keeps its history for as long as its key stays the same, so its words name what decides
whether old numbers still mean the same: events and fields, windows, who is counted. Limits are not
among them. The words of an item, joined by zero bytes:

| kind | words |
|---|---|
| COUNT | `count`, purpose, event, where, slot, slots |
| SUM, DISTINCT | `sum` or `distinct`, purpose, event, where, field, slot, slots |
| LAST | `last`, purpose, event, where |
| SCORES | `scores`, purpose, event, where, field, step |
| SHOWN | `shown`, purpose, slot, slots, then surface and variant of each that is counted, sorted |
| LAST_SHOWN, DISMISSED, UNCLICKED | its name, purpose, then surface and variant of each, sorted |
| SURFACE | `surface`, purpose, surface |
| ARM | `arm`, purpose, experiment |
| SEGMENT | `segment`, purpose, segment, cadence, condition, how many events and these, and below |

Where all variants of a surface but its default are counted as such, `*` stands for them. A purpose
or `where` that is not there is an empty word, a number is written in decimal, a condition
as in dumps. Below a stored segment, by name: name and condition of each segment that it goes back
to, then name, `zero` as 0 or 1, own numbers and items of each aggregate that any of them reads.
The order in which a source declares things is in no key.

The key of an experiment is that of its id, the key of a rule that of surface and rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_WORD: Final = 0xFFFFFFFF


def key_of(words: Iterable[str]) -> int:
    """The key of a thing with these words."""
    return murmur3_32("\0".join(words).encode())


def murmur3_32(data: bytes) -> int:
    """MurmurHash3, x86, 32 bit, seed 0: the hash that buckets use."""
    state = 0
    whole = len(data) - len(data) % 4
    for at in range(0, whole, 4):
        state ^= _scrambled(data[at : at + 4])
        state = (_rotated(state, 13) * 5 + 0xE6546B64) & _WORD
    state ^= _scrambled(data[whole:]) ^ len(data)
    state = (state ^ state >> 16) * 0x85EBCA6B & _WORD
    state = (state ^ state >> 13) * 0xC2B2AE35 & _WORD
    return state ^ state >> 16


def _scrambled(block: bytes) -> int:
    """Up to four bytes of the data, mixed; of none it is 0."""
    value = int.from_bytes(block, "little") * 0xCC9E2D51 & _WORD
    return _rotated(value, 15) * 0x1B873593 & _WORD


def _rotated(value: int, by: int) -> int:
    return (value << by | value >> 32 - by) & _WORD
