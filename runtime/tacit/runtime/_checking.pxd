"""Literals and conditions that are looked at one by one. No Python anywhere in it."""

from libc.stdint cimport uint32_t

from tacit.runtime._program cimport Literal, Program, Signal
from tacit.runtime._scratch cimport Scratch, Value

cdef bint reference_holds(const Program* p, Scratch* s, uint32_t reference) noexcept nogil
cdef bint is_true(const Program* p, Scratch* s, uint32_t branch, bint flip) noexcept nogil
cdef void find_members(const Signal* g, Value* v) noexcept nogil
cdef bint class_holds(const Literal* l, uint32_t cls) noexcept nogil
