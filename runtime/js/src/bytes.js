// The primitives of FORMAT.md section 2, and the heads of msgpack values.
import { fail } from "./errors.js";
import { before, decode } from "./utf8.js";

export const MAX = 9007199254740991;
export const TABLE = 65535;

// By first byte from 0xc0: a constant or double, an int, a text, bytes, an array, a map, none of them.
const KINDS = "06003336666011111111666662224455";
const WIDTHS = "00001240000812481248000001242424";
export const INT = 1, TEXT = 2, BYTES = 3, ARRAY = 4, MAP = 5, OTHER = 6;

/** Refuses a column whose entries do not first appear in order, or leave out one of so many. */
export function firstUse(column, count) {
  let seen = 0;
  for (const entry of column) {
    if (entry > seen) fail(111);
    if (entry === seen) seen++;
  }
  if (seen !== count) fail(111);
}

/** Refuses a list in which something stands twice. */
export function distinct(list) {
  if (new Set(list).size < list.length) fail(112);
}

export class Reader {
  /** @param {Uint8Array} bytes */
  constructor(bytes, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** Where n bytes begin, which are passed over. */
  skip(n) {
    const at = this.at;
    if (n > this.end - at) fail(101);
    this.at = at + n;
    return at;
  }

  u8() {
    return this.bytes[this.skip(1)];
  }

  /** Half of a number of up to 54 bits, rounded down; `odd` is the rest. */
  half() {
    let byte = this.u8(), factor = 64, found = (byte & 127) >> 1;
    this.odd = byte & 1;
    while (byte > 127) {
      byte = this.u8();
      found += (byte & 127) * factor;
      factor *= 128;
      if (factor > 2 ** 62) fail(106);
      if (!byte) fail(102);
    }
    if (found > MAX) fail(106);
    return found;
  }

  /** A varint, at most `most`. */
  int(most = MAX, least = 0) {
    const found = this.half() * 2 + this.odd;
    if (found > most) fail(106);
    if (found < least) fail(115);
    return found;
  }

  /** An index of a table of n. */
  index(n) {
    const found = this.int();
    if (found >= n) fail(107);
    return found;
  }

  /** Bits of which only those of `known` may be set. */
  flags(known) {
    const found = this.u8();
    if (found & ~known) fail(113);
    return found;
  }

  signed() {
    const half = this.half(), found = this.odd ? -half - 1 : half;
    if (found < -MAX) fail(106);
    return found;
  }

  f64() {
    const at = this.skip(8), { buffer, byteOffset } = this.bytes;
    const found = new DataView(buffer, byteOffset).getFloat64(at, true);
    if (found - found !== 0 || Object.is(found, -0)) fail(116);
    return found;
  }

  chars(n, most = TABLE) {
    if (n > most) fail(106);
    const at = this.skip(n);
    return decode(this.bytes, at, at + n);
  }

  text() {
    return this.chars(this.int());
  }

  /** `texts`; with `count`, so many. */
  texts(count = -1, most = MAX) {
    const n = this.int(most), found = [];
    let total = 0;
    if (n > this.end - this.at) fail(101);
    for (let i = 0; i < n; i++) total += found[i] = this.int();
    if (total > this.end - this.at) fail(101);
    for (let i = 0; i < n; i++) found[i] = this.chars(found[i]);
    if (count >= 0 && n !== count) fail(115);
    return found;
  }

  /** `texts` in order of code points. */
  sorted(most) {
    const found = this.texts(-1, most);
    for (let i = 1; i < found.length; i++) if (!before(found[i - 1], found[i])) fail(111);
    return found;
  }

  /** `bits n·w`; leaves the greatest entry in `most`. */
  bits(n, w) {
    let at = this.skip(Math.ceil((n * w) / 8)), have = 0, rest = 0, most = 0;
    const found = w > 31 ? new Float64Array(n) : new Int32Array(n), { bytes } = this;
    for (let i = 0; w && i < n; i++) {
      let entry = 0;
      if (w < 25) {
        for (; have < w; have += 8) rest |= bytes[at++] << have;
        entry = rest & ((1 << w) - 1);
        rest >>>= w;
        have -= w;
      } else {
        for (let done = 0, take; done < w; done += take) {
          if (!have) {
            rest = bytes[at++];
            have = 8;
          }
          take = Math.min(have, w - done);
          entry += (rest & ((1 << take) - 1)) * 2 ** done;
          rest >>= take;
          have -= take;
        }
      }
      found[i] = entry;
      if (entry > most) most = entry;
    }
    if (rest) fail(113);
    this.most = most;
    return found;
  }

  /** `packed n`; an entry of `limit` or more is refused with `code`. */
  packed(n, limit = MAX + 1, code = 107) {
    const w = this.u8();
    if (w > 53) fail(106);
    const found = this.bits(n, w);
    if (w && this.most < 2 ** (w - 1)) fail(102);
    if (n && this.most >= limit) fail(code);
    return found;
  }

  /** `stepped n`. */
  stepped(n) {
    const step = this.int(), found = this.packed(n);
    let divisor = 0;
    const out = Array.from(found, (entry) => {
      for (let other = entry; other; ) [divisor, other] = [other, divisor % other];
      if (entry * step > MAX) fail(106);
      return entry * step;
    });
    if (divisor !== (step ? 1 : 0)) fail(102);
    return out;
  }

  /** Ranges of positions, each as two numbers. */
  ranges() {
    const found = [];
    let end = 0;
    for (let n = this.int(10000, 1); n--; ) {
      const start = end + this.int(MAX, end ? 1 : 0);
      found.push(start, (end = start + this.int(MAX, 1)));
      if (end > 10000) fail(106);
    }
    return found;
  }

  salt() {
    const found = this.text();
    if (!/^[\w-]{3}([\w-]{4})?$/.test(found)) fail(118);
    return found;
  }

  done() {
    if (this.at < this.end) fail(110);
  }

  /** The head of a msgpack value: its kind in `kind`; returns its length, or the value itself. */
  head() {
    const first = this.u8();
    this.kind = INT;
    if (first < 128) return first;
    if (first > 223) return first - 256;
    if (first < 192) {
      this.kind = first < 144 ? MAP : first < 160 ? ARRAY : TEXT;
      return first & (first < 160 ? 15 : 31);
    }
    const kind = (this.kind = +KINDS[first - 192]), width = +WIDTHS[first - 192];
    if (first === 203) return this.double();
    if (!width) return first === 192 ? null : first === 195;
    const at = this.skip(width);
    let found = 0;
    for (let i = 0; i < width; i++) found = found * 256 + this.bytes[at + i];
    let least = width > 1 ? 256 ** (width / 2) : kind === INT ? 128 : kind === TEXT ? 32 : 0;
    if (kind > BYTES && width < 4) least = 16;
    if (first > 207 && first < 212) {
      // A negative int: of 64 bits only its distance from 2^64 is exact enough.
      if (this.bytes[at] < 128) fail(102);
      found = -this.distance(at, width);
      if (found >= (width > 1 ? -(256 ** (width / 2)) / 2 : -32)) fail(102);
    } else if (found < least) fail(102);
    return found;
  }

  /** 2^(8·width) less the number there. */
  distance(at, width) {
    let found = 1;
    for (let i = 0, factor = 1; i < width; i++, factor *= 256) {
      found += (255 - this.bytes[at + width - 1 - i]) * factor;
    }
    return found;
  }

  /** A double with its greatest byte first. */
  double() {
    const at = this.skip(8), { buffer, byteOffset } = this.bytes;
    const found = new DataView(buffer, byteOffset).getFloat64(at);
    if (found - found !== 0) fail(116);
    return found;
  }

  /** A msgpack value that a content may be. */
  value(depth = 0) {
    const n = this.head(), kind = this.kind;
    if (kind === BYTES || kind === OTHER) fail(119);
    if (kind === TEXT) return this.chars(n, MAX);
    if (kind === INT && Math.abs(n) > MAX) fail(106);
    if (kind < ARRAY) return n;
    if (depth > 31) fail(106);
    if (kind === ARRAY) {
      const list = [];
      for (let i = 0; i < n; i++) list.push(this.value(depth + 1));
      return list;
    }
    const map = {};
    for (let i = 0, last; i < n; i++) {
      const size = this.head();
      if (this.kind !== TEXT) fail(119);
      const key = this.chars(size, MAX);
      if (i && !before(last, key)) fail(111);
      last = key;
      // Defined, not assigned: "__proto__" is a key like any other.
      Object.defineProperty(map, key, {
        value: this.value(depth + 1), writable: true, enumerable: true, configurable: true,
      });
    }
    return map;
  }

  /** So many bytes, as a text of one character each. */
  raw(n) {
    let at = this.skip(n), text = "";
    while (n--) text += String.fromCharCode(this.bytes[at++]);
    return text;
  }
}
