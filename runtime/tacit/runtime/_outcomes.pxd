"""Sections 3.7 to 3.9 of FORMAT.md: surfaces, rules and splits."""

from tacit.runtime._draft cimport Draft

cdef void read_outcomes(Draft* d) noexcept nogil
