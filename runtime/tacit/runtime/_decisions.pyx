# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The decisions that a bundle has made, and the mapping that decide_all gives."""

cimport cython
from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject
from libc.stdint cimport uint32_t, uint64_t

from tacit.runtime._arguments cimport MAX_SIGNAL_WORDS
from tacit.runtime._decision cimport Decision, has_missing, is_forced, new_decision
from tacit.runtime._image cimport Image
from tacit.runtime._program cimport Kind, Program

from collections.abc import ItemsView, KeysView, Mapping, ValuesView

cdef extern from "Python.h":
    void Py_INCREF(PyObject*)
    void Py_XDECREF(PyObject*)


@cython.final
@cython.no_gc  # as Bundle
cdef class Made:
    """Per outcome the decision made last: mostly the next one says the same."""

    def __dealloc__(self):
        cdef uint32_t i
        if self.last != NULL:
            for i in range(self.image.program.outcomes):
                Py_XDECREF(self.last[i])
            PyMem_Free(self.last)

    cdef Decision decision(
        self, uint32_t surface, uint32_t outcome, const uint64_t* missing, frozenset forced
    ):
        """The decision for an outcome; the one made last, if it says the same of what is unknown.
        `forced`: experiments whose arm is forced, or None."""
        cdef PyObject* known
        cdef Decision decision
        cdef bint is_tried = False
        if forced is not None:
            is_tried = is_forced(self.image, outcome, forced)
        known = self.last[outcome]
        if known != NULL:
            decision = <Decision>known
            if decision.forced == is_tried and has_missing(decision, self.image, missing):
                return decision
        # This allocates: the collector may run, and a finalizer may decide from this very bundle.
        decision = new_decision(self.image, surface, outcome, missing, is_tried)
        known = self.last[outcome]
        Py_INCREF(<PyObject*>decision)
        self.last[outcome] = <PyObject*>decision
        Py_XDECREF(known)
        return decision


cdef Made new_made(Image image):
    cdef Made made = Made.__new__(Made)
    made.image = image
    made.last = <PyObject**>PyMem_Calloc(image.program.outcomes + 1, sizeof(PyObject*))
    if made.last == NULL:
        raise MemoryError
    return made


@cython.final
@cython.no_gc
cdef class Decisions:
    """Surface -> Decision, for every surface in declared order. Decisions are made when looked at."""

    def __init__(self):
        raise TypeError("decide_all makes these")

    def __dealloc__(self):
        PyMem_Free(self.outcomes)

    cdef Decision at(self, uint32_t surface):
        cdef const Program* p = self.made.image.program
        cdef uint32_t outcome = self.outcomes[surface]
        cdef uint32_t kind = outcome // p.surface_count
        cdef uint64_t missing[MAX_SIGNAL_WORDS]
        cdef const uint64_t* told = p.told + <size_t>surface * p.signal_words
        cdef uint32_t i
        for i in range(p.signal_words):
            missing[i] = self.missing[i] & told[i]
            if kind in (Kind.K_FORBIDDEN, Kind.K_EXPIRED, Kind.K_OPTED_OUT):
                missing[i] = 0
        return self.made.decision(surface, outcome, missing, self.forced)

    def __getitem__(self, surface):
        found = self.made.image.surface_index.get(surface) if isinstance(surface, str) else None
        if found is None:
            raise KeyError(surface)
        return self.at(found)

    def get(self, surface, default=None):
        """The decision for a surface, `default` when the bundle does not have it."""
        found = self.made.image.surface_index.get(surface) if isinstance(surface, str) else None
        return default if found is None else self.at(found)

    def __contains__(self, surface):
        return isinstance(surface, str) and surface in self.made.image.surface_index

    def __len__(self):
        return self.made.image.program.surface_count

    def __iter__(self):
        return iter(self.made.image.surface_names)

    def __reversed__(self):
        return reversed(self.made.image.surface_names)

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
        return [self.at(i) for i in range(self.made.image.program.surface_count)]


cdef Decisions new_decisions(Made made):
    cdef Decisions decisions = Decisions.__new__(Decisions)
    decisions.made = made
    decisions.outcomes = <uint32_t*>PyMem_Malloc(
        (made.image.program.surface_count + 1) * sizeof(uint32_t)
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
