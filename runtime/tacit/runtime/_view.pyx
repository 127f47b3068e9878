# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""What a state says to one bundle, ready for deciding.

A state works out a `Standing`: values of machine signals, good for a while. Here its values become
classes once, so that a decision copies a few numbers. A view does not change once it is made; whoever
decides from one holds it, so a state may change under a call that is under way.
"""

cimport cython
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint32_t, uint64_t

from tacit.runtime._bits cimport add_to_set
from tacit.runtime._image cimport Image
from tacit.runtime._program cimport Program, Signal, Type
from tacit.runtime._reading cimport read_double, read_int
from tacit.runtime._scratch cimport Scratch, Value

cdef object LATEST = 1 << 62


@cython.final
cdef class View:
    """One standing of a state, for one bundle."""

    def __dealloc__(self):
        PyMem_Free(self.present)
        PyMem_Free(self.classes)
        PyMem_Free(self.objects)


@cython.auto_pickle(False)
cdef class ViewHolder:
    """Base of a state: holds the view that was made last."""

    def _changed(self):
        """To be called after each change: what the state said holds no longer."""
        self.version += 1
        self.view = None

    def _standing_for(self, source, now):
        """What the state says at `now` (epoch ms) to a bundle: a `Standing`."""
        raise NotImplementedError


cdef View view_at(ViewHolder holder, Image image, bundle, int64_t now):
    """The view of a state at a time. May run any code: that of the state, and the collector."""
    cdef View view = holder.view
    cdef uint64_t version
    if view is not None and view.image is image and view.valid_from <= now < view.valid_until:
        return view
    version = holder.version
    view = new_view(image, holder._standing_for(bundle, now))
    if holder.version == version:  # else it changed meanwhile: good for this call, no longer
        holder.view = view
    return view


cdef View new_view(Image image, standing):
    cdef const Program* p = image.program
    cdef View view = View.__new__(View)
    view.image = image
    view.off = standing.off
    view.forced = frozenset(standing.forced) or None
    view.valid_from = max(standing.valid_from, -LATEST)
    view.valid_until = min(standing.valid_until, LATEST)
    view.kept = []
    view.present = <uint64_t*>reserve(p.signal_words, sizeof(uint64_t))
    view.classes = <uint32_t*>reserve(p.signal_count, sizeof(uint32_t))
    view.objects = <PyObject**>reserve(p.signal_count, sizeof(PyObject*))
    view.recalled.present = view.present
    view.recalled.classes = view.classes
    view.recalled.objects = view.objects
    add_values(view, image.derived_index, dict(standing.values), True)
    add_values(view, image.declared_index, dict(standing.declared), False)
    return view


cdef void* reserve(size_t count, size_t size) except NULL:
    cdef void* out = PyMem_Calloc(count + 1, size)
    if out == NULL:
        raise MemoryError
    return out


cdef int add_values(View view, dict index, dict values, bint of_machine) except -1:
    """Values by name; those of other signals than `index` has do not count."""
    cdef const Program* p = view.image.program
    cdef uint32_t signal
    cdef uint32_t cls = 0
    for name, value in values.items():
        number = index.get(name)
        if number is None or value is None:
            continue
        signal = number
        if isinstance(value, list):
            value = tuple(value)  # the view does not change
        if (
            not of_machine
            or signal == p.offset_signal
            or not find_class(&p.signals[signal], value, &cls)
        ):
            view.kept.append(value)
            view.objects[signal] = <PyObject*>value
        elif cls:
            view.classes[signal] = cls
        else:
            continue
        add_to_set(view.present, signal)
    return 0


cdef bint find_class(const Signal* g, value, uint32_t* cls):
    """The class of a value, 0 if it is none of the signal; False: a class does not say all of it."""
    cdef Scratch s
    cdef Value v
    if g.type == Type.BOOL:
        cls[0] = 2 * (value is True) + (value is False)
    elif g.type == Type.INT:  # a machine signal is no unit: nothing is written
        cls[0] = read_int(&s, g, &v, <PyObject*>value)
    elif g.type == Type.DOUBLE:
        cls[0] = read_double(g, <PyObject*>value)
    else:
        return False
    return True
