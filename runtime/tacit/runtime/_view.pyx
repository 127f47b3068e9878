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
from tacit.runtime._program cimport Program
from tacit.runtime._signals cimport value_class

cdef object LATEST = 1 << 62


@cython.final
cdef class View:
    """One standing of a state, for one bundle."""

    def __dealloc__(self):
        PyMem_Free(self.present)
        PyMem_Free(self.classes)
        PyMem_Free(self.objects)


cdef class ViewHolder:
    """Base of a state: holds the view that was made last."""

    def _changed(self):
        """Whatever was worked out from the state holds no longer; to be called after each change."""
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
    add_values(view, image.derived_index, dict(standing.values))
    add_values(view, image.declared_index, dict(standing.declared))
    return view


cdef void* reserve(size_t count, size_t size) except NULL:
    cdef void* out = PyMem_Calloc(count + 1, size)
    if out == NULL:
        raise MemoryError
    return out


cdef int add_values(View view, dict index, dict values) except -1:
    """Values by name; those of other signals than `index` has do not count."""
    cdef const Program* p = view.image.program
    cdef uint32_t signal, cls
    cdef bint is_all
    for name, value in values.items():
        number = index.get(name)
        if number is None or value is None:
            continue
        signal = number
        if isinstance(value, list):
            value = tuple(value)  # the view does not change
        cls = value_class(&p.signals[signal], <PyObject*>value, &is_all)
        if not is_all or signal == p.offset_signal:
            view.kept.append(value)
            view.objects[signal] = <PyObject*>value
        elif cls:
            view.classes[signal] = cls
        else:
            continue
        add_to_set(view.present, signal)
    return 0
