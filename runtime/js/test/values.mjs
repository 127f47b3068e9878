// Values of the conformance vectors as this language has them; tests/conformance/README.md is the
// contract. Pure: no engine's own modules, so that every engine can run it.

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The bytes of a base64 text. */
export function bytesOf(base64) {
  const size = base64.replace(/=+$/, "").length, bytes = new Uint8Array((size * 3) >> 2);
  let bits = 0, have = 0, at = 0;
  for (let i = 0; i < size; i++) {
    bits = ((bits << 6) | LETTERS.indexOf(base64[i])) & 0xffff;
    have += 6;
    if (have >= 8) bytes[at++] = (bits >> (have -= 8)) & 255;
  }
  return bytes;
}

/** A value as a host would pass it; `observe` makes one with its time of observation. */
export function decoded(value, observe) {
  if (Array.isArray(value)) return value.map((one) => decoded(one, observe));
  if (value === null || typeof value !== "object") return value;
  const keys = Object.keys(value), [key] = keys;
  if (keys.length === 1 && key[0] === "$") {
    const inner = value[key];
    if (key === "$float") return Number(inner);
    if (key === "$int") return BigInt(inner);
    if (key === "$units") return String.fromCharCode(...inner);
    if (key === "$observed") return observe(decoded(inner.value, observe), inner.at);
    throw new Error(`unknown encoding ${key}`);
  }
  return Object.fromEntries(keys.map((name) => [name, decoded(value[name], observe)]));
}

/** Whether two plain values are equal: the order of a map's keys apart, true is not 1, 0 not -0. */
export function same(one, other) {
  if (Object.is(one, other)) return true;
  if (!one || !other || typeof one !== "object" || typeof other !== "object") return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length &&
    keys.every((key) => Object.prototype.hasOwnProperty.call(other, key) && same(one[key], other[key]));
}

/** UTF-8 of a text without lone surrogates. */
export function utf8(text) {
  const bytes = [];
  for (const letter of text) {
    const code = letter.codePointAt(0), more = (by) => 0x80 | ((code >> by) & 63);
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), more(0));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), more(6), more(0));
    else bytes.push(0xf0 | (code >> 18), more(12), more(6), more(0));
  }
  return bytes;
}

const rotated = (word, by) => (word << by) | (word >>> (32 - by));
const mixed = (word) => Math.imul(rotated(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);

/** murmur3 (x86, 32 bit, seed 0) of a text, as written down; a runtime may be cleverer. */
export function murmur3(text) {
  const bytes = utf8(text), whole = bytes.length & ~3;
  let hash = 0, rest = 0;
  for (let i = 0; i < whole; i += 4) {
    hash ^= mixed(bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24));
    hash = Math.imul(rotated(hash, 13), 5) + 0xe6546b64;
  }
  for (let i = bytes.length - 1; i >= whole; i--) rest = (rest << 8) | bytes[i];
  hash ^= mixed(rest) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The canonical msgpack of a state as README.md writes it: arrays, maps, texts, numbers. */
export function packed(value, out = []) {
  if (value === null) out.push(0xc0);
  else if (typeof value === "boolean") out.push(value ? 0xc3 : 0xc2);
  else if (typeof value === "number") number(value, out);
  else if (typeof value === "string") {
    const bytes = utf8(value);
    head(bytes.length, 0xa0, 32, 0xd9, out);
    for (const byte of bytes) out.push(byte);
  } else if (Array.isArray(value)) {
    head(value.length, 0x90, 16, 0xdb, out);
    for (const one of value) packed(one, out);
  } else {
    const words = value.$hash, entries = value.$map || Object.entries(value);
    if (words !== undefined) return number(murmur3([].concat(words).join("\0")), out);
    head(entries.length, 0x80, 16, 0xdd, out);
    for (const [key, one] of entries) packed(one, packed(key, out));
  }
  return out;
}

/** A length: in the first byte, or in 1 (texts alone), 2 or 4 more. */
function head(size, short, limit, long, out) {
  if (size < limit) out.push(short | size);
  else if (size < 256 && long === 0xd9) out.push(long, size);
  else big(size, size < 65536 ? 2 : 4, out, long + (size < 65536 ? 1 : 2));
}

function number(value, out) {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
    const bytes = new Uint8Array(9);
    bytes[0] = 0xcb;
    new DataView(bytes.buffer).setFloat64(1, value);
    out.push(...bytes);
  } else if (value >= -32 && value < 128) out.push(value & 255);
  else {
    const room = value < 0 ? -2 * value - 1 : value;
    const size = room < 256 ? 1 : room < 65536 ? 2 : room < 2 ** 32 ? 4 : 8;
    big(value, size, out, (value < 0 ? 0xd0 : 0xcc) + [0, 0, 1, 0, 2, 0, 0, 0, 3][size]);
  }
  return out;
}

/** `first`, then a number with its greatest byte first, a negative one as its complement to two. */
function big(value, size, out, first) {
  out.push(first);
  for (let i = size - 1; i >= 0; i--) out.push(((Math.floor(value / 256 ** i) % 256) + 256) % 256);
}
