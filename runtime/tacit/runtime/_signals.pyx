# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Reads what the host passed into classes: one Value per signal.

Nothing here runs code of the host, raises or keeps anything. The only doors are keys of the dict
that are not exact str (a look-up may call their `__eq__`); while those may run, every value is held.
"""

from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memset

from tacit.runtime._bits cimport in_set, lowest_bit
from tacit.runtime._dict cimport Entry, begin_entries, key_of, value_of
from tacit.runtime._program cimport Program, Signal, SignalFlag, Type
from tacit.runtime._reading cimport (
    PyBool_Check,
    PyLong_AsLongLongAndOverflow,
    PyLong_Check,
    PyUnicode_Check,
    PyUnicode_DATA,
    PyUnicode_GET_LENGTH,
    PyUnicode_KIND,
    read_double,
    read_enum,
    read_int,
    read_list,
    read_string,
    read_version,
)
from tacit.runtime._scratch cimport Recalled, Scratch, Value
from tacit.runtime._texts cimport same_bytes

from tacit.runtime._readings import Observed

cdef extern from "Python.h":
    """
    #define tacit_str_hash(o) (((PyASCIIObject *)(o))->hash)
    """
    Py_hash_t str_hash "tacit_str_hash"(PyObject*)
    Py_ssize_t PyDict_GET_SIZE(PyObject*)
    int PyDict_Next(PyObject*, Py_ssize_t*, PyObject**, PyObject**)
    PyObject* PyDict_GetItemWithError(PyObject*, PyObject*)
    PyObject* PyObject_GetAttr(PyObject*, PyObject*)
    bint PyUnicode_CheckExact(PyObject*)
    void PyErr_Clear()
    PyObject* PyErr_Occurred()
    void Py_INCREF(PyObject*)
    void Py_DECREF(PyObject*)
    void* Py_TYPE(PyObject*)
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
    """Read the wanted signals, `count` of them the host's, from an exact dict and from what is
    recalled; those not allowed are missing.

    What was read is good until `let_go`, which must follow; what is recalled must live until then.
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
    if s.recalled != NULL:
        found = recall(p, s, s.recalled, <uint32_t>found)
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
        left = s.readable[i] & p.host[i]
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


cdef uint32_t recall(
    const Program* p, Scratch* s, const Recalled* recalled, uint32_t found
) noexcept:
    """Machine signals; and declared preferences for what the host left out or gave as None. What
    has to be read goes behind the `found` signals of the host; gives how many there are then."""
    cdef uint32_t count = found
    cdef uint32_t i, signal
    cdef uint64_t left
    for i in range(found):
        # The host's word counts, be it no value of the signal: that is not looked up elsewhere.
        signal = s.found[i].signal
        if s.found[i].value != Py_None:
            s.readable[signal >> 6] &= ~(<uint64_t>1 << (signal & 63))
    for i in range(p.signal_words):
        left = recalled.present[i] & s.readable[i]
        while left:
            signal = i * 64 + lowest_bit(left)
            if recalled.objects != NULL and recalled.objects[signal] != NULL:
                s.found[count].signal = signal
                s.found[count].value = recalled.objects[signal]
                count += 1
            else:
                s.classes[signal] = recalled.classes[signal]
                s.missing[i] &= ~(left & -left)
            left &= left - 1
    return count


cdef void let_go(Scratch* s) noexcept:
    """Give back what was held. May run code of the host, so the scratch is in use until it ends."""
    cdef uint32_t i
    for i in range(s.held):
        Py_DECREF(s.found[i].value)


# ---------------------------------------------------------------- reading


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
