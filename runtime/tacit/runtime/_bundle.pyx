# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The Python skin: Bundle.

Thread safety: a program does not change once it is loaded. What does change (the decisions made
last, the scratch, the places where names were seen) is touched under the GIL only, and never across
code of the host: a call that is under way has the scratch to itself, one that begins meanwhile gets
another.
"""

cimport cython
from cpython.object cimport PyObject
from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy, memset

from tacit.runtime._arguments cimport Call, allow, plain_signals, read_source, refuse_state, set_time
from tacit.runtime._decisions cimport Decisions, Made, new_decisions, new_made
from tacit.runtime._evaluate cimport pick_one
from tacit.runtime._image cimport Image, load_image
from tacit.runtime._program cimport Kind, Program
from tacit.runtime._scratch cimport Recalled, Scratch, free_scratch, new_scratch
from tacit.runtime._signals cimport let_go, read_signals
from tacit.runtime._together cimport pick_all
from tacit.runtime._view cimport View, ViewHolder, view_at

import hashlib
from types import MappingProxyType

from tacit.runtime._decision import without_surface
from tacit.runtime._description import describe_signals
from tacit.runtime._programs import program_of
from tacit.runtime.errors import ArgumentError, BundleError, UnknownSurfaceError

cdef enum:
    MAX_BYTES = 16777216
    FORBIDDEN = 4


@cython.final
@cython.no_gc  # nothing it refers to refers back; and __dealloc__ needs the image
cdef class Bundle:
    """A loaded bundle. Decides; can be shared between threads."""

    cdef Image image
    cdef Made made
    cdef Scratch* scratch  # NULL while a call uses it
    cdef Recalled unstated  # what is known when there is no state
    cdef object digest_
    cdef object signals_
    cdef object __weakref__

    def __init__(self):
        raise TypeError("use Bundle.load(bytes or path)")

    @staticmethod
    def load(source):
        """The bundle in `source`: bytes, or the path of a file.

        Checks everything; raises BundleError for what is no bundle of this format, OSError for a
        file that cannot be read, ArgumentError for anything else. Does not authenticate.
        """
        cdef Bundle bundle
        data = read_source(source)
        if len(data) > MAX_BYTES:
            raise BundleError("R106", f"more than {MAX_BYTES} bytes")
        bundle = Bundle.__new__(Bundle)
        bundle.image = load_image(data)
        bundle.made = new_made(bundle.image)
        bundle.unstated.present = bundle.image.program.unstated_set
        bundle.unstated.classes = bundle.image.program.unstated
        return bundle

    def __dealloc__(self):
        if self.scratch != NULL:
            free_scratch(self.image.program, self.scratch)

    # ------------------------------------------------------------ what it says of itself

    @property
    def bytes(self):
        """The bytes it was loaded from."""
        return self.image.data

    @property
    def digest(self):
        """sha256 of the bytes, in hex."""
        if self.digest_ is None:
            self.digest_ = hashlib.sha256(self.image.data).hexdigest()
        return self.digest_

    @property
    def surfaces(self):
        """The names of the surfaces, in declared order."""
        return self.image.surface_names

    @property
    def signals(self):
        """Name -> what the bundle says of the signal, in declared order."""
        if self.signals_ is None:
            self.signals_ = MappingProxyType(describe_signals(program_of(self)))
        return self.signals_

    def __repr__(self):
        return (
            f"<Bundle {self.digest[:12]}: {len(self.image.surface_names)} surfaces, "
            f"{self.image.program.rule_count} rules>"
        )

    def __reduce__(self):
        return Bundle.load, (self.image.data,)

    # ------------------------------------------------------------ deciding

    def decide(
        self, surface, signals, state=None, now=None, consent=None, *, default=None, strict=False
    ):
        """What one surface shows and why.

        signals: a mapping from names to values; a value may be `Observed`. What is no value of its
        signal is missing and listed in `unknown`; it never raises.
        now: epoch ms; None: the clock of this machine. consent: the granted purposes; None: none.
        state: what the device remembers, a `DeviceState`; it is not changed.
        default: the content for a surface that the bundle does not have; `strict` raises instead.
        """
        cdef Call call
        cdef uint32_t number, outcome
        cdef object found
        cdef dict given
        cdef View view = None
        cdef bint has_state
        if state is not None and not isinstance(state, ViewHolder):
            refuse_state(state)
        found = self.image.surface_index.get(surface) if type(surface) is str else None
        if found is None:
            if not isinstance(surface, str):
                raise ArgumentError("R205", type(surface).__name__)
            found = self.image.surface_index.get(str.__str__(surface))
        given = signals if type(signals) is dict else plain_signals(self.image, signals)
        has_state = state is not None
        set_time(self.image, &call, now, has_state)
        allow(self.image, &call, consent)
        if state is not None:
            view = view_at(<ViewHolder>state, self.image, self, call.now)
        if found is None:
            if strict:
                raise UnknownSurfaceError("R207", str.__repr__(surface))
            return without_surface(surface, default)
        number = found
        self.remember(&call, view)
        outcome = self.run(&call, given, number)
        return self.made.decision(
            number, outcome, call.missing, None if view is None else view.forced
        )

    def decide_all(self, signals, state=None, now=None, consent=None):
        """What every surface shows and why: a mapping from names to decisions, in declared order."""
        cdef Call call
        cdef Decisions decisions
        cdef dict given
        cdef View view = None
        cdef bint has_state
        if state is not None and not isinstance(state, ViewHolder):
            refuse_state(state)
        given = signals if type(signals) is dict else plain_signals(self.image, signals)
        has_state = state is not None
        set_time(self.image, &call, now, has_state)
        allow(self.image, &call, consent)
        decisions = new_decisions(self.made)
        if state is not None:
            view = view_at(<ViewHolder>state, self.image, self, call.now)
            decisions.forced = view.forced
        self.remember(&call, view)
        self.run_all(&call, given, decisions.outcomes)
        memcpy(decisions.missing, call.missing, sizeof(call.missing))
        return decisions

    def explain(self, surface, signals, state=None, now=None, consent=None, *, reveal=False):
        """How `decide` comes to its decision on one surface, step by step; see `tacit.runtime.explain`.

        `reveal` shows the values of sensitive signals.
        """
        from tacit.runtime.explain import explain

        if state is not None and not isinstance(state, ViewHolder):
            refuse_state(state)
        return explain(
            program_of(self), surface, signals, now=now, consent=consent, state=state, reveal=reveal
        )

    def _program(self):
        """The bundle as the reference decodes it: slow, made once, and with everything in it."""
        return program_of(self)

    cdef Scratch* take_scratch(self) except NULL:
        cdef Scratch* s = self.scratch
        if s != NULL:
            self.scratch = NULL
            return s
        s = new_scratch(self.image.program)
        if s == NULL:
            raise MemoryError
        return s

    cdef void give_back(self, Scratch* s) noexcept:
        """Ends a call. What `let_go` frees may run code of the host, which may begin another."""
        let_go(s)
        if self.scratch == NULL:
            self.scratch = s
        else:
            free_scratch(self.image.program, s)

    cdef inline void remember(self, Call* call, View view) noexcept:
        """What the call knows beside what the host passes; `view` must live until its end."""
        call.off = False
        call.recalled = NULL
        if view is not None:
            call.off = view.off
            call.recalled = &view.recalled
        elif self.image.program.has_memory:
            call.recalled = &self.unstated

    cdef uint32_t run(self, Call* call, dict signals, uint32_t surface) except? 0xFFFFFFFF:
        """The outcome for one surface; `call.missing` are the signals it reads and does not have."""
        cdef const Program* p = self.image.program
        cdef Scratch* s
        cdef uint32_t outcome, i
        cdef const uint64_t* told
        cdef bint no_memory
        if call.off or p.surfaces[surface].flags & FORBIDDEN or (
            p.defaults_when_expired and call.now >= p.expires
        ):
            memset(call.missing, 0, sizeof(call.missing))
            if p.surfaces[surface].flags & FORBIDDEN:
                return Kind.K_FORBIDDEN * p.surface_count + surface
            if call.off:
                return Kind.K_OPTED_OUT * p.surface_count + surface
            return Kind.K_EXPIRED * p.surface_count + surface
        s = self.take_scratch()
        s.now = call.now
        s.off = False
        s.recalled = call.recalled
        s.no_memory = False
        read_signals(
            p,
            s,
            &self.image.names,
            <PyObject*>signals,
            p.reads + <size_t>surface * p.signal_words,
            call.allowed,
            p.surfaces[surface].read_count,
        )
        outcome = pick_one(p, s, surface)
        told = p.told + <size_t>surface * p.signal_words
        for i in range(p.signal_words):
            call.missing[i] = s.missing[i] & told[i]
        no_memory = s.no_memory
        self.give_back(s)
        if no_memory:
            raise MemoryError
        return outcome

    cdef int run_all(self, Call* call, dict signals, uint32_t* outcomes) except -1:
        cdef const Program* p = self.image.program
        cdef Scratch* s = self.take_scratch()
        cdef bint no_memory
        s.now = call.now
        s.off = call.off
        s.recalled = call.recalled
        s.no_memory = False
        read_signals(p, s, &self.image.names, <PyObject*>signals, p.used, call.allowed, p.used_count)
        pick_all(p, s, outcomes)
        memset(call.missing, 0, sizeof(call.missing))
        memcpy(call.missing, s.missing, p.signal_words * sizeof(uint64_t))
        no_memory = s.no_memory
        self.give_back(s)
        if no_memory:
            raise MemoryError
        return 0
