"""Bytes -> Program."""

from tacit.runtime._program cimport Program
from tacit.runtime._reader cimport Fault

cdef Program* load(const unsigned char* data, size_t size, Fault* fault) noexcept nogil
cdef void unload(Program* p) noexcept nogil
