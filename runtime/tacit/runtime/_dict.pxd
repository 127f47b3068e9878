"""Going through a dict quickly.

`PyDict_Next` takes 50 instructions an entry, a fifth of all that one decision takes. Where the keys
of a dict are all exact str, and CPython is one whose layout of them we know (3.11 to 3.13, with the
GIL; its own header says it), the entries are read in place. Otherwise `begin_entries` says no, and
the caller uses `PyDict_Next`. Build with -DTACIT_PLAIN_DICT to do so always.
"""

from cpython.object cimport PyObject


cdef extern from *:
    """
    #if PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030E0000 && !defined(Py_GIL_DISABLED) \\
        && defined(__has_include) && !defined(TACIT_PLAIN_DICT)
    #if __has_include("internal/pycore_dict.h")
    #define TACIT_DICT_ENTRIES 1
    #endif
    #endif

    #ifdef TACIT_DICT_ENTRIES
    #ifndef Py_BUILD_CORE
    #define Py_BUILD_CORE 1
    #define TACIT_UNDEFINE_BUILD_CORE 1
    #endif
    #undef _PyGC_FINALIZED  /* 3.12 has it as a macro and as a function */
    #include "internal/pycore_dict.h"
    #ifdef TACIT_UNDEFINE_BUILD_CORE
    #undef Py_BUILD_CORE
    #endif

    typedef PyDictUnicodeEntry tacit_entry;

    static inline int tacit_begin(PyObject *dict, tacit_entry **entry, tacit_entry **end) {
        PyDictObject *d = (PyDictObject *)dict;
        if (d->ma_values != NULL || !DK_IS_UNICODE(d->ma_keys)) return 0;
        *entry = DK_UNICODE_ENTRIES(d->ma_keys);
        *end = *entry + d->ma_keys->dk_nentries;
        return 1;
    }
    #define tacit_key(entry) ((entry)->me_key)
    #define tacit_value(entry) ((entry)->me_value)

    #else
    typedef struct { PyObject *key, *value; } tacit_entry;
    static inline int tacit_begin(PyObject *dict, tacit_entry **entry, tacit_entry **end) {
        (void)dict; *entry = *end = NULL;
        return 0;
    }
    #define tacit_key(entry) ((entry)->key)
    #define tacit_value(entry) ((entry)->value)
    #endif
    """
    ctypedef struct Entry "tacit_entry":
        pass
    # The entries of an exact dict whose keys are exact str, if they can be had.
    bint begin_entries "tacit_begin"(PyObject* dict, Entry** entry, Entry** end) nogil
    PyObject* key_of "tacit_key"(Entry* entry) nogil
    PyObject* value_of "tacit_value"(Entry* entry) nogil  # NULL: deleted
