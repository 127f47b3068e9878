"""The parts of section 6 on rules, groups and the person: STATE.md sections 2.7 to 2.9."""

from tacit.runtime._draft cimport Draft
from tacit.runtime._reader cimport Reader


cdef void read_standings(Draft* d, Reader* r) noexcept nogil
cdef void read_groups(Draft* d, Reader* r) noexcept nogil
cdef void read_person(Draft* d, Reader* r) noexcept nogil
