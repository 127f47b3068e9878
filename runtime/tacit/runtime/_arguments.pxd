"""The arguments of one call, checked."""

from libc.stdint cimport int64_t, uint64_t

from tacit.runtime._image cimport Image
from tacit.runtime._scratch cimport Recalled


cdef enum:
    MAX_SIGNAL_WORDS = 16


cdef struct Call:
    # One call's arguments, and what is missing afterwards.
    int64_t now
    const uint64_t* allowed  # signals that may be read
    uint64_t granted[MAX_SIGNAL_WORDS]
    const Recalled* recalled  # what is known beside what the host passes, or NULL
    bint off  # the person has switched personalization off
    uint64_t missing[MAX_SIGNAL_WORDS]


cdef bytes read_source(source)
cdef int refuse_state(state) except -1
cdef dict plain_signals(Image image, signals)
cdef int set_given_time(Image image, Call* call, now) except -1
cdef int set_granted(Image image, Call* call, consent) except -1


cdef inline int set_time(Image image, Call* call, now, bint has_state) except -1:
    """Sets `call.now`; the clock is read only if the bundle or a state does anything with the time."""
    if now is None and not image.program.reads_time and not has_state:
        call.now = 0
        return 0
    return set_given_time(image, call, now)


cdef inline int allow(Image image, Call* call, consent) except -1:
    """Sets the signals that may be read: those without a purpose, and those whose one is granted."""
    call.allowed = image.program.necessary
    if consent is None:
        return 0
    return set_granted(image, call, consent)
