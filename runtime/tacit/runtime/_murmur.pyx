# cython: language_level=3, boundscheck=False, wraparound=False
"""The hash of buckets for states, whose records must be quick."""

from libc.stdint cimport uint8_t

from tacit.runtime._hash cimport hash_after


def murmur3_32(bytes data not None):
    """MurmurHash3, x86, 32 bit, seed 0."""
    cdef const uint8_t* p = data
    return hash_after(0, 0, p, len(data))
