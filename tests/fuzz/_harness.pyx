# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The inner loop of the fuzzer: damages a bundle, loads it from memory of exactly its size.

Damage knows the format: the payload of a section is a run of parts, which are exchanged with those
of other bundles, doubled, dropped or changed inside, and put into an outer array that fits again.
Some of it knows nothing and hits any byte. What still loads is handed to a Python function, which
decides from it, and so is now and then what does not.

Before an input is tried it is written to shared memory: whoever started this process finds it there
when the process dies of it. 8 bytes: inputs begun; 8 bytes: size; then the input.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memmove

from tacit.runtime._load cimport load, unload
from tacit.runtime._program cimport Program
from tacit.runtime._reader cimport Fault

import time

cdef enum:
    ROOM = 1 << 20
    LARGEST_SEED = 1 << 18
    MOST_SECTIONS = 15
    CODES = 128
    NO_MEMORY = 1
    PROGRAM = 1  # ids of sections
    STATE = 6

SHARED = 16 + 2 * ROOM  # bytes of the shared memory
SLOW = 5.0  # seconds that no input may take to load


cdef struct Seed:
    # A bundle: sections, each a run of parts.
    uint8_t* data
    uint32_t* ends  # of the parts
    uint32_t* sections  # first part of each section, and one more
    uint64_t* ids
    uint32_t section_count


cdef class Pool:
    """Bundles to start from. `seeds`: per bundle, pairs of id and list of parts."""

    cdef Seed* seeds
    cdef uint32_t count

    def __init__(self, seeds):
        cdef Seed* seed
        cdef uint32_t part
        self.seeds = <Seed*>malloc(len(seeds) * sizeof(Seed))
        for number, sections in enumerate(seeds):
            seed = &self.seeds[number]
            whole = b"".join(part for _, parts in sections for part in parts)
            parts = sum(len(parts) for _, parts in sections)
            if len(whole) > LARGEST_SEED or len(sections) > MOST_SECTIONS:
                raise ValueError("too large a bundle to start from")
            seed.data = <uint8_t*>malloc(len(whole) + 1)
            memcpy(seed.data, <const char*>whole, len(whole))
            seed.ends = <uint32_t*>malloc((parts + 1) * sizeof(uint32_t))
            seed.sections = <uint32_t*>malloc((len(sections) + 1) * sizeof(uint32_t))
            seed.ids = <uint64_t*>malloc((len(sections) + 1) * sizeof(uint64_t))
            seed.section_count = len(sections)
            seed.ends[0] = 0
            part = 0
            for at, (id, own) in enumerate(sections):
                seed.sections[at] = part
                seed.ids[at] = id
                for one in own:
                    seed.ends[part + 1] = seed.ends[part] + <uint32_t>len(one)
                    part += 1
            seed.sections[len(sections)] = part
            self.count = number + 1

    def __dealloc__(self):
        cdef uint32_t i
        for i in range(self.count):
            free(self.seeds[i].data)
            free(self.seeds[i].ends)
            free(self.seeds[i].sections)
            free(self.seeds[i].ids)
        free(self.seeds)


cdef uint32_t attempt(const uint8_t* data, size_t size) except? 1:
    """Loads from memory of exactly that size; the code of the fault, 0 for a bundle."""
    cdef uint8_t* exact = <uint8_t*>malloc(size if size else 1)
    cdef Fault fault
    cdef Program* program
    memcpy(exact, data, size)
    program = load(exact, size, &fault)
    unload(program)
    free(exact)
    if program != NULL:
        return 0
    if not NO_MEMORY < fault.code < CODES or fault.at > size:
        raise AssertionError(f"code {fault.code} at byte {fault.at} of {size}")
    return fault.code


def replay(bytes data):
    """The code of the fault in an input, 0 for a bundle."""
    return attempt(data, len(data))


cdef class Fuzzer:
    cdef uint64_t state
    cdef uint8_t* out
    cdef uint8_t* payload
    cdef uint32_t seed_number  # the bundle that the input was made from
    cdef uint64_t[CODES] codes
    cdef uint8_t[::1] shared
    cdef uint64_t inputs
    cdef readonly double slowest  # seconds that an input took to load, at most

    def __cinit__(self, uint64_t seed, uint8_t[::1] shared):
        # Spread, so that seeds side by side differ at once; never 0.
        self.state = (seed + 1) * <uint64_t>0x9E3779B97F4A7C15 | 1
        if shared.shape[0] < SHARED:
            raise ValueError("the shared memory is too small")
        self.shared = shared
        self.out = <uint8_t*>malloc(2 * ROOM)
        self.payload = <uint8_t*>malloc(ROOM)

    def __dealloc__(self):
        free(self.out)
        free(self.payload)

    cdef uint32_t below(self, uint32_t limit) noexcept:
        """A random number below a limit that is not 0."""
        self.state ^= self.state << 13
        self.state ^= self.state >> 7
        self.state ^= self.state << 17
        return <uint32_t>((self.state >> 32) * limit >> 32)

    @property
    def by_code(self):
        """Number of the code -> inputs; 0: those that load."""
        return {code: self.codes[code] for code in range(CODES) if self.codes[code]}

    def run(self, Pool pool, uint32_t inputs, use, uint32_t one_used, refuse, uint32_t one_refused):
        """Loads so many damaged bundles.

        Calls `use(data, seed)` for one in `one_used` that load, `refuse(data, code)` for one in
        `one_refused` that do not; `seed` is the number in the pool of what it was made from.
        """
        cdef uint32_t i, code
        cdef size_t size
        for i in range(inputs):
            size = self.write(pool)
            if self.below(12) == 0:
                size = self.damage(self.out, size, 2 * ROOM)
            if self.below(20) == 0:
                size = self.below(<uint32_t>size + 1)
            self.tell(size)
            begun = time.perf_counter()
            code = attempt(self.out, size)
            spent = time.perf_counter() - begun
            if spent > SLOW:
                raise AssertionError(f"took {spent:.1f} s to load")
            self.slowest = max(self.slowest, spent)
            self.codes[code] += 1
            if self.below(one_refused if code else one_used):
                continue
            if code:
                refuse((<char*>self.out)[:size], code)
            else:
                use((<char*>self.out)[:size], self.seed_number)

    cdef void tell(self, size_t size) noexcept:
        """Leave the input where the parent finds it."""
        cdef uint64_t length = size
        self.inputs += 1
        memcpy(&self.shared[0], &self.inputs, 8)
        memcpy(&self.shared[8], &length, 8)
        memcpy(&self.shared[16], self.out, size)

    cdef size_t write(self, Pool pool) noexcept:
        """A damaged bundle into `out`."""
        cdef const Seed* seed
        cdef uint8_t* to = self.out
        cdef uint32_t[MOST_SECTIONS + 1] order
        cdef uint32_t count, hit, main, i, size, section
        self.seed_number = self.below(pool.count)
        seed = &pool.seeds[self.seed_number]
        count = self.arrange(seed, order)
        hit = self.below(count + 1)
        main = section_of(seed, STATE)
        memcpy(to, b"\x94\xa5tacit\x01\x00", 9)
        if (main < seed.section_count) ^ (self.below(500) == 0):
            to[8] = 1  # the feature that goes with section 6
        if main == seed.section_count or self.below(2):
            main = section_of(seed, PROGRAM)
        to[9] = 0x90 | <uint8_t>count
        to += 10
        for i in range(count):
            section = order[i]
            size = self.payload_of(pool, seed, section, 3 if section == main else 12)
            # Mostly the program or what it remembers is hit, sometimes another section or two.
            if i == hit or section == main and self.below(4):
                size = <uint32_t>self.damage(self.payload, size, ROOM)
            to[0] = 0x92
            to[1] = <uint8_t>(seed.ids[section] & 0x7F)
            to += 2
            if size < 256:
                to[0] = 0xC4
                to[1] = <uint8_t>size
                to += 2
            elif size < 65536:
                to[0] = 0xC5
                to[1] = <uint8_t>(size >> 8)
                to[2] = <uint8_t>size
                to += 3
            else:
                to[0] = 0xC6
                to[1] = 0
                to[2] = <uint8_t>(size >> 16)
                to[3] = <uint8_t>(size >> 8)
                to[4] = <uint8_t>size
                to += 5
            memcpy(to, self.payload, size)
            to += size
        return <size_t>(to - self.out)

    cdef uint32_t arrange(self, const Seed* seed, uint32_t* order) noexcept:
        """Which sections to write, in which order; now and then one is dropped, doubled or moved."""
        cdef uint32_t count = seed.section_count
        cdef uint32_t kind = self.below(60)
        cdef uint32_t i, at, other
        for i in range(count):
            order[i] = i
        if kind > 2 or count == 0:
            return count
        at = self.below(count)
        other = self.below(count)
        if kind == 0:
            # Seldom the program: without it nothing else is looked at.
            if at == 0 and count > 1 and self.below(4):
                at = 1
            for i in range(at, count - 1):
                order[i] = order[i + 1]
            return count - 1
        if kind == 1 and count < MOST_SECTIONS:
            order[count] = order[at]
            return count + 1
        order[at], order[other] = order[other], order[at]
        return count

    cdef uint32_t payload_of(
        self, Pool pool, const Seed* seed, uint32_t section, uint32_t one_odd
    ) noexcept:
        """The parts of a section; once in `one_odd` times one of them is that of another bundle,
        dropped or doubled."""
        cdef uint32_t first = seed.sections[section]
        cdef uint32_t count = seed.sections[section + 1] - first
        cdef uint32_t odd = self.below(one_odd * count + 1)
        cdef uint32_t i
        cdef uint32_t size = 0
        for i in range(count):
            if i == odd:
                size += self.odd_part(pool, seed, section, first + i, self.payload + size)
            else:
                size += copy_part(seed, first + i, self.payload + size)
        return size

    cdef uint32_t odd_part(
        self, Pool pool, const Seed* seed, uint32_t section, uint32_t part, uint8_t* to
    ) noexcept:
        cdef const Seed* other = &pool.seeds[self.below(pool.count)]
        cdef uint32_t size
        cdef uint32_t kind = self.below(8)
        if kind == 0:
            return 0
        size = copy_part(seed, part, to)
        if kind == 1:
            return size + copy_part(seed, part, to + size)
        if kind == 2:
            part = seed.sections[section]
            part += self.below(seed.sections[section + 1] - part)
            return copy_part(seed, part, to)
        if kind < 6:
            # The part at the same place of another bundle: right in form, wrong here.
            part -= seed.sections[section]
            section = section_of(other, seed.ids[section])
            if section < other.section_count:
                if part < other.sections[section + 1] - other.sections[section]:
                    return copy_part(other, other.sections[section] + part, to)
            return size
        return <uint32_t>self.damage(to, size, 65536)

    cdef size_t damage(self, uint8_t* data, size_t size, size_t room) noexcept:
        """A few changes; gives the new size."""
        cdef uint32_t times = 1 + self.below(3) * self.below(2)
        cdef uint32_t i
        for i in range(times):
            size = self.damage_once(data, size, room)
        return size

    cdef size_t damage_once(self, uint8_t* data, size_t size, size_t room) noexcept:
        cdef uint32_t kind = self.below(10)
        cdef uint32_t at, length, i
        if size == 0 or size + 64 > room:
            return size
        at = self.below(<uint32_t>size)
        if kind <= 1:
            data[at] ^= <uint8_t>(1 << self.below(8))
        elif kind == 2:
            data[at] = <uint8_t>self.below(256)
        elif kind == 3:
            data[at] = INTERESTING[self.below(sizeof(INTERESTING))]
        elif kind == 4:
            data[at] += <uint8_t>(self.below(2) * 2 - 1)
        elif kind == 5:
            size = self.put_varint(data, size, at)
        elif kind == 6:
            length = 1 + self.below(8)
            length = min(length, <uint32_t>size - at)
            memmove(data + at, data + at + length, size - at - length)
            size -= length
        elif kind == 7:
            length = 1 + self.below(8)
            memmove(data + at + length, data + at, size - at)
            for i in range(length):
                data[at + i] = <uint8_t>self.below(256)
            size += length
        elif kind == 8:
            length = min(1 + self.below(32), <uint32_t>size - at)
            memmove(data + self.below(<uint32_t>size - length + 1), data + at, length)
        else:
            length = min(1 + self.below(32), <uint32_t>size - at)
            memmove(data + at + length, data + at, size - at)
            size += length
        return size

    cdef size_t put_varint(self, uint8_t* data, size_t size, uint32_t at) noexcept:
        """Replace what may be a varint by an interesting one."""
        cdef uint64_t value = NUMBERS[self.below(sizeof(NUMBERS) // sizeof(NUMBERS[0]))]
        cdef uint8_t made[10]
        cdef uint32_t old = 0
        cdef uint32_t new = 0
        while at + old < size - 1 and data[at + old] & 0x80 and old < 9:
            old += 1
        old += 1
        while value > 127:
            made[new] = <uint8_t>(value | 0x80)
            value >>= 7
            new += 1
        made[new] = <uint8_t>value
        new += 1
        memmove(data + at + new, data + at + old, size - at - old)
        memcpy(data + at, made, new)
        return size + new - old


cdef uint8_t[12] INTERESTING = [0, 1, 2, 3, 4, 5, 0x7F, 0x80, 0xFF, 53, 54, 0x9A]
cdef uint64_t[16] NUMBERS = [
    0, 1, 2, 3, 127, 128, 255, 4096, 10_000, 65_535, 65_536, 100_000,
    <uint64_t>1 << 31, <uint64_t>1 << 32, (<uint64_t>1 << 53) - 1, <uint64_t>1 << 53,
]


cdef uint32_t section_of(const Seed* seed, uint64_t id) noexcept:
    """The place of a section with that id; how many there are, if there is none."""
    cdef uint32_t i
    for i in range(seed.section_count):
        if seed.ids[i] == id:
            return i
    return seed.section_count


cdef uint32_t copy_part(const Seed* seed, uint32_t part, uint8_t* to) noexcept:
    cdef uint32_t size = seed.ends[part + 1] - seed.ends[part]
    memcpy(to, seed.data + seed.ends[part], size)
    return size
