"""Program -> bytes, after bundles/FORMAT.md.

`lay_out` takes a normalised program apart into tables, `write` turns those into the bytes, and
`encode` does both. The bytes depend on the program alone: not on the machine, nor the hash seed.
"""

from __future__ import annotations

from tacit.compiler import ir
from tacit.compiler.encode.container import pack, strip, unpack
from tacit.compiler.encode.literals import NotNormalised
from tacit.compiler.encode.sections import WRITERS
from tacit.compiler.encode.tables import Tables, lay_out
from tacit.runtime.format import Section

__all__ = ["NotNormalised", "Tables", "encode", "lay_out", "strip", "unpack", "write"]


def encode(program: ir.Program, *, debug: bool = True, audit: bool = True) -> bytes:
    """The bundle of a program that has been through the passes."""
    return write(lay_out(program), debug=debug, audit=audit)


def write(tables: Tables, *, debug: bool = True, audit: bool = True) -> bytes:
    """The bundle of these tables; without `debug` and `audit` it lacks the section of that name."""
    left_out = {Section.DEBUG: not debug, Section.AUDIT: not audit}
    payloads = {
        int(section): writer(tables)
        for section, writer in WRITERS.items()
        if not left_out.get(section, False)
    }
    return pack({number: data for number, data in payloads.items() if data is not None})
