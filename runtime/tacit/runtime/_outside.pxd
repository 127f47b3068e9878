"""Sections 1 and 4 of FORMAT.md: the outer array, content, explanations, debug, audit."""

from tacit.runtime._draft cimport Draft
from tacit.runtime._reader cimport Reader

cdef void read_outside(Draft* d, Reader* r) noexcept nogil
cdef void read_optional(Draft* d) noexcept nogil
