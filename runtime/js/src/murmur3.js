// Buckets: murmur3 (x86, 32 bit, seed 0) over salt, a zero byte, unit.
import { encode } from "./utf8.js";

const mix = (word) => {
  word = Math.imul(word, 0xcc9e2d51);
  return Math.imul((word << 15) | (word >>> 17), 0x1b873593);
};

const step = (hash, mixed) => {
  hash ^= mixed;
  return (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
};

/** A unit as the hash takes it: words of its bytes, mixed; the last of `count` holds the rest. */
export const noUnit = () => ({ of: null, words: [], count: 0, size: 0 });

/** Makes a unit of a text or an int, unless it is that already. */
export function setUnit(unit, of) {
  if (unit.of === of) return unit;
  const { words } = unit, text = String(of), whole = text.length & ~3;
  let bytes = null, wide = 0, count = 0, i = 0;
  for (; i < whole; i += 4) {
    const a = text.charCodeAt(i), b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2), d = text.charCodeAt(i + 3);
    wide |= a | b | c | d;
    words[count++] = mix(a | (b << 8) | (c << 16) | (d << 24));
  }
  for (let k = i; k < text.length; k++) wide |= text.charCodeAt(k);
  if (wide > 127) {
    bytes = encode(text);
    for (count = i = 0; i + 4 <= bytes.length; i += 4) words[count++] = mix(wordAt(bytes, i));
  }
  unit.size = bytes ? bytes.length : text.length;
  let rest = 0;
  for (let k = unit.size - 1; k >= i; k--) rest = (rest << 8) | (bytes ? bytes[k] : text.charCodeAt(k));
  words[count] = mix(rest);
  unit.count = count;
  unit.of = of;
  return unit;
}

const wordAt = (b, i) => b[i] | (b[i + 1] << 8) | (b[i + 2] << 16) | (b[i + 3] << 24);

/** What the hash has become after a salt and the zero byte: always whole words. */
export function seedOf(salt) {
  const { words, size } = setUnit(noUnit(), salt + "\0");
  let hash = 0;
  for (let i = 0; i < size / 4; i++) hash = step(hash, words[i]);
  return { hash, size };
}

/** The hash of a unit behind a salt; `hash` and `salted` are a seed's. */
export function hashed(hash, salted, { words, count, size }) {
  for (let i = 0; i < count; i++) hash = step(hash, words[i]);
  hash ^= words[count] ^ (salted + size);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The position of a unit, 0 to 9,999. */
export function position(hash, salted, unit) {
  return Math.floor((hashed(hash, salted, unit) * 10000) / 4294967296);
}

/** The hash of a text alone. */
export const hashOf = (text) => hashed(0, 0, setUnit(noUnit(), text));
