"""Constants of the bundle format, version 1; bundles/FORMAT.md explains each."""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Final

MAGIC: Final = "tacit"
MAJOR: Final = 1
KNOWN_FEATURES: Final = 1  # STATE

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
    STATE = 6


class Feature(IntFlag):
    """Bits of the outer array that a runtime must know."""

    STATE = 1


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


# ---------------------------------------------------------------- section 6; bundles/STATE.md


class ItemKind(IntEnum):
    """What an item of a device's state holds."""

    COUNT = 0
    SUM = 1
    DISTINCT = 2
    LAST = 3
    SCORES = 4
    SHOWN = 5
    LAST_SHOWN = 6
    DISMISSED = 7
    UNCLICKED = 8
    SURFACE = 9
    ARM = 10
    SEGMENT = 11


class Role(IntEnum):
    """What a machine signal is worked out from."""

    EXACT = 0
    LEAST = 1
    SINCE = 2
    TOP = 3
    FUNNEL = 4
    FIRST_SEEN = 5
    SESSION = 6
    BLOCK = 7
    HOLD = 8
    IN = 9
    OUT = 10
    ARM = 11
    THEME = 12


class GuardKind(IntEnum):
    CAP = 0
    COOLDOWN = 1
    DISMISSED = 2
    UNCLICKED = 3
    CHANGES = 4


class Block(IntEnum):
    """Why a variant may not show: values of a BLOCK signal."""

    SUPPRESSED = 1
    CAPPED = 2
    COOLING_DOWN = 3
    CHANGES = 4
    NO_STATE = 5


class Standing(IntEnum):
    """What a rule of the program is to the rule as written."""

    WRITTEN = 0
    KEPT = 1
    BLOCKED = 2
    HOLDOUT = 3
    HOLDOUT_NO_UNIT = 4


class Cadence(IntEnum):
    """How often a segment is evaluated anew; LIVE ones are not stored."""

    LIVE = 0
    HOURLY = 1
    DAILY = 2
    CAMPAIGN = 3
    EVENTS = 4


STATE_MAGIC: Final = "tacit-state"
STATE_VERSION: Final = 1
SESSION_IDLE_MS: Final = 30 * 60_000
TRUSTED_STEP_MS: Final = 48 * 3_600_000
FAR_PAST_MS: Final = 7 * 86_400_000
MAX_COUNT: Final = 2**32 - 1  # counts stay there; hashes and keys go up to it too
MAX_NONCES: Final = 32
MAX_CONTROLS: Final = 16
MAX_STATE_BYTES: Final = 1024 * 1024
MAX_WRITERS: Final = 8
MAX_ITEMS_OF_STATE: Final = 4_096
MAX_SLOTS: Final = 400  # of a window
MAX_DISTINCT: Final = 256
MAX_KEEP: Final = 64  # scores of an affinity
DECAY: Final = (
    1.0,
    0.9576032806985737,
    0.9170040432046712,
    0.8781260801866497,
    0.8408964152537145,
    0.8052451659746271,
    0.7711054127039704,
    0.7384130729697497,
    0.7071067811865476,
    0.6771277734684463,
    0.6484197773255048,
    0.620928906036742,
    0.5946035575013605,
    0.5693943173783458,
    0.5452538663326288,
    0.5221368912137069,
)
"""F[j], the double nearest to 2^(-j/16)."""
