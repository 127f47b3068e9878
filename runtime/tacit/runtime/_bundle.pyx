# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The Python skin: Bundle, and the mapping of decisions that decide_all gives.

Thread safety: a program does not change once it is loaded. What does change (the cache of decisions,
the scratch, the places where names were seen) is touched under the GIL only, and never across code
of the host: a call that is under way has the scratch to itself, one that begins meanwhile gets
another.
"""

cimport cython
from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject
from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy, memset

from tacit.runtime._arguments cimport (
    MAX_SIGNAL_WORDS,
    Call,
    allow,
    plain_signals,
    read_source,
    refuse_state,
    set_time,
)
from tacit.runtime._decision cimport Decision, has_missing, is_forced, new_decision
from tacit.runtime._evaluate cimport pick_one
from tacit.runtime._image cimport Image, load_image
from tacit.runtime._program cimport Kind, Program
from tacit.runtime._scratch cimport Recalled, Scratch, free_scratch, new_scratch
from tacit.runtime._signals cimport let_go, read_signals
from tacit.runtime._together cimport pick_all
from tacit.runtime._view cimport View, ViewHolder, view_at

import hashlib
from collections.abc import ItemsView, KeysView, Mapping, ValuesView
from types import MappingProxyType

from tacit.runtime._decision import without_surface
from tacit.runtime._description import describe_signals
from tacit.runtime._programs import program_of
from tacit.runtime.errors import ArgumentError, BundleError, UnknownSurfaceError

cdef extern from "Python.h":
    void Py_INCREF(PyObject*)
    void Py_XDECREF(PyObject*)

cdef enum:
    MAX_BYTES = 16777216
    FORBIDDEN = 4


@cython.final
@cython.no_gc  # nothing it refers to refers back; and __dealloc__ needs the image
cdef class Bundle:
    """A loaded bundle. Decides; can be shared between threads."""

    cdef Image image
    cdef PyObject** cache  # per outcome the decision made last
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
        bundle.cache = <PyObject**>PyMem_Calloc(
            bundle.image.program.outcomes + 1, sizeof(PyObject*)
        )
        if bundle.cache == NULL:
            raise MemoryError
        bundle.unstated.present = bundle.image.program.unstated_set
        bundle.unstated.classes = bundle.image.program.unstated
        return bundle

    def __dealloc__(self):
        cdef uint32_t i
        if self.cache != NULL:
            for i in range(self.image.program.outcomes):
                Py_XDECREF(self.cache[i])
            PyMem_Free(self.cache)
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
        if found is None:
            if strict:
                raise UnknownSurfaceError("R207", str.__repr__(surface))
            return without_surface(surface, default)
        number = found
        if state is not None:
            view = view_at(<ViewHolder>state, self.image, self, call.now)
        self.remember(&call, view)
        outcome = self.run(&call, given, number)
        if view is None or view.forced is None:
            return self.decision(number, outcome, call.missing, False)
        return self.decision(
            number, outcome, call.missing, is_forced(self.image, outcome, view.forced)
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
        decisions = new_decisions(self)
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

    cdef Decision decision(
        self, uint32_t surface, uint32_t outcome, const uint64_t* missing, bint forced
    ):
        """The decision for an outcome; the one made last, if it says the same of what is unknown and
        whether its arm is forced."""
        cdef PyObject* known = self.cache[outcome]
        cdef Decision decision
        if known != NULL:
            decision = <Decision>known
            if decision.forced == forced and has_missing(decision, self.image, missing):
                return decision
        # This allocates: the collector may run, and a finalizer may decide from this very bundle.
        decision = new_decision(self.image, surface, outcome, missing, forced)
        known = self.cache[outcome]
        Py_INCREF(<PyObject*>decision)
        self.cache[outcome] = <PyObject*>decision
        Py_XDECREF(known)
        return decision


# ---------------------------------------------------------------- all decisions


@cython.final
@cython.no_gc
cdef class Decisions:
    """Surface -> Decision, for every surface in declared order. Decisions are made when looked at."""

    cdef Bundle bundle
    cdef uint32_t* outcomes
    cdef frozenset forced  # experiments whose arm is forced, or None
    cdef uint64_t missing[MAX_SIGNAL_WORDS]

    def __init__(self):
        raise TypeError("decide_all makes these")

    def __dealloc__(self):
        PyMem_Free(self.outcomes)

    cdef Decision at(self, uint32_t surface):
        cdef const Program* p = self.bundle.image.program
        cdef uint32_t outcome = self.outcomes[surface]
        cdef uint32_t kind = outcome // p.surface_count
        cdef uint64_t missing[MAX_SIGNAL_WORDS]
        cdef const uint64_t* told = p.told + <size_t>surface * p.signal_words
        cdef bint is_tried = False
        cdef uint32_t i
        for i in range(p.signal_words):
            missing[i] = self.missing[i] & told[i]
            if kind in (Kind.K_FORBIDDEN, Kind.K_EXPIRED, Kind.K_OPTED_OUT):
                missing[i] = 0
        if self.forced is not None:
            is_tried = is_forced(self.bundle.image, outcome, self.forced)
        return self.bundle.decision(surface, outcome, missing, is_tried)

    def __getitem__(self, surface):
        found = self.bundle.image.surface_index.get(surface) if isinstance(surface, str) else None
        if found is None:
            raise KeyError(surface)
        return self.at(found)

    def get(self, surface, default=None):
        """The decision for a surface, `default` when the bundle does not have it."""
        found = self.bundle.image.surface_index.get(surface) if isinstance(surface, str) else None
        return default if found is None else self.at(found)

    def __contains__(self, surface):
        return isinstance(surface, str) and surface in self.bundle.image.surface_index

    def __len__(self):
        return self.bundle.image.program.surface_count

    def __iter__(self):
        return iter(self.bundle.image.surface_names)

    def __reversed__(self):
        return reversed(self.bundle.image.surface_names)

    def keys(self):
        return KeysView(self)

    def values(self):
        return Values(self)

    def items(self):
        return Items(self)

    def __eq__(self, other):
        if not isinstance(other, Mapping):
            return NotImplemented
        return dict(self.items()) == dict(other.items())

    __hash__ = None

    def __repr__(self):
        return f"Decisions({dict(self.items())!r})"

    def _decisions(self):
        """All of them, in order."""
        cdef uint32_t i
        return [self.at(i) for i in range(self.bundle.image.program.surface_count)]


cdef Decisions new_decisions(Bundle bundle):
    cdef Decisions decisions = Decisions.__new__(Decisions)
    decisions.bundle = bundle
    decisions.outcomes = <uint32_t*>PyMem_Malloc(
        (bundle.image.program.surface_count + 1) * sizeof(uint32_t)
    )
    if decisions.outcomes == NULL:
        raise MemoryError
    return decisions


class Values(ValuesView):
    """The decisions of a `Decisions`."""

    __slots__ = ()

    def __iter__(self):
        return iter(self._mapping._decisions())


class Items(ItemsView):
    """Pairs of surface and decision of a `Decisions`."""

    __slots__ = ()

    def __iter__(self):
        return zip(iter(self._mapping), self._mapping._decisions())


Mapping.register(Decisions)
