"""The outer msgpack array of FORMAT.md section 1, written and taken apart."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgpack
from tacit.runtime import format as fmt
from tacit.runtime.format import Feature, Section


def pack(sections: Mapping[int, bytes]) -> bytes:
    """The bundle of these sections, in the order of their ids."""
    features = int(Feature.STATE) if Section.STATE in sections else 0
    body = [[int(number), sections[number]] for number in sorted(sections)]
    packed: bytes = msgpack.packb([fmt.MAGIC, fmt.MAJOR, features, body])
    return packed


def unpack(bundle: bytes) -> dict[int, bytes]:
    """The sections of a bundle by id. Raises ValueError when this version does not write such."""
    try:
        match msgpack.unpackb(bundle, strict_map_key=True):
            case [fmt.MAGIC, fmt.MAJOR, 0 | Feature.STATE, [*entries]]:
                sections = dict(_section(entry) for entry in entries)
            case [fmt.MAGIC, major, features, _]:
                raise ValueError(f"a bundle of major {major!r} with features {features!r}")
            case _:
                raise ValueError("not a tacit bundle")
    except (msgpack.exceptions.UnpackException, msgpack.exceptions.ExtraData) as error:
        raise ValueError(f"not a tacit bundle: {error}") from error
    if Section.PROGRAM not in sections or pack(sections) != bundle:
        raise ValueError("the outer array of the bundle is not in its canonical form")
    return sections


def _section(entry: object) -> tuple[int, bytes]:
    match entry:
        case [int(number), bytes(payload)]:
            return number, payload
        case _:
            raise ValueError("a section is not a number and bytes")


def strip(bundle: bytes, *, keep: Collection[int]) -> bytes:
    """The same bundle with only the sections in `keep` (see `Section`) and those it cannot lack."""
    needed = (Section.PROGRAM, Section.STATE)
    sections = unpack(bundle)
    return pack({n: data for n, data in sections.items() if n in needed or n in keep})
