"""Sections 3.1 to 3.3 of FORMAT.md: meta, signals, and the heads of the tests."""

from libc.stdint cimport uint32_t

from tacit.runtime._draft cimport Draft
from tacit.runtime._program cimport Range, Split
from tacit.runtime._reader cimport Reader

cdef void read_declarations(Draft* d) noexcept nogil
cdef uint32_t read_unit(Draft* d, Reader* r) noexcept nogil
cdef void read_salt(Draft* d, Reader* r, Split* split) noexcept nogil
cdef void check_unit(Draft* d, Reader* r, uint32_t unit) noexcept nogil
cdef uint32_t read_ranges(
    Draft* d, Reader* r, Range* out, uint32_t room, uint32_t arm
) noexcept nogil
