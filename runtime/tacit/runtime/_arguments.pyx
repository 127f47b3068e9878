# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The arguments of one call, checked."""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy

from tacit.runtime._bits cimport add_to_set
from tacit.runtime._image cimport Image
from tacit.runtime._program cimport Program
from tacit.runtime._reader cimport Wide

import os
import time
from collections.abc import Mapping

from tacit.runtime.errors import ArgumentError, TimeError

cdef extern from "Python.h":
    bint PyLong_CheckExact(object)
    bint PyBool_Check(object)
    long long PyLong_AsLongLongAndOverflow(object, int*) except? -1
    object PyNumber_Index(object)

cdef enum:
    MAX_BYTES = 16777216


cdef bytes read_source(source):
    if isinstance(source, bytes):
        return bytes(source)
    if isinstance(source, (bytearray, memoryview)):
        return bytes(source)
    if isinstance(source, (str, os.PathLike)):
        with open(source, "rb") as file:
            return file.read(MAX_BYTES + 1)
    raise ArgumentError("R206", type(source).__name__)


cdef int refuse_state(state) except -1:
    raise ArgumentError("R204", type(state).__name__)


cdef dict plain_signals(Image image, signals):
    """The signals of the host in any mapping, as a dict."""
    if not isinstance(signals, Mapping):
        raise ArgumentError("R201", type(signals).__name__)
    return {name: signals.get(name) for name in image.host_names}


cdef int set_given_time(Image image, Call* call, now) except -1:
    cdef int overflow = 0
    cdef long long time_ms
    if now is None:
        call.now = time.time_ns() // 1000000
        return 0
    if not PyLong_CheckExact(now):
        if PyBool_Check(now):
            raise ArgumentError("R202", "bool")
        try:
            now = PyNumber_Index(now)
        except TypeError:
            raise ArgumentError("R202", type(now).__name__) from None
    time_ms = PyLong_AsLongLongAndOverflow(now, &overflow)
    if overflow or not -<int64_t>Wide.MAX_INT <= time_ms <= <int64_t>Wide.MAX_INT:
        raise TimeError("R202")
    call.now = time_ms
    return 0


cdef int set_granted(Image image, Call* call, consent) except -1:
    cdef const Program* p = image.program
    if isinstance(consent, (str, bytes)):
        raise ArgumentError("R203", type(consent).__name__)
    try:
        granted = tuple(consent)
    except TypeError:
        raise ArgumentError("R203", type(consent).__name__) from None
    memcpy(call.granted, p.necessary, p.signal_words * sizeof(uint64_t))
    call.allowed = call.granted
    for purpose in granted:
        if not isinstance(purpose, str):
            raise ArgumentError("R203", type(purpose).__name__)
        grant(image, call, str.__str__(purpose))
    return 0


cdef void grant(Image image, Call* call, str purpose) except *:
    cdef const Program* p = image.program
    cdef uint32_t i
    cdef object number = image.purpose_index.get(purpose)
    if number is None:
        return
    for i in range(p.signal_count):
        if p.signals[i].purpose == <uint32_t>number:
            add_to_set(call.granted, i)
