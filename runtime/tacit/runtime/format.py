"""Constants of the bundle format, version 1; bundles/FORMAT.md explains each."""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Final

MAGIC: Final = "tacit"
MAJOR: Final = 1
KNOWN_FEATURES: Final = 0

MAX_INT: Final = 2**53 - 1
BUCKETS: Final = 10_000
VERSION_PART_LIMIT: Final = 2**26
RAW_SCALE: Final = 255
MAX_SCALE: Final = 22
NEGATED: Final = 0x80
MAX_WIDTH: Final = 53  # bits of an entry of a packed column
SALT_DIGITS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

MAX_BUNDLE_BYTES: Final = 16 * 1024 * 1024
MAX_SIGNALS: Final = 1_024
MAX_TABLE: Final = 65_535  # values of a signal, tests, shapes, surfaces, bodies, segments
MAX_VARIANTS: Final = 1_024
MAX_SURFACE_RULES: Final = 20_000
MAX_RULES: Final = 100_000
MAX_CONDITION_LITERALS: Final = 4_096
MAX_LITERALS: Final = 2_000_000
MAX_TEXT_BYTES: Final = 65_535
MAX_LENGTH: Final = 65_535  # code points
MAX_ITEMS: Final = 1_024
MAX_SHAPE_DEPTH: Final = 128
MAX_CONTENT_DEPTH: Final = 32


class Section(IntEnum):
    PROGRAM = 1
    CONTENT = 2
    EXPLANATIONS = 3
    DEBUG = 4
    AUDIT = 5


class MetaFlag(IntFlag):
    EXPIRES = 1
    DEFAULTS_WHEN_EXPIRED = 2
    HOLDOUT = 4


class Type(IntEnum):
    BOOL = 0
    INT = 1
    DOUBLE = 2
    STRING = 3
    ENUM = 4
    VERSION = 5
    STRING_LIST = 6


class SignalFlag(IntFlag):
    PURPOSE = 1
    MINIMUM = 2
    MAXIMUM = 4
    MAX_AGE = 8


class Op(IntEnum):
    HAS = 0x01
    IS_TRUE = 0x02
    LT = 0x03
    LE = 0x04
    GT = 0x05
    GE = 0x06
    AMONG = 0x08
    AMONG_MASK = 0x09
    IS = 0x0B
    STARTS = 0x0C
    ENDS = 0x0D
    CONTAINS = 0x0E
    SIZE_LT = 0x10
    SIZE_LE = 0x11
    SIZE_GT = 0x12
    SIZE_GE = 0x13
    SIZE_EQ = 0x14
    INCLUDES = 0x18
    EXISTS = 0x19
    SEGMENT = 0x1A


class Node(IntEnum):
    """Bytes of a shape."""

    FALSE = 0
    TRUE = 1
    LITERAL = 2
    ALL = 3
    ANY = 4


class Place(IntEnum):
    DEVICE = 0
    EDGE = 1
    BOTH = 2


FORBIDDEN: Final = 4  # bit of a surface's flags, above its place


class RuleFlag(IntFlag):
    TRAFFIC = 1
    SPLIT = 2
    START = 4
    END = 8
    LOCAL = 16


class SplitFlag(IntFlag):
    EXPERIMENT = 1


class Source(IntEnum):
    DEVICE = 0
    REQUEST = 1
    SESSION = 2
    DECLARED = 3


class Sensitivity(IntEnum):
    NONE = 0
    PERSONAL = 1
    SENSITIVE = 2
