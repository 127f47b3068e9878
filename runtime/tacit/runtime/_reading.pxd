# cython: cdivision=True
"""One value of the host, by the type of its signal: its class, or 0 if it is none.

Types are looked at by their C flags, and str, int, float, list and tuple by their C contents: no
method of the value is called. Inline, for this is where the time of a decision goes.
"""

from cpython.object cimport PyObject
from libc.float cimport DBL_MAX as MOST_DOUBLE
from libc.math cimport floor
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from tacit.runtime._numbers cimport double_key, version_key, version_place
from tacit.runtime._program cimport Key, Signal, Text, below, cell_of
from tacit.runtime._reader cimport Wide
from tacit.runtime._scratch cimport Scratch, Value
from tacit.runtime._texts cimport class_of_text
from tacit.runtime._units cimport has_surrogate, make_room, write_decimal, write_utf8

cdef extern from "Python.h":
    """
    #if PY_VERSION_HEX < 0x030C0000
    #define tacit_ready(o) PyUnicode_READY(o)
    #define tacit_is_small(o) ((size_t)(Py_SIZE(o) + 1) < 3)
    #define tacit_small(o) (Py_SIZE(o) * (int64_t)((PyLongObject *)(o))->ob_digit[0])
    #else
    #define tacit_ready(o) 0
    #define tacit_is_small(o) PyUnstable_Long_IsCompact((PyLongObject *)(o))
    #define tacit_small(o) ((int64_t)PyUnstable_Long_CompactValue((PyLongObject *)(o)))
    #endif
    """
    int tacit_ready(PyObject*)
    bint is_small_int "tacit_is_small"(PyObject*)
    int64_t small_int "tacit_small"(PyObject*)
    bint PyUnicode_Check(PyObject*)
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
