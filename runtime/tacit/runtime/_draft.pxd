"""What the stages of loading hand to one another; gone when the program stands.

    outside -> declarations -> conditions -> outcomes -> memory -> sections     read, check the bytes
            -> classes -> clauses -> rows                  make what decides quickly

Each stage is a function `(Draft*) -> void` in a module of its own; it does nothing after a fault.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp

from tacit.runtime._memory cimport Arena, take
from tacit.runtime._program cimport Key, Literal, Program
from tacit.runtime._reader cimport Code, Fault, Piece, Reader
from tacit.runtime._texts cimport same_bytes, spread, text_mark


cdef struct Test:
    uint8_t op
    uint8_t negated
    uint16_t signal
    uint32_t uses


cdef struct Shape:
    const uint8_t* code
    uint32_t literals


cdef struct Condition:
    uint32_t shape
    uint32_t first_literal
    uint32_t list_signal  # bodies: the list whose elements they test; NONE: no literal


cdef struct Traffic:
    uint32_t unit
    uint32_t share
    uint32_t state  # of the hash, after the salt


cdef enum ItemKind:
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


cdef struct Item:
    # What a state keeps, as far as other parts of section 6 ask for it.
    uint8_t kind
    uint32_t number  # of SURFACE its surface, of ARM its experiment
    uint32_t variant_count
    const uint8_t* variants  # varints


cdef struct Hold:
    uint32_t surface
    uint64_t rules  # the written rules of its entries are below


cdef struct Derived:
    # A machine signal.
    uint8_t role
    uint64_t number  # of BLOCK the variant, of HOLD, ARM and THEME what they name


cdef struct Memory:
    # Section 6 while it is read.
    uint32_t field_end  # signals from the host's count on and below are fields
    uint32_t event_count
    uint32_t* field_ends  # per event
    uint32_t item_count
    Item* items
    Derived* derived  # per machine signal
    uint32_t hold_count
    Hold* holds
    uint8_t* blocked  # per variant of all surfaces: without a state it may not show


cdef struct Draft:
    Program* program
    Arena arena
    Fault fault
    uint64_t salt  # of hash tables; not known to whoever made the bundle
    Reader body  # what is left of the program section
    Key** numbers  # per signal: its values, where they are numbers or versions
    uint32_t test_count
    Test* tests
    uint32_t shape_count
    Shape* shapes
    uint32_t condition_count  # bodies, segments, rules, conditions of events
    Condition* conditions
    uint32_t literal_count
    Literal* literals
    uint32_t* rule_guard  # per rule; NONE: no schedule, no split
    uint32_t* rule_traffic  # per rule; NONE: for everybody
    uint32_t* rule_outcome
    uint32_t traffic_count
    Traffic* traffic
    Memory memory


cdef inline bint stopped(Draft* d) noexcept nogil:
    return d.fault.code != 0


cdef inline void* keep(Draft* d, size_t size) noexcept nogil:
    """Zeroed memory that lives as long as the program."""
    cdef void* out = take(&d.program.arena, size)
    if out == NULL and d.fault.code == 0:
        d.fault.code = Code.NO_MEMORY
    return out


cdef inline void* borrow(Draft* d, size_t size) noexcept nogil:
    """Zeroed memory for the time of loading."""
    cdef void* out = take(&d.arena, size)
    if out == NULL and d.fault.code == 0:
        d.fault.code = Code.NO_MEMORY
    return out


cdef inline void refuse(Draft* d, int code, const uint8_t* at) noexcept nogil:
    """A fault found in what was read before."""
    if d.fault.code == 0:
        d.fault.code = code
        d.fault.at = <size_t>(at - d.fault.base)


cdef inline bint is_below(const Piece* left, const Piece* right) noexcept nogil:
    """By UTF-8 bytes, which is the order of code points."""
    cdef size_t size = min(left.size, right.size)
    cdef int order = memcmp(left.data, right.data, size)
    return order < 0 or (order == 0 and left.size < right.size)


cdef inline void check_rising(Draft* d, const Piece* pieces, uint32_t count) noexcept nogil:
    cdef uint32_t i
    for i in range(1, count):
        if not is_below(&pieces[i - 1], &pieces[i]):
            refuse(d, Code.ORDER, pieces[i].data)
            return


cdef inline uint32_t* new_seen(Draft* d, uint32_t count, uint32_t* shift) noexcept nogil:
    """An empty hash table for `count` pieces; it ends with as many spare places."""
    cdef uint32_t bits = 3
    while (<uint64_t>1 << bits) < 2 * <uint64_t>count:
        bits += 1
    shift[0] = 64 - bits
    return <uint32_t*>borrow(d, ((<size_t>1 << bits) + count + 1) * sizeof(uint32_t))


cdef inline bint seen_before(
    uint32_t* seen, uint32_t shift, const Piece* pieces, uint32_t i, uint64_t salt
) noexcept nogil:
    """Whether a piece equals one that was put into the table before; puts it there if not."""
    cdef size_t size = pieces[i].size
    cdef uint64_t mark = text_mark(pieces[i].data, size, salt)
    cdef uint32_t* at = seen + spread(mark, <uint32_t>size, shift, salt)
    cdef const Piece* other
    while at[0]:
        other = &pieces[at[0] - 1]
        if other.size == size and same_bytes(other.data, pieces[i].data, size):
            return True
        at += 1
    at[0] = i + 1
    return False


cdef inline void check_distinct(Draft* d, const Piece* pieces, uint32_t count) noexcept nogil:
    cdef uint32_t shift, i
    cdef uint32_t* seen
    if count < 2:
        return
    seen = new_seen(d, count, &shift)
    if seen == NULL:
        return
    for i in range(count):
        if seen_before(seen, shift, pieces, i, d.salt):
            refuse(d, Code.DUPLICATE, pieces[i].data)
            return
