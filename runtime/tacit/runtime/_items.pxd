"""Items, guards and holds: STATE.md sections 2.2, 2.4 and 2.5."""

from libc.stdint cimport uint8_t, uint32_t

from tacit.runtime._draft cimport Draft, Item
from tacit.runtime._reader cimport Reader


cdef void read_items(Draft* d, Reader* r) noexcept nogil
cdef Item* read_item_of(Draft* d, Reader* r, uint32_t kinds) noexcept nogil
cdef void read_guards(Draft* d, Reader* r) noexcept nogil
cdef void read_holds(Draft* d, Reader* r) noexcept nogil
cdef uint8_t read_flag(Reader* r) noexcept nogil
