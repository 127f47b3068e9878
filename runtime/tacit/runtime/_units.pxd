"""Values that take room of their own: elements of lists, and units as the bytes that are hashed."""

from libc.stdint cimport int64_t, uint32_t

from tacit.runtime._program cimport Text
from tacit.runtime._scratch cimport Scratch, Value

cdef bint make_room(Scratch* s, Value* v, uint32_t count) noexcept nogil
cdef bint write_decimal(Scratch* s, Value* v, int64_t number) noexcept nogil
cdef bint write_utf8(Scratch* s, Value* v, bint ascii) noexcept nogil
cdef bint has_surrogate(const Text* text) noexcept nogil
