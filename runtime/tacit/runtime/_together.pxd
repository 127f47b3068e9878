"""Decides all surfaces at once. No Python anywhere in it."""

from libc.stdint cimport uint32_t

from tacit.runtime._program cimport Program
from tacit.runtime._scratch cimport Scratch

cdef void pick_all(const Program* p, Scratch* s, uint32_t* outcomes) noexcept nogil
