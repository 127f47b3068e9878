"""What a loaded bundle is made of. Read this first.

A *signal*'s domain is cut at every constant that a literal names, so that a value becomes a small
number, its *class*. Class 0 is "missing"; class 1 of a text is "named by no literal". A literal over
one signal is then a set of classes that never holds class 0 (but for `!has`), and Kleene truth comes
for free: a missing value is in no set, negated or not.

A rule's condition becomes *clauses* (conjunctions of literals), one bit each. Per signal and class a
*row* of bits says which clauses the class allows. The AND of the rows of all signals leaves the live
clauses; a surface is a run of bits, its last clause is always true and stands for the default, and
the first live bit decides. What no row can say is a *check*, made only when its clause is the first
live one: tests over texts and lists, segments too large to write out, traffic, splits, schedules.

What a device remembers comes as signals too: those behind the host's are never read from the host.

Everything here is written once by the loader and only read afterwards.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from tacit.runtime._memory cimport Arena
from tacit.runtime._reader cimport Piece


cdef enum Type:
    BOOL = 0
    INT = 1
    DOUBLE = 2
    STRING = 3
    ENUM = 4
    VERSION = 5
    STRING_LIST = 6


cdef enum Op:
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
    # What the loader makes of the tests above.
    CLASSES = 0x20  # the class lies in [a, b)
    CLASS_LIST = 0x21  # the class is one of `count` rising uint32_t at b
    CLASS_MASK = 0x22  # the bit of the class is set in the words at b; `count` classes


cdef enum:
    NEGATED = 0x80


cdef enum Node:
    FALSE = 0
    TRUE = 1
    LITERAL = 2
    ALL = 3
    ANY = 4


cdef enum SignalFlag:
    PURPOSE = 1
    MINIMUM = 2
    MAXIMUM = 4
    MAX_AGE = 8


cdef enum RuleFlag:
    TRAFFIC = 1
    SPLIT = 2
    START = 4
    END = 8
    LOCAL = 16


cdef enum:
    NONE = 0xFFFFFFFF
    BUCKETS = 10000
    CHECKED = 0x80000000  # in an action: the rest is the index of an entry


cdef enum Kind:
    # Decisions that name no rule; outcome = kind * surfaces + surface.
    K_DEFAULT = 0
    K_FORBIDDEN = 1
    K_EXPIRED = 2
    K_HOLDOUT = 3
    K_HOLDOUT_NO_UNIT = 4
    K_OPTED_OUT = 5
    KINDS = 6


cdef enum Standing:
    # What a rule is to the rule as written.
    WRITTEN = 0
    KEPT = 1
    BLOCKED = 2
    HOLDOUT = 3
    HOLDOUT_NO_UNIT = 4


cdef enum:
    NESTED_SEGMENTS = 8  # asked within one another, at most: the stack of a thread may be small


cdef struct Text:
    # A text as CPython lays strings out: 1, 2 or 4 bytes a code point, whichever holds it.
    const void* data
    uint32_t length  # code points
    uint32_t kind


cdef struct Slot:
    # One named text, in a table without removal. Up to 8 bytes the mark is the text.
    uint64_t mark
    const void* data
    uint32_t form  # bytes << 3 | bytes per code point
    uint32_t cls  # 0: empty


cdef struct Key:
    # A number that sorts as an unsigned pair: the bits of a double, made rising, or a version.
    uint64_t high
    uint64_t low


cdef struct Plane:
    # Where the rows of a signal are; rows[(class + bias) >> shift] is that of a class.
    const uint64_t* rows
    uint32_t bias
    uint32_t shift


cdef struct Grid:
    # Cells of equal width along the line. Where a number falls is monotone, so only the cuts of its
    # own cell need to be compared with it.
    double low
    double scale  # cells per unit
    uint32_t cells
    uint32_t* starts  # per cell the first cut in it or behind it; one more at the end


cdef struct Signal:
    uint8_t type
    uint8_t flags
    bint is_unit  # hashed somewhere
    uint32_t purpose
    int64_t max_age  # ms
    Key minimum  # of a double
    Key maximum
    int64_t least  # of an int
    int64_t most
    uint32_t max_length  # code points, of a string or an element
    uint32_t max_items
    Piece name
    # Classes.
    uint32_t classes  # class 0 included
    Key* cuts  # rising; the class of a number is 1 + how many are <= it
    uint32_t cut_count
    Grid grid
    uint32_t* of_whole  # of an int: the class per cell, where each cell is one number; or NULL
    uint32_t value_count
    uint32_t* value_class
    Slot* slots  # a place, then onwards to an empty slot
    uint32_t slot_shift
    uint64_t salt
    uint32_t longest  # code points of the longest value
    # Rows of bits; NULL: no clause depends on them. Of a list, row 1 holds what some list allows, the
    # row of a class what a list with such an element does, the last row what every list allows.
    uint64_t* rows
    uint32_t row_count
    uint32_t shift  # 1 << shift classes share a row


cdef struct Literal:
    uint8_t op  # an Op without the bit of negation
    uint8_t negated
    uint16_t signal
    uint32_t count
    uint64_t a
    uint64_t b  # a number or a pointer


cdef struct Branch:
    # A node of a condition that is interpreted; a node's terms follow it, up to `end`.
    uint32_t kind  # Node
    uint32_t reference  # LITERAL: check << 1 | flip
    uint32_t end


cdef struct Range:
    uint16_t start
    uint16_t end
    uint32_t arm  # of all splits together


cdef struct Unit:
    # What positions a unit: its signal and the murmur3 state after salt and zero byte.
    uint32_t signal
    uint32_t state
    uint32_t salted  # bytes of salt and zero byte: 4 or 8


cdef struct Split:
    Unit unit
    uint32_t first_arm
    uint32_t arm_count
    uint32_t range_count
    Range* ranges  # rising
    bint is_experiment  # it has a name


cdef struct Guard:
    # What a rule asks beyond its condition, but for traffic: a schedule, a split.
    uint8_t flags  # RuleFlag
    uint32_t split
    int64_t start
    int64_t end


cdef enum:
    # In the flags of an entry, beside TRAFFIC:
    RARE = 32  # there is a guard or a tree
    ALIKE = 64  # traffic by the common unit is all that the rows of `pick_all` leave to try


cdef struct Entry:
    # A clause that a bit alone does not decide; half a line of cache.
    uint32_t first_reference
    uint16_t reference_count
    uint8_t planed  # of those, the first, which the rows of `pick_all` have seen to
    uint8_t flags
    uint32_t outcome
    uint32_t next  # first clause after this rule's
    uint32_t share  # of TRAFFIC
    uint32_t state
    uint16_t unit
    uint16_t unused
    uint32_t rare


cdef struct Rare:
    uint32_t tree  # Branch of the rule's whole condition, or NONE
    uint32_t guard  # or NONE


cdef struct Surface:
    uint64_t mask  # its clauses in the first word; in the last one if there are several
    uint32_t word
    uint32_t word_count
    uint32_t first_rule
    uint32_t rule_count
    uint32_t written_count  # rules as written
    uint32_t first_variant
    uint32_t variant_count
    uint32_t default  # index among its variants
    uint32_t read_count  # signals of the host that it reads
    uint8_t flags


cdef struct Run:
    # The clauses of a surface, for `pick_all`.
    uint64_t mask  # 0: they take several words
    uint32_t word


cdef struct Rule:
    uint32_t surface
    uint32_t variant  # index among the surface's variants; NONE: a split
    uint32_t naming  # the split whose name in the debug section is that of the experiment, or NONE
    uint32_t written  # the number on its surface of the rule as written
    uint32_t experiment  # of section 6, or NONE
    uint8_t standing


cdef struct Arm:
    uint32_t rule
    uint32_t variant


cdef struct Group:
    # Surfaces that show one theme; decided in order.
    uint32_t count
    uint32_t* surfaces  # rising
    uint32_t theme_count
    uint32_t* themes  # per variant of these surfaces: 0 none, else theme + 1


cdef struct Theme:
    # A signal that says which theme was set.
    uint32_t signal
    uint32_t group
    uint32_t* classes  # per theme


cdef struct Program:
    Arena arena
    # 3.1
    Piece project
    int64_t expires
    bint has_expiry
    bint defaults_when_expired
    bint has_holdout
    Split holdout
    # 3.2
    uint32_t purpose_count
    Piece* purposes
    uint32_t signal_count
    Signal* signals
    uint32_t signal_words  # words of a set of signals
    uint32_t offset_signal  # utc_offset_minutes, or NONE
    uint64_t* necessary  # signals without a purpose
    uint64_t* used  # signals that some surface reads
    uint32_t used_count  # of those, signals of the host
    bint reads_time  # for schedules, expiry or ages
    # 3.5
    uint32_t body_count
    uint32_t* bodies  # Branch of each
    uint32_t segment_count
    uint32_t* segments  # Branch of each
    uint32_t* segment_depth  # longest way down through other segments
    bint uses_segments  # some check asks for one
    bint has_deep_segments
    uint32_t check_count
    Literal* checks
    uint32_t reference_count
    uint32_t* references  # check << 1 | flip
    uint32_t branch_count
    Branch* branches
    # 3.6 to 3.8
    uint32_t surface_count
    Surface* surfaces
    Piece* surface_names
    uint64_t* reads  # per surface a set of signals
    uint64_t* told  # per surface a set of signals: those that Decision.unknown may tell
    uint64_t* tabled  # per surface a set of signals: whose rows matter
    uint32_t id_count
    Piece* ids  # of variants
    uint32_t variant_count  # of all surfaces together
    uint32_t* variant_id
    uint32_t rule_count
    Rule* rules
    uint32_t split_count
    Split* splits
    uint32_t arm_count
    Arm* arms
    uint32_t guard_count
    Guard* guards
    # Clauses.
    uint32_t words
    uint32_t* actions  # per clause: an outcome, or CHECKED | entry
    Plane* planes  # per signal
    Run* runs  # per surface
    uint32_t entry_count
    Entry* entries
    uint32_t common_unit  # of the first rule with traffic, or NONE; mostly all have the same
    uint32_t rare_count
    Rare* rares
    uint32_t outcomes  # kinds * surfaces + rules + arms
    size_t widest_needle  # code points of the longest text that CONTAINS looks for
    # Section 6.
    bint has_memory
    uint32_t host_count  # the first signals are the host's; all of them without section 6
    uint32_t where_count  # conditions of events
    uint64_t* host  # the same as a set
    uint64_t* nameable  # signals that Decision.unknown may tell
    uint64_t* declared  # signals of the host that the person may declare
    uint64_t* derived  # signals that a state gives
    uint32_t* unstated  # per signal its class when there is no state
    uint64_t* unstated_set  # those that have one
    uint32_t experiment_count
    uint32_t group_count
    Group* groups
    uint32_t* group_of  # per surface, or NONE
    uint32_t theme_count
    Theme* themes
    # Other sections; size 0: left out.
    Piece content
    Piece explanations
    Piece debug
    Piece audit
    Piece memory


cdef inline uint32_t cell_of(const Grid* grid, double place) noexcept nogil:
    cdef double cell = (place - grid.low) * grid.scale
    if not cell > 0.0:
        return 0
    if cell >= <double>grid.cells:
        return grid.cells - 1
    return <uint32_t>cell


cdef inline bint below(Key left, Key right) noexcept nogil:
    return left.high < right.high or (left.high == right.high and left.low < right.low)
