"""What the stages of loading hand to one another; gone when the program stands.

    outside -> declarations -> conditions -> outcomes -> sections     read and check the bytes
            -> classes -> clauses -> rows                            make what decides quickly

Each stage is a function `(Draft*) -> void` in a module of its own; it does nothing after a fault.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp

from tacit.runtime._memory cimport Arena, take
from tacit.runtime._program cimport Key, Literal, Program
from tacit.runtime._reader cimport Code, Fault, Piece, Reader
from tacit.runtime._texts cimport text_mark


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


cdef struct Draft:
    Program* program
    Arena arena
    Fault fault
    Reader body  # what is left of the program section
    Key** numbers  # per signal: its values, where they are numbers or versions
    uint32_t test_count
    Test* tests
    uint32_t shape_count
    Shape* shapes
    uint32_t condition_count  # bodies, segments, rules
    Condition* conditions
    uint32_t literal_count
    Literal* literals
    uint32_t* rule_guard  # per rule; NONE: no schedule, no split
    uint32_t* rule_traffic  # per rule; NONE: for everybody
    uint32_t* rule_outcome
    uint32_t traffic_count
    Traffic* traffic


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


cdef inline uint32_t* new_seen(Draft* d, uint32_t count, uint32_t* mask) noexcept nogil:
    """An empty hash table for `count` pieces."""
    cdef uint32_t size = 8
    while size < 2 * <uint64_t>count:
        size *= 2
    mask[0] = size - 1
    return <uint32_t*>borrow(d, <size_t>size * sizeof(uint32_t))


cdef inline bint seen_before(
    uint32_t* seen, uint32_t mask, const Piece* pieces, uint32_t i
) noexcept nogil:
    """Whether a piece equals one that was put into the table before; puts it there if not."""
    cdef uint64_t mark = text_mark(pieces[i].data, pieces[i].size) + pieces[i].size
    cdef uint32_t at = <uint32_t>(mark * <uint64_t>0x9E3779B97F4A7C15 >> 32) & mask
    cdef const Piece* other
    while seen[at]:
        other = &pieces[seen[at] - 1]
        if other.size == pieces[i].size and memcmp(other.data, pieces[i].data, other.size) == 0:
            return True
        at = (at + 1) & mask
    seen[at] = i + 1
    return False


cdef inline void check_distinct(Draft* d, const Piece* pieces, uint32_t count) noexcept nogil:
    cdef uint32_t mask, i
    cdef uint32_t* seen
    if count < 2:
        return
    seen = new_seen(d, count, &mask)
    if seen == NULL:
        return
    for i in range(count):
        if seen_before(seen, mask, pieces, i):
            refuse(d, Code.DUPLICATE, pieces[i].data)
            return
