"""The signals of one call, as classes, and the room to work in. One call uses it at a time."""

from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from tacit.runtime._hash cimport GROUP
from tacit.runtime._program cimport Plane, Program, Text, Type


cdef struct Value:
    # What one signal says beyond its class; of a missing one nothing here means anything.
    Text text  # of a list only the length: its elements
    int64_t number  # of an int
    Text* elements
    uint64_t* members  # the classes of the elements
    bint has_members  # they have been found
    const uint8_t* utf8  # of a signal that is a unit
    uint32_t utf8_size
    bint has_blocks  # they hold the unit, ready to be hashed again and again
    uint32_t* blocks
    uint32_t block_room
    uint32_t room  # elements there is room for
    uint8_t* buffer  # for utf8, where the text is not ASCII
    uint32_t buffer_size


cdef struct Found:
    uint32_t signal
    PyObject* value


cdef struct Recalled:
    # What is known beside what the host passes: machine signals, and preferences that the person has
    # declared. A class says all of a number or a bool; other values are read from an object each time.
    const uint64_t* present  # a set of signals
    const uint32_t* classes
    PyObject** objects  # per signal, NULL where the class says all; NULL: so everywhere


cdef struct Scratch:
    Value* values
    uint32_t* classes  # per signal; 0: missing. A list has class 1
    uint64_t* missing  # a set of signals
    uint64_t* readable  # a set of signals
    Found* found  # signals that the host passed, then what is recalled
    uint32_t held  # so many of them hold a reference
    uint64_t* live  # a word per word of clauses
    const uint64_t** rows  # of the signals that have some
    uint64_t* list_rows  # of the lists that have some, made for the call
    uint32_t* work  # surfaces
    uint32_t* alone  # surfaces that others do not help
    uint32_t* hashes  # of rules tried together, and room up to the next whole group
    uint8_t* segments  # per segment what is known: 1 true?, 2 yes, 4 false?, 8 yes
    uint32_t deep  # segments below this have been looked at for depth
    uint32_t resume  # clauses below this have been passed over
    uint8_t* needle  # widened text that CONTAINS looks for
    int64_t now
    const Recalled* recalled  # what is known beside what the host passes, or NULL
    bint off  # the person has switched personalization off
    bint no_memory  # a value could not be read for want of memory


cdef inline void free_scratch(Program* p, Scratch* s) noexcept nogil:
    cdef uint32_t i
    if s == NULL:
        return
    if s.values != NULL:
        for i in range(p.signal_count):
            free(s.values[i].members)
            free(s.values[i].elements)
            free(s.values[i].buffer)
            free(s.values[i].blocks)
    free(s.values)
    free(s.classes)
    free(s.missing)
    free(s.readable)
    free(s.found)
    free(s.live)
    free(s.rows)
    free(s.list_rows)
    free(s.work)
    free(s.alone)
    free(s.hashes)
    free(s.segments)
    free(s.needle)
    free(s)


cdef inline size_t tabled_lists(const Program* p) noexcept nogil:
    cdef size_t count = 0
    cdef uint32_t i
    for i in range(p.signal_count):
        count += p.signals[i].type == Type.STRING_LIST and p.signals[i].rows != NULL
    return count


cdef inline Scratch* new_scratch(Program* p) noexcept nogil:
    """NULL when there is no memory."""
    cdef Scratch* s = <Scratch*>calloc(1, sizeof(Scratch))
    cdef uint32_t i
    if s == NULL:
        return NULL
    s.values = <Value*>calloc(p.signal_count + 1, sizeof(Value))
    s.classes = <uint32_t*>calloc(p.signal_count + 1, sizeof(uint32_t))
    s.missing = <uint64_t*>calloc(p.signal_words + 1, sizeof(uint64_t))
    s.readable = <uint64_t*>calloc(p.signal_words + 1, sizeof(uint64_t))
    s.found = <Found*>calloc(2 * p.signal_count + 2, sizeof(Found))
    s.live = <uint64_t*>calloc(p.words + 1, sizeof(uint64_t))
    s.rows = <const uint64_t**>calloc(p.signal_count + 1, sizeof(uint64_t*))
    s.list_rows = <uint64_t*>calloc(tabled_lists(p) * p.words + 1, sizeof(uint64_t))
    s.work = <uint32_t*>calloc(p.surface_count + 1, sizeof(uint32_t))
    s.alone = <uint32_t*>calloc(p.surface_count + 1, sizeof(uint32_t))
    s.hashes = <uint32_t*>calloc(p.surface_count + GROUP, sizeof(uint32_t))
    s.segments = <uint8_t*>calloc(p.segment_count + 1, 1)
    s.needle = <uint8_t*>calloc(4 * p.widest_needle + 1, 1)
    if (
        s.values == NULL
        or s.classes == NULL
        or s.missing == NULL
        or s.readable == NULL
        or s.found == NULL
        or s.live == NULL
        or s.rows == NULL
        or s.list_rows == NULL
        or s.work == NULL
        or s.alone == NULL
        or s.hashes == NULL
        or s.segments == NULL
        or s.needle == NULL
    ):
        free_scratch(p, s)
        return NULL
    for i in range(p.signal_count):
        if p.signals[i].type == Type.STRING_LIST:
            s.values[i].members = <uint64_t*>calloc((p.signals[i].classes >> 6) + 1, 8)
            if s.values[i].members == NULL:
                free_scratch(p, s)
                return NULL
    return s


cdef inline const uint64_t* row_for(
    const Program* p, const Scratch* s, uint32_t signal
) noexcept nogil:
    cdef const Plane* plane = &p.planes[signal]
    return plane.rows + <size_t>((s.classes[signal] + plane.bias) >> plane.shift) * p.words
