"""Decides one surface from the classes of the signals. No Python anywhere in it."""

from libc.stdint cimport uint32_t

from tacit.runtime._program cimport Group, Program, Surface
from tacit.runtime._scratch cimport Scratch

cdef uint32_t shown(const Program* p, uint32_t surface, uint32_t outcome) noexcept nogil
cdef uint32_t pick_one(const Program* p, Scratch* s, uint32_t surface) noexcept nogil

# For deciding all.
cdef uint32_t kind_for_all(const Program* p, Scratch* s) noexcept nogil
cdef void forget_segments(const Program* p, Scratch* s) noexcept nogil
cdef uint32_t pick_in_live(const Program* p, Scratch* s, const Surface* f) noexcept nogil
cdef uint32_t pick_in_group(
    const Program* p, Scratch* s, const Group* group, uint32_t last, uint32_t* outcomes
) noexcept nogil
