"""Decides one surface from the classes of the signals. No Python anywhere in it."""

from libc.stdint cimport uint32_t

from tacit.runtime._program cimport Program, Surface
from tacit.runtime._scratch cimport Scratch, Value

cdef uint32_t pick_one(const Program* p, Scratch* s, uint32_t surface) noexcept nogil

# For deciding all.
cdef uint32_t kind_for_all(const Program* p, Scratch* s) noexcept nogil
cdef void forget_segments(const Program* p, Scratch* s) noexcept nogil
cdef uint32_t pick_in_live(const Program* p, Scratch* s, const Surface* f) noexcept nogil
cdef bint make_blocks(Value* v) noexcept nogil
