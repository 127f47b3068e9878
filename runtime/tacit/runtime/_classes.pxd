"""Cuts the domain of each signal into classes, and says each literal as a set of them."""

from tacit.runtime._draft cimport Draft

cdef void make_classes(Draft* d) noexcept nogil
