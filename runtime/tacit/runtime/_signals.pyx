# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Reads what the host passed into classes: one Value per signal.

Nothing here runs code of the host, raises or keeps anything: types are looked at by their C flags,
and str, int, float, list and tuple by their C contents, so that a subclass with methods of its own
reads like its base. The only doors are keys of the dict that are no str (a look-up may call their
`__eq__`); while those may run, every value is held.
"""

from cpython.object cimport PyObject
from libc.float cimport DBL_MAX as MOST_DOUBLE
from libc.math cimport floor
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport realloc
from libc.string cimport memcpy, memset

from tacit.runtime._dict cimport Entry, begin_entries, key_of, value_of
from tacit.runtime._numbers cimport double_key, version_key, version_place
from tacit.runtime._program cimport (
    Key,
    Program,
    Signal,
    SignalFlag,
    Text,
    Type,
    add_to_set,
    below,
    cell_of,
    class_of_text,
    in_set,
    lowest_bit,
    same_bytes,
)
from tacit.runtime._reader cimport Wide
from tacit.runtime._scratch cimport Scratch, Value

from tacit.runtime._readings import Observed

cdef extern from "Python.h":
    """
    #if PY_VERSION_HEX < 0x030C0000
    #define tacit_ready(o) PyUnicode_READY(o)
    #else
    #define tacit_ready(o) 0
    #endif
    #define tacit_str_hash(o) (((PyASCIIObject *)(o))->hash)
    #if PY_VERSION_HEX < 0x030C0000
    #define tacit_is_small(o) ((size_t)(Py_SIZE(o) + 1) < 3)
    #define tacit_small(o) (Py_SIZE(o) * (int64_t)((PyLongObject *)(o))->ob_digit[0])
    #else
    #define tacit_is_small(o) PyUnstable_Long_IsCompact((PyLongObject *)(o))
    #define tacit_small(o) ((int64_t)PyUnstable_Long_CompactValue((PyLongObject *)(o)))
    #endif
    """
    bint is_small_int "tacit_is_small"(PyObject*)
    int64_t small_int "tacit_small"(PyObject*)
    Py_hash_t str_hash "tacit_str_hash"(PyObject*)
    Py_ssize_t PyDict_GET_SIZE(PyObject*)
    int tacit_ready(PyObject*)
    int PyDict_Next(PyObject*, Py_ssize_t*, PyObject**, PyObject**)
    PyObject* PyDict_GetItemWithError(PyObject*, PyObject*)
    void PyErr_Clear()
    PyObject* PyErr_Occurred()
    void Py_INCREF(PyObject*)
    void Py_DECREF(PyObject*)
    void* Py_TYPE(PyObject*)
    bint PyUnicode_Check(PyObject*)
    bint PyUnicode_CheckExact(PyObject*)
    Py_ssize_t PyUnicode_GET_LENGTH(PyObject*)
    int PyUnicode_KIND(PyObject*)
    void* PyUnicode_DATA(PyObject*)
    bint PyUnicode_IS_ASCII(PyObject*)
    bint PyLong_Check(PyObject*)
    bint PyBool_Check(PyObject*)
    bint PyFloat_Check(PyObject*)
    bint PyList_Check(PyObject*)
    bint PyTuple_Check(PyObject*)
    Py_ssize_t PyList_GET_SIZE(PyObject*)
    Py_ssize_t PyTuple_GET_SIZE(PyObject*)
    PyObject* PyList_GET_ITEM(PyObject*, Py_ssize_t)
    PyObject* PyTuple_GET_ITEM(PyObject*, Py_ssize_t)
    double PyFloat_AS_DOUBLE(PyObject*)
    long long PyLong_AsLongLongAndOverflow(PyObject*, int*)
    PyObject* PyObject_GetAttr(PyObject*, PyObject*)
    PyObject* Py_True
    PyObject* Py_False
    PyObject* Py_None

cdef PyObject* OBSERVED = <PyObject*>Observed
cdef str VALUE = "value"
cdef str AT = "at"

cdef enum:
    NOT_FOUND = 0xFFFFFFFF


# ---------------------------------------------------------------- finding


cdef void read_signals(
    const Program* p,
    Scratch* s,
    Names* names,
    PyObject* signals,
    const uint64_t* wanted,
    const uint64_t* allowed,
    uint32_t count,
) noexcept:
    """Read the wanted signals, `count` of them, from an exact dict; those not allowed are missing.

    What was read is good until `let_go`, which must follow.
    """
    cdef uint32_t i, signal
    cdef uint64_t left
    cdef int64_t found = -1
    s.held = 0
    if p.has_deep_segments:
        # Those are asked together, also ones that the surface does not use: let them find nothing.
        memset(s.classes, 0, p.signal_count * sizeof(uint32_t))
    for i in range(p.signal_words):
        s.readable[i] = wanted[i] & allowed[i]
        s.missing[i] = wanted[i]
    if PyDict_GET_SIZE(signals) <= 16 + 2 * count:
        found = walk(s, names, signals)
    if found < 0:
        found = look_up(p, s, names, signals)
    left = s.missing[0] if p.signal_words else 0
    for i in range(<uint32_t>found):
        signal = s.found[i].signal
        s.classes[signal] = read_value(
            s, &p.signals[signal], &s.values[signal], s.found[i].value
        )
        if s.classes[signal]:
            if signal < 64:
                left &= ~(<uint64_t>1 << signal)
            else:
                s.missing[signal >> 6] &= ~(<uint64_t>1 << (signal & 63))
    if p.signal_words:
        s.missing[0] = left
    for i in range(p.signal_words):
        left = s.missing[i]
        while left:
            s.classes[i * 64 + lowest_bit(left)] = 0
            left &= left - 1


cdef inline int64_t walk(Scratch* s, Names* names, PyObject* signals) noexcept:
    """Find signals by going through the dict once: cheaper than a look-up each, and runs no code of
    the host. How many were found, or -1 if a key is a str with methods of its own, which only a
    look-up understands."""
    cdef Py_ssize_t at = 0
    cdef Entry* entry
    cdef Entry* end
    cdef PyObject* key
    cdef PyObject* value
    cdef Expected* expected = names.expected
    cdef uint32_t found = 0
    cdef uint32_t signal
    cdef bint in_place = begin_entries(signals, &entry, &end)
    while True:
        if in_place:
            if entry == end:
                return found
            key = key_of(entry)
            value = value_of(entry)
            entry += 1
            if value == NULL:
                continue
        else:
            if not PyDict_Next(signals, &at, &key, &value):
                return found
            if not PyUnicode_CheckExact(key):
                if PyUnicode_Check(key):
                    return -1
                continue
        signal = expected.signal
        if expected.name != key:
            signal = find_name(names, key)
            if signal == <uint32_t>NOT_FOUND:
                continue
            # Hosts tend to build their dicts in one order.
            expected.name = names.of_signal[signal]
            expected.signal = signal
        if expected < names.last_expected:
            expected += 1
        s.found[found].signal = signal
        s.found[found].value = value
        found += in_set(s.readable, signal)


cdef uint32_t find_name(const Names* names, PyObject* key) noexcept:
    """The signal of that name, or NOT_FOUND. The key is an exact str and its hash is known."""
    cdef Py_hash_t hash = str_hash(key)
    cdef const NameSlot* slot = &names.slots[place_of_name(names, hash)]
    while slot.name != NULL:
        if slot.name == key or (slot.hash == hash and is_same(key, slot.name)):
            return slot.signal
        slot += 1
    return NOT_FOUND


cdef inline bint is_same(PyObject* key, PyObject* name) noexcept:
    """Whether two exact str are the same text."""
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(name)
    return (
        PyUnicode_GET_LENGTH(key) == length
        and PyUnicode_KIND(key) == PyUnicode_KIND(name)
        and same_bytes(PyUnicode_DATA(key), PyUnicode_DATA(name), length * PyUnicode_KIND(key))
    )


cdef int64_t look_up(
    const Program* p, Scratch* s, const Names* names, PyObject* signals
) noexcept:
    """Find signals one by one; how many there are. A look-up may run code of the host (a key's
    `__eq__`), which may change the dict: everything found is held."""
    cdef PyObject* value
    cdef uint32_t i, signal
    cdef uint64_t left
    for i in range(p.signal_words):
        left = s.readable[i]
        while left:
            signal = i * 64 + lowest_bit(left)
            left &= left - 1
            value = PyDict_GetItemWithError(signals, names.of_signal[signal])
            if value != NULL:
                Py_INCREF(value)
                s.found[s.held].signal = signal
                s.found[s.held].value = value
                s.held += 1
            elif PyErr_Occurred() != NULL:
                PyErr_Clear()
    return s.held


cdef void let_go(Scratch* s) noexcept:
    """Give back what was held. May run code of the host, so the scratch is in use until it ends."""
    cdef uint32_t i
    for i in range(s.held):
        Py_DECREF(s.found[i].value)


# ---------------------------------------------------------------- reading, by type


cdef inline uint32_t read_value(Scratch* s, const Signal* g, Value* v, PyObject* o) noexcept:
    """The class of what the host passed; 0 if that is no value of the signal."""
    if Py_TYPE(o) == <void*>OBSERVED:
        o = unwrap(s, g, o)
        if o == NULL:
            return 0
    if g.type == Type.BOOL:
        return 2 * (o == Py_True) + (o == Py_False)
    elif g.type == Type.INT:
        return read_int(s, g, v, o)
    elif g.type == Type.DOUBLE:
        return read_double(g, o)
    elif g.type == Type.STRING:
        return read_string(s, g, v, o)
    elif g.type == Type.ENUM:
        return read_enum(s, g, v, o)
    elif g.type == Type.VERSION:
        return read_version(g, o)
    else:
        return read_list(s, g, v, o)


cdef PyObject* unwrap(Scratch* s, const Signal* g, PyObject* observed) noexcept:
    """The value of an `Observed` that is not too old, or NULL. The slots of it hold what they give."""
    cdef PyObject* value = PyObject_GetAttr(observed, <PyObject*>VALUE)
    cdef PyObject* at
    cdef long long time
    cdef int overflow = 0
    if value == NULL:
        PyErr_Clear()
        return NULL
    Py_DECREF(value)
    if not g.flags & SignalFlag.MAX_AGE:
        return value
    at = PyObject_GetAttr(observed, <PyObject*>AT)
    if at == NULL:
        PyErr_Clear()
        return NULL
    Py_DECREF(at)
    if not PyLong_Check(at) or PyBool_Check(at):
        return NULL
    time = PyLong_AsLongLongAndOverflow(at, &overflow)
    if overflow < 0 or (overflow == 0 and time < s.now - g.max_age):
        return NULL
    return value


cdef inline uint32_t class_of(const Signal* g, Key key, double place) noexcept nogil:
    """1 + how many cuts are not above the number."""
    cdef const uint32_t* starts
    cdef uint32_t first, end, middle
    if g.cut_count == 0:
        return 1
    starts = g.grid.starts + cell_of(&g.grid, place)
    first = starts[0]
    end = starts[1]
    while end - first > 4:
        middle = (first + end) >> 1
        if below(key, g.cuts[middle]):
            end = middle
        else:
            first = middle + 1
    while first < end and not below(key, g.cuts[first]):
        first += 1
    return 1 + first


cdef inline uint32_t class_of_int(const Signal* g, int64_t whole) noexcept nogil:
    cdef Key key
    cdef int64_t place
    if g.of_whole != NULL:
        place = whole - <int64_t>g.grid.low
        if place < 0:
            return 1
        return g.of_whole[min(<uint64_t>place, <uint64_t>g.grid.cells - 1)]
    key.high = double_key(<double>whole)
    key.low = 0
    return class_of(g, key, <double>whole)


cdef inline bint take_int(PyObject* o, int64_t* whole) noexcept:
    """A number with no fraction, within 64 bits; False for anything else."""
    cdef double x
    cdef int overflow = 0
    if PyLong_Check(o):
        if is_small_int(o):
            whole[0] = small_int(o)
        else:
            whole[0] = PyLong_AsLongLongAndOverflow(o, &overflow)
        return not PyBool_Check(o) and overflow == 0
    if not PyFloat_Check(o):
        return False
    x = PyFloat_AS_DOUBLE(o)
    if not -<double>Wide.MAX_INT <= x <= <double>Wide.MAX_INT or floor(x) != x:
        return False
    whole[0] = <int64_t>x
    return True


cdef inline uint32_t read_int(Scratch* s, const Signal* g, Value* v, PyObject* o) noexcept:
    cdef int64_t whole
    if not take_int(o, &whole) or whole < g.least or whole > g.most:
        return 0
    v.number = whole
    if g.is_unit and not write_decimal(s, v, whole):
        return 0
    return class_of_int(g, whole)


cdef inline uint32_t read_double(const Signal* g, PyObject* o) noexcept:
    cdef int64_t whole
    cdef double x
    cdef Key key
    if PyFloat_Check(o):
        x = PyFloat_AS_DOUBLE(o)
        if not -MOST_DOUBLE <= x <= MOST_DOUBLE:  # infinite, or not a number
            return 0
    elif take_int(o, &whole) and -<int64_t>Wide.MAX_INT <= whole <= <int64_t>Wide.MAX_INT:
        x = <double>whole
    else:
        return 0
    key.high = double_key(x)
    key.low = 0
    if key.high < g.minimum.high or key.high > g.maximum.high:
        return 0
    return class_of(g, key, x)


cdef inline bint take_text(PyObject* o, uint32_t most, Text* text) noexcept:
    """The contents of a str of at most so many code points; False for anything else, and for one
    with a lone surrogate."""
    if not PyUnicode_Check(o) or tacit_ready(o) != 0 or PyUnicode_GET_LENGTH(o) > most:
        return False
    text.data = PyUnicode_DATA(o)
    text.length = <uint32_t>PyUnicode_GET_LENGTH(o)
    text.kind = <uint32_t>PyUnicode_KIND(o)
    return text.kind == 1 or not has_surrogate(text)


cdef bint has_surrogate(const Text* text) noexcept nogil:
    cdef uint32_t i
    if text.kind == 2:
        for i in range(text.length):
            if (<const uint16_t*>text.data)[i] >> 11 == 0x1B:
                return True
    else:
        for i in range(text.length):
            if (<const uint32_t*>text.data)[i] >> 11 == 0x1B:
                return True
    return False


cdef inline uint32_t read_string(Scratch* s, const Signal* g, Value* v, PyObject* o) noexcept:
    if not take_text(o, g.max_length, &v.text):
        return 0
    if g.is_unit and not write_utf8(s, v, PyUnicode_IS_ASCII(o)):
        return 0
    return max(class_of_text(g, &v.text), <uint32_t>1)


cdef inline uint32_t read_enum(Scratch* s, const Signal* g, Value* v, PyObject* o) noexcept:
    if not take_text(o, g.longest, &v.text):
        return 0
    if g.is_unit and not write_utf8(s, v, PyUnicode_IS_ASCII(o)):
        return 0
    return class_of_text(g, &v.text)


cdef inline uint32_t read_version(const Signal* g, PyObject* o) noexcept:
    """1 to 4 groups of 1 to 8 digits, each below 2**26, joined by dots."""
    cdef const uint8_t* c
    cdef const uint8_t* end
    cdef uint32_t parts[4]
    cdef uint32_t part, digit
    cdef const uint8_t* start
    cdef int count = 0
    cdef Key key
    cdef Text text
    if not take_text(o, 35, &text) or text.kind != 1:
        return 0
    c = <const uint8_t*>text.data
    end = c + text.length
    memset(parts, 0, sizeof(parts))
    while True:
        part = 0
        start = c
        while c < end:
            digit = <uint32_t>c[0] - c"0"
            if digit > 9:
                break
            part = part * 10 + digit
            c += 1
            if c - start > 8:
                return 0
        if c == start or part >> 26 or count == 4:
            return 0
        parts[count] = part
        count += 1
        if c == end:
            break
        if c[0] != c".":
            return 0
        c += 1
    key = version_key(parts)
    return class_of(g, key, version_place(key))


cdef inline uint32_t read_list(Scratch* s, const Signal* g, Value* v, PyObject* o) noexcept:
    """A list or tuple of texts. The classes of its elements are found when asked for."""
    cdef Py_ssize_t count, i
    cdef bint is_list = PyList_Check(o)
    cdef PyObject* element
    if is_list:
        count = PyList_GET_SIZE(o)
    elif PyTuple_Check(o):
        count = PyTuple_GET_SIZE(o)
    else:
        return 0
    if count > g.max_items or (count > v.room and not make_room(s, v, <uint32_t>count)):
        return 0
    for i in range(count):
        element = PyList_GET_ITEM(o, i) if is_list else PyTuple_GET_ITEM(o, i)
        if not take_text(element, g.max_length, &v.elements[i]):
            return 0
    v.text.length = <uint32_t>count
    v.has_members = False
    return 1


cdef bint make_room(Scratch* s, Value* v, uint32_t count) noexcept:
    cdef Text* elements = <Text*>realloc(v.elements, count * sizeof(Text))
    if elements == NULL:
        s.no_memory = True
        return False
    v.elements = elements
    v.room = count
    return True


# ---------------------------------------------------------------- units


cdef bint make_buffer(Scratch* s, Value* v, uint32_t size) noexcept:
    cdef uint8_t* buffer
    if size <= v.buffer_size:
        return True
    buffer = <uint8_t*>realloc(v.buffer, size)
    if buffer == NULL:
        s.no_memory = True
        return False
    v.buffer = buffer
    v.buffer_size = size
    return True


cdef bint write_decimal(Scratch* s, Value* v, int64_t number) noexcept:
    cdef uint64_t left = <uint64_t>number if number >= 0 else -<uint64_t>number
    cdef uint32_t at = 24
    v.has_blocks = False
    if not make_buffer(s, v, 24):
        return False
    while True:
        at -= 1
        v.buffer[at] = <uint8_t>(c"0" + left % 10)
        left //= 10
        if left == 0:
            break
    if number < 0:
        at -= 1
        v.buffer[at] = c"-"
    v.utf8 = v.buffer + at
    v.utf8_size = 24 - at
    return True


cdef bint write_utf8(Scratch* s, Value* v, bint ascii) noexcept:
    cdef const Text* text = &v.text
    cdef uint32_t i, c
    cdef uint8_t* to
    v.has_blocks = False
    if ascii:
        v.utf8 = <const uint8_t*>text.data
        v.utf8_size = text.length
        return True
    if not make_buffer(s, v, 4 * text.length):
        return False
    to = v.buffer
    for i in range(text.length):
        if text.kind == 1:
            c = (<const uint8_t*>text.data)[i]
        elif text.kind == 2:
            c = (<const uint16_t*>text.data)[i]
        else:
            c = (<const uint32_t*>text.data)[i]
        if c < 0x80:
            to[0] = <uint8_t>c
            to += 1
        elif c < 0x800:
            to[0] = <uint8_t>(0xC0 | c >> 6)
            to[1] = <uint8_t>(0x80 | (c & 0x3F))
            to += 2
        elif c < 0x10000:
            to[0] = <uint8_t>(0xE0 | c >> 12)
            to[1] = <uint8_t>(0x80 | (c >> 6 & 0x3F))
            to[2] = <uint8_t>(0x80 | (c & 0x3F))
            to += 3
        else:
            to[0] = <uint8_t>(0xF0 | c >> 18)
            to[1] = <uint8_t>(0x80 | (c >> 12 & 0x3F))
            to[2] = <uint8_t>(0x80 | (c >> 6 & 0x3F))
            to[3] = <uint8_t>(0x80 | (c & 0x3F))
            to += 4
    v.utf8 = v.buffer
    v.utf8_size = <uint32_t>(to - v.buffer)
    return True
