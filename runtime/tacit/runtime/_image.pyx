# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""A loaded program with its bytes: what a bundle and its decisions share.

It refers to nothing that refers to it. What the optional sections hold was checked at load and is
decoded here when somebody asks.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memset

from tacit.runtime._bits cimport in_set
from tacit.runtime._load cimport load, unload
from tacit.runtime._program cimport NONE
from tacit.runtime._reader cimport (
    Code,
    Fault,
    Packed,
    Piece,
    Reader,
    begin_packed,
    next_entry,
    read_text,
    read_varint,
)
from tacit.runtime._signals cimport Expected, NameSlot, place_of_name

import sys

import msgpack

from tacit.runtime.errors import BundleError


cdef str decoded(const Piece* piece):
    return PyUnicode_DecodeUTF8(<const char*>piece.data, <Py_ssize_t>piece.size, NULL)


cdef Image load_image(bytes data):
    """Raises BundleError for bytes that are no bundle."""
    cdef Image image = Image.__new__(Image)
    cdef const unsigned char* start = <const unsigned char*>PyBytes_AS_STRING(data)
    cdef size_t size = <size_t>PyBytes_GET_SIZE(data)
    cdef Fault fault
    cdef uint32_t i
    image.data = data
    with nogil:
        image.program = load(start, size, &fault)
    if image.program == NULL:
        if fault.code == Code.NO_MEMORY:
            raise MemoryError
        raise BundleError(f"R{fault.code}", f"at byte {fault.at}")
    image.signal_names = tuple(
        [sys.intern(decoded(&image.program.signals[i].name)) for i in range(image.program.signal_count)]
    )
    image.host_names = image.signal_names[: image.program.host_count]
    image.derived_index = numbers_in(image, image.program.derived)
    image.declared_index = numbers_in(image, image.program.declared)
    image.surface_names = tuple(
        [decoded(&image.program.surface_names[i]) for i in range(image.program.surface_count)]
    )
    image.surface_index = {name: i for i, name in enumerate(image.surface_names)}
    image.purpose_index = {
        decoded(&image.program.purposes[i]): i for i in range(image.program.purpose_count)
    }
    image.ids = [None] * image.program.id_count
    find_names(image)
    return image


cdef dict numbers_in(Image image, const uint64_t* signals):
    """Name -> number, for a set of signals; NULL: there are none."""
    if signals == NULL:
        return {}
    return {
        image.signal_names[i]: i for i in range(image.program.signal_count) if in_set(signals, i)
    }


cdef void find_names(Image image) except *:
    """The table that finds a signal of the host by the key of a dict."""
    cdef uint32_t count = image.program.host_count
    cdef uint32_t bits = 3
    cdef uint32_t i
    cdef list hashes = [hash(name) for name in image.host_names]
    while 1 << bits < 4 * count:
        bits += 1
    image.names.shift = 64 - bits
    image.names.of_signal = <PyObject**>reserve(count, sizeof(PyObject*))
    image.names.slots = <NameSlot*>reserve((1 << bits) + count, sizeof(NameSlot))
    for i in range(count):
        image.names.of_signal[i] = <PyObject*>image.signal_names[i]
    image.names.expected = <Expected*>reserve(count, sizeof(Expected))
    image.names.last_expected = image.names.expected + count
    # An odd factor of the golden ratio's kind spreads well; a few tries mostly find one without
    # collisions. The slots behind the last place take what runs over, the very last stays empty.
    for i in range(32):
        image.names.factor = <uint64_t>0x9E3779B97F4A7C15 * (2 * i + 1)
        if fill_names(image, hashes, 1 << bits):
            return


cdef bint fill_names(Image image, list hashes, uint32_t places) except -1:
    """Whether every name got its own place; all names are in either way."""
    cdef uint32_t count = image.program.host_count
    cdef bint alone = True
    cdef uint32_t i
    cdef Py_hash_t hashed
    cdef NameSlot* slot
    memset(image.names.slots, 0, (places + count + 1) * sizeof(NameSlot))
    for i in range(count):
        hashed = hashes[i]
        slot = &image.names.slots[place_of_name(&image.names, hashed)]
        while slot.name != NULL:
            alone = False
            slot += 1
        slot.name = image.names.of_signal[i]
        slot.hash = hashed
        slot.signal = i
    return alone


cdef void* reserve(size_t count, size_t size) except NULL:
    cdef void* out = PyMem_Calloc(count + 1, size)
    if out == NULL:
        raise MemoryError
    return out


@cython.final
@cython.no_gc
cdef class Image:
    def __dealloc__(self):
        unload(self.program)
        PyMem_Free(self.names.of_signal)
        PyMem_Free(self.names.slots)
        PyMem_Free(self.names.expected)
        PyMem_Free(self.rule_ids.ends)
        PyMem_Free(self.contents.ends)
        PyMem_Free(self.content_of)
        PyMem_Free(self.explanation_of)

    cdef str variant_name(self, uint32_t surface, uint32_t variant):
        cdef uint32_t id = self.program.variant_id[
            self.program.surfaces[surface].first_variant + variant
        ]
        if self.ids[id] is None:
            self.ids[id] = decoded(&self.program.ids[id])
        return self.ids[id]

    cdef object content(self, uint32_t surface, uint32_t variant):
        """A fresh copy: the caller may change it."""
        cdef uint32_t number
        if self.program.content.data == NULL:
            return None
        if self.contents.ends == NULL:
            find_contents(self)
        number = self.content_of[self.program.surfaces[surface].first_variant + variant]
        return msgpack.unpackb(piece_of(&self.contents, number))

    cdef object rule_name(self, uint32_t rule):
        """The id of the rule as written; without the debug section its number on the surface."""
        if self.program.debug.data == NULL:
            return self.program.rules[rule].written
        if self.rule_ids.ends == NULL:
            find_rule_ids(self)
        return piece_of(&self.rule_ids, rule).decode()

    cdef object experiment_name(self, uint32_t split):
        """The name of a split's experiment; None without the debug section, and if it has none."""
        if split == <uint32_t>NONE or self.program.debug.data == NULL:
            return None
        if self.experiments is None:
            find_experiments(self)
        return self.experiments[split] or None

    cdef dict explanations(self, uint32_t rule):
        """Language -> text; a fresh dict."""
        cdef uint32_t number
        if self.program.explanations.data == NULL:
            return {}
        if self.explained is None:
            find_explanations(self)
        number = self.explanation_of[rule]
        return dict(self.explained[number - 1]) if number else {}

    cdef tuple names_in(self, const uint64_t* signals):
        return tuple(
            [self.signal_names[i] for i in range(self.program.signal_count) if in_set(signals, i)]
        )


cdef void find_contents(Image self) except *:
    cdef Fault fault
    cdef Reader r = over(self.program.content, &fault)
    cdef uint32_t count = <uint32_t>read_varint(&r)
    cdef Packed entries = begin_packed(&r, count)
    cdef uint32_t* ends = <uint32_t*>reserve(count, sizeof(uint32_t))
    cdef uint32_t i
    self.contents.data = r.p
    add_up(&entries, ends, count)
    r.p += ends[count - 1] if count else 0
    entries = begin_packed(&r, self.program.variant_count)
    try:
        self.content_of = <uint32_t*>reserve(self.program.variant_count, sizeof(uint32_t))
    except MemoryError:
        PyMem_Free(ends)
        raise
    for i in range(self.program.variant_count):
        self.content_of[i] = <uint32_t>next_entry(&entries)
    self.contents.ends = ends


cdef void find_rule_ids(Image self) except *:
    cdef Fault fault
    cdef Reader r = over(self.program.debug, &fault)
    cdef uint32_t count = <uint32_t>read_varint(&r)
    cdef uint32_t* ends = <uint32_t*>reserve(count, sizeof(uint32_t))
    cdef uint32_t i
    cdef uint32_t end = 0
    for i in range(count):
        end += <uint32_t>read_varint(&r)
        ends[i] = end
    self.rule_ids.data = r.p
    self.rule_ids.ends = ends


cdef void find_experiments(Image self) except *:
    cdef Fault fault
    cdef Reader r = over(self.program.debug, &fault)
    read_strs(&r)
    read_strs(&r)
    self.experiments = read_strs(&r)


cdef void find_explanations(Image self) except *:
    cdef Fault fault
    cdef Reader r = over(self.program.explanations, &fault)
    cdef Piece piece = read_text(&r)
    cdef list explained = []
    cdef list languages
    cdef Packed entries
    cdef uint32_t* of
    cdef uint32_t i, j
    cdef dict texts
    self.language = decoded(&piece)
    languages = read_strs(&r)
    for i in range(<uint32_t>read_varint(&r)):
        texts = {}
        for j in range(<uint32_t>read_varint(&r)):
            language = languages[<uint32_t>read_varint(&r)]
            piece = read_text(&r)
            texts[language] = decoded(&piece)
        explained.append(texts)
    entries = begin_packed(&r, self.program.rule_count)
    if self.explanation_of == NULL:
        of = <uint32_t*>reserve(self.program.rule_count, sizeof(uint32_t))
        for i in range(self.program.rule_count):
            of[i] = <uint32_t>next_entry(&entries)
        self.explanation_of = of
    self.explained = explained


cdef list read_strs(Reader* r):
    """`texts`."""
    cdef uint32_t count = <uint32_t>read_varint(r)
    cdef list sizes = [read_varint(r) for _ in range(count)]
    cdef list out = []
    cdef Piece piece
    for size in sizes:
        piece.data = r.p
        piece.size = size
        r.p += piece.size
        out.append(decoded(&piece))
    return out


cdef Reader over(Piece section, Fault* fault) noexcept:
    """Over a section that has been checked: no fault will be found."""
    cdef Reader r
    fault.code = 0
    fault.at = 0
    fault.base = section.data
    r.p = section.data
    r.end = section.data + section.size
    r.fault = fault
    return r


cdef void add_up(Packed* entries, uint32_t* ends, uint32_t count) noexcept:
    cdef uint32_t end = 0
    cdef uint32_t i
    for i in range(count):
        end += <uint32_t>next_entry(entries)
        ends[i] = end


cdef bytes piece_of(const Offsets* of, uint32_t i):
    cdef uint32_t start = of.ends[i - 1] if i else 0
    return (<const char*>of.data)[start : of.ends[i]]
