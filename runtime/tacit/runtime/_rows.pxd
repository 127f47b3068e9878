"""Lays the clauses out as bits, and writes the rows of each signal."""

from tacit.runtime._draft cimport Draft

cdef void make_rows(Draft* d) noexcept nogil
