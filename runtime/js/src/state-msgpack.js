// Canonical msgpack: STATE.md section 3. Written in its shortest form, read in any: whoever reads
// writes again and compares.
import { encode, fromOctets } from "./utf8.js";

/** How many arrays and maps may stand inside one another. */
const DEPTH = 511;

/**
 * The value in some bytes; maps become `Map`s. Throws a RangeError or URIError for what is none. A double that should have been written otherwise comes as an object `Number`, an int beyond
 * 2^53 - 1 as infinite: neither is written again as it was.
 */
export function read(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const take = (type, size) => view["get" + type]((at += size) - size);
  const uint = (power) => take("Uint" + (8 << power), 1 << power);
  const skip = (n) => {
    if ((at += n) > bytes.length) throw new RangeError();
    return at - n;
  };
  const text = (n) => fromOctets(String.fromCharCode(...bytes.subarray(skip(n), at)));
  const list = (n, depth) => {
    const found = [];
    while (n--) found.push(value(depth + 1));
    return found;
  };
  const map = (n, depth) => {
    const found = new Map();
    while (n--) found.set(value(depth + 1), value(depth + 1));
    return found;
  };
  const value = (depth) => {
    const head = uint(0);
    if (depth > DEPTH) throw new RangeError();
    if (head < 128 || head > 223) return (head << 24) >> 24;
    if (head < 144) return map(head & 15, depth);
    if (head < 160) return list(head & 15, depth);
    if (head < 192) return text(head & 31);
    if (head < 196 && head !== 193) return head < 194 ? null : head > 194;
    if (head > 195 && head < 199) return bytes.slice(skip(uint(head - 196)), at);
    if (head === 202) return new Number(take("Float32", 4));
    if (head === 203) {
      const found = take("Float64", 8);
      return Number.isSafeInteger(found) || found - found !== 0 ? new Number(found) : found;
    }
    if (head > 203 && head < 212) {
      const type = head < 208 ? "Uint" : "Int", power = head & 3;
      if (power < 3) return take(type + (8 << power), 1 << power);
      const found = take(type + 32, 4) * 4294967296 + uint(2);
      return Number.isSafeInteger(found) ? found : found * Infinity;
    }
    if (head < 217) throw new RangeError();
    if (head < 220) return text(uint(head - 217));
    return head < 222 ? list(uint(head - 219), depth) : map(uint(head - 221), depth);
  };
  const found = value(0);
  if (at < bytes.length) throw new RangeError();
  return found;
}

/** The bytes of a value of those that `read` gives. */
export function write(value) {
  const out = [];
  put(out, value);
  return out;
}

function put(out, value) {
  if (value === null || typeof value === "boolean") out.push(value === null ? 192 : value ? 195 : 194);
  else if (Number.isSafeInteger(value)) {
    if (value > -33 && value < 128) out.push(value & 255);
    else sized(out, value < 0 ? 208 : 204, value, 0);
  } else if (typeof value === "string") {
    const own = encode(value);
    headed(out, own.length, 160, 32, 217, 0);
    for (const byte of own) out.push(byte);
  } else if (Array.isArray(value)) {
    headed(out, value.length, 144, 16, 220, 1);
    for (const one of value) put(out, one);
  } else if (value instanceof Map) {
    headed(out, value.size, 128, 16, 222, 1);
    for (const entry of value) entry.forEach((one) => put(out, one));
  } else if (value instanceof Uint8Array) {
    sized(out, 196, value.length, 0);
    out.push(...value);
  } else {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value);
    out.push(203, ...new Uint8Array(view.buffer));
  }
}

/** A length; below `few` it fits into the head. */
function headed(out, n, small, few, head, least) {
  if (n < few) out.push(small + n);
  else sized(out, head, n, least);
}

/** A number behind its head, in 2^k bytes for the least k that holds it; the heads are in order of k. */
function sized(out, head, n, k) {
  const first = k;
  while (k < 3 && (n < 0 ? -2 * n - 1 : n) >= 2 ** (8 << k)) k++;
  out.push(head + k - first);
  for (let i = 1 << k; i--; ) out.push(Math.floor(n / 256 ** i) & 255);
}
