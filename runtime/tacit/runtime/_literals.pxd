"""Sections 3.4 to 3.6 of FORMAT.md: shapes, conditions, their literals and arguments."""

from tacit.runtime._draft cimport Draft

cdef void read_conditions(Draft* d) noexcept nogil
