# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Reads what the host passed into classes: one Value per signal.

Nothing here runs code of the host, raises or keeps anything: types are looked at by their C flags,
and str, int, float, list and tuple by their C contents, so that a subclass with methods of its own
reads like its base. The only doors are keys of the dict that are no str (a look-up may call their
`__eq__`); while those may run, every value is held.
"""

from cpython.object cimport PyObject
from libc.math cimport floor
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport realloc
from libc.string cimport memcmp, memcpy, memset

from tacit.runtime._numbers cimport double_key, version_key
from tacit.runtime._program cimport (
    NONE,
    Key,
    Program,
    Signal,
    SignalFlag,
    Text,
    Type,
    add_to_set,
    below,
    find_value,
    in_set,
    lowest_bit,
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
    """
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
    LEARN_EVERY = 16  # misses until places are looked up anew
    LEARN_WITHIN = 256  # entries of a dict


# ---------------------------------------------------------------- finding


cdef void read_signals(
    const Program* p,
    Scratch* s,
    Names* names,
    PyObject* signals,
    const uint64_t* wanted,
    const uint64_t* allowed,
) noexcept:
    """Read the wanted signals from an exact dict; those not allowed are missing.

    What was read is good until `let_go`, which must follow.
    """
    cdef uint32_t i, signal
    cdef uint64_t left
    cdef bint found = True
    s.held = 0
    if p.has_deep_segments:
        # Those are asked together, also ones that the surface does not use: let them find nothing.
        for i in range(p.signal_count):
            s.values[i].cls = 0
    for i in range(p.signal_words):
        s.missing[i] = wanted[i] & ~allowed[i]
        left = wanted[i] & allowed[i]
        while left:
            signal = i * 64 + lowest_bit(left)
            left &= left - 1
            s.objects[signal] = at_place(signals, names.names[signal], names.places[signal])
            found = found and s.objects[signal] != NULL
    if not found:
        look_up(p, s, names, signals, wanted, allowed)
    for i in range(p.signal_words):
        left = s.missing[i]
        while left:
            s.values[i * 64 + lowest_bit(left)].cls = 0
            left &= left - 1
        left = wanted[i] & allowed[i]
        while left:
            signal = i * 64 + lowest_bit(left)
            s.values[signal].cls = 0
            if s.objects[signal] != NULL:
                read_value(s, &p.signals[signal], &s.values[signal], s.objects[signal])
            if s.values[signal].cls == 0:
                s.missing[i] |= left & (~left + 1)
            left &= left - 1


cdef PyObject* at_place(PyObject* signals, PyObject* name, Py_ssize_t place) noexcept:
    """The value of a name, if it stands where it stood in the last dict; a third of a look-up."""
    cdef PyObject* key
    cdef PyObject* value
    if PyDict_Next(signals, &place, &key, &value) and (key == name or is_same(key, name)):
        return value
    return NULL


cdef bint is_same(PyObject* key, PyObject* name) noexcept:
    """Of two objects whether they are the same text; the second is an exact str."""
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(name)
    if not PyUnicode_CheckExact(key) or tacit_ready(key) != 0:
        return False
    return (
        PyUnicode_GET_LENGTH(key) == length
        and PyUnicode_KIND(key) == PyUnicode_KIND(name)
        and memcmp(PyUnicode_DATA(key), PyUnicode_DATA(name), length * PyUnicode_KIND(key)) == 0
    )


cdef void look_up(
    const Program* p,
    Scratch* s,
    Names* names,
    PyObject* signals,
    const uint64_t* wanted,
    const uint64_t* allowed,
) noexcept:
    """Find what `at_place` did not. A look-up may run code of the host (a key's `__eq__`), which may
    change the dict: everything found so far is held first."""
    cdef uint32_t i, signal
    cdef uint64_t left
    for i in range(p.signal_words):
        left = wanted[i] & allowed[i]
        while left:
            signal = i * 64 + lowest_bit(left)
            left &= left - 1
            if s.objects[signal] != NULL:
                hold(s, s.objects[signal])
    for i in range(p.signal_words):
        left = wanted[i] & allowed[i]
        while left:
            signal = i * 64 + lowest_bit(left)
            left &= left - 1
            if s.objects[signal] != NULL:
                continue
            s.objects[signal] = PyDict_GetItemWithError(signals, names.names[signal])
            if s.objects[signal] != NULL:
                hold(s, s.objects[signal])
                names.misses += 1
                if names.misses % LEARN_EVERY == 0:
                    learn(signals, names.names[signal], &names.places[signal])
            elif PyErr_Occurred() != NULL:
                PyErr_Clear()


cdef void hold(Scratch* s, PyObject* value) noexcept:
    Py_INCREF(value)
    s.holding[s.held] = value
    s.held += 1


cdef void let_go(Scratch* s) noexcept:
    """Give back what was held. May run code of the host: the last thing to do with `s`."""
    cdef uint32_t held = s.held
    cdef uint32_t i
    s.held = 0
    for i in range(held):
        Py_DECREF(s.holding[i])


cdef void learn(PyObject* signals, PyObject* name, Py_ssize_t* place) noexcept:
    cdef Py_ssize_t at = 0
    cdef Py_ssize_t before = 0
    cdef PyObject* key
    cdef PyObject* value
    while at < LEARN_WITHIN and PyDict_Next(signals, &at, &key, &value):
        if key == name or is_same(key, name):
            place[0] = at - 1
            return


# ---------------------------------------------------------------- reading, by type


cdef void read_value(Scratch* s, const Signal* g, Value* v, PyObject* o) noexcept:
    """Sets the class of `v`, 0 if `o` is no value of the signal."""
    if Py_TYPE(o) == <void*>OBSERVED:
        o = unwrap(s, g, o)
        if o == NULL:
            return
    if g.type == Type.BOOL:
        if o == Py_True:
            v.cls = 2
        elif o == Py_False:
            v.cls = 1
    elif g.type == Type.INT:
        read_int(s, g, v, o)
    elif g.type == Type.DOUBLE:
        read_double(g, v, o)
    elif g.type == Type.STRING_LIST:
        read_list(s, g, v, o)
    elif PyUnicode_Check(o) and tacit_ready(o) == 0:
        if g.type == Type.STRING:
            read_string(s, g, v, o)
        elif g.type == Type.ENUM:
            read_enum(s, g, v, o)
        else:
            read_version(g, v, o)


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


cdef uint32_t class_of(const Signal* g, Key key) noexcept nogil:
    """1 + how many cuts are not above the number; 0 outside the bounds."""
    cdef const Key* cuts = g.cuts
    cdef uint32_t left = g.cut_count
    cdef uint32_t half
    if key.high < g.minimum.high or key.high > g.maximum.high:
        return 0
    while left:
        half = left >> 1
        if below(key, cuts[half]):
            left = half
        else:
            cuts += half + 1
            left -= half + 1
    return 1 + <uint32_t>(cuts - g.cuts)


cdef void read_int(Scratch* s, const Signal* g, Value* v, PyObject* o) noexcept:
    cdef long long whole
    cdef double x
    cdef int overflow = 0
    cdef Key key
    if PyLong_Check(o):
        if PyBool_Check(o):
            return
        whole = PyLong_AsLongLongAndOverflow(o, &overflow)
        if overflow or whole > <int64_t>Wide.MAX_INT or whole < -<int64_t>Wide.MAX_INT:
            return
    elif PyFloat_Check(o):
        x = PyFloat_AS_DOUBLE(o)
        if not -<double>Wide.MAX_INT <= x <= <double>Wide.MAX_INT or floor(x) != x:
            return
        whole = <long long>x
    else:
        return
    key.high = double_key(<double>whole)
    key.low = 0
    v.cls = class_of(g, key)
    v.number = whole
    if g.is_unit and v.cls:
        write_decimal(s, v, whole)


cdef void read_double(const Signal* g, Value* v, PyObject* o) noexcept:
    cdef long long whole
    cdef double x
    cdef int overflow = 0
    cdef uint64_t bits
    cdef Key key
    if PyFloat_Check(o):
        x = PyFloat_AS_DOUBLE(o)
        memcpy(&bits, &x, 8)
        if (bits >> 52) & 0x7FF == 0x7FF:
            return
    elif PyLong_Check(o):
        if PyBool_Check(o):
            return
        whole = PyLong_AsLongLongAndOverflow(o, &overflow)
        if overflow or whole > <int64_t>Wide.MAX_INT or whole < -<int64_t>Wide.MAX_INT:
            return
        x = <double>whole
    else:
        return
    key.high = double_key(x)
    key.low = 0
    v.cls = class_of(g, key)


cdef bint take_text(PyObject* o, Text* text) noexcept:
    """The contents of a str; False if it has a lone surrogate or is longer than any bound."""
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(o)
    cdef Py_ssize_t i
    if length > 65535:
        return False
    text.data = PyUnicode_DATA(o)
    text.length = <uint32_t>length
    text.kind = <uint32_t>PyUnicode_KIND(o)
    if text.kind == 2:
        for i in range(length):
            if (<const uint16_t*>text.data)[i] & 0xF800 == 0xD800:
                return False
    elif text.kind == 4:
        for i in range(length):
            if (<const uint32_t*>text.data)[i] & 0xFFFFF800 == 0xD800:
                return False
    return True


cdef void read_string(Scratch* s, const Signal* g, Value* v, PyObject* o) noexcept:
    cdef Text text
    cdef uint32_t value
    if PyUnicode_GET_LENGTH(o) > g.max_length or not take_text(o, &text):
        return
    v.data = text.data
    v.length = text.length
    v.kind = text.kind
    v.cls = 1
    if g.value_count:
        value = find_value(g, &text)
        if value != <uint32_t>NONE:
            v.cls = g.value_class[value]
    if g.is_unit:
        write_utf8(s, v, &text, PyUnicode_IS_ASCII(o))


cdef void read_enum(Scratch* s, const Signal* g, Value* v, PyObject* o) noexcept:
    cdef Text text
    cdef uint32_t value
    text.data = PyUnicode_DATA(o)
    text.kind = <uint32_t>PyUnicode_KIND(o)
    if PyUnicode_GET_LENGTH(o) > g.longest or g.value_count == 0:
        return
    text.length = <uint32_t>PyUnicode_GET_LENGTH(o)
    value = find_value(g, &text)
    if value == <uint32_t>NONE:
        return
    v.cls = g.value_class[value]
    if g.is_unit:
        write_utf8(s, v, &text, PyUnicode_IS_ASCII(o))


cdef void read_version(const Signal* g, Value* v, PyObject* o) noexcept:
    """1 to 4 groups of 1 to 8 digits, each below 2**26, joined by dots."""
    cdef const uint8_t* c = <const uint8_t*>PyUnicode_DATA(o)
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(o)
    cdef const uint8_t* end = c + length
    cdef uint32_t parts[4]
    cdef uint32_t part, digits
    cdef int count = 0
    if not PyUnicode_IS_ASCII(o) or length > 35:
        return
    memset(parts, 0, sizeof(parts))
    while True:
        part = 0
        digits = 0
        while c < end and c"0" <= c[0] <= c"9":
            part = part * 10 + (c[0] - c"0")
            digits += 1
            c += 1
            if digits > 8:
                return
        if digits == 0 or part >> 26 or count == 4:
            return
        parts[count] = part
        count += 1
        if c == end:
            break
        if c[0] != c".":
            return
        c += 1
    v.cls = class_of(g, version_key(parts))


cdef void read_list(Scratch* s, const Signal* g, Value* v, PyObject* o) noexcept:
    """A list or tuple of texts: the classes of its elements as a set, the elements where asked for."""
    cdef Py_ssize_t count, i
    cdef bint is_list = PyList_Check(o)
    cdef PyObject* element
    cdef Text text
    cdef uint32_t value
    if is_list:
        count = PyList_GET_SIZE(o)
    elif PyTuple_Check(o):
        count = PyTuple_GET_SIZE(o)
    else:
        return
    if count > g.max_items or (g.has_exists and not make_room(s, v, <uint32_t>count)):
        return
    memset(v.members, 0, ((g.classes >> 6) + 1) * sizeof(uint64_t))
    for i in range(count):
        element = PyList_GET_ITEM(o, i) if is_list else PyTuple_GET_ITEM(o, i)
        if not PyUnicode_Check(element) or tacit_ready(element) != 0:
            return
        if PyUnicode_GET_LENGTH(element) > g.max_length or not take_text(element, &text):
            return
        if g.value_count:
            value = find_value(g, &text)
            if value != <uint32_t>NONE:
                add_to_set(v.members, g.value_class[value])
        if g.has_exists:
            v.elements[i] = text
    v.length = count
    v.cls = 1


cdef bint make_room(Scratch* s, Value* v, uint32_t count) noexcept:
    cdef Text* elements
    if count <= v.room:
        return True
    elements = <Text*>realloc(v.elements, count * sizeof(Text))
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
        v.cls = 0
        return False
    v.buffer = buffer
    v.buffer_size = size
    return True


cdef void write_decimal(Scratch* s, Value* v, int64_t number) noexcept:
    cdef uint64_t left = <uint64_t>number if number >= 0 else -<uint64_t>number
    cdef uint32_t at = 24
    if not make_buffer(s, v, 24):
        return
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


cdef void write_utf8(Scratch* s, Value* v, const Text* text, bint ascii) noexcept:
    cdef uint32_t i, c
    cdef uint8_t* to
    if ascii:
        v.utf8 = <const uint8_t*>text.data
        v.utf8_size = text.length
        return
    if not make_buffer(s, v, 4 * text.length):
        return
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
