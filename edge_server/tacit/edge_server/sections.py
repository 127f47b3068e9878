"""The form of a bundle that is meant for everybody: without debug names and audit.

Only the outer array is touched; FORMAT.md section 1 lets an edge leave any optional section out.
"""

from __future__ import annotations

from typing import Final

import msgpack
from tacit.runtime.format import Section

PUBLIC: Final = frozenset({Section.PROGRAM, Section.CONTENT, Section.EXPLANATIONS})
"""What a device needs. A list of what may pass, not of what may not: a section of a later version
does not go out until somebody says that it is meant for everybody."""


def public_form(bundle: bytes) -> bytes:
    """A good bundle with the sections in `PUBLIC` only; without others, byte for byte the input."""
    magic, major, features, parts = msgpack.unpackb(bundle)
    kept = [[number, payload] for number, payload in parts if number in PUBLIC]
    packed: bytes = msgpack.packb([magic, major, features, kept])
    return packed
