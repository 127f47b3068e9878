"""Decides from the classes of the signals. No Python anywhere in it."""

from libc.stdint cimport uint32_t

from tacit.runtime._program cimport Program
from tacit.runtime._scratch cimport Scratch

cdef uint32_t shown(const Program* p, uint32_t surface, uint32_t outcome) noexcept nogil
cdef uint32_t pick_one(const Program* p, Scratch* s, uint32_t surface) noexcept nogil
cdef void pick_all(const Program* p, Scratch* s, uint32_t* outcomes) noexcept nogil
