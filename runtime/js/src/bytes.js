// The primitives of FORMAT.md section 2, and msgpack: each named fault is the first that is met.
import { fail, reject } from "./errors.js";
import { WIDE, before, fromOctets } from "./utf8.js";

export const MAX = 9007199254740991;
export const TABLE = 65535;

export const INT = 1, TEXT = 4, ARRAY = 5, BYTES = 7;
const NEGATIVE = 2, DOUBLE = 3, MAP = 6;
// By first byte from 0xc0: a constant is 0, what has no place in a bundle 8; and the bytes behind it.
const KINDS = "08007778888311112222888884445566";
const WIDTHS = "00001240000812481248000001242424";
/** By kind, the least number that its shortest form with a number behind it holds. */
const LEAST = [0, 128, 32, 0, 32, 16, 16, 0];

/** The bytes that a caller passes, of whatever realm; if they are none, the fault is `code`. */
export function bytesOf(given, code) {
  const tag = Object(given)[Symbol.toStringTag];
  return tag === "ArrayBuffer" ? new Uint8Array(given)
    : tag === "Uint8Array" ? new Uint8Array(given.buffer, given.byteOffset, given.length) : reject(code);
}

/** `value`, which must be below a limit; if not, the fault is `code`. */
export const below = (value, limit, code = 107) => (value < limit ? value : fail(code));

/** A list in which nothing stands twice. */
export const distinct = (list) => (new Set(list).size < list.length ? fail(112) : list);

/** A check of entries below `count` which must first appear in order; without one: none is left out. */
export const firstUse = (count) => {
  let seen = 0;
  return (entry) => {
    if (entry < seen) return;
    if (entry >= count) fail(107);
    if (entry > seen || (entry === undefined && seen < count)) fail(111);
    seen++;
  };
};

/** A check that each entry is above the one before, of numbers or of texts. */
export const ascending = () => {
  let last;
  return (entry) => (entry <= last ? fail(111) : (last = entry));
};

/** Reads bytes from `at` up to `end`; its functions belong together by these. */
export function Reader(bytes) {
  let at = 0, end = bytes.length, odd, most;

  /** Refuses fewer bytes than so many. */
  const room = (n) => n > end - at && fail(101);

  /** Where n bytes begin, which are passed over. */
  const skip = (n) => {
    room(n);
    at += n;
    return at - n;
  };

  const u8 = () => (at < end ? bytes[at++] : fail(101));

  /** Half of a varint of up to 54 bits, rounded down; `odd` is the rest. */
  const half = () => {
    let byte = u8(), factor = 64, found = (byte & 127) >> 1;
    odd = byte & 1;
    while (byte > 127) {
      if (factor > 2e16) fail(106);
      byte = u8();
      found += (byte & 127) * factor;
      factor *= 128;
      if (!byte) fail(102);
    }
    return found > MAX - odd ? fail(106) : found;
  };

  /** A varint, at most `most` and at least `least`. */
  const varint = (most = MAX, least = 0) => {
    const found = bytes[at] < 128 && at < end ? bytes[at++] : half() * 2 + odd;
    if (found > most) fail(106);
    return found < least ? fail(115) : found;
  };

  const signed = () => {
    const found = half();
    return odd ? -found - 1 : found;
  };

  /** What lies a gap and one above a number: half a gap at a time, which may take 54 bits. */
  const beyond = (whole) => {
    if (bytes[at] < 128 && at < end) return whole + bytes[at++] + 1;
    const found = half();
    return whole + found + 1 + (found + odd);
  };

  const f64 = (little) => {
    const found = new DataView(bytes.buffer, bytes.byteOffset + skip(8)).getFloat64(0, little);
    return found - found !== 0 || (little && Object.is(found, -0)) ? fail(116) : found;
  };

  /** n bytes as octets. */
  const raw = (n) => {
    let from = skip(n), text = "";
    for (; from < at; from += 4096) {
      text += String.fromCharCode.apply(null, bytes.subarray(from, Math.min(from + 4096, at)));
    }
    return text;
  };

  /** A text of n bytes. */
  const utf8 = (n) => {
    const found = raw(n);
    // Most texts are ASCII, and starting a regular expression takes its time.
    for (let i = at - n; i < at; i++) if (bytes[i] > 127) return fromOctets(found) ?? fail(109);
    return found;
  };

  /** As many as a varint says, at least `least`, of `bytesEach` or more; `each` gets the list so far. */
  const many = (most, each, least, bytesEach = 0) => {
    const found = [], n = varint(most, least);
    room(n * bytesEach);
    for (let i = 0; i < n; i++) found.push(each(found, i));
    return found;
  };

  /** `texts`, at most so many; with `count`, so many; or in order of code points. */
  const texts = (count, most, isSorted) => {
    const n = varint();
    let total = 0;
    room(n);
    if (n > most) fail(106);
    const sizes = [];
    for (let i = 0; i < n; i++) total += sizes[i] = varint(TABLE);
    // All at once: a text of its own takes longer to make than a part of one.
    const all = raw(total);
    total = 0;
    const parts = sizes.map((size) => all.slice(total, (total += size)));
    const found = WIDE.test(all) ? parts.map((part) => fromOctets(part) ?? fail(109)) : parts;
    if (count >= 0 && n !== count) fail(115);
    if (isSorted) parts.forEach(ascending());
    return found;
  };

  /** The number in w bits from one on. */
  const wide = (bit, w) => {
    let found = 0;
    for (bit += w; w--; ) found = found * 2 + ((bytes[--bit >> 3] >> (bit & 7)) & 1);
    return found;
  };

  /**
   * `bits n·w`; the greatest is `most`. Entries must be below a limit, or else the fault is `code`; `each`
   * checks them besides.
   */
  const bits = (n, w, limit, code, each) => {
    // An array that grows is copied again and again; but what is damaged may announce far too much.
    const found = new Array(Math.min(n, 4096)), mask = (1 << w) - 1, start = skip(Math.ceil((n * w) / 8));
    let from = start, rest = 0, have = 0;
    if ((n * w) & 7 && bytes[at - 1] >> ((n * w) & 7)) fail(113);
    most = 0;
    for (let i = 0; i < n; i++) {
      let entry;
      if (w > 24) entry = wide(8 * start + i * w, w);
      else {
        for (; have < w; have += 8) rest |= bytes[from++] << have;
        entry = rest & mask;
        rest >>= w;
        have -= w;
      }
      if (entry >= limit) fail(code);
      if (entry > most) most = entry;
      found[i] = entry;
      if (each) each(entry, i);
    }
    return found;
  };

  /** `packed n`, checked as `bits`. A column of no bits vouches for nothing: then the fault `empty`. */
  const packed = (n, limit, each, code = 107, empty) => {
    const w = below(u8(), 54, 106);
    if (empty && !w) fail(empty);
    const found = bits(n, w, limit, code, each);
    return w && most < 2 ** (w - 1) ? fail(102) : found;
  };

  const stepped = (n, each) => {
    const step = varint(), found = [];
    let divisor = 0;
    packed(n, undefined, (entry, i) => {
      // Without a pair: engines walk through one as through any list, which takes long.
      for (let other = entry, rest; other && divisor !== 1; other = rest) {
        rest = divisor % other;
        divisor = other;
      }
      each((found[i] = entry * step > MAX ? fail(106) : entry * step), i);
    });
    return divisor === (step ? 1 : 0) ? found : fail(102);
  };

  /** A msgpack value; `wanted`: only this kind, of arrays their length, of bytes their number. */
  const json = (depth, wanted, code = 119) => {
    const first = u8(), far = first - 192;
    const kind = far < -64 ? INT : far < -48 ? MAP : far < -32 ? ARRAY : far < 0 ? TEXT : far > 31 ? NEGATIVE : +KINDS[far];
    const width = +WIDTHS[far] || 0, isList = kind > TEXT;
    let n = first;
    if (wanted ? kind !== wanted : kind > MAP) fail(code);
    if (isList && depth > 31) fail(106);
    if (kind === DOUBLE) return f64();
    if (!kind) return far ? far > 2 : null;
    if (width) {
      const from = skip(width), flip = kind === NEGATIVE ? 255 : 0;
      n = 0;
      for (let i = from; i < at; i++) n = n * 256 + (bytes[i] ^ flip);
      const least = width > 1 + (isList && kind < BYTES) ? 256 ** (width / 2) / (flip ? 2 : 1) : LEAST[kind];
      if (n < least || (flip && bytes[from] < 128)) fail(102);
      if (flip) n = -n - 1;
    } else if (first > 127) n = kind === TEXT ? first & 31 : isList ? first & 15 : first - 256;
    if (kind === TEXT) return utf8(n);
    if (wanted) return n;
    if (!isList) return Math.abs(n) > MAX ? fail(106) : n;
    const found = [];
    for (let last; n--; ) {
      if (kind === MAP) {
        const key = json(0, TEXT);
        if (found.length && !before(last, key)) fail(111);
        found.push([(last = key), json(depth + 1)]);
      } else found.push(json(depth + 1));
    }
    return kind === MAP ? Object.fromEntries(found) : found;
  };

  return {
    room, skip, u8, varint, beyond, signed, f64, raw, texts, many, bits, packed, stepped, json,
    chars: () => utf8(varint(TABLE)),
    sorted: (most) => texts(-1, most, true),
    /** An index of a table of n. */
    place: (n) => below(varint(), n),
    /** Whether nothing is left. */
    ended: () => at < end && fail(110),
    /** Goes elsewhere; returns where it was to end. */
    move: (from, to) => {
      const old = [at, end];
      at = from;
      end = to;
      return old;
    },
  };
}
