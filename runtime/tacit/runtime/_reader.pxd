# cython: cdivision=True
"""The primitives of FORMAT.md section 2, read strictly.

A fault is sticky: the first one is kept with its place, the reader is set to its end, and everything
read later is zero or empty. So callers check `fault.code` before they trust what they read, not
after every byte.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from tacit.runtime._memory cimport Arena, take


cdef extern from *:
    """
    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    #define tacit_from_little_endian(x) __builtin_bswap64(x)
    #else
    #define tacit_from_little_endian(x) (x)
    #endif
    """
    uint64_t from_little_endian "tacit_from_little_endian"(uint64_t) nogil


cdef enum Code:
    NO_MEMORY = 1
    TRUNCATED = 101
    NOT_SHORTEST = 102
    MAJOR = 103
    FEATURE = 104
    NOT_A_BUNDLE = 105
    LIMIT = 106
    INDEX = 107
    UNKNOWN_CODE = 108
    NOT_UTF8 = 109
    LEFT_OVER = 110
    ORDER = 111
    DUPLICATE = 112
    RESERVED = 113
    WRONG_TYPE = 114
    COUNT = 115
    NUMBER = 116
    SHAPE = 117
    SALT = 118
    CONTENT = 119
    LACKING = 120


cdef enum:
    MAX_TEXT_BYTES = 65535

cdef enum Wide:
    MAX_INT = 9007199254740991  # 2**53 - 1


cdef struct Fault:
    int code  # 0: none
    size_t at  # byte of the bundle
    const uint8_t* base


cdef struct Reader:
    const uint8_t* p
    const uint8_t* end
    Fault* fault


cdef struct Piece:
    # Bytes of the bundle.
    const uint8_t* data
    size_t size


cdef inline void fail(Reader* r, int code) noexcept nogil:
    if r.fault.code == 0:
        r.fault.code = code
        r.fault.at = <size_t>(r.p - r.fault.base)
    r.p = r.end


cdef inline uint8_t read_u8(Reader* r) noexcept nogil:
    if r.p == r.end:
        fail(r, Code.TRUNCATED)
        return 0
    r.p += 1
    return r.p[-1]


cdef inline uint64_t read_groups(Reader* r, uint64_t most) noexcept nogil:
    """A varint of at most 56 bits, at most `most`."""
    cdef uint64_t value = 0
    cdef int shift = 0
    cdef uint8_t byte
    while True:
        if r.p == r.end:
            fail(r, Code.TRUNCATED)
            return 0
        byte = r.p[0]
        value |= (<uint64_t>(byte & 0x7F)) << shift
        if byte < 0x80:
            break
        r.p += 1
        shift += 7
        if shift > 49:
            fail(r, Code.LIMIT)
            return 0
    if byte == 0 and shift:
        fail(r, Code.NOT_SHORTEST)
        return 0
    if value > most:
        fail(r, Code.LIMIT)
        return 0
    r.p += 1
    return value


cdef inline uint64_t read_varint(Reader* r) noexcept nogil:
    if r.p < r.end and r.p[0] < 0x80:
        r.p += 1
        return r.p[-1]
    return read_groups(r, Wide.MAX_INT)


cdef inline int64_t read_svarint(Reader* r) noexcept nogil:
    """A number within 2**53 - 1; its zigzag form may take 54 bits."""
    cdef uint64_t zigzag = read_groups(r, 2 * <uint64_t>Wide.MAX_INT)
    if zigzag & 1:
        return -<int64_t>(zigzag >> 1) - 1
    return <int64_t>(zigzag >> 1)


cdef inline uint32_t read_index(Reader* r, uint64_t limit) noexcept nogil:
    """A varint below `limit` (which is below 2**32)."""
    cdef uint64_t value = read_varint(r)
    if value >= limit:
        fail(r, Code.INDEX)
        return 0
    return <uint32_t>value


cdef inline uint32_t read_count(Reader* r, uint64_t least, uint64_t most) noexcept nogil:
    """A varint within both bounds (`most` is below 2**32)."""
    cdef uint64_t value = read_varint(r)
    if value > most:
        fail(r, Code.LIMIT)
        return 0
    if value < least:
        fail(r, Code.COUNT)
        return 0
    return <uint32_t>value


cdef inline uint64_t read_f64_bits(Reader* r) noexcept nogil:
    """The bits of a finite double that is not -0.0."""
    cdef uint64_t bits = 0
    cdef int i
    if r.end - r.p < 8:
        fail(r, Code.TRUNCATED)
        return 0
    for i in range(8):
        bits |= (<uint64_t>r.p[i]) << (8 * i)
    if (bits >> 52) & 0x7FF == 0x7FF or bits == <uint64_t>1 << 63:
        fail(r, Code.NUMBER)
        return 0
    r.p += 8
    return bits


cdef inline bint is_utf8(const uint8_t* p, size_t size) noexcept nogil:
    """Well-formed UTF-8: no surrogates, nothing overlong, nothing above U+10FFFF."""
    cdef const uint8_t* end = p + size
    cdef uint64_t eight
    cdef uint8_t first
    cdef uint8_t low
    cdef uint8_t high
    cdef int more
    while p < end:
        if p[0] < 0x80:
            if end - p >= 8:
                memcpy(&eight, p, 8)
                if eight & <uint64_t>0x8080808080808080 == 0:
                    p += 8
                    continue
            p += 1
            continue
        first = p[0]
        low = 0x80
        high = 0xBF
        if 0xC2 <= first <= 0xDF:
            more = 1
        elif 0xE0 <= first <= 0xEF:
            more = 2
            if first == 0xE0:
                low = 0xA0
            elif first == 0xED:
                high = 0x9F
        elif 0xF0 <= first <= 0xF4:
            more = 3
            if first == 0xF0:
                low = 0x90
            elif first == 0xF4:
                high = 0x8F
        else:
            return False
        if end - p <= more or p[1] < low or p[1] > high:
            return False
        p += 2
        more -= 1
        while more:
            if p[0] & 0xC0 != 0x80:
                return False
            p += 1
            more -= 1
    return True


cdef inline Piece read_raw(Reader* r, uint64_t size) noexcept nogil:
    cdef Piece piece
    piece.data = r.p
    piece.size = 0
    if size > <uint64_t>(r.end - r.p):
        fail(r, Code.TRUNCATED)
        return piece
    piece.size = <size_t>size
    r.p += size
    return piece


cdef inline Piece read_text(Reader* r) noexcept nogil:
    cdef Piece piece = read_raw(r, read_count(r, 0, MAX_TEXT_BYTES))
    if not is_utf8(piece.data, piece.size):
        fail(r, Code.NOT_UTF8)
    return piece


cdef struct Packed:
    # Walks over the entries of a packed column; one end of it is not looked at twice.
    const uint8_t* data
    const uint8_t* end  # of the section: bytes may be read up to here
    uint64_t bit
    uint64_t seen  # all entries or-ed
    uint32_t width
    Reader* reader


cdef inline uint64_t bits_at(
    const uint8_t* data, const uint8_t* end, uint64_t bit, uint32_t width
) noexcept nogil:
    """The number in `width` bits, at most 57, from bit `bit` on."""
    cdef const uint8_t* p = data + (bit >> 3)
    cdef uint64_t word = 0
    cdef int i
    if end - p >= 8:
        memcpy(&word, p, 8)
        word = from_little_endian(word)
    else:
        for i in range(<int>(end - p)):
            word |= (<uint64_t>p[i]) << (8 * i)
    return (word >> (bit & 7)) & ((<uint64_t>1 << width) - 1)


cdef inline Packed begin_bits(Reader* r, uint64_t count, uint32_t width) noexcept nogil:
    """`bits count*width`; the reader stands behind them. `count` is at most 2**32."""
    cdef Packed packed
    cdef uint64_t bits = count * width
    cdef Piece piece
    packed.reader = r
    packed.end = r.end
    packed.bit = 0
    packed.seen = 0
    packed.width = width
    piece = read_raw(r, (bits + 7) >> 3)
    packed.data = piece.data
    if r.fault.code:
        packed.width = 0
    elif bits & 7 and piece.data[piece.size - 1] >> (bits & 7):
        fail(r, Code.RESERVED)
        packed.width = 0
    return packed


cdef inline Packed begin_packed(Reader* r, uint64_t count) noexcept nogil:
    """`packed count`: call `next_entry` that often, then `end_packed`."""
    cdef uint32_t width = read_u8(r)
    if width > 53:
        fail(r, Code.LIMIT)
        width = 0
    return begin_bits(r, count, width)


cdef inline uint64_t next_entry(Packed* packed) noexcept nogil:
    cdef uint64_t entry = 0
    if packed.width:
        entry = bits_at(packed.data, packed.end, packed.bit, packed.width)
        packed.bit += packed.width
        packed.seen |= entry
    return entry


cdef inline void end_packed(Packed* packed) noexcept nogil:
    """The width must be the least that holds every entry."""
    if packed.width and not packed.seen >> (packed.width - 1):
        fail(packed.reader, Code.NOT_SHORTEST)


cdef inline uint32_t next_below(Packed* packed, uint64_t limit) noexcept nogil:
    """An entry that is an index below `limit` (at most 2**32)."""
    cdef uint64_t entry = next_entry(packed)
    if entry >= limit:
        fail(packed.reader, Code.INDEX)
        return 0
    return <uint32_t>entry


cdef inline uint64_t common_divisor(uint64_t a, uint64_t b) noexcept nogil:
    cdef uint64_t rest
    while b:
        rest = a % b
        a = b
        b = rest
    return a


cdef struct Stepped:
    # Walks over the entries of a stepped column.
    Packed packed
    uint64_t step
    uint64_t divisor  # of the packed numbers so far


cdef inline Stepped begin_stepped(Reader* r, uint64_t count) noexcept nogil:
    cdef Stepped stepped
    stepped.step = read_varint(r)
    stepped.divisor = 0
    stepped.packed = begin_packed(r, count)
    return stepped


cdef inline int64_t next_step(Stepped* stepped) noexcept nogil:
    """An entry, at most 2**53 - 1."""
    cdef uint64_t entry = next_entry(&stepped.packed)
    if stepped.divisor != 1:
        stepped.divisor = common_divisor(stepped.divisor, entry)
    if stepped.step and entry > <uint64_t>Wide.MAX_INT // stepped.step:
        fail(stepped.packed.reader, Code.LIMIT)
        return 0
    return <int64_t>(entry * stepped.step)


cdef inline void end_stepped(Stepped* stepped) noexcept nogil:
    """The step must be the greatest that divides every entry; 0 when all are 0."""
    end_packed(&stepped.packed)
    if stepped.divisor != (1 if stepped.step else 0):
        fail(stepped.packed.reader, Code.NOT_SHORTEST)


cdef inline void finish(Reader* r) noexcept nogil:
    """A section and a column must be used up."""
    if r.p != r.end:
        fail(r, Code.LEFT_OVER)


cdef inline Piece* read_texts(Reader* r, Arena* arena, uint64_t most, uint32_t* count) noexcept nogil:
    """`texts`, each as a piece; NULL only after a fault. `count` is how many, at most `most`."""
    cdef uint64_t n = read_varint(r)
    cdef Piece* pieces
    cdef uint32_t i
    cdef Piece whole
    cdef size_t total = 0
    cdef const uint8_t* data
    count[0] = 0
    if n > <uint64_t>(r.end - r.p):  # each takes a byte at least: refuse before reserving memory
        fail(r, Code.TRUNCATED)
        return NULL
    if n > most:
        fail(r, Code.LIMIT)
        return NULL
    pieces = <Piece*>take(arena, n * sizeof(Piece))
    if pieces == NULL:
        fail(r, Code.NO_MEMORY)
        return NULL
    for i in range(<uint32_t>n):
        pieces[i].size = read_count(r, 0, MAX_TEXT_BYTES)
        total += pieces[i].size
    whole = read_raw(r, total)
    if r.fault.code:
        return NULL
    data = whole.data
    for i in range(<uint32_t>n):
        pieces[i].data = data
        data += pieces[i].size
    # Together first: nearly always all of it is well-formed, and ASCII goes eight bytes at a time.
    # A text that begins inside a code point begins with a continuation byte.
    if not is_utf8(whole.data, whole.size):
        fail(r, Code.NOT_UTF8)
        return NULL
    for i in range(<uint32_t>n):
        if pieces[i].size and pieces[i].data[0] & 0xC0 == 0x80:
            fail(r, Code.NOT_UTF8)
            return NULL
    count[0] = <uint32_t>n
    return pieces
