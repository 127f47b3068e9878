// Canonical msgpack: STATE.md section 3. Written in its shortest form, read in any: whoever reads
// writes again and compares. A map of msgpack is a `Dict` here. A `Map` is a table, which is written as
// an array in the order of its keys: of pairs where they lead to tables, else all in a row.
import { before, encode, fromOctets } from "./utf8.js";

/** How many arrays and maps may stand inside one another. */
const DEPTH = 511;

export class Dict extends Map {}

/** An int beyond 2^53 - 1, as it came. */
export class Wide {
  constructor(bytes) {
    this.bytes = bytes;
  }
}

/** The order of values: nil first, texts by code points, arrays from their first place on. */
export function compare(left, right) {
  if (left === right) return 0;
  if (typeof left === "string") return before(left, right) ? -1 : 1;
  if (!Array.isArray(left)) return (left ?? -1) - (right ?? -1);
  for (let i = 0; i < left.length && i < right.length; i++) {
    const found = compare(left[i], right[i]);
    if (found) return found;
  }
  return left.length - right.length;
}

/** In order; of a table its entries. */
export const sorted = (some) => [...some].sort(compare);

/**
 * The value in some bytes. Throws a RangeError for what is none. A double that should have
 * been written otherwise comes as an object `Number`.
 */
export function read(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const number = (type, size) => view["get" + type]((at += size) - size);
  const uint = (power) => number("Uint" + (8 << power), 1 << power);
  const damaged = () => {
    throw RangeError();
  };
  const raw = (n) => {
    if ((at += n) > bytes.length) damaged();
    return bytes.slice(at - n, at);
  };
  const value = (depth) => {
    const head = uint(0);
    const text = (n) => {
      const found = fromOctets(raw(n).reduce((octets, byte) => octets + String.fromCharCode(byte), ""));
      return found ?? damaged();
    };
    const list = (n, of = value) => {
      const found = [];
      while (n--) found.push(of(depth + 1));
      return found;
    };
    const dict = (n) => new Dict(list(n, (below) => [value(below), value(below)]));
    if (depth > DEPTH) damaged();
    if (head < 128 || head > 223) return (head << 24) >> 24;
    if (head < 192) return (head < 144 ? dict : head < 160 ? list : text)(head & (head < 160 ? 15 : 31));
    if (head < 196 && head !== 193) return head < 194 ? null : head > 194;
    if (head > 195 && head < 199) return raw(uint(head - 196));
    if (head === 202) return new Number(number("Float32", 4));
    if (head === 203) {
      const found = number("Float64", 8);
      return Number.isSafeInteger(found) || found - found !== 0 ? new Number(found) : found;
    }
    if (head > 203 && head < 212) {
      const type = head < 208 ? "Uint" : "Int", power = head & 3;
      if (power < 3) return number(type + (8 << power), 1 << power);
      const found = number(type + 32, 4) * 4294967296 + uint(2);
      return Number.isSafeInteger(found) ? found : new Wide(bytes.slice(at - 9, at));
    }
    if (head < 217) damaged();
    return head < 220 ? text(uint(head - 217)) : head < 222 ? list(uint(head - 219)) : dict(uint(head - 221));
  };
  const found = value(0);
  if (at < bytes.length) damaged();
  return found;
}

/** The bytes of a value of those that `read` gives, or that holds tables. */
export function write(value) {
  const out = [];
  /** A number behind its head, in 2^k bytes for the least k that holds it; the heads are in order of k. */
  const sized = (head, n, k = 0) => {
    for (head -= k; k < 3 && (n < 0 ? -2 * n - 1 : n) >= 2 ** (8 << k); ) k++;
    out.push(head + k);
    for (let i = 1 << k; i--; ) out.push(Math.floor(n / 256 ** i) & 255);
  };
  /** A length; below `few` it fits into the head. */
  const length = (n, small, few, head, k) => (n < few ? out.push(small + n) : sized(head, n, k));
  const put = (value) => {
    if (typeof value === "string") {
      const own = encode(value);
      length(own.length, 160, 32, 217);
      own.forEach((byte) => out.push(byte));
    } else if (Number.isSafeInteger(value)) {
      if (value > -33 && value < 128) out.push(value & 255);
      else sized(value < 0 ? 208 : 204, value);
    } else if (Array.isArray(value)) {
      length(value.length, 144, 16, 220, 1);
      value.forEach(put);
    } else if (value instanceof Dict) {
      length(value.size, 128, 16, 222, 1);
      for (const entry of value) entry.forEach(put);
    } else if (value instanceof Map) {
      const all = sorted(value), [first] = all;
      put(first && first[1] instanceof Map ? all.filter(([, below]) => below.size) : all.flat(2));
    } else if (value instanceof Uint8Array) {
      sized(196, value.length);
      out.push(...value);
    } else if (value instanceof Wide) out.push(...value.bytes);
    else if (value === null || value === !!value) out.push(value === null ? 192 : value ? 195 : 194);
    else {
      const view = new DataView(new ArrayBuffer(8));
      view.setFloat64(0, value);
      out.push(203, ...new Uint8Array(view.buffer));
    }
  };
  put(value);
  return out;
}
