// Buckets: murmur3 (x86, 32 bit, seed 0) over salt, a zero byte, unit.
import { octets } from "./utf8.js";

const { imul } = Math;

const mix = (word) => {
  word = imul(word, 0xcc9e2d51);
  return imul((word << 15) | (word >>> 17), 0x1b873593);
};

const step = (hash, mixed) => {
  hash ^= mixed;
  return (imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
};

/** A unit as the hash takes it: words of its bytes, mixed; the last of `count` holds the rest. */
export const noUnit = () => ({ of: null, words: [], count: 0, size: 0 });

/** Makes a unit of a text or an int, unless it is that already. */
export function setUnit(unit, of, utf8) {
  if (unit.of === of) return unit;
  const bytes = utf8 || String(of), { length } = bytes, { words } = unit;
  let count = 0, wide = 0, rest = 0, i = 0;
  for (; i + 3 < length; i += 4) {
    const a = bytes.charCodeAt(i), b = bytes.charCodeAt(i + 1), c = bytes.charCodeAt(i + 2), d = bytes.charCodeAt(i + 3);
    wide |= a | b | c | d;
    words[count++] = mix(a | (b << 8) | (c << 16) | (d << 24));
  }
  for (let k = length; k-- > i; ) {
    const code = bytes.charCodeAt(k);
    wide |= code;
    rest = (rest << 8) | code;
  }
  if (wide > 127 && !utf8) return setUnit(unit, of, octets(bytes));
  words[count] = mix(rest);
  unit.of = of;
  unit.size = length;
  unit.count = count;
  return unit;
}

/** What the hash has become after a salt and the zero byte: always whole words. */
export function seedOf(salt) {
  const { words, size } = setUnit(noUnit(), salt + "\0");
  let hash = 0;
  for (let i = 0; i < size / 4; i++) hash = step(hash, words[i]);
  return { hash, size };
}

/** The same of a salt of three characters, as a word of four bytes. */
export const seedOfWord = (word) => ({ hash: step(0, mix(word)), size: 4 });

const finish = (hash) => {
  hash = imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
};

/** The hash of a unit behind a salt, of 32 bits with a sign; `hash` and `salted` are a seed's. */
export function hashed(hash, salted, { words, count, size }) {
  for (let i = 0; i < count; i++) hash = step(hash, words[i]);
  return finish(hash ^ words[count] ^ (salted + size));
}

/** The position of a unit, 0 to 9,999. */
export const position = (hash, salted, unit) => Math.floor(((hashed(hash, salted, unit) >>> 0) * 10000) / 4294967296);

/** The least hash (without a sign) whose position is not below a share of 1 to 9,999. */
export const limitOf = (share) => Math.ceil((share * 4294967296) / 10000);

/** The hash of a text alone; a lone surrogate counts as "?". */
export const hashOf = (text) => hashed(0, 0, setUnit(noUnit(), text.replace(/[\ud800-\udfff]/gu, "?"))) >>> 0;
