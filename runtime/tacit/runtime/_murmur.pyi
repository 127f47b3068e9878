"""The hash of buckets for states, whose records must be quick."""

def murmur3_32(data: bytes) -> int:
    """MurmurHash3, x86, 32 bit, seed 0."""
