"""Buckets of units, and the arms that hold them. Inline, for a decision may ask for many."""

from libc.stdint cimport uint32_t
from libc.stdlib cimport realloc

from tacit.runtime._hash cimport bucket_of, hash_after, hash_scrambled, scramble_all
from tacit.runtime._program cimport NONE, Split, Unit
from tacit.runtime._scratch cimport Scratch, Value


cdef inline bint make_blocks(Value* v) noexcept nogil:
    cdef uint32_t room = (v.utf8_size >> 2) + 1
    cdef uint32_t* blocks
    if room > v.block_room:
        blocks = <uint32_t*>realloc(v.blocks, room * sizeof(uint32_t))
        if blocks == NULL:
            return False
        v.blocks = blocks
        v.block_room = room
    scramble_all(v.utf8, v.utf8_size, v.blocks)
    v.has_blocks = True
    return True


cdef inline uint32_t position_of(
    Value* v, uint32_t state, uint32_t salted, bint often
) noexcept nogil:
    """The bucket of a unit that is there. `often`: others will ask for it too."""
    if often and (v.has_blocks or make_blocks(v)):
        return bucket_of(hash_scrambled(state, salted, v.blocks, v.utf8_size))
    return bucket_of(hash_after(state, salted, v.utf8, v.utf8_size))


cdef inline uint32_t unit_position(const Scratch* s, const Unit* unit) noexcept nogil:
    """The bucket of a unit, or NONE when it is missing."""
    if s.classes[unit.signal] == 0:
        return NONE
    return position_of(&s.values[unit.signal], unit.state, unit.salted, False)


cdef inline uint32_t arm_at(const Split* split, uint32_t position) noexcept nogil:
    """The arm that holds a bucket, or NONE."""
    cdef uint32_t low = 0
    cdef uint32_t high = split.range_count
    cdef uint32_t middle
    while low < high:
        middle = (low + high) >> 1
        if split.ranges[middle].end <= position:
            low = middle + 1
        else:
            high = middle
    if low < split.range_count and split.ranges[low].start <= position:
        return split.ranges[low].arm
    return NONE
